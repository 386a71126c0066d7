//! Scores the lines of a page: the element with the highest score contains the text.

use crate::parse::page::dom::flat_tree::{Line, Outline};
use crate::parse::share::is_over;

/// The share of a line's letters from which it counts as linked, in percent. Chosen by hand.
const LINKED_SHARE: u8 = 50;
/// A linked line costs one point for this many letters, and this many points at most. Chosen by hand.
const LETTERS_PER_PENALTY: i64 = 4;
const MAX_PENALTY: i64 = 50;
/// A line of fewer letters costs this many points. Chosen by hand.
const SHORT_LINE: i64 = 25;
const SHORT_LINE_SCORE: i64 = -3;
/// How many points each linked letter costs in a line of text. Chosen by hand.
const LINKED_LETTER_COST: i64 = 2;

/// The scores of the lines of a page, as running sums over its nodes.
pub(super) struct LineScores {
    sums: Vec<i64>,
}

impl LineScores {
    /// The scores of the lines that are not in a dropped region.
    pub(super) fn of(outline: &Outline, lines: &[Line], dropped: &[bool]) -> Self {
        let mut sums = vec![0; outline.nodes.len() + 1];
        for line in lines.iter().filter(|line| !dropped[line.first]) {
            sums[line.first + 1] = line_score(outline, line);
        }
        for at in 1..sums.len() {
            sums[at] += sums[at - 1];
        }
        Self { sums }
    }

    /// The score of an element.
    pub(super) fn within(&self, outline: &Outline, at: usize) -> i64 {
        self.between(at, outline.nodes[at].end)
    }

    /// The score of the lines from one node up to another.
    pub(super) fn between(&self, from: usize, to: usize) -> i64 {
        self.sums[to] - self.sums[from]
    }
}

/// The score of a line: letters that are not linked add to it; linked and short lines cost points.
pub(super) fn line_score(outline: &Outline, line: &Line) -> i64 {
    let (letters, linked) = (i64::from(line.letters), i64::from(line.linked));
    if is_over(linked, LINKED_SHARE, letters) {
        return -(letters / LETTERS_PER_PENALTY).min(MAX_PENALTY);
    }
    if is_heading(outline.name(line.host)) {
        return 0;
    }
    if letters < SHORT_LINE { SHORT_LINE_SCORE } else { letters - LINKED_LETTER_COST * linked }
}

/// True for the name of a heading.
pub(super) fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}
