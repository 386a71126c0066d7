//! Learns which parts of a source's addresses and identifiers change from visit to visit while everything else stays.
//!
//! Some feeds link through a redirect with a token of its own for each reader and hour, and repeat it in the guid. An
//! item with a long headline is known again by that; one with a short headline would be new at every visit. So the items
//! that a visit meets again by their title or text are compared with what the store has of them: a parameter that has
//! changed throughout, and stayed nowhere, says nothing about the item and leaves its keys.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::address::{Address, Parameter, is_token};
use crate::item::Item;

/// The version of the stored form; another one is learnt anew.
const VERSION: u8 = 1;

/// How many items of one visit must have changed in a parameter whose value looks drawn at random, or that changes with
/// such a parameter. Chosen by hand: one may be another item under the same headline.
const TOKENS: usize = 2;

/// How many visits in a row must have changed any other parameter: another item under the same headline stays for more
/// than one visit. Chosen by hand.
const VISITS: u8 = 3;

/// The most parameters that are kept. Chosen by hand.
const MOST: usize = 64;

/// Parameters that name an item, besides those that end in `id`.
const NAMES: &[&str] = &[
    "article", "cat", "code", "d", "date", "day", "doc", "edition", "guid", "issue", "item", "key", "lang", "lan",
    "month", "n", "name", "news", "no", "nr", "num", "p", "page", "post", "q", "slug", "story", "title", "u", "url",
    "uuid", "v", "week", "year",
];

/// Parameters that end in `id` and name no item.
const TOKEN_NAMES: &[&str] = &["tid", "sid", "cid", "clickid", "requestid", "traceid", "rid", "visitid", "uid", "ssid"];

/// What changes from visit to visit at one source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volatile {
    version: u8,
    parameters: BTreeSet<String>,
    guid: bool,
    /// What has changed in too few items to be sure, with the number of visits in a row.
    suspects: BTreeMap<String, u8>,
}

/// What the store has of an item that a visit meets again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remembered {
    /// Its address.
    pub address: Option<Address>,
    /// Its identifier.
    pub guid: Option<String>,
}

/// An item that a visit meets again.
#[derive(Clone, Copy, Debug)]
pub struct Again<'a> {
    /// What is at hand.
    pub item: &'a Item,
    /// What the store has of it; none where its address is known, too.
    pub remembered: Option<&'a Remembered>,
    /// Its identifier is known, too.
    pub guid_stays: bool,
}

/// The pseudo-parameter of an identifier that differs, in [`differences`].
const GUID: &str = "guid:";

impl Volatile {
    /// Reads the stored form; nothing is known where another version wrote it.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        serde_json::from_str::<Self>(text).ok().filter(|known| known.version == VERSION).unwrap_or_default()
    }

    /// The stored form; none where nothing was learnt.
    #[must_use]
    pub fn stored(&self) -> Option<String> {
        if *self == Self::default() { None } else { serde_json::to_string(self).ok() }
    }

    /// True for a parameter that changes.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.parameters.contains(name)
    }

    /// True where identifiers change.
    #[must_use]
    pub fn guids(&self) -> bool {
        self.guid
    }

    /// True where everything in which an item differs from what is remembered of it changes from visit to visit.
    #[must_use]
    pub fn explains(&self, differences: &[String]) -> bool {
        differences.iter().all(|name| if name == GUID { self.guid } else { self.has(name) })
    }

    /// What is known after a visit that met these items again.
    #[must_use]
    pub fn after(mut self, visit: &[Again<'_>]) -> Self {
        let mut counts: BTreeMap<String, Count> = BTreeMap::new();
        for again in visit {
            count(again, &mut counts);
        }
        let (tokens, others): (Vec<_>, Vec<_>) = counts.into_iter().partition(|(_, count)| count.is_token());
        for (name, count) in tokens.iter().chain(&others) {
            let beside = visit.iter().filter(|again| self.changes_beside(again, name)).count();
            if self.is_volatile(name, count, beside) && self.parameters.len() < MOST {
                self.parameters.insert(name.clone());
            }
        }
        let (guids, beside) = self.guids_of(visit);
        self.guid |= self.is_volatile(GUID, &guids, beside);
        if self.guid || !self.parameters.is_empty() || !self.suspects.is_empty() {
            self.version = VERSION;
        }
        self
    }

    /// How the identifiers of those items fared that differ from what is remembered in nothing else that counts; and in
    /// how many of them a parameter changed, too.
    fn guids_of(&self, visit: &[Again<'_>]) -> (Count, usize) {
        let (mut guids, mut beside) = (Count::default(), 0);
        for again in visit {
            let Some(guid) = &again.item.guid else { continue };
            let names = match again.remembered {
                _ if again.guid_stays => Vec::new(),
                None => vec![GUID.to_owned()],
                Some(remembered) => differences(remembered, again.item).unwrap_or_else(|| vec![String::new()]),
            };
            let (own, others): (Vec<&String>, Vec<&String>) = names.iter().partition(|name| *name == GUID);
            if !others.iter().all(|name| self.has(name)) {
                continue;
            }
            let changed = !own.is_empty();
            guids.changed += usize::from(changed);
            guids.tokens += usize::from(changed && is_token(guid.trim()));
            guids.stayed += usize::from(!changed);
            beside += usize::from(changed && !others.is_empty());
        }
        (guids, beside)
    }

    /// Whether a parameter of an item has changed, and another one with it that is known to.
    fn changes_beside(&self, again: &Again<'_>, name: &str) -> bool {
        let (Some(remembered), Some(now)) = (again.remembered, &again.item.address) else { return false };
        let changed = remembered.address.as_ref().and_then(|before| changed(before, now)).unwrap_or_default();
        changed.iter().any(|own| own == name) && changed.iter().any(|other| other != name && self.has(other))
    }

    /// Decides on a parameter that has changed in some items of a visit, in `beside` of them with another one that is
    /// known to change.
    fn is_volatile(&mut self, name: &str, count: &Count, beside: usize) -> bool {
        if count.stayed > 0 || count.changed == 0 || names_item(name) && !count.is_token() {
            self.suspects.remove(name);
            return false;
        }
        let sure = !names_item(name) && count.changed >= TOKENS && (count.is_token() || beside == count.changed);
        if !sure && self.suspects.len() < MOST {
            *self.suspects.entry(name.to_owned()).or_default() += 1;
        }
        let sure = sure || self.suspects.get(name).is_some_and(|visits| *visits >= VISITS);
        if sure {
            self.suspects.remove(name);
        }
        sure
    }

    /// What is known after a visit that was told that nothing has changed.
    #[must_use]
    pub fn unchanged(mut self) -> Self {
        self.suspects.clear();
        self
    }
}

/// Whether a parameter names the item by its own name. So do segments of a path.
fn names_item(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let name = name.as_str();
    NAMES.contains(&name) || name.starts_with('/') || name.ends_with("id") && !is_token_name(name)
}

/// Whether a parameter carries a token by its own name: one drawn at random may happen to be all digits.
fn is_token_name(name: &str) -> bool {
    TOKEN_NAMES.iter().any(|token| token.eq_ignore_ascii_case(name))
}

/// How a parameter fared in one visit.
#[derive(Default)]
struct Count {
    changed: usize,
    tokens: usize,
    stayed: usize,
}

impl Count {
    fn is_token(&self) -> bool {
        self.changed > 0 && self.tokens == self.changed
    }
}

fn count(again: &Again<'_>, counts: &mut BTreeMap<String, Count>) {
    let Some(address) = &again.item.address else { return };
    let Some(remembered) = again.remembered else {
        address.parameters().into_iter().for_each(|parameter| counts.entry(parameter.name).or_default().stayed += 1);
        return;
    };
    let Some(changed) = remembered.address.as_ref().and_then(|before| changed(before, address)) else { return };
    for parameter in address.parameters() {
        let count = counts.entry(parameter.name.clone()).or_default();
        if changed.contains(&parameter.name) {
            count.changed += 1;
            count.tokens += usize::from(is_token(&parameter.value) || is_token_name(&parameter.name));
        } else {
            count.stayed += 1;
        }
    }
}

/// The parameters in which two addresses differ; none where they differ in anything else.
fn changed(before: &Address, now: &Address) -> Option<Vec<String>> {
    if before.stem() != now.stem() {
        return None;
    }
    let (before, now) = (before.parameters(), now.parameters());
    let apart = |one: &[Parameter], other: &[Parameter]| {
        one.iter()
            .filter(|parameter| !other.contains(parameter))
            .map(|parameter| parameter.name.clone())
            .collect::<Vec<_>>()
    };
    let mut names = apart(&before, &now);
    names.extend(apart(&now, &before));
    names.sort_unstable();
    names.dedup();
    Some(names)
}

/// The parameters in which an item differs from what is remembered of it, its identifier among them; none where the
/// addresses differ in anything else.
#[must_use]
pub fn differences(remembered: &Remembered, item: &Item) -> Option<Vec<String>> {
    let mut names = match (&remembered.address, &item.address) {
        (Some(before), Some(now)) => changed(before, now)?,
        (None, None) => Vec::new(),
        _ => return None,
    };
    if let (Some(before), Some(now)) = (&remembered.guid, &item.guid)
        && before.trim() != now.trim()
    {
        // A guid that is the address again differs where the address does.
        match (Address::parse(before), Address::parse(now)) {
            (Ok(before), Ok(now)) => match changed(&before, &now) {
                Some(more) => names.extend(more),
                None => names.push(GUID.to_owned()),
            },
            _ => names.push(GUID.to_owned()),
        }
    }
    names.sort_unstable();
    names.dedup();
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(address: &str, guid: &str) -> Item {
        let guid = Some(guid.to_owned()).filter(|guid| !guid.is_empty());
        Item { address: Address::parse(address).ok(), guid, ..Item::default() }
    }

    /// What is learnt from items that are now at the second of two addresses.
    fn learnt(pairs: &[(&str, &str)]) -> Volatile {
        let items: Vec<(Item, Remembered)> = pairs
            .iter()
            .map(|(before, now)| {
                (item(now, ""), Remembered { address: Address::parse(before).ok(), ..Remembered::default() })
            })
            .collect();
        let again: Vec<Again<'_>> = items
            .iter()
            .map(|(item, before)| Again {
                item,
                remembered: Some(before).filter(|before| {
                    before.address.as_ref().map(Address::key) != item.address.as_ref().map(Address::key)
                }),
                guid_stays: false,
            })
            .collect();
        Volatile::default().after(&again)
    }

    #[test]
    fn a_token_that_changes_throughout_is_learnt() {
        let known = learnt(&[
            ("https://a.org/click?tid=9f8e7d6c1&u=x&c=11", "https://a.org/click?tid=0a1b2c3d1&u=x&c=11"),
            ("https://a.org/click?tid=9f8e7d6c2&u=y&c=12", "https://a.org/click?tid=0a1b2c3d2&u=y&c=12"),
        ]);
        assert!(known.has("tid") && !known.has("u") && !known.has("c"), "{known:?}");
        let beside = learnt(&[
            ("https://a.org/click?tid=9f8e7d6c1&c=11", "https://a.org/click?tid=0a1b2c3d1&c=21"),
            ("https://a.org/click?tid=9f8e7d6c2&c=12", "https://a.org/click?tid=0a1b2c3d2&c=22"),
        ]);
        assert!(beside.has("tid") && beside.has("c"), "{beside:?}");
        let digits = learnt(&[
            ("https://a.org/click?tid=73150946", "https://a.org/click?tid=20481957"),
            ("https://a.org/click?tid=73150947", "https://a.org/click?tid=20481958"),
        ]);
        assert!(digits.has("tid"), "a parameter that carries tokens may draw digits alone: {digits:?}");
        assert_eq!(Volatile::from_stored(&known.stored().unwrap()), known);
    }

    #[test]
    fn a_number_that_names_an_item_is_never_learnt() {
        let pairs = [
            ("https://a.org/show.php?id=41", "https://a.org/show.php?id=44"),
            ("https://a.org/show.php?id=42", "https://a.org/show.php?id=45"),
            ("https://a.org/show.php?id=43", "https://a.org/show.php?id=46"),
        ];
        assert_eq!(learnt(&pairs), Volatile::default());
        let by_date = pairs.map(|(a, b)| (a.replace("id=", "date=2026-11-"), b.replace("id=", "date=2026-12-")));
        let by_date: Vec<(&str, &str)> = by_date.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(learnt(&by_date), Volatile::default());
    }

    #[test]
    fn what_stays_anywhere_or_changes_once_is_not_learnt() {
        let (before, now) = ("https://a.org/c?t=9f8e7d6c1", "https://a.org/c?t=0a1b2c3d1");
        assert!(!learnt(&[(before, now)]).has("t"));
        assert!(!learnt(&[(before, now), (before, now), (before, before)]).has("t"));
        assert!(learnt(&[(before, now), (before, now)]).has("t"));
    }

    #[test]
    fn a_lone_item_s_token_is_learnt_when_it_has_changed_at_three_visits() {
        let mut known = Volatile::default();
        for n in 1..=3 {
            assert!(!known.has("t"), "{n}");
            let now = item(&format!("https://a.org/c?t=0a1b2c3d{n}"), "");
            let before = Remembered { address: Address::parse("https://a.org/c?t=9f8e7d6c1").ok(), guid: None };
            known = known.after(&[Again { item: &now, remembered: Some(&before), guid_stays: false }]);
        }
        assert!(known.has("t"));
    }

    #[test]
    fn a_token_that_names_the_item_is_learnt_when_it_has_changed_at_three_visits_in_a_row() {
        for address in ["https://a.org/show?id=0a1b2c3d{n}", "https://a.org/r/0a1b2c3d{n}"] {
            let at = |n: usize| item(&address.replace("{n}", &n.to_string()), "");
            let visits = |stay: bool| {
                let mut known = Volatile::default();
                for n in 1..=3 {
                    let before = Remembered { address: at(n + 5).address, guid: None };
                    let (one, two) = (at(n), at(n + 3));
                    let again = |item| Again { item, remembered: Some(&before), guid_stays: false };
                    known = known.after(&[again(&one), again(&two)]);
                    known = if stay { known.unchanged() } else { known };
                }
                at(1).address.unwrap().key_without(&|name| known.has(name))
            };
            assert_eq!(
                visits(false),
                address.replace("https://", "").replace("?id=0a1b2c3d{n}", "").replace("0a1b2c3d{n}", "*")
            );
            assert_eq!(visits(true), at(1).address.unwrap().key());
        }
    }

    #[test]
    fn another_path_teaches_nothing() {
        let known = learnt(&[
            ("https://a.org/2026/11/w?t=9f8e7d6c1", "https://a.org/2026/12/w?t=0a1b2c3d1"),
            ("https://a.org/2026/11/r?t=9f8e7d6c2", "https://a.org/2026/12/r?t=0a1b2c3d2"),
        ]);
        assert_eq!(known, Volatile::default());
    }
}
