//! Learns which parts of a source's addresses and identifiers change from visit to visit although the items stay the
//! same.
//!
//! Some feeds link through redirects with a token for each reader and hour, and repeat it in the guid. An item with a
//! long headline is still recognised by that; one with a short headline would be new at every visit. So items that a
//! visit recognises by title or text are compared with the store: a parameter that has changed everywhere does not
//! identify the item and is removed from its keys.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::change::{Change, GUID, Remembered, differences, identifies_item, is_redrawn};
use super::date::Dates;
use crate::address::Difference;
use crate::item::Item;
use crate::text::fold;

/// The version of the stored form; another version is discarded and learned again.
const VERSION: u8 = 1;

/// The fewest items of one visit that must have changed in a random-looking parameter, or one that changes with it.
/// Chosen by hand: a single one may be a different item with the same headline.
const MIN_TOKENS: usize = 2;

/// The consecutive visits in which any other parameter must have changed. Chosen by hand: a different item with the
/// same headline stays for more than one visit.
const MIN_VISITS: u8 = 3;

/// The most parameters that are remembered. Chosen by hand.
const MAX_PARAMETERS: usize = 64;

/// The fewest items of one visit in which a token must have changed everywhere, if it had been constant before or had
/// distinguished two items of one document. Chosen by hand: so many bulletins are not replaced at once.
const MIN_REPLACED: usize = 4;

/// The volatile parts of one source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VolatileParts {
    version: u8,
    parameters: BTreeSet<String>,
    guid: bool,
    /// Parts that have changed in too few items, with the number of consecutive visits.
    suspects: BTreeMap<String, u8>,
    /// Parts that distinguished two items of one document with the same headline.
    #[serde(default)]
    identifying: BTreeSet<String>,
    /// Fragments distinguish its items.
    #[serde(default)]
    fragments: bool,
}

/// An item that a visit has seen again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SeenAgain<'a> {
    /// The item now.
    pub item: &'a Item,
    /// The stored address and identifier; none if the address is unchanged.
    pub(crate) remembered: Option<&'a Remembered>,
    /// Its identifier is unchanged.
    pub(crate) guid_stays: bool,
}

impl VolatileParts {
    /// Reads the stored form; the default if another version wrote it.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        serde_json::from_str::<Self>(text).ok().filter(|known| known.version == VERSION).unwrap_or_default()
    }

    /// The stored form; none for the default.
    #[must_use]
    pub fn stored(&self) -> Option<String> {
        if *self == Self::default() { None } else { serde_json::to_string(self).ok() }
    }

    /// True for a volatile parameter.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.parameters.contains(name)
    }

    /// True if identifiers are volatile.
    #[must_use]
    pub(crate) fn guids(&self) -> bool {
        self.guid
    }

    /// True if fragments distinguish the items.
    #[must_use]
    pub(crate) fn fragments(&self) -> bool {
        self.fragments
    }

    /// Records that fragments distinguish the items.
    #[must_use]
    pub(crate) fn with_fragments(self) -> Self {
        Self { version: VERSION, fragments: true, ..self }
    }

    /// True if all differences between an item and the stored one are volatile.
    #[must_use]
    pub(crate) fn explains(&self, change: &Change) -> bool {
        match change {
            Change::Nothing => true,
            Change::Redrawn(names) => names.iter().all(|name| if name == GUID { self.guid } else { self.has(name) }),
            Change::Otherwise => false,
        }
    }

    /// True if one of the differing parts has distinguished two items of one document.
    #[must_use]
    pub(crate) fn identifies(&self, change: &Change) -> bool {
        let Change::Redrawn(names) = change else { return false };
        names.iter().any(|name| self.identifying.contains(name) && !self.has(name))
    }

    /// Learns from one document: a token that differs between two items with the same headline identifies items.
    #[must_use]
    pub(crate) fn with_document<'a>(mut self, items: impl Iterator<Item = &'a Item>) -> Self {
        let mut last: BTreeMap<String, &Item> = BTreeMap::new();
        for item in items {
            let Some(before) = last.insert(fold::key(&item.title), item) else { continue };
            let stored =
                Remembered { address: before.address.clone(), guid: before.guid.clone(), ..Remembered::default() };
            if Dates::between(before, item) != Dates::Equal
                && let Change::Redrawn(names) = Change::since(&stored, item)
                && self.identifying.len() < MAX_PARAMETERS
            {
                self.identifying.extend(names);
                self.version = VERSION;
            }
        }
        self
    }

    /// Learns from the items that a visit has seen again.
    #[must_use]
    pub(crate) fn after(mut self, visit: &[SeenAgain<'_>]) -> Self {
        let mut counts: BTreeMap<String, ParameterCount> = BTreeMap::new();
        for again in visit {
            count(again, &mut counts);
        }
        let (tokens, others): (Vec<_>, Vec<_>) = counts.into_iter().partition(|(_, count)| count.is_token());
        for (name, count) in tokens.iter().chain(&others) {
            let together = visit.iter().filter(|again| self.changes_together(again, name)).count();
            if self.is_volatile(name, count, together) && self.parameters.len() < MAX_PARAMETERS {
                self.parameters.insert(name.clone());
            }
        }
        let (guids, together) = self.guids_of(visit);
        self.guid |= self.is_volatile(GUID, &guids, together);
        if self.guid || !self.parameters.is_empty() || !self.suspects.is_empty() {
            self.version = VERSION;
        }
        self
    }

    /// Counts the identifiers of items without other relevant differences, and in how many of them a parameter changed
    /// too.
    fn guids_of(&self, visit: &[SeenAgain<'_>]) -> (ParameterCount, usize) {
        let (mut guids, mut together) = (ParameterCount::default(), 0);
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
            together += usize::from(!own.is_empty() && !others.is_empty());
        }
        (guids, together)
    }

    /// True if a parameter of an item has changed together with one known to be volatile.
    fn changes_together(&self, again: &SeenAgain<'_>, name: &str) -> bool {
        let changed = again.changed().unwrap_or_default();
        changed.iter().any(|own| own.name == name)
            && changed.iter().any(|other| other.name != name && self.has(&other.name))
    }

    /// Decides on a parameter that has changed in some items of a visit, in `together` of them with a parameter known
    /// to be volatile.
    fn is_volatile(&mut self, name: &str, count: &ParameterCount, together: usize) -> bool {
        if count.stayed > 0 || count.changed == 0 || identifies_item(name) && !count.is_token() {
            self.suspects.remove(name);
            return false;
        }
        if (count.settled > 0 || self.identifying.contains(name))
            && !(count.is_token() && count.changed >= MIN_REPLACED)
        {
            self.suspects.remove(name);
            return false;
        }
        let sure =
            !identifies_item(name) && count.changed >= MIN_TOKENS && (count.is_token() || together == count.changed);
        if !sure && self.suspects.len() < MAX_PARAMETERS {
            *self.suspects.entry(name.to_owned()).or_default() += 1;
        }
        let sure = sure || self.suspects.get(name).is_some_and(|visits| *visits >= MIN_VISITS);
        if sure {
            self.suspects.remove(name);
        }
        sure
    }

    /// Records a visit whose document had not changed.
    #[must_use]
    pub(crate) fn unchanged(mut self) -> Self {
        self.suspects.clear();
        self
    }
}

/// The changes of a parameter in one visit.
#[derive(Default)]
struct ParameterCount {
    changed: usize,
    tokens: usize,
    stayed: usize,
    /// The changed items that had kept it before.
    settled: usize,
}

impl ParameterCount {
    fn is_token(&self) -> bool {
        self.changed > 0 && self.tokens == self.changed
    }
}

impl SeenAgain<'_> {
    /// The parts in which the address differs from the stored one; none if identifying parts differ.
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

    /// Learns from items that are now at the second of two addresses.
    fn learned(pairs: &[(&str, &str)]) -> VolatileParts {
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
    fn a_token_that_changes_everywhere_is_learned() {
        let known = learned(&[
            ("https://a.org/click?tid=9f8e7d6c1&u=x&c=11", "https://a.org/click?tid=0a1b2c3d1&u=x&c=11"),
            ("https://a.org/click?tid=9f8e7d6c2&u=y&c=12", "https://a.org/click?tid=0a1b2c3d2&u=y&c=12"),
        ]);
        assert!(known.has("tid") && !known.has("u") && !known.has("c"), "{known:?}");
        let together = learned(&[
            ("https://a.org/click?tid=9f8e7d6c1&c=11", "https://a.org/click?tid=0a1b2c3d1&c=21"),
            ("https://a.org/click?tid=9f8e7d6c2&c=12", "https://a.org/click?tid=0a1b2c3d2&c=22"),
        ]);
        assert!(together.has("tid") && together.has("c"), "{together:?}");
        let digits = learned(&[
            ("https://a.org/click?tid=73150946", "https://a.org/click?tid=20481957"),
            ("https://a.org/click?tid=73150947", "https://a.org/click?tid=20481958"),
        ]);
        assert!(digits.has("tid"), "a parameter that carries tokens may draw digits alone: {digits:?}");
        assert_eq!(VolatileParts::from_stored(&known.stored().unwrap()), known);
    }

    #[test]
    fn a_number_that_identifies_an_item_is_never_learned() {
        let pairs = [
            ("https://a.org/show.php?id=41", "https://a.org/show.php?id=44"),
            ("https://a.org/show.php?id=42", "https://a.org/show.php?id=45"),
            ("https://a.org/show.php?id=43", "https://a.org/show.php?id=46"),
        ];
        assert_eq!(learned(&pairs), VolatileParts::default());
        let by_date = pairs.map(|(a, b)| (a.replace("id=", "date=2026-11-"), b.replace("id=", "date=2026-12-")));
        let by_date: Vec<(&str, &str)> = by_date.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(learned(&by_date), VolatileParts::default());
    }

    #[test]
    fn a_part_that_stays_or_changes_once_is_not_learned() {
        let (before, now) = ("https://a.org/c?t=9f8e7d6c1", "https://a.org/c?t=0a1b2c3d1");
        assert!(!learned(&[(before, now)]).has("t"));
        assert!(!learned(&[(before, now), (before, now), (before, before)]).has("t"));
        assert!(learned(&[(before, now), (before, now)]).has("t"));
    }

    #[test]
    fn the_token_of_a_single_item_is_learned_after_three_visits() {
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
    fn an_identifying_token_is_learned_after_three_consecutive_visits() {
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
    fn a_different_path_is_not_learned() {
        let known = learned(&[
            ("https://a.org/2026/11/w?t=9f8e7d6c1", "https://a.org/2026/12/w?t=0a1b2c3d1"),
            ("https://a.org/2026/11/r?t=9f8e7d6c2", "https://a.org/2026/12/r?t=0a1b2c3d2"),
        ]);
        assert_eq!(known, VolatileParts::default());
    }
}
