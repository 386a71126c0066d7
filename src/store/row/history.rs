//! Everything that the store knows about one item, for an explanation.

use jiff::Timestamp;

use super::delivery::Delivery;
use super::source::StoredItem;
use crate::alert::WatchId;
use crate::alert::digest::DigestReason;
use crate::channel::ChannelId;
use crate::item::ItemId;
use crate::source::SourceId;

/// Everything that the store knows about one item.
#[derive(Clone, Debug)]
pub(crate) struct ItemHistory {
    /// The item.
    pub(crate) stored: StoredItem,
    /// When its last revision came; none if it is as it was first seen.
    pub(crate) revised_at: Option<Timestamp>,
    /// Where it was listed, the first place first.
    pub(crate) sightings: Vec<SightingRecord>,
    /// The kinds of its keys.
    pub(crate) keys: Vec<String>,
    /// Its place among other texts; none if it was never able to alert.
    pub(crate) placement: Option<ItemPlacement>,
    /// The tries at its own page, while further ones follow.
    pub(crate) page_tries: Option<(u32, Timestamp)>,
    /// The sources at which its alerts wait because of a flood.
    pub(crate) held_by: Vec<SourceId>,
    /// Its alerts with their deliveries.
    pub(crate) alerts: Vec<AlertRecord>,
    /// The alerts of the other items of its story.
    pub(crate) related: Vec<RelatedAlert>,
}

/// An item at one source and address.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SightingRecord {
    /// The source.
    pub(crate) source: SourceId,
    /// The address; empty if the item links to nothing.
    pub(crate) address: String,
    /// When the source listed it first.
    pub(crate) first_at: Timestamp,
    /// When a visit last read it in a document.
    pub(crate) last_at: Timestamp,
    /// How many visits read it.
    pub(crate) count: u32,
    /// True if it belongs to a quiet first visit, or its alerts were suppressed.
    pub(crate) baseline: bool,
    /// True if the last document of the source lists it.
    pub(crate) is_listed: bool,
}

/// The place of an item among other texts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ItemPlacement {
    /// The first item of its story.
    pub(crate) story: Option<ItemId>,
    /// The item whose text it copies, with its headline.
    pub(crate) copy_of: Option<(ItemId, String)>,
    /// The share of its words that the other text contains, 0 to 1.
    pub(crate) share: Option<f64>,
}

/// An alert with its deliveries.
#[derive(Clone, Debug)]
pub(crate) struct AlertRecord {
    /// When it was made.
    pub(crate) at: Timestamp,
    /// The revision that it is about.
    pub(crate) revision: u32,
    /// The watches that alerted.
    pub(crate) watches: Vec<WatchId>,
    /// Its deliveries, and those of the digests in which it left.
    pub(crate) deliveries: Vec<Delivery>,
    /// The digests for which it waits.
    pub(crate) gathered: Vec<GatheredAlert>,
}

/// An alert that waits for a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct GatheredAlert {
    /// The channel.
    pub(crate) channel: ChannelId,
    /// Why it waits.
    pub(crate) reason: DigestReason,
    /// When the digest is made.
    pub(crate) closes_at: Timestamp,
}

/// An alert of another item of a story.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RelatedAlert {
    /// The item.
    pub(crate) item: ItemId,
    /// The item whose text that item copies.
    pub(crate) copy_of: Option<ItemId>,
    /// When the alert was made.
    pub(crate) at: Timestamp,
    /// The watches that alerted.
    pub(crate) watches: Vec<WatchId>,
}
