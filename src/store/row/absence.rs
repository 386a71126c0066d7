//! Watches and channels that were removed and have returned, and what they missed.

use std::sync::Arc;

use jiff::Timestamp;

use crate::channel::Channel;
use crate::item::Item;
use crate::render;
use crate::source::SourceId;
use crate::watch::compile::Watches;

/// The kinds of entries that can be absent from the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbsentKind {
    /// A watch, which misses items.
    Watch,
    /// A channel, which misses alerts.
    Channel,
}

/// A period in which a watch or channel was not configured, and which is not handled yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// What was absent.
    pub kind: AbsentKind,
    /// Its id.
    pub id: String,
    /// When it was removed.
    pub(crate) since: Timestamp,
    /// The number of the first item or alert that it may have missed.
    pub from: i64,
}

/// An item that was stored or revised during an absence.
#[derive(Clone, Debug)]
pub(crate) struct MissedItem {
    /// Its row.
    pub number: i64,
    /// A source that published it.
    pub source: SourceId,
    /// Its current content.
    pub item: Item,
}

/// A request to queue the alerts that a channel missed.
#[derive(Clone, Debug)]
pub(crate) struct MissedAlerts {
    /// The channel.
    pub channel: Arc<Channel>,
    /// The watches, which name the channels that they alert.
    pub watches: Arc<Watches>,
    /// The settings for rendering.
    pub(crate) settings: render::RenderSettings,
    /// The first alert to examine.
    pub from: i64,
    /// The most alerts to examine in one transaction.
    pub limit: usize,
    /// The current instant.
    pub at: Timestamp,
}

impl AbsentKind {
    /// The stored form.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Channel => "channel",
        }
    }
}
