//! Decides which notices about a source are due: the first, one a day while the state lasts, and one at its end.

use jiff::{SignedDuration, Timestamp};

use super::Health;
use crate::alert::HealthEventKind;

/// The last notice about a state that still lasts, as far as the operator knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// The state that was reported.
    pub(crate) state: Health,
    /// When it was reported first.
    pub(crate) since: Timestamp,
    /// When it was reported last. A repeat counts from when it was due, so that notices do not move through the day.
    pub(crate) at: Timestamp,
}

/// What to report after a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DueNotice {
    /// The event.
    pub(crate) kind: HealthEventKind,
    /// True if the same was reported before.
    pub(crate) is_repeat: bool,
    /// The notice to remember; none after a recovery.
    pub(crate) notice: Option<Notice>,
}

/// How often a notice is repeated: daily.
pub(crate) const REPEAT: SignedDuration = SignedDuration::from_hours(24);

/// How early a repeat may be, because a source that is visited once a day is not visited at the same second. Chosen by
/// hand.
const EARLY: SignedDuration = SignedDuration::from_hours(1);

/// The notice that is due for a source in the state `after`; none if there is nothing to report.
#[must_use]
pub(crate) fn due(noticed: Option<Notice>, after: Health, now: Timestamp) -> Option<DueNotice> {
    match (noticed, after.reported_as()) {
        (Some(notice), Some(kind)) if notice.state == after => {
            let at = repeat(notice.at, now)?;
            Some(DueNotice { kind, is_repeat: true, notice: Some(Notice { at, ..notice }) })
        }
        (_, Some(kind)) => {
            let notice = Notice { state: after, since: now, at: now };
            Some(DueNotice { kind, is_repeat: false, notice: Some(notice) })
        }
        // One failure is no recovery.
        (Some(_), None) if after != Health::Unsteady => {
            Some(DueNotice { kind: HealthEventKind::SourceRecovered, is_repeat: false, notice: None })
        }
        _ => None,
    }
}

/// When the repeat of a notice counts as made: the last of its daily times that is reached; none if none is.
#[must_use]
pub(crate) fn repeat(last: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let passed = now.duration_since(last) + EARLY;
    let days = i32::try_from(passed.as_secs() / REPEAT.as_secs()).ok().filter(|days| *days > 0)?;
    last.checked_add(REPEAT * days).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + hour * 3_600).unwrap()
    }

    /// The events of these states, each with the hour of its visit.
    fn reported(visits: &[(i64, Health)]) -> Vec<(i64, &'static str, bool)> {
        let (mut noticed, mut events) = (None, Vec::new());
        for (hour, health) in visits {
            if let Some(due) = due(noticed, *health, at(*hour)) {
                noticed = due.notice;
                events.push((*hour, due.kind.as_str(), due.is_repeat));
            }
        }
        events
    }

    #[test]
    fn a_notice_is_repeated_every_day_until_the_source_recovers() {
        let hourly: Vec<(i64, Health)> = (0..60).map(|hour| (hour, Health::Failing)).collect();
        let end = [(60, Health::Healthy), (61, Health::Healthy)];
        assert_eq!(
            reported(&[hourly, end.to_vec()].concat()),
            [
                (0, "source.failing", false),
                (23, "source.failing", true),
                (47, "source.failing", true),
                (60, "source.recovered", false)
            ]
        );
    }

    #[test]
    fn another_state_is_another_notice_and_a_single_failure_is_none() {
        let visits = [
            (0, Health::Unsteady),
            (1, Health::Failing),
            (2, Health::Blocked),
            (3, Health::Gap),
            (4, Health::Unsteady),
            (5, Health::Silent),
            (6, Health::Changed),
        ];
        let events: Vec<&str> = reported(&visits).into_iter().map(|(_, event, _)| event).collect();
        assert_eq!(events, ["source.failing", "source.blocked", "source.recovered", "source.silent", "source.changed"]);
    }

    #[test]
    fn a_missed_repeat_is_made_once() {
        assert_eq!(repeat(at(0), at(22)), None);
        assert_eq!(repeat(at(0), at(80)), Some(at(72)));
        assert_eq!(repeat(at(0), at(-80)), None, "the clock was set back");
    }
}
