//! Decides whether an alert leaves alone or waits for a digest.

use jiff::Timestamp;

use super::{after_quiet, leaves_at};
use crate::alert::digest::DigestReason;
use crate::channel::{Channel, SendSchedule};

/// How an alert leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Departure {
    /// As a delivery of its own, at this instant.
    Alone(Timestamp),
    /// In a digest that closes at this instant.
    Gathered(DigestReason, Timestamp),
}

/// How an alert that is made at `now` leaves. `flood` is when the digest of a flood closes, if its visit was one.
///
/// An urgent alert ignores slots and quiet hours. In a flood it is part of the digest, which leaves at once.
#[must_use]
pub(crate) fn departure(channel: &Channel, urgent: bool, flood: Option<Timestamp>, now: Timestamp) -> Departure {
    let leaves = leaves_at(channel, urgent, now);
    if !urgent && channel.send != SendSchedule::AtOnce {
        Departure::Gathered(DigestReason::Schedule, leaves)
    } else if leaves > now {
        Departure::Gathered(DigestReason::Quiet, leaves)
    } else {
        flood.map_or(Departure::Alone(leaves), |closes| Departure::Gathered(DigestReason::Flood, closes))
    }
}

/// When an event, or a digest that has been made, leaves at the earliest: slots do not delay it, quiet hours do.
#[must_use]
pub(crate) fn message_leaves_at(channel: &Channel, urgent: bool, now: Timestamp) -> Timestamp {
    let quiet = channel.quiet.filter(|_| !urgent);
    quiet.map_or(now, |quiet| after_quiet(quiet, &channel.timezone, now))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, channel};
    use super::*;

    #[test]
    fn urgent_alerts_pass_slots_and_quiet_hours_and_join_a_flood() {
        let now: Timestamp = "2026-11-21T20:05:03Z".parse().unwrap();
        let daily = channel("Asia/Riyadh", SendSchedule::Daily(at("08:00")), None);
        let slot = "2026-11-22T05:00:00Z".parse().unwrap();
        assert_eq!(departure(&daily, false, None, now), Departure::Gathered(DigestReason::Schedule, slot));
        assert_eq!(departure(&daily, false, Some(now), now), Departure::Gathered(DigestReason::Schedule, slot));
        assert_eq!(departure(&daily, true, None, now), Departure::Alone(now));
        assert_eq!(departure(&daily, true, Some(now), now), Departure::Gathered(DigestReason::Flood, now));
        let night = channel("Asia/Riyadh", SendSchedule::AtOnce, Some(("22:00", "06:00")));
        let morning = "2026-11-22T03:00:00Z".parse().unwrap();
        assert_eq!(departure(&night, false, Some(now), now), Departure::Gathered(DigestReason::Quiet, morning));
        assert_eq!(departure(&night, true, None, now), Departure::Alone(now));
        assert_eq!(departure(&night, false, None, morning), Departure::Alone(morning));
    }

    #[test]
    fn events_wait_for_no_slot() {
        let now: Timestamp = "2026-11-21T20:05:03Z".parse().unwrap();
        let daily = channel("Asia/Riyadh", SendSchedule::Daily(at("08:00")), None);
        assert_eq!(message_leaves_at(&daily, false, now), now);
        let night = channel("Asia/Riyadh", SendSchedule::Daily(at("08:00")), Some(("22:00", "06:00")));
        assert_eq!(message_leaves_at(&night, false, now).to_string(), "2026-11-22T03:00:00Z");
        assert_eq!(message_leaves_at(&night, true, now), now);
    }
}
