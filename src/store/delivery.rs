//! The methods that list deliveries and change them by hand.

use jiff::Timestamp;

use super::{Attempt, Delivery, DeliveryChange, DeliveryChanged, DeliveryQuery, DeliverySelector, Result, Store};
use crate::alert::DeliveryId;
use crate::channel::ChannelId;

// Every method returns a `StoreError` if the store cannot be read or written.
#[expect(clippy::missing_errors_doc, reason = "documented once above, for all of them")]
impl Store {
    /// Deliveries, newest first, each with its cursor.
    pub async fn deliveries(&self, query: &DeliveryQuery) -> Result<Vec<(i64, Delivery)>> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.deliveries(query).await),
        }
    }

    /// One delivery with its attempts.
    pub(crate) async fn delivery(&self, id: &DeliveryId) -> Result<Option<(Delivery, Vec<Attempt>)>> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.delivery(id).await),
        }
    }

    /// The channels that have deliveries, configured or not.
    pub(crate) async fn channels_with_deliveries(&self) -> Result<Vec<ChannelId>> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.channels_with_deliveries().await),
        }
    }

    /// The ids of deliveries that begin with `typed`, at most `limit` of them.
    pub(crate) async fn deliveries_named(&self, typed: &str, limit: u32) -> Result<Vec<DeliveryId>> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.deliveries_named(typed, limit).await),
        }
    }

    /// The selected deliveries, oldest first; with `untried`, also those whose first attempt is still to come.
    pub(crate) async fn selected_deliveries(
        &self,
        selector: &DeliverySelector,
        untried: bool,
    ) -> Result<Vec<DeliveryId>> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.selected_deliveries(selector, untried).await),
        }
    }

    /// Ends a delivery that waits for an attempt; false if it does not.
    pub(crate) async fn cancel_delivery(&self, id: &DeliveryId, now: Timestamp) -> Result<bool> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.cancel_delivery(id, now).await),
        }
    }

    /// Changes deliveries by hand, all in one transaction; returns the result for each.
    pub(crate) async fn change_deliveries(
        &self,
        ids: &[DeliveryId],
        change: DeliveryChange,
        now: Timestamp,
    ) -> Result<Vec<DeliveryChanged>> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.change_deliveries(ids, change, now).await),
        }
    }
}
