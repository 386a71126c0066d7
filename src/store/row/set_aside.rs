//! Items, events and rows that were set aside because of their content.

use jiff::Timestamp;

use crate::source::SourceId;

/// Something that cannot be stored or read because of its content, and is skipped so that everything else continues.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// `item`, `page`, `event`, `template`, or the table of an unreadable row.
    pub what: String,
    /// An item's address or title, an event's type, a channel whose template fails, a row's key.
    pub name: String,
    /// Its source, if it has one.
    pub source: Option<SourceId>,
    /// Why it was set aside.
    pub(crate) why: String,
    /// When it first failed.
    pub(crate) first_at: Timestamp,
    /// When it last failed.
    pub(crate) last_at: Timestamp,
    /// How often it failed.
    pub count: u64,
}
