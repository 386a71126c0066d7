//! Schedules the next visit of a source.
//!
//! The configured interval is adjusted by the hours at which the source publishes ([`rhythm`]), by the server's cache
//! rules, by failures and by gaps, within the source's bounds; only a server's `Retry-After` exceeds them. Nothing here
//! is random: sources are spread by a hash of their identifiers, so every time is predictable. [`reason`] names what
//! decided.
//!
//! [`item_page`] schedules the fetches of an item's own page.

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::clock::later;
use crate::source::{Source, SourceId, VisitInterval};
use reason::VisitReason;

pub mod item_page;
pub mod reason;
pub mod rhythm;

/// The parts of an answer that affect the next visit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheRules {
    /// How long the answer stays fresh: `Cache-Control: max-age`, else `Expires` minus `Date`.
    pub(crate) max_age: Option<SignedDuration>,
    /// The pause that the server asked for.
    pub retry_after: Option<SignedDuration>,
}

/// The visits so far, as far as they affect the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VisitHistory {
    /// Consecutive failed visits, including the last one.
    pub failures: u32,
    /// The rules of the last answer, whether it was a document or not.
    pub rules: CacheRules,
    /// The last document had no known item, or most of its entries were new: some items may have been missed.
    pub turnover: bool,
    /// The pause by the hours at which the source publishes; none if too little is known of them.
    pub rhythm: Option<SignedDuration>,
}

/// The time of a visit, and what decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlannedVisit {
    /// When it is due.
    pub at: Timestamp,
    /// Why then.
    pub reason: VisitReason,
}

#[cfg(test)]
impl PlannedVisit {
    /// A visit at `at`, as configured.
    pub(crate) fn configured(at: Timestamp) -> Self {
        Self { at, reason: VisitReason::Configured }
    }
}

/// The longest pause that is granted to a server. Chosen by hand.
pub(crate) const MAX_RETRY_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// The first retry after a failed daily visit. Chosen by hand.
const DAILY_RETRY: SignedDuration = SignedDuration::from_mins(10);

/// The largest part of a pause by which a visit is early, as one in so many. Chosen by hand.
const MAX_DRIFT: i32 = 20;

/// The most doublings of a pause: 2^16 times any pause exceeds every bound.
const MAX_DOUBLINGS: u32 = 16;

/// The time over which sources are spread at start and in slots. Chosen by hand.
const SPREAD: SignedDuration = SignedDuration::from_secs(60);

/// The time of the next visit of `source` after a visit that ended `now`.
///
/// ```
/// use jiff::{SignedDuration, Timestamp};
/// use marsad::address::Address;
/// use marsad::cadence::{VisitHistory, next_visit};
/// use marsad::source::{Source, SourceKind};
///
/// let source = Source::at(SourceKind::Feed, Address::parse("https://example.org/feed").unwrap());
/// let next = next_visit(&source, &VisitHistory::default(), Timestamp::UNIX_EPOCH);
/// assert!(next.at <= Timestamp::UNIX_EPOCH + SignedDuration::from_mins(10));
/// ```
#[must_use]
pub fn next_visit(source: &Source, history: &VisitHistory, now: Timestamp) -> PlannedVisit {
    let (planned_at, reason) = match &source.every {
        VisitInterval::Pause(every) => {
            let (pause, reason) = pause(source, *every, history);
            (later(now, pause), reason)
        }
        VisitInterval::Daily(times) => {
            let slot = later(next_slot(times, &source.timezone, now), share(&source.id, SPREAD));
            let retry = (history.failures > 0).then(|| later(now, after_failure(source, history.failures)));
            match retry.filter(|retry| *retry < slot) {
                Some(retry) => (retry, VisitReason::Failures),
                None => (slot, VisitReason::Configured),
            }
        }
    };
    let asked = history.rules.retry_after.filter(|asked| *asked > SignedDuration::ZERO);
    let asked = asked.map(|asked| later(now, asked.min(MAX_RETRY_AFTER) + share(&source.id, SPREAD)));
    match asked.filter(|asked| *asked > planned_at) {
        Some(asked) => PlannedVisit { at: asked, reason: VisitReason::RetryAfter },
        None => PlannedVisit { at: planned_at, reason },
    }
}

/// The first visit of a source if marsad starts, or learns of it, at `start`: soon, but spread.
#[must_use]
pub fn first_visit(source: &Source, start: Timestamp) -> Timestamp {
    let over = match source.every {
        VisitInterval::Pause(every) => every.min(SPREAD),
        VisitInterval::Daily(_) => SPREAD,
    };
    later(start, share(&source.id, over))
}

/// The visit of a source that became due while the machine slept: soon, but spread.
#[must_use]
pub(crate) fn after_sleep(source: &Source, now: Timestamp) -> Timestamp {
    let over = match source.every {
        VisitInterval::Pause(every) => every.min(SPREAD),
        VisitInterval::Daily(_) => SPREAD,
    };
    // Shares are rounded to milliseconds, so a thousandfold time is shared and then divided.
    later(now, share(&source.id, over * 1_000) / 1_000)
}

/// Corrects the stored time of the next visit as of `now`, after a visit at `last`.
///
/// If the clock was set back, the stored time may be far ahead. No visit is then due later than its original pause,
/// counted from now, and a daily visit no later than its next slot.
#[must_use]
pub(crate) fn planned(source: &Source, stored: Timestamp, last: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let bound = later(now, MAX_RETRY_AFTER.max(source.max_every) + SPREAD);
    let Some(last) = last else { return stored.min(first_visit(source, now)) };
    if last <= now {
        return stored.min(bound);
    }
    let pause = later(now, stored.duration_since(last).max(source.min_every));
    let slot = match source.every {
        VisitInterval::Daily(_) => next_visit(source, &VisitHistory::default(), now).at,
        VisitInterval::Pause(_) => bound,
    };
    stored.min(bound).min(pause).min(slot)
}

/// The interval, adjusted by history, and what decided it.
fn pause(source: &Source, every: SignedDuration, history: &VisitHistory) -> (SignedDuration, VisitReason) {
    let usual = history.rhythm.unwrap_or(every);
    let by_interval = if history.rhythm.is_some() { VisitReason::Rhythm } else { VisitReason::Configured };
    let fresh = history.rules.max_age.filter(|fresh| *fresh > usual);
    let (pause, reason) = match fresh {
        _ if history.failures > 0 => (doubled(every, history.failures), VisitReason::Failures),
        _ if history.turnover => (usual.min(every / 2), VisitReason::Turnover),
        Some(fresh) => (fresh, VisitReason::CacheRules),
        None => (usual, by_interval),
    };
    let pause = pause.min(source.max_every);
    // Up to a twentieth earlier, so that sources with equal intervals drift apart.
    ((pause - share(&source.id, pause / MAX_DRIFT)).max(source.min_every), reason)
}

fn after_failure(source: &Source, failures: u32) -> SignedDuration {
    doubled(DAILY_RETRY, failures).min(source.max_every).max(source.min_every)
}

/// `first` after the first failure, doubled for each further one.
fn doubled(first: SignedDuration, failures: u32) -> SignedDuration {
    first.checked_mul(1 << failures.saturating_sub(1).min(MAX_DOUBLINGS)).unwrap_or(SignedDuration::MAX)
}

/// The part of `whole` assigned to a source by its identifier: from 0 to just below `whole`.
fn share(id: &SourceId, whole: SignedDuration) -> SignedDuration {
    let hash = blake3::hash(id.as_str().as_bytes());
    let part = i64::from(u16::from_le_bytes([hash.as_bytes()[0], hash.as_bytes()[1]]));
    SignedDuration::from_millis(i64::try_from(whole.as_millis()).unwrap_or(i64::MAX >> 16) / 65_536 * part)
}

/// The first of the local times after `now`. A time that does not exist moves forward by the length of the clock
/// change; a time that occurs twice means its first occurrence.
fn next_slot(times: &[Time], zone: &TimeZone, now: Timestamp) -> Timestamp {
    let today = now.to_zoned(zone.clone()).date();
    let slots = (0..=2).flat_map(|day| {
        let date = today.saturating_add(day.days());
        times.iter().filter_map(move |time| zone.to_ambiguous_timestamp(date.to_datetime(*time)).compatible().ok())
    });
    slots.filter(|slot| *slot > now).min().unwrap_or_else(|| later(now, MAX_RETRY_AFTER))
}

/// The last of the local times that `now` has reached, today or yesterday. Times are moved as in [`next_slot`].
#[must_use]
pub(crate) fn last_slot(times: &[Time], zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
    let today = now.to_zoned(zone.clone()).date();
    let slots = (-1..=0).flat_map(|day| {
        let date = today.saturating_add(day.days());
        times.iter().filter_map(move |time| zone.to_ambiguous_timestamp(date.to_datetime(*time)).compatible().ok())
    });
    slots.filter(|slot| *slot <= now).max()
}

#[cfg(test)]
mod tests;
