//! Stores and lists items with their keys and sightings.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, SqliteConnection};

use super::Database;
use super::json_column::json;
use super::lookup::content;
use super::source::instant;
use crate::alert::policy::TICKER_WINDOW;
use crate::clock::later;
use crate::dedupe::Verdict;
use crate::item::{Item, ItemId, hex};
use crate::source::SourceId;
use crate::store::{Admission, Candidate, ItemProbe, ItemQuery, StoreError, StoredItem};
use crate::text::fold;

/// Which of these ids items have.
pub(super) const TAKEN_IDS: &str = "select id from item where id in (select value from json_each(?1))";

pub(super) const INSERT: &str = "
    insert into item (id, source_id, content_hash, hash_version, first_seen_at, content)
    select j.value ->> 'id', ?2, unhex(j.value ->> 'hash'), ?3, ?4, j.value -> 'content'
    from json_each(?1) j where true
    returning id, number";

pub(super) const REVISE: &str = "
    update item set content = ?2, content_hash = ?3, hash_version = ?4, revision = revision + 1, revised_at = ?5,
                    edits = iif(edits_since > ?6, edits + 1, 1), edits_since = iif(edits_since > ?6, edits_since, ?5)
    where number = ?1";

pub(super) const FORGET_KEYS: &str =
    "delete from item_key where item = ?1 and kind in ('text', 'body', 'title', 'place')";

pub(super) const KEYS: &str = "
    insert into item_key (key, item, kind)
    select unhex(j.value ->> 'key'), j.value ->> 'item', j.value ->> 'kind' from json_each(?1) j where true
    on conflict (key, item) do nothing";

pub(super) const SIGHTINGS: &str = "
    insert into sighting (item, source_id, address, content_hash, first_at, last_at, baseline)
    select j.value ->> 'item', ?2, j.value ->> 'address', unhex(j.value ->> 'hash'), ?3, ?4, j.value ->> 'baseline'
    from json_each(?1) j where true
    on conflict (item, source_id, address) do update
    set last_at = excluded.last_at, count = count + 1, content_hash = excluded.content_hash";

pub(super) const NAMED: &str = "
    select number, id, first_seen_at, revision, edits from item where number in (select value from json_each(?1))";

pub(super) const LIST: &str = "
    select i.number, i.id, i.source_id, i.content, i.first_seen_at, i.revision,
           (select count(*) from sighting s where s.item = i.number)
    from item i
    where i.number < ?1 and (?2 is null or i.source_id = ?2)
    order by i.number desc limit +?3";

/// A row of [`INSERT`].
#[derive(Serialize)]
struct ItemRow<'a> {
    id: &'a ItemId,
    hash: String,
    content: &'a Item,
}

/// A row of [`KEYS`].
#[derive(Serialize)]
struct KeyRow {
    key: String,
    item: i64,
    kind: &'static str,
}

/// A row of [`SIGHTINGS`].
#[derive(Serialize)]
struct SightingRow<'a> {
    item: i64,
    address: &'a str,
    hash: String,
    baseline: i32,
}

impl<'a> SightingRow<'a> {
    fn new(candidate: &'a Candidate, placed: &StoredCandidate) -> Self {
        Self {
            item: placed.item,
            address: candidate.probe.item.address.as_ref().map_or("", |address| address.as_str()),
            hash: hex(candidate.probe.content.digest()),
            baseline: i32::from(!candidate.may_alert),
        }
    }
}

/// The stored item of a candidate.
#[derive(Clone)]
pub(super) struct StoredCandidate {
    pub item: i64,
    pub id: ItemId,
    pub first_seen: Timestamp,
    pub revision: u32,
    /// How often it has changed within [`TICKER_WINDOW`].
    pub edits: u32,
    /// The content of the previous revision; only for a revised item.
    pub(crate) previous: Option<Item>,
}

impl Database {
    /// The content of the item in this row; none if it is gone or cannot be read.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn content(&self, item: i64) -> Result<Option<Item>, StoreError> {
        let mut connection = self.reads.acquire().await?;
        let content = content(&mut connection, item).await?;
        drop(connection);
        match content {
            Ok(content) => Ok(content),
            Err(error) => {
                self.pass_over("item", item, &error).await;
                Ok(None)
            }
        }
    }

    /// Stored items, newest first, each with its cursor.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn items(&self, query: &ItemQuery) -> Result<Vec<(i64, StoredItem)>, StoreError> {
        let rows = sqlx::query(LIST)
            .bind(query.before.unwrap_or(i64::MAX))
            .bind(query.source.as_ref().map(SourceId::as_str))
            .bind(i64::try_from(query.limit).unwrap_or(i64::MAX))
            .fetch_all(&self.reads)
            .await?;
        Ok(self.readable("item", &rows, listed).await)
    }
}

fn listed(row: &SqliteRow) -> Result<(i64, StoredItem), StoreError> {
    let (number, id, source, content, first_seen, revision, sightings): (i64, String, String, String, i64, u32, u32) =
        FromRow::from_row(row)?;
    let item = serde_json::from_str(&content).map_err(|error| StoreError::unreadable("an item", error))?;
    let (id, source) = (ItemId::from_stored(id), SourceId::new(source));
    Ok((number, StoredItem { id, source, item, first_seen: instant(first_seen), revision, sightings }))
}

/// Stores every candidate: a new item, a revision, or a sighting of a known item.
pub(super) async fn place(
    connection: &mut SqliteConnection,
    admission: &Admission,
) -> Result<Vec<StoredCandidate>, StoreError> {
    let mut new = insert(connection, admission).await?.into_iter();
    let known_item = |candidate: &Candidate| match candidate.verdict {
        Verdict::Known(item) => Some(item),
        Verdict::New | Verdict::Revised(_) => None,
    };
    let known_items: Vec<i64> = admission.candidates.iter().filter_map(known_item).collect();
    let known_items = named(connection, &known_items).await?;
    let mut placed = Vec::with_capacity(admission.candidates.len());
    for candidate in &admission.candidates {
        placed.push(match candidate.verdict {
            Verdict::New => new.next().ok_or_else(|| StoreError::unreadable("a new item", "it was not stored"))?,
            Verdict::Known(item) => known_items.get(&item).cloned().ok_or(sqlx::Error::RowNotFound)?,
            Verdict::Revised(item) => revise(connection, item, candidate, admission.at).await?,
        });
    }
    key(connection, admission, &placed).await?;
    sight(connection, admission, &placed).await?;
    Ok(placed)
}

async fn insert(connection: &mut SqliteConnection, admission: &Admission) -> Result<Vec<StoredCandidate>, StoreError> {
    let new = admission.candidates.iter().filter(|candidate| candidate.verdict == Verdict::New);
    let new: Vec<&ItemProbe> = new.map(|candidate| &candidate.probe).collect();
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let ids = free_ids(connection, admission, &new).await?;
    let row = |(probe, id)| {
        let ItemProbe { hash, item, .. }: &ItemProbe = probe;
        ItemRow { id, hash: hex(hash.digest()), content: item }
    };
    let rows: Vec<ItemRow<'_>> = new.iter().copied().zip(&ids).map(row).collect();
    let stored: Vec<(String, i64)> = sqlx::query_as(INSERT)
        .bind(json(&rows)?)
        .bind(admission.source.id.as_str())
        .bind(fold::VERSION)
        .bind(admission.seen_at.as_microsecond())
        .fetch_all(&mut *connection)
        .await?;
    let numbers: HashMap<String, i64> = stored.into_iter().collect();
    let place = |id: ItemId| {
        let item =
            *numbers.get(id.as_str()).ok_or_else(|| StoreError::unreadable("a new item", "it was not stored"))?;
        Ok(StoredCandidate { item, id, first_seen: admission.seen_at, revision: 1, edits: 0, previous: None })
    };
    ids.into_iter().map(place).collect()
}

/// The items' permanent ids, each derived from its source, its content and its keys. The time of the first sighting is no
/// part of it: an item that is found again after a backup was restored gets the same id, and so do its deliveries.
async fn free_ids(
    connection: &mut SqliteConnection,
    admission: &Admission,
    new: &[&ItemProbe],
) -> Result<Vec<ItemId>, StoreError> {
    let parts = |probe: &&ItemProbe| {
        let keys: String = probe.keys.iter().map(|key| hex(&key.digest)).collect();
        (hex(probe.hash.digest()), keys)
    };
    // Two short items may have the same content and keys, and differ in their dates: a number distinguishes them.
    let mut parts: Vec<_> = new.iter().map(|probe| (parts(probe), 0_u32)).collect();
    loop {
        let derive = |((hash, keys), same): &((String, String), u32)| {
            ItemId::derive(&[admission.source.id.as_str(), hash, keys, &same.to_string()])
        };
        let ids: Vec<ItemId> = parts.iter().map(derive).collect();
        let asked = json(&ids)?;
        let mut taken: HashSet<String> =
            sqlx::query_scalar(TAKEN_IDS).bind(asked).fetch_all(&mut *connection).await?.into_iter().collect();
        let mut are_free = true;
        for (id, (_, same)) in ids.iter().zip(&mut parts) {
            if !taken.insert(id.as_str().to_owned()) {
                *same += 1;
                are_free = false;
            }
        }
        if are_free {
            return Ok(ids);
        }
    }
}

pub(super) async fn known(connection: &mut SqliteConnection, item: i64) -> Result<StoredCandidate, StoreError> {
    Ok(named(connection, &[item]).await?.remove(&item).ok_or(sqlx::Error::RowNotFound)?)
}

/// The stored items with these numbers; one statement for all, because most items of a visit are known.
async fn named(connection: &mut SqliteConnection, items: &[i64]) -> Result<HashMap<i64, StoredCandidate>, StoreError> {
    if items.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(i64, String, i64, u32, u32)> =
        sqlx::query_as(NAMED).bind(json(&items)?).fetch_all(connection).await?;
    let read = |(item, id, first_seen, revision, edits)| {
        let (id, first_seen) = (ItemId::from_stored(id), instant(first_seen));
        (item, StoredCandidate { item, id, first_seen, revision, edits, previous: None })
    };
    Ok(rows.into_iter().map(read).collect())
}

async fn revise(
    connection: &mut SqliteConnection,
    item: i64,
    candidate: &Candidate,
    at: Timestamp,
) -> Result<StoredCandidate, StoreError> {
    // An unreadable row was reported when it was compared.
    let previous = content(connection, item).await?.unwrap_or_default();
    let now = serde_json::to_string(&candidate.probe.item).map_err(|error| StoreError::unreadable("an item", error))?;
    sqlx::query(REVISE)
        .bind(item)
        .bind(now)
        .bind(candidate.probe.hash.digest().as_slice())
        .bind(fold::VERSION)
        .bind(at.as_microsecond())
        .bind(later(at, -TICKER_WINDOW).as_microsecond())
        .execute(&mut *connection)
        .await?;
    sqlx::query(FORGET_KEYS).bind(item).execute(&mut *connection).await?;
    Ok(StoredCandidate { previous, ..known(connection, item).await? })
}

/// Stores the keys of new and revised items, and of known items with a new address or guid.
pub(super) async fn key(
    connection: &mut SqliteConnection,
    admission: &Admission,
    placed: &[StoredCandidate],
) -> Result<(), StoreError> {
    let rows: Vec<KeyRow> = admission
        .candidates
        .iter()
        .zip(placed)
        .flat_map(|(candidate, placed)| candidate.probe.keys.iter().map(move |key| (key, placed.item)))
        .map(|(key, item)| KeyRow { key: hex(&key.digest), item, kind: key.kind.as_str() })
        .collect();
    if !rows.is_empty() {
        sqlx::query(KEYS).bind(json(&rows)?).execute(connection).await?;
    }
    Ok(())
}

async fn sight(
    connection: &mut SqliteConnection,
    admission: &Admission,
    placed: &[StoredCandidate],
) -> Result<(), StoreError> {
    let rows: Vec<SightingRow<'_>> = admission
        .candidates
        .iter()
        .zip(placed)
        .map(|(candidate, placed)| SightingRow::new(candidate, placed))
        .collect();
    sqlx::query(SIGHTINGS)
        .bind(json(&rows)?)
        .bind(admission.source.id.as_str())
        .bind(admission.seen_at.as_microsecond())
        .bind(admission.at.as_microsecond())
        .execute(connection)
        .await?;
    Ok(())
}
