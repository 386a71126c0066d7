//! When an item's own page is asked for, and how long the item waits for it.

use jiff::{SignedDuration, Timestamp};

use super::MAX_RETRY_AFTER;
use crate::clock::later;

/// The longest that a new item waits for its page, from first sight, before it is admitted as it came.
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(2);

/// How many times its page is asked for while it waits.
pub const PAGE_TRIES: u32 = 3;

/// The pauses between these tries.
const PAUSES: [SignedDuration; 2] = [SignedDuration::from_secs(10), SignedDuration::from_secs(30)];

/// After the item was admitted as it came: the pauses before each later try.
const LATER: [SignedDuration; 3] =
    [SignedDuration::from_mins(10), SignedDuration::from_hours(1), SignedDuration::from_hours(6)];

/// What becomes of an item after a try at its page that brought nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PageRetry {
    /// It waits, and its page is asked for again at this instant.
    Wait(Timestamp),
    /// It is admitted as it came; its page is asked for again at this instant.
    Admit(Timestamp),
    /// Its page is given up.
    GiveUp,
}

/// When an item that was first seen at `seen_at` has waited long enough.
#[must_use]
pub fn waits_until(seen_at: Timestamp) -> Timestamp {
    later(seen_at, LONGEST_WAIT)
}

/// True when an item waits no longer: its time or its tries are over.
#[must_use]
pub fn is_over(seen_at: Timestamp, tries: u32, now: Timestamp) -> bool {
    tries >= PAGE_TRIES || now >= waits_until(seen_at)
}

/// When try `number + 1` is due if the process dies in try `number`, counted from 1. It is written down before the
/// page is asked for, so that a page that kills the process is not asked for without end.
#[must_use]
pub fn next_try(number: u32, now: Timestamp) -> Timestamp {
    later(now, pause(number).unwrap_or(LATER[LATER.len() - 1]))
}

/// When a page is due at the latest by a clock that shows `now`, by the number of tries at it: after none of them at
/// once, else the pause that follows the last one.
#[must_use]
pub fn latest_tries(now: Timestamp) -> Vec<Timestamp> {
    let pauses = PAUSES.into_iter().chain(LATER);
    std::iter::once(now).chain(pauses.map(|pause| later(now, pause))).collect()
}

/// What becomes of an item that waits, after try `number` at its page failed and the site asked for a pause of
/// `asked`.
#[must_use]
pub fn after_try(seen_at: Timestamp, number: u32, asked: Option<SignedDuration>, now: Timestamp) -> PageRetry {
    let again = |pause: SignedDuration| later(now, pause.max(asked.unwrap_or_default().min(MAX_RETRY_AFTER)));
    match pause(number).map(again) {
        Some(next) if number < PAGE_TRIES && next < waits_until(seen_at) => PageRetry::Wait(next),
        _ => PageRetry::Admit(again(LATER[0])),
    }
}

/// What becomes of the page of an item that is admitted already, after try `number` at it failed.
#[must_use]
pub fn after_late_try(number: u32, asked: Option<SignedDuration>, now: Timestamp) -> PageRetry {
    match pause(number) {
        Some(pause) => PageRetry::Wait(later(now, pause.max(asked.unwrap_or_default().min(MAX_RETRY_AFTER)))),
        None => PageRetry::GiveUp,
    }
}

/// When the page of an item that is admitted as it came is asked for again.
#[must_use]
pub fn first_late_try(now: Timestamp) -> Timestamp {
    later(now, LATER[0])
}

/// The pause after try `number`, counted from 1; none after the last one.
fn pause(number: u32) -> Option<SignedDuration> {
    let number = usize::try_from(number).ok()?.checked_sub(1)?;
    PAUSES.iter().chain(&LATER).nth(number).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn an_item_waits_for_three_tries_or_two_minutes() {
        assert_eq!(after_try(at(0), 1, None, at(1)), PageRetry::Wait(at(11)));
        assert_eq!(after_try(at(0), 2, None, at(12)), PageRetry::Wait(at(42)));
        assert_eq!(after_try(at(0), 3, None, at(43)), PageRetry::Admit(at(643)));
        assert_eq!(after_try(at(0), 2, None, at(95)), PageRetry::Admit(at(695)));
        assert!(is_over(at(0), 3, at(1)) && is_over(at(0), 0, at(120)) && !is_over(at(0), 2, at(119)));
    }

    #[test]
    fn a_site_that_asks_for_an_hour_gets_it_and_the_item_does_not_wait() {
        let hour = Some(SignedDuration::from_hours(1));
        assert_eq!(after_try(at(0), 1, hour, at(0)), PageRetry::Admit(at(3600)));
        assert_eq!(after_late_try(4, Some(SignedDuration::from_hours(3)), at(0)), PageRetry::Wait(at(3 * 3600)));
    }

    #[test]
    fn a_page_that_never_comes_is_given_up_after_the_late_tries() {
        assert_eq!(after_late_try(4, None, at(0)), PageRetry::Wait(at(3600)));
        assert_eq!(after_late_try(5, None, at(0)), PageRetry::Wait(at(6 * 3600)));
        assert_eq!(after_late_try(6, None, at(0)), PageRetry::GiveUp);
    }
}
