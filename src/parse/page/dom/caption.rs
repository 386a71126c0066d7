//! Recognizes captions of pictures and galleries, which are not part of an article's text.

use super::flat_tree::Outline;
use crate::parse::share::{MAJORITY, is_over};

/// The longest caption, in letters. Chosen by hand: a longer text is one that a picture illustrates.
const MAX_CAPTION: u32 = 700;
/// The words of a class or id that name a caption or a gallery.
const WORDS: &[&str] = &[
    "caption",
    "captions",
    "figcaption",
    "imagecaption",
    "photocaption",
    "imgcaption",
    "bildunterschrift",
    "bildtext",
    "legende",
    "gallery",
    "galerie",
    "slideshow",
    "lightbox",
    "photoswipe",
];
/// Elements that a `figure` can contain instead of a picture: they are part of the text.
const NO_PICTURE: &[&str] = &["blockquote", "table", "pre", "code", "ul", "ol"];

/// Drops the captions in these elements, and returns them. A caption with most of the letters is the text.
#[must_use]
pub(crate) fn drop_all(outline: &Outline, contents: &[usize], dropped: &mut [bool]) -> Vec<usize> {
    let all: u32 = contents.iter().map(|content| outline.letters(*content)).sum();
    let mut captions = Vec::new();
    for content in contents {
        let mut at = content + 1;
        while at < outline.nodes[*content].end {
            let end = outline.nodes[at].end;
            let kept = dropped[at] || outline.nodes[at].is_text;
            if !kept && is_caption(outline, at) && !is_over(outline.letters(at), MAJORITY, all) {
                dropped[at..end].fill(true);
                captions.push(at);
                at = end;
            } else {
                at += 1;
            }
        }
    }
    captions
}

/// True for a caption, for the text of a figure, and for a gallery.
#[must_use]
pub(crate) fn is_caption(outline: &Outline, at: usize) -> bool {
    let letters = outline.letters(at);
    if letters == 0 || letters > MAX_CAPTION {
        return false;
    }
    match outline.name(at) {
        "figcaption" => true,
        "figure" => outline.named(at, NO_PICTURE).next().is_none(),
        "body" | "main" | "article" | "h1" | "table" => false,
        _ => {
            outline.nodes[at].hints.split_whitespace().any(|word| WORDS.contains(&word))
                && outline.named(at, &["h1"]).next().is_none()
        }
    }
}
