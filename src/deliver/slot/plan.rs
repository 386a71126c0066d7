//! Plans when the slots of a channel close.

use jiff::{SignedDuration, Timestamp};

use super::leaves_at;
use crate::alert::digest::GROUP_PAUSE;
use crate::channel::{Channel, SendSchedule};
use crate::clock::later;

/// When the next slot of a channel closes, and by which schedule that was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SlotPlan {
    /// `send`, `quiet` and the timezone.
    pub(crate) schedule: String,
    /// When the slot closes; none if the channel sends at once.
    pub(crate) closes_at: Option<Timestamp>,
}

/// The alerts of a channel that wait for a digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WaitingEntries {
    /// When the first of their digests closes.
    pub(crate) first: Timestamp,
    /// When the last digest of a flood or beyond the limit of mails closes; none without one.
    pub(crate) last_short: Option<Timestamp>,
}

/// What to do about the digests of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SlotStep {
    /// Nothing is due.
    Wait,
    /// Save this plan: alerts that wait for a slot or the end of quiet hours now wait until this instant.
    Replan(SlotPlan, Timestamp),
    /// Close what is due, and the slot if it has come; then this plan holds.
    Close {
        /// When the slot should have closed; none if it has not come.
        slot: Option<Timestamp>,
        /// The next slot.
        next: SlotPlan,
    },
}

/// The step that is due at `now`. A slot that has come closes first, even if the schedule has changed since, so that a
/// slot missed while marsad did not run is made up for once.
#[must_use]
pub(crate) fn step(
    channel: &Channel,
    plan: Option<&SlotPlan>,
    waiting: Option<WaitingEntries>,
    now: Timestamp,
) -> SlotStep {
    let schedule = schedule(channel);
    let leaves = leaves_at(channel, false, now);
    let planned = |leaves: Timestamp| SlotPlan {
        schedule: schedule.clone(),
        closes_at: (channel.send != SendSchedule::AtOnce).then_some(leaves),
    };
    let replan = || SlotStep::Replan(planned(leaves), leaves);
    let Some(plan) = plan else { return replan() };
    match plan.closes_at {
        Some(closes) if closes <= now => {
            let next = planned(leaves_at(channel, false, later(now, SignedDuration::from_micros(1))));
            return SlotStep::Close { slot: Some(closes), next };
        }
        // After the clock was set back, the next slot is earlier than planned.
        Some(closes) if closes > leaves => return replan(),
        _ if plan.schedule != schedule => return replan(),
        _ => {}
    }
    match waiting {
        Some(waiting) if waiting.is_due(now) => SlotStep::Close { slot: None, next: plan.clone() },
        _ => SlotStep::Wait,
    }
}

/// The instant after which no digest of a flood or beyond the limit closes, unless the clock was set back since.
#[must_use]
pub(crate) fn latest_short(now: Timestamp) -> Timestamp {
    later(now, GROUP_PAUSE)
}

impl WaitingEntries {
    fn is_due(&self, now: Timestamp) -> bool {
        self.first <= now || self.last_short.is_some_and(|last| last > latest_short(now))
    }
}

/// The schedule of a channel in words.
fn schedule(channel: &Channel) -> String {
    let send = match &channel.send {
        SendSchedule::AtOnce => "at-once".to_owned(),
        SendSchedule::Every(length) => format!("every {length:#}"),
        SendSchedule::Daily(time) => format!("daily {time}"),
        SendSchedule::Weekly(day, time) => format!("weekly {day:?} {time}"),
    };
    let quiet = channel.quiet.map(|quiet| format!(" quiet {}-{}", quiet.from, quiet.to)).unwrap_or_default();
    format!("{send}{quiet} {}", channel.timezone.iana_name().unwrap_or("UTC"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, channel};
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn daily(hour: &str) -> Channel {
        channel("UTC", SendSchedule::Daily(at(hour)), None)
    }

    fn planned(channel: &Channel, closes: &str) -> SlotPlan {
        SlotPlan { schedule: schedule(channel), closes_at: Some(time(closes)) }
    }

    #[test]
    fn a_missed_slot_closes_once_and_the_next_one_is_planned() {
        let (channel, now) = (daily("08:00"), time("2026-11-24T09:30:00Z"));
        let plan = planned(&channel, "2026-11-21T08:00:00Z");
        let next = planned(&channel, "2026-11-25T08:00:00Z");
        let slot = Some(time("2026-11-21T08:00:00Z"));
        assert_eq!(step(&channel, Some(&plan), None, now), SlotStep::Close { slot, next: next.clone() });
        assert_eq!(step(&channel, Some(&next), None, now), SlotStep::Wait);
        let on_time = time("2026-11-25T08:00:00Z");
        let next = planned(&channel, "2026-11-26T08:00:00Z");
        let plan = planned(&channel, "2026-11-25T08:00:00Z");
        assert_eq!(step(&channel, Some(&plan), None, on_time), SlotStep::Close { slot: Some(on_time), next });
    }

    #[test]
    fn a_new_schedule_plans_anew_and_at_once_lets_everything_go() {
        let (now, waiting) = (time("2026-11-21T10:00:00Z"), time("2026-11-22T08:00:00Z"));
        let plan = planned(&daily("08:00"), "2026-11-22T08:00:00Z");
        let waiting = Some(WaitingEntries { first: waiting, last_short: None });
        let evening = daily("18:00");
        let at_six = time("2026-11-21T18:00:00Z");
        let replanned = SlotStep::Replan(planned(&evening, "2026-11-21T18:00:00Z"), at_six);
        assert_eq!(step(&evening, Some(&plan), waiting, now), replanned);
        let direct = channel("UTC", SendSchedule::AtOnce, None);
        let none = SlotPlan { schedule: schedule(&direct), closes_at: None };
        assert_eq!(step(&direct, Some(&plan), waiting, now), SlotStep::Replan(none.clone(), now));
        assert_eq!(step(&direct, Some(&none), waiting, now), SlotStep::Wait);
        assert_eq!(step(&direct, None, None, now), SlotStep::Replan(none, now));
    }

    #[test]
    fn after_the_clock_was_set_back_nothing_waits_longer_than_its_own_time() {
        let (channel, now) = (daily("08:00"), time("2026-11-21T10:00:00Z"));
        let ahead = planned(&channel, "2076-11-22T08:00:00Z");
        let next = planned(&channel, "2026-11-22T08:00:00Z");
        assert_eq!(
            step(&channel, Some(&ahead), None, now),
            SlotStep::Replan(next.clone(), time("2026-11-22T08:00:00Z"))
        );
        let far = time("2076-11-22T08:00:00Z");
        let limit = Some(WaitingEntries { first: far, last_short: Some(far) });
        assert_eq!(step(&channel, Some(&next), limit, now), SlotStep::Close { slot: None, next: next.clone() });
    }

    #[test]
    fn a_slot_in_an_hour_that_exists_twice_closes_once() {
        // Paris, 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC.
        let channel = channel("Europe/Paris", SendSchedule::Daily(at("02:30")), None);
        let plan = planned(&channel, "2026-10-25T00:30:00Z");
        let now = time("2026-10-25T00:30:00Z");
        let next = planned(&channel, "2026-10-26T01:30:00Z");
        assert_eq!(step(&channel, Some(&plan), None, now), SlotStep::Close { slot: Some(now), next: next.clone() });
        assert_eq!(step(&channel, Some(&next), None, time("2026-10-25T01:30:00Z")), SlotStep::Wait);
    }
}
