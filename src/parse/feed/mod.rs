//! Reads feeds: RSS of every version, RDF, Atom, JSON Feed and WordPress JSON.
//!
//! ```text
//! document_kind ─▶ strict: feed-rs, if it loses nothing ─────┐
//!             └─▶ lenient: our own reader for the rest ─────┴─▶ entry: to an item ─▶ newest: which are kept
//! ```
//!
//! There are two readers. The strict one is feed-rs; it reads a feed that is well-formed and contains nothing that feed-rs
//! would drop or change. The lenient one is our own and reads the others: it keeps every complete item of a feed that is
//! cut off, and describes in one sentence what was wrong. Both return the same entries, and one function turns an entry
//! into an item, so an item stays the same when its feed moves from one reader to the other. `discover` finds the feeds
//! that a web page advertises.

use jiff::Timestamp;

use crate::date::DateContext;
use crate::parse::{Document, ParseError, Parsed, document_kind};
use crate::source::Source;

pub(super) mod discover;
mod element_names;
mod encoding_repair;
mod entry;
pub(super) mod lenient;
mod link;
mod newest;
#[cfg(test)]
mod properties;
mod strict;
#[cfg(test)]
mod tests;

pub use discover::is_feed_path;
pub(crate) use discover::is_feed_type;
pub(super) use link::resolve;
pub(crate) use strict::StrictRefusal;

/// Which of the two readers read a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedReader {
    /// feed-rs, for a well-formed feed of which feed-rs loses nothing.
    Strict,
    /// Our own reader, for every other feed.
    Lenient,
}

impl FeedReader {
    /// The name for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Lenient => "lenient",
        }
    }

    /// The name for people.
    #[must_use]
    pub(crate) fn describe(self) -> &'static str {
        match self {
            Self::Strict => "strict reader (feed-rs)",
            Self::Lenient => "lenient reader (built in)",
        }
    }
}

/// The document, its source and the time of reading.
struct FeedContext<'a> {
    document: &'a Document,
    source: &'a Source,
    now: Timestamp,
}

impl FeedContext<'_> {
    /// The context for dates in this document.
    fn date_context(&self) -> DateContext<'_> {
        DateContext { now: self.now, zone: &self.source.timezone, lang: self.source.lang.as_ref() }
    }
}

/// Reads a feed with the strict reader, else with the lenient one.
///
/// # Errors
/// When the document is not a feed.
pub fn read(document: &Document, source: &Source, now: Timestamp) -> Result<Parsed, ParseError> {
    let (context, kind) = (FeedContext { document, source, now }, document_kind::kind(&document.text));
    strict::read(&context, kind).or_else(|_| lenient::read(&context, kind))
}

/// Reads a feed with the strict reader only.
///
/// # Errors
/// Why the strict reader refuses it.
pub fn read_strictly(document: &Document, source: &Source, now: Timestamp) -> Result<Parsed, StrictRefusal> {
    strict::read(&FeedContext { document, source, now }, document_kind::kind(&document.text))
}

/// Reads a feed with the lenient reader only.
///
/// # Errors
/// When the document is not a feed.
pub fn read_leniently(document: &Document, source: &Source, now: Timestamp) -> Result<Parsed, ParseError> {
    lenient::read(&FeedContext { document, source, now }, document_kind::kind(&document.text))
}

/// The remark about empty items.
fn empty_items(count: usize) -> Option<String> {
    match count {
        0 => None,
        1 => Some("1 empty item was left out".to_owned()),
        _ => Some(format!("{count} empty items were left out")),
    }
}
