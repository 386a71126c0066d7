//! Where a page has shown its items so far, and whether today's page still is the one that was learnt.
//!
//! A page agrees with what was learnt while most of its items stand in places that are known, one of them a place that
//! it was learnt with. A place that shows up beside known ones is learnt after [`HOLDS`] visits, so that a busy day's
//! extra block costs no word; but it never vouches for the page alone. So a page can grow, and cannot turn into
//! something else bit by bit without a word. A page that does not agree is a rival: it is learnt when it has held for
//! [`HOLDS`] visits and [`HELD_FOR`], and given up when the page as it was has come back for [`HOLDS`] visits in a row.
//! A site that shows two layouts in turn is told of once: in the end both are known.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::known_location::HOLDS;
use super::location::{Layout, LayoutLocation};

pub use crate::parse::page::layout::known_location::{CandidateLayout, KnownLocation};

/// The version of the stored form; another one is learnt anew.
const VERSION: u8 = 1;

/// How long a rival must have been there before it is what the page looks like: a mishap on a site's side is mended
/// within hours.
pub const HELD_FOR: SignedDuration = SignedDuration::from_hours(6);

/// After this long without an item a place is forgotten, as long as another one is left.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(60 * 24);

/// The most places that are kept.
const MOST: usize = 64;

/// Where a page has shown its items so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutBaseline {
    version: u8,
    places: Vec<KnownLocation>,
    #[serde(alias = "rival")]
    candidate: Option<CandidateLayout>,
}

impl LayoutBaseline {
    /// What a first reading teaches.
    #[must_use]
    pub fn first(now: &Layout, at: Timestamp) -> Self {
        let mut layout = Self { version: VERSION, places: Vec::new(), candidate: None };
        layout.found(now.places(), at);
        layout
    }

    /// Reads the stored form; none where another version wrote it.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|layout| layout.version == VERSION && !layout.places.is_empty())
    }

    /// The stored form.
    #[must_use]
    pub fn stored(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// The places, with the sure ones first.
    pub fn places(&self) -> impl Iterator<Item = &KnownLocation> {
        let sure = |known: &&KnownLocation| known.is_sure();
        self.places.iter().filter(sure).chain(self.places.iter().filter(move |known| !sure(known)))
    }

    /// What the page shows instead, while that is not learnt.
    #[must_use]
    pub fn candidate(&self) -> Option<&CandidateLayout> {
        self.candidate.as_ref()
    }

    /// True where most of the items stand in known places, one of them a place that the page was learnt with.
    #[must_use]
    pub fn agrees(&self, now: &Layout) -> bool {
        let known =
            |place: &LayoutLocation| self.places.iter().find(|known| known.path == place.path && known.is_sure());
        let there: usize = now.places().iter().filter(|place| known(place).is_some()).map(|place| place.items).sum();
        there * 2 >= now.items() && now.places().iter().any(|place| known(place).is_some_and(|known| known.first))
    }

    /// What is known after a visit that read the page as `now`.
    #[must_use]
    pub fn after(mut self, now: &Layout, at: Timestamp) -> Self {
        if now.places().is_empty() {
            // An empty page says nothing about where items stand.
            return self;
        }
        if self.agrees(now) {
            self.meet(now.places(), at);
            self.forget(at);
            self.candidate = self.candidate.take().and_then(|candidate| {
                let back = candidate.back + 1;
                (back < HOLDS).then_some(CandidateLayout { back, ..candidate })
            });
            return self;
        }
        let same = self.candidate.as_ref().filter(|candidate| candidate.is_like(now));
        let (since, visits) = same.map_or((at, 0), |candidate| (candidate.since, candidate.visits));
        self.candidate = Some(CandidateLayout { places: now.places().to_vec(), since, visits: visits + 1, back: 0 });
        self.settle(at)
    }

    /// What is known after a visit that was told that nothing has changed.
    #[must_use]
    pub fn unchanged(mut self, at: Timestamp) -> Self {
        match &mut self.candidate {
            Some(candidate) if candidate.back == 0 => candidate.visits = candidate.visits.saturating_add(1),
            Some(candidate) => candidate.back += 1,
            None => {}
        }
        if self.candidate.as_ref().is_some_and(|candidate| candidate.back >= HOLDS) {
            self.candidate = None;
        }
        self.settle(at)
    }

    /// Learns the rival where it has held; the places of before stay known until they are forgotten.
    fn settle(mut self, at: Timestamp) -> Self {
        let held =
            |candidate: &CandidateLayout| candidate.visits >= HOLDS && at.duration_since(candidate.since) >= HELD_FOR;
        if let Some(candidate) = self.candidate.take_if(|candidate| held(candidate)) {
            self.found(&candidate.places, at);
        }
        self
    }

    /// Makes these places ones that the page is known by.
    fn found(&mut self, places: &[LayoutLocation], at: Timestamp) {
        self.meet(places, at);
        for known in &mut self.places {
            known.first |= known.seen == at;
        }
        self.forget(at);
    }

    fn meet(&mut self, places: &[LayoutLocation], at: Timestamp) {
        for place in places {
            match self.places.iter_mut().find(|known| known.path == place.path) {
                Some(known) => {
                    (known.items, known.seen) = (place.items, at);
                    known.visits = known.visits.saturating_add(1);
                }
                None => self.places.push(KnownLocation {
                    path: place.path.clone(),
                    items: place.items,
                    since: at,
                    seen: at,
                    visits: 1,
                    first: false,
                }),
            }
        }
    }

    fn forget(&mut self, at: Timestamp) {
        let lately = |known: &KnownLocation| at.duration_since(known.seen) < FORGOTTEN;
        if self.places.iter().any(|known| known.first && lately(known)) {
            self.places.retain(lately);
        }
        // The sort is stable: of equals the older ones stay.
        self.places.sort_by_key(|known| std::cmp::Reverse((known.first, known.seen)));
        self.places.truncate(MOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::page::layout::location::tests::shape;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + hour * 3_600).unwrap()
    }

    fn known() -> LayoutBaseline {
        LayoutBaseline::first(&shape(&[("a h2 article", 10), ("a h3 div.side", 4)]), at(0))
    }

    #[test]
    fn a_redesign_is_told_from_a_busy_day() {
        let known = known();
        assert!(known.agrees(&shape(&[("a h2 article", 25)])));
        assert!(known.agrees(&shape(&[("a h2 article", 6), ("a li", 4)])));
        assert!(!known.agrees(&shape(&[("a.card div.grid", 12), ("a h3 div.side", 1)])));
    }

    #[test]
    fn a_busy_day_s_block_is_learnt_when_it_stays() {
        let busy = shape(&[("a h2 article", 6), ("a li", 5)]);
        let mut layout = known();
        assert!(!layout.agrees(&shape(&[("a h2 article", 4), ("a li", 5)])), "most of it is new");
        for hour in 1..=3 {
            layout = layout.after(&busy, at(hour));
        }
        assert!(layout.agrees(&shape(&[("a h2 article", 4), ("a li", 5)])));
        assert!(layout.candidate().is_none());
    }

    #[test]
    fn a_page_does_not_turn_into_something_else_without_a_word() {
        let mut layout = known();
        for hour in 1..=9 {
            layout = layout.after(&shape(&[("a h2 article", 6), ("a li", 5)]), at(hour));
        }
        // What came later has been seen often enough, but the page was not learnt with it.
        assert!(!layout.agrees(&shape(&[("a li", 12)])));
        assert!(layout.after(&shape(&[("a li", 12)]), at(10)).candidate().is_some());
    }

    #[test]
    fn another_page_is_learnt_when_it_has_held_for_visits_and_hours() {
        let new = shape(&[("a.card div.grid", 12)]);
        let mut layout = known();
        for (hour, contested) in [(1, true), (2, true), (3, true), (6, true), (7, false)] {
            layout = layout.after(&new, at(hour));
            assert_eq!(layout.candidate().is_some(), contested, "{hour}");
        }
        assert!(layout.agrees(&new));
        let mut slow = known().after(&new, at(1));
        slow = slow.unchanged(at(25));
        assert!(slow.candidate().is_some());
        assert!(slow.unchanged(at(49)).candidate().is_none(), "an unchanged page holds too");
    }

    #[test]
    fn a_page_that_looks_different_every_time_is_never_learnt() {
        let mut layout = known();
        for hour in 1..40 {
            layout = layout.after(&shape(&[(&format!("a div.x{hour}"), 9)]), at(hour));
        }
        assert_eq!(layout.candidate().map(|candidate| candidate.visits), Some(1));
    }

    #[test]
    fn a_mishap_that_is_mended_is_forgotten_and_two_layouts_in_turn_are_both_learnt() {
        let (old, new) = (shape(&[("a h2 article", 10)]), shape(&[("a nav", 12)]));
        let mut layout = known().after(&new, at(1));
        for (hour, contested) in [(2, true), (3, true), (4, false)] {
            layout = layout.after(&old, at(hour));
            assert_eq!(layout.candidate().is_some(), contested);
        }
        let mut turns = known();
        for hour in 0..4 {
            turns = turns.after(&new, at(1 + 4 * hour)).after(&old, at(3 + 4 * hour));
        }
        assert!(turns.agrees(&old) && turns.agrees(&new) && turns.candidate().is_none());
    }

    #[test]
    fn an_empty_page_changes_nothing_and_a_place_unseen_for_long_is_forgotten() {
        assert_eq!(known().after(&shape(&[]), at(1)), known());
        let later = known().after(&shape(&[("a h2 article", 10)]), at(70 * 24));
        assert_eq!(later.places().map(KnownLocation::drawn).collect::<Vec<_>>(), ["article > h2 > a"]);
    }

    #[test]
    fn what_was_learnt_survives_the_store() {
        let layout = known().after(&shape(&[("a nav", 12)]), at(1));
        assert_eq!(LayoutBaseline::from_stored(&layout.stored().unwrap()), Some(layout));
        assert_eq!(LayoutBaseline::from_stored("{}"), None);
    }
}
