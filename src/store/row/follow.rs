//! Items whose own page is to be read.

use jiff::Timestamp;

use crate::item::{ContentHash, Item};
use crate::source::SourceId;

/// An item whose own page is to be read for its full text.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowedItem {
    /// Its row.
    pub number: i64,
    /// The source that brought it.
    pub source: SourceId,
    /// The item as the source gave it.
    pub item: Item,
    /// When it was first seen: its wait counts from here.
    pub seen_at: Timestamp,
    /// How many tries at its page have begun.
    pub tries: u32,
    /// When its page is to be read next.
    pub next_try_at: Timestamp,
    /// The stored item, once it has been admitted as it came; none while it waits.
    pub stored: Option<i64>,
}

/// When and where a page is to be read, for the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowDue {
    /// The row of the item.
    pub number: i64,
    /// The source that brought it.
    pub source: SourceId,
    /// The page's host.
    pub host: String,
    /// When its page is to be read next.
    pub next_try_at: Timestamp,
    /// When the item was first seen, while it waits for its page; none once it has been admitted.
    pub waits_since: Option<Timestamp>,
}

/// What an admission settles of an item that waited for its page.
#[derive(Clone, Debug)]
pub struct FollowSettlement {
    /// The row of the item.
    pub number: i64,
    /// What becomes of it.
    pub then: FollowUpdate,
}

/// What becomes of the row of an item that waited for its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FollowUpdate {
    /// It goes: there is nothing more to be read.
    Done,
    /// The item is admitted as it came, and its page is tried again then.
    Again(Timestamp),
    /// The text came late and belongs to this stored item, if that still says what it said; then the row goes.
    Attach {
        /// The stored item.
        item: i64,
        /// What it said when its page was asked for.
        content: ContentHash,
    },
}
