//! Derives the health of a source from the outcome of its visits.
//!
//! 1. [`judge`] derives the state, with the `rhythm` of its items and its usual `document_sizes`.
//! 2. `notice` decides which notices are due; `outage` replaces those of many sources by one.
//! 3. `redesign` decides whether the alerts of a document wait for an operator.

use jiff::{SignedDuration, Timestamp};

use crate::alert::HealthEventKind;

pub(crate) mod document_sizes;
pub(crate) mod notice;
pub(crate) mod outage;
pub(crate) mod redesign;
pub(crate) mod rhythm;

/// The consecutive failed visits after which a source is failing. Chosen by hand.
pub(crate) const MIN_FAILURES: u32 = 3;

/// The consecutive failed visits after which a blocking source is blocked. Chosen by hand: one refusal may be chance.
const MIN_BLOCKED: u32 = 2;

/// How long it must have been failing: the restart of a site is not reported. Chosen by hand.
pub(crate) const FAILING_FOR: SignedDuration = SignedDuration::from_mins(30);

/// The fewest items of a document that prove a gap if all are new: a page with fewer items is often replaced entirely.
/// Chosen by hand.
pub(crate) const OVERLAP: usize = 5;

/// The fewest items that a source must usually have for an empty document to be suspicious. Chosen by hand.
const MIN_USUAL: u64 = 3;

/// The health of a source.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// No visit has found an item yet.
    #[default]
    New,
    /// Its visits succeed.
    Healthy,
    /// It has failed, but not often or long enough to be reported.
    Unsteady,
    /// Its visits fail.
    Failing,
    /// The site blocks marsad.
    Blocked,
    /// Its last document was empty: a single one is not reported.
    Empty,
    /// Its documents are empty although they used to have items, or its layout has drifted.
    Changed,
    /// All items of its last document were new: some may have appeared and disappeared between two visits.
    Gap,
    /// Its visits succeed, but it has brought nothing new for longer than its rhythm allows.
    Silent,
}

/// The facts of a finished visit.
#[derive(Clone, Copy, Debug)]
pub struct VisitFacts {
    /// Consecutive failed visits, including this one; 0 if it succeeded.
    pub failures: u32,
    /// The time of the first of them; none if this one succeeded.
    pub failing_since: Option<Timestamp>,
    /// True if the site blocked this visit.
    pub blocked: bool,
    /// True if any visit so far has found an item.
    pub activated: bool,
    /// The number of items in the document; none if it has not changed or was not read.
    pub found: Option<usize>,
    /// The usual number of items in its documents; if that is unknown, the number that it has ever published.
    pub usual: u64,
    /// True if the source was read before and the document ([`OVERLAP`] items or more) has no known item.
    pub gap: bool,
    /// Whether the layout of the page has drifted.
    pub places: LayoutState,
    /// True if the source has brought nothing new for longer than its rhythm allows.
    pub silent: bool,
}

/// Whether the layout of a page has drifted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LayoutState {
    /// No drift is known, or the source is not read by layout.
    #[default]
    Usual,
    /// The items moved, or had moved until recently.
    Elsewhere,
    /// The items stayed at the new place long enough for it to be the usual one.
    Settled,
}

impl Health {
    /// The word in store and listings.
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
            Self::Silent => "silent",
        }
    }

    /// Every state.
    pub(crate) const ALL: [Self; 9] = [
        Self::New,
        Self::Healthy,
        Self::Unsteady,
        Self::Failing,
        Self::Blocked,
        Self::Empty,
        Self::Changed,
        Self::Gap,
        Self::Silent,
    ];

    /// Parses the word; an unknown one, written by another version, reads as new.
    #[must_use]
    pub(crate) fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|health| health.as_str() == word).unwrap_or_default()
    }

    /// The event that reports this state, for a state that is reported until it ends.
    #[must_use]
    pub(crate) fn reported_as(self) -> Option<HealthEventKind> {
        match self {
            Self::Failing => Some(HealthEventKind::SourceFailing),
            Self::Blocked => Some(HealthEventKind::SourceBlocked),
            Self::Changed => Some(HealthEventKind::SourceChanged),
            Self::Silent => Some(HealthEventKind::SourceSilent),
            Self::New | Self::Healthy | Self::Unsteady | Self::Empty | Self::Gap => None,
        }
    }
}

/// The state of a configured source in listings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceStatus {
    /// The source is disabled.
    Off,
    /// It is visited, and has this health.
    Visited(Health),
}

impl SourceStatus {
    /// Every status.
    pub fn all() -> impl Iterator<Item = Self> {
        Health::ALL.into_iter().map(Self::Visited).chain([Self::Off])
    }

    /// The word in listings and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Visited(health) => health.as_str(),
        }
    }

    /// Parses the word.
    #[must_use]
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::all().find(|status| status.as_str() == word)
    }

    /// True for a source whose visits fail, as was reported.
    #[must_use]
    pub(crate) fn is_failing(self) -> bool {
        matches!(self, Self::Visited(Health::Failing | Health::Blocked))
    }

    /// True for a source that needs no attention.
    #[must_use]
    pub(crate) fn is_well(self) -> bool {
        matches!(self, Self::Off | Self::Visited(Health::Healthy | Health::New))
    }
}

/// The health after a visit that ended at `now`.
///
/// ```
/// use jiff::Timestamp;
/// use marsad::health::{Health, LayoutState, VisitFacts, judge};
///
/// let (failing_since, found, layout) = (None, Some(20), LayoutState::Usual);
/// let (failures, blocked, activated, usual, gap, silent) = (0, false, true, 20, false, false);
/// let facts = VisitFacts { failures, failing_since, blocked, activated, found, usual, gap, places: layout, silent };
/// assert_eq!(judge(Health::Failing, facts, Timestamp::UNIX_EPOCH), Health::Healthy);
/// ```
#[must_use]
pub fn judge(before: Health, facts: VisitFacts, now: Timestamp) -> Health {
    let Some(since) = facts.failing_since else {
        return read(before, facts);
    };
    let long = facts.failures >= MIN_FAILURES && now.duration_since(since) >= FAILING_FOR;
    match before {
        // A source that blocks two visits in a row is blocked until a visit succeeds.
        _ if facts.blocked && facts.failures >= MIN_BLOCKED => Health::Blocked,
        Health::Blocked => Health::Blocked,
        _ if long => Health::Failing,
        // A failure does not prove that a page has items again.
        Health::Failing | Health::Empty | Health::Changed | Health::Silent => before,
        _ => Health::Unsteady,
    }
}

/// The health after a successful visit.
fn read(before: Health, facts: VisitFacts) -> Health {
    match (before, facts.found) {
        (_, Some(1..)) if facts.places == LayoutState::Elsewhere => Health::Changed,
        (Health::Changed, None) if facts.places == LayoutState::Settled => Health::Healthy,
        (Health::Empty | Health::Changed, None) => before,
        (Health::Empty | Health::Changed, Some(0)) => Health::Changed,
        (_, Some(0)) if facts.usual >= MIN_USUAL => Health::Empty,
        _ if facts.gap => Health::Gap,
        _ if facts.silent => Health::Silent,
        _ if facts.activated => Health::Healthy,
        _ => Health::New,
    }
}

#[cfg(test)]
mod tests {
    use super::notice::{Notice, due};
    use super::*;

    /// The event that a change of health raises.
    fn event(before: Health, after: Health) -> Option<HealthEventKind> {
        let noticed = before.reported_as().map(|_| Notice { state: before, since: at(0), at: at(0) });
        due(noticed, after, at(0)).map(|due| due.kind)
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).unwrap()
    }

    fn failed(failures: u32, blocked: bool) -> VisitFacts {
        VisitFacts { failures, failing_since: Some(at(0)), blocked, found: None, ..SUCCESS }
    }

    const SUCCESS: VisitFacts = VisitFacts {
        failures: 0,
        failing_since: None,
        blocked: false,
        activated: true,
        found: Some(20),
        usual: 20,
        gap: false,
        places: LayoutState::Usual,
        silent: false,
    };

    #[test]
    fn a_page_with_items_has_changed_after_two_empty_visits() {
        let empty = VisitFacts { found: Some(0), ..SUCCESS };
        let unchanged = VisitFacts { found: None, ..SUCCESS };
        let mut health = Health::Healthy;
        for (facts, after, event_raised) in [
            (empty, Health::Empty, None),
            (unchanged, Health::Empty, None),
            (failed(1, false), Health::Empty, None),
            (empty, Health::Changed, Some(HealthEventKind::SourceChanged)),
            (empty, Health::Changed, None),
            (failed(1, false), Health::Changed, None),
            (SUCCESS, Health::Healthy, Some(HealthEventKind::SourceRecovered)),
        ] {
            let before = health;
            health = judge(before, facts, at(0));
            assert_eq!((health, event(before, health)), (after, event_raised));
        }
        let never_much = VisitFacts { usual: 2, ..empty };
        assert_eq!(judge(Health::Healthy, never_much, at(0)), Health::Healthy);
    }

    #[test]
    fn layout_drift_is_a_change_until_the_new_layout_settles() {
        let elsewhere = VisitFacts { places: LayoutState::Elsewhere, ..SUCCESS };
        let unchanged = |places| VisitFacts { found: None, places, ..SUCCESS };
        let mut health = Health::Healthy;
        for (facts, after, event_raised) in [
            (elsewhere, Health::Changed, Some(HealthEventKind::SourceChanged)),
            (elsewhere, Health::Changed, None),
            (unchanged(LayoutState::Elsewhere), Health::Changed, None),
            (failed(1, false), Health::Changed, None),
            (unchanged(LayoutState::Settled), Health::Healthy, Some(HealthEventKind::SourceRecovered)),
            (elsewhere, Health::Changed, Some(HealthEventKind::SourceChanged)),
            (SUCCESS, Health::Healthy, Some(HealthEventKind::SourceRecovered)),
        ] {
            let before = health;
            health = judge(before, facts, at(0));
            assert_eq!((health, event(before, health)), (after, event_raised));
        }
        let empty = VisitFacts { found: Some(0), ..elsewhere };
        assert_eq!(judge(Health::Healthy, empty, at(0)), Health::Empty);
    }

    #[test]
    fn a_gap_needs_no_recovery() {
        let after = judge(Health::Healthy, VisitFacts { gap: true, ..SUCCESS }, at(0));
        assert_eq!((after, event(Health::Healthy, after)), (Health::Gap, None));
        let then = judge(after, SUCCESS, at(10));
        assert_eq!((then, event(after, then)), (Health::Healthy, None));
    }

    #[test]
    fn one_failure_is_not_reported() {
        let after = judge(Health::Healthy, failed(1, false), at(0));
        assert_eq!((after, event(Health::Healthy, after)), (Health::Unsteady, None));
        assert_eq!(event(after, judge(after, SUCCESS, at(10))), None);
    }

    #[test]
    fn three_failures_in_half_an_hour_and_the_recovery_are_reported_once() {
        assert_eq!(judge(Health::Unsteady, failed(3, false), at(20)), Health::Unsteady);
        let after = judge(Health::Unsteady, failed(4, false), at(30));
        assert_eq!(event(Health::Unsteady, after), Some(HealthEventKind::SourceFailing));
        let still = judge(after, failed(5, false), at(60));
        assert_eq!((still, event(after, still)), (Health::Failing, None));
        let well = judge(still, SUCCESS, at(70));
        assert_eq!((well, event(still, well)), (Health::Healthy, Some(HealthEventKind::SourceRecovered)));
    }

    #[test]
    fn a_source_that_refuses_twice_is_blocked() {
        assert_eq!(judge(Health::Healthy, failed(1, true), at(0)), Health::Unsteady);
        let after = judge(Health::Unsteady, failed(2, true), at(10));
        assert_eq!(event(Health::Unsteady, after), Some(HealthEventKind::SourceBlocked));
        assert_eq!(judge(after, failed(3, false), at(20)), Health::Blocked);
    }

    #[test]
    fn a_silent_source_stays_silent_through_a_failure_until_it_brings_something_new() {
        let silent = VisitFacts { silent: true, ..SUCCESS };
        let mut health = Health::Healthy;
        for (facts, after, event_raised) in [
            (silent, Health::Silent, Some(HealthEventKind::SourceSilent)),
            (VisitFacts { found: None, ..silent }, Health::Silent, None),
            (failed(1, false), Health::Silent, None),
            (silent, Health::Silent, None),
            (SUCCESS, Health::Healthy, Some(HealthEventKind::SourceRecovered)),
        ] {
            let before = health;
            health = judge(before, facts, at(0));
            assert_eq!((health, event(before, health)), (after, event_raised));
        }
    }

    #[test]
    fn a_source_without_an_item_yet_is_new() {
        assert_eq!(judge(Health::New, VisitFacts { activated: false, ..SUCCESS }, at(0)), Health::New);
    }

    #[test]
    fn every_state_has_a_word_of_its_own() {
        for health in Health::ALL {
            assert_eq!(Health::from_word(health.as_str()), health);
        }
        for status in SourceStatus::all() {
            assert_eq!(SourceStatus::from_word(status.as_str()), Some(status));
        }
        assert_eq!(SourceStatus::from_word("retired"), None);
    }
}
