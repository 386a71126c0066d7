//! What is said to somebody: an alert, the matches in it, and the deliveries it is owed in.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::channel::ChannelId;
use crate::item::{Item, ItemId, derived};
use crate::source::SourceId;

/// A watch's name in the configuration, the store and every alert: `gaza`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WatchId(String);

/// A delivery's name, for ever: the `webhook-id` and the local part of the `Message-ID`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeliveryId(String);

/// A field of an item that a watch reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// The headline.
    Title,
    /// The excerpt.
    Summary,
    /// The full text.
    Text,
}

/// Where a watched term was found in an item, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// The watch that it counts for.
    pub watch: WatchId,
    /// The term as the configuration writes it.
    pub term: String,
    /// The concept that the term belongs to.
    pub concept: Option<String>,
    /// Where it was found.
    pub field: Field,
    /// The first character, counted in Unicode scalar values of the field's text.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// What stands there.
    pub text: String,
    /// What stands between the term and the text.
    pub how: How,
    /// The text round it, 60 characters either side.
    pub context: String,
}

/// How a found text differs from the term; all empty where it does not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct How {
    /// What is glued to its front: `و`, `ل`, `l'`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prefix: Option<String>,
    /// What is glued to its end: `'nin`, `ها`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub suffix: Option<String>,
    /// The kind of spelling or inflection that it was recognised through: `spelling`, `plural`, `feminine`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub variant: Option<String>,
}

/// A watch that an item hits, with where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hit {
    /// The watch.
    pub watch: WatchId,
    /// The places, in the order of the text; at most [`MAX_MATCHES`], empty for a watch without terms.
    pub matches: Vec<Match>,
    /// How many places there are in all.
    pub total: usize,
}

/// The most matches that one alert carries.
pub const MAX_MATCHES: usize = 20;

/// What an alert is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alert {
    /// An item revision with every watch that it newly hit.
    Item(Box<ItemAlert>),
    /// Something that happened to a source, the configuration or a channel.
    Event(Event),
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
}

/// Something that happened to a source, the configuration or a channel, told to `health.alert`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The type that receivers get: `source.activated`, `config.rejected`, `test.ping`, …
    pub kind: String,
    /// When it happened.
    pub at: Timestamp,
    /// What happened, in one sentence.
    pub message: String,
    /// The particulars, by name.
    pub detail: serde_json::Map<String, serde_json::Value>,
}

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
pub enum Fate {
    /// It is done.
    Delivered,
    /// It is tried again then.
    Again(Timestamp),
    /// It is given up, and can be replayed by hand.
    Dead,
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

impl Field {
    /// The word of configuration and payload.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Summary => "summary",
            Self::Text => "text",
        }
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
