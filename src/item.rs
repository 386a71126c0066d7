//! One thing that somebody published.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::date::Published;
use crate::text::fold;
use crate::text::lang::{Direction, Lang};

/// The name of a stored item, for ever: 20 characters, derived from what it was when it was first seen.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ItemId(String);

/// What a document says about one item, before anybody has asked whether it is new.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Where the item itself is read; none for a feed entry that links to nothing.
    pub address: Option<Address>,
    /// The identifier that the publisher gave it, as it came.
    pub guid: Option<String>,
    /// The headline, as plain text; never empty in an item that a parser returns.
    pub title: String,
    /// Where the headline was read.
    pub title_from: TitleFrom,
    /// The lead or excerpt, as plain text; may be empty.
    pub summary: String,
    /// The full text where one came, as plain text with line feeds between paragraphs; may be empty.
    pub text: String,
    /// How much of the text there is.
    pub text_state: TextState,
    /// The language that was declared or detected; none where neither gave a sure answer.
    pub lang: Option<Lang>,
    /// Who wrote it.
    pub author: Option<String>,
    /// The news agency that it was taken from, as the text says.
    pub agency: Option<String>,
    /// When it claims to have been published.
    pub published: Option<Published>,
    /// The publisher's own categories.
    pub tags: Vec<String>,
}

/// What an item says, in 16 bytes: over folded title and body, without address and date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContentHash {
    digest: [u8; 16],
    words: usize,
}

/// The fewest folded words whose hash tells one text from another: shorter ones recur by chance.
pub const IDENTIFYING_WORDS: usize = 12;

/// Where a headline was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TitleFrom {
    /// The title element of a feed.
    #[default]
    Feed,
    /// A page's own markup.
    Page,
    /// There was no title: the first sentence of the text stands in.
    Text,
}

/// How much of an item's text is at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextState {
    /// Nothing but the headline.
    #[default]
    None,
    /// An excerpt, or what may be one.
    Excerpt,
    /// The whole text.
    Full,
}

impl ItemId {
    /// Derives the name of an item from what makes it unique when it is first stored.
    #[must_use]
    pub fn derive(parts: &[&str]) -> Self {
        Self(derived(parts, 20))
    }

    /// Takes a name that was derived before, from the store or a command line.
    #[must_use]
    pub fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `length` characters of lower-case base 32 that depend on every part, and on where one ends and the next begins.
#[must_use]
pub fn derived(parts: &[&str], length: usize) -> String {
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
    /// The longest text that the item has: its full text, else its summary.
    #[must_use]
    pub fn body(&self) -> &str {
        if self.text.is_empty() { &self.summary } else { &self.text }
    }

    /// Which way the item's text runs; left to right where the language is unknown.
    #[must_use]
    pub fn dir(&self) -> Direction {
        self.lang.as_ref().map_or(Direction::Ltr, Lang::dir)
    }
}

impl ContentHash {
    /// The hash of what `item` says, under the current version of the folding table.
    #[must_use]
    pub fn of(item: &Item) -> Self {
        let (title, body) = (fold::key(&item.title), fold::key(item.body()));
        let mut hasher = blake3::Hasher::new();
        hasher.update(&[fold::VERSION]);
        hasher.update(title.as_bytes());
        hasher.update(b"\n");
        hasher.update(body.as_bytes());
        let mut digest = [0; 16];
        hasher.finalize_xof().fill(&mut digest);
        let words = title.split(' ').chain(body.split(' ')).filter(|word| !word.is_empty()).count();
        Self { digest, words }
    }

    /// The bytes.
    #[must_use]
    pub fn digest(&self) -> &[u8; 16] {
        &self.digest
    }

    /// True when the text is long enough ([`IDENTIFYING_WORDS`]) for an equal hash to mean the same text.
    #[must_use]
    pub fn identifies(&self) -> bool {
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
