//! Finds the text of an article.
//!
//! 1. `text_region` finds the lines of the page that may belong to the text: in the elements that `body` chooses by name
//!    and score (`line_score`), and between the headline and these elements (`standfirst`).
//! 2. `text_lines` removes the lines that announce something else, bylines (`byline`), lists of links, and repeated
//!    lines.

use crate::parse::item_limits::MAX_TEXT;
use crate::parse::page::article::text_lines;
use crate::parse::page::article::text_region::TextRegion;
use crate::parse::page::dom::flat_tree::{Line, Outline};

/// The longest character, in bytes of UTF-8.
const MAX_CHARACTER_BYTES: usize = 4;

/// The text of an article.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ArticleText {
    /// Its paragraphs, one on each line.
    pub(crate) text: String,
    /// The first node of its first paragraph, and the index after the last node of its last one.
    pub(crate) nodes: (usize, usize),
}

/// The text of the page's article. `title` is its headline, `heading` the node that shows it.
#[must_use]
pub(crate) fn read(outline: &Outline, title: &str, heading: Option<usize>) -> ArticleText {
    let (paragraphs, nodes) = text_lines::of(outline, &TextRegion::of(outline, heading), title);
    ArticleText { text: joined(paragraphs), nodes }
}

/// The paragraphs in one text, within the bound.
fn joined(paragraphs: Vec<String>) -> String {
    let mut text = String::new();
    for paragraph in paragraphs {
        if text.len() > MAX_TEXT * MAX_CHARACTER_BYTES {
            break;
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(crate::parse::plain_text::cut(&paragraph, MAX_TEXT));
    }
    crate::parse::plain_text::cut(&text, MAX_TEXT).to_owned()
}

/// The lines of the page's article, with the lines that announce something else.
#[must_use]
pub fn lines(outline: &Outline, heading: Option<usize>) -> Vec<Line> {
    TextRegion::of(outline, heading).lines
}
