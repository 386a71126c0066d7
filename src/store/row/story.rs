//! The items of a story.

use jiff::Timestamp;

use crate::item::ItemId;
use crate::source::SourceId;
use crate::story::relation::Comparison;

/// A stored text that says the same as another one, or tells of the same event.
#[derive(Clone, Debug, PartialEq)]
pub struct RelatedText {
    /// Its item.
    pub item: ItemId,
    /// What the other one is to it.
    pub comparison: Comparison,
}

/// A sighting of an item that belongs to a story, or of one that is linked to it from another language.
#[derive(Clone, Debug, PartialEq)]
pub struct StoryMember {
    /// The item.
    pub item: ItemId,
    /// The source that published it.
    pub source: SourceId,
    /// Its address there; empty if it has none.
    pub address: String,
    /// The item's headline.
    pub title: String,
    /// Its language, if known.
    pub lang: Option<String>,
    /// The agency that it credits.
    pub agency: Option<String>,
    /// When it was first seen there.
    pub first_seen: Timestamp,
    /// When it was last seen there.
    pub last_seen: Timestamp,
    /// The text that it copies; none if it is no copy.
    pub copy_of: Option<ItemId>,
    /// The share of its words that the other text contains (0 to 1): the text that it copies, or the one that led to the
    /// story. None for the first item.
    pub share: Option<f64>,
    /// How likely it tells of the same event in another language (0 to 1). None for an item of the story itself.
    pub likeness: Option<f64>,
}

/// A story in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorySummary {
    /// The number of its first item: the cursor of the listing.
    pub number: i64,
    /// The id of its first item that is still stored.
    pub id: ItemId,
    /// The headline of that item.
    pub title: String,
    /// The number of its items.
    pub items: u64,
    /// The number of sources that carried one of them, or a report in another language.
    pub sources: u64,
    /// When its first item was seen.
    pub first_seen: Timestamp,
    /// When a source carried it for the first time, the last time that one did.
    pub last_joined: Timestamp,
}
