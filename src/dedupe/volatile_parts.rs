//! Learns which parts of a source's addresses and identifiers change from visit to visit while everything else stays.
//!
//! Some feeds link through a redirect with a token of its own for each reader and hour, and repeat it in the guid. An
//! item with a long headline is known again by that; one with a short headline would be new at every visit. So the items
//! that a visit meets again by their title or text are compared with what the store has of them: a parameter that has
//! changed throughout, and stayed nowhere, says nothing about the item and leaves its keys.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::change::{Change, GUID, Remembered, differences, is_redrawn, names_item};
use super::date::Dates;
use crate::address::Difference;
use crate::item::Item;
use crate::text::fold;

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

/// How many items must have changed in a token at one visit, and none have kept theirs, where a token had stayed before or
/// told two items of one document apart. Chosen by hand: so many bulletins are not replaced at once.
const MANY: usize = 4;

/// What changes from visit to visit at one source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolatileParts {
    version: u8,
    parameters: BTreeSet<String>,
    guid: bool,
    /// What has changed in too few items to be sure, with the number of visits in a row.
    suspects: BTreeMap<String, u8>,
    /// What told two items of one document apart that have one headline.
    #[serde(default)]
    identifying: BTreeSet<String>,
    /// Fragments tell its items apart.
    #[serde(default)]
    fragments: bool,
}

/// An item that a visit meets again.
#[derive(Clone, Copy, Debug)]
pub struct SeenAgain<'a> {
    /// What is at hand.
    pub item: &'a Item,
    /// What the store has of it; none where its address is known, too.
    pub remembered: Option<&'a Remembered>,
    /// Its identifier is known, too.
    pub guid_stays: bool,
}

impl VolatileParts {
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

    /// True where fragments tell the items apart.
    #[must_use]
    pub fn fragments(&self) -> bool {
        self.fragments
    }

    /// The same, where fragments tell the items of a document apart.
    #[must_use]
    pub fn with_fragments(self) -> Self {
        Self { version: VERSION, fragments: true, ..self }
    }

    /// True where everything in which an item differs from what is remembered of it changes from visit to visit.
    #[must_use]
    pub fn explains(&self, change: &Change) -> bool {
        match change {
            Change::Nothing => true,
            Change::Redrawn(names) => names.iter().all(|name| if name == GUID { self.guid } else { self.has(name) }),
            Change::Otherwise => false,
        }
    }

    /// True where one of the parts in which an item differs has told two items of one document apart.
    #[must_use]
    pub fn identifies(&self, change: &Change) -> bool {
        let Change::Redrawn(names) = change else { return false };
        names.iter().any(|name| self.identifying.contains(name) && !self.has(name))
    }

    /// What is known after a document with these items: where two of them have one headline and differ in a token, the
    /// token is theirs.
    #[must_use]
    pub fn beside<'a>(mut self, items: impl Iterator<Item = &'a Item>) -> Self {
        let mut last: BTreeMap<String, &Item> = BTreeMap::new();
        for item in items {
            let Some(before) = last.insert(fold::key(&item.title), item) else { continue };
            let there =
                Remembered { address: before.address.clone(), guid: before.guid.clone(), ..Remembered::default() };
            if Dates::between(before, item) != Dates::Equal
                && let Change::Redrawn(names) = Change::since(&there, item)
                && self.identifying.len() < MOST
            {
                self.identifying.extend(names);
                self.version = VERSION;
            }
        }
        self
    }

    /// What is known after a visit that met these items again.
    #[must_use]
    pub fn after(mut self, visit: &[SeenAgain<'_>]) -> Self {
        let mut counts: BTreeMap<String, ParameterCount> = BTreeMap::new();
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
    fn guids_of(&self, visit: &[SeenAgain<'_>]) -> (ParameterCount, usize) {
        let (mut guids, mut beside) = (ParameterCount::default(), 0);
        for again in visit.iter().filter(|again| again.item.guid.is_some()) {
            let parts = match again.remembered {
                _ if again.guid_stays => Some(Vec::new()),
                None => Some(vec![Difference { name: GUID.to_owned(), before: None, now: again.item.guid.clone() }]),
                Some(remembered) => differences(remembered, again.item),
            };
            let Some(parts) = parts else { continue };
            let (own, others): (Vec<&Difference>, Vec<_>) = parts.iter().partition(|part| part.name == GUID);
            if !others.iter().all(|part| self.has(&part.name)) {
                continue;
            }
            guids.changed += usize::from(!own.is_empty());
            guids.tokens += own.iter().filter(|part| is_redrawn(part)).count();
            guids.stayed += usize::from(own.is_empty());
            guids.settled += usize::from(!own.is_empty() && again.is_settled());
            beside += usize::from(!own.is_empty() && !others.is_empty());
        }
        (guids, beside)
    }

    /// Whether a parameter of an item has changed, and another one with it that is known to.
    fn changes_beside(&self, again: &SeenAgain<'_>, name: &str) -> bool {
        let changed = again.changed().unwrap_or_default();
        changed.iter().any(|own| own.name == name)
            && changed.iter().any(|other| other.name != name && self.has(&other.name))
    }

    /// Decides on a parameter that has changed in some items of a visit, in `beside` of them with another one that is
    /// known to change.
    fn is_volatile(&mut self, name: &str, count: &ParameterCount, beside: usize) -> bool {
        if count.stayed > 0 || count.changed == 0 || names_item(name) && !count.is_token() {
            self.suspects.remove(name);
            return false;
        }
        if (count.settled > 0 || self.identifying.contains(name)) && !(count.is_token() && count.changed >= MANY) {
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

/// How a parameter fared in one visit.
#[derive(Default)]
struct ParameterCount {
    changed: usize,
    tokens: usize,
    stayed: usize,
    /// Of those that have changed, the items that had kept it before.
    settled: usize,
}

impl ParameterCount {
    fn is_token(&self) -> bool {
        self.changed > 0 && self.tokens == self.changed
    }
}

impl SeenAgain<'_> {
    /// The parts of the address in which the item differs from what is remembered; none where the addresses differ in
    /// what names an item.
    fn changed(&self) -> Option<Vec<Difference>> {
        let (before, now) = (self.remembered?.address.as_ref()?, self.item.address.as_ref()?);
        let parts = before.differences(now)?;
        (!parts.iter().any(|part| part.is_place() && !is_redrawn(part))).then_some(parts)
    }

    fn is_settled(&self) -> bool {
        self.remembered.is_some_and(|remembered| remembered.settled && !remembered.same_date)
    }
}

fn count(again: &SeenAgain<'_>, counts: &mut BTreeMap<String, ParameterCount>) {
    let Some(address) = &again.item.address else { return };
    let changed = match again.remembered {
        None => Vec::new(),
        Some(_) => match again.changed() {
            Some(changed) => changed,
            None => return,
        },
    };
    for part in &changed {
        let count = counts.entry(part.name.clone()).or_default();
        count.changed += 1;
        count.tokens += usize::from(is_redrawn(part));
        count.settled += usize::from(again.is_settled());
    }
    let names: BTreeSet<String> = address.part_names();
    for name in names.into_iter().filter(|name| !changed.iter().any(|part| part.name == *name)) {
        counts.entry(name).or_default().stayed += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;

    fn item(address: &str, guid: &str) -> Item {
        let guid = Some(guid.to_owned()).filter(|guid| !guid.is_empty());
        Item { address: Address::parse(address).ok(), guid, ..Item::default() }
    }

    /// What is learnt from items that are now at the second of two addresses.
    fn learnt(pairs: &[(&str, &str)]) -> VolatileParts {
        let items: Vec<(Item, Remembered)> = pairs
            .iter()
            .map(|(before, now)| {
                (item(now, ""), Remembered { address: Address::parse(before).ok(), ..Remembered::default() })
            })
            .collect();
        let again: Vec<SeenAgain<'_>> = items
            .iter()
            .map(|(item, before)| SeenAgain {
                item,
                remembered: Some(before).filter(|before| {
                    before.address.as_ref().map(Address::key) != item.address.as_ref().map(Address::key)
                }),
                guid_stays: false,
            })
            .collect();
        VolatileParts::default().after(&again)
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
        assert_eq!(VolatileParts::from_stored(&known.stored().unwrap()), known);
    }

    #[test]
    fn a_number_that_names_an_item_is_never_learnt() {
        let pairs = [
            ("https://a.org/show.php?id=41", "https://a.org/show.php?id=44"),
            ("https://a.org/show.php?id=42", "https://a.org/show.php?id=45"),
            ("https://a.org/show.php?id=43", "https://a.org/show.php?id=46"),
        ];
        assert_eq!(learnt(&pairs), VolatileParts::default());
        let by_date = pairs.map(|(a, b)| (a.replace("id=", "date=2026-11-"), b.replace("id=", "date=2026-12-")));
        let by_date: Vec<(&str, &str)> = by_date.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(learnt(&by_date), VolatileParts::default());
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
        let mut known = VolatileParts::default();
        for n in 1..=3 {
            assert!(!known.has("t"), "{n}");
            let now = item(&format!("https://a.org/c?t=0a1b2c3d{n}"), "");
            let before =
                Remembered { address: Address::parse("https://a.org/c?t=9f8e7d6c1").ok(), ..Remembered::default() };
            known = known.after(&[SeenAgain { item: &now, remembered: Some(&before), guid_stays: false }]);
        }
        assert!(known.has("t"));
    }

    #[test]
    fn a_token_that_names_the_item_is_learnt_when_it_has_changed_at_three_visits_in_a_row() {
        for address in ["https://a.org/show?id=0a1b2c3d{n}", "https://a.org/r/0a1b2c3d{n}"] {
            let at = |n: usize| item(&address.replace("{n}", &n.to_string()), "");
            let visits = |stay: bool| {
                let mut known = VolatileParts::default();
                for n in 1..=3 {
                    let before = Remembered { address: at(n + 5).address, ..Remembered::default() };
                    let (one, two) = (at(n), at(n + 3));
                    let again = |item| SeenAgain { item, remembered: Some(&before), guid_stays: false };
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
        assert_eq!(known, VolatileParts::default());
    }
}
