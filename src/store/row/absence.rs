//! What the store remembers of watches and channels that were removed and have come back.

use std::sync::Arc;

use jiff::Timestamp;

use crate::channel::Channel;
use crate::item::Item;
use crate::render;
use crate::source::SourceId;
use crate::watch::compile::Watches;

/// What may be absent from the configuration and miss something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AbsentKind {
    /// A watch, which misses items.
    Watch,
    /// A channel, which misses alerts.
    Channel,
}

/// The time in which a watch or channel was not configured, and that it has not looked back over yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    /// What was absent.
    pub kind: AbsentKind,
    /// Its name.
    pub id: String,
    /// Since when.
    pub since: Timestamp,
    /// The number of the first item, or alert, that it may have missed.
    pub from: i64,
}

/// An item that came, or was revised, during an absence.
#[derive(Clone, Debug)]
pub struct MissedItem {
    /// Its row.
    pub number: i64,
    /// A source that brought it.
    pub source: SourceId,
    /// What it says now.
    pub item: Item,
}

/// The alerts that a channel is owed after an absence.
#[derive(Clone, Debug)]
pub struct MissedAlerts {
    /// The channel.
    pub channel: Arc<Channel>,
    /// The watches, which say whom they alert.
    pub watches: Arc<Watches>,
    /// What rendering needs to know.
    pub settings: render::RenderSettings,
    /// The first alert to look at.
    pub from: i64,
    /// The most alerts to look at in one transaction.
    pub limit: usize,
    /// The instant of the look.
    pub at: Timestamp,
}

impl AbsentKind {
    /// As it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Watch => "watch",
            Self::Channel => "channel",
        }
    }
}
