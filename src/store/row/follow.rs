//! Items whose own page is to be read.

use jiff::Timestamp;

use crate::item::{ContentHash, Item};
use crate::source::SourceId;

/// An item whose own page is to be read for its full text.
#[derive(Clone, Debug, PartialEq)]
pub struct FollowedItem {
    /// Its row.
    pub number: i64,
    /// The source that published it.
    pub source: SourceId,
    /// The item as its source published it.
    pub item: Item,
    /// When it was first seen: its wait begins here.
    pub(crate) seen_at: Timestamp,
    /// How many tries at its page have begun.
    pub(crate) tries: u32,
    /// When the next try is due.
    pub next_try_at: Timestamp,
    /// The stored item, if it was admitted without its page; none while it waits.
    pub stored: Option<i64>,
}

/// When and at which host a page is to be read, for the scheduler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowDue {
    /// The row of the item.
    pub number: i64,
    /// The source that published it.
    pub source: SourceId,
    /// The page's host.
    pub host: String,
    /// When the next try is due.
    pub next_try_at: Timestamp,
    /// When the item was first seen, while it waits for its page; none once it has been admitted.
    pub waits_since: Option<Timestamp>,
}

/// How an admission settles the row of an item that waited for its page.
#[derive(Clone, Debug)]
pub(crate) struct FollowSettlement {
    /// The row of the item.
    pub number: i64,
    /// The update of that row.
    pub then: FollowUpdate,
}

/// The update of the row of an item that waited for its page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FollowUpdate {
    /// The row is deleted: no page remains to be read.
    Done,
    /// The item is admitted without its page, and the page is tried again at this instant.
    Again(Timestamp),
    /// Late text is attached to a stored item whose content has not changed; then the row is deleted.
    Attach {
        /// The stored item.
        item: i64,
        /// Its content when its page was requested.
        content: ContentHash,
    },
}
