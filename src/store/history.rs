//! Reads everything that the store knows about an item or an address.

use jiff::Timestamp;

use super::{ItemHistory, Result, Store};
use crate::alert::{HealthEvent, WatchId};
use crate::dedupe::Key;
use crate::item::ItemId;
use crate::source::SourceId;

// Every method returns a `StoreError` if the store cannot be read.
impl Store {
    /// Everything that is known about an item; none if it is not stored or cannot be read.
    pub(crate) async fn history(&self, id: &ItemId) -> Result<Option<ItemHistory>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.history(id).await)
    }

    /// The items that have one of these keys, newest first.
    pub(crate) async fn items_with_keys(&self, keys: &[Key], limit: u32) -> Result<Vec<ItemId>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.items_with_keys(keys, limit).await)
    }

    /// The last addresses that a source listed and that contain `part`, each with its item.
    pub(crate) async fn addresses_with(&self, source: &SourceId, part: &str) -> Result<Vec<(String, ItemId)>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.addresses_with(source, part).await)
    }

    /// The last events about sources, newest first.
    pub(crate) async fn source_events(&self) -> Result<Vec<HealthEvent>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.source_events().await)
    }

    /// Since when watches are configured, as far as that is known.
    pub(crate) async fn watches_added(&self) -> Result<Vec<(WatchId, Timestamp)>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.watches_added().await)
    }
}
