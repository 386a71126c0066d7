//! Stores the items whose alerts wait because of a flood.

use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::Database;
use super::item::StoredCandidate;
use super::source::instant;
use crate::item::Item;
use crate::source::SourceId;
use crate::store::{Admission, Candidate, Flood, HeldItem, StoreError};

pub(super) const HOLD: &str = "
    insert into held_item (source_id, item) select ?1, j.value from json_each(?2) j where true
    on conflict (source_id, item) do nothing";

pub(super) const FLOOD_BEGINS: &str =
    "insert into flood (source_id, at) values (?1, ?2) on conflict (source_id) do nothing";

pub(super) const FLOODS: &str = "select source_id, at from flood order by source_id";

pub(super) const FLOOD: &str = "
    select f.at, f.noticed_at is not null,
           (select count(*) from held_item h where h.source_id = f.source_id),
           (select json_group_array(json_object('title', n.title, 'url', n.address)) from (
                select i.title, i.address from held_item h cross join item i on i.number = h.item
                where h.source_id = f.source_id and json_valid(i.content) order by h.item limit +?2) n)
    from flood f where f.source_id = ?1";

pub(super) const HELD: &str = "
    select h.item, cast(i.content as blob) as content from held_item h cross join item i on i.number = h.item
    where h.source_id = ?1 order by h.item limit +?2";

pub(super) const RELEASE: &str = "
    delete from held_item where source_id = ?1 and item in (select j.value from json_each(?2) j)";

/// An accepted item no longer belongs to a baseline.
pub(super) const ACCEPT: &str = "
    update sighting set baseline = 0
    where source_id = ?1 and item in (select j.value from json_each(?2) j)";

pub(super) const DISCARD: &str = "delete from held_item where source_id = ?1";

pub(super) const FLOOD_ENDS: &str = "delete from flood where source_id = ?1";

pub(super) const HOLDS_MORE: &str = "select exists (select 1 from held_item where source_id = ?1)";

/// How many headlines an event shows. Chosen by hand.
const SAMPLES: u32 = 3;

impl Database {
    /// Every flood that waits, with its time.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn floods(&self) -> Result<Vec<(SourceId, Timestamp)>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(FLOODS).fetch_all(&self.reads).await?;
        Ok(rows.into_iter().map(|(id, at)| (SourceId::new(id), instant(at))).collect())
    }

    /// The flood of a source that waits.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn flood(&self, source: &SourceId) -> Result<Option<Flood>, StoreError> {
        let row: Option<(i64, bool, i64, String)> =
            sqlx::query_as(FLOOD).bind(source.as_str()).bind(SAMPLES).fetch_optional(&self.reads).await?;
        Ok(row.map(|(at, noticed, items, samples)| Flood {
            at: instant(at),
            noticed,
            items: items.unsigned_abs(),
            samples: serde_json::from_str(&samples).unwrap_or_default(),
        }))
    }

    /// The items of a source that wait, in the order of their admission.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn held_items(&self, source: &SourceId, limit: usize) -> Result<Vec<HeldItem>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = sqlx::query(HELD).bind(source.as_str()).bind(limit).fetch_all(&self.reads).await?;
        Ok(rows.iter().map(held).collect::<Result<_, _>>()?)
    }

    /// Releases every item of a source that waits, without alerts. Returns their number.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn discard_flood(&self, source: &SourceId) -> Result<u64, StoreError> {
        let source = source.clone();
        self.write(move |connection| {
            Box::pin(async move {
                let released = sqlx::query(DISCARD).bind(source.as_str()).execute(&mut *connection).await?;
                sqlx::query(FLOOD_ENDS).bind(source.as_str()).execute(connection).await?;
                Ok(released.rows_affected())
            })
        })
        .await
    }
}

/// Notes which of the stored candidates wait. Returns their number.
pub(super) async fn hold(
    connection: &mut SqliteConnection,
    admission: &Admission,
    placed: &[StoredCandidate],
) -> Result<usize, StoreError> {
    let held = admission.candidates.iter().zip(placed).filter(|(Candidate { held, .. }, _)| *held);
    let items: Vec<i64> = held.map(|(_, placed)| placed.item).collect();
    if items.is_empty() {
        return Ok(0);
    }
    let (source, at) = (admission.source.id.as_str(), admission.at.as_microsecond());
    sqlx::query(FLOOD_BEGINS).bind(source).bind(at).execute(&mut *connection).await?;
    sqlx::query(HOLD).bind(source).bind(json!(items).to_string()).execute(connection).await?;
    Ok(items.len())
}

/// Notes that these items of a source no longer wait and do not belong to a baseline.
pub(super) async fn accept(
    connection: &mut SqliteConnection,
    source: &SourceId,
    numbers: Vec<i64>,
) -> Result<(), StoreError> {
    let numbers = Value::from(numbers).to_string();
    sqlx::query(ACCEPT).bind(source.as_str()).bind(&numbers).execute(&mut *connection).await?;
    sqlx::query(RELEASE).bind(source.as_str()).bind(&numbers).execute(connection).await?;
    Ok(())
}

/// Whether items of a source still wait.
pub(super) async fn holds_more(connection: &mut SqliteConnection, source: &SourceId) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(HOLDS_MORE).bind(source.as_str()).fetch_one(connection).await?)
}

fn held(row: &SqliteRow) -> Result<HeldItem, sqlx::Error> {
    let content: Vec<u8> = row.try_get("content")?;
    Ok(HeldItem { number: row.try_get("item")?, item: serde_json::from_slice::<Item>(&content).ok() })
}
