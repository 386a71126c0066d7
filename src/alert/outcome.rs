//! How an attempt at a delivery ended, and what becomes of the delivery.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How one attempt at a delivery ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The receiver took it.
    Delivered {
        /// Its status, where it has one.
        status: Option<u16>,
    },
    /// It did not work this time.
    Failed {
        /// Why.
        reason: Reason,
        /// How long the receiver asked to be left alone.
        after: Option<SignedDuration>,
    },
    /// The receiver will never take it.
    Rejected {
        /// Why.
        reason: Reason,
    },
}

/// Why an attempt did not succeed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The kind of failure in one word: `status`, `timeout`, `connect`, `dns`, `tls`, `smtp`, `io`.
    pub class: String,
    /// The receiver's status, where it answered.
    pub status: Option<u16>,
    /// What happened, in one sentence without secrets.
    pub message: String,
    /// The first 2 KiB of the receiver's answer.
    pub answer: String,
}

/// What becomes of a delivery after an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryFate {
    /// It is done.
    Delivered,
    /// It is tried again then.
    Again(Timestamp),
    /// It is given up, and can be replayed by hand.
    Dead,
}
