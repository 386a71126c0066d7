//! Defines an item: one thing that a source published.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::date::Published;
use crate::text::fold;
use crate::text::lang::{Direction, Lang};

/// The permanent identifier of a stored item: 20 characters derived from its first revision.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemId(String);

/// One item as a document describes it, before it is judged new or known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The address of the item's own page; none for a feed entry without a link.
    pub address: Option<Address>,
    /// The publisher's identifier, unchanged.
    pub guid: Option<String>,
    /// The headline, as plain text; never empty in a parsed item.
    pub title: String,
    /// Where the headline was read.
    pub title_from: TitleFrom,
    /// The lead or excerpt, as plain text; may be empty.
    pub summary: String,
    /// The full text, if available, as plain text with line feeds between paragraphs; may be empty.
    pub text: String,
    /// How complete the text is.
    pub text_state: TextState,
    /// The declared or detected language; none if neither is certain.
    pub lang: Option<Lang>,
    /// Who wrote it.
    pub author: Option<String>,
    /// The news agency named in the text as its origin.
    pub agency: Option<String>,
    /// The publication date that it claims.
    pub published: Option<Published>,
    /// The publisher's own categories.
    pub tags: Vec<String>,
}

/// A hash of an item's content: 16 bytes over folded title and body, without address and date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentHash {
    digest: [u8; 16],
    words: usize,
}

/// An item's title and body as [`fold::key`] folds them, and their hash: folded once for the hash and the keys.
#[derive(Clone, Debug)]
pub(crate) struct FoldedContent {
    /// The folded title.
    pub(crate) title: String,
    /// The folded body.
    pub(crate) body: String,
    /// The hash of both.
    pub(crate) hash: ContentHash,
}

/// The fewest folded words for the hash to identify a text: shorter texts recur by chance. Chosen by hand.
pub(crate) const IDENTIFYING_WORDS: usize = 12;

/// Where a headline was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TitleFrom {
    /// The title element of a feed.
    #[default]
    Feed,
    /// The markup of a page.
    Page,
    /// There was no title; the first sentence of the text replaces it.
    Text,
}

/// How complete the text of an item is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextState {
    /// Only the headline.
    #[default]
    None,
    /// An excerpt, or possibly one.
    Excerpt,
    /// The full text.
    Full,
}

/// The length of an item's identifier, in characters of base 32 (100 bits).
const ITEM_ID_LENGTH: usize = 20;

impl ItemId {
    /// Derives the identifier from the parts that make an item unique when it is first stored.
    ///
    /// ```
    /// use marsad::item::ItemId;
    ///
    /// assert_eq!(ItemId::derive(&["una-ar", "https://example.org/1"]).as_str().len(), 20);
    /// assert_ne!(ItemId::derive(&["ab", "c"]), ItemId::derive(&["a", "bc"]));
    /// ```
    #[must_use]
    pub fn derive(parts: &[&str]) -> Self {
        Self(derived(parts, ITEM_ID_LENGTH))
    }

    /// Wraps an identifier from the store or a command line.
    #[must_use]
    pub fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Bytes as hexadecimal digits in lower case.
///
/// ```
/// assert_eq!(marsad::item::hex(&[0, 171]), "00ab");
/// ```
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// Derives `length` characters of lower-case base 32 that depend on every part and on the boundaries between them.
#[must_use]
pub(crate) fn derived(parts: &[&str], length: usize) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    let alphabet = b"0123456789abcdefghjkmnpqrstvwxyz";
    let bytes = hasher.finalize();
    bytes.as_bytes().iter().take(length).map(|b| char::from(alphabet[usize::from(b % 32)])).collect()
}

impl Item {
    /// The longest available text: the full text, else the summary.
    #[must_use]
    pub fn body(&self) -> &str {
        if self.text.is_empty() { &self.summary } else { &self.text }
    }

    /// How many bytes it takes in memory: of its fields and of their texts.
    #[must_use]
    pub(crate) fn size(&self) -> usize {
        let texts =
            [Some(&self.title), Some(&self.summary), Some(&self.text), self.guid.as_ref(), self.author.as_ref()];
        let texts: usize = texts.into_iter().flatten().chain(&self.tags).map(String::capacity).sum();
        let address = self.address.as_ref().map_or(0, |address| address.as_str().len());
        size_of::<Self>() + self.tags.capacity() * size_of::<String>() + texts + address
    }

    /// The direction of the item's text; left to right if the language is unknown.
    #[must_use]
    pub(crate) fn dir(&self) -> Direction {
        self.lang.as_ref().map_or(Direction::Ltr, Lang::dir)
    }
}

impl FoldedContent {
    /// Folds title and body.
    #[must_use]
    pub(crate) fn of(item: &Item) -> Self {
        let (title, body) = (fold::key(&item.title), fold::key(item.body()));
        let hash = ContentHash::of_folded(&title, &body);
        Self { title, body, hash }
    }
}

impl ContentHash {
    /// The hash of the item's content, under the current version of the folding table.
    #[must_use]
    pub fn of(item: &Item) -> Self {
        FoldedContent::of(item).hash
    }

    fn of_folded(title: &str, body: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&[fold::VERSION]);
        hasher.update(title.as_bytes());
        hasher.update(b"\n");
        hasher.update(body.as_bytes());
        let mut digest = [0; 16];
        hasher.finalize_xof().fill(&mut digest);
        let words = fold::words_of_key(title) + fold::words_of_key(body);
        Self { digest, words }
    }

    /// The bytes.
    #[must_use]
    pub(crate) fn digest(&self) -> &[u8; 16] {
        &self.digest
    }

    /// True if the text is long enough ([`IDENTIFYING_WORDS`]) for an equal hash to mean the same text.
    #[must_use]
    pub(crate) fn identifies(&self) -> bool {
        self.words >= IDENTIFYING_WORDS
    }
}

impl TitleFrom {
    /// The word that receivers get.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Page => "page",
            Self::Text => "text",
        }
    }
}

impl TextState {
    /// The word that receivers get.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Excerpt => "excerpt",
            Self::Full => "full",
        }
    }
}

impl fmt::Display for ItemId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_name_depends_on_where_its_parts_end() {
        assert_ne!(ItemId::derive(&["ab", "c"]), ItemId::derive(&["a", "bc"]));
        assert_eq!(ItemId::derive(&["ab", "c"]), ItemId::derive(&["ab", "c"]));
        assert_eq!(ItemId::derive(&["x"]).as_str().len(), 20);
    }
}
