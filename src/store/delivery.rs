//! The methods that list deliveries and change them by hand.

use jiff::Timestamp;

use super::{Attempt, Delivery, DeliveryQuery, Result, Retried, Store};
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

    /// The ids of deliveries that begin with `typed`, at most `limit` of them.
    pub(crate) async fn deliveries_named(&self, typed: &str, limit: u32) -> Result<Vec<DeliveryId>> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.deliveries_named(typed, limit).await),
        }
    }

    /// The deliveries of a channel that failed permanently or wait for a retry, in the channel's order.
    pub(crate) async fn failed_deliveries(&self, channel: &ChannelId) -> Result<Vec<DeliveryId>> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.failed_deliveries(channel).await),
        }
    }

    /// Ends a delivery that waits for an attempt; false if it does not.
    pub(crate) async fn cancel_delivery(&self, id: &DeliveryId, now: Timestamp) -> Result<bool> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.cancel_delivery(id, now).await),
        }
    }

    /// Makes a delivery due as soon as a retry is allowed, even if it is dead; otherwise returns why not.
    pub(crate) async fn retry_delivery(&self, id: &DeliveryId, now: Timestamp) -> Result<Retried> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.retry_delivery(id, now).await),
        }
    }
}
