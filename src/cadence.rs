//! When a source is visited next.
//!
//! What the operator configures is a wish. The server's cache rules, failures and a document that has moved on too far
//! move it within the source's bounds; only a server that asks to be left alone goes beyond them. Nothing here is
//! random: the spread between sources comes from their names, so that every time can be foretold.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::clock::later;
use crate::source::{Source, SourceId, VisitInterval};

pub mod item_page;

/// What an answer says about the next visit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheRules {
    /// How long the answer stays fresh: `Cache-Control: max-age`, else `Expires` less `Date`.
    pub max_age: Option<SignedDuration>,
    /// How long the server asked to be left alone.
    pub retry_after: Option<SignedDuration>,
}

/// What the visits so far say about the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VisitHistory {
    /// How many visits in a row have failed, the last one included.
    pub failures: u32,
    /// What the last answer said, whether it was a document or not.
    pub rules: CacheRules,
    /// The last document held no known item: what came between two visits may have rolled off.
    pub gap: bool,
}

/// The longest wish of a server that is granted.
pub const MAX_RETRY_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// After a failed daily visit: the first pause before it is tried again.
const DAILY_RETRY: SignedDuration = SignedDuration::from_mins(10);

/// The time over which sources are spread at start, and slots at most.
const SPREAD: SignedDuration = SignedDuration::from_secs(60);

/// When `source` is to be visited after the visit that ended `now`.
#[must_use]
pub fn next_visit(source: &Source, history: &VisitHistory, now: Timestamp) -> Timestamp {
    let wished = match &source.every {
        VisitInterval::Pause(every) => later(now, pause(source, *every, history)),
        VisitInterval::Daily(times) => {
            let slot = later(next_slot(times, &source.timezone, now), share(&source.id, SPREAD));
            if history.failures == 0 { slot } else { slot.min(later(now, after_failure(source, history.failures))) }
        }
    };
    match history.rules.retry_after {
        Some(asked) if asked > SignedDuration::ZERO => {
            let asked = asked.min(MAX_RETRY_AFTER);
            wished.max(later(now, asked + share(&source.id, SPREAD)))
        }
        _ => wished,
    }
}

/// When a source that was never visited is visited, if marsad starts, or learns of it, at `start`: soon, but not all
/// at once.
#[must_use]
pub fn first_visit(source: &Source, start: Timestamp) -> Timestamp {
    let over = match source.every {
        VisitInterval::Pause(every) => every.min(SPREAD),
        VisitInterval::Daily(_) => SPREAD,
    };
    later(start, share(&source.id, over))
}

/// When a source that became due while the machine slept is visited: soon, and not together with all the others.
#[must_use]
pub fn after_sleep(source: &Source, now: Timestamp) -> Timestamp {
    let over = match source.every {
        VisitInterval::Pause(every) => every.min(SPREAD),
        VisitInterval::Daily(_) => SPREAD,
    };
    // The share of a thousandth is nothing, so the thousand is shared out, and each share divided.
    later(now, share(&source.id, over * 1_000) / 1_000)
}

/// A stored time of the next visit as it holds `now`, after a visit at `last`.
///
/// Where the clock was set back since, the time may lie far ahead. No visit is then due later than the pause that it
/// was planned with, counted from now, and a daily one no later than its next slot.
#[must_use]
pub fn planned(source: &Source, stored: Timestamp, last: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let bound = later(now, MAX_RETRY_AFTER.max(source.max_every) + SPREAD);
    let Some(last) = last else { return stored.min(first_visit(source, now)) };
    if last <= now {
        return stored.min(bound);
    }
    let pause = later(now, stored.duration_since(last).max(source.min_every));
    let slot = match source.every {
        VisitInterval::Daily(_) => next_visit(source, &VisitHistory::default(), now),
        VisitInterval::Pause(_) => bound,
    };
    stored.min(bound).min(pause).min(slot)
}

/// The pause that the wish becomes.
fn pause(source: &Source, every: SignedDuration, history: &VisitHistory) -> SignedDuration {
    let mut pause = every;
    if history.failures > 0 {
        pause = doubled(every, history.failures);
    } else if history.gap {
        pause = every / 2;
    } else if let Some(fresh) = history.rules.max_age {
        pause = every.max(fresh);
    }
    let pause = pause.min(source.max_every);
    // Up to a twentieth earlier, so that sources with one wish drift apart.
    (pause - share(&source.id, pause / 20)).max(source.min_every)
}

fn after_failure(source: &Source, failures: u32) -> SignedDuration {
    doubled(DAILY_RETRY, failures).min(source.max_every).max(source.min_every)
}

/// `first` for the first failure, twice that for the second, and so on without end.
fn doubled(first: SignedDuration, failures: u32) -> SignedDuration {
    first.checked_mul(1 << failures.saturating_sub(1).min(16)).unwrap_or(SignedDuration::MAX)
}

/// The share of `whole` that falls to a source by its name: from nothing to just below the whole.
fn share(id: &SourceId, whole: SignedDuration) -> SignedDuration {
    let hash = blake3::hash(id.as_str().as_bytes());
    let part = i64::from(u16::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]));
    SignedDuration::from_millis(i64::try_from(whole.as_millis()).unwrap_or(i64::MAX >> 16) / 65_536 * part)
}

/// The first of the local times after `now`. One that does not exist moves forward by what the clocks skip; one that
/// exists twice is its first.
fn next_slot(times: &[Time], zone: &TimeZone, now: Timestamp) -> Timestamp {
    let today = now.to_zoned(zone.clone()).date();
    let slots = (0..=2).flat_map(|day| {
        let date = today.saturating_add(day.days());
        times.iter().filter_map(move |time| zone.to_ambiguous_timestamp(date.to_datetime(*time)).compatible().ok())
    });
    slots.filter(|slot| *slot > now).min().unwrap_or_else(|| later(now, MAX_RETRY_AFTER))
}

#[cfg(test)]
mod tests;
