//! What is passed over for its own content.

use jiff::Timestamp;

use crate::source::SourceId;

/// Something that cannot be stored or read for its own content, and is passed over so that everything else goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// `item`, `page`, `event`, or the table of an unreadable row.
    pub what: String,
    /// An item's address or title, an event's type, a row's key.
    pub name: String,
    /// The source that brought it; none where it belongs to no source.
    pub source: Option<SourceId>,
    /// Why it was passed over.
    pub why: String,
    /// When it was met first.
    pub first_at: Timestamp,
    /// When it was met last.
    pub last_at: Timestamp,
    /// How often it was met.
    pub count: u64,
}
