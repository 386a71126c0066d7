//! The keys under which an item is known again.

use std::collections::HashMap;

use crate::item::{ContentHash, Item};
use crate::source::SourceId;
use crate::text::fold;

/// What a key was made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    /// The canonical address.
    Address,
    /// The publisher's identifier.
    Guid,
    /// The content hash of a text that is long enough to be told by it.
    Text,
    /// The folded title, within its source.
    Title,
}

/// One key of an item: equal keys are a reason to look whether two items are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// What it was made from.
    pub kind: KeyKind,
    /// 16 bytes of BLAKE3 over kind, scope and value.
    pub digest: [u8; 16],
}

/// The fewest words of a title that tells items of one source apart.
pub const TITLE_WORDS: usize = 4;

impl KeyKind {
    /// The word of the store and of a source's status.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Guid => "guid",
            Self::Text => "text",
            Self::Title => "title",
        }
    }

    /// The kind of this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Address, Self::Guid, Self::Text, Self::Title].into_iter().find(|kind| kind.as_str() == word)
    }
}

impl Key {
    fn new(kind: KeyKind, scope: &str, value: &str) -> Self {
        let mut hasher = blake3::Hasher::new();
        for part in [kind.as_str(), scope, value] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let mut digest = [0; 16];
        hasher.finalize_xof().fill(&mut digest);
        Self { kind, digest }
    }
}

/// The keys of `item` as `source` brings it, without the kinds that are void there. An item that nothing else tells
/// apart has its title, however short: without a key it would be new, and told, at every visit.
#[must_use]
pub fn keys(item: &Item, hash: &ContentHash, source: &SourceId, void: &[KeyKind]) -> Vec<Key> {
    let mut keys = Vec::with_capacity(4);
    if let Some(address) = &item.address {
        keys.push(Key::new(KeyKind::Address, "", &address.key()));
    }
    if let Some(guid) = &item.guid {
        let (scope, value) = guid_key(guid, source);
        keys.push(Key::new(KeyKind::Guid, scope, value));
    }
    if hash.identifies() {
        keys.push(Key { kind: KeyKind::Text, digest: *hash.digest() });
    }
    keys.retain(|key| !void.contains(&key.kind));
    let title = fold::key(&item.title);
    if keys.is_empty() || title.split(' ').count() >= TITLE_WORDS {
        keys.push(Key::new(KeyKind::Title, source.as_str(), &title));
    }
    keys
}

/// A guid that is an address or a URN means the same everywhere, whatever its scheme says today (publishers move
/// from http to https); any other is only unique at its source.
fn guid_key<'a>(guid: &'a str, source: &'a SourceId) -> (&'a str, &'a str) {
    let guid = guid.trim();
    for scheme in ["https://", "http://"] {
        if let Some(rest) = guid.strip_prefix(scheme) {
            return ("", rest);
        }
    }
    if guid.starts_with("urn:") || guid.starts_with("tag:") { ("", guid) } else { (source.as_str(), guid) }
}

/// The kinds that do not tell the items of one document apart: an address or guid that several differing
/// items carry.
#[must_use]
pub fn degenerate(items: &[Item]) -> Vec<KeyKind> {
    let addresses = items.iter().filter_map(|item| Some((item.address.as_ref()?.key(), item)));
    let guids = items.iter().filter_map(|item| Some((item.guid.clone()?, item)));
    let mut void = Vec::new();
    if repeats(addresses) {
        void.push(KeyKind::Address);
    }
    if repeats(guids) {
        void.push(KeyKind::Guid);
    }
    void
}

fn repeats<'a>(values: impl Iterator<Item = (String, &'a Item)>) -> bool {
    let mut first: HashMap<String, &Item> = HashMap::new();
    for (value, item) in values {
        if let Some(other) = first.insert(value, item)
            && fold::key(&other.title) != fold::key(&item.title)
        {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;

    fn item(address: &str, guid: &str, title: &str) -> Item {
        Item {
            address: Address::parse(address).ok(),
            guid: Some(guid.to_owned()),
            title: title.to_owned(),
            ..Item::default()
        }
    }

    fn kinds(item: &Item, source: &str) -> HashMap<KeyKind, [u8; 16]> {
        let hash = ContentHash::of(item);
        keys(item, &hash, &SourceId::new(source), &[]).into_iter().map(|key| (key.kind, key.digest)).collect()
    }

    #[test]
    fn a_guid_keeps_its_key_when_its_scheme_changes() {
        let (a, b) =
            (item("https://a.org/1", "http://a.org/?p=1", "t"), item("https://a.org/1", "https://a.org/?p=1", "t"));
        assert_eq!(kinds(&a, "x")[&KeyKind::Guid], kinds(&b, "y")[&KeyKind::Guid]);
    }

    #[test]
    fn a_bare_number_as_guid_belongs_to_its_source() {
        let a = item("https://a.org/1", "1001", "t");
        assert_ne!(kinds(&a, "x")[&KeyKind::Guid], kinds(&a, "y")[&KeyKind::Guid]);
    }

    #[test]
    fn short_texts_and_titles_have_no_key_of_their_own() {
        let short = kinds(&item("https://a.org/1", "g", "Breaking news"), "x");
        assert!(!short.contains_key(&KeyKind::Text) && !short.contains_key(&KeyKind::Title));
        let long = "one two three four five six seven eight nine ten eleven twelve";
        assert!(kinds(&item("https://a.org/1", "g", long), "x").contains_key(&KeyKind::Text));
    }

    #[test]
    fn an_item_that_nothing_else_tells_apart_has_its_short_title() {
        let item = item("https://a.org/", "void", "Breaking news");
        let hash = ContentHash::of(&item);
        let keys = keys(&item, &hash, &SourceId::new("x"), &[KeyKind::Address, KeyKind::Guid]);
        assert_eq!(keys.iter().map(|key| key.kind).collect::<Vec<_>>(), [KeyKind::Title]);
    }

    #[test]
    fn a_guid_on_two_different_items_is_void_and_a_repeated_item_is_not() {
        let one = item("https://a.org/1", "same", "first headline");
        let two = item("https://a.org/2", "same", "second headline");
        assert_eq!(degenerate(&[one.clone(), two]), [KeyKind::Guid]);
        assert!(degenerate(&[one.clone(), one]).is_empty());
    }
}
