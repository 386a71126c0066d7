//! Reads the time: the only module that does.
//!
//! Time is passed as a [`Clock`] value, so that a test can advance it by an hour without waiting, and so that a
//! schedule is a pure function of the instants it is given.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

pub(crate) mod jump;

/// A clock: the system's, or one that a test moves by hand.
///
/// ```
/// use jiff::{SignedDuration, Timestamp};
/// use marsad::clock::Clock;
///
/// let (clock, handle) = Clock::manual(Timestamp::UNIX_EPOCH);
/// handle.advance(SignedDuration::from_hours(1));
/// assert_eq!(clock.now().as_second(), 3_600);
/// ```
#[derive(Clone, Debug)]
pub struct Clock(ClockKind);

#[derive(Clone, Debug)]
enum ClockKind {
    /// The system's clock, and when this value was created.
    System(Instant),
    Manual(Arc<ManualTime>),
}

/// The handle that moves a manual clock.
#[derive(Clone, Debug)]
pub struct ManualClock(Arc<ManualTime>);

/// The time of a manual clock, in microseconds.
#[derive(Debug)]
struct ManualTime {
    wall: AtomicI64,
    steady: AtomicI64,
}

/// Measures elapsed time with a monotonic clock.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch(Instant);

impl Clock {
    /// The clock of the machine.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "only this module reads the time")]
    pub fn system() -> Self {
        Self(ClockKind::System(Instant::now()))
    }

    /// A clock that stays at `start` until its handle moves it.
    #[must_use]
    pub fn manual(start: Timestamp) -> (Self, ManualClock) {
        let time = Arc::new(ManualTime { wall: AtomicI64::new(start.as_microsecond()), steady: AtomicI64::new(0) });
        (Self(ClockKind::Manual(Arc::clone(&time))), ManualClock(time))
    }

    /// The current time, in microseconds, as the store keeps it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "only this module reads the time")]
    pub fn now(&self) -> Timestamp {
        let micros = match &self.0 {
            ClockKind::System(_) => Timestamp::now().as_microsecond(),
            ClockKind::Manual(time) => time.wall.load(Ordering::SeqCst),
        };
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The monotonic time since this clock was created. Compared with [`Clock::now`], it reveals a jump.
    #[must_use]
    pub(crate) fn steady(&self) -> Duration {
        match &self.0 {
            ClockKind::System(start) => start.elapsed(),
            ClockKind::Manual(time) => Duration::from_micros(time.steady.load(Ordering::SeqCst).unsigned_abs()),
        }
    }

    /// A stopwatch that starts now; it measures real time even with a manual clock.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "only this module reads the time")]
    pub fn stopwatch(&self) -> Stopwatch {
        Stopwatch(Instant::now())
    }
}

impl ManualClock {
    /// Advances the time; a negative duration sets the clock back, like [`ManualClock::set_by`].
    pub fn advance(&self, by: SignedDuration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.steady.fetch_add(micros.max(0), Ordering::SeqCst);
        self.0.wall.fetch_add(micros, Ordering::SeqCst);
    }

    /// Sets the clock forward or back without time passing, as an operator or NTP does.
    pub fn set_by(&self, by: SignedDuration) {
        self.0.wall.fetch_add(i64::try_from(by.as_micros()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Advances the time to `to`, or sets the clock back to it if it is in the past.
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

/// `at` moved by `by`, limited to the range of a timestamp.
///
/// ```
/// use jiff::{SignedDuration, Timestamp};
/// use marsad::clock::later;
///
/// assert_eq!(later(Timestamp::MAX, SignedDuration::from_secs(1)), Timestamp::MAX);
/// ```
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
        let (clock, handle) = Clock::manual(start);
        assert_eq!(clock.now(), start);
        handle.advance(SignedDuration::from_hours(1));
        assert_eq!(clock.now().as_second(), 1_700_003_600);
        handle.advance(SignedDuration::from_mins(-30));
        assert_eq!(clock.now().as_second(), 1_700_001_800);
    }

    #[test]
    fn later_never_overflows() {
        assert_eq!(later(Timestamp::MAX, SignedDuration::MAX), Timestamp::MAX);
    }
}
