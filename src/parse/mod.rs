//! From what a source served to the items that it carries.

use crate::address::Address;
use crate::item::Item;

pub mod feed;
pub mod page;

/// What a source served, decoded: the text, and what the answer said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Where it was served in the end, after redirects: what relative links are relative to.
    pub address: Address,
    /// The media type that the server declared, in lower case and without parameters; may be empty.
    pub media_type: String,
    /// The decoded text.
    pub text: String,
    /// The encoding that it was decoded from, by its name in the Encoding Standard.
    pub encoding: &'static str,
    /// How many bytes could not be decoded and stand as U+FFFD.
    pub replaced: usize,
}

/// What was read in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The items, in the order of the document.
    pub items: Vec<Item>,
    /// What kind of document it turned out to be: `rss`, `atom`, `json`, `listing`, …
    pub kind: &'static str,
    /// What had to be left out or mended, in one sentence; none for a whole document.
    pub degraded: Option<String>,
    /// How many items were left out because the document carries more than the source's `max_items`.
    pub left_out: usize,
    /// Feeds that the document advertises, best first.
    pub feeds: Vec<Address>,
}
