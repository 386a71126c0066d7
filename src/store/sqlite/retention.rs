//! Deletes expired rows, oldest first and in small batches. Rows whose item would otherwise count as new stay.
//!
//! A source lists the items of the last document that was read, as long as its visits succeed: a document that is
//! unchanged since then is not read again.

use jiff::{SignedDuration, Timestamp};
use sqlx::SqliteConnection;

use super::Database;
use crate::clock::later;
use crate::store::{PruneReport, StoreError};
use crate::story::placement;

/// How many rows one statement deletes, so that no other writer waits long. Chosen by hand.
const BATCH: i64 = 500;

/// How long an item stays known after its text was deleted and no source lists it. Chosen by hand: a year.
const KNOWN_FOR: SignedDuration = SignedDuration::from_hours(366 * 24);

/// Settled deliveries with their attempts.
pub(super) const DELIVERIES: &str = "
    delete from delivery where number in (
        select number from delivery where settled_at < ?1 order by number limit +?2)";

/// Alerts without deliveries that are in no digest.
pub(super) const ALERTS: &str = "
    delete from alert where number in (
        select a.number from alert a where a.made_at < ?1
            and not exists (select 1 from delivery d where d.alert = a.number)
            and not exists (select 1 from digest_entry e where e.alert = a.number)
        order by a.number limit +?2)";

/// The summaries and texts of items that no source lists any more.
pub(super) const TEXTS: &str = "
    update item set content = json_set(content, '$.summary', '', '$.text', '', '$.text_state', 'none')
    where number in (
        select i.number from item i
        where i.first_seen_at < ?1
            and case when json_valid(i.content) then i.content ->> '$.summary' <> '' or i.content ->> '$.text' <> '' end
            and not exists (
                select 1 from sighting s left join source c on c.id = s.source_id
                where s.item = i.number and (s.last_at >= ?1 or s.last_at >= c.read_at and c.last_success_at >= ?1))
        order by i.number limit +?2)";

/// Items that no source has listed for long enough, with their keys and sightings. An item stays as long as its alerts:
/// an item that is found again gets the same id, and its alerts would be taken for the stored ones.
pub(super) const ITEMS: &str = "
    delete from item where number in (
        select i.number from item i where i.first_seen_at < ?1
            and not exists (select 1 from alert a where a.item = i.number)
            and not exists (
                select 1 from sighting s left join source c on c.id = s.source_id
                where s.item = i.number and (s.last_at >= ?1 or s.last_at >= c.read_at and c.last_success_at >= ?1))
        order by i.number limit +?2)";

/// Alert records whose item is gone. Those of earlier versions do not name it, and expire by their age alone.
pub(super) const ALERTED: &str = "
    delete from alerted where (watch_id, about) in (
        select a.watch_id, a.about from alerted a indexed by alerted_by_time
        where a.at < ?1 and not exists (select 1 from item i where i.number = a.item) limit +?2)";

/// The index of whole weeks in which no text can be copied any more.
pub(super) const INDEX: &str = "
    delete from text_index where (week, key, item) in (
        select week, key, item from text_index where week < ?1 limit +?2)";

/// The first texts of revised items, of which no text can be a copy any more.
pub(super) const FIRST_TEXTS: &str = "
    update item_story set first_text = null where item in (
        select item from item_story where first_text is not null and placed_at < ?1 limit +?2)";

/// Records up to when settled deliveries may be gone, for the check of sequence numbers.
pub(super) const PRUNED_BEFORE: &str = "
    insert into meta (key, value) values ('pruned_before', ?1)
    on conflict (key) do update set value = max(cast(value as integer), cast(excluded.value as integer))";

/// How many rows of the index one statement deletes. Chosen by hand: they are short.
const INDEX_BATCH: i64 = 5_000;

impl Database {
    /// Deletes at most 500 rows of each kind, and 5,000 of the index. All counts are zero if nothing is left to delete.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn prune(
        &self,
        texts: SignedDuration,
        deliveries: SignedDuration,
        now: Timestamp,
    ) -> Result<PruneReport, StoreError> {
        self.forget_set_aside(now).await?;
        self.write(move |connection| {
            Box::pin(async move {
                let settled = later(now, -deliveries);
                let listed = later(now, -texts);
                let known = later(listed, -KNOWN_FOR);
                let before = settled.as_microsecond().to_string();
                sqlx::query(PRUNED_BEFORE).bind(before).execute(&mut *connection).await?;
                Ok(PruneReport {
                    deliveries: step(connection, DELIVERIES, settled).await?,
                    alerts: step(connection, ALERTS, settled).await?,
                    texts: step(connection, TEXTS, listed).await?,
                    items: step(connection, ITEMS, known).await?,
                    alerted: step(connection, ALERTED, known).await?,
                    index: expire_index(connection, now).await?,
                })
            })
        })
        .await
    }
}

async fn expire_index(connection: &mut SqliteConnection, now: Timestamp) -> Result<u64, StoreError> {
    let oldest = later(now, -placement::COPY_WINDOW);
    let texts = step(connection, FIRST_TEXTS, oldest).await?;
    let rows = sqlx::query(INDEX).bind(placement::week(oldest)).bind(INDEX_BATCH).execute(connection).await?;
    Ok(texts + rows.rows_affected())
}

async fn step(
    connection: &mut SqliteConnection,
    statement: &'static str,
    before: Timestamp,
) -> Result<u64, StoreError> {
    let done = sqlx::query(statement).bind(before.as_microsecond()).bind(BATCH).execute(connection).await?;
    Ok(done.rows_affected())
}
