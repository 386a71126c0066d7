//! Finds the region of a page that contains the text of its article.

use super::line_score::{LineScores, line_score};
use super::{body, standfirst};
use crate::parse::page::dom::flat_tree::{Line, Outline};
use crate::parse::page::dom::{caption, non_content};

/// Below this score a text is nearly empty, in points. Chosen by hand.
const NEARLY_EMPTY: i64 = 500;
/// How many times the score of the strict reading the lenient one must have. Chosen by hand.
const LENIENT_FACTOR: i64 = 2;

/// The region of a page that contains the text.
#[derive(Default)]
pub(super) struct TextRegion {
    /// The lines between the headline and the parts that belong to the text.
    pub(super) lead: Vec<Line>,
    /// The elements that contain the text, in document order.
    pub(super) parts: Vec<usize>,
    /// The lines of the parts.
    pub(super) lines: Vec<Line>,
    /// The captions in the parts, which are dropped.
    pub(super) captions: Vec<usize>,
    /// For each node, whether it is dropped.
    pub(super) dropped: Vec<bool>,
}

impl TextRegion {
    /// Drops boilerplate; if that leaves nearly nothing, the site names its content like boilerplate, and it stays.
    pub(super) fn of(outline: &Outline, heading: Option<usize>) -> Self {
        let strict = Self::find(outline, heading, false);
        if strict.score(outline) >= NEARLY_EMPTY {
            return strict;
        }
        let lenient = Self::find(outline, heading, true);
        if lenient.score(outline) > strict.score(outline) * LENIENT_FACTOR { lenient } else { strict }
    }

    fn score(&self, outline: &Outline) -> i64 {
        self.lines.iter().map(|line| line_score(outline, line)).sum()
    }

    fn find(outline: &Outline, heading: Option<usize>, lenient: bool) -> Self {
        let Some(root) = outline.named(0, &["body"]).next().or((!outline.nodes.is_empty()).then_some(0)) else {
            return Self::default();
        };
        let all = outline.lines(root);
        let kept: Vec<usize> = heading.into_iter().chain(body_elements(outline)).collect();
        let dropped = non_content::dropped(outline, &[root], &kept, lenient);
        let scores = LineScores::of(outline, &all, &dropped);
        let parts = body::parts(outline, &scores, &dropped, root, heading);
        let lead = standfirst::lines(outline, &all, &dropped, heading, parts.first().copied().unwrap_or(root));
        let mut dropped = non_content::dropped(outline, &parts, &[], lenient);
        let captions = if lenient { Vec::new() } else { caption::drop_all(outline, &parts, &mut dropped) };
        let lines = parts.iter().flat_map(|part| outline.lines_without(*part, &dropped)).collect();
        Self { lead, parts, lines, captions, dropped }
    }
}

/// Elements that are marked as the article's text.
fn body_elements<'s>(outline: &'s Outline) -> impl Iterator<Item = usize> + 's {
    (0..outline.nodes.len()).filter(|at| {
        outline.attr(*at, "itemprop").is_some_and(|prop| prop.eq_ignore_ascii_case("articleBody"))
            || outline.nodes[*at].hints.contains(" articlebody ")
            || outline.nodes[*at].hints.contains(" article body ")
    })
}
