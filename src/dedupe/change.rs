//! Compares the address and identifier of an item with the stored ones.

use crate::address::{Address, Difference, FRAGMENT};
use crate::item::Item;

/// How address and identifier of an item differ from the stored ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change {
    /// In nothing that distinguishes items.
    #[default]
    Nothing,
    /// Only in these parts, whose values look random.
    Redrawn(Vec<String>),
    /// In other parts.
    Otherwise,
}

/// The stored address and identifier of an item that is seen again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Remembered {
    /// Its address.
    pub address: Option<Address>,
    /// Its identifier.
    pub(crate) guid: Option<String>,
    /// More than one visit has seen it at this address.
    pub(crate) settled: bool,
    /// Its date equals the new one to the second.
    pub(crate) same_date: bool,
}

/// The name of the identifier among the differing parts.
pub(super) const GUID: &str = "guid:";

/// Parameters that identify an item, in addition to those that end in `id`. Chosen by hand.
const NAMES: &[&str] = &[
    "article", "cat", "code", "d", "date", "day", "doc", "edition", "guid", "issue", "item", "key", "lang", "lan",
    "month", "n", "name", "news", "no", "nr", "num", "p", "page", "post", "q", "slug", "story", "title", "u", "url",
    "uuid", "v", "week", "year",
];

/// Parameters that end in `id` but do not identify an item. Chosen by hand.
const TOKEN_NAMES: &[&str] = &["tid", "sid", "cid", "clickid", "requestid", "traceid", "rid", "visitid", "uid", "ssid"];

/// True if the name of a parameter shows that it identifies the item. Parts of host and path, and the fragment, always
/// do.
pub(super) fn identifies_item(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.rsplit('>').next().unwrap_or_default();
    NAMES.contains(&name) || name.starts_with(['/', '@', '#']) || name.ends_with("id") && !is_token_name(name)
}

/// True if the name of a parameter shows that it carries a token: a random one may happen to be all digits.
pub(super) fn is_token_name(name: &str) -> bool {
    let name = name.rsplit('>').next().unwrap_or_default();
    TOKEN_NAMES.iter().any(|token| token.eq_ignore_ascii_case(name))
}

/// True if a part has changed like a token.
pub(super) fn is_redrawn(part: &Difference) -> bool {
    let parameter = part.name != GUID && !identifies_item(&part.name);
    part.is_redrawn() || parameter && (is_token_name(&part.name) || part.may_be_redrawn())
}

/// True if both fragments contain a number: those identify items of a page, others its sections.
fn is_numbered(part: &Difference) -> bool {
    let numbered = |value: &Option<String>| value.iter().any(|value| value.bytes().any(|b| b.is_ascii_digit()));
    numbered(&part.before) && numbered(&part.now)
}

impl Change {
    /// Compares two addresses that have the same key: they differ in the fragment, in volatile parts, or not at all.
    #[must_use]
    pub(crate) fn under_one_key(before: Option<&Address>, now: Option<&Address>) -> Self {
        let parts = before.zip(now).and_then(|(before, now)| before.differences(now)).unwrap_or_default();
        if parts.iter().any(|part| part.name == FRAGMENT && is_numbered(part)) {
            return Self::Otherwise;
        }
        let parts = parts.into_iter().map(|part| part.name).filter(|name| name != FRAGMENT).collect::<Vec<_>>();
        if parts.is_empty() { Self::Nothing } else { Self::Redrawn(parts) }
    }

    /// Compares an item with the stored one.
    #[must_use]
    pub(crate) fn since(remembered: &Remembered, item: &Item) -> Self {
        differences(remembered, item).map_or(Self::Otherwise, |parts| Self::of(&parts))
    }

    fn of(parts: &[Difference]) -> Self {
        // An extra parameter that does not identify the item decorates the same address, such as the origin of a
        // reader.
        let decorates = |part: &&Difference| {
            !part.is_place() && !identifies_item(&part.name) && (part.before.is_none() || part.now.is_none())
        };
        let decorates = |part: &&Difference| decorates(part) || part.name == FRAGMENT && !is_numbered(part);
        let parts: Vec<&Difference> = parts.iter().filter(|part| !decorates(part)).collect();
        if parts.is_empty() {
            return Self::Nothing;
        }
        let (redrawn, others): (Vec<&Difference>, Vec<_>) = parts.iter().partition(|part| is_redrawn(part));
        // A part that changes together with a token, and does not identify the item, is a token too.
        if redrawn.is_empty()
            || others.iter().any(|part| identifies_item(&part.name) || part.name == GUID && !part.may_be_redrawn())
        {
            return Self::Otherwise;
        }
        Self::Redrawn(parts.iter().map(|part| part.name.clone()).collect())
    }
}

/// The parts in which an item differs from the stored one, including its identifier; none if the addresses have
/// different structures.
pub(super) fn differences(remembered: &Remembered, item: &Item) -> Option<Vec<Difference>> {
    let mut parts = match (&remembered.address, &item.address) {
        (Some(before), Some(now)) => before.differences(now)?,
        (None, None) => Vec::new(),
        _ => return None,
    };
    if let (Some(before), Some(now)) = (&remembered.guid, &item.guid)
        && before.trim() != now.trim()
    {
        // A guid that is an address differs where that address does.
        let addresses = Address::parse(before).ok().zip(Address::parse(now).ok());
        match addresses.and_then(|(before, now)| before.differences(&now)) {
            Some(more) => parts.extend(more),
            None => parts.push(Difference {
                name: GUID.to_owned(),
                before: Some(before.trim().to_owned()),
                now: Some(now.trim().to_owned()),
            }),
        }
    }
    parts.sort_by(|a, b| a.name.cmp(&b.name));
    parts.dedup_by(|a, b| a.name == b.name);
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_distinguished_from_identifiers() {
        let at = |link: &str| Address::parse(&format!("https://n.example.org{link}")).ok();
        let change = |before: &str, now: &str| {
            let item = Item { address: at(now), ..Item::default() };
            Change::since(&Remembered { address: at(before), ..Remembered::default() }, &item)
        };
        for (before, now) in [
            ("/c?tid=9f8e7d6c1", "/c?tid=0a1b2c3d1"),
            ("/c?tid=73150946", "/c?tid=20481957"),
            ("/c?tid=9f8e7d6c1&c=11", "/c?tid=0a1b2c3d1&c=21"),
            ("/n?i=4&8f3a9c21e4", "/n?i=4&77b1c02d5f"),
            ("/n?i=4&k=8473920184", "/n?i=4&k=2210394857"),
            ("/n?k=qwhfkzpdmx", "/n?k=zrtbnmlkpq"),
            ("/n?k=q83vEjRWeJA%3D", "/n?k=Zm9vYmFyMTI%3D"),
            ("/n?k=a%2Fb3xQ9%2Bz7", "/n?k=Zq4%2Bt%2F81kLm"),
            ("/r/8473920184", "/r/2210394857"),
            ("/r/qwhfkzpdmxtrwn", "/r/zrtbnmlkpqxwvh"),
            ("/r/dGhpc0lzQVRlc3Q=", "/r/b3RoZXJUb2tlbjE="),
            ("/r/550e8400-e29b-41d4-a716-446655440000", "/r/7d444840-9dc0-11d1-b245-5ffdce74fad2"),
        ] {
            assert!(matches!(change(before, now), Change::Redrawn(_)), "{before} {now}");
        }
        for (before, now) in [
            ("/show.php?id=41", "/show.php?id=42"),
            ("/2026/11/weekly", "/2026/12/weekly"),
            ("/n/20261129001", "/n/20261206001"),
            ("/n/8473920184", "/n/8473920190"),
            ("/n?id=20261129", "/n?id=20261206"),
            ("/n?week=45", "/n?week=46"),
            ("/politics/bulletin", "/security/bulletin"),
            ("/n#item-1", "/n#item-2"),
            ("/weekly-bulletin-of-november", "/weekly-bulletin-of-december"),
        ] {
            assert_eq!(change(before, now), Change::Otherwise, "{before} {now}");
        }
        for (before, now) in [("/n/1", "/n/1?from=top"), ("/(S(abcde))/n", "/(F(fghij))/n"), ("/n/1#top", "/n/1")] {
            assert_eq!(change(before, now), Change::Nothing, "{before} {now}");
        }
    }

    #[test]
    fn an_identifier_that_changes_with_a_token_is_a_token() {
        let change = |link: [&str; 2], guid: [&str; 2]| {
            let at = |n: usize| Address::parse(&format!("https://n.example.org{}", link[n])).ok();
            let item = Item { address: at(1), guid: Some(guid[1].to_owned()), ..Item::default() };
            let before = Remembered { address: at(0), guid: Some(guid[0].to_owned()), ..Remembered::default() };
            Change::since(&before, &item)
        };
        let token = ["/c?tid=9f8e7d6c1", "/c?tid=0a1b2c3d1"];
        for guid in [["9f8e7d6c-1", "0a1b2c3d-1"], ["12345678-1", "abcdef90-1"], ["84739201", "22103948"]] {
            assert!(matches!(change(token, guid), Change::Redrawn(_)), "{guid:?}");
        }
        for guid in [["41", "42"], ["post-12345", "post-12346"], ["w12345", "w12346"]] {
            assert_eq!(change(token, guid), Change::Otherwise, "{guid:?}");
            assert_eq!(change(["/n", "/n"], guid), Change::Otherwise, "{guid:?}");
        }
    }
}
