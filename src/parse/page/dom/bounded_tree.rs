//! Parses a page into a tree within bounds.
//!
//! The HTML standard turns some small documents into very large trees: 84 kB of unclosed formatting elements grow to
//! twelve million nodes, and the cost of depth is quadratic. So the parser is fed in small pieces, and the tree is
//! measured between them: a page that grows beyond any real one is refused early.

use html5ever::driver::{self, Parser};
use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::TreeBuilderOpts;
use scraper::{ElementRef, Html, HtmlTreeSink};

use crate::parse::ParseError;

/// The largest page that is read, in bytes. Chosen by hand.
const MAX_BYTES: usize = 8 << 20;
/// The most nodes of a page. Chosen by hand: twenty times those of the largest front pages, and 64 MiB of memory.
const MAX_NODES: usize = 110_000;
/// The deepest nesting of a page, in elements. Chosen by hand.
const MAX_DEPTH: usize = 512;
/// The most attributes on one tag: the parser compares each with all before it. Chosen by hand.
const MAX_ATTRIBUTES: usize = 1_000;
/// The most attributes on all tags together: each costs as much memory as a node. Chosen by hand.
const MAX_ALL_ATTRIBUTES: usize = 400_000;
/// How much is parsed between two measurements, in bytes. Chosen by hand.
const PIECE: usize = 4 << 10;
/// How many bytes of markup are read for each character that is kept. Chosen by hand.
const BYTES_PER_CHARACTER: usize = 8;

/// Parses a page.
///
/// # Errors
/// [`ParseError::TooCostly`] for a page past the bounds.
///
/// ```
/// use marsad::parse::page::dom::bounded_tree;
/// assert!(bounded_tree::read("<p>Text").is_ok());
/// assert!(bounded_tree::read(&"<div>".repeat(1_000)).is_err());
/// ```
pub fn read(text: &str) -> Result<Html, ParseError> {
    if text.len() > MAX_BYTES {
        return Err(ParseError::TooCostly { why: "it is larger than 8 MiB" });
    }
    let (most, all) = attributes(text);
    if most > MAX_ATTRIBUTES {
        return Err(ParseError::TooCostly { why: "one of its tags has more than 1,000 attributes" });
    }
    if all > MAX_ALL_ATTRIBUTES {
        return Err(ParseError::TooCostly { why: "its tags have more than 400,000 attributes together" });
    }
    #[cfg(test)]
    parse_count::add(text);
    let mut parser = driver::parse_document(HtmlTreeSink::new(Html::new_document()), options());
    let mut rest = text;
    while !rest.is_empty() {
        let end = (0..=rest.len().min(PIECE)).rev().find(|at| rest.is_char_boundary(*at)).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        parser.process(StrTendril::from_slice(piece));
        measure(&parser)?;
        rest = after;
    }
    Ok(parser.finish())
}

/// Scripts are off, so the content of `noscript` counts as shown.
fn options() -> driver::ParseOpts {
    let tree_builder = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
    driver::ParseOpts { tree_builder, ..driver::ParseOpts::default() }
}

fn measure(parser: &Parser<HtmlTreeSink>) -> Result<(), ParseError> {
    let mut html = parser.tokenizer.sink.sink.0.borrow_mut();
    html.errors.clear();
    if html.tree.values().len() > MAX_NODES {
        return Err(ParseError::TooCostly { why: "it grows to more than 110,000 nodes" });
    }
    let mut node = Some(html.tree.root());
    let mut depth = 0;
    while let Some(inner) = node {
        depth += 1;
        if depth > MAX_DEPTH {
            return Err(ParseError::TooCostly { why: "its elements are nested more than 512 deep" });
        }
        node = inner.last_child();
    }
    Ok(())
}

/// The most attributes that any one tag has, and those of all tags together, by one pass over the text.
fn attributes(text: &str) -> (usize, usize) {
    let (mut most, mut all, mut rest) = (0, 0, text);
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let (here, used) = attributes_of(rest.as_bytes());
            (most, all) = (most.max(here), all + here);
            rest = &rest[used..];
        }
    }
    (most, all)
}

/// The state of the HTML standard's tokenizer within a tag.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TokenizerState {
    TagName,
    BeforeName,
    Name,
    AfterName,
    BeforeValue,
    Value,
    Quoted(u8),
}

/// How many attributes the tag has whose name begins `bytes`, and where the tag ends. It follows the standard's states:
/// a simpler rule could be tricked into missing attributes.
fn attributes_of(bytes: &[u8]) -> (usize, usize) {
    let (mut count, mut state) = (0, TokenizerState::TagName);
    for (at, b) in bytes.iter().enumerate() {
        let space = b.is_ascii_whitespace();
        state = match (state, b) {
            (TokenizerState::Quoted(mark), b) if *b == mark => TokenizerState::BeforeName,
            (TokenizerState::Quoted(_), _) => continue,
            (_, b'>') => return (count, at),
            (TokenizerState::BeforeValue, b'"' | b'\'') => TokenizerState::Quoted(*b),
            (TokenizerState::BeforeValue, _) if !space => TokenizerState::Value,
            (TokenizerState::Value, _) if space => TokenizerState::BeforeName,
            (TokenizerState::Name | TokenizerState::AfterName, b'=') => TokenizerState::BeforeValue,
            (TokenizerState::Name, _) if space => TokenizerState::AfterName,
            (TokenizerState::TagName, _) if space => TokenizerState::BeforeName,
            (TokenizerState::TagName | TokenizerState::Name | TokenizerState::AfterName, b'/') => {
                TokenizerState::BeforeName
            }
            (TokenizerState::BeforeName | TokenizerState::AfterName, _) if !space && *b != b'/' => {
                count += 1;
                TokenizerState::Name
            }
            (same, _) => same,
        };
    }
    (count, bytes.len())
}

/// The text of an element on one line, without what is never shown; blocks are separated by a space.
#[must_use]
pub fn text(element: ElementRef<'_>, limit: usize) -> String {
    let mut html = String::new();
    for node in element.descendants() {
        let hidden = || {
            node.parent().and_then(|parent| parent.value().as_element()).is_some_and(|parent| is_hidden(parent.name()))
        };
        match node.value() {
            scraper::Node::Text(text) if !hidden() => html.push_str(text),
            scraper::Node::Element(inner) if is_block(inner.name()) => html.push('\n'),
            _ => {}
        }
        if html.len() > limit.saturating_mul(BYTES_PER_CHARACTER) {
            break;
        }
    }
    let words: Vec<&str> = html.split_whitespace().collect();
    crate::parse::plain_text::line(&escape(&words.join(" ")), limit)
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn is_hidden(name: &str) -> bool {
    matches!(name, "script" | "style" | "template" | "noscript")
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "br"
            | "li"
            | "tr"
            | "td"
            | "th"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "blockquote"
    )
}

/// Counts how often each text was parsed, on any thread.
#[cfg(test)]
pub(crate) mod parse_count {
    use std::collections::HashMap;
    use std::sync::{LazyLock, Mutex};

    static COUNTS: LazyLock<Mutex<HashMap<blake3::Hash, usize>>> = LazyLock::new(Mutex::default);

    pub(super) fn add(text: &str) {
        *COUNTS.lock().unwrap().entry(blake3::hash(text.as_bytes())).or_default() += 1;
    }

    /// How often `text` was parsed.
    pub(crate) fn of(text: &str) -> usize {
        COUNTS.lock().unwrap().get(&blake3::hash(text.as_bytes())).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_grow_or_nest_without_bound_are_refused() {
        let fonts: String = (0..5_000).map(|n| format!("<font a{n}=1><p>")).collect();
        assert!(matches!(read(&fonts), Err(ParseError::TooCostly { .. })));
        assert!(matches!(read(&"<div>".repeat(100_000)), Err(ParseError::TooCostly { .. })));
        let attributes: String = (0..100_000).map(|n| format!(" a{n}=1")).collect();
        assert!(matches!(read(&format!("<p{attributes}>")), Err(ParseError::TooCostly { .. })));
        let spread = format!("<p{}>", " a".repeat(900)).repeat(500);
        assert!(matches!(read(&spread), Err(ParseError::TooCostly { .. })));
    }

    #[test]
    fn every_attribute_is_counted_however_it_is_written() {
        for (tag, count) in [
            ("<p a b=1 c='2 3' d = \"4>\" e/f/>", 6),
            ("<p a='1'b='2'c=\"3\"d>", 4),
            ("<p =a =b>", 1),
            ("<p=\"x> y", 0),
            ("<a href=/a/b/c?d=e title=x>", 2),
            ("<p a= '>' b c>", 3),
            ("<p a='unclosed b c d", 1),
            ("a < b and c", 0),
        ] {
            assert_eq!(attributes(tag).1, count, "{tag}");
        }
    }

    #[test]
    fn an_ordinary_page_is_read() {
        let rows = "<tr><td>a<td>b".repeat(2_000);
        assert!(read(&format!("<!doctype html><p>x<table>{rows}</table>")).is_ok());
    }
}
