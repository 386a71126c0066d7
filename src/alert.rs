//! What is said to somebody: an alert, the matches in it, and the deliveries it is owed in.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::channel::ChannelId;
use crate::item::{Item, ItemId, derived};
use crate::source::SourceId;

mod change;
mod hit;
mod outcome;
pub mod policy;

pub use change::{FieldChange, WordRun, shortened};
pub use hit::{Field, Hit, MAX_MATCHES, Match, MatchForm};
pub use outcome::{DeliveryFate, Outcome, Reason};

/// A watch's name in the configuration, the store and every alert: `gaza`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WatchId(String);

/// A delivery's name, for ever: the `webhook-id` and the local part of the `Message-ID`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeliveryId(String);

/// What an alert is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alert {
    /// An item revision with every watch that it newly hit.
    Item(Box<ItemAlert>),
    /// Something that happened to a source, the configuration or a channel.
    Event(HealthEvent),
}

/// An item revision with every watch that it newly hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemAlert {
    /// The item's name.
    pub id: ItemId,
    /// The source that brought it.
    pub source: SourceId,
    /// What it says.
    pub item: Item,
    /// When marsad first saw it.
    pub first_seen: Timestamp,
    /// Which revision this is, from 1.
    pub revision: u32,
    /// What the revision before it said; none in a first alert.
    pub previous: Option<Previous>,
    /// The watches with their matches.
    pub hits: Vec<Hit>,
    /// True when one of the watches is urgent.
    pub urgent: bool,
}

/// What a revised item said before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// The revision's number.
    pub revision: u32,
    /// Its headline.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// What is said otherwise now, field by field.
    #[serde(default)]
    pub changes: Vec<FieldChange>,
}

/// Something that happened to a source, the configuration or a channel, told to `health.alert`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthEvent {
    /// The type that receivers get: `source.activated`, `config.rejected`, `test.ping`, …
    pub kind: String,
    /// When it happened.
    pub at: Timestamp,
    /// What happened, in one sentence.
    pub message: String,
    /// The particulars, by name.
    pub detail: serde_json::Map<String, serde_json::Value>,
}

impl Alert {
    /// The `type` that receivers get.
    #[must_use]
    pub fn kind(&self) -> &str {
        match self {
            Self::Item(alert) if alert.previous.is_some() => "item.revised",
            Self::Item(_) => "item.matched",
            Self::Event(event) => &event.kind,
        }
    }

    /// True when it passes quiet hours and slots.
    #[must_use]
    pub fn is_urgent(&self) -> bool {
        matches!(self, Self::Item(alert) if alert.urgent)
    }
}

impl WatchId {
    /// Takes a name that the configuration has checked.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl DeliveryId {
    /// Derives the name from what the delivery is: one alert owed to one recipient of one channel.
    #[must_use]
    pub fn derive(alert: &str, channel: &ChannelId, recipient: &str) -> Self {
        Self(format!("msg_{}", derived(&[alert, channel.as_str(), recipient], 26)))
    }

    /// Takes a name that was derived before, from the store or a command line.
    #[must_use]
    pub fn from_stored(name: String) -> Self {
        Self(name)
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WatchId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
