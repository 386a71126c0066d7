//! Finds text of an article in regions that look like boilerplate by their element or class: quoted posts, asides between
//! two paragraphs, answers of an accordion, paragraphs for subscribers, and text in the box of an advertisement.

use super::flat_tree::Outline;
use crate::parse::share::is_at_least;

/// The shortest prose, in letters. Chosen by hand: one sentence.
const MIN_PROSE: u32 = 60;
/// The share of a region's letters that is linked in prose at most, in percent. Chosen by hand.
const MAX_LINKED: u8 = 20;
/// The fewest paragraphs of text in a region that is named as that of an advertisement. Chosen by hand.
const MIN_PARAGRAPHS: usize = 2;
/// The largest region that is checked, in nodes. Chosen by hand: regions can be nested deeply.
const MAX_NODES: usize = 5_000;
/// The share of a region that a quoted post has at least, in percent. Chosen by hand.
const QUOTE_SHARE: u8 = 50;
/// Words of classes for text that only subscribers see in a browser.
const ACCESS: &[&str] = &["paywall", "premium"];
/// Words of classes for the box of an advertisement.
const ADVERTISEMENT: &[&str] = &["ad", "ads", "adsense", "advert", "adverts", "advertisement", "advertising"];
/// Elements of a region that asks for something.
const CONTROLS: &[&str] = &["form", "input", "button", "textarea", "select"];

/// True for a region that is part of the text in spite of its element, or in spite of its class with `boilerplate`.
pub(super) fn is_prose(outline: &Outline, at: usize, boilerplate: bool) -> bool {
    if outline.nodes[at].end - at > MAX_NODES {
        return false;
    }
    let words = |known: &[&str]| outline.nodes[at].hints.split_whitespace().any(|word| known.contains(&word));
    if quotes(outline, at) {
        return true;
    }
    if boilerplate && !words(ACCESS) && !words(ADVERTISEMENT) || !is_plain(outline, at) {
        return false;
    }
    match outline.name(at) {
        "p" | "li" | "h2" | "h3" | "h4" => words(ACCESS),
        "aside" if !boilerplate => is_between_paragraphs(outline, at),
        "form" | "footer" | "fieldset" => false,
        _ if boilerplate => paragraphs(outline, at) >= MIN_PARAGRAPHS,
        _ => outline.attr(at, "aria-hidden").is_some() && outline.attr(at, "hidden").is_none(),
    }
}

/// True for a quotation, or for a box that hardly contains anything else.
fn quotes(outline: &Outline, at: usize) -> bool {
    let quoted: u32 = outline.named(at, &["blockquote"]).take(1).map(|quote| outline.letters(quote)).sum();
    quoted > 0 && is_at_least(quoted, QUOTE_SHARE, outline.letters(at))
}

/// True for prose without controls: a region that asks the reader for something has some.
fn is_plain(outline: &Outline, at: usize) -> bool {
    outline.letters(at) >= MIN_PROSE
        && !is_at_least(outline.linked(at), MAX_LINKED, outline.letters(at))
        && outline.named(at, CONTROLS).next().is_none()
}

/// How many of the paragraphs directly within a region are prose.
fn paragraphs(outline: &Outline, at: usize) -> usize {
    outline.children(at).filter(|child| outline.name(*child) == "p" && is_plain(outline, *child)).count()
}

/// True for an element with a paragraph of prose before and after it in the same element.
fn is_between_paragraphs(outline: &Outline, at: usize) -> bool {
    let mut prose = outline
        .children(outline.nodes[at].parent)
        .filter(|child| *child != at && outline.name(*child) == "p" && is_plain(outline, *child));
    prose.next().is_some_and(|first| first < at) && prose.any(|next| next > at)
}
