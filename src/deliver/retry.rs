//! Decides when a delivery is retried, and when it fails permanently.
//!
//! Webhooks follow the schedule of the Standard Webhooks specification. A mail relay is asked less often, because
//! greylisting and full mailboxes last minutes to hours. The jitter is derived from the delivery's id, so that a
//! thousand deliveries that failed together do not return together, and tests can state exact times.

use jiff::{SignedDuration, Timestamp};

use crate::alert::{DeliveryFate, DeliveryId, FailureScope, Outcome, Reason};
use crate::channel::ChannelKind;
use crate::clock::later;

/// The pause after each attempt at a webhook, a terminal or a file, in seconds: 5 s, 5 m, 30 m, 2 h, 5 h, 10 h,
/// 14 h, 20 h, 24 h. Ten attempts in 75 h 35 m.
const STANDARD: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// The pause after each attempt at a mailbox, in seconds: 7.5 m, 15 m, 30 m, 1 h, 2 h, 4 h, 8 h, 16 h. Nine attempts.
const MAIL: [i64; 8] = [450, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 57_600];

/// No second attempt leaves sooner than this after the first one ended: a repeat within seconds may cross the late
/// answer to the first. Receivers are promised 5 s (docs/payloads.md) and measure from the arrival of one request to
/// that of the next; the half second covers a first request that arrives late (chosen by hand).
pub(crate) const SOONEST: SignedDuration = SignedDuration::from_millis(5_500);

/// The shortest pause after a receiver that is overloaded or did not answer. Chosen by hand.
const AFTER_OVERLOAD: SignedDuration = SignedDuration::from_secs(60);

/// The longest pause that a receiver may ask for, if twice our own pause is shorter. Chosen by hand.
const ASKED_AT_MOST: SignedDuration = SignedDuration::from_hours(1);

/// The longest pause that a receiver may ask for after any attempt: twice our longest own pause, with its jitter.
pub(crate) const LONGEST_ASKED: SignedDuration = SignedDuration::from_secs(STANDARD[STANDARD.len() - 1] * 2 * 12 / 10);

/// How long a recipient that its relay refuses for good gets no mail. A week: relays watch how often a sender tries
/// mailboxes that do not exist, and a mistake in an address is rarely mended sooner without an operator, who can resume.
pub(crate) const REFUSED_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The longest pause between two attempts at the probe of a channel whose circuit is open.
const PROBE_AT_MOST: SignedDuration = SignedDuration::from_hours(1);

/// The number of attempts of a delivery on this kind of channel.
///
/// ```
/// use marsad::channel::ChannelKind;
///
/// assert_eq!(marsad::deliver::retry::attempts(&ChannelKind::Print), 10);
/// ```
#[must_use]
pub fn attempts(kind: &ChannelKind) -> u32 {
    u32::try_from(pauses(kind).len()).map_or(u32::MAX, |pauses| pauses + 1)
}

/// An attempt's place in the schedule of its delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RetryStep {
    /// The automatic attempt with this number, from 1.
    Automatic(u32),
    /// An attempt by hand. It uses up no automatic attempt.
    ByHand {
        /// How many automatic attempts there were before it.
        automatic: u32,
        /// When the next automatic attempt is due.
        scheduled: Timestamp,
    },
    /// An attempt at the probe of an open circuit, after so many that failed. It uses up no automatic attempt.
    Probe(u32),
}

impl RetryStep {
    /// The step after `attempts` attempts, of which `by_hand` were made by hand. `scheduled` is the time of the next
    /// automatic attempt while a retry by hand waits.
    #[must_use]
    pub(crate) fn after(attempts: u32, by_hand: u32, scheduled: Option<Timestamp>) -> Self {
        let automatic = attempts.saturating_sub(by_hand);
        scheduled.map_or(Self::Automatic(automatic + 1), |scheduled| Self::ByHand { automatic, scheduled })
    }

    /// When the next attempt is due if the process dies during this one; see [`next`].
    #[must_use]
    pub(crate) fn next(self, kind: &ChannelKind, id: &DeliveryId, now: Timestamp) -> Timestamp {
        match self {
            Self::Automatic(number) => next(number, kind, id, now),
            Self::ByHand { scheduled, .. } => scheduled.max(soonest(now)),
            Self::Probe(before) => later(now, probe_pause(before + 1, kind, id)),
        }
    }

    /// What happens to the delivery `id` after this attempt ended with `outcome` at `now`. After an attempt by hand
    /// that failed, the next one is at its scheduled time.
    #[must_use]
    pub(crate) fn fate(self, outcome: &Outcome, kind: &ChannelKind, id: &DeliveryId, now: Timestamp) -> DeliveryFate {
        match (self, outcome) {
            (Self::Automatic(number), _) => fate(number, outcome, kind, id, now),
            (Self::ByHand { automatic, scheduled }, Outcome::Failed { reason, after })
                if scheduled > now || automatic < attempts(kind) =>
            {
                DeliveryFate::Again(scheduled.max(later(now, wait(SOONEST, reason, *after))))
            }
            (Self::ByHand { automatic, .. }, _) => fate(automatic, outcome, kind, id, now),
            (Self::Probe(before), Outcome::Failed { .. }) => {
                DeliveryFate::Again(probe(before + 1, outcome, kind, id, now))
            }
            (Self::Probe(_), _) => fate(1, outcome, kind, id, now),
        }
    }
}

/// When a probe is attempted after `failed` attempts at probes, of which the last ended with `outcome`: by the schedule
/// of a delivery, but at least hourly.
#[must_use]
pub(crate) fn probe(failed: u32, outcome: &Outcome, kind: &ChannelKind, id: &DeliveryId, now: Timestamp) -> Timestamp {
    let base = probe_pause(failed, kind, id);
    later(now, if let Outcome::Failed { reason, after } = outcome { wait(base, reason, *after) } else { base })
}

/// The pause after `failed` attempts at probes; before the first of them it is that of a first retry.
fn probe_pause(failed: u32, kind: &ChannelKind, id: &DeliveryId) -> SignedDuration {
    pause(failed.saturating_add(1), kind, id).unwrap_or(PROBE_AT_MOST).min(PROBE_AT_MOST)
}

/// The longest time by which a receiver's wish, or our own schedule, can delay the attempt after attempt `number`.
#[must_use]
pub(crate) fn longest(number: u32, kind: &ChannelKind, id: &DeliveryId) -> SignedDuration {
    pause(number, kind, id).unwrap_or(AFTER_OVERLOAD).saturating_mul(2).max(ASKED_AT_MOST)
}

/// When attempt `number + 1` is due if the process dies during attempt `number`, counted from 1. It is stored before
/// attempt `number` leaves; after the last attempt it says when to repeat one whose outcome is unknown.
#[must_use]
pub fn next(number: u32, kind: &ChannelKind, id: &DeliveryId, now: Timestamp) -> Timestamp {
    later(now, pause(number, kind, id).unwrap_or(AFTER_OVERLOAD))
}

/// The earliest repeat of an attempt whose request left at an unknown time before `now`.
#[must_use]
pub fn soonest(now: Timestamp) -> Timestamp {
    later(now, SOONEST)
}

/// When a manual retry at `now` leaves, if the last attempt ended at `ended`. A clock that was set back since then does
/// not make it wait longer than any repeat.
#[must_use]
pub(crate) fn by_hand(ended: Option<Timestamp>, now: Timestamp) -> Timestamp {
    ended.map_or(now, |ended| soonest(ended).clamp(now, soonest(now)))
}

/// What happens to the delivery `id` after attempt `number`, counted from 1, ended with `outcome` at `now`.
#[must_use]
pub(crate) fn fate(
    number: u32,
    outcome: &Outcome,
    kind: &ChannelKind,
    id: &DeliveryId,
    now: Timestamp,
) -> DeliveryFate {
    match outcome {
        Outcome::Delivered { .. } => DeliveryFate::Delivered,
        // The channel is disabled: the delivery is held.
        Outcome::Rejected { reason } if reason.scope == FailureScope::Receiver => DeliveryFate::Again(soonest(now)),
        Outcome::Rejected { .. } => DeliveryFate::Dead,
        Outcome::Failed { reason, after } => {
            let Some(base) = pause(number, kind, id) else { return DeliveryFate::Dead };
            DeliveryFate::Again(later(now, wait(base, reason, *after)))
        }
    }
}

fn wait(base: SignedDuration, reason: &Reason, asked: Option<SignedDuration>) -> SignedDuration {
    let most = base.saturating_mul(2).max(ASKED_AT_MOST);
    let wait = asked.map_or(base, |asked| asked.clamp(base, most));
    if is_overload(reason) { wait.max(AFTER_OVERLOAD) } else { wait }
}

fn is_overload(reason: &Reason) -> bool {
    reason.class == "timeout" || matches!(reason.status, Some(429 | 502 | 504))
}

fn pauses(kind: &ChannelKind) -> &'static [i64] {
    match kind {
        ChannelKind::Email { .. } => &MAIL,
        _ => &STANDARD,
    }
}

/// The pause after attempt `number`, with its jitter; `None` after the last.
fn pause(number: u32, kind: &ChannelKind, id: &DeliveryId) -> Option<SignedDuration> {
    let index = usize::try_from(number.max(1) - 1).ok()?;
    let seconds = *pauses(kind).get(index)?;
    let millis = seconds * jitter(number, id) / 10;
    Some(SignedDuration::from_millis(millis).max(SOONEST))
}

/// Between 8,000 and 12,000 ten-thousandths, always the same for one attempt of one delivery.
fn jitter(number: u32, id: &DeliveryId) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(id.as_str().as_bytes());
    hasher.update(&number.to_le_bytes());
    let hash = hasher.finalize();
    let bytes = hash.as_bytes();
    8_000 + i64::from(u16::from_le_bytes([bytes[0], bytes[1]]) % 4_001)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> DeliveryId {
        DeliveryId::from_stored("msg_0123456789abcdefghjkmnpqrs".to_owned())
    }

    fn mail() -> ChannelKind {
        ChannelKind::Email { to: vec!["desk@example.org".parse().unwrap()] }
    }

    fn failed(class: &str, status: Option<u16>, after: Option<SignedDuration>) -> Outcome {
        Outcome::Failed { reason: Reason { class: class.to_owned(), status, ..Reason::default() }, after }
    }

    fn waited(number: u32, kind: &ChannelKind, outcome: &Outcome) -> Option<SignedDuration> {
        match fate(number, outcome, kind, &id(), Timestamp::UNIX_EPOCH) {
            DeliveryFate::Again(at) => Some(at.duration_since(Timestamp::UNIX_EPOCH)),
            _ => None,
        }
    }

    #[test]
    fn ten_attempts_follow_the_schedule_within_a_fifth_and_then_the_delivery_is_dead() {
        let outcome = failed("status", Some(500), None);
        for (index, seconds) in STANDARD.iter().enumerate() {
            let number = u32::try_from(index).unwrap() + 1;
            let millis = waited(number, &ChannelKind::Print, &outcome).unwrap().as_millis();
            let (least, most) = (i128::from(seconds * 800).max(5_000), i128::from(seconds * 1_200));
            assert!((least..=most).contains(&millis), "attempt {number}: {millis} ms");
        }
        assert_eq!(waited(10, &ChannelKind::Print, &outcome), None);
        assert_eq!(fate(10, &outcome, &ChannelKind::Print, &id(), Timestamp::UNIX_EPOCH), DeliveryFate::Dead);
        assert_eq!(STANDARD.iter().sum::<i64>(), 75 * 3_600 + 35 * 60 + 5);
        assert_eq!(attempts(&ChannelKind::Print), 10);
    }

    #[test]
    fn jitter_belongs_to_the_delivery_and_the_attempt() {
        let seen: Vec<i64> = (1..=4).map(|number| jitter(number, &id())).collect();
        assert_eq!(seen, (1..=4).map(|number| jitter(number, &id())).collect::<Vec<_>>());
        assert!(seen.windows(2).any(|pair| pair[0] != pair[1]));
        let other = DeliveryId::from_stored("msg_other".to_owned());
        assert_ne!((1..=4).map(|number| jitter(number, &other)).collect::<Vec<_>>(), seen);
    }

    #[test]
    fn the_wish_of_a_receiver_is_limited_to_our_own_bounds() {
        let base = pause(2, &ChannelKind::Print, &id()).unwrap();
        let hour = SignedDuration::from_hours(1);
        for (asked, expected) in [
            (SignedDuration::from_secs(1), base),
            (SignedDuration::from_secs(-120), base),
            (SignedDuration::from_secs(1_000), SignedDuration::from_secs(1_000)),
            (SignedDuration::from_secs(1_000_000_000_000), hour),
            (SignedDuration::MAX, hour),
            (SignedDuration::MIN, base),
        ] {
            let outcome = failed("status", Some(503), Some(asked));
            assert_eq!(waited(2, &ChannelKind::Print, &outcome), Some(expected), "asked for {asked:?}");
        }
        let late = pause(5, &ChannelKind::Print, &id()).unwrap();
        let outcome = failed("status", Some(503), Some(SignedDuration::MAX));
        assert_eq!(waited(5, &ChannelKind::Print, &outcome), Some(late * 2));
    }

    #[test]
    fn an_overloaded_receiver_gets_a_pause_of_a_minute() {
        let minute = SignedDuration::from_secs(60);
        for (class, status) in [("timeout", None), ("status", Some(429)), ("status", Some(502)), ("status", Some(504))]
        {
            assert_eq!(waited(1, &ChannelKind::Print, &failed(class, status, None)), Some(minute));
        }
        let quick = waited(1, &ChannelKind::Print, &failed("status", Some(500), None)).unwrap();
        assert!(quick < SignedDuration::from_secs(7) && quick >= SOONEST);
    }

    #[test]
    fn a_manual_retry_keeps_the_pause_and_no_clock_extends_it() {
        let now = Timestamp::from_second(1_800_000_000).unwrap();
        assert_eq!(by_hand(None, now), now);
        assert_eq!(by_hand(Some(later(now, SignedDuration::from_mins(-1))), now), now);
        assert_eq!(
            by_hand(Some(later(now, SignedDuration::from_secs(-2))), now),
            later(now, SOONEST - SignedDuration::from_secs(2))
        );
        assert_eq!(by_hand(Some(later(now, SignedDuration::from_hours(1))), now), later(now, SOONEST));
        assert!(soonest(now).duration_since(now) > SignedDuration::from_secs(5));
    }

    #[test]
    fn a_mailbox_has_nine_attempts_in_minutes_to_hours() {
        let outcome = failed("smtp", Some(451), None);
        let first = waited(1, &mail(), &outcome).unwrap().as_secs();
        assert!((360..=540).contains(&first), "{first}");
        let last = waited(8, &mail(), &outcome).unwrap().as_secs();
        assert!((46_080..=69_120).contains(&last), "{last}");
        assert_eq!(waited(9, &mail(), &outcome), None);
    }

    #[test]
    fn an_attempt_by_hand_uses_up_no_attempt_and_delays_none() {
        let (now, kind) = (Timestamp::UNIX_EPOCH, ChannelKind::Print);
        let fate = |step: RetryStep, outcome: &Outcome| step.fate(outcome, &kind, &id(), now);
        let (error, busy) = (failed("status", Some(500), None), failed("status", Some(429), None));
        let planned = later(now, SignedDuration::from_mins(4));
        let early = RetryStep::after(2, 0, Some(planned));
        assert_eq!(fate(early, &error), DeliveryFate::Again(planned));
        assert_eq!(early.next(&kind, &id(), now), planned);
        let missed = RetryStep::after(2, 0, Some(now));
        assert_eq!(fate(missed, &error), DeliveryFate::Again(soonest(now)));
        assert_eq!(fate(missed, &busy), DeliveryFate::Again(later(now, AFTER_OVERLOAD)));
        // Eleven by hand leave the schedule where it was.
        assert_eq!(RetryStep::after(13, 11, None), RetryStep::Automatic(3));
        assert_eq!(fate(RetryStep::after(13, 11, Some(planned)), &error), DeliveryFate::Again(planned));
        // A delivery that had all its attempts is dead again.
        assert_eq!(fate(RetryStep::after(10, 0, Some(now)), &error), DeliveryFate::Dead);
        assert_eq!(fate(early, &Outcome::Rejected { reason: Reason::default() }), DeliveryFate::Dead);
        assert_eq!(fate(early, &Outcome::Delivered { status: None }), DeliveryFate::Delivered);
    }

    #[test]
    fn a_permanent_refusal_is_not_retried() {
        let outcome = Outcome::Rejected { reason: Reason::default() };
        assert_eq!(fate(1, &outcome, &mail(), &id(), Timestamp::UNIX_EPOCH), DeliveryFate::Dead);
        let outcome = Outcome::Delivered { status: Some(204) };
        assert_eq!(fate(3, &outcome, &mail(), &id(), Timestamp::UNIX_EPOCH), DeliveryFate::Delivered);
    }

    #[test]
    fn the_end_of_time_does_not_overflow() {
        let outcome = failed("status", Some(500), Some(SignedDuration::MAX));
        assert_eq!(fate(9, &outcome, &ChannelKind::Print, &id(), Timestamp::MAX), DeliveryFate::Again(Timestamp::MAX));
        assert!(next(u32::MAX, &ChannelKind::Print, &id(), Timestamp::UNIX_EPOCH) > Timestamp::UNIX_EPOCH);
    }
}
