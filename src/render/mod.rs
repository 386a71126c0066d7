//! From an alert to the bytes that a receiver gets.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::Url;

use crate::alert::{Alert, DeliveryId};
use crate::channel::Channel;

pub mod json;
pub mod mail;
pub mod template;

/// What makes one delivery of an alert different from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The delivery's name.
    pub delivery: DeliveryId,
    /// The generation of the store: it rises when a backup is restored.
    pub epoch: u64,
    /// The delivery's number on its channel, without gaps.
    pub seq: u64,
    /// When the alert was made.
    pub at: Timestamp,
}

/// (being written)
#[derive(Clone, Debug, Default)]
pub struct Settings;

/// (being written)
pub struct Rendered {
    /// Bytes.
    pub body: Vec<u8>,
    /// Problem.
    pub problem: Option<String>,
}

/// (being written)
#[must_use]
pub fn body(alert: &Alert, stamp: &Stamp, _channel: &Channel, _settings: &Settings) -> Rendered {
    Rendered { body: format!("{} {}", alert.kind(), stamp.seq).into_bytes(), problem: None }
}
