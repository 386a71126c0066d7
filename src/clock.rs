//! The only place that asks what time it is.
//!
//! Time comes in as a [`Clock`] value, so that a test can say "an hour later" without waiting, and so that a
//! schedule is a pure function of the instants it is given.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// What tells the time: the system's clock, or one that a test moves by hand.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    System,
    Manual(Arc<AtomicI64>),
}

/// The hands of a manual clock: whoever holds them decides how late it is.
#[derive(Clone, Debug)]
pub struct Hands(Arc<AtomicI64>);

/// How long something took, by a clock that never steps back.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Clock {
    /// The clock of the machine.
    #[must_use]
    pub fn system() -> Self {
        Self(Kind::System)
    }

    /// A clock that stands at `start` until its hands are moved.
    #[must_use]
    pub fn manual(start: Timestamp) -> (Self, Hands) {
        let micros = Arc::new(AtomicI64::new(start.as_microsecond()));
        (Self(Kind::Manual(Arc::clone(&micros))), Hands(micros))
    }

    /// The present instant, to the microsecond, as the store keeps it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks for the time")]
    pub fn now(&self) -> Timestamp {
        let micros = match &self.0 {
            Kind::System => Timestamp::now().as_microsecond(),
            Kind::Manual(micros) => micros.load(Ordering::SeqCst),
        };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// A stopwatch that starts now; it measures real time even beside a manual clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks for the time")]
    pub fn stopwatch(&self) -> Stopwatch {
        Stopwatch(Instant::now())
    }
}

impl Hands {
    /// Moves the clock forward (or back, by a negative duration, as a stepped system clock does).
    pub fn advance(&self, by: SignedDuration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }

    /// Sets the clock to `to`.
    pub fn set(&self, to: Timestamp) {
        self.0.store(to.as_microsecond(), Ordering::SeqCst);
    }
}

impl Stopwatch {
    /// The time since the start.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// `at` moved by `by`, held within what a timestamp can say.
#[must_use]
pub fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_by_hand() {
        let start = Timestamp::from_second(1_700_000_000).unwrap();
        let (clock, hands) = Clock::manual(start);
        assert_eq!(clock.now(), start);
        hands.advance(SignedDuration::from_hours(1));
        assert_eq!(clock.now().as_second(), 1_700_003_600);
        hands.advance(SignedDuration::from_mins(-30));
        assert_eq!(clock.now().as_second(), 1_700_001_800);
    }

    #[test]
    fn later_never_overflows() {
        assert_eq!(later(Timestamp::MAX, SignedDuration::MAX), Timestamp::MAX);
    }
}
