//! Decides when a channel stops delivering, and when it starts again.
//!
//! A receiver that is down fails every delivery. After a few failures in a row the circuit opens: one delivery is tried
//! from time to time, and the others are held, so that none of them uses up its attempts. The first success closes the
//! circuit. A receiver that says that it is gone disables its channel, until an operator resumes it or its address
//! changes.

use jiff::{SignedDuration, Timestamp};

use crate::alert::{FailureScope, HealthEventKind, Outcome, Reason};
use crate::channel::{Channel, ChannelKind};
use crate::item::derived;

/// The failures in a row, of two deliveries or more, that open a circuit. Chosen by hand: one delivery that the receiver
/// cannot read is no reason to stop, and a receiver that restarts fails fewer times.
const FAILURES: u32 = 5;

/// How many attempts a delivery gets in turn while the circuit is open, before the next one is tried. Chosen by hand: a
/// delivery that the receiver will never accept must not keep the circuit open.
pub(crate) const ATTEMPTS_IN_TURN: u32 = 10;

/// How long a delivery is held before it fails permanently. Chosen by hand.
pub(crate) const HELD_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The most deliveries that a channel holds. Chosen by hand.
pub(crate) const MAX_HELD: usize = 10_000;

/// How often a channel that does not deliver is reported. Chosen by hand.
const REPORT_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// How long a channel must deliver before its recovery is reported, and before another failure is a new one. Chosen by
/// hand: a receiver that works every other minute is one report.
const STEADY_FOR: SignedDuration = SignedDuration::from_mins(5);

/// The length of an address's hash in characters of base 32: 20 bits tell whether it changed, and reveal nothing of it.
const ADDRESS_LENGTH: usize = 4;

/// Whether a channel delivers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum CircuitState {
    /// It delivers.
    #[default]
    Closed,
    /// It fails: one delivery is tried from time to time, the others are held.
    Open,
    /// Its receiver is gone: everything is held until an operator resumes it or its address changes.
    Disabled,
}

/// The attempts of a channel that failed in a row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FailureRun {
    /// How many.
    pub(crate) failures: u32,
    /// The delivery of the first of them.
    pub(crate) first: Option<i64>,
    /// True if another delivery failed as well.
    pub(crate) several: bool,
    /// When the first of them failed.
    pub(crate) since: Option<Timestamp>,
}

/// The circuit of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Circuit {
    /// Whether the channel delivers.
    pub state: CircuitState,
    /// The failures since the last success.
    pub(crate) run: FailureRun,
    /// When the channel stopped delivering; kept until its recovery is reported.
    pub(crate) since: Option<Timestamp>,
    /// The last failure; kept as long.
    pub(crate) reason: Option<Reason>,
    /// The delivery that is tried while the others are held.
    pub(crate) probe: Option<i64>,
    /// How many attempts at probes failed.
    pub(crate) probes: u32,
    /// The hash of the address that failed; empty while the channel delivers.
    pub(crate) address: String,
    /// When it was last reported that the channel does not deliver; none once its recovery is reported.
    pub(crate) reported_at: Option<Timestamp>,
    /// When it began to deliver again; none once that is reported.
    pub(crate) closed_at: Option<Timestamp>,
}

/// What an outcome says about the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ChannelSignal {
    Works,
    Fails,
    Misconfigured,
    Gone,
    Nothing,
}

impl CircuitState {
    /// Every state.
    pub(crate) const ALL: [Self; 3] = [Self::Closed, Self::Open, Self::Disabled];

    /// The word used in the store.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Open => "open",
            Self::Disabled => "disabled",
        }
    }

    /// Parses the word used in the store. An unknown word counts as closed: a channel must not stop because of one.
    #[must_use]
    pub(crate) fn from_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|state| state.as_str() == word).unwrap_or_default()
    }

    /// True if it holds a delivery; an open circuit lets one through that an operator waits for.
    #[must_use]
    pub(crate) fn holds(self, is_awaited: bool) -> bool {
        self == Self::Disabled || self == Self::Open && !is_awaited
    }
}

impl Circuit {
    /// The circuit after an attempt at `delivery` over `channel` ended with `outcome` at `now`.
    #[must_use]
    pub(crate) fn after(&self, outcome: &Outcome, delivery: i64, channel: &Channel, now: Timestamp) -> Self {
        let reason = match outcome {
            Outcome::Delivered { .. } => None,
            Outcome::Failed { reason, .. } | Outcome::Rejected { reason } => Some(reason.clone()),
        };
        match (self.state, signal(outcome)) {
            (_, ChannelSignal::Nothing) => self.clone(),
            (CircuitState::Disabled, ChannelSignal::Gone) => self.clone(),
            (_, ChannelSignal::Gone) => self.disabled(reason, channel, now),
            (CircuitState::Disabled, _) => self.clone(),
            (_, ChannelSignal::Works) => self.closed(now),
            (CircuitState::Open, _) => {
                let probes = self.probes.saturating_add(u32::from(self.probe == Some(delivery)));
                Self { reason, probes, ..self.clone() }
            }
            (CircuitState::Closed, ChannelSignal::Misconfigured) => {
                self.counted(delivery, now).open(reason, channel, now)
            }
            (CircuitState::Closed, _) => {
                let counted = self.counted(delivery, now);
                let opens = counted.run.failures >= FAILURES && counted.run.several;
                if opens { counted.open(reason, channel, now) } else { counted }
            }
        }
    }

    /// The circuit of a channel that delivers again. What its recovery report needs is kept.
    #[must_use]
    pub(crate) fn closed(&self, now: Timestamp) -> Self {
        if self.reported_at.is_none() {
            return Self::default();
        }
        let closed_at = self.closed_at.or(Some(now));
        let (since, reason, reported_at) = (self.since, self.reason.clone(), self.reported_at);
        Self { since, reason, reported_at, closed_at, ..Self::default() }
    }

    /// The circuit of a channel that may deliver again although nothing has shown that it can: the first failure opens
    /// it again.
    #[must_use]
    pub(crate) fn resumed(&self, now: Timestamp) -> Self {
        let closed = self.closed(now);
        if self.state == CircuitState::Closed {
            return closed;
        }
        let run = FailureRun { failures: FAILURES - 1, first: None, several: true, since: self.since };
        Self { run, ..closed }
    }

    fn counted(&self, delivery: i64, now: Timestamp) -> Self {
        let run = FailureRun {
            failures: self.run.failures.saturating_add(1),
            first: self.run.first.or(Some(delivery)),
            several: self.run.several || self.run.first.is_some_and(|first| first != delivery),
            since: self.run.since.or(Some(now)),
        };
        Self { run, ..self.clone() }
    }

    /// The open circuit. If the channel delivered only for a moment, this is the failure that was already reported.
    fn open(&self, reason: Option<Reason>, channel: &Channel, now: Timestamp) -> Self {
        let again = self.closed_at.is_some_and(|at| now.duration_since(at) < STEADY_FOR);
        Self {
            state: CircuitState::Open,
            since: if again { self.since } else { self.run.since.or(Some(now)) },
            reported_at: self.reported_at.filter(|_| again),
            closed_at: None,
            reason,
            probe: None,
            probes: 0,
            address: address(channel),
            run: self.run.clone(),
        }
    }

    fn disabled(&self, reason: Option<Reason>, channel: &Channel, now: Timestamp) -> Self {
        let (state, since) = (CircuitState::Disabled, Some(now));
        Self { state, since, reason, address: address(channel), ..Self::default() }
    }

    /// How many attempts at probes failed before an attempt at `delivery`; none if it is not the probe.
    #[must_use]
    pub(crate) fn probes_before(&self, delivery: i64) -> Option<u32> {
        (self.state == CircuitState::Open && self.probe == Some(delivery)).then_some(self.probes)
    }

    /// What to report to the operator at `now`; none if nothing is due.
    #[must_use]
    pub(crate) fn report(&self, now: Timestamp) -> Option<HealthEventKind> {
        let is_due = |since: Timestamp, pause: SignedDuration| since > now || now.duration_since(since) >= pause;
        let repeats = self.reported_at.is_none_or(|at| is_due(at, REPORT_EVERY));
        match self.state {
            CircuitState::Open => repeats.then_some(HealthEventKind::ChannelFailing),
            CircuitState::Disabled => repeats.then_some(HealthEventKind::ChannelDisabled),
            CircuitState::Closed => {
                let steady = self.closed_at.is_some_and(|at| is_due(at, STEADY_FOR));
                (steady && self.reported_at.is_some()).then_some(HealthEventKind::ChannelRecovered)
            }
        }
    }

    /// The circuit after `kind` was reported at `now`.
    #[must_use]
    pub(crate) fn reported(&self, kind: HealthEventKind, now: Timestamp) -> Self {
        if kind == HealthEventKind::ChannelRecovered {
            return Self { run: self.run.clone(), ..Self::default() };
        }
        Self { reported_at: Some(now), ..self.clone() }
    }
}

fn signal(outcome: &Outcome) -> ChannelSignal {
    let (reason, may_repeat) = match outcome {
        Outcome::Delivered { .. } => return ChannelSignal::Works,
        Outcome::Failed { reason, .. } => (reason, true),
        Outcome::Rejected { reason } => (reason, false),
    };
    match (reason.scope, may_repeat) {
        (FailureScope::Receiver, _) => ChannelSignal::Gone,
        (FailureScope::Configuration, _) => ChannelSignal::Misconfigured,
        // The relay took the login and the sender, and knows the mailbox well enough to refuse it.
        (FailureScope::Recipient, false) => ChannelSignal::Works,
        (FailureScope::Attempt, true) => ChannelSignal::Fails,
        _ => ChannelSignal::Nothing,
    }
}

/// A short hash of the address to which a channel sends, to notice that it changed.
#[must_use]
pub(crate) fn address(channel: &Channel) -> String {
    match &channel.kind {
        ChannelKind::Webhook(hook) => derived(&["webhook", hook.url.expose().as_str()], ADDRESS_LENGTH),
        ChannelKind::File(path) => derived(&["file", &path.to_string_lossy()], ADDRESS_LENGTH),
        // The relay is not part of the channel: a reload tries the probe at once.
        ChannelKind::Email { .. } | ChannelKind::Print => channel.kind.as_str().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::channel::{ChannelId, SendSchedule};
    use crate::clock::later;
    use crate::text::lang::Lang;

    const DELIVERED: Outcome = Outcome::Delivered { status: Some(204) };

    fn channel(file: &str) -> Channel {
        Channel {
            id: ChannelId::new("desk"),
            kind: ChannelKind::File(file.into()),
            send: SendSchedule::AtOnce,
            quiet: None,
            lang: Lang::parse("en").unwrap(),
            max_in_flight: 1,
            timezone: TimeZone::UTC,
        }
    }

    fn failed(scope: FailureScope) -> Outcome {
        Outcome::Failed { reason: Reason { scope, ..Reason::default() }, after: None }
    }

    fn rejected(scope: FailureScope) -> Outcome {
        Outcome::Rejected { reason: Reason { scope, ..Reason::default() } }
    }

    fn at(minutes: i64) -> Timestamp {
        later(Timestamp::UNIX_EPOCH, SignedDuration::from_mins(minutes))
    }

    /// The circuit after attempts at these deliveries, each a minute after the one before.
    fn run(start: Circuit, outcomes: &[(i64, Outcome)]) -> Circuit {
        let step = |(circuit, minute): (Circuit, i64), (delivery, outcome): &(i64, Outcome)| {
            (circuit.after(outcome, *delivery, &channel("a"), at(minute)), minute + 1)
        };
        outcomes.iter().fold((start, 0), step).0
    }

    fn failures(deliveries: &[i64]) -> Circuit {
        let outcomes: Vec<_> = deliveries.iter().map(|number| (*number, failed(FailureScope::Attempt))).collect();
        run(Circuit::default(), &outcomes)
    }

    #[test]
    fn five_failures_in_a_row_of_two_deliveries_open_the_circuit() {
        assert_eq!(failures(&[1, 2, 3, 4]).state, CircuitState::Closed);
        assert_eq!(failures(&[1; 50]).state, CircuitState::Closed, "one delivery may be the cause");
        let open = failures(&[1, 1, 1, 1, 2]);
        assert_eq!((open.state, open.since, open.probes), (CircuitState::Open, Some(at(0)), 0));
        let fails = |number| (number, failed(FailureScope::Attempt));
        let interrupted = [fails(1), fails(2), (3, DELIVERED), fails(4), fails(5), fails(6)];
        assert_eq!(run(Circuit::default(), &interrupted).state, CircuitState::Closed);
    }

    #[test]
    fn the_first_success_closes_the_circuit_whichever_delivery_it_is() {
        assert_eq!(run(failures(&[1, 2, 3, 4, 5]), &[(9, DELIVERED)]), Circuit::default());
    }

    #[test]
    fn only_failures_of_the_probe_count_as_probes() {
        let open = Circuit { probe: Some(1), ..failures(&[1, 2, 3, 4, 5]) };
        let after = run(open, &[(1, failed(FailureScope::Attempt)), (4, failed(FailureScope::Attempt))]);
        assert_eq!((after.state, after.probes, after.probes_before(1)), (CircuitState::Open, 1, Some(1)));
        assert_eq!(after.probes_before(4), None);
    }

    #[test]
    fn a_wrong_configuration_opens_the_circuit_at_once_and_a_refused_recipient_never_does() {
        assert_eq!(run(Circuit::default(), &[(1, failed(FailureScope::Configuration))]).state, CircuitState::Open);
        let refused: Vec<_> = (1..9).map(|number| (number, rejected(FailureScope::Recipient))).collect();
        assert_eq!(run(Circuit::default(), &refused).state, CircuitState::Closed);
        let greylisted: Vec<_> = (1..9).map(|number| (number, failed(FailureScope::Recipient))).collect();
        assert_eq!(run(Circuit::default(), &greylisted).state, CircuitState::Closed);
        let stopped: Vec<_> = (1..9).map(|number| (number, failed(FailureScope::Marsad))).collect();
        assert_eq!(run(Circuit::default(), &stopped), Circuit::default());
    }

    #[test]
    fn a_receiver_that_is_gone_disables_its_channel_and_no_later_success_enables_it() {
        let gone = run(failures(&[1, 2, 3, 4, 5]), &[(1, rejected(FailureScope::Receiver))]);
        assert_eq!((gone.state, gone.reported_at), (CircuitState::Disabled, None));
        assert_eq!(run(gone.clone(), &[(2, DELIVERED), (3, failed(FailureScope::Attempt))]), gone);
    }

    #[test]
    fn a_failure_is_reported_at_once_and_daily_and_the_recovery_when_it_lasts() {
        let open = failures(&[1, 2, 3, 4, 5]);
        assert_eq!(open.report(at(5)), Some(HealthEventKind::ChannelFailing));
        let told = open.reported(HealthEventKind::ChannelFailing, at(5));
        assert_eq!(told.report(at(5 + 60 * 23)), None);
        assert_eq!(told.report(at(5 + 60 * 24)), Some(HealthEventKind::ChannelFailing));
        let closed = told.after(&DELIVERED, 1, &channel("a"), at(20));
        assert_eq!((closed.state, closed.report(at(24))), (CircuitState::Closed, None));
        assert_eq!(closed.report(at(25)), Some(HealthEventKind::ChannelRecovered));
        assert_eq!(closed.reported(HealthEventKind::ChannelRecovered, at(25)), Circuit::default());
        // A receiver that works for a moment is one report.
        let outcomes: Vec<_> = (6..11).map(|number| (number, failed(FailureScope::Attempt))).collect();
        let again = run(closed, &outcomes);
        assert_eq!((again.state, again.since, again.report(at(26))), (CircuitState::Open, Some(at(0)), None));
    }

    #[test]
    fn the_first_failure_after_a_resume_opens_the_circuit_again_and_is_no_new_report() {
        let open = failures(&[1, 2, 3, 4, 5]).reported(HealthEventKind::ChannelFailing, at(5));
        let resumed = open.resumed(at(7));
        assert_eq!((resumed.state, resumed.report(at(8))), (CircuitState::Closed, None));
        let again = run(resumed.clone(), &[(9, failed(FailureScope::Attempt))]);
        assert_eq!((again.state, again.since, again.report(at(9))), (CircuitState::Open, Some(at(0)), None));
        let works = run(resumed, &[(9, DELIVERED), (9, failed(FailureScope::Attempt))]);
        assert_eq!((works.state, works.run.failures), (CircuitState::Closed, 1));
        let gone = run(Circuit::default(), &[(1, rejected(FailureScope::Receiver))]);
        assert_eq!(run(gone.resumed(at(1)), &[(2, failed(FailureScope::Attempt))]).state, CircuitState::Open);
        assert_eq!(failures(&[1, 2, 3]).resumed(at(4)), Circuit::default());
    }

    #[test]
    fn a_recovery_that_nobody_was_told_to_expect_is_not_reported() {
        let closed = run(failures(&[1, 2, 3, 4, 5]), &[(1, DELIVERED)]);
        assert_eq!(closed.report(at(600)), None);
    }

    #[test]
    fn another_address_has_another_hash_and_every_state_a_word() {
        assert_eq!(address(&channel("a")), address(&channel("a")));
        assert_ne!(address(&channel("a")), address(&channel("b")));
        for state in CircuitState::ALL {
            assert_eq!(CircuitState::from_word(state.as_str()), state);
        }
        assert_eq!(CircuitState::from_word("ajar"), CircuitState::Closed);
    }
}
