//! Counts connections that could not be accepted, and limits how often that is logged.
//!
//! Without a free file handle, accepting fails many times a second and sometimes succeeds in between.

use std::time::Duration;

/// How long no failure may occur before accepting counts as working again. Chosen by hand.
const QUIET: Duration = Duration::from_secs(60);

/// The first pause after a failure; each further one is twice as long. Chosen by hand.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// The longest pause, which also delays a probe of `/healthz`. Chosen by hand.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// The failures since accepting last worked.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    failures: u64,
    in_a_row: u32,
    last: Duration,
}

impl Refusals {
    /// Counts a failure at `now`, a time since any fixed instant; true if it is the first, which is logged.
    pub(super) fn failed(&mut self, now: Duration) -> bool {
        self.failures += 1;
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.last = now;
        self.failures == 1
    }

    /// Counts a connection that was accepted at `now`. Returns the number of failures before it once accepting works
    /// again, which is logged.
    pub(super) fn accepted(&mut self, now: Duration) -> Option<u64> {
        self.in_a_row = 0;
        let over = self.failures > 0 && now.saturating_sub(self.last) >= QUIET;
        over.then(|| std::mem::take(&mut self.failures))
    }

    /// How long to wait before the next try.
    pub(super) fn pause(&self) -> Duration {
        let doublings = self.in_a_row.saturating_sub(1).min(16);
        (FIRST_PAUSE * 2_u32.pow(doublings)).min(LONGEST_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_failures_to_accept_are_logged_once() {
        let mut refusals = Refusals::default();
        let at = |tenths: u64| Duration::from_millis(tenths * 100);
        let mut lines = 0;
        for tenths in 0..600 {
            lines += u32::from(refusals.failed(at(tenths)));
            assert_eq!(refusals.accepted(at(tenths)), None);
        }
        assert_eq!(lines, 1);
        assert_eq!(refusals.accepted(at(1198)), None);
        assert_eq!(refusals.accepted(at(1199)), Some(600));
        assert_eq!(refusals.accepted(at(1200)), None);
        assert!(refusals.failed(at(1300)), "a later failure is logged again");
    }

    #[test]
    fn the_pause_grows_to_a_second_and_resets() {
        let mut refusals = Refusals::default();
        let mut pauses = Vec::new();
        for _ in 0..6 {
            refusals.failed(Duration::ZERO);
            pauses.push(refusals.pause().as_millis());
        }
        assert_eq!(pauses, [100, 200, 400, 800, 1000, 1000]);
        refusals.accepted(Duration::ZERO);
        refusals.failed(Duration::ZERO);
        assert_eq!(refusals.pause(), FIRST_PAUSE);
    }
}
