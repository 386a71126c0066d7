//! Finds the standfirst of an article: the lines between its headline and the element of its text.

use std::ops::Range;

use super::byline;
use crate::parse::page::boilerplate_phrases::marker;
use crate::parse::page::dom::caption;
use crate::parse::page::dom::flat_tree::{Line, Outline};
use crate::parse::share::{MAJORITY, is_at_least};

/// Words of classes for a standfirst.
const WORDS: &str = "lead standfirst chapo intro summary subtitle subheadline sapo excerpt description dek introtext \
    spot teaser abstract epigraph descriptor bajada perex ingress vorspann copete entradilla deck subhead ozet \
    synopsis";
/// Words of classes for the box of a picture.
const PICTURES: &[&str] = &["figure", "image", "picture", "photo", "credit"];
/// The shortest and longest line of a standfirst, in letters. Chosen by hand.
const LETTERS: Range<u32> = 40..1_500;
/// The most lines without such a class that belong to it. Chosen by hand.
const MAX_LINES: usize = 3;
/// The fewest words of a line without such a class. Chosen by hand.
const MIN_WORDS: usize = 7;
/// How much of a line is read, in characters. Chosen by hand.
const MAX_LINE: usize = 2_000;
/// How many elements above a line may be the box of a picture with its caption. Chosen by hand.
const MAX_LEVELS: usize = 2;
/// The largest such box, in nodes. Chosen by hand.
const MAX_BOX_NODES: usize = 200;
/// How many elements above the headline may be the container of headline, standfirst and text. Chosen by hand.
const MAX_CONTAINER_LEVELS: usize = 4;

/// The lines of the standfirst; `all` are the lines of the page, `content` is the first element of the text.
#[must_use]
pub(super) fn lines(
    outline: &Outline,
    all: &[Line],
    dropped: &[bool],
    heading: Option<usize>,
    content: usize,
) -> Vec<Line> {
    if let Some(at) = named(outline, dropped, heading, content) {
        let within = |line: &&Line| (at..outline.nodes[at].end).contains(&line.first);
        let own = |line: &&Line| !dropped[line.first] && !is_within_caption(outline, line.host);
        let found: Vec<Line> = all.iter().filter(within).filter(own).cloned().collect();
        if !found.is_empty() {
            return found;
        }
    }
    let Some(heading) = heading.filter(|heading| outline.nodes[*heading].end <= content) else { return Vec::new() };
    let container = outline.above(heading).take(MAX_CONTAINER_LEVELS).find(|at| outline.nodes[*at].end > content);
    if container.is_none() {
        return Vec::new();
    }
    let between = outline.nodes[heading].end..content;
    let title = outline.text(heading, MAX_LINE);
    all.iter()
        .filter(|line| between.contains(&line.first) && line.end <= content && !dropped[line.first])
        .filter(|line| is_prose(outline, line) && !is_caption(outline, line) && !byline::is_named(outline, line))
        .filter(|line| {
            let text = outline.line(line.first, line.end, MAX_LINE);
            text.split_whitespace().count() >= MIN_WORDS
                && text != title
                && marker(&text).is_none()
                && !byline::is_phrase(&text)
        })
        .take(MAX_LINES)
        .cloned()
        .collect()
}

/// The element with the class of a standfirst between the headline and the text.
fn named(outline: &Outline, dropped: &[bool], heading: Option<usize>, content: usize) -> Option<usize> {
    let start = heading.map_or(0, |heading| outline.nodes[heading].end);
    (start..content).find(|at| {
        let named = outline.nodes[*at].hints.split_whitespace().any(|word| WORDS.split(' ').any(|lead| lead == word));
        let outside = outline.nodes[*at].end <= content;
        let prose = LETTERS.contains(&outline.letters(*at))
            && !is_at_least(outline.linked(*at), MAJORITY, outline.letters(*at));
        named && outside && !dropped[*at] && prose && !is_within_caption(outline, *at)
    })
}

fn is_prose(outline: &Outline, line: &Line) -> bool {
    LETTERS.contains(&line.letters)
        && line.linked == 0
        && matches!(outline.name(line.host), "p" | "div" | "h2" | "h3" | "h4" | "header" | "section" | "li")
}

/// True for a caption, and for the text under a picture: the box around it contains the picture and hardly anything
/// else.
fn is_caption(outline: &Outline, line: &Line) -> bool {
    let around = || std::iter::once(line.host).chain(outline.above(line.host));
    let pictured = |at: usize| {
        outline.letters(at) <= line.letters * 2
            && outline.nodes[at].end - at <= MAX_BOX_NODES
            && outline.named(at, &["img", "picture"]).next().is_some()
    };
    let named = |at: usize| outline.nodes[at].hints.split_whitespace().any(|word| PICTURES.contains(&word));
    is_within_caption(outline, line.host) || around().take(MAX_LEVELS).any(|at| pictured(at) || named(at))
}

fn is_within_caption(outline: &Outline, at: usize) -> bool {
    let around = std::iter::once(at).chain(outline.above(at));
    around.take_while(|at| outline.name(*at) != "body").any(|at| caption::is_caption(outline, at))
}
