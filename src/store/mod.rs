//! Stores items, sightings, alerts and deliveries. Each method is one use case and one transaction; no connection, row
//! or statement leaves this module.
//!
//! - `migrate` holds the schema's migrations.
//! - `sqlite` implements the store in one SQLite file.
//! - `row` defines the values that go in and out.
//! - `claims` tracks which deliveries are being attempted.
//! - `items` lists stored items and stories.
//! - `condition` reports the condition of the store.
//! - `maintenance` backs up, restores and shrinks the store.
//! - `delivery` lists deliveries and changes them by hand; `digest` closes digests.
//! - `canary` stores the daily test of every channel.
//! - `history` reads everything about one item.
//! - `health` records notices about sources.
//! - `circuit` is about channels that do not deliver.
//! - `error` and `fault` classify failures.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::address::Address;
use crate::alert::{DeliveryId, HealthEvent, Reason};
use crate::channel::{Channel, ChannelId};
use crate::dedupe::{Key, Seen};
use crate::item::Item;
use crate::parse::page::shared_text::SharedText;
use crate::render;
use crate::source::{Source, SourceId};

mod canary;
mod circuit;
mod claims;
mod condition;
mod delivery;
mod digest;
mod error;
mod fault;
mod health;
mod history;
mod items;
mod maintenance;
pub(crate) mod migrate;
mod row;
pub(crate) mod sqlite;
#[cfg(test)]
mod tests;

pub(crate) use claims::Claim;
pub use condition::{ConditionKind, StoreCondition};
pub use error::{Displacement, StoreError};
pub use fault::StatementFault;
pub(crate) use row::{
    Absence, AbsentKind, Admission, AlertRecord, Attempt, AttemptEnd, BackupSummary, Canary, Candidate,
    ChannelCondition, ChannelGate, ChannelOutcome, CheckDepth, CheckReport, Delivery, DeliveryAhead, DeliveryChange,
    DeliveryChanged, DeliverySelector, DigestClosing, DigestState, ExistingFile, FailingChannel, Flood,
    FollowSettlement, FollowUpdate, FollowedItem, GatheredAlert, HeldItem, ItemHistory, ItemPlacement, ItemProbe,
    MissedAlerts, MissedItem, NoticeUpdate, PagesAhead, PruneReport, RefusedRecipient, RelatedAlert, RestoreSummary,
    Scheduled, SetAside, SettledDelivery, SightingRecord, StorageReport, StoreCounts, StoredAlert, VisitEnd,
    VisitEvents,
};
pub use row::{
    Admitted, DeliveryQuery, DeliveryState, FollowDue, ItemQuery, RelatedText, SourceState, StoredItem, StoryMember,
    StorySummary,
};

pub(crate) use sqlite::restore::BackupFile;

type Result<T> = std::result::Result<T, StoreError>;

/// The store, whichever engine it uses.
#[derive(Clone, Debug)]
pub enum Store {
    /// One SQLite file in the state folder.
    Sqlite(sqlite::Database),
}

/// Calls the same method of each engine.
macro_rules! dispatch {
    ($store:expr, $db:ident => $call:expr) => {
        match $store {
            Store::Sqlite($db) => $call,
        }
    };
}

/// As `dispatch`, for methods that read or write: damage that they find is noted.
macro_rules! checked {
    ($store:expr, $db:ident => $call:expr) => {
        match $store {
            Store::Sqlite($db) => $db.note_damage($call),
        }
    };
}

// Every method below returns a `StoreError` if the store cannot be read or written; the engines' methods document
// more.
#[expect(clippy::missing_errors_doc, reason = "documented once above, for all of them")]
impl Store {
    /// Opens the store of this state folder for the daemon: exclusively, and migrated to the current schema.
    pub async fn open(state_dir: &Path) -> Result<Self> {
        Ok(Self::Sqlite(sqlite::Database::open(state_dir).await?))
    }

    /// As [`Store::open`], but creates a new store if the old one is gone.
    pub(crate) async fn open_or_create(state_dir: &Path) -> Result<Self> {
        Ok(Self::Sqlite(sqlite::Database::open_or_create(state_dir).await?))
    }

    /// Opens the store of this state folder for a command while the daemon may run.
    pub async fn open_shared(state_dir: &Path) -> Result<Self> {
        Ok(Self::Sqlite(sqlite::Database::open_shared(state_dir).await?))
    }

    /// The store's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        dispatch!(self, db => db.path())
    }

    /// The number of the newest alert; it changes when this process commits an alert.
    #[must_use]
    pub(crate) fn newest_alert(&self) -> watch::Receiver<i64> {
        dispatch!(self, db => db.newest_alert())
    }

    /// Writes everything to the database file and closes it.
    pub(crate) async fn close(&self) {
        dispatch!(self, db => db.close().await)
    }

    /// Replaces the set of configured sources. Each new source is first due at its instant.
    pub async fn sync_sources(&self, sources: &[(Arc<Source>, Timestamp)], at: Timestamp) -> Result<()> {
        checked!(self, db => db.sync_sources(sources, at).await)
    }

    /// The state of every configured source.
    pub async fn source_states(&self) -> Result<Vec<SourceState>> {
        checked!(self, db => db.source_states(u32::MAX).await)
    }

    /// As [`Store::source_states`], but `items` is at most 1: whether a source has ever had an item.
    pub(crate) async fn source_conditions(&self) -> Result<Vec<SourceState>> {
        checked!(self, db => db.source_states(1).await)
    }

    /// The state of one source; none if it is not configured.
    pub(crate) async fn source_state(&self, id: &SourceId) -> Result<Option<SourceState>> {
        checked!(self, db => db.source_state(id).await)
    }

    /// When each configured source is due and when it was last visited.
    pub(crate) async fn schedule(&self) -> Result<HashMap<SourceId, Scheduled>> {
        checked!(self, db => db.schedule().await)
    }

    /// Brings the next visits of these sources forward to their instants.
    pub(crate) async fn bring_visits_forward(&self, visits: &[(SourceId, Timestamp)]) -> Result<()> {
        checked!(self, db => db.bring_visits_forward(visits).await)
    }

    /// Brings forward the pages that are due later than the pause after their last try.
    pub(crate) async fn bring_pages_forward(&self, pages: PagesAhead) -> Result<()> {
        checked!(self, db => db.bring_pages_forward(pages).await)
    }

    /// The pending deliveries of a channel that are not due at `now`.
    pub(crate) async fn deliveries_ahead(&self, channel: &ChannelId, now: Timestamp) -> Result<Vec<DeliveryAhead>> {
        checked!(self, db => db.deliveries_ahead(channel, now).await)
    }

    /// Brings these pending deliveries forward to their instants; none is delayed.
    pub(crate) async fn bring_deliveries_forward(&self, deliveries: &[(i64, Timestamp)]) -> Result<()> {
        checked!(self, db => db.bring_deliveries_forward(deliveries).await)
    }

    /// When any source was last visited.
    pub(crate) async fn last_visit(&self) -> Result<Option<Timestamp>> {
        checked!(self, db => db.last_visit().await)
    }

    /// Makes every source due.
    pub(crate) async fn make_due(&self, at: Timestamp) -> Result<()> {
        checked!(self, db => db.make_due(at).await)
    }

    /// Saves how a visit ended, and raises its events. This is the last write of a visit, so that after a crash
    /// everything is found again.
    pub(crate) async fn end_visit(&self, end: VisitEnd, events: Option<VisitEvents>) -> Result<()> {
        dispatch!(self, db => db.note_visit(&end.source.clone(), true, db.end_visit(end, events).await))
    }

    /// The text that the pages of a source have in common.
    pub async fn shared_text(&self, source: &SourceId) -> Result<SharedText> {
        checked!(self, db => db.shared_text(source).await)
    }

    /// Learns a page's text. Returns the text that the pages of its source have in common, this page included.
    pub(crate) async fn learn_page(
        &self,
        source: &SourceId,
        page: &Address,
        headline: &str,
        text: &str,
        at: Timestamp,
    ) -> Result<SharedText> {
        checked!(self, db => db.learn_page(source, page, headline, text, at).await)
    }

    /// The subset of `keys` that belongs to the source's baseline, without a stored item.
    pub(crate) async fn baseline_keys(&self, source: &SourceId, keys: &[Key]) -> Result<HashSet<Key>> {
        checked!(self, db => db.baseline_keys(source, keys).await)
    }

    /// The subset of `keys` that items of the source have.
    pub(crate) async fn item_keys(&self, source: &SourceId, keys: &[Key]) -> Result<HashSet<Key>> {
        checked!(self, db => db.item_keys(source, keys).await)
    }

    /// The stored items that share a key with each of `probes`, which `source` publishes.
    pub(crate) async fn seen(&self, source: &SourceId, probes: &[ItemProbe], at: Timestamp) -> Result<Vec<Vec<Seen>>> {
        checked!(self, db => db.seen(source, probes, at).await)
    }

    /// The content of the item in this row; none if it is gone or cannot be read.
    pub async fn content(&self, item: i64) -> Result<Option<Item>> {
        checked!(self, db => db.content(item).await)
    }

    /// Commits the items of a visit, all or none.
    pub(crate) async fn admit(&self, admission: Admission) -> Result<Admitted> {
        dispatch!(self, db => db.note_visit(&admission.source.clone().id, false, db.admit(admission).await))
    }

    /// Records which watches and channels are configured. One that returns within `short` of its removal has an
    /// absence to look back over.
    pub(crate) async fn save_configured(
        &self,
        names: &[(AbsentKind, String)],
        short: SignedDuration,
        at: Timestamp,
    ) -> Result<()> {
        checked!(self, db => db.save_configured(names, short, at).await)
    }

    /// Replaces the configured sources, watches and channels in one transaction.
    pub(crate) async fn commit_configuration(
        &self,
        sources: &[(Arc<Source>, Timestamp)],
        names: &[(AbsentKind, String)],
        short: SignedDuration,
        at: Timestamp,
    ) -> Result<()> {
        checked!(self, db => db.commit_configuration(sources, names, short, at).await)
    }

    /// The absences of returned watches and channels that are not handled yet.
    pub async fn returned(&self) -> Result<Vec<Absence>> {
        checked!(self, db => db.returned().await)
    }

    /// The items after `cursor` that were stored or revised during an absence, each with a source that published it,
    /// and the next cursor; none if there are no more.
    pub(crate) async fn missed_items(
        &self,
        absence: &Absence,
        cursor: &(i64, SourceId),
        limit: usize,
    ) -> Result<(Vec<MissedItem>, Option<(i64, SourceId)>)> {
        checked!(self, db => db.missed_items(absence, cursor, limit).await)
    }

    /// Makes the alerts that watches missed; the candidates are stored items.
    pub(crate) async fn alert_missed(&self, admission: Admission) -> Result<Admitted> {
        checked!(self, db => db.alert_missed(admission).await)
    }

    /// Queues deliveries of the alerts that were made while a channel was removed. Returns the number of deliveries and
    /// the last alert examined; none if there are no more.
    pub(crate) async fn queue_missed(&self, missed: MissedAlerts) -> Result<(usize, Option<i64>)> {
        checked!(self, db => db.queue_missed(missed).await)
    }

    /// Records that an absence is handled.
    pub(crate) async fn looked_back(&self, absence: &Absence) -> Result<()> {
        checked!(self, db => db.looked_back(absence).await)
    }

    /// When a source was removed; none if it is configured or unknown.
    pub(crate) async fn removed_at(&self, source: &SourceId) -> Result<Option<Timestamp>> {
        checked!(self, db => db.removed_at(source).await)
    }

    /// The item pages to read, soonest first.
    pub async fn follows(&self, limit: usize) -> Result<Vec<FollowDue>> {
        checked!(self, db => db.follows(limit).await)
    }

    /// The normalized addresses of a source's items that wait for their page.
    pub(crate) async fn waiting_addresses(&self, source: &SourceId) -> Result<HashSet<String>> {
        checked!(self, db => db.waiting_addresses(source).await)
    }

    /// An item whose page is to be read; none if it is settled.
    pub async fn followed(&self, number: i64) -> Result<Option<FollowedItem>> {
        checked!(self, db => db.followed(number).await)
    }

    /// Records a try at a page durably before its request; `next` is when it is tried again if this process dies.
    /// Returns the number of the try; none if the row is gone.
    pub(crate) async fn begin_follow(&self, number: i64, next: Timestamp) -> Result<Option<u32>> {
        checked!(self, db => db.begin_follow(number, next).await)
    }

    /// Postpones the next try at a page to this instant.
    pub(crate) async fn postpone_follow(&self, number: i64, next: Timestamp) -> Result<()> {
        checked!(self, db => db.postpone_follow(number, next).await)
    }

    /// Gives up an item's page. An item that still waits for it is dropped, and its source loses its validators, so
    /// that the item is found again.
    pub(crate) async fn drop_follow(&self, number: i64) -> Result<()> {
        checked!(self, db => db.drop_follow(number).await)
    }

    /// Makes an alert of an event and queues its deliveries to these channels; returns their ids.
    pub(crate) async fn raise(
        &self,
        event: HealthEvent,
        channels: Vec<Arc<Channel>>,
        settings: render::RenderSettings,
    ) -> Result<Vec<DeliveryId>> {
        checked!(self, db => db.raise(event, channels, settings).await)
    }

    /// The alerts after this number, in the order of admission.
    pub(crate) async fn alerts_after(&self, number: i64, limit: usize) -> Result<Vec<StoredAlert>> {
        checked!(self, db => db.alerts_after(number, limit).await)
    }

    /// The numbers of the oldest and the newest stored alert.
    pub(crate) async fn alert_bounds(&self) -> Result<Option<(i64, i64)>> {
        checked!(self, db => db.alert_bounds().await)
    }

    /// The numbers of a channel's deliveries that are due at `now`, in the channel's order: at most `limit` first
    /// attempts and at most `limit` retries.
    pub async fn due_deliveries(&self, channel: &ChannelId, now: Timestamp, limit: usize) -> Result<Vec<i64>> {
        checked!(self, db => db.due_deliveries(channel, now, limit).await)
    }

    /// The delivery with this number and its body; none if it is no longer due at `now`.
    pub async fn due_delivery(&self, number: i64, now: Timestamp) -> Result<Option<Delivery>> {
        checked!(self, db => db.due_delivery(number, now).await)
    }

    /// When the channel's next delivery is due.
    pub(crate) async fn next_due(&self, channel: &ChannelId) -> Result<Option<Timestamp>> {
        checked!(self, db => db.next_due(channel).await)
    }

    /// Claims a delivery for one attempt; none while another attempt owns it.
    #[must_use]
    pub fn claim(&self, id: &DeliveryId) -> Option<Claim> {
        dispatch!(self, db => db.claim(id))
    }

    /// Records an attempt durably before anything is sent; none if the delivery is no longer pending.
    pub async fn begin_attempt(&self, claim: &Claim, now: Timestamp, next: Timestamp) -> Result<Option<u32>> {
        checked!(self, db => db.begin_attempt(claim, now, next).await)
    }

    /// Makes deliveries pending again that are in flight without a running attempt, due at `not_before` or later.
    pub async fn requeue_stale(&self, not_before: Timestamp) -> Result<usize> {
        checked!(self, db => db.requeue_stale(not_before).await)
    }

    /// Gives up a pending delivery that cannot be attempted at all.
    pub(crate) async fn give_up(&self, number: i64, reason: &Reason, now: Timestamp) -> Result<()> {
        checked!(self, db => db.give_up(number, reason, now).await)
    }

    /// Stores the end of an attempt over `channel`, the delivery's next state and what it means for the channel.
    /// Returns what became of a delivery that is to be tried again; none if nothing changed.
    pub(crate) async fn settle(
        &self,
        channel: &Channel,
        id: &DeliveryId,
        number: u32,
        end: &AttemptEnd,
    ) -> Result<Option<SettledDelivery>> {
        checked!(self, db => db.settle(channel, id, number, end).await)
    }
}
