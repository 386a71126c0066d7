//! Defines alerts: an item with its matches, or an event.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::channel::ChannelId;
use crate::item::{Item, ItemId, derived};
use crate::source::SourceId;

mod change;
pub(crate) mod digest;
mod event_kind;
mod hit;
mod outcome;
pub(crate) mod policy;
mod story_link;

pub(crate) use change::FieldChange;
pub use change::{WordRun, shortened};
pub(crate) use event_kind::HealthEventKind;
pub(crate) use hit::{Field, Hit, MAX_MATCHES, Match, MatchForm};
pub(crate) use outcome::{DeliveryFate, FailureScope, Outcome, Reason};
pub(crate) use story_link::{OtherReport, StoryLink};

/// A watch's identifier in configuration, store and alerts: `gaza`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WatchId(String);

/// A delivery's permanent identifier: the `webhook-id` and the local part of the `Message-ID`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeliveryId(String);

/// The content of an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alert {
    /// An item revision with every watch that it newly hit.
    Item(Box<ItemAlert>),
    /// Something that happened to a source, the configuration or a channel.
    Event(HealthEvent),
    /// Many alerts in one message.
    Digest(Box<digest::Digest>),
}

/// An item revision with every watch that it newly hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemAlert {
    /// The item's identifier.
    pub id: ItemId,
    /// The source that published it.
    pub source: SourceId,
    /// Its content.
    pub item: Item,
    /// When marsad first saw it.
    pub first_seen: Timestamp,
    /// The revision's number, from 1.
    pub revision: u32,
    /// The previous revision; none in a first alert.
    pub(crate) previous: Option<Previous>,
    /// The watches with their matches.
    pub(crate) hits: Vec<Hit>,
    /// True if one of the watches is urgent.
    pub urgent: bool,
    /// The source's display name.
    #[serde(default)]
    pub(crate) source_name: Option<String>,
    /// The story that the item belongs to.
    #[serde(default)]
    pub(crate) story: Option<StoryLink>,
}

/// The previous revision of a revised item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Previous {
    /// The revision's number.
    pub revision: u32,
    /// Its headline.
    pub title: String,
    /// Its summary.
    pub summary: String,
    /// The changes since then, field by field.
    #[serde(default)]
    pub(crate) changes: Vec<FieldChange>,
}

/// Something that happened to a source, the configuration or a channel; alerts `health.alert`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthEvent {
    /// What happened.
    pub kind: HealthEventKind,
    /// When it happened.
    pub at: Timestamp,
    /// What happened, in one sentence.
    pub message: String,
    /// The details, by name.
    pub(crate) detail: serde_json::Map<String, serde_json::Value>,
}

/// The types of an item's alerts: of its first revision, and of a later one.
const MATCHED: &str = "item.matched";
const REVISED: &str = "item.revised";

impl Alert {
    /// The type of a digest.
    pub(crate) const DIGEST: &'static str = "digest";

    /// The `type` in the payload.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Item(alert) if alert.previous.is_some() => REVISED,
            Self::Item(_) => MATCHED,
            Self::Event(event) => event.kind.as_str(),
            Self::Digest(_) => Self::DIGEST,
        }
    }

    /// True for the test of a channel.
    #[must_use]
    pub(crate) fn is_test(&self) -> bool {
        matches!(self, Self::Event(event) if event.kind == HealthEventKind::TestPing)
    }

    /// True for the daily test of the channels.
    #[must_use]
    pub(crate) fn is_daily_test(&self) -> bool {
        matches!(self, Self::Event(event) if event.kind == HealthEventKind::TestPing && event.detail.contains_key("canary"))
    }

    /// True if it ignores quiet hours and slots.
    #[must_use]
    pub(crate) fn is_urgent(&self) -> bool {
        match self {
            Self::Item(alert) => alert.urgent,
            // An operator waits for the outcome of a test.
            Self::Event(_) => self.is_test(),
            Self::Digest(digest) => digest.urgent,
        }
    }
}

/// Whether a `type` is that of an item's alert.
///
/// ```
/// use marsad::alert::is_of_an_item;
///
/// assert!(is_of_an_item("item.matched") && !is_of_an_item("test.ping"));
/// ```
#[must_use]
pub fn is_of_an_item(kind: &str) -> bool {
    matches!(kind, MATCHED | REVISED)
}

/// Whether a `type` is that of an event: neither of an item nor of a digest.
#[must_use]
pub(crate) fn is_of_an_event(kind: &str) -> bool {
    !is_of_an_item(kind) && kind != Alert::DIGEST
}

impl WatchId {
    /// Wraps an identifier that the configuration has validated.
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

/// The length of a delivery's identifier without its prefix, in characters of base 32 (128 bits).
const DELIVERY_ID_LENGTH: usize = 26;

impl DeliveryId {
    /// Derives the identifier from alert, channel and recipient.
    ///
    /// ```
    /// use marsad::alert::DeliveryId;
    /// use marsad::channel::ChannelId;
    ///
    /// let id = || DeliveryId::derive("alert-1", &ChannelId::new("desk"), "editor@example.org");
    /// assert!(id().as_str().starts_with("msg_"));
    /// assert_eq!(id(), id());
    /// ```
    #[must_use]
    pub fn derive(alert: &str, channel: &ChannelId, recipient: &str) -> Self {
        Self(format!("msg_{}", derived(&[alert, channel.as_str(), recipient], DELIVERY_ID_LENGTH)))
    }

    /// Wraps an identifier from the store or a command line.
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
