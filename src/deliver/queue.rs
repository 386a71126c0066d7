//! What a channel sends next: the numbers that the store named last, and the rows that cannot begin.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::clock::later;

/// How many first attempts and how many repeats are asked for at once. A hundred-thousand-row backlog is walked once
/// for so many deliveries (chosen by hand).
const BATCH: usize = 64;

/// How long a delivery stands aside that could not begin once; twice as long after the second time, and so on up to
/// [`LONGEST_ASIDE`] (chosen by hand).
const ASIDE: SignedDuration = SignedDuration::from_secs(5);

/// The longest that it stands aside at once (chosen by hand).
const LONGEST_ASIDE: SignedDuration = SignedDuration::from_mins(5);

/// The numbers of the deliveries that are due, in their order.
#[derive(Debug, Default)]
pub(super) struct DueQueue {
    due: VecDeque<i64>,
    aside: HashMap<i64, UnstartableDelivery>,
}

/// A delivery that could not begin while others could.
#[derive(Debug)]
struct UnstartableDelivery {
    failures: u32,
    until: Timestamp,
}

impl DueQueue {
    /// The next number.
    pub(super) fn pop(&mut self) -> Option<i64> {
        self.due.pop_front()
    }

    /// Takes what the store named as due at `now`, without what stands aside.
    pub(super) fn fill(&mut self, due: Vec<i64>, now: Timestamp) {
        let ready = |number: &i64| self.aside.get(number).is_none_or(|aside| aside.until <= now);
        self.due = due.into_iter().filter(ready).collect();
    }

    /// How many numbers to ask for.
    pub(super) fn room(&self) -> usize {
        BATCH + self.aside.len()
    }

    /// Sets a delivery aside that could not begin at `now`; answers with how often that happened.
    pub(super) fn set_aside(&mut self, number: i64, now: Timestamp) -> u32 {
        let failures = self.aside.get(&number).map_or(1, |aside| aside.failures.saturating_add(1));
        let wait = ASIDE.saturating_mul(i32::try_from(failures).unwrap_or(i32::MAX)).min(LONGEST_ASIDE);
        self.aside.insert(number, UnstartableDelivery { failures, until: later(now, wait) });
        failures
    }

    /// Forgets that a delivery could not begin.
    pub(super) fn forget(&mut self, number: i64) {
        self.aside.remove(&number);
    }

    /// True while a delivery stands aside.
    pub(super) fn has_aside(&self) -> bool {
        !self.aside.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_begin_stands_aside_and_comes_back() {
        let (mut queue, now) = (DueQueue::default(), Timestamp::UNIX_EPOCH);
        queue.fill(vec![1, 2, 3], now);
        assert_eq!(queue.pop(), Some(1));
        assert_eq!((queue.set_aside(1, now), queue.has_aside()), (1, true));
        queue.fill(vec![1, 2, 3], now);
        assert_eq!((queue.pop(), queue.pop(), queue.pop()), (Some(2), Some(3), None));
        queue.fill(vec![1], later(now, ASIDE));
        assert_eq!(queue.pop(), Some(1));
        assert_eq!(queue.set_aside(1, now), 2);
        queue.forget(1);
        assert!(!queue.has_aside());
    }
}
