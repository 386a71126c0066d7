//! Tests what is learnt of when a source publishes.

use super::*;

const EVERY: SignedDuration = SignedDuration::from_mins(10);

/// Monday, 2026-11-23, 00:00 UTC.
fn monday() -> Timestamp {
    "2026-11-23T00:00:00Z".parse().unwrap()
}

fn hours(number: i64) -> Timestamp {
    later(monday(), SignedDuration::from_hours(number))
}

/// Four weeks of visits every ten minutes; one new item in each visit of these hours of the day.
fn publishing(in_hours: std::ops::Range<i64>) -> PublicationRhythm {
    let mut rhythm = PublicationRhythm::default();
    for visit in 0..28 * 24 * 6 {
        let at = later(hours(-28 * 24), EVERY * visit);
        let hour = i64::from(visit) / 6 % 24;
        rhythm.learn(usize::from(in_hours.contains(&hour)), &[], &TimeZone::UTC, at);
    }
    rhythm
}

#[test]
fn visits_are_frequent_in_the_hours_in_which_a_source_publishes() {
    let rhythm = publishing(9..12);
    let pause = |hour: i64| rhythm.pause(EVERY, &TimeZone::UTC, hours(24 + hour)).unwrap();
    assert!(pause(10) < EVERY / 2, "{:?}", pause(10));
    assert!(pause(20) > EVERY * 3 / 2, "{:?}", pause(20));
    for hour in 0..168 {
        assert!((EVERY / 20..=EVERY * 5).contains(&pause(hour)), "{hour}: {:?}", pause(hour));
    }
}

#[test]
fn the_hours_are_those_of_the_sources_timezone() {
    let zone = TimeZone::fixed(jiff::tz::offset(3));
    let mut rhythm = PublicationRhythm::default();
    rhythm.learn(0, &[], &zone, hours(0));
    rhythm.learn(6, &[], &zone, later(hours(0), SignedDuration::from_mins(20)));
    assert_eq!(rhythm.hours.keys().copied().collect::<Vec<_>>(), [3]);
    let published = [later(hours(0), SignedDuration::from_hours(5)), hours(-7), hours(900)];
    rhythm.learn(1, &published, &zone, hours(20));
    assert_eq!(rhythm.hours.keys().copied().collect::<Vec<_>>(), [3, 8]);
}

#[test]
fn after_new_items_visits_are_frequent_if_the_items_of_a_source_come_in_bursts() {
    let mut rhythm = PublicationRhythm::default();
    // An hour of news a day, at another hour each day.
    for visit in 0..28 * 24 * 6 {
        let (day, hour) = (i64::from(visit) / 144, i64::from(visit) / 6 % 24);
        let new = if hour == day * 7 % 24 { 3 } else { 0 };
        rhythm.learn(new, &[], &TimeZone::UTC, later(hours(-28 * 24), EVERY * visit));
    }
    let calm = rhythm.pause(EVERY, &TimeZone::UTC, hours(0)).unwrap();
    let soon = later(hours(0), EVERY);
    rhythm.learn(5, &[], &TimeZone::UTC, soon);
    let busy = rhythm.pause(EVERY, &TimeZone::UTC, soon).unwrap();
    assert!(busy < calm / 2, "{busy:?} {calm:?}");
    let (mut even, at) = (publishing(0..24), later(hours(0), EVERY));
    even.learn(5, &[], &TimeZone::UTC, at);
    let pause = even.pause(EVERY, &TimeZone::UTC, at).unwrap();
    assert!(pause > EVERY * 4 / 5, "five items mean nothing at a source without bursts: {pause:?}");
}

#[test]
fn without_items_there_is_no_rhythm() {
    let mut rhythm = PublicationRhythm::default();
    for hour in 0..48 {
        rhythm.learn(0, &[], &TimeZone::UTC, hours(hour));
        assert_eq!(rhythm.pause(EVERY, &TimeZone::UTC, hours(hour)), None);
    }
    rhythm.learn(1, &[], &TimeZone::UTC, hours(48));
    assert!(rhythm.pause(EVERY, &TimeZone::UTC, hours(48)).is_some());
}

#[test]
fn the_mean_pause_is_the_configured_interval() {
    let mut rhythm = publishing(9..12);
    let (mut at, mut visits) = (hours(0), 0_i64);
    while at < hours(4 * 168) {
        let pause = rhythm.pause(EVERY, &TimeZone::UTC, at).unwrap();
        rhythm.account(EVERY, pause);
        at = later(at, pause);
        let hour = at.as_second() / 3_600 % 24;
        rhythm.learn(usize::from((9..12).contains(&hour) && visits % 2 == 0), &[], &TimeZone::UTC, at);
        visits += 1;
    }
    let configured = 4 * 168 * 6;
    assert!((visits - configured).abs() < configured / 20, "{visits} visits instead of {configured}");
}

#[test]
fn what_came_during_an_outage_is_spread_over_it() {
    let mut rhythm = PublicationRhythm::default();
    rhythm.learn(0, &[], &TimeZone::UTC, hours(0));
    rhythm.learn(24, &[], &TimeZone::UTC, hours(12));
    assert!(rhythm.hours.values().all(|items| *items < 2.1), "{rhythm:?}");
    let mut after_years = PublicationRhythm { learnt_at: Some(Timestamp::MIN), ..PublicationRhythm::default() };
    after_years.learn(usize::MAX, &[], &TimeZone::UTC, Timestamp::MAX);
    assert!(after_years.pause(EVERY, &TimeZone::UTC, hours(0)).is_some());
}

#[test]
fn the_listed_items_of_the_first_visit_are_a_first_rhythm_unless_their_times_are_those_of_a_build() {
    let published: Vec<Timestamp> = (1..20).map(|day| hours(9 - 24 * day)).collect();
    let rhythm = PublicationRhythm::first(&published, &TimeZone::UTC, hours(0));
    assert!(rhythm.hours.keys().all(|hour| hour % 24 == 9) && rhythm.hours.len() == 7, "{rhythm:?}");
    assert!(rhythm.weeks > 1.9 && rhythm.weeks < 2.1, "older items do not count");
    let built = PublicationRhythm::first(&[hours(-1); 20], &TimeZone::UTC, hours(0));
    assert!(built.hours.is_empty());
    assert_eq!(PublicationRhythm::first(&[hours(5)], &TimeZone::UTC, hours(0)).hours.len(), 0, "in the future");
}

#[test]
fn the_stored_form_is_short_and_still_fades() {
    let mut rhythm = publishing(0..24);
    let stored = rhythm.stored().unwrap();
    assert!(stored.len() < 2_500, "{} bytes", stored.len());
    let total = |rhythm: &PublicationRhythm| rhythm.hours.values().sum::<f64>();
    let before = total(&rhythm);
    // Ten days of visits each minute, each of which passes through the store.
    for minute in 1..=10 * 24 * 60 {
        rhythm.learn(0, &[], &TimeZone::UTC, later(hours(0), SignedDuration::from_mins(minute)));
        rhythm = PublicationRhythm::from_stored(&rhythm.stored().unwrap()).unwrap();
    }
    assert!((total(&rhythm) / before - 0.5).abs() < 0.02, "{} of {before}", total(&rhythm));
    assert_eq!(PublicationRhythm::from_stored("of another version"), None);
}
