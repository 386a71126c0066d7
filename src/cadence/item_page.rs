//! Schedules the fetches of an item's own page, and how long the item waits for it.

use jiff::{SignedDuration, Timestamp};

use super::MAX_RETRY_AFTER;
use crate::clock::later;

/// The longest time that a new item waits for its page, from first sight, before it is admitted without it. Chosen by
/// hand.
pub(crate) const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(2);

/// The fetches of its page while it waits. Chosen by hand.
pub(crate) const PAGE_TRIES: u32 = 3;

/// The pauses between these fetches. Chosen by hand.
const PAUSES: [SignedDuration; 2] = [SignedDuration::from_secs(10), SignedDuration::from_secs(30)];

/// The pauses before each later fetch, after the item was admitted without its page. Chosen by hand.
const LATER: [SignedDuration; 3] =
    [SignedDuration::from_mins(10), SignedDuration::from_hours(1), SignedDuration::from_hours(6)];

/// The next step after a failed fetch of an item's page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PageRetry {
    /// The item waits; its page is fetched again at this time.
    Wait(Timestamp),
    /// The item is admitted without its page, which is fetched again at this time.
    Admit(Timestamp),
    /// The page is not fetched again.
    GiveUp,
}

/// The end of the wait of an item first seen at `seen_at`.
#[must_use]
pub fn waits_until(seen_at: Timestamp) -> Timestamp {
    later(seen_at, LONGEST_WAIT)
}

/// True if an item stops waiting: its time or its fetches are used up.
#[must_use]
pub fn is_over(seen_at: Timestamp, tries: u32, now: Timestamp) -> bool {
    tries >= PAGE_TRIES || now >= waits_until(seen_at)
}

/// The time of try `number + 1` if the process dies during try `number`, counted from 1. It is stored before the page
/// is fetched, so that a page that kills the process is not fetched endlessly.
#[must_use]
pub(crate) fn next_try(number: u32, now: Timestamp) -> Timestamp {
    later(now, pause(number).unwrap_or(LATER[LATER.len() - 1]))
}

/// The latest time at which a page is due, as of `now`, by the number of tries so far: immediately after none, else
/// after the pause that follows the last one.
#[must_use]
pub(crate) fn latest_tries(now: Timestamp) -> Vec<Timestamp> {
    let pauses = PAUSES.into_iter().chain(LATER);
    std::iter::once(now).chain(pauses.map(|pause| later(now, pause))).collect()
}

/// The next step of a waiting item after try `number` at its page failed and the site asked for a pause of `asked`.
#[must_use]
pub(crate) fn after_try(seen_at: Timestamp, number: u32, asked: Option<SignedDuration>, now: Timestamp) -> PageRetry {
    let delayed = |pause: SignedDuration| later(now, pause.max(asked.unwrap_or_default().min(MAX_RETRY_AFTER)));
    match pause(number).map(delayed) {
        Some(next) if number < PAGE_TRIES && next < waits_until(seen_at) => PageRetry::Wait(next),
        _ => PageRetry::Admit(delayed(LATER[0])),
    }
}

/// The next step for the page of an admitted item after try `number` failed.
#[must_use]
pub(crate) fn after_late_try(number: u32, asked: Option<SignedDuration>, now: Timestamp) -> PageRetry {
    match pause(number) {
        Some(pause) => PageRetry::Wait(later(now, pause.max(asked.unwrap_or_default().min(MAX_RETRY_AFTER)))),
        None => PageRetry::GiveUp,
    }
}

/// The first later fetch for an item admitted without its page.
#[must_use]
pub(crate) fn first_late_try(now: Timestamp) -> Timestamp {
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
    fn a_retry_after_of_an_hour_is_respected_and_the_item_does_not_wait() {
        let hour = Some(SignedDuration::from_hours(1));
        assert_eq!(after_try(at(0), 1, hour, at(0)), PageRetry::Admit(at(3600)));
        assert_eq!(after_late_try(4, Some(SignedDuration::from_hours(3)), at(0)), PageRetry::Wait(at(3 * 3600)));
    }

    #[test]
    fn an_unavailable_page_is_given_up_after_the_late_tries() {
        assert_eq!(after_late_try(4, None, at(0)), PageRetry::Wait(at(3600)));
        assert_eq!(after_late_try(5, None, at(0)), PageRetry::Wait(at(6 * 3600)));
        assert_eq!(after_late_try(6, None, at(0)), PageRetry::GiveUp);
    }
}
