//! Stores items that wait for their own page, and attaches text that arrives late.

use std::collections::HashSet;

use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row as _, SqliteConnection};

use super::Database;
use super::item::{self, StoredCandidate};
use super::source::instant;
use crate::cadence::item_page::PAGE_TRIES;
use crate::dedupe::Verdict;
use crate::item::{ContentHash, hex};
use crate::source::SourceId;
use crate::store::{Admission, Candidate, FollowDue, FollowSettlement, FollowUpdate, FollowedItem, StoreError};
use crate::text::fold;

pub(super) const QUEUE: &str = "
    insert into follow (source_id, host, key, content_hash, content, seen_at, next_try_at)
    select ?2, j.value ->> 'host', j.value ->> 'key', unhex(j.value ->> 'hash'), j.value -> 'content', ?3, ?3
    from json_each(?1) j where true
    on conflict (source_id, key, content_hash) where item is null do nothing";

pub(super) const DUE: &str = "
    select number, source_id, host, next_try_at, case when item is null then seen_at end
    from follow order by next_try_at limit +?1";

pub(super) const ONE: &str =
    "select source_id, content, seen_at, tries, next_try_at, item from follow where number = ?1";

pub(super) const WAITING: &str = "select key from follow where source_id = ?1 and item is null";

pub(super) const BEGIN: &str =
    "update follow set tries = tries + 1, next_try_at = ?2 where number = ?1 returning tries";

pub(super) const PUT_OFF: &str = "update follow set next_try_at = ?2 where number = ?1";

pub(super) const FORGET_VALIDATORS: &str = "
    update source set etag = null, last_modified = null, body_hash = null
    where id = (select source_id from follow where number = ?1 and item is null)";

pub(super) const DROP: &str = "delete from follow where number = ?1";

pub(super) const STANDS: &str =
    "select f.item, i.content_hash from follow f left join item i on i.number = f.item where f.number = ?1";

/// All tries before the admission count as made, even if there were fewer.
pub(super) const AGAIN: &str =
    "update follow set item = ?2, next_try_at = ?3, tries = max(tries, ?4) where number = ?1";

pub(super) const ATTACH: &str = "update item set content = ?2, content_hash = ?3, hash_version = ?4 where number = ?1";

/// The page of an item that was admitted without it, unless it is queued already.
pub(super) const QUEUE_LATE: &str = "
    insert into follow (source_id, host, key, content_hash, content, seen_at, tries, next_try_at, item)
    select ?2, j.value ->> 'host', j.value ->> 'key', unhex(j.value ->> 'hash'), j.value -> 'content', ?3, ?4, ?3,
           j.value ->> 'item'
    from json_each(?1) j
    where not exists (select 1 from follow f where f.item = j.value ->> 'item')";

type FollowRow = (String, String, i64, u32, i64, Option<i64>);

impl Database {
    /// The item pages to read, soonest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn follows(&self, limit: usize) -> Result<Vec<FollowDue>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = sqlx::query(DUE).bind(limit).fetch_all(&self.reads).await?;
        Ok(self.readable("follow", &rows, due).await)
    }

    /// The normalized addresses of a source's items that wait for their page.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn waiting_addresses(&self, source: &SourceId) -> Result<HashSet<String>, StoreError> {
        let rows = sqlx::query(WAITING).bind(source.as_str()).fetch_all(&self.reads).await?;
        Ok(self.readable("follow", &rows, |row| Ok(row.try_get("key")?)).await.into_iter().collect())
    }

    /// An item whose page is to be read; none if it is settled. An unreadable row is deleted, so that its item is found
    /// again at its source.
    ///
    /// # Errors
    /// If the store cannot be read, or an unreadable row cannot be deleted.
    pub async fn followed(&self, number: i64) -> Result<Option<FollowedItem>, StoreError> {
        let Some(row) = sqlx::query(ONE).bind(number).fetch_optional(&self.reads).await? else { return Ok(None) };
        match followed(number, &row) {
            Ok(followed) => Ok(Some(followed)),
            Err(error) => {
                self.pass_over("follow", number, &error).await;
                self.drop_follow(number).await?;
                Ok(None)
            }
        }
    }

    /// Records a try at a page durably before its request. Returns the number of the try; none if the row is gone.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn begin_follow(&self, number: i64, next: Timestamp) -> Result<Option<u32>, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let begun = sqlx::query_scalar(BEGIN).bind(number).bind(next.as_microsecond());
                Ok(begun.fetch_optional(connection).await?)
            })
        })
        .await
    }

    /// Postpones the next try at a page to this instant.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn postpone_follow(&self, number: i64, next: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(PUT_OFF).bind(number).bind(next.as_microsecond()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Gives up an item's page. An item that still waits for it is dropped, and its source loses its validators, so
    /// that the item is found again.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn drop_follow(&self, number: i64) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(FORGET_VALIDATORS).bind(number).execute(&mut *connection).await?;
                sqlx::query(DROP).bind(number).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }
}

fn due(row: &SqliteRow) -> Result<FollowDue, StoreError> {
    let (number, source, host, next, since): (i64, String, String, i64, Option<i64>) = FromRow::from_row(row)?;
    let (next_try_at, waits_since) = (instant(next), since.map(instant));
    Ok(FollowDue { number, source: SourceId::new(source), host, next_try_at, waits_since })
}

fn followed(number: i64, row: &SqliteRow) -> Result<FollowedItem, StoreError> {
    let (source, content, seen_at, tries, next, stored): FollowRow = FromRow::from_row(row)?;
    let item = serde_json::from_str(&content).map_err(|error| StoreError::unreadable("an item that waits", error))?;
    let (seen_at, next_try_at) = (instant(seen_at), instant(next));
    Ok(FollowedItem { number, source: SourceId::new(source), item, seen_at, tries, next_try_at, stored })
}

/// Queues the pages of stored items that were admitted without them: their text is attached when it has been read.
pub(super) async fn queue_late(connection: &mut SqliteConnection, admission: &Admission) -> Result<(), StoreError> {
    let row = |candidate: &Candidate| {
        let (probe, address) = (&candidate.probe, candidate.probe.item.address.as_ref()?);
        let Verdict::Known(item) = candidate.verdict else { return None };
        let (host, hash) = (address.host(), hex(probe.content.digest()));
        Some(json!({ "host": host, "key": address.key(), "hash": hash, "content": probe.item, "item": item }))
    };
    let rows: Vec<Value> = admission.candidates.iter().filter(|c| c.waits_for_page).filter_map(row).collect();
    sqlx::query(QUEUE_LATE)
        .bind(Value::from(rows).to_string())
        .bind(admission.source.id.as_str())
        .bind(admission.at.as_microsecond())
        .bind(PAGE_TRIES)
        .execute(connection)
        .await?;
    Ok(())
}

/// Queues the items that wait for their page. Returns how many were not queued yet.
pub(super) async fn queue(connection: &mut SqliteConnection, admission: &Admission) -> Result<usize, StoreError> {
    let row = |candidate: &Candidate| {
        let address = candidate.probe.item.address.as_ref()?;
        let (probe, host) = (&candidate.probe, address.host());
        Some(json!({ "host": host, "key": address.key(), "hash": hex(probe.content.digest()), "content": probe.item }))
    };
    let rows: Vec<Value> = admission.candidates.iter().filter(|c| c.waits_for_page).filter_map(row).collect();
    if rows.is_empty() {
        return Ok(0);
    }
    let done = sqlx::query(QUEUE)
        .bind(Value::from(rows).to_string())
        .bind(admission.source.id.as_str())
        .bind(admission.at.as_microsecond())
        .execute(connection)
        .await?;
    Ok(usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
}

/// True if the row is unchanged: the item still waits, or the stored item still has the same content.
pub(super) async fn stands(connection: &mut SqliteConnection, settle: &FollowSettlement) -> Result<bool, StoreError> {
    let row: Option<(Option<i64>, Option<Vec<u8>>)> =
        sqlx::query_as(STANDS).bind(settle.number).fetch_optional(connection).await?;
    Ok(match (&settle.then, row) {
        (FollowUpdate::Done | FollowUpdate::Again(_), Some((None, _))) => true,
        (FollowUpdate::Attach { item, content }, Some((Some(stored), Some(hash)))) => {
            *item == stored && hash == content.digest().as_slice()
        }
        _ => false,
    })
}

/// Settles the row of an admitted item: `placed` is the stored item, none if it was already known.
pub(super) async fn settle(
    connection: &mut SqliteConnection,
    settle: &FollowSettlement,
    placed: Option<i64>,
) -> Result<(), StoreError> {
    match (&settle.then, placed) {
        (FollowUpdate::Again(next), Some(item)) => {
            let again = sqlx::query(AGAIN).bind(settle.number).bind(item).bind(next.as_microsecond());
            again.bind(PAGE_TRIES).execute(connection).await?;
        }
        _ => {
            sqlx::query(DROP).bind(settle.number).execute(connection).await?;
        }
    }
    Ok(())
}

/// Attaches the text of its page to a stored item. This is not a revision: the source changed nothing.
pub(super) async fn attach(
    connection: &mut SqliteConnection,
    admission: &Admission,
    item: i64,
) -> Result<Vec<StoredCandidate>, StoreError> {
    let mut placed = Vec::with_capacity(admission.candidates.len());
    for Candidate { probe, .. } in &admission.candidates {
        let content = serde_json::to_string(&probe.item).map_err(|error| StoreError::unreadable("an item", error))?;
        let hash: &ContentHash = &probe.hash;
        let attach = sqlx::query(ATTACH).bind(item).bind(content).bind(hash.digest().as_slice()).bind(fold::VERSION);
        attach.execute(&mut *connection).await?;
        placed.push(item::known(connection, item).await?);
    }
    item::key(connection, admission, &placed).await?;
    Ok(placed)
}
