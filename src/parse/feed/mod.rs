//! Feeds: RSS of every version, RDF, Atom, JSON Feed and WordPress JSON, as they really come.
//!
//! ```text
//! sniff: what is it? ─▶ strict: feed-rs, where it loses nothing ──┐
//!                  └─▶ lenient: our own reader for the rest ─────┴─▶ entry: to an item ─▶ newest: which are kept
//! ```
//!
//! There are two readers. The strict one is feed-rs; it reads a feed that is well-formed and holds nothing that
//! feed-rs would drop or change. The lenient one is our own and reads the rest: it keeps every whole item of a feed
//! that is cut off, and says in one sentence what was wrong. Both give the same entries, and one function turns an
//! entry into an item, so an item stays the same item when its feed moves from one reader to the other.

use jiff::Timestamp;

use crate::date::DateContext;
use crate::parse::{Document, ParseError, Parsed};
use crate::source::Source;

pub(super) mod discover;
mod encoding_repair;
mod entry;
pub(super) mod lenient;
mod link;
mod newest;
#[cfg(test)]
mod properties;
pub(super) mod sniff;
mod strict;
mod vocabulary;

pub use discover::is_feed_path;
pub(super) use link::resolve;
pub use strict::StrictRefusal;

/// The kind of a web page that stands where a feed should.
pub const PAGE: &str = "html";

/// Which of the two readers read a feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedReader {
    /// feed-rs: the feed is well-formed, and feed-rs loses nothing of it.
    Strict,
    /// Our own reader, for every other feed.
    Lenient,
}

impl FeedReader {
    /// The word for programs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Lenient => "lenient",
        }
    }

    /// The words for people.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Strict => "strict reader (feed-rs)",
            Self::Lenient => "lenient reader (built in)",
        }
    }
}

/// What every part of the reader knows.
struct FeedContext<'a> {
    document: &'a Document,
    source: &'a Source,
    now: Timestamp,
}

impl FeedContext<'_> {
    /// What a date in this document is read against.
    fn setting(&self) -> DateContext<'_> {
        DateContext { now: self.now, zone: &self.source.timezone, lang: self.source.lang.as_ref() }
    }
}

/// Reads a feed with whichever reader takes it.
///
/// # Errors
/// When the document is no feed.
pub fn read(document: &Document, source: &Source, now: Timestamp) -> Result<Parsed, ParseError> {
    let (context, kind) = (FeedContext { document, source, now }, sniff::kind(&document.text));
    strict::read(&context, kind).or_else(|_| lenient::read(&context, kind))
}

/// Reads a feed with the strict reader alone.
///
/// # Errors
/// Why it is left to the lenient reader.
pub fn read_strictly(document: &Document, source: &Source, now: Timestamp) -> Result<Parsed, StrictRefusal> {
    strict::read(&FeedContext { document, source, now }, sniff::kind(&document.text))
}

/// Reads a feed with the lenient reader alone.
///
/// # Errors
/// When the document is no feed.
pub fn read_leniently(document: &Document, source: &Source, now: Timestamp) -> Result<Parsed, ParseError> {
    lenient::read(&FeedContext { document, source, now }, sniff::kind(&document.text))
}

/// What is said of items that were left out because nothing in them could be alerted.
fn empty_items(count: usize) -> Option<String> {
    (count > 0).then(|| format!("{count} items that hold nothing were left out"))
}
