//! Tests of exact visit times.

use super::*;
use crate::address::Address;
use crate::source::SourceKind;

const NOW: &str = "2026-11-21T12:00:00Z";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

fn source(every: VisitInterval, zone: &str) -> Source {
    let address = Address::parse("https://una.example/feed").unwrap();
    let timezone = TimeZone::get(zone).unwrap();
    Source { id: SourceId::new("una-ar"), every, timezone, ..Source::at(SourceKind::Feed, address) }
}

fn daily(times: &[&str], zone: &str) -> Source {
    source(VisitInterval::Daily(times.iter().map(|time| time.parse().unwrap()).collect()), zone)
}

fn history(failures: u32, max_age: Option<i64>, retry_after: Option<i64>, gap: bool) -> VisitHistory {
    let rules = CacheRules { max_age: max_age.map(minutes), retry_after: retry_after.map(minutes) };
    VisitHistory { failures, rules, turnover: gap, rhythm: None }
}

fn due(source: &Source, history: &VisitHistory, now: Timestamp) -> Timestamp {
    next_visit(source, history, now).at
}

#[test]
fn cache_rules_and_failures_adjust_the_interval_within_its_bounds() {
    let source = source(VisitInterval::Pause(minutes(10)), "UTC");
    for (why, history, pause) in [
        ("as configured", history(0, None, None, false), 10),
        ("fresh for an hour", history(0, Some(60), None, false), 60),
        ("fresh for less than the interval", history(0, Some(1), None, false), 10),
        ("fresh for a week", history(0, Some(7 * 1440), None, false), 360),
        ("a gap", history(0, Some(60), None, true), 5),
        ("one failure", history(1, None, None, false), 10),
        ("two failures", history(2, None, None, false), 20),
        ("five failures", history(5, None, None, false), 160),
        ("a month of failures", history(2000, None, None, false), 360),
        ("retry after zero", history(0, None, Some(0), false), 10),
    ] {
        let pause = minutes(pause);
        assert_eq!(due(&source, &history, at(NOW)), at(NOW) + pause - share(&source.id, pause / MAX_DRIFT), "{why}");
    }
}

#[test]
fn a_retry_after_is_respected_up_to_a_day() {
    let source = source(VisitInterval::Pause(minutes(10)), "UTC");
    let spread = share(&source.id, SPREAD);
    for (asked, given) in [(60, 60), (720, 720), (1_000_000, 1440)] {
        let next = due(&source, &history(1, None, Some(asked), false), at(NOW));
        assert_eq!(next, at(NOW) + minutes(given) + spread);
    }
}

#[test]
fn a_pause_is_never_shorter_than_the_shortest() {
    let source = source(VisitInterval::Pause(minutes(1)), "UTC");
    assert_eq!(due(&source, &history(0, None, None, true), at(NOW)), at("2026-11-21T12:01:00Z"));
}

#[test]
fn the_share_of_a_source_is_stable_and_differs_between_sources() {
    let (one, other) = (SourceId::new("una-ar"), SourceId::new("una-en"));
    assert_eq!(share(&one, minutes(10)), share(&one, minutes(10)));
    assert_ne!(share(&one, minutes(10)), share(&other, minutes(10)));
    for id in (0..500).map(|n| SourceId::new(format!("s{n}"))) {
        assert!((SignedDuration::ZERO..minutes(10)).contains(&share(&id, minutes(10))));
    }
}

#[test]
fn daily_visits_follow_local_time_across_clock_changes() {
    for (why, times, zone, now, next) in [
        ("later today", &["07:00", "19:00"][..], "Asia/Riyadh", "2026-11-21T12:00:00Z", "2026-11-21T16:00:00Z"),
        ("tomorrow", &["07:00", "19:00"], "Asia/Riyadh", "2026-11-21T16:00:00Z", "2026-11-22T04:00:00Z"),
        ("before winter time", &["07:00"], "Europe/Paris", "2026-10-24T06:00:00Z", "2026-10-25T06:00:00Z"),
        ("a time that is skipped", &["02:30"], "Europe/Paris", "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z"),
        ("a time that comes twice", &["02:30"], "Europe/Paris", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
        ("once is enough", &["02:30"], "Europe/Paris", "2026-10-25T00:31:00Z", "2026-10-26T01:30:00Z"),
        ("across the date line", &["00:10"], "Pacific/Auckland", "2026-11-21T11:00:00Z", "2026-11-21T11:10:00Z"),
    ] {
        let source = daily(times, zone);
        let spread = share(&source.id, SPREAD);
        assert_eq!(due(&source, &VisitHistory::default(), at(now)), at(next) + spread, "{why}");
    }
}

#[test]
fn a_failed_daily_visit_is_tried_again_before_the_next_slot() {
    let source = daily(&["07:00"], "UTC");
    let slot = at("2026-11-22T07:00:00Z") + share(&source.id, SPREAD);
    for (failures, next) in
        [(1, at("2026-11-21T12:10:00Z")), (3, at("2026-11-21T12:40:00Z")), (9, at("2026-11-21T18:00:00Z"))]
    {
        assert_eq!(due(&source, &history(failures, None, None, false), at(NOW)), next);
    }
    let late = at("2026-11-22T06:55:00Z");
    assert_eq!(due(&source, &history(1, None, None, false), late), slot);
}

#[test]
fn a_stored_time_holds_unless_the_clock_was_set_back() {
    let source = daily(&["07:00"], "UTC");
    let last = Some(at("2026-11-21T07:00:30Z"));
    for (stored, holds) in [
        ("2026-11-20T07:00:00Z", "2026-11-20T07:00:00Z"),
        ("2026-11-22T07:00:30Z", "2026-11-22T07:00:30Z"),
        ("2099-01-01T00:00:00Z", "2026-11-22T12:01:00Z"),
    ] {
        assert_eq!(planned(&source, at(stored), last, at(NOW)), at(holds));
    }
}

#[test]
fn after_the_clock_was_set_back_no_visit_is_later_than_its_own_pause() {
    let source = source(VisitInterval::Pause(minutes(10)), "UTC");
    for (why, last, stored, holds) in [
        ("an hour back", "2026-11-21T13:00:00Z", "2026-11-21T13:10:00Z", "2026-11-21T12:10:00Z"),
        ("a day forward and back", "2026-11-22T12:00:00Z", "2026-11-22T12:10:00Z", "2026-11-21T12:10:00Z"),
        ("fifty years back", "2076-11-21T12:00:00Z", "2076-11-21T12:10:00Z", "2026-11-21T12:10:00Z"),
        ("an hour that a server asked for", "2026-11-21T13:00:00Z", "2026-11-21T14:00:00Z", "2026-11-21T13:00:00Z"),
        (
            "a visit that ended after the clock was set",
            "2026-11-21T13:00:00Z",
            "2026-11-21T12:10:00Z",
            "2026-11-21T12:01:00Z",
        ),
        ("not set at all", "2026-11-21T11:55:00Z", "2026-11-21T12:05:00Z", "2026-11-21T12:05:00Z"),
    ] {
        assert_eq!(planned(&source, at(stored), Some(at(last)), at(NOW)), at(holds), "{why}");
    }
    let first = first_visit(&source, at(NOW));
    assert_eq!(planned(&source, at("2026-11-21T13:00:30Z"), None, at(NOW)), first);
}

#[test]
fn after_the_clock_was_set_back_a_daily_visit_keeps_its_slot() {
    let source = daily(&["07:00"], "UTC");
    let slot = at("2026-11-22T07:00:00Z") + share(&source.id, SPREAD);
    let (last, stored) = (at("2026-11-24T07:00:40Z"), at("2026-11-25T07:00:00Z"));
    assert_eq!(planned(&source, stored, Some(last), at(NOW)), slot);
}

#[test]
fn first_visits_are_soon_and_spread() {
    for every in [minutes(1), minutes(360)] {
        let source = source(VisitInterval::Pause(every), "UTC");
        let first = first_visit(&source, at(NOW));
        assert!((at(NOW)..at(NOW) + SPREAD).contains(&first), "{first}");
    }
}

#[test]
fn what_decides_the_next_visit_is_named_and_a_rhythm_stays_within_the_bounds() {
    let source = source(VisitInterval::Pause(minutes(10)), "UTC");
    let rhythm = |pause| VisitHistory { rhythm: Some(minutes(pause)), ..VisitHistory::default() };
    let plain = VisitHistory::default();
    for (history, reason, longest) in [
        (plain, VisitReason::Configured, 10),
        (rhythm(25), VisitReason::Rhythm, 25),
        (rhythm(10_000), VisitReason::Rhythm, 360),
        (VisitHistory { turnover: true, ..rhythm(25) }, VisitReason::Turnover, 5),
        (VisitHistory { turnover: true, ..rhythm(2) }, VisitReason::Turnover, 2),
        (VisitHistory { failures: 2, ..rhythm(25) }, VisitReason::Failures, 20),
        (history(0, Some(60), None, false), VisitReason::CacheRules, 60),
        (VisitHistory { rhythm: Some(minutes(70)), ..history(0, Some(60), None, false) }, VisitReason::Rhythm, 70),
        (history(0, None, Some(60), false), VisitReason::RetryAfter, 61),
    ] {
        let next = next_visit(&source, &history, at(NOW));
        let pause = next.at.duration_since(at(NOW));
        assert_eq!(next.reason, reason, "{history:?}");
        assert!(pause <= minutes(longest) && pause >= minutes(longest) * 9 / 10, "{history:?}: {pause:?}");
    }
    let daily = daily(&["18:00"], "UTC");
    assert_eq!(next_visit(&daily, &plain, at(NOW)).reason, VisitReason::Configured);
    assert_eq!(next_visit(&daily, &history(1, None, None, false), at(NOW)).reason, VisitReason::Failures);
}
