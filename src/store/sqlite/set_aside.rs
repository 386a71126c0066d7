//! Records what was set aside because of its content, and skips rows that cannot be read.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::Database;
use super::source::instant;
use crate::channel::ChannelId;
use crate::clock::later;
use crate::source::SourceId;
use crate::store::{SetAside, StoreError};

/// How long an entry is listed after its last failure. Chosen by hand.
const LISTED_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The most characters of an error that are stored. Chosen by hand.
const MAX_ERROR_CHARS: usize = 500;

pub(super) const ASIDE: &str = "
    insert into set_aside (what, name, source_id, why, first_at, last_at)
    values (?1, ?2, ?3, ?4, coalesce(?5, unixepoch('now') * 1000000), coalesce(?5, unixepoch('now') * 1000000))
    on conflict (what, name) do update set why = excluded.why, last_at = excluded.last_at, count = count + 1
    returning count";

pub(super) const ASIDE_LIST: &str = "
    select what, name, source_id, why, first_at, last_at, count from set_aside order by last_at desc limit +?1";

pub(super) const ASIDE_RIGHT: &str = "delete from set_aside where what = ?1 and name = ?2";

pub(super) const ASIDE_OLD: &str = "delete from set_aside where last_at < ?1";

/// The `what` of a channel whose template fails.
const TEMPLATE: &str = "template";

/// Records that the template of a channel failed, or that it works again.
pub(super) async fn template(
    connection: &mut SqliteConnection,
    channel: &ChannelId,
    problem: Option<&str>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let Some(why) = problem else {
        sqlx::query(ASIDE_RIGHT).bind(TEMPLATE).bind(channel.as_str()).execute(connection).await?;
        return Ok(());
    };
    let why: String = why.chars().take(MAX_ERROR_CHARS).collect();
    let record = sqlx::query(ASIDE).bind(TEMPLATE).bind(channel.as_str()).bind(None::<String>).bind(why);
    record.bind(at.as_microsecond()).execute(connection).await?;
    Ok(())
}

/// A row's first column.
fn key(row: &SqliteRow) -> String {
    let number = row.try_get_unchecked::<i64, _>(0).ok().filter(|number| *number != 0);
    let text = || row.try_get_unchecked::<Vec<u8>, _>(0).map(|text| String::from_utf8_lossy(&text).into_owned());
    number.map_or_else(|| text().unwrap_or_default(), |number| number.to_string())
}

/// The unreadable rows that this process has reported.
#[derive(Clone, Debug, Default)]
pub(super) struct ReportedRows(Arc<Mutex<HashSet<(&'static str, String)>>>);

type UnreadableRow = (String, String, Option<String>, String, i64, i64, i64);

impl Database {
    /// Records that something was set aside because of its content; true if it was not recorded yet.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn set_aside(
        &self,
        (what, name): (&'static str, String),
        source: Option<&SourceId>,
        why: &StoreError,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let at = Some(at.as_microsecond());
        self.record(what, name, source.map(|source| source.as_str().to_owned()), why.to_string(), at).await
    }

    /// What was set aside because of its content, most recent first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn all_set_aside(&self, limit: usize) -> Result<Vec<SetAside>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows: Vec<UnreadableRow> = sqlx::query_as(ASIDE_LIST).bind(limit).fetch_all(&self.reads).await?;
        let read = |(what, name, source, why, first_at, last_at, count): UnreadableRow| SetAside {
            what,
            name,
            source: source.map(SourceId::new),
            why,
            first_at: instant(first_at),
            last_at: instant(last_at),
            count: count.unsigned_abs(),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Deletes entries that have not failed for a month.
    pub(super) async fn forget_set_aside(&self, now: Timestamp) -> Result<(), StoreError> {
        let before = later(now, -LISTED_FOR).as_microsecond();
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(ASIDE_OLD).bind(before).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Skips a row that cannot be read: it is logged once, and recorded if this is the daemon.
    pub(super) async fn pass_over(&self, table: &'static str, row: impl std::fmt::Display, why: &StoreError) {
        let row = row.to_string();
        if !self.reported.0.lock().unwrap_or_else(PoisonError::into_inner).insert((table, row.clone())) {
            return;
        }
        tracing::error!(error = %why, table, row, "cannot read a stored row; it is skipped");
        if self.lock.is_some()
            && let Err(error) = self.record(table, format!("row {row}"), None, why.to_string(), None).await
        {
            tracing::warn!(%error, table, row, "cannot record an unreadable row");
        }
    }

    /// Reads each row with `read`; a row that cannot be read is skipped. A row's key is its first column.
    pub(super) async fn readable<T>(
        &self,
        table: &'static str,
        rows: &[SqliteRow],
        read: impl Fn(&SqliteRow) -> Result<T, StoreError>,
    ) -> Vec<T> {
        let mut readable = Vec::with_capacity(rows.len());
        for row in rows {
            match read(row) {
                Ok(value) => readable.push(value),
                Err(error) => self.pass_over(table, key(row), &error).await,
            }
        }
        readable
    }

    async fn record(
        &self,
        what: &'static str,
        name: String,
        source: Option<String>,
        why: String,
        at: Option<i64>,
    ) -> Result<bool, StoreError> {
        let why: String = why.chars().take(MAX_ERROR_CHARS).collect();
        self.write(move |connection| {
            Box::pin(async move {
                let record = sqlx::query_scalar(ASIDE).bind(what).bind(name).bind(source).bind(why).bind(at);
                let count: i64 = record.fetch_one(connection).await?;
                Ok(count == 1)
            })
        })
        .await
    }
}
