//! What marsad remembers: items, sightings, what was told, and what is owed.
//!
//! A method is a use case and one transaction. No connection, row or statement leaves this module.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

use crate::address::Address;
use crate::alert::{DeliveryFate, DeliveryId, HealthEvent, Outcome, Reason};
use crate::channel::{Channel, ChannelId};
use crate::dedupe::{Key, Seen};
use crate::item::Item;
use crate::parse::page::shared_text::SharedText;
use crate::render;
use crate::source::{Source, SourceId};

mod claims;
mod condition;
mod error;
mod fault;
pub mod migrate;
mod row;
pub mod sqlite;
#[cfg(test)]
mod tests;

pub use claims::Claim;
pub use condition::{ConditionKind, StoreCondition};
pub use error::{Displacement, StoreError};
pub use fault::StatementFault;
pub use row::{
    Absence, AbsentKind, Admission, Admitted, Attempt, Candidate, CheckDepth, CheckReport, Delivery, DeliveryAhead,
    DeliveryQuery, DeliveryState, FailingChannel, FollowDue, FollowSettlement, FollowUpdate, FollowedItem, ItemProbe,
    ItemQuery, MissedAlerts, MissedItem, PagesAhead, PruneReport, Retried, Scheduled, SetAside, SourceState,
    StoreCounts, StoredAlert, StoredItem, VisitEnd,
};

type Result<T> = std::result::Result<T, StoreError>;

/// Where marsad keeps what it remembers.
#[derive(Clone, Debug)]
pub enum Store {
    /// One SQLite file in the state folder.
    Sqlite(sqlite::Database),
}

/// Calls the same method of whichever store it is.
macro_rules! either {
    ($store:expr, $db:ident => $call:expr) => {
        match $store {
            Store::Sqlite($db) => $call,
        }
    };
}

/// As `either`, for what reads or writes: the damage that it meets is noted.
macro_rules! asked {
    ($store:expr, $db:ident => $call:expr) => {
        match $store {
            Store::Sqlite($db) => $db.noted($call),
        }
    };
}

// Every method below answers with a `StoreError` when the store cannot be read or written; the stores' own methods
// say more.
#[expect(clippy::missing_errors_doc, reason = "content once above, for all of them")]
impl Store {
    /// Opens the store of this state folder for the daemon: alone, and brought to the present shape.
    pub async fn open(state_dir: &Path) -> Result<Self> {
        Ok(Self::Sqlite(sqlite::Database::open(state_dir).await?))
    }

    /// As [`Store::open`], but begins a new store where the old one is gone.
    pub async fn open_anew(state_dir: &Path) -> Result<Self> {
        Ok(Self::Sqlite(sqlite::Database::open_anew(state_dir).await?))
    }

    /// Opens the store of this state folder for a command beside the daemon.
    pub async fn beside(state_dir: &Path) -> Result<Self> {
        Ok(Self::Sqlite(sqlite::Database::beside(state_dir).await?))
    }

    /// The file that the store is in.
    #[must_use]
    pub fn path(&self) -> &Path {
        either!(self, db => db.path())
    }

    /// Changes whenever an alert is committed by this process.
    #[must_use]
    pub fn newest_alert(&self) -> watch::Receiver<i64> {
        either!(self, db => db.newest_alert())
    }

    /// Brings everything into the database file and closes it.
    pub async fn close(&self) {
        either!(self, db => db.close().await)
    }

    /// Makes the store know exactly these sources, new ones first due at the instant beside them.
    pub async fn keep_sources(&self, sources: &[(Arc<Source>, Timestamp)], at: Timestamp) -> Result<()> {
        asked!(self, db => db.keep_sources(sources, at).await)
    }

    /// What the store remembers of every configured source.
    pub async fn source_states(&self) -> Result<Vec<SourceState>> {
        asked!(self, db => db.source_states().await)
    }

    /// What the store remembers of one source; none when it is not configured.
    pub async fn source_state(&self, id: &SourceId) -> Result<Option<SourceState>> {
        asked!(self, db => db.source_state(id).await)
    }

    /// When each configured source is due and when it was last visited; none: as soon as there is room, and never.
    pub async fn schedule(&self) -> Result<HashMap<SourceId, Scheduled>> {
        asked!(self, db => db.schedule().await)
    }

    /// Brings these sources' next visits forward to the instants beside them.
    pub async fn bring_visits_forward(&self, visits: &[(SourceId, Timestamp)]) -> Result<()> {
        asked!(self, db => db.bring_visits_forward(visits).await)
    }

    /// Brings forward the pages that are due later than the pause after their last try.
    pub async fn bring_pages_forward(&self, pages: PagesAhead) -> Result<()> {
        asked!(self, db => db.bring_pages_forward(pages).await)
    }

    /// What a channel owes that is not due at `now`.
    pub async fn deliveries_ahead(&self, channel: &ChannelId, now: Timestamp) -> Result<Vec<DeliveryAhead>> {
        asked!(self, db => db.deliveries_ahead(channel, now).await)
    }

    /// Brings these pending deliveries forward to the instants beside their rows; none is put off.
    pub async fn bring_deliveries_forward(&self, deliveries: &[(i64, Timestamp)]) -> Result<()> {
        asked!(self, db => db.bring_deliveries_forward(deliveries).await)
    }

    /// When any source was last visited.
    pub async fn last_visit(&self) -> Result<Option<Timestamp>> {
        asked!(self, db => db.last_visit().await)
    }

    /// Makes every source due.
    pub async fn make_due(&self, at: Timestamp) -> Result<()> {
        asked!(self, db => db.make_due(at).await)
    }

    /// Writes down how a visit ended: last of all, so that a crash before it finds everything again.
    pub async fn end_visit(&self, end: VisitEnd) -> Result<()> {
        either!(self, db => db.noted_of(&end.source.clone(), true, db.end_visit(end).await))
    }

    /// What the pages of a source have in common.
    pub async fn recurring(&self, source: &SourceId) -> Result<SharedText> {
        asked!(self, db => db.recurring(source).await)
    }

    /// Takes note of a page's text, and answers with what the pages of its source have in common, this one among them.
    pub async fn learn_page(
        &self,
        source: &SourceId,
        page: &Address,
        headline: &str,
        text: &str,
        at: Timestamp,
    ) -> Result<SharedText> {
        asked!(self, db => db.learn_page(source, page, headline, text, at).await)
    }

    /// Those of `keys` that belong to the source's baseline, without an item of theirs.
    pub async fn in_baseline(&self, source: &SourceId, keys: &[Key]) -> Result<HashSet<Key>> {
        asked!(self, db => db.in_baseline(source, keys).await)
    }

    /// Those of `keys` that an item has which the source has brought.
    pub async fn brought(&self, source: &SourceId, keys: &[Key]) -> Result<HashSet<Key>> {
        asked!(self, db => db.brought(source, keys).await)
    }

    /// What shares a key with each of `probes`, which `source` brings.
    pub async fn seen(&self, source: &SourceId, probes: &[ItemProbe], at: Timestamp) -> Result<Vec<Vec<Seen>>> {
        asked!(self, db => db.seen(source, probes, at).await)
    }

    /// What the item of this row says; none where it is gone or cannot be read.
    pub async fn content(&self, item: i64) -> Result<Option<Item>> {
        asked!(self, db => db.content(item).await)
    }

    /// Commits what a visit brings, all of it or nothing.
    pub async fn admit(&self, admission: Admission) -> Result<Admitted> {
        either!(self, db => db.noted_of(&admission.source.clone().id, false, db.admit(admission).await))
    }

    /// Writes down which watches and channels are configured. One that comes back within `short` of its removal has
    /// missed something.
    pub async fn keep_configured(
        &self,
        names: &[(AbsentKind, String)],
        short: SignedDuration,
        at: Timestamp,
    ) -> Result<()> {
        asked!(self, db => db.keep_configured(names, short, at).await)
    }

    /// Keeps exactly these sources, watches and channels, in one transaction.
    pub async fn commit_configuration(
        &self,
        sources: &[(Arc<Source>, Timestamp)],
        names: &[(AbsentKind, String)],
        short: SignedDuration,
        at: Timestamp,
    ) -> Result<()> {
        asked!(self, db => db.commit_configuration(sources, names, short, at).await)
    }

    /// The watches and channels that have come back and not looked back yet.
    pub async fn returned(&self) -> Result<Vec<Absence>> {
        asked!(self, db => db.returned().await)
    }

    /// The items after `cursor` that came, or were revised, during an absence, each with a source that brought it;
    /// and the cursor behind them, none when there are no more.
    pub async fn missed_items(
        &self,
        absence: &Absence,
        cursor: &(i64, SourceId),
        limit: usize,
    ) -> Result<(Vec<MissedItem>, Option<(i64, SourceId)>)> {
        asked!(self, db => db.missed_items(absence, cursor, limit).await)
    }

    /// Alerts of stored items that their watches missed; the candidates are known items.
    pub async fn alert_missed(&self, admission: Admission) -> Result<Admitted> {
        asked!(self, db => db.alert_missed(admission).await)
    }

    /// Owes a channel the alerts that were made while it was removed; answers with the number of deliveries, and with
    /// the last alert that was looked at, none when there are no more.
    pub async fn owe_missed(&self, missed: MissedAlerts) -> Result<(usize, Option<i64>)> {
        asked!(self, db => db.owe_missed(missed).await)
    }

    /// Writes down that a watch or channel has looked back over this absence.
    pub async fn looked_back(&self, absence: &Absence) -> Result<()> {
        asked!(self, db => db.looked_back(absence).await)
    }

    /// When a source was removed; none when it is configured, or never was.
    pub async fn removed_at(&self, source: &SourceId) -> Result<Option<Timestamp>> {
        asked!(self, db => db.removed_at(source).await)
    }

    /// Which pages are to be read, the soonest first.
    pub async fn follows(&self, limit: usize) -> Result<Vec<FollowDue>> {
        asked!(self, db => db.follows(limit).await)
    }

    /// The addresses, as they are compared, of a source's items that wait.
    pub async fn waiting_at(&self, source: &SourceId) -> Result<HashSet<String>> {
        asked!(self, db => db.waiting_at(source).await)
    }

    /// An item whose page is to be read; none when that is settled.
    pub async fn followed(&self, number: i64) -> Result<Option<FollowedItem>> {
        asked!(self, db => db.followed(number).await)
    }

    /// Begins a try at a page, durably, before it is asked for; `next` is when it is tried again if this process dies
    /// in it. Answers with the number of the try; none when the row is gone.
    pub async fn begin_follow(&self, number: i64, next: Timestamp) -> Result<Option<u32>> {
        asked!(self, db => db.begin_follow(number, next).await)
    }

    /// Puts the next try at a page off to this instant.
    pub async fn put_off_follow(&self, number: i64, next: Timestamp) -> Result<()> {
        asked!(self, db => db.put_off_follow(number, next).await)
    }

    /// Gives an item's page up; an item that still waited for it is dropped, and its source reads everything anew
    /// should it come back.
    pub async fn drop_follow(&self, number: i64) -> Result<()> {
        asked!(self, db => db.drop_follow(number).await)
    }

    /// Stored items, newest first, each with its cursor.
    pub async fn items(&self, query: &ItemQuery) -> Result<Vec<(i64, StoredItem)>> {
        asked!(self, db => db.items(query).await)
    }

    /// Makes an alert of an event and owes it to these channels; answers with the deliveries.
    pub async fn raise(
        &self,
        event: HealthEvent,
        channels: Vec<Arc<Channel>>,
        settings: render::RenderSettings,
    ) -> Result<Vec<DeliveryId>> {
        asked!(self, db => db.raise(event, channels, settings).await)
    }

    /// The alerts after this number, in the order of admission.
    pub async fn alerts_after(&self, number: i64, limit: usize) -> Result<Vec<StoredAlert>> {
        asked!(self, db => db.alerts_after(number, limit).await)
    }

    /// The oldest and the newest alert that is kept.
    pub async fn alert_bounds(&self) -> Result<Option<(i64, i64)>> {
        asked!(self, db => db.alert_bounds().await)
    }

    /// The numbers of the deliveries that a channel owes at `now`, in the channel's order: at most `limit` first
    /// attempts and at most `limit` repeats.
    pub async fn due_deliveries(&self, channel: &ChannelId, now: Timestamp, limit: usize) -> Result<Vec<i64>> {
        asked!(self, db => db.due_deliveries(channel, now, limit).await)
    }

    /// The delivery of this number with its body; none when it is not due at `now` any more.
    pub async fn due_delivery(&self, number: i64, now: Timestamp) -> Result<Option<Delivery>> {
        asked!(self, db => db.due_delivery(number, now).await)
    }

    /// When the channel owes something next.
    pub async fn next_due(&self, channel: &ChannelId) -> Result<Option<Timestamp>> {
        asked!(self, db => db.next_due(channel).await)
    }

    /// Claims a delivery for one attempt; none while another attempt owns it.
    #[must_use]
    pub fn claim(&self, id: &DeliveryId) -> Option<Claim> {
        either!(self, db => db.claim(id))
    }

    /// Begins an attempt, durably, before anything is sent; none when the delivery is no longer pending.
    pub async fn begin_attempt(&self, claim: &Claim, now: Timestamp, next: Timestamp) -> Result<Option<u32>> {
        asked!(self, db => db.begin_attempt(claim, now, next).await)
    }

    /// Makes every delivery pending again that is in flight without a live attempt, due at `not_before` or later.
    pub async fn take_up_stale(&self, not_before: Timestamp) -> Result<usize> {
        asked!(self, db => db.take_up_stale(not_before).await)
    }

    /// Gives up a pending delivery that cannot be attempted at all.
    pub async fn give_up(&self, number: i64, reason: &Reason, now: Timestamp) -> Result<()> {
        asked!(self, db => db.give_up(number, reason, now).await)
    }

    /// Writes down how an attempt ended and what becomes of the delivery.
    pub async fn settle(
        &self,
        id: &DeliveryId,
        number: u32,
        outcome: &Outcome,
        fate: DeliveryFate,
        now: Timestamp,
        took: Duration,
    ) -> Result<()> {
        asked!(self, db => db.settle(id, number, outcome, fate, now, took).await)
    }

    /// Deliveries, newest first, each with its cursor.
    pub async fn deliveries(&self, query: &DeliveryQuery) -> Result<Vec<(i64, Delivery)>> {
        asked!(self, db => db.deliveries(query).await)
    }

    /// One delivery with its attempts.
    pub async fn delivery(&self, id: &DeliveryId) -> Result<Option<(Delivery, Vec<Attempt>)>> {
        asked!(self, db => db.delivery(id).await)
    }

    /// Makes a delivery due as soon as a repeat may leave, a dead one too; else says why not.
    pub async fn retry_delivery(&self, id: &DeliveryId, now: Timestamp) -> Result<Retried> {
        asked!(self, db => db.retry_delivery(id, now).await)
    }

    /// Takes away a little of what is no longer needed; all zero when nothing is left to do.
    pub async fn prune(
        &self,
        texts: SignedDuration,
        deliveries: SignedDuration,
        now: Timestamp,
    ) -> Result<PruneReport> {
        asked!(self, db => db.prune(texts, deliveries, now).await)
    }
}
