//! Keeps the places where a page has shown its items, and compares today's page with them.
//!
//! A page matches the baseline if half of its items or more are at known places, and one of these places belongs to the
//! layout that the baseline was made from. A new place next to known ones becomes known after [`CONFIRMING_VISITS`]
//! visits, so the extra block of a busy day raises no event; but new places alone never count as a match. So a page can
//! grow, and cannot gradually become another page without an event.
//!
//! A layout that does not match is a candidate. It is adopted after [`CONFIRMING_VISITS`] visits and [`MIN_AGE`], and
//! dropped when [`CONFIRMING_VISITS`] visits in a row see the known layout again. A site that alternates between two
//! layouts raises one event; after that, both are known.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::candidate_layout::SAME_LAYOUT_SHARE;
use super::known_place::CONFIRMING_VISITS;
use super::observed_layout::{Layout, LayoutPlace};

pub(crate) use crate::parse::page::layout::candidate_layout::CandidateLayout;
pub(crate) use crate::parse::page::layout::known_place::KnownPlace;
use crate::parse::share::is_at_least;

/// The version of the stored form; a baseline of another version is replaced.
const VERSION: u8 = 1;

/// How long a candidate must have been there before it is adopted: a site fixes an accident within hours. Chosen by
/// hand.
pub(crate) const MIN_AGE: SignedDuration = SignedDuration::from_hours(6);

/// After this long without an item a place is dropped, unless it is the last one. Chosen by hand.
const MAX_UNSEEN: SignedDuration = SignedDuration::from_hours(60 * 24);

/// The most places that are kept. Chosen by hand.
const MAX_PLACES: usize = 64;

/// The places where a page has shown its items.
///
/// ```
/// use jiff::Timestamp;
/// use marsad::parse::page::layout::{known_layout::LayoutBaseline, observed_layout::Layout};
/// let layout = |places: &str| Layout::from_stored(&format!(r#"{{"version":1,"groups":{places}}}"#)).unwrap();
/// let before = layout(r#"[{"path":"a h2","items":9}]"#);
/// let baseline = LayoutBaseline::from_layout(&before, Timestamp::UNIX_EPOCH);
/// assert!(baseline.matches(&before));
/// assert!(!baseline.matches(&layout(r#"[{"path":"a li","items":9}]"#)));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutBaseline {
    version: u8,
    places: Vec<KnownPlace>,
    #[serde(alias = "rival")]
    candidate: Option<CandidateLayout>,
}

impl LayoutBaseline {
    /// A baseline from the first layout of a page.
    #[must_use]
    pub fn from_layout(now: &Layout, at: Timestamp) -> Self {
        let mut layout = Self { version: VERSION, places: Vec::new(), candidate: None };
        layout.adopt(now.places(), at);
        layout
    }

    /// Reads the stored form; none if another version wrote it.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|layout| layout.version == VERSION && !layout.places.is_empty())
    }

    /// The stored form.
    #[must_use]
    pub fn stored(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// The places, the confirmed ones first.
    pub fn places(&self) -> impl Iterator<Item = &KnownPlace> {
        let confirmed = |known: &&KnownPlace| known.is_confirmed();
        self.places.iter().filter(confirmed).chain(self.places.iter().filter(move |known| !confirmed(known)))
    }

    /// The layout that the page shows instead, until it is adopted.
    #[must_use]
    pub(crate) fn candidate(&self) -> Option<&CandidateLayout> {
        self.candidate.as_ref()
    }

    /// True if half of the items or more are at known places, one of them a place of the original layout.
    #[must_use]
    pub fn matches(&self, now: &Layout) -> bool {
        let known =
            |place: &LayoutPlace| self.places.iter().find(|known| known.path == place.path && known.is_confirmed());
        let there: usize = now.places().iter().filter(|place| known(place).is_some()).map(|place| place.items).sum();
        is_at_least(there, SAME_LAYOUT_SHARE, now.items())
            && now.places().iter().any(|place| known(place).is_some_and(|known| known.first))
    }

    /// The baseline after a visit that found the layout `now`.
    #[must_use]
    pub(crate) fn after_visit(mut self, now: &Layout, at: Timestamp) -> Self {
        if now.places().is_empty() {
            // An empty page says nothing about the places of items.
            return self;
        }
        if self.matches(now) {
            self.record(now.places(), at);
            self.prune(at);
            self.candidate = self.candidate.take().and_then(|candidate| {
                let back = candidate.back + 1;
                (back < CONFIRMING_VISITS).then_some(CandidateLayout { back, ..candidate })
            });
            return self;
        }
        let same = self.candidate.as_ref().filter(|candidate| candidate.is_like(now));
        let (since, visits) = same.map_or((at, 0), |candidate| (candidate.since, candidate.visits));
        self.candidate = Some(CandidateLayout { places: now.places().to_vec(), since, visits: visits + 1, back: 0 });
        self.adopt_candidate(at)
    }

    /// The baseline after a visit that got "not modified".
    #[must_use]
    pub(crate) fn after_unchanged(mut self, at: Timestamp) -> Self {
        match &mut self.candidate {
            Some(candidate) if candidate.back == 0 => candidate.visits = candidate.visits.saturating_add(1),
            Some(candidate) => candidate.back += 1,
            None => {}
        }
        if self.candidate.as_ref().is_some_and(|candidate| candidate.back >= CONFIRMING_VISITS) {
            self.candidate = None;
        }
        self.adopt_candidate(at)
    }

    /// Adopts the candidate once it is confirmed and old enough; the previous places stay known until they are dropped.
    fn adopt_candidate(mut self, at: Timestamp) -> Self {
        let confirmed = |candidate: &CandidateLayout| {
            candidate.visits >= CONFIRMING_VISITS && at.duration_since(candidate.since) >= MIN_AGE
        };
        if let Some(candidate) = self.candidate.take_if(|candidate| confirmed(candidate)) {
            self.adopt(&candidate.places, at);
        }
        self
    }

    /// Makes these places part of the original layout.
    fn adopt(&mut self, places: &[LayoutPlace], at: Timestamp) {
        self.record(places, at);
        for known in &mut self.places {
            known.first |= known.seen == at;
        }
        self.prune(at);
    }

    /// Records that a visit found items at these places.
    fn record(&mut self, places: &[LayoutPlace], at: Timestamp) {
        for place in places {
            match self.places.iter_mut().find(|known| known.path == place.path) {
                Some(known) => {
                    (known.items, known.seen) = (place.items, at);
                    known.visits = known.visits.saturating_add(1);
                }
                None => self.places.push(KnownPlace {
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

    /// Drops places that were not seen for long, and the oldest beyond [`MAX_PLACES`].
    fn prune(&mut self, at: Timestamp) {
        let recent = |known: &KnownPlace| at.duration_since(known.seen) < MAX_UNSEEN;
        if self.places.iter().any(|known| known.first && recent(known)) {
            self.places.retain(recent);
        }
        // The sort is stable: of equal places the older ones stay.
        self.places.sort_by_key(|known| std::cmp::Reverse((known.first, known.seen)));
        self.places.truncate(MAX_PLACES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::page::layout::observed_layout::tests::layout as shape;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + hour * 3_600).unwrap()
    }

    fn known() -> LayoutBaseline {
        LayoutBaseline::from_layout(&shape(&[("a h2 article", 10), ("a h3 div.side", 4)]), at(0))
    }

    #[test]
    fn a_redesign_is_distinguished_from_a_busy_day() {
        let known = known();
        assert!(known.matches(&shape(&[("a h2 article", 25)])));
        assert!(known.matches(&shape(&[("a h2 article", 6), ("a li", 4)])));
        assert!(!known.matches(&shape(&[("a.card div.grid", 12), ("a h3 div.side", 1)])));
    }

    #[test]
    fn the_block_of_a_busy_day_becomes_known_if_it_stays() {
        let busy = shape(&[("a h2 article", 6), ("a li", 5)]);
        let mut layout = known();
        assert!(!layout.matches(&shape(&[("a h2 article", 4), ("a li", 5)])), "most of it is new");
        for hour in 1..=3 {
            layout = layout.after_visit(&busy, at(hour));
        }
        assert!(layout.matches(&shape(&[("a h2 article", 4), ("a li", 5)])));
        assert!(layout.candidate().is_none());
    }

    #[test]
    fn a_page_does_not_become_another_page_without_an_event() {
        let mut layout = known();
        for hour in 1..=9 {
            layout = layout.after_visit(&shape(&[("a h2 article", 6), ("a li", 5)]), at(hour));
        }
        // The later place is confirmed, but does not belong to the original layout.
        assert!(!layout.matches(&shape(&[("a li", 12)])));
        assert!(layout.after_visit(&shape(&[("a li", 12)]), at(10)).candidate().is_some());
    }

    #[test]
    fn another_layout_is_adopted_after_some_visits_and_hours() {
        let new = shape(&[("a.card div.grid", 12)]);
        let mut layout = known();
        for (hour, contested) in [(1, true), (2, true), (3, true), (6, true), (7, false)] {
            layout = layout.after_visit(&new, at(hour));
            assert_eq!(layout.candidate().is_some(), contested, "{hour}");
        }
        assert!(layout.matches(&new));
        let mut slow = known().after_visit(&new, at(1));
        slow = slow.after_unchanged(at(25));
        assert!(slow.candidate().is_some());
        assert!(slow.after_unchanged(at(49)).candidate().is_none(), "an unchanged page counts as a visit");
    }

    #[test]
    fn a_layout_that_differs_at_every_visit_is_never_adopted() {
        let mut layout = known();
        for hour in 1..40 {
            layout = layout.after_visit(&shape(&[(&format!("a div.x{hour}"), 9)]), at(hour));
        }
        assert_eq!(layout.candidate().map(|candidate| candidate.visits), Some(1));
    }

    #[test]
    fn a_fixed_accident_is_dropped_and_two_alternating_layouts_are_both_adopted() {
        let (old, new) = (shape(&[("a h2 article", 10)]), shape(&[("a nav", 12)]));
        let mut layout = known().after_visit(&new, at(1));
        for (hour, contested) in [(2, true), (3, true), (4, false)] {
            layout = layout.after_visit(&old, at(hour));
            assert_eq!(layout.candidate().is_some(), contested);
        }
        let mut turns = known();
        for hour in 0..4 {
            turns = turns.after_visit(&new, at(1 + 4 * hour)).after_visit(&old, at(3 + 4 * hour));
        }
        assert!(turns.matches(&old) && turns.matches(&new) && turns.candidate().is_none());
    }

    #[test]
    fn an_empty_page_changes_nothing_and_a_place_unseen_for_long_is_dropped() {
        assert_eq!(known().after_visit(&shape(&[]), at(1)), known());
        let later = known().after_visit(&shape(&[("a h2 article", 10)]), at(70 * 24));
        assert_eq!(later.places().map(KnownPlace::css_path).collect::<Vec<_>>(), ["article > h2 > a"]);
    }

    #[test]
    fn a_baseline_survives_the_store() {
        let layout = known().after_visit(&shape(&[("a nav", 12)]), at(1));
        assert_eq!(LayoutBaseline::from_stored(&layout.stored().unwrap()), Some(layout));
        assert_eq!(LayoutBaseline::from_stored("{}"), None);
    }
}
