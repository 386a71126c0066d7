//! Stores the daily test of every channel.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Canary, ChannelOutcome, Result, Store};
use crate::alert::HealthEvent;
use crate::channel::Channel;
use crate::render::RenderSettings;

// Every method returns a `StoreError` if the store cannot be read or written.
impl Store {
    /// Makes the daily test with this id and queues its deliveries; false if it was made before.
    pub(crate) async fn raise_canary(
        &self,
        id: &str,
        test: HealthEvent,
        channels: Vec<Arc<Channel>>,
        settings: RenderSettings,
    ) -> Result<bool> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.raise_canary(id, test, channels, settings).await)
    }

    /// Records a daily test that could not be made, and raises the event about it, once.
    pub(crate) async fn fail_canary(
        &self,
        id: &str,
        failure: HealthEvent,
        channels: Vec<Arc<Channel>>,
        settings: RenderSettings,
    ) -> Result<()> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.fail_canary(id, failure, channels, settings).await)
    }

    /// The daily tests that are not checked yet, the oldest first.
    pub(crate) async fn unchecked_canaries(&self) -> Result<Vec<Canary>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.unchecked_canaries().await)
    }

    /// When the last daily test was made; none if there was none.
    pub(crate) async fn last_canary(&self) -> Result<Option<Timestamp>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.last_canary().await)
    }

    /// What became of a daily test on each channel.
    pub(crate) async fn canary_outcomes(&self, id: &str) -> Result<Vec<ChannelOutcome>> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.canary_outcomes(id).await)
    }

    /// Records that a daily test is checked, ends its other deliveries, and raises the event about its failure.
    pub(crate) async fn settle_canary(
        &self,
        id: &str,
        failure: Option<HealthEvent>,
        channels: Vec<Arc<Channel>>,
        settings: RenderSettings,
        now: Timestamp,
    ) -> Result<()> {
        let Self::Sqlite(db) = self;
        db.note_damage(db.settle_canary(id, failure, channels, settings, now).await)
    }
}
