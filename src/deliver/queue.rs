//! The queue of a channel: the due deliveries that the store named last, and those that cannot begin.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::clock::later;

/// How many first attempts and how many repeats are requested at a time. Chosen by hand: a backlog of a hundred
/// thousand rows is then scanned once for this many deliveries.
const BATCH: usize = 64;

/// How long a delivery is set aside after it could not begin once; the wait grows by as much with each failure, up to
/// [`MAX_SET_ASIDE`]. Chosen by hand.
const FIRST_SET_ASIDE: SignedDuration = SignedDuration::from_secs(5);

/// The longest time that it is set aside. Chosen by hand.
const MAX_SET_ASIDE: SignedDuration = SignedDuration::from_mins(5);

/// The numbers of the due deliveries, in order.
#[derive(Debug, Default)]
pub(super) struct DueQueue {
    due: VecDeque<i64>,
    set_aside: HashMap<i64, UnstartableDelivery>,
}

/// A delivery that could not begin while others could.
#[derive(Debug)]
struct UnstartableDelivery {
    failures: u32,
    until: Timestamp,
}

impl DueQueue {
    /// The next numbers, at most `limit`.
    pub(super) fn pop(&mut self, limit: usize) -> Vec<i64> {
        self.due.drain(..limit.min(self.due.len())).collect()
    }

    /// Stores the numbers that are due at `now`, without those set aside.
    pub(super) fn fill(&mut self, due: Vec<i64>, now: Timestamp) {
        let ready = |number: &i64| self.set_aside.get(number).is_none_or(|aside| aside.until <= now);
        self.due = due.into_iter().filter(ready).collect();
    }

    /// How many numbers to request.
    pub(super) fn room(&self) -> usize {
        BATCH + self.set_aside.len()
    }

    /// Sets aside a delivery that could not begin at `now`; returns how often that happened.
    pub(super) fn set_aside(&mut self, number: i64, now: Timestamp) -> u32 {
        let failures = self.set_aside.get(&number).map_or(1, |aside| aside.failures.saturating_add(1));
        let wait = FIRST_SET_ASIDE.saturating_mul(i32::try_from(failures).unwrap_or(i32::MAX)).min(MAX_SET_ASIDE);
        self.set_aside.insert(number, UnstartableDelivery { failures, until: later(now, wait) });
        failures
    }

    /// Forgets that a delivery could not begin.
    pub(super) fn forget(&mut self, number: i64) {
        self.set_aside.remove(&number);
    }

    /// True while a delivery is set aside.
    pub(super) fn has_set_aside(&self) -> bool {
        !self.set_aside.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delivery_that_cannot_begin_is_set_aside_and_returns() {
        let (mut queue, now) = (DueQueue::default(), Timestamp::UNIX_EPOCH);
        queue.fill(vec![1, 2, 3], now);
        assert_eq!(queue.pop(1), [1]);
        assert_eq!((queue.set_aside(1, now), queue.has_set_aside()), (1, true));
        queue.fill(vec![1, 2, 3], now);
        assert_eq!((queue.pop(1), queue.pop(8), queue.pop(1)), (vec![2], vec![3], Vec::new()));
        queue.fill(vec![1], later(now, FIRST_SET_ASIDE));
        assert_eq!(queue.pop(1), [1]);
        assert_eq!(queue.set_aside(1, now), 2);
        queue.forget(1);
        assert!(!queue.has_set_aside());
    }
}
