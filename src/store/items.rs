//! Lists stored items and stories, and finds the text that an item copies.

use jiff::Timestamp;

use super::{ItemQuery, RelatedText, Result, Store, StoredItem, StoryMember, StorySummary};
use crate::item::{Item, ItemId};

impl Store {
    /// Stored items, newest first, each with its cursor.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn items(&self, query: &ItemQuery) -> Result<Vec<(i64, StoredItem)>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.items(query).await)
    }

    /// The sightings of the items in the story of `item`, in order of time, then those of reports in other languages; at
    /// most 1,000. Empty if it has no story: an item that was never able to alert.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn story(&self, item: &ItemId) -> Result<Vec<StoryMember>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.story(item).await)
    }

    /// The items whose id begins with this text.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) async fn items_named(&self, typed: &str, limit: u32) -> Result<Vec<ItemId>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.items_named(typed, limit).await)
    }

    /// The stories of more than one report, newest first; `before` is the number of the last one of the page before.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn stories(&self, before: Option<i64>, limit: usize) -> Result<Vec<StorySummary>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.stories(before, limit).await)
    }

    /// The number of stored reports in other languages to which `item` would be linked, if it came at this instant.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn links(&self, item: &Item, at: Timestamp) -> Result<usize> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.links(item, at).await)
    }

    /// The stored text that `item` copies or whose story it belongs to, if it came at this instant; none if it begins a
    /// story.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn related(&self, item: &Item, at: Timestamp) -> Result<Option<RelatedText>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.related(item, at).await)
    }
}
