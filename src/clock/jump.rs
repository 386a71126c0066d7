//! Whether the clock was set, or the process stood still, since somebody looked last.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Clock;

/// Compares the clock with one that nobody can set. Each loop that waits for instants has its own.
#[derive(Debug)]
pub struct JumpDetector {
    clock: Clock,
    last: ClockReading,
    set_back: Option<SetBack>,
}

/// What became of the clock between two looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockJump {
    /// It was set back by this much.
    Back(SignedDuration),
    /// It was set forward by this much, or the machine slept.
    Forward(SignedDuration),
    /// Nobody looked for this long: the process was stopped.
    Stopped(SignedDuration),
    /// It was set back lately: what was in flight then may have been planned by it since the last look.
    Settling,
}

/// A clock that was set back, by the steady one.
#[derive(Clone, Copy, Debug)]
struct SetBack {
    at: Duration,
    said: Duration,
}

#[derive(Clone, Copy, Debug)]
struct ClockReading {
    wall: Timestamp,
    steady: Duration,
}

/// A difference up to this is no jump. Chosen by hand: ntpd steps the clock from 128 ms on and slews it below that.
const TOLERANCE: SignedDuration = SignedDuration::from_millis(100);

/// By how much a clock that is slewed may go wrong, as a part of the time that passed: twice what Linux allows
/// (500 ppm, adjtimex(2)).
const SLEW: i32 = 1_000;

/// A process that was not asked for this long was stopped. Chosen by hand: every loop looks within 5 s.
const STOPPED: SignedDuration = SignedDuration::from_mins(1);

/// For so long after the clock was set back, something in flight may still be planned by what it showed before. Chosen by
/// hand: longer than a visit or the wait for an item's page.
const SETTLES: Duration = Duration::from_secs(180);

/// The pause between two reminders of that.
const REMINDER: Duration = Duration::from_secs(5);

/// Two clocks are read together when no more than this passes in between; else they are read again.
const TOGETHER: Duration = Duration::from_millis(10);

impl JumpDetector {
    /// A detector that has looked now.
    #[must_use]
    pub fn new(clock: &Clock) -> Self {
        Self { clock: clock.clone(), last: read(clock), set_back: None }
    }

    /// What became of the clock since the last look; none when it went on as it should.
    pub fn look(&mut self) -> Option<ClockJump> {
        let now = read(&self.clock);
        let jump = between(self.last, now);
        self.last = now;
        if matches!(jump, Some(ClockJump::Back(_))) {
            self.set_back = Some(SetBack { at: now.steady, said: now.steady });
        }
        jump.or_else(|| self.reminder(now.steady))
    }

    fn reminder(&mut self, steady: Duration) -> Option<ClockJump> {
        let set_back = self.set_back.as_mut()?;
        if steady.saturating_sub(set_back.said) < REMINDER {
            return None;
        }
        set_back.said = steady;
        if steady.saturating_sub(set_back.at) > SETTLES {
            self.set_back = None;
        }
        Some(ClockJump::Settling)
    }
}

fn read(clock: &Clock) -> ClockReading {
    let mut reading = ClockReading { steady: clock.steady(), wall: clock.now() };
    for _ in 0..8 {
        if clock.steady().saturating_sub(reading.steady) <= TOGETHER {
            break;
        }
        // The processor was given to somebody else in between, which must not look like a jump.
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
        (steady > STOPPED).then_some(ClockJump::Stopped(steady))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour() -> SignedDuration {
        SignedDuration::from_hours(1)
    }

    #[test]
    fn a_clock_that_is_set_is_noticed_once() {
        let (clock, hands) = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        let mut detector = JumpDetector::new(&clock);
        assert_eq!(detector.look(), None);
        hands.advance(SignedDuration::from_secs(5));
        assert_eq!(detector.look(), None);
        hands.set_by(-hour());
        assert_eq!(detector.look(), Some(ClockJump::Back(hour())));
        assert_eq!(detector.look(), None);
        hands.set_by(hour() * 24);
        hands.advance(SignedDuration::from_secs(5));
        assert_eq!(detector.look(), Some(ClockJump::Forward(hour() * 24)));
    }

    #[test]
    fn for_a_while_after_the_clock_was_set_back_the_loops_look_again() {
        let (clock, hands) = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        let mut detector = JumpDetector::new(&clock);
        hands.set_by(-hour());
        assert_eq!(detector.look(), Some(ClockJump::Back(hour())));
        let reminders = (0..600).filter(|_| {
            hands.advance(SignedDuration::from_secs(1));
            detector.look() == Some(ClockJump::Settling)
        });
        assert_eq!(reminders.count(), 37);
    }

    #[test]
    fn a_clock_that_is_slewed_has_not_jumped() {
        let (clock, hands) = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        let mut detector = JumpDetector::new(&clock);
        for _ in 0..1_000 {
            hands.advance(SignedDuration::from_secs(5));
            hands.set_by(SignedDuration::from_micros(-2_500));
            assert_eq!(detector.look(), None);
        }
    }

    #[test]
    fn a_process_that_was_stopped_notices_it() {
        let (clock, hands) = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        let mut detector = JumpDetector::new(&clock);
        hands.advance(hour() * 8);
        assert_eq!(detector.look(), Some(ClockJump::Stopped(hour() * 8)));
    }

    #[test]
    fn fifty_years_either_way_do_not_overflow() {
        let (clock, hands) = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        let mut detector = JumpDetector::new(&clock);
        let years = hour() * (24 * 366 * 50);
        hands.set_by(years);
        assert_eq!(detector.look(), Some(ClockJump::Forward(years)));
        hands.set_by(-years);
        assert_eq!(detector.look(), Some(ClockJump::Back(years)));
    }
}
