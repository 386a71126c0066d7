//! The states of a source, and what is told when they change.
//!
//! A source is never given up, only slowed; but one that has stopped telling us anything says so itself.

use jiff::{SignedDuration, Timestamp};

/// What is known about a source after a visit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The state before the visit.
    pub state: State,
    /// How many visits in a row have failed, the last one included.
    pub failures: u32,
    /// When the first of them failed.
    pub failing_since: Option<Timestamp>,
    /// How many visits in a row were shut out by a status (401, 403).
    pub refusals: u32,
    /// The last visit met a page that asks for a human.
    pub challenged: bool,
    /// How many visits in a row brought a document without any item.
    pub empty: u32,
    /// The median number of items in the documents before those.
    pub usual_items: u32,
    /// When the last new item came.
    pub last_new_at: Option<Timestamp>,
    /// The longest pause between two new items within 8 weeks; none while fewer than two came.
    pub longest_pause: Option<SignedDuration>,
    /// The last document held items, and none of them was known, though the source had been read before.
    pub gap: bool,
}

/// How a source is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// As it should be.
    #[default]
    Healthy,
    /// Not read for at least three visits and half an hour.
    Failing,
    /// It shuts marsad out.
    Blocked,
    /// It is read, but no item is found where there used to be some.
    Changed,
    /// It is read, but something may have been missed between two visits.
    Gap,
    /// It is read, but nothing new has come for much longer than ever.
    Silent,
}

/// So many failures, over so long, are more than a blip.
const FAILURES: u32 = 3;
const FAILING_FOR: SignedDuration = SignedDuration::from_mins(30);

/// So many refusals are meant.
const REFUSALS: u32 = 2;

/// So many documents without an item, where there usually were so many items.
const EMPTY: u32 = 2;
const USUAL_ITEMS: u32 = 3;

/// So many times the longest pause so far, and at least so long, is silence.
const PAUSES: i32 = 3;
const SILENT_FOR: SignedDuration = SignedDuration::from_hours(48);

/// How often a state that lasts is told again.
const REPEAT: SignedDuration = SignedDuration::from_hours(24);

/// The fewest sources that make a half.
const FEWEST: usize = 4;

/// How a source is after a visit.
#[must_use]
pub fn judge(facts: &Facts, now: Timestamp) -> State {
    let failing_for = facts.failing_since.map_or(SignedDuration::ZERO, |since| now.duration_since(since));
    if facts.challenged || facts.refusals >= REFUSALS {
        return State::Blocked;
    }
    if facts.failures > 0 {
        let lasting = facts.failures >= FAILURES && failing_for >= FAILING_FOR;
        // One failure proves nothing, neither that all was well nor that it is again.
        return if lasting && facts.state != State::Blocked { State::Failing } else { facts.state };
    }
    let rebuilt = facts.empty >= EMPTY && facts.usual_items >= USUAL_ITEMS;
    if rebuilt || (facts.empty > 0 && facts.state == State::Changed) {
        State::Changed
    } else if facts.gap {
        State::Gap
    } else if is_silent(facts, now) {
        State::Silent
    } else {
        State::Healthy
    }
}

/// The type of the event that tells of a change; none where nothing is to be told.
#[must_use]
pub fn transition(before: State, after: State) -> Option<&'static str> {
    match (before, after) {
        _ if before == after => None,
        (_, State::Failing) => Some("source.failing"),
        (_, State::Blocked) => Some("source.blocked"),
        (_, State::Changed) => Some("source.changed"),
        (_, State::Gap) => Some("source.gap"),
        (_, State::Silent) => Some("source.silent"),
        // A gap is over with the visit that shows it: there is nothing to recover from.
        (State::Gap, State::Healthy) => None,
        (_, State::Healthy) => Some("source.recovered"),
    }
}

/// True when a state that lasts, and was told at `told_at`, is to be told again.
#[must_use]
pub fn is_repeat_due(state: State, told_at: Timestamp, now: Timestamp) -> bool {
    !matches!(state, State::Healthy | State::Gap) && now.duration_since(told_at) >= REPEAT
}

/// True when so many of all sources fail at once that it is about us: the network, the proxy, the clock.
#[must_use]
pub fn is_about_us(failing: usize, all: usize) -> bool {
    all >= FEWEST && failing * 2 >= all
}

fn is_silent(facts: &Facts, now: Timestamp) -> bool {
    let (Some(last), Some(pause)) = (facts.last_new_at, facts.longest_pause) else { return false };
    let silence = now.duration_since(last);
    silence >= SILENT_FOR && silence > pause.checked_mul(PAUSES).unwrap_or(SignedDuration::MAX)
}

impl State {
    const ALL: [Self; 6] = [Self::Healthy, Self::Failing, Self::Blocked, Self::Changed, Self::Gap, Self::Silent];

    /// The word of store, API and metrics.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Failing => "failing",
            Self::Blocked => "blocked",
            Self::Changed => "changed",
            Self::Gap => "gap",
            Self::Silent => "silent",
        }
    }

    /// The state of this word; healthy for a word that nobody knows.
    #[must_use]
    pub fn from_stored(word: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == word).unwrap_or_default()
    }

    /// What the state means for the reader, and what can be done, in one sentence.
    #[must_use]
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Healthy => "it is read as it should be",
            Self::Failing => {
                "it could not be read for three visits and half an hour; marsad goes on trying, more slowly"
            }
            Self::Blocked => "it shuts marsad out; ask the publisher, or look for a feed of the same news",
            Self::Changed => {
                "it is read but holds no items any more; the page may have been rebuilt: try `marsad probe`"
            }
            Self::Gap => "every item was new; some may have come and gone between two visits: a shorter `every` helps",
            Self::Silent => "nothing new has come for much longer than ever before; look whether it has moved",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-21T12:00:00Z";

    fn ago(minutes: i64) -> Option<Timestamp> {
        Some(NOW.parse::<Timestamp>().unwrap() - SignedDuration::from_mins(minutes))
    }

    fn judged(facts: Facts) -> State {
        judge(&facts, NOW.parse().unwrap())
    }

    #[test]
    fn failures_count_only_when_they_last() {
        let failing = |failures, minutes| Facts { failures, failing_since: ago(minutes), ..Facts::default() };
        assert_eq!(judged(failing(2, 600)), State::Healthy);
        assert_eq!(judged(failing(3, 29)), State::Healthy);
        assert_eq!(judged(failing(3, 30)), State::Failing);
        assert_eq!(judged(Facts { state: State::Failing, ..Facts::default() }), State::Healthy);
    }

    #[test]
    fn a_site_that_shuts_us_out_is_blocked_until_it_is_read() {
        assert_eq!(judged(Facts { challenged: true, failures: 1, ..Facts::default() }), State::Blocked);
        assert_eq!(judged(Facts { refusals: 1, failures: 1, ..Facts::default() }), State::Healthy);
        assert_eq!(judged(Facts { refusals: 2, failures: 2, ..Facts::default() }), State::Blocked);
        let then_a_blip = Facts { state: State::Blocked, failures: 3, failing_since: ago(90), ..Facts::default() };
        assert_eq!(judged(then_a_blip), State::Blocked);
    }

    #[test]
    fn a_page_that_used_to_hold_items_has_changed() {
        let empty = |empty, usual_items, state| Facts { empty, usual_items, state, ..Facts::default() };
        assert_eq!(judged(empty(1, 20, State::Healthy)), State::Healthy);
        assert_eq!(judged(empty(2, 20, State::Healthy)), State::Changed);
        assert_eq!(judged(empty(9, 2, State::Healthy)), State::Healthy);
        assert_eq!(judged(empty(60, 0, State::Changed)), State::Changed, "the median forgets, the state does not");
        assert_eq!(judged(Facts { state: State::Changed, failures: 1, ..Facts::default() }), State::Changed);
    }

    #[test]
    fn silence_is_measured_by_the_source_itself() {
        let since = |hours: i64, longest: Option<i64>| Facts {
            last_new_at: ago(hours * 60),
            longest_pause: longest.map(SignedDuration::from_hours),
            ..Facts::default()
        };
        assert_eq!(judged(since(47, Some(1))), State::Healthy);
        assert_eq!(judged(since(48, Some(1))), State::Silent);
        assert_eq!(judged(since(72, Some(24))), State::Healthy);
        assert_eq!(judged(since(73, Some(24))), State::Silent);
        assert_eq!(judged(since(10_000, None)), State::Healthy);
    }

    #[test]
    fn a_change_is_told_once_and_a_recovery_too() {
        use State::{Blocked, Changed, Failing, Gap, Healthy, Silent};
        for (before, after, kind) in [
            (Healthy, Healthy, None),
            (Healthy, Failing, Some("source.failing")),
            (Failing, Failing, None),
            (Failing, Blocked, Some("source.blocked")),
            (Failing, Healthy, Some("source.recovered")),
            (Blocked, Healthy, Some("source.recovered")),
            (Changed, Healthy, Some("source.recovered")),
            (Silent, Healthy, Some("source.recovered")),
            (Healthy, Gap, Some("source.gap")),
            (Gap, Healthy, None),
            (Gap, Silent, Some("source.silent")),
        ] {
            assert_eq!(transition(before, after), kind, "{before:?} {after:?}");
        }
        assert_eq!(judged(Facts { gap: true, ..Facts::default() }), Gap);
    }

    #[test]
    fn what_lasts_is_told_again_after_a_day() {
        let now: Timestamp = NOW.parse().unwrap();
        assert!(is_repeat_due(State::Failing, ago(1440).unwrap(), now));
        assert!(!is_repeat_due(State::Failing, ago(1439).unwrap(), now));
        assert!(!is_repeat_due(State::Healthy, ago(9999).unwrap(), now));
    }

    #[test]
    fn half_of_the_sources_at_once_is_about_us() {
        assert!(is_about_us(20, 40) && is_about_us(2, 4));
        assert!(!is_about_us(19, 40) && !is_about_us(3, 3));
    }

    #[test]
    fn every_state_is_stored_by_its_word() {
        for state in State::ALL {
            assert_eq!(State::from_stored(state.as_str()), state);
        }
        assert_eq!(State::from_stored("unheard of"), State::Healthy);
    }
}
