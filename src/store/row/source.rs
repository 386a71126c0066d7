//! The stored state of sources and items.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;

use crate::alert::HealthEvent;
use crate::cadence::PlannedVisit;
use crate::cadence::reason::VisitReason;
use crate::cadence::rhythm::PublicationRhythm;
use crate::channel::Channel;
use crate::dedupe::{Key, KeyKind, KeyRules, VolatileParts};
use crate::health::Health;
use crate::health::document_sizes::DocumentSizes;
use crate::health::notice::Notice;
use crate::item::{Item, ItemId};
use crate::parse::page::layout::known_layout::LayoutBaseline;
use crate::render::RenderSettings;
use crate::source::{SourceId, Validators};

/// How a visit ended, for the source's row.
#[derive(Clone, Debug)]
pub(crate) struct VisitEnd {
    /// The source.
    pub source: SourceId,
    /// When it began.
    pub at: Timestamp,
    /// When the next visit is due.
    pub next: PlannedVisit,
    /// When it publishes, as far as that is known.
    pub(crate) rhythm: Option<PublicationRhythm>,
    /// The new state of the source.
    pub state: Health,
    /// The validators for the next request; none keeps the stored ones.
    pub(crate) validators: Option<Validators>,
    /// What failed; none if the document was read.
    pub error: Option<String>,
    /// What was repaired or left out; none for a complete document.
    pub degraded: Option<String>,
    /// The kinds of key that are ambiguous at this source.
    pub(crate) ambiguous_keys: BTreeSet<KeyKind>,
    /// True if the visit found an item.
    pub found: bool,
    /// The layout baseline; none if there is none.
    pub layout: Option<LayoutBaseline>,
    /// False if that is the stored one.
    pub(crate) layout_changed: bool,
    /// The volatile parts of the source's addresses; none keeps the stored ones.
    pub(crate) volatile: Option<VolatileParts>,
    /// The keys of entries beyond `max_items` that belong to the baseline.
    pub baseline: Vec<Key>,
    /// True if a document was read to its last entry.
    pub whole: bool,
    /// The sizes of its last documents.
    pub(crate) sizes: DocumentSizes,
}

/// The events that a visit raises at its end.
#[derive(Clone, Debug)]
pub(crate) struct VisitEvents {
    /// The events, in their order.
    pub events: Vec<HealthEvent>,
    /// The channels that get them.
    pub channels: Vec<Arc<Channel>>,
    /// The settings for rendering.
    pub settings: RenderSettings,
}

/// The stored state of a source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceState {
    /// Its id.
    pub id: SourceId,
    /// Its health after the last visit.
    pub state: Health,
    /// The last visit.
    pub(crate) last_visit_at: Option<Timestamp>,
    /// The last visit that read a document or got a 304.
    pub last_success_at: Option<Timestamp>,
    /// The next visit.
    pub(crate) next_visit_at: Option<Timestamp>,
    /// What decided that time; none if it is not known.
    pub(crate) next_reason: Option<VisitReason>,
    /// When it publishes, as far as that is known.
    pub(crate) rhythm: Option<PublicationRhythm>,
    /// How many visits failed in a row.
    pub failures: u32,
    /// When the first of them failed.
    pub failing_since: Option<Timestamp>,
    /// Why the last visit failed.
    pub last_error: Option<String>,
    /// When a visit first found an item.
    pub(crate) activated_at: Option<Timestamp>,
    /// The validators for the next request.
    pub(crate) validators: Validators,
    /// How many items it has published.
    pub items: u64,
    /// How many of its items wait for their own page.
    pub waiting: u64,
    /// The kinds of key that are ambiguous at this source.
    pub(crate) ambiguous_keys: BTreeSet<KeyKind>,
    /// What was repaired or left out of the last document.
    pub degraded: Option<String>,
    /// The layout baseline.
    pub layout: Option<LayoutBaseline>,
    /// The volatile parts of its addresses.
    pub(crate) volatile: VolatileParts,
    /// True if one of its documents has been read to its last entry.
    pub whole: bool,
    /// The sizes of its last documents.
    pub(crate) sizes: DocumentSizes,
    /// The last notice about a state that still lasts.
    pub(crate) noticed: Option<Notice>,
    /// How many of its items wait for an operator because of a flood.
    pub(crate) held: u64,
}

impl SourceState {
    /// The rules for its items' keys.
    #[must_use]
    pub(crate) fn identity(&self) -> KeyRules {
        KeyRules { ambiguous: self.ambiguous_keys.clone(), volatile: self.volatile.clone() }
    }
}

/// A stored item.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredItem {
    /// Its id.
    pub id: ItemId,
    /// The source that published it first.
    pub source: SourceId,
    /// Its content.
    pub item: Item,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// Which revision this is, from 1.
    pub revision: u32,
    /// The number of its sightings: at how many sources and addresses it was seen.
    pub(crate) sightings: u32,
}

/// Which items to list, newest first.
#[derive(Clone, Debug, Default)]
pub struct ItemQuery {
    /// Only those before this cursor.
    pub before: Option<i64>,
    /// At most this many.
    pub limit: usize,
    /// Only those of this source.
    pub source: Option<SourceId>,
}
