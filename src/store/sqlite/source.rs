//! Stores the state and schedule of sources.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use super::{Database, page_memory};
use crate::cadence::reason::VisitReason;
use crate::cadence::rhythm::PublicationRhythm;
use crate::dedupe::{KeyKind, VolatileParts};
use crate::health::Health;
use crate::health::document_sizes::DocumentSizes;
use crate::health::notice::Notice;
use crate::parse::page::layout::known_layout::LayoutBaseline;
use crate::source::{BodyHash, Source, SourceId, Validators};
use crate::store::{Scheduled, SourceState, StoreError};

pub(super) const KEEP: &str = "
    insert into source (id, address, settings, next_visit_at)
    select j.value ->> 'id', j.value ->> 'address', j.value ->> 'settings', j.value ->> 'first'
    from json_each(?1) j where true
    on conflict (id) do update set
        removed_at = null,
        etag = case when address = excluded.address then etag end,
        last_modified = case when address = excluded.address then last_modified end,
        body_hash = case when address = excluded.address then body_hash end,
        rhythm = case when address = excluded.address then rhythm end,
        next_visit_at = case when address <> excluded.address or settings <> excluded.settings
                                  or removed_at is not null then excluded.next_visit_at else next_visit_at end,
        failures = case when address <> excluded.address or settings <> excluded.settings then 0 else failures end,
        last_error = case when (address <> excluded.address or settings <> excluded.settings)
                               and last_error is not null then ?2 else last_error end,
        failing_since = case when address <> excluded.address or settings <> excluded.settings then null
                             else failing_since end,
        degraded = case when address <> excluded.address or settings <> excluded.settings then null else degraded end,
        settings = excluded.settings,
        address = excluded.address";

/// Replaces the error of a source whose configuration has changed.
const CHANGED: &str = "its configuration has changed; marsad visits it again soon";

pub(super) const DROP: &str = "
    update source set removed_at = ?2
    where removed_at is null and id not in (select j.value from json_each(?1) j)";

pub(super) const STATES: &str = "
    select id, state, last_visit_at, last_success_at, next_visit_at, failures, failing_since, last_error, activated_at,
           etag, last_modified, body_hash, reading, ambiguous_keys, degraded,
           (select l.places from page_memory l where l.source_id = source.id) as layout,
           (select l.volatile from page_memory l where l.source_id = source.id) as volatile, whole_at,
           (select count(*) from (
               select distinct s.item from sighting s indexed by sighting_by_source
               where s.source_id = source.id limit +?2)) as items,
           (select count(*) from follow f where f.source_id = source.id and f.item is null) as waiting,
           noticed_state, noticed_at, noticed_since, document_sizes, rhythm, next_reason,
           (select count(*) from held_item h where h.source_id = source.id) as held
    from source where removed_at is null and (?1 is null or id = ?1) order by id";

pub(super) const DUE_NOW: &str = "update source set next_visit_at = ?1 where removed_at is null";

pub(super) const SCHEDULE: &str = "select id, next_visit_at, last_visit_at from source where removed_at is null";

pub(super) const REMOVED_AT: &str = "select removed_at from source where id = ?1 and removed_at is not null";

/// The configured sources, as parameters of the statements.
pub(super) struct SourceRows {
    rows: String,
    ids: String,
}

impl SourceRows {
    pub(super) fn new(sources: &[(Arc<Source>, Timestamp)]) -> Self {
        let row = |(source, first): &(Arc<Source>, Timestamp)| {
            let first = first.as_microsecond();
            json!({
                "id": source.id, "address": source.address, "settings": source.visit_settings(), "first": first
            })
        };
        let ids = Value::from(sources.iter().map(|(source, _)| source.id.as_str()).collect::<Vec<_>>()).to_string();
        Self { rows: Value::from(sources.iter().map(row).collect::<Vec<_>>()).to_string(), ids }
    }
}

/// Replaces the set of configured sources.
pub(super) async fn keep(
    connection: &mut SqliteConnection,
    sources: &SourceRows,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(page_memory::UNLEARN).bind(&sources.rows).execute(&mut *connection).await?;
    sqlx::query(KEEP).bind(&sources.rows).bind(CHANGED).execute(&mut *connection).await?;
    sqlx::query(DROP).bind(&sources.ids).bind(at.as_microsecond()).execute(connection).await?;
    Ok(())
}

impl Database {
    /// When a source was removed; none if it is configured or unknown.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn removed_at(&self, source: &SourceId) -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> = sqlx::query_scalar(REMOVED_AT).bind(source.as_str()).fetch_optional(&self.reads).await?;
        Ok(at.map(instant))
    }

    /// Replaces the set of configured sources. Each new source is first due at its instant. A removed source keeps its
    /// state. A source whose address changed loses its validators and what was learnt about its pages. One whose address or
    /// settings changed is due again at its instant, and its last error is no longer current.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn sync_sources(
        &self,
        sources: &[(Arc<Source>, Timestamp)],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let rows = SourceRows::new(sources);
        self.write(move |connection| Box::pin(async move { keep(connection, &rows, at).await })).await?;
        self.forget_failures(|id| sources.iter().any(|(source, _)| source.id == *id));
        Ok(())
    }

    /// The state of every configured source. At most `most` items of each are counted: in a large store, counting all
    /// of them takes long.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn source_states(&self, most: u32) -> Result<Vec<SourceState>, StoreError> {
        let rows = sqlx::query(STATES).bind(None::<String>).bind(most).fetch_all(&self.reads).await?;
        Ok(self.readable("source", &rows, |row| Ok(state(row)?)).await)
    }

    /// The state of one source; none if it is not configured.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn source_state(&self, id: &SourceId) -> Result<Option<SourceState>, StoreError> {
        let row = sqlx::query(STATES).bind(id.as_str()).bind(u32::MAX).fetch_optional(&self.reads).await?;
        let rows = row.as_slice();
        Ok(self.readable("source", rows, |row| Ok(state(row)?)).await.pop())
    }

    /// When each configured source is due and when it was last visited.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn schedule(&self) -> Result<HashMap<SourceId, Scheduled>, StoreError> {
        let rows = sqlx::query(SCHEDULE).fetch_all(&self.reads).await?;
        Ok(self.readable("source", &rows, scheduled).await.into_iter().collect())
    }

    /// Makes every source due.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn make_due(&self, at: Timestamp) -> Result<(), StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(DUE_NOW).bind(at.as_microsecond()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }
}

fn scheduled(row: &SqliteRow) -> Result<(SourceId, Scheduled), StoreError> {
    let (id, next, last): (String, Option<i64>, Option<i64>) = FromRow::from_row(row)?;
    Ok((SourceId::new(id), Scheduled { next_visit_at: next.map(instant), last_visit_at: last.map(instant) }))
}

/// The kinds of key in one word, separated by commas.
pub(super) fn stored_kinds(kinds: &BTreeSet<KeyKind>) -> String {
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(",")
}

/// Reads the stored form; words that another version wrote are ignored.
fn kinds(stored: &str) -> BTreeSet<KeyKind> {
    stored.split(',').filter_map(KeyKind::from_word).collect()
}

fn state(row: &SqliteRow) -> Result<SourceState, sqlx::Error> {
    let learnt = |column: &str| row.try_get::<Option<String>, _>(column);
    let at = |column: &str| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(column)?.map(instant));
    Ok(SourceState {
        id: SourceId::new(row.try_get::<String, _>("id")?),
        state: Health::from_word(row.try_get("state")?),
        last_visit_at: at("last_visit_at")?,
        last_success_at: at("last_success_at")?,
        next_visit_at: at("next_visit_at")?,
        next_reason: learnt("next_reason")?.as_deref().and_then(VisitReason::from_word),
        rhythm: learnt("rhythm")?.and_then(|rhythm| PublicationRhythm::from_stored(&rhythm)),
        failures: row.try_get("failures")?,
        failing_since: at("failing_since")?,
        last_error: row.try_get("last_error")?,
        activated_at: at("activated_at")?,
        validators: validators(row)?,
        items: row.try_get::<i64, _>("items")?.unsigned_abs(),
        waiting: row.try_get::<i64, _>("waiting")?.unsigned_abs(),
        ambiguous_keys: kinds(row.try_get("ambiguous_keys")?),
        degraded: row.try_get("degraded")?,
        layout: learnt("layout")?.as_deref().and_then(LayoutBaseline::from_stored),
        volatile: learnt("volatile")?.as_deref().map(VolatileParts::from_stored).unwrap_or_default(),
        whole: at("whole_at")?.is_some(),
        sizes: DocumentSizes::from_stored(row.try_get("document_sizes")?),
        noticed: noticed(row)?,
        held: row.try_get::<i64, _>("held")?.unsigned_abs(),
    })
}

fn noticed(row: &SqliteRow) -> Result<Option<Notice>, sqlx::Error> {
    let state: Option<String> = row.try_get("noticed_state")?;
    let at = |column: &str| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(column)?.map(instant));
    let times = at("noticed_since")?.zip(at("noticed_at")?);
    Ok(state.zip(times).map(|(state, (since, at))| Notice { state: Health::from_word(&state), since, at }))
}

fn validators(row: &SqliteRow) -> Result<Validators, sqlx::Error> {
    let body: Option<&[u8]> = row.try_get("body_hash")?;
    Ok(Validators {
        etag: row.try_get("etag")?,
        last_modified: row.try_get("last_modified")?,
        body: body.and_then(BodyHash::from_bytes),
        reading: row.try_get("reading")?,
    })
}

/// A stored instant; an impossible one reads as the Unix epoch.
pub(super) fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(Timestamp::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_another_version_are_ignored() {
        assert_eq!(kinds("guid,retired"), BTreeSet::from([KeyKind::Guid]));
        let both = BTreeSet::from([KeyKind::Guid, KeyKind::Address]);
        assert_eq!((stored_kinds(&both).as_str(), kinds(&stored_kinds(&both))), ("address,guid", both.clone()));
        assert!(kinds("").is_empty());
    }
}
