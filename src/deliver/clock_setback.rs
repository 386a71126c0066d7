//! Decides when a delivery is due after the clock was set back.
//!
//! A time that was planned by a clock ahead of the present one would wait until the clock catches up. Instead the
//! delivery waits as long as planned, counted from now: a retry for its own pause, a first attempt for its channel's
//! slot.

use jiff::{SignedDuration, Timestamp};

use super::{retry, slot};
use crate::channel::Channel;
use crate::clock::later;
use crate::store::DeliveryAhead;

/// When this delivery is due by a clock that shows `now`: never later than planned.
#[must_use]
pub(crate) fn due(channel: &Channel, ahead: &DeliveryAhead, now: Timestamp) -> Timestamp {
    if ahead.attempts == 0 {
        return ahead.due.min(slot::leaves_at(channel, ahead.urgent, now));
    }
    let longest = retry::longest(ahead.attempts, &channel.kind, &ahead.id);
    let pause = match ahead.due.duration_since(ahead.planned_at) {
        // It was planned at an instant in the future.
        pause if ahead.planned_at > now && pause > SignedDuration::ZERO => pause.min(longest),
        _ => longest,
    };
    ahead.due.min(later(now, pause.max(retry::SOONEST)))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::alert::DeliveryId;
    use crate::channel::{ChannelId, ChannelKind, SendSchedule};
    use crate::text::lang::Lang;

    const NOW: &str = "2026-11-21T12:00:00Z";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn channel(send: SendSchedule) -> Channel {
        Channel {
            id: ChannelId::new("desk"),
            kind: ChannelKind::Print,
            send,
            quiet: None,
            lang: Lang::parse("en").unwrap(),
            max_in_flight: 1,
            timezone: TimeZone::UTC,
        }
    }

    fn ahead(attempts: u32, planned_at: &str, due: &str) -> DeliveryAhead {
        let id = DeliveryId::from_stored("msg_0123456789abcdefghjkmnpqrs".to_owned());
        DeliveryAhead { number: 1, id, urgent: false, attempts, planned_at: at(planned_at), due: at(due) }
    }

    #[test]
    fn a_retry_waits_its_own_pause_from_now() {
        for (why, ahead, expected) in [
            ("an hour back", ahead(2, "2026-11-21T13:00:00Z", "2026-11-21T13:05:00Z"), "2026-11-21T12:05:00Z"),
            (
                "a day forward and back",
                ahead(1, "2026-11-22T12:00:00Z", "2026-11-22T12:00:05Z"),
                "2026-11-21T12:00:05.5Z",
            ),
            ("fifty years back", ahead(4, "2076-11-21T12:00:00Z", "2076-11-21T14:00:00Z"), "2026-11-21T14:00:00Z"),
            (
                "never sooner than 5 s",
                ahead(1, "2026-11-21T13:00:00Z", "2026-11-21T13:00:01Z"),
                "2026-11-21T12:00:05.5Z",
            ),
            ("not set at all", ahead(4, "2026-11-21T11:59:00Z", "2026-11-21T13:59:00Z"), "2026-11-21T13:59:00Z"),
        ] {
            assert_eq!(due(&channel(SendSchedule::AtOnce), &ahead, at(NOW)), at(expected), "{why}");
        }
    }

    #[test]
    fn a_planned_manual_retry_waits_no_longer_than_its_step_can_last() {
        let by_hand = ahead(1, "2026-11-21T11:00:00Z", "2026-12-21T12:00:00Z");
        assert_eq!(due(&channel(SendSchedule::AtOnce), &by_hand, at(NOW)), at("2026-11-21T13:00:00Z"));
    }

    #[test]
    fn a_first_attempt_waits_for_the_slot_of_its_channel() {
        let first = ahead(0, "2026-11-24T10:00:00Z", "2026-11-25T08:00:00Z");
        assert_eq!(
            due(&channel(SendSchedule::Daily("08:00".parse().unwrap())), &first, at(NOW)),
            at("2026-11-22T08:00:00Z")
        );
        assert_eq!(due(&channel(SendSchedule::AtOnce), &first, at(NOW)), at(NOW));
        let soon = ahead(0, "2026-11-21T11:00:00Z", "2026-11-22T08:00:00Z");
        assert_eq!(
            due(&channel(SendSchedule::Daily("08:00".parse().unwrap())), &soon, at(NOW)),
            at("2026-11-22T08:00:00Z")
        );
    }
}
