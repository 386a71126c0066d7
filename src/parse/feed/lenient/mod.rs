//! The lenient reader: our own, for every feed that is broken or has parts that feed-rs would lose.
//!
//! ```text
//! xml_tokenizer: one linear pass ─▶ xml: structure, repaired where broken ─▶ element_text ─▶ an entry
//! json: one stream ─▶ json_value: a value of any type ─▶ an entry
//! ```
//!
//! A strict reader loses a whole feed over one bare `&`, and repairing the text for it means reading twice. So the reader
//! repairs while it reads.

use super::FeedContext;
use crate::parse::document_kind::DocumentKind;
use crate::parse::{ParseError, Parsed};

pub(super) mod element_text;
pub(super) mod json;
pub(super) mod json_value;
mod xml;

/// Reads a feed.
///
/// # Errors
/// When the document is not a feed.
pub(super) fn read(context: &FeedContext<'_>, kind: DocumentKind) -> Result<Parsed, ParseError> {
    match kind {
        DocumentKind::Json => json::read(context),
        DocumentKind::Feed { from } => Ok(xml::read(context, from)),
        DocumentKind::Html => Err(ParseError::NotAFeed { found: "a web page" }),
        DocumentKind::Sitemap => Err(ParseError::NotAFeed { found: "a sitemap" }),
        DocumentKind::Nothing(found) => Err(ParseError::NotAFeed { found }),
    }
}
