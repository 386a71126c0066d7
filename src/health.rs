//! How a source is, told from the outcome of its visits.

use jiff::{SignedDuration, Timestamp};

/// How many visits in a row must fail before a source counts as failing.
pub const FAILURES: u32 = 3;

/// How long they must have been failing: a site that restarts is not worth a word.
pub const FAILING_FOR: SignedDuration = SignedDuration::from_mins(30);

/// How many items a document must hold for their all being new to mean that some were missed: a page with one or two is
/// renewed as a whole.
pub const OVERLAP: usize = 5;

/// How many items a source must have brought for an empty document to mean that it was rebuilt.
const STORED: u64 = 3;

/// How a source is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// No visit has found an item yet.
    #[default]
    New,
    /// Its visits go well.
    Healthy,
    /// It has failed, not yet often or long enough to be told.
    Unsteady,
    /// It fails.
    Failing,
    /// The site blocks marsad.
    Blocked,
    /// It brought a document without any item, once: an empty page is not yet worth a word.
    Empty,
    /// It has brought documents without any item, where there used to be some; or its items stand elsewhere on the
    /// page than they used to.
    Changed,
    /// All items of its last document were new: some may have come and gone between two visits.
    Gap,
}

/// What a visit that just ended says about its source.
#[derive(Clone, Copy, Debug)]
pub struct VisitFacts {
    /// Visits that failed in a row, this one among them; 0 when it went well.
    pub failures: u32,
    /// The first of them; none when this one went well.
    pub failing_since: Option<Timestamp>,
    /// True when the site turned marsad away this time.
    pub blocked: bool,
    /// True when a visit, this one or one before it, has found an item.
    pub activated: bool,
    /// How many items its document holds; none when nothing has changed, or nothing was read.
    pub found: Option<usize>,
    /// How many items the source has ever brought.
    pub stored: u64,
    /// True when it was read before and no item of this document was known ([`OVERLAP`] or more of them).
    pub gap: bool,
    /// Whether the page's items stand where they used to.
    pub places: LayoutState,
}

/// Whether a page's items stand where they used to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LayoutState {
    /// As far as is known: they do, or the source is none that is read by where its items stand.
    #[default]
    Usual,
    /// They do not, or did not until lately.
    Elsewhere,
    /// They stood elsewhere long enough for that to be their place from now on.
    Settled,
}

impl Health {
    /// The word of the store and of listings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Healthy => "healthy",
            Self::Unsteady => "unsteady",
            Self::Failing => "failing",
            Self::Blocked => "blocked",
            Self::Empty => "empty",
            Self::Changed => "changed",
            Self::Gap => "gap",
        }
    }

    /// Every state.
    pub const ALL: [Self; 8] =
        [Self::New, Self::Healthy, Self::Unsteady, Self::Failing, Self::Blocked, Self::Empty, Self::Changed, Self::Gap];

    /// The state of this word; one that an older or newer marsad wrote reads as new.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|health| health.as_str() == word).unwrap_or_default()
    }

    fn is_told(self) -> bool {
        matches!(self, Self::Failing | Self::Blocked | Self::Changed)
    }
}

/// How a source is after a visit that ended at `now`, having been `before`.
#[must_use]
pub fn judge(before: Health, facts: VisitFacts, now: Timestamp) -> Health {
    let Some(since) = facts.failing_since else {
        return read(before, facts);
    };
    let long = facts.failures >= FAILURES && now.duration_since(since) >= FAILING_FOR;
    match before {
        // A source that is turned away twice is blocked; it stays so until a visit goes well.
        _ if facts.blocked && facts.failures >= 2 => Health::Blocked,
        Health::Blocked => Health::Blocked,
        _ if long => Health::Failing,
        // One failure does not prove that a page holds items again.
        Health::Failing | Health::Empty | Health::Changed => before,
        _ => Health::Unsteady,
    }
}

/// How a source is after a visit that went well.
fn read(before: Health, facts: VisitFacts) -> Health {
    match (before, facts.found) {
        (_, Some(1..)) if facts.places == LayoutState::Elsewhere => Health::Changed,
        (Health::Changed, None) if facts.places == LayoutState::Settled => Health::Healthy,
        (Health::Empty | Health::Changed, None) => before,
        (Health::Empty | Health::Changed, Some(0)) => Health::Changed,
        (_, Some(0)) if facts.stored >= STORED => Health::Empty,
        _ if facts.gap => Health::Gap,
        _ if facts.activated => Health::Healthy,
        _ => Health::New,
    }
}

/// The event that a change of state is worth.
#[must_use]
pub fn event(before: Health, after: Health) -> Option<&'static str> {
    match after {
        Health::Failing if before != after => Some("source.failing"),
        Health::Blocked if before != after => Some("source.blocked"),
        Health::Changed if before != after => Some("source.changed"),
        Health::Gap if before != after => Some("source.gap"),
        Health::Healthy | Health::New | Health::Empty if before.is_told() => Some("source.recovered"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn failed(failures: u32, blocked: bool) -> VisitFacts {
        VisitFacts { failures, failing_since: Some(at(0)), blocked, found: None, ..WELL }
    }

    const WELL: VisitFacts = VisitFacts {
        failures: 0,
        failing_since: None,
        blocked: false,
        activated: true,
        found: Some(20),
        stored: 100,
        gap: false,
        places: LayoutState::Usual,
    };

    #[test]
    fn a_page_that_used_to_hold_items_has_changed_when_it_is_empty_twice() {
        let empty = VisitFacts { found: Some(0), ..WELL };
        let unchanged = VisitFacts { found: None, ..WELL };
        let mut health = Health::Healthy;
        for (facts, after, told) in [
            (empty, Health::Empty, None),
            (unchanged, Health::Empty, None),
            (failed(1, false), Health::Empty, None),
            (empty, Health::Changed, Some("source.changed")),
            (empty, Health::Changed, None),
            (failed(1, false), Health::Changed, None),
            (WELL, Health::Healthy, Some("source.recovered")),
        ] {
            let before = health;
            health = judge(before, facts, at(0));
            assert_eq!((health, event(before, health)), (after, told));
        }
        let never_much = VisitFacts { stored: 2, ..empty };
        assert_eq!(judge(Health::Healthy, never_much, at(0)), Health::Healthy);
    }

    #[test]
    fn a_page_whose_items_stand_elsewhere_has_changed_until_that_is_their_place() {
        let elsewhere = VisitFacts { places: LayoutState::Elsewhere, ..WELL };
        let unchanged = |places| VisitFacts { found: None, places, ..WELL };
        let mut health = Health::Healthy;
        for (facts, after, told) in [
            (elsewhere, Health::Changed, Some("source.changed")),
            (elsewhere, Health::Changed, None),
            (unchanged(LayoutState::Elsewhere), Health::Changed, None),
            (failed(1, false), Health::Changed, None),
            (unchanged(LayoutState::Settled), Health::Healthy, Some("source.recovered")),
            (elsewhere, Health::Changed, Some("source.changed")),
            (WELL, Health::Healthy, Some("source.recovered")),
        ] {
            let before = health;
            health = judge(before, facts, at(0));
            assert_eq!((health, event(before, health)), (after, told));
        }
        let empty = VisitFacts { found: Some(0), ..elsewhere };
        assert_eq!(judge(Health::Healthy, empty, at(0)), Health::Empty);
    }

    #[test]
    fn a_gap_is_told_and_needs_no_recovery() {
        let after = judge(Health::Healthy, VisitFacts { gap: true, ..WELL }, at(0));
        assert_eq!((after, event(Health::Healthy, after)), (Health::Gap, Some("source.gap")));
        let then = judge(after, WELL, at(10));
        assert_eq!((then, event(after, then)), (Health::Healthy, None));
    }

    #[test]
    fn one_blip_is_not_worth_a_word() {
        let after = judge(Health::Healthy, failed(1, false), at(0));
        assert_eq!((after, event(Health::Healthy, after)), (Health::Unsteady, None));
        assert_eq!(event(after, judge(after, WELL, at(10))), None);
    }

    #[test]
    fn three_failures_over_half_an_hour_are_told_once_and_so_is_the_recovery() {
        assert_eq!(judge(Health::Unsteady, failed(3, false), at(20)), Health::Unsteady);
        let after = judge(Health::Unsteady, failed(4, false), at(30));
        assert_eq!(event(Health::Unsteady, after), Some("source.failing"));
        let still = judge(after, failed(5, false), at(60));
        assert_eq!((still, event(after, still)), (Health::Failing, None));
        let well = judge(still, WELL, at(70));
        assert_eq!((well, event(still, well)), (Health::Healthy, Some("source.recovered")));
    }

    #[test]
    fn a_source_that_is_turned_away_twice_is_blocked() {
        assert_eq!(judge(Health::Healthy, failed(1, true), at(0)), Health::Unsteady);
        let after = judge(Health::Unsteady, failed(2, true), at(10));
        assert_eq!(event(Health::Unsteady, after), Some("source.blocked"));
        assert_eq!(judge(after, failed(3, false), at(20)), Health::Blocked);
    }

    #[test]
    fn a_source_without_an_item_yet_is_new() {
        assert_eq!(judge(Health::New, VisitFacts { activated: false, ..WELL }, at(0)), Health::New);
    }

    #[test]
    fn every_state_has_a_word_of_its_own() {
        for health in Health::ALL {
            assert_eq!(Health::from_word(health.as_str()), health);
        }
    }
}
