//! Feeds: RSS of every version, RDF, Atom, JSON Feed and WordPress JSON, as they really come.
//!
//! ```text
//! sniff: what is it? ─▶ token: one linear pass ─▶ read: structure, mended where broken ─▶ draft: fields to an item
//!                  └─▶ json
//! ```
//!
//! A strict XML parser loses a whole feed over one bare `&`, and a repaired text handed to one has to be read twice.
//! So the reader that mends is the reader that reads: it keeps every whole item of a feed that is cut off, and says
//! in one sentence what was wrong.

use jiff::Timestamp;

use crate::date::Setting;
use crate::parse::{Document, ParseError, Parsed, sitemap};
use crate::source::Source;

mod canon;
mod discover;
mod draft;
mod field;
mod json;
mod kept;
#[cfg(test)]
mod laws;
mod link;
mod loose;
mod mojibake;
mod read;
mod sniff;
pub(super) mod token;

pub(crate) use discover::challenge;
pub use discover::is_feed_path;
pub(super) use link::resolve;
use sniff::Kind;

/// The longest headline that is kept, in characters.
pub const MAX_TITLE: usize = 1_000;
/// The longest excerpt that is kept, in characters.
pub const MAX_SUMMARY: usize = 10_000;
/// The longest text that is kept, in characters.
pub const MAX_TEXT: usize = 200_000;
/// The longest identifier that is kept as it came, in bytes; a longer one is kept as a hash.
pub const MAX_GUID: usize = 2_048;
/// The most categories that one item keeps, and the longest of them, in characters.
pub const MAX_TAGS: usize = 64;
/// The longest category, name or agency, in characters.
pub const MAX_WORD: usize = 200;

/// The kind of a web page that stands where a feed should.
pub const PAGE: &str = "html";

/// What every part of the reader knows.
struct Context<'a> {
    document: &'a Document,
    source: &'a Source,
    now: Timestamp,
}

impl Context<'_> {
    /// What a date in this document is read against.
    fn setting(&self) -> Setting<'_> {
        Setting { now: self.now, zone: &self.source.timezone, lang: self.source.lang.as_ref() }
    }
}

/// Reads a feed, or what stands in its place.
///
/// # Errors
/// When the document is no feed and advertises none.
pub fn read(document: &Document, source: &Source, now: Timestamp) -> Result<Parsed, ParseError> {
    let context = Context { document, source, now };
    match sniff::kind(&document.text) {
        Kind::Json => json::read(&context),
        Kind::Feed { from } => Ok(read::read(&context, from)),
        Kind::Html => discover::read(document, source),
        Kind::Sitemap => sitemap::read(document, source, now),
        Kind::Nothing(found) => Err(ParseError::NotAFeed { found }),
    }
}

/// True for a sitemap or an index of sitemaps.
pub(super) fn is_sitemap(text: &str) -> bool {
    matches!(sniff::kind(text), Kind::Sitemap)
}
