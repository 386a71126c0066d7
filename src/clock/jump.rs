//! Detects clock changes and suspensions of the process.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Clock;

/// Compares the wall clock with the monotonic one. Each loop that waits for instants has its own detector.
#[derive(Debug)]
pub(crate) struct JumpDetector {
    clock: Clock,
    last: ClockReading,
    set_back: Option<SetBack>,
}

/// A discontinuity between two checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClockJump {
    /// It was set back by this much.
    Back(SignedDuration),
    /// It was set forward by this much, or the machine slept.
    Forward(SignedDuration),
    /// There was no check for this long: the process was stopped.
    Stopped(SignedDuration),
    /// It was set back recently: work in flight at that time may have scheduled something since the last check.
    Settling,
}

/// When the clock was set back, and when that was last reported, in monotonic time.
#[derive(Clone, Copy, Debug)]
struct SetBack {
    at: Duration,
    reported: Duration,
}

#[derive(Clone, Copy, Debug)]
struct ClockReading {
    wall: Timestamp,
    steady: Duration,
}

/// The largest difference that is not a jump. Chosen by hand: ntpd steps the clock from 128 ms on and slews it below
/// that.
const TOLERANCE: SignedDuration = SignedDuration::from_millis(100);

/// The largest error of a slewed clock, as one part in so many of the elapsed time: twice the limit of Linux (500 ppm,
/// adjtimex(2)).
const SLEW: i32 = 1_000;

/// Without a check for this long, the process was stopped. Chosen by hand: every loop checks within 5 s.
const STOPPED_AFTER: SignedDuration = SignedDuration::from_mins(1);

/// How long work in flight may still use times from before the clock was set back. Chosen by hand: longer than a visit
/// or the wait for an item's page.
const SETTLING_TIME: Duration = Duration::from_secs(180);

/// The time between two [`ClockJump::Settling`]. Chosen by hand.
const SETTLING_INTERVAL: Duration = Duration::from_secs(5);

/// The longest time between reading the two clocks for the readings to count as simultaneous. Chosen by hand.
const SIMULTANEOUS: Duration = Duration::from_millis(10);

/// The most attempts at simultaneous readings. Chosen by hand.
const MAX_READS: u32 = 8;

impl JumpDetector {
    /// A detector whose last check is now.
    #[must_use]
    pub fn new(clock: &Clock) -> Self {
        Self { clock: clock.clone(), last: read(clock), set_back: None }
    }

    /// Returns the discontinuity since the last check; none if the clock ran normally.
    pub(crate) fn look(&mut self) -> Option<ClockJump> {
        let now = read(&self.clock);
        let jump = between(self.last, now);
        self.last = now;
        if matches!(jump, Some(ClockJump::Back(_))) {
            self.set_back = Some(SetBack { at: now.steady, reported: now.steady });
        }
        jump.or_else(|| self.reminder(now.steady))
    }

    fn reminder(&mut self, steady: Duration) -> Option<ClockJump> {
        let set_back = self.set_back.as_mut()?;
        if steady.saturating_sub(set_back.reported) < SETTLING_INTERVAL {
            return None;
        }
        set_back.reported = steady;
        if steady.saturating_sub(set_back.at) > SETTLING_TIME {
            self.set_back = None;
        }
        Some(ClockJump::Settling)
    }
}

fn read(clock: &Clock) -> ClockReading {
    let mut reading = ClockReading { steady: clock.steady(), wall: clock.now() };
    for _ in 0..MAX_READS {
        if clock.steady().saturating_sub(reading.steady) <= SIMULTANEOUS {
            break;
        }
        // Another process ran in between, which must not look like a jump.
        reading = ClockReading { steady: clock.steady(), wall: clock.now() };
    }
    reading
}

fn between(last: ClockReading, now: ClockReading) -> Option<ClockJump> {
    let wall = now.wall.duration_since(last.wall);
    let steady = SignedDuration::try_from(now.steady.saturating_sub(last.steady)).unwrap_or(SignedDuration::MAX);
    let by = wall.saturating_sub(steady);
    let tolerance = TOLERANCE + steady / SLEW;
    if by < -tolerance {
        Some(ClockJump::Back(-by))
    } else if by > tolerance {
        Some(ClockJump::Forward(by))
    } else {
        (steady > STOPPED_AFTER).then_some(ClockJump::Stopped(steady))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour() -> SignedDuration {
        SignedDuration::from_hours(1)
    }

    #[test]
    fn a_clock_change_is_reported_once() {
        let (clock, handle) = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        let mut detector = JumpDetector::new(&clock);
        assert_eq!(detector.look(), None);
        handle.advance(SignedDuration::from_secs(5));
        assert_eq!(detector.look(), None);
        handle.set_by(-hour());
        assert_eq!(detector.look(), Some(ClockJump::Back(hour())));
        assert_eq!(detector.look(), None);
        handle.set_by(hour() * 24);
        handle.advance(SignedDuration::from_secs(5));
        assert_eq!(detector.look(), Some(ClockJump::Forward(hour() * 24)));
    }

    #[test]
    fn the_detector_reports_settling_after_the_clock_was_set_back() {
        let (clock, handle) = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        let mut detector = JumpDetector::new(&clock);
        handle.set_by(-hour());
        assert_eq!(detector.look(), Some(ClockJump::Back(hour())));
        let reminders = (0..600).filter(|_| {
            handle.advance(SignedDuration::from_secs(1));
            detector.look() == Some(ClockJump::Settling)
        });
        assert_eq!(reminders.count(), 37);
    }

    #[test]
    fn a_slewed_clock_is_not_a_jump() {
        let (clock, handle) = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        let mut detector = JumpDetector::new(&clock);
        for _ in 0..1_000 {
            handle.advance(SignedDuration::from_secs(5));
            handle.set_by(SignedDuration::from_micros(-2_500));
            assert_eq!(detector.look(), None);
        }
    }

    #[test]
    fn a_stopped_process_is_detected() {
        let (clock, handle) = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        let mut detector = JumpDetector::new(&clock);
        handle.advance(hour() * 8);
        assert_eq!(detector.look(), Some(ClockJump::Stopped(hour() * 8)));
    }

    #[test]
    fn fifty_years_either_way_do_not_overflow() {
        let (clock, handle) = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        let mut detector = JumpDetector::new(&clock);
        let years = hour() * (24 * 366 * 50);
        handle.set_by(years);
        assert_eq!(detector.look(), Some(ClockJump::Forward(years)));
        handle.set_by(-years);
        assert_eq!(detector.look(), Some(ClockJump::Back(years)));
    }
}
