//! Derives the keys by which a stored item is recognised.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, HashSet};

use super::volatile_parts::VolatileParts;
use crate::address::Address;
use crate::item::{FoldedContent, Item};
use crate::source::SourceId;
use crate::text::fold;

/// What a key is derived from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyKind {
    /// The canonical address.
    Address,
    /// The publisher's identifier.
    Guid,
    /// The content hash of a text long enough to be identified by it.
    Text,
    /// The folded text without the title, within its source.
    Body,
    /// The folded title, within its source.
    Title,
    /// A title too short for [`KeyKind::Title`], with host and path of the address, within its source.
    Place,
    /// Title, date and the address without parts that look random, within its source; used only in a baseline.
    Look,
}

/// A key of an item: items with an equal key may be the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    /// What it is derived from.
    pub kind: KeyKind,
    /// 16 bytes of BLAKE3 over kind, scope and value.
    pub(crate) digest: [u8; 16],
}

/// The fewest words of a title that distinguishes the items of a source. Chosen by hand.
pub(crate) const TITLE_WORDS: usize = 4;

/// The fewest words of a text that identifies an item of a source under any headline. Chosen by hand: placeholders for
/// a text ("to read on, subscribe or log in") have some twenty words at most.
pub(crate) const BODY_WORDS: usize = 25;

/// The version of the keys. A store with another version derives all keys again when it is opened.
pub(crate) const VERSION: u8 = 3;

/// The rules for the keys of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyRules {
    /// The kinds of key that do not distinguish its items.
    pub(crate) ambiguous: BTreeSet<KeyKind>,
    /// The parts of its addresses and identifiers that change from visit to visit.
    pub(crate) volatile: VolatileParts,
}

impl KeyKind {
    /// The word in store and source status.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::Guid => "guid",
            Self::Text => "text",
            Self::Body => "body",
            Self::Title => "title",
            Self::Place => "place",
            Self::Look => "look",
        }
    }

    /// Parses the word.
    #[must_use]
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        let all = [Self::Address, Self::Guid, Self::Text, Self::Body, Self::Title, Self::Place, Self::Look];
        all.into_iter().find(|kind| kind.as_str() == word)
    }

    /// True for a key that identifies an item by itself.
    #[must_use]
    pub(crate) fn is_strong(self) -> bool {
        matches!(self, Self::Address | Self::Guid | Self::Text)
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

/// The keys of `item` at `source`, without the ambiguous kinds. An item without other keys has its title, however
/// short: without any key it would be new, and alert, at every visit.
#[must_use]
pub(crate) fn keys(item: &Item, folded: &FoldedContent, source: &SourceId, identity: &KeyRules) -> Vec<Key> {
    let mut keys = Vec::with_capacity(4);
    if let Some(address) = &item.address {
        let full = address.key_with_fragment(&|name| identity.volatile.has(name));
        let page = address_key(address, &identity.volatile);
        if page != full && !identity.volatile.fragments() {
            keys.push(Key::new(KeyKind::Address, "", &page));
        }
        keys.push(Key::new(KeyKind::Address, "", &full));
    }
    if let Some(guid) = item.guid.as_ref().filter(|_| !identity.volatile.guids()) {
        let (scope, value) = guid_key(guid, source, &identity.volatile);
        keys.push(Key::new(KeyKind::Guid, scope, &value));
    }
    if folded.hash.identifies() {
        keys.push(Key { kind: KeyKind::Text, digest: *folded.hash.digest() });
    }
    keys.retain(|key| !identity.ambiguous.contains(&key.kind));
    let title = &folded.title;
    if keys.is_empty() || title.split(' ').count() >= TITLE_WORDS {
        keys.push(Key::new(KeyKind::Title, source.as_str(), title));
    } else {
        let stem = item.address.as_ref().map(Address::stem).unwrap_or_default();
        keys.push(Key::new(KeyKind::Place, source.as_str(), &format!("{title}\n{stem}")));
    }
    keys.extend(body_key(&folded.body, source));
    keys
}

/// True if volatile parts were removed from the address in an item's keys.
#[must_use]
pub(crate) fn is_stripped(item: &Item, keys: &[Key]) -> bool {
    let full = |address: &Address| Key::new(KeyKind::Address, "", &address.key_with_fragment(&|_| false));
    item.address.as_ref().is_some_and(|address| !keys.contains(&full(address)))
}

/// The [`KeyKind::Look`] of an item whose address has parts that look random.
#[must_use]
pub(crate) fn look(item: &Item, source: &SourceId) -> Option<Key> {
    let address = item.address.as_ref()?;
    let tokens = address.token_names();
    if tokens.is_empty() {
        return None;
    }
    let at = address.key_without(&|name| tokens.contains(name));
    let date = item.published.as_ref().map(|published| published.at.to_string()).unwrap_or_default();
    let value = format!("{}\n{at}\n{date}", fold::key(&item.title));
    Some(Key::new(KeyKind::Look, source.as_str(), &value))
}

/// True if several items of a document have the same address with different fragments. Items with one headline, such as
/// a comment list and its form, count only if the fragments are numbered.
#[must_use]
pub(crate) fn fragments_distinguish(items: &[Item]) -> bool {
    let mut first: HashMap<String, (&str, &Item)> = HashMap::new();
    let numbered = |fragment: &str| fragment.bytes().any(|b| b.is_ascii_digit());
    items.iter().any(|item| {
        let Some((address, fragment)) = item.address.as_ref().and_then(|at| Some((at, at.url().fragment()?))) else {
            return false;
        };
        let (other, before) = *first.entry(address.key()).or_insert((fragment, item));
        let titles = fold::key(&before.title) != fold::key(&item.title);
        other != fragment && (titles || numbered(other) && numbered(fragment))
    })
}

fn address_key(address: &Address, volatile: &VolatileParts) -> String {
    address.key_without(&|name| volatile.has(name))
}

fn body_key(body: &str, source: &SourceId) -> Option<Key> {
    let long = fold::words_of_key(body) >= BODY_WORDS;
    long.then(|| Key::new(KeyKind::Body, source.as_str(), &format!("{}\n{body}", fold::VERSION)))
}

/// Removes the body and address keys that different items of one document share: boilerplate text, and addresses
/// reduced to their constant parts. Each item comes with its folded title.
pub(crate) fn remove_shared<'a>(items: impl Iterator<Item = (&'a mut Vec<Key>, &'a str)>) {
    let mut items: Vec<_> = items.collect();
    let counts = |key: &&Key| matches!(key.kind, KeyKind::Body | KeyKind::Address);
    let (mut titles, mut shared) = (HashMap::new(), HashSet::new());
    for (keys, title) in &items {
        for key in keys.iter().filter(counts) {
            if titles.insert(*key, title).is_some_and(|other| other != title) {
                shared.insert(*key);
            }
        }
    }
    for (keys, _) in items.iter_mut().filter(|_| !shared.is_empty()) {
        keys.retain(|key| !shared.contains(key));
    }
}

/// Scope and value of a guid. An address or URN is global, regardless of its scheme (publishers move from http to
/// https) and its session id; any other guid is unique only at its source.
fn guid_key<'a>(guid: &'a str, source: &'a SourceId, volatile: &VolatileParts) -> (&'a str, Cow<'a, str>) {
    let guid = guid.trim();
    for scheme in ["https://", "http://"] {
        if let Some(rest) = guid.strip_prefix(scheme) {
            let changes = |address: &Address| {
                address.has_session() || address.parameters().iter().any(|parameter| volatile.has(&parameter.name))
            };
            let stable = Address::parse(guid).ok().filter(changes);
            return ("", stable.map_or(Cow::Borrowed(rest), |address| address_key(&address, volatile).into()));
        }
    }
    let scope = if guid.starts_with("urn:") || guid.starts_with("tag:") { "" } else { source.as_str() };
    (scope, Cow::Borrowed(guid))
}

/// The ambiguous kinds: an address or guid that several different items of one document have.
#[must_use]
pub(crate) fn ambiguous_kinds(items: &[Item]) -> BTreeSet<KeyKind> {
    let fragments = fragments_distinguish(items);
    let key = |at: &Address| if fragments { at.key_with_fragment(&|_| false) } else { at.key() };
    let addresses = items.iter().filter_map(|item| Some((key(item.address.as_ref()?), item)));
    let guids = items.iter().filter_map(|item| Some((item.guid.clone()?, item)));
    let repeated = [(KeyKind::Address, repeats(addresses)), (KeyKind::Guid, repeats(guids))];
    repeated.into_iter().filter(|(_, repeats)| *repeats).map(|(kind, _)| kind).collect()
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
        keys(item, &FoldedContent::of(item), &SourceId::new(source), &KeyRules::default())
            .into_iter()
            .map(|key| (key.kind, key.digest))
            .collect()
    }

    #[test]
    fn a_fragment_belongs_to_the_key_if_it_distinguishes_items() {
        let page = |fragment: &str, title: &str| item(&format!("https://a.org/p#{fragment}"), "", title);
        for (items, apart) in [
            ([page("item-1", "One"), page("item-2", "Two")], true),
            ([page("item-1", "Bulletin"), page("item-2", "Bulletin")], true),
            ([page("comments", "One"), page("respond", "One")], false),
            ([page("item-1", "One"), page("item-1", "Two")], false),
        ] {
            assert_eq!(fragments_distinguish(&items), apart, "{items:?}");
            assert_eq!(ambiguous_kinds(&items).contains(&KeyKind::Address), !apart && items[0].title != items[1].title);
        }
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
    fn an_item_with_a_short_title_has_a_key_of_title_and_place() {
        let bulletin = |address| kinds(&item(address, "g", "Weekly bulletin"), "x")[&KeyKind::Place];
        assert_eq!(bulletin("https://a.org/show?t=1"), bulletin("http://www.a.org/show/?t=2#top"));
        assert_ne!(bulletin("https://a.org/2026/11/weekly"), bulletin("https://a.org/2026/12/weekly"));
    }

    #[test]
    fn a_session_id_in_a_guid_is_ignored() {
        let guid = |guid| kinds(&item("https://a.org/1", guid, "t"), "x")[&KeyKind::Guid];
        assert_eq!(guid("https://a.org/n?id=1&PHPSESSID=0a1b2c3d"), guid("https://a.org/n?PHPSESSID=9f8e7d6c&id=1"));
        assert_ne!(guid("https://a.org/n?id=1&PHPSESSID=0a1b2c3d"), guid("https://a.org/n?id=2&PHPSESSID=0a1b2c3d"));
    }

    #[test]
    fn a_text_under_two_headlines_of_one_document_is_not_a_key() {
        let text = "words ".repeat(BODY_WORDS);
        let item = |title: &str| Item { title: title.to_owned(), summary: text.clone(), ..Item::default() };
        let keys = |item: &Item| keys(item, &FoldedContent::of(item), &SourceId::new("x"), &KeyRules::default());
        let (one, two) = (item("One headline"), item("Another headline"));
        let (mut first, mut second) = (keys(&one), keys(&two));
        assert!(first.iter().any(|key| key.kind == KeyKind::Body));
        remove_shared([(&mut first, "one headline"), (&mut second, "another headline")].into_iter());
        assert!(!first.iter().chain(&second).any(|key| key.kind == KeyKind::Body));
    }

    #[test]
    fn an_item_without_other_keys_has_its_short_title() {
        let item = item("https://a.org/", "guid", "Breaking news");
        let identity = KeyRules { ambiguous: [KeyKind::Address, KeyKind::Guid].into(), ..KeyRules::default() };
        let keys = keys(&item, &FoldedContent::of(&item), &SourceId::new("x"), &identity);
        assert_eq!(keys.iter().map(|key| key.kind).collect::<Vec<_>>(), [KeyKind::Title]);
    }

    #[test]
    fn a_guid_of_two_different_items_is_ambiguous_and_a_repeated_item_is_not() {
        let one = item("https://a.org/1", "same", "first headline");
        let two = item("https://a.org/2", "same", "second headline");
        assert_eq!(ambiguous_kinds(&[one.clone(), two]), [KeyKind::Guid].into());
        assert!(ambiguous_kinds(&[one.clone(), one]).is_empty());
    }
}
