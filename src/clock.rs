//! The only place that asks what time it is.
//!
//! Time comes in as a [`Clock`] value, so that a test can say "an hour later" without waiting, and so that a
//! schedule is a pure function of the instants it is given.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

pub mod jump;

/// What tells the time: the system's clock, or one that a test moves by hand.
#[derive(Clone, Debug)]
pub struct Clock(ClockKind);

#[derive(Clone, Debug)]
enum ClockKind {
    /// The system's clock, and when it was first asked.
    System(Instant),
    Manual(Arc<ManualTime>),
}

/// The hands of a manual clock: whoever holds them decides how late it is.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<ManualTime>);

/// What a manual clock shows, in microseconds.
#[derive(Debug)]
struct ManualTime {
    wall: AtomicI64,
    steady: AtomicI64,
}

/// How long something took, by a clock that never steps back.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Clock {
    /// The clock of the machine.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks for the time")]
    pub fn system() -> Self {
        Self(ClockKind::System(Instant::now()))
    }

    /// A clock that stands at `start` until its hands are moved.
    #[must_use]
    pub fn manual(start: Timestamp) -> (Self, ManualClock) {
        let dial = Arc::new(ManualTime { wall: AtomicI64::new(start.as_microsecond()), steady: AtomicI64::new(0) });
        (Self(ClockKind::Manual(Arc::clone(&dial))), ManualClock(dial))
    }

    /// The present instant, to the microsecond, as the store keeps it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks for the time")]
    pub fn now(&self) -> Timestamp {
        let micros = match &self.0 {
            ClockKind::System(_) => Timestamp::now().as_microsecond(),
            ClockKind::Manual(dial) => dial.wall.load(Ordering::SeqCst),
        };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The time since this clock was made, which nobody can set: compared with [`Clock::now`] it shows a jump.
    #[must_use]
    pub fn steady(&self) -> Duration {
        match &self.0 {
            ClockKind::System(start) => start.elapsed(),
            ClockKind::Manual(dial) => Duration::from_micros(dial.steady.load(Ordering::SeqCst).unsigned_abs()),
        }
    }

    /// A stopwatch that starts now; it measures real time even beside a manual clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that asks for the time")]
    pub fn stopwatch(&self) -> Stopwatch {
        Stopwatch(Instant::now())
    }
}

impl ManualClock {
    /// Lets time pass; by a negative duration it sets the clock back, as [`ManualClock::set_by`] does.
    pub fn advance(&self, by: SignedDuration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.steady.fetch_add(micros.max(0), Ordering::SeqCst);
        self.0.wall.fetch_add(micros, Ordering::SeqCst);
    }

    /// Sets the clock forward or back while no time passes, as an operator or a time server does.
    pub fn set_by(&self, by: SignedDuration) {
        self.0.wall.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Lets time pass until `to`; sets the clock back to it where it lies in the past.
    pub fn set(&self, to: Timestamp) {
        let micros = to.as_microsecond() - self.0.wall.load(Ordering::SeqCst);
        self.advance(SignedDuration::from_micros(micros));
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
