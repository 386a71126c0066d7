//! Whether channels deliver, and what they hold.

use std::time::Duration;

use jiff::Timestamp;

use crate::alert::{DeliveryFate, Outcome, Reason};
use crate::channel::ChannelId;
use crate::deliver::circuit::Circuit;

/// How an attempt ended, and what follows for its delivery.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AttemptEnd {
    /// The outcome.
    pub outcome: Outcome,
    /// What becomes of the delivery, as long as its channel delivers.
    pub fate: DeliveryFate,
    /// When it ended.
    pub at: Timestamp,
    /// How long it took.
    pub took: Duration,
}

/// Whether deliveries over a channel may begin.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ChannelGate {
    /// Why no delivery of any channel may begin; none if they may.
    pub(crate) paused: Option<String>,
    /// When the channel was removed; none if it is configured.
    pub(crate) removed_at: Option<Timestamp>,
    /// Its circuit.
    pub(crate) circuit: Circuit,
    /// True if a delivery that waits or is in flight is the probe of the circuit.
    pub(crate) has_probe: bool,
    /// True if the probe is in flight.
    pub(crate) probes_now: bool,
    /// True if any delivery waits or is held.
    pub(crate) has_waiting: bool,
}

impl ChannelGate {
    /// True if a delivery is held. One that an operator waits for, such as a test, is attempted even while the circuit
    /// is open.
    #[must_use]
    pub(crate) fn holds(&self, is_awaited: bool) -> bool {
        self.circuit.state.holds(is_awaited) || self.removed_at.is_some()
    }
}

/// A channel that does not deliver, or whose recovery is not reported yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ChannelCondition {
    /// The channel.
    pub channel: ChannelId,
    /// Its circuit.
    pub(crate) circuit: Circuit,
    /// When it was removed; none if it is configured.
    pub(crate) removed_at: Option<Timestamp>,
    /// How many deliveries are held.
    pub held: u64,
    /// When the next attempt is due; none if none is.
    pub(crate) next_attempt_at: Option<Timestamp>,
}

/// A recipient that its relay refuses for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefusedRecipient {
    /// The channel.
    pub(crate) channel: ChannelId,
    /// The bare address.
    pub(crate) recipient: String,
    /// The first refusal since the last mail that was accepted.
    pub(crate) since: Timestamp,
    /// When a mail is tried again.
    pub(crate) until: Timestamp,
    /// The last refusal.
    pub(crate) reason: Reason,
    /// True if the operator knows of the last refusal.
    pub(crate) is_reported: bool,
    /// How many deliveries wait.
    pub(crate) waiting: u64,
}
