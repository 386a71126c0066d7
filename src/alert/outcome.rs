//! Represents the outcome of a delivery attempt, and the resulting state of the delivery.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How one attempt at a delivery ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    /// The receiver accepted it.
    Delivered {
        /// The receiver's status, if it has one.
        status: Option<u16>,
    },
    /// The attempt failed and may be repeated.
    Failed {
        /// Why.
        reason: Reason,
        /// The pause that the receiver asked for.
        after: Option<SignedDuration>,
    },
    /// The receiver rejected it permanently.
    Rejected {
        /// Why.
        reason: Reason,
    },
}

/// Why an attempt did not succeed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The kind of failure in one word: `status`, `timeout`, `connect`, `dns`, `tls`, `smtp`, `io`.
    pub(crate) class: String,
    /// The receiver's status, if it answered.
    pub status: Option<u16>,
    /// What happened, in one sentence without secrets.
    pub message: String,
    /// The first 2 KiB of the receiver's answer.
    pub answer: String,
    /// What the failure is about.
    #[serde(default, skip_serializing_if = "FailureScope::is_attempt")]
    pub(crate) scope: FailureScope,
}

/// What a failure is about, and so what it says about the other deliveries of the channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FailureScope {
    /// This attempt: another one may succeed.
    #[default]
    Attempt,
    /// The configuration of the channel: every attempt fails until it is changed.
    Configuration,
    /// The receiver, which is gone for good.
    Receiver,
    /// One recipient of several: the others may get theirs.
    Recipient,
    /// marsad itself: it says nothing about the receiver.
    Marsad,
}

impl FailureScope {
    /// True for a failure that says no more than that this attempt failed.
    #[must_use]
    pub(crate) fn is_attempt(&self) -> bool {
        *self == Self::Attempt
    }
}

/// The state of a delivery after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeliveryFate {
    /// Delivered.
    Delivered,
    /// Attempted again at this time.
    Again(Timestamp),
    /// Failed permanently; an operator can replay it.
    Dead,
}
