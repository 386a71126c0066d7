//! Digests and floods.

use std::collections::HashMap;

use jiff::Timestamp;

use super::{DigestClosing, DigestState, Result, Store};
use crate::channel::ChannelId;
use crate::deliver::slot::SlotPlan;
use crate::source::SourceId;

// Every method returns a `StoreError` if the store cannot be read or written.
impl Store {
    /// The plan of each channel's slots, and the alerts that wait.
    pub(crate) async fn digest_states(&self) -> Result<HashMap<ChannelId, DigestState>> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.digest_states().await),
        }
    }

    /// Saves the plan of a channel's slots. What waits for a slot or the end of quiet hours waits until `closes_at`.
    pub(crate) async fn replan_digests(
        &self,
        channel: &ChannelId,
        plan: SlotPlan,
        closes_at: Timestamp,
        now: Timestamp,
    ) -> Result<()> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.replan_digests(channel, plan, closes_at, now).await),
        }
    }

    /// Makes the digests of a channel that are due; returns the number of deliveries.
    pub(crate) async fn close_digests(&self, closing: DigestClosing) -> Result<usize> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.close_digests(closing).await),
        }
    }

    /// How many new items each of the latest visits of a source found, newest last.
    pub(crate) async fn new_item_counts(&self, source: &SourceId) -> Result<Vec<usize>> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.new_item_counts(source).await),
        }
    }
}
