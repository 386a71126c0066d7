//! Records notices about sources and floods, and reads when items arrived.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Admission, Admitted, Flood, HeldItem, NoticeUpdate, Result, Store};
use crate::alert::HealthEvent;
use crate::channel::Channel;
use crate::health::outage::Outage;
use crate::health::rhythm::Rhythm;
use crate::render::RenderSettings;
use crate::source::SourceId;

// Every method returns a `StoreError` if the store cannot be read or written.
impl Store {
    /// Raises an event and records the notice in one transaction. False if it is recorded already; then no event is
    /// raised.
    pub(crate) async fn raise_notice(
        &self,
        event: HealthEvent,
        update: NoticeUpdate,
        channels: Vec<Arc<Channel>>,
        settings: RenderSettings,
    ) -> Result<bool> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.raise_notice(event, update, channels, settings).await)
    }

    /// When the failures of each failing source began.
    pub(crate) async fn failing_since(&self) -> Result<Vec<(SourceId, Timestamp)>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.failing_since().await)
    }

    /// The outage that was reported and has not ended.
    pub(crate) async fn outage(&self) -> Result<Option<Outage>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.outage().await)
    }

    /// Every flood that waits, with its time.
    pub(crate) async fn floods(&self) -> Result<Vec<(SourceId, Timestamp)>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.floods().await)
    }

    /// The flood of a source that waits.
    pub(crate) async fn flood(&self, source: &SourceId) -> Result<Option<Flood>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.flood(source).await)
    }

    /// The items of a source that wait, in the order of their admission.
    pub(crate) async fn held_items(&self, source: &SourceId, limit: usize) -> Result<Vec<HeldItem>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.held_items(source, limit).await)
    }

    /// Makes the alerts of items that waited; `numbers` are their rows.
    pub(crate) async fn accept_held(&self, admission: Admission, numbers: Vec<i64>) -> Result<Admitted> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.accept_held(admission, numbers).await)
    }

    /// Releases every item of a source that waits, without alerts. Returns their number.
    pub(crate) async fn discard_flood(&self, source: &SourceId) -> Result<u64> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.discard_flood(source).await)
    }

    /// When a source last brought a new item.
    pub(crate) async fn last_arrival(&self, source: &SourceId) -> Result<Option<Timestamp>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.last_arrival(source).await)
    }

    /// The rhythm of a source; none if it has never brought an item.
    pub(crate) async fn rhythm(&self, source: &SourceId) -> Result<Option<Rhythm>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.rhythm(source).await)
    }
}
