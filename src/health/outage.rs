//! Detects that many sources fail at once, which is probably a fault of this machine's network.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::clock::later;

/// An outage that was reported instead of its sources.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outage {
    /// When its first source began to fail.
    pub(crate) since: Timestamp,
    /// When it was reported last.
    pub(crate) noticed_at: Timestamp,
    /// How many sources failed when it was detected.
    pub(crate) sources: usize,
}

/// The fewest sources of an outage. Chosen by hand: fewer may fail by chance.
const MIN_SOURCES: usize = 4;

/// An outage is assumed if one in this many sources fails: half of them.
const SHARE: usize = 2;

/// Failures that began within this time of each other began at once. Chosen by hand: within it, most sources are
/// visited.
const AT_ONCE: SignedDuration = SignedDuration::from_hours(1);

/// The outage that a failure which began at `begun` belongs to, if half of the `enabled` sources failed with it.
/// `failing` is when the failures of each failing source began. Sources that failed long before do not count.
#[must_use]
pub(crate) fn detect(begun: Timestamp, failing: &[Timestamp], enabled: usize, now: Timestamp) -> Option<Outage> {
    let at_once: Vec<Timestamp> = failing.iter().copied().filter(|since| is_at_once(*since, begun)).collect();
    let earlier = failing.iter().filter(|since| **since < later(begun, -AT_ONCE)).count();
    let is_outage = at_once.len() >= MIN_SOURCES && at_once.len() * SHARE >= enabled.saturating_sub(earlier);
    let since = at_once.iter().min().copied().filter(|_| is_outage)?;
    Some(Outage { since, noticed_at: now, sources: at_once.len() })
}

impl Outage {
    /// True while more than half of its sources still fail.
    #[must_use]
    pub(crate) fn lasts(&self, failing: &[Timestamp]) -> bool {
        failing.iter().filter(|since| is_at_once(**since, self.since)).count() * SHARE > self.sources
    }

    /// True for a failure that began with the outage or during it.
    #[must_use]
    pub(crate) fn covers(&self, begun: Timestamp) -> bool {
        begun >= later(self.since, -AT_ONCE)
    }
}

fn is_at_once(one: Timestamp, other: Timestamp) -> bool {
    one.duration_since(other).abs() <= AT_ONCE
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn detected(failing: &[i64], enabled: usize) -> Option<usize> {
        let failing: Vec<Timestamp> = failing.iter().copied().map(at).collect();
        detect(at(0), &failing, enabled, at(30)).map(|outage| outage.sources)
    }

    #[test]
    fn half_of_the_sources_and_at_least_four_at_once_are_an_outage() {
        assert_eq!(detected(&[0, 5, 9, -10], 8), Some(4));
        assert_eq!(detected(&[0, 5, 9, -10], 9), None, "fewer than half");
        assert_eq!(detected(&[0, 5, 9], 3), None, "three sources may fail by chance");
        assert_eq!(detected(&[0, 5, 9, -3_000], 8), None, "one of them failed long before");
        assert_eq!(detected(&[0, 5, 9, -10, -3_000], 9), Some(4), "those that failed long before do not count");
    }

    #[test]
    fn an_outage_ends_when_half_of_its_sources_work_again() {
        let failing: Vec<Timestamp> = [0, 1, 2, 3].map(at).to_vec();
        let outage = detect(at(0), &failing, 4, at(30)).unwrap();
        assert!(outage.lasts(&failing) && outage.lasts(&failing[1..]) && !outage.lasts(&failing[2..]));
        assert!(outage.covers(at(500)) && !outage.covers(at(-500)));
    }
}
