//! When a source is visited next.
//!
//! The configuration says a wish. What the server allows, what it asks for, and failures move it, between
//! `min_every` and `max_every`; a source is never given up, only slowed.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::clock::later;
use crate::item::derived;
use crate::source::{Every, Source};

/// What an answer says about when to come back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheRules {
    /// How long the answer stays fresh (`Cache-Control: max-age`, or `Expires`).
    pub max_age: Option<SignedDuration>,
    /// How long the server wants to be left alone (`Retry-After`).
    pub retry_after: Option<SignedDuration>,
}

/// The longest `Retry-After` that is honoured: some servers send years.
pub const MAX_RETRY_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The share of a pause by which a source's visits are moved, in percent, so that they do not all fall together.
const JITTER: i128 = 10;

/// When `source` is due after a visit that ended at `now`, having failed `failures` times in a row.
#[must_use]
pub fn next_visit(source: &Source, failures: u32, rules: CacheRules, now: Timestamp) -> Timestamp {
    if let Some(wait) = rules.retry_after {
        return later(now, wait.clamp(source.min_every, MAX_RETRY_AFTER));
    }
    if failures > 0 {
        return later(now, jittered(source, backoff(source, failures)));
    }
    match &source.every {
        Every::Daily(times) => next_slot(times, &source.timezone, now),
        Every::Pause(every) => {
            let fresh = rules.max_age.unwrap_or(SignedDuration::ZERO).min(source.max_every);
            let pause = (*every).max(fresh).clamp(source.min_every, source.max_every);
            later(now, jittered(source, pause).max(source.min_every))
        }
    }
}

/// When `source` is first due after a start: spread over its pause, at most over a minute, so that a start is no storm.
#[must_use]
pub fn first_visit(source: &Source, start: Timestamp) -> Timestamp {
    let pause = match source.every {
        Every::Pause(every) => every,
        Every::Daily(_) => SignedDuration::from_mins(1),
    };
    let width = pause.min(SignedDuration::from_mins(1)).as_millis() / 4;
    later(start, SignedDuration::from_millis_i128(width * share(source) / 1000))
}

/// A pause that doubles from the wish (at least a minute, or what is the shortest allowed) up to `max_every`.
fn backoff(source: &Source, failures: u32) -> SignedDuration {
    let wish = match source.every {
        Every::Pause(every) => every,
        Every::Daily(_) => SignedDuration::from_mins(10),
    };
    let doubled = wish.saturating_mul(1 << failures.saturating_sub(1).min(10));
    doubled.clamp(source.min_every, source.max_every)
}

/// A pause moved by up to [`JITTER`] percent either way, always the same for one source.
fn jittered(source: &Source, pause: SignedDuration) -> SignedDuration {
    let millis = pause.as_millis();
    let by = millis * JITTER / 100 * (share(source) * 2 - 1000) / 1000;
    SignedDuration::from_millis_i128(millis + by)
}

/// A number from 0 to 1000 that belongs to the source.
fn share(source: &Source) -> i128 {
    let digits = derived(&["visit", source.id.as_str()], 8);
    let sum = digits.bytes().fold(0_i128, |sum, byte| (sum * 31 + i128::from(byte)) % 1001);
    sum.min(1000)
}

/// The next of these local times after `now`. One that does not exist on a day (a clock set forward) is moved
/// forward by the gap; one that exists twice counts once, the first time.
fn next_slot(times: &[Time], zone: &TimeZone, now: Timestamp) -> Timestamp {
    let today = now.to_zoned(zone.clone()).date();
    let days = (0..=2_i64).filter_map(|n| today.checked_add(n.days()).ok());
    let slots = days.flat_map(|day| times.iter().map(move |time| day.to_datetime(*time)));
    let instants = slots.filter_map(|slot| zone.to_ambiguous_timestamp(slot).compatible().ok());
    instants.filter(|slot| *slot > now).min().unwrap_or_else(|| later(now, SignedDuration::from_hours(24)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;
    use crate::source::{FirstVisit, Follow, SourceId, SourceKind};

    fn source(every: Every) -> Source {
        Source {
            id: SourceId::new("una"),
            kind: SourceKind::Feed,
            address: Address::parse("https://example.org/feed").unwrap(),
            every,
            min_every: SignedDuration::from_mins(1),
            max_every: SignedDuration::from_hours(6),
            lang: None,
            tags: Vec::new(),
            follow: Follow::Auto,
            first_visit: FirstVisit::Quiet,
            timezone: TimeZone::get("Asia/Riyadh").unwrap(),
            encoding: None,
            headers: Vec::new(),
            max_items: 500,
            enabled: true,
            allow_networks: Vec::new(),
        }
    }

    fn after(source: &Source, failures: u32, rules: CacheRules) -> SignedDuration {
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        next_visit(source, failures, rules, now).duration_since(now)
    }

    fn about(pause: SignedDuration, mins: i64) -> bool {
        let (low, high) = (SignedDuration::from_secs(mins * 54), SignedDuration::from_secs(mins * 66));
        (low..=high).contains(&pause)
    }

    #[test]
    fn a_wish_is_granted_give_or_take_a_tenth() {
        let source = source(Every::Pause(SignedDuration::from_mins(10)));
        let pause = after(&source, 0, CacheRules::default());
        assert!(about(pause, 10), "{pause}");
        assert_eq!(pause, after(&source, 0, CacheRules::default()));
    }

    #[test]
    fn a_server_that_asks_for_an_hour_gets_an_hour() {
        let source = source(Every::Pause(SignedDuration::from_mins(10)));
        let hour = CacheRules { retry_after: Some(SignedDuration::from_hours(1)), ..CacheRules::default() };
        assert_eq!(after(&source, 1, hour), SignedDuration::from_hours(1));
        let years = CacheRules { retry_after: Some(SignedDuration::MAX), ..CacheRules::default() };
        assert_eq!(after(&source, 1, years), MAX_RETRY_AFTER);
        let negative = CacheRules { retry_after: Some(SignedDuration::from_secs(-5)), ..CacheRules::default() };
        assert_eq!(after(&source, 1, negative), source.min_every);
    }

    #[test]
    fn what_stays_fresh_longer_than_the_wish_is_asked_for_later() {
        let source = source(Every::Pause(SignedDuration::from_mins(10)));
        let fresh = CacheRules { max_age: Some(SignedDuration::from_mins(30)), ..CacheRules::default() };
        assert!(about(after(&source, 0, fresh), 30));
        let forever = CacheRules { max_age: Some(SignedDuration::from_hours(9000)), ..CacheRules::default() };
        assert!(about(after(&source, 0, forever), 6 * 60));
    }

    #[test]
    fn a_source_that_fails_is_slowed_and_never_given_up() {
        let source = source(Every::Pause(SignedDuration::from_mins(10)));
        assert!(about(after(&source, 1, CacheRules::default()), 10));
        assert!(about(after(&source, 3, CacheRules::default()), 40));
        assert!(about(after(&source, 4_000_000, CacheRules::default()), 6 * 60));
    }

    #[test]
    fn a_daily_time_is_the_sources_own() {
        let source = source(Every::Daily(vec!["07:00:00".parse().unwrap(), "19:00:00".parse().unwrap()]));
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let expected: Timestamp = "2026-11-21T16:00:00Z".parse().unwrap();
        assert_eq!(next_visit(&source, 0, CacheRules::default(), now), expected);
        let next_day: Timestamp = "2026-11-22T04:00:00Z".parse().unwrap();
        assert_eq!(next_visit(&source, 0, CacheRules::default(), expected), next_day);
    }

    #[test]
    fn a_local_time_that_does_not_exist_moves_forward_and_one_that_exists_twice_counts_once() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let half_past_two: [Time; 1] = ["02:30:00".parse().unwrap()];
        let spring: Timestamp = "2026-03-29T00:00:00Z".parse().unwrap();
        assert_eq!(next_slot(&half_past_two, &zone, spring), "2026-03-29T01:30:00Z".parse().unwrap());
        let autumn: Timestamp = "2026-10-24T22:00:00Z".parse().unwrap();
        let first = next_slot(&half_past_two, &zone, autumn);
        assert_eq!(first, "2026-10-25T00:30:00Z".parse().unwrap());
        assert_eq!(next_slot(&half_past_two, &zone, first), "2026-10-26T01:30:00Z".parse().unwrap());
    }

    #[test]
    fn a_start_is_spread_and_soon() {
        let source = source(Every::Pause(SignedDuration::from_hours(6)));
        let start: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let wait = first_visit(&source, start).duration_since(start);
        assert!(wait >= SignedDuration::ZERO && wait <= SignedDuration::from_secs(15), "{wait}");
    }
}
