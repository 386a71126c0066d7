//! Tells the receiver of an alert which story its item belongs to.

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::item::ItemId;
use crate::source::SourceId;
use crate::text::lang::Lang;

/// The story of an item at the time of its alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoryLink {
    /// The id of the story's first item.
    pub(crate) id: ItemId,
    /// The number of items, with this one.
    pub(crate) items: usize,
    /// The sources that carried it, earliest first.
    pub(crate) sources: Vec<SourceId>,
    /// The other reports, earliest first, at most ten.
    pub(crate) also: Vec<OtherReport>,
}

impl StoryLink {
    /// The story of an item that is its only report.
    pub(crate) fn alone(id: ItemId, source: SourceId) -> Self {
        Self { id, items: 1, sources: vec![source], also: Vec::new() }
    }
}

/// Another report of the story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OtherReport {
    /// The source.
    pub(crate) source: SourceId,
    /// Its language, if known.
    pub(crate) lang: Option<Lang>,
    /// Its address, if it has one.
    pub(crate) url: Option<Address>,
}
