//! Decides when a delivery may leave: at once, in its channel's slot, or after the quiet hours.
//!
//! A local time that does not exist (the clocks go forward) moves forward by the gap; of one that exists twice (they go
//! back) the first occurrence counts, so a slot runs once on every day of the year.
//!
//! `departure` decides whether an alert leaves alone or in a digest; `plan` decides when digests are made.

use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};

use crate::channel::{Channel, QuietHours, SendSchedule};

mod departure;
mod plan;

pub(crate) use departure::{Departure, departure, message_leaves_at};
pub(crate) use plan::{SlotPlan, SlotStep, WaitingEntries, latest_short, step};

/// The first moment, not before `now`, at which an alert made at `now` may leave.
#[must_use]
pub(crate) fn leaves_at(channel: &Channel, urgent: bool, now: Timestamp) -> Timestamp {
    if urgent {
        return now;
    }
    let zone = &channel.timezone;
    let slot = match &channel.send {
        SendSchedule::AtOnce => now,
        SendSchedule::Every(length) => every(*length, zone, now),
        SendSchedule::Daily(time) => on_days(*time, None, zone, now),
        SendSchedule::Weekly(day, time) => on_days(*time, Some(*day), zone, now),
    };
    channel.quiet.map_or(slot, |quiet| after_quiet(quiet, zone, slot))
}

/// The first moment, not before `now`, outside of the channel's quiet hours.
#[must_use]
pub(crate) fn after_quiet_hours(channel: &Channel, now: Timestamp) -> Timestamp {
    channel.quiet.map_or(now, |quiet| after_quiet(quiet, &channel.timezone, now))
}

/// The next multiple of `length` after local midnight; the next midnight starts a new count.
fn every(length: SignedDuration, zone: &TimeZone, now: Timestamp) -> Timestamp {
    let seconds = length.as_secs().max(1);
    let local = zone.to_datetime(now);
    let midnight = local.date().to_datetime(Time::midnight());
    let past = local.duration_since(midnight);
    let whole = past.as_secs() + i64::from(past.subsec_nanos() > 0);
    let mut count = whole.div_euclid(seconds) + i64::from(whole.rem_euclid(seconds) > 0);
    // In an hour that exists twice the first result may lie before now: the loop ends at the next midnight.
    while count.saturating_mul(seconds) < DAY {
        let offset = SignedDuration::from_secs(count * seconds);
        if let Some(at) = midnight.checked_add(offset).ok().and_then(|local| instant(local, zone))
            && at >= now
        {
            return at;
        }
        count += 1;
    }
    local.date().tomorrow().ok().and_then(|day| instant(day.to_datetime(Time::midnight()), zone)).unwrap_or(now)
}

/// The length of a day in seconds, by the wall clock.
const DAY: i64 = 86_400;

/// The next occurrence of `time` on `weekday`, or on any day.
fn on_days(time: Time, weekday: Option<Weekday>, zone: &TimeZone, now: Timestamp) -> Timestamp {
    let today = zone.to_datetime(now).date();
    (0..=7)
        .filter_map(|days| today.checked_add(days.days()).ok())
        .filter(|day: &Date| weekday.is_none_or(|weekday| day.weekday() == weekday))
        .filter_map(|day| instant(day.to_datetime(time), zone))
        .find(|at| *at >= now)
        .unwrap_or(now)
}

fn after_quiet(quiet: QuietHours, zone: &TimeZone, at: Timestamp) -> Timestamp {
    let local = zone.to_datetime(at);
    let (today, time) = (local.date(), local.time());
    let end = if quiet.from < quiet.to {
        (quiet.from <= time && time < quiet.to).then_some(today)
    } else if quiet.from == quiet.to {
        None
    } else if time >= quiet.from {
        today.tomorrow().ok()
    } else {
        (time < quiet.to).then_some(today)
    };
    // In the second pass through a doubled hour the end may have passed already: then there is nothing to wait for.
    end.and_then(|day| instant(day.to_datetime(quiet.to), zone)).map_or(at, |end| end.max(at))
}

fn instant(local: DateTime, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_ambiguous_timestamp(local).compatible().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::{ChannelId, ChannelKind};
    use crate::text::lang::Lang;

    pub(super) fn channel(zone: &str, send: SendSchedule, quiet: Option<(&str, &str)>) -> Channel {
        Channel {
            id: ChannelId::new("press"),
            kind: ChannelKind::Print,
            send,
            quiet: quiet.map(|(from, to)| QuietHours { from: from.parse().unwrap(), to: to.parse().unwrap() }),
            lang: Lang::parse("en").unwrap(),
            max_in_flight: 1,
            timezone: TimeZone::get(zone).unwrap(),
        }
    }

    fn leaves(channel: &Channel, now: &str) -> String {
        leaves_at(channel, false, now.parse().unwrap()).to_string()
    }

    pub(super) fn at(time: &str) -> Time {
        time.parse().unwrap()
    }

    #[test]
    fn at_once_is_now_and_urgent_ignores_every_slot() {
        let plain = channel("Asia/Riyadh", SendSchedule::AtOnce, None);
        assert_eq!(leaves(&plain, "2026-11-21T18:05:03Z"), "2026-11-21T18:05:03Z");
        let kept = channel("Asia/Riyadh", SendSchedule::Daily(at("08:00")), Some(("22:00", "06:00")));
        let now: Timestamp = "2026-11-21T20:05:03Z".parse().unwrap();
        assert_eq!(leaves_at(&kept, true, now), now);
    }

    #[test]
    fn a_daily_slot_is_todays_or_tomorrows() {
        let daily = channel("Asia/Riyadh", SendSchedule::Daily(at("08:00")), None);
        assert_eq!(leaves(&daily, "2026-11-21T04:59:59Z"), "2026-11-21T05:00:00Z");
        assert_eq!(leaves(&daily, "2026-11-21T05:00:00Z"), "2026-11-21T05:00:00Z");
        assert_eq!(leaves(&daily, "2026-11-21T05:00:01Z"), "2026-11-22T05:00:00Z");
    }

    #[test]
    fn a_weekly_slot_waits_for_its_day() {
        let weekly = channel("Asia/Riyadh", SendSchedule::Weekly(Weekday::Sunday, at("08:00")), None);
        assert_eq!(leaves(&weekly, "2026-11-21T18:00:00Z"), "2026-11-22T05:00:00Z");
        assert_eq!(leaves(&weekly, "2026-11-22T05:00:01Z"), "2026-11-29T05:00:00Z");
    }

    #[test]
    fn slots_are_counted_from_midnight() {
        let half = channel("Asia/Riyadh", SendSchedule::Every(SignedDuration::from_mins(30)), None);
        assert_eq!(leaves(&half, "2026-11-21T18:05:03Z"), "2026-11-21T18:30:00Z");
        assert_eq!(leaves(&half, "2026-11-21T18:30:00Z"), "2026-11-21T18:30:00Z");
        let odd = channel("Asia/Riyadh", SendSchedule::Every(SignedDuration::from_hours(7)), None);
        assert_eq!(leaves(&odd, "2026-11-21T18:30:00Z"), "2026-11-21T21:00:00Z", "midnight starts a new count");
    }

    #[test]
    fn quiet_hours_delay_and_lose_nothing() {
        let night = channel("Asia/Riyadh", SendSchedule::AtOnce, Some(("22:00", "06:00")));
        assert_eq!(leaves(&night, "2026-11-21T18:59:59Z"), "2026-11-21T18:59:59Z");
        assert_eq!(leaves(&night, "2026-11-21T19:00:00Z"), "2026-11-22T03:00:00Z");
        assert_eq!(leaves(&night, "2026-11-22T02:59:00Z"), "2026-11-22T03:00:00Z");
        assert_eq!(leaves(&night, "2026-11-22T03:00:00Z"), "2026-11-22T03:00:00Z");
        let noon = channel("Asia/Riyadh", SendSchedule::AtOnce, Some(("12:00", "14:00")));
        assert_eq!(leaves(&noon, "2026-11-21T10:00:00Z"), "2026-11-21T11:00:00Z");
        let slot = channel("Asia/Riyadh", SendSchedule::Daily(at("05:00")), Some(("22:00", "06:00")));
        assert_eq!(leaves(&slot, "2026-11-21T18:00:00Z"), "2026-11-22T03:00:00Z");
    }

    #[test]
    fn a_local_time_that_does_not_exist_moves_forward() {
        // Paris, 2026-03-29: 02:00 becomes 03:00.
        let daily = channel("Europe/Paris", SendSchedule::Daily(at("02:30")), None);
        assert_eq!(leaves(&daily, "2026-03-28T23:30:00Z"), "2026-03-29T01:30:00Z");
        let half = channel("Europe/Paris", SendSchedule::Every(SignedDuration::from_mins(30)), None);
        assert_eq!(leaves(&half, "2026-03-29T00:50:00Z"), "2026-03-29T01:00:00Z");
    }

    #[test]
    fn a_local_time_that_exists_twice_runs_once() {
        // Paris, 2026-10-25: 03:00 becomes 02:00 at 01:00 UTC.
        let daily = channel("Europe/Paris", SendSchedule::Daily(at("02:30")), None);
        assert_eq!(leaves(&daily, "2026-10-25T00:10:00Z"), "2026-10-25T00:30:00Z");
        assert_eq!(leaves(&daily, "2026-10-25T00:30:01Z"), "2026-10-26T01:30:00Z");
        let night = channel("Europe/Paris", SendSchedule::AtOnce, Some(("22:00", "02:30")));
        assert_eq!(leaves(&night, "2026-10-25T01:10:00Z"), "2026-10-25T01:10:00Z");
    }

    #[test]
    fn the_end_of_time_does_not_overflow() {
        let daily = channel("Asia/Riyadh", SendSchedule::Daily(at("00:00")), Some(("23:00", "22:59")));
        assert_eq!(leaves_at(&daily, false, Timestamp::MAX), Timestamp::MAX);
    }
}
