//! What the store remembers of sources and items.

use jiff::Timestamp;

use crate::dedupe::{Key, KeyKind, KeyRules, VolatileParts};
use crate::item::{Item, ItemId};
use crate::source::{SourceId, Validators};

/// How a visit ended, for the source's row.
#[derive(Clone, Debug)]
pub struct VisitEnd {
    /// The source.
    pub source: SourceId,
    /// When it began.
    pub at: Timestamp,
    /// When the next one is due.
    pub next: Timestamp,
    /// The state of the source from now on.
    pub state: String,
    /// What to send with the next request; none leaves them as they are.
    pub validators: Option<Validators>,
    /// What went wrong; none when the document was read.
    pub error: Option<String>,
    /// What was mended or left out; none for a whole document.
    pub degraded: Option<String>,
    /// The kinds of key that are void at this source.
    pub ambiguous_keys: String,
    /// True when the visit found an item.
    pub found: bool,
    /// Where its page shows its items, as it is stored; none where nothing is learnt of it.
    pub layout: Option<String>,
    /// What changes in its addresses from visit to visit, as it is stored; none leaves it as it is.
    pub volatile: Option<String>,
    /// Keys of entries beyond the source's `max_items` that belong to the baseline.
    pub baseline: Vec<Key>,
    /// True when a document was read, down to its last entry.
    pub whole: bool,
}

/// What the store remembers of a source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceState {
    /// Its name.
    pub id: SourceId,
    /// `new`, `healthy`, `failing`, …
    pub state: String,
    /// The last visit.
    pub last_visit_at: Option<Timestamp>,
    /// The last visit that read a document, or was told that nothing changed.
    pub last_success_at: Option<Timestamp>,
    /// The next visit.
    pub next_visit_at: Option<Timestamp>,
    /// Visits that failed, in a row.
    pub failures: u32,
    /// The first of them.
    pub failing_since: Option<Timestamp>,
    /// Why the last one failed.
    pub last_error: Option<String>,
    /// When a visit first found an item.
    pub activated_at: Option<Timestamp>,
    /// What to send with the next request.
    pub validators: Validators,
    /// How many items it has brought.
    pub items: u64,
    /// How many of its items wait for their own page.
    pub waiting: u64,
    /// The kinds of key that are void there, by commas.
    pub ambiguous_keys: String,
    /// What was mended or left out of the last document.
    pub degraded: Option<String>,
    /// Where its page shows its items, as it is stored.
    pub layout: Option<String>,
    /// What changes in its addresses from visit to visit, as it is stored.
    pub volatile: Option<String>,
    /// True when a document of it has been read down to its last entry.
    pub whole: bool,
}

impl SourceState {
    /// What is known of its items' keys.
    #[must_use]
    pub fn identity(&self) -> KeyRules {
        let volatile = self.volatile.as_deref().map(VolatileParts::from_stored).unwrap_or_default();
        KeyRules { ambiguous: self.void(), volatile }
    }

    /// The kinds of key that are void there; a word that another version wrote is passed over.
    #[must_use]
    pub fn void(&self) -> Vec<KeyKind> {
        self.ambiguous_keys.split(',').filter_map(KeyKind::from_word).collect()
    }
}

/// A stored item.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredItem {
    /// Its name.
    pub id: ItemId,
    /// The source that brought it first.
    pub source: SourceId,
    /// What it says.
    pub item: Item,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// Which revision this is, from 1.
    pub revision: u32,
    /// At how many sources and addresses it has been seen.
    pub sightings: u32,
}

/// Which items to list, newest first.
#[derive(Clone, Debug, Default)]
pub struct ItemQuery {
    /// Only those before this cursor.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: usize,
    /// Only those of this source.
    pub source: Option<SourceId>,
}
