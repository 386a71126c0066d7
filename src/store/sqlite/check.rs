//! Whether the database is sound.

use sqlx::{Connection, SqliteConnection};

use super::Database;
use crate::store::{CheckDepth, CheckReport, StoreError};

pub(super) const QUICK: &str = "pragma quick_check(1)";

pub(super) const INTEGRITY: &str = "pragma integrity_check(20)";

pub(super) const FOREIGN_KEYS: &str = "select count(*) from pragma_foreign_key_check";

pub(super) const WITHOUT_TIME: &str = "
    select count(*) from delivery where state = 'pending' and next_attempt_at is null
        or state in ('delivered', 'dead', 'cancelled') and settled_at is null";

pub(super) const GAPS: &str = "
    select channel_id, count(*), max(seq), (select next_seq - 1 from channel c where c.id = channel_id)
    from delivery group by channel_id";

pub(super) const STATES: &str = "
    select (select count(*) from delivery not indexed), (select count(*) from delivery not indexed
        where state in ('pending', 'inflight', 'held', 'delivered', 'dead', 'cancelled'))";

/// Rows whose JSON is none; SQLite computes columns from it, so that one of them can fail a whole statement.
pub(super) const UNREADABLE: &str = "
    select 'item', number from item where not json_valid(content)
    union all select 'alert', number from alert where not json_valid(content)
    union all select 'follow', number from follow where not json_valid(content)
    union all select 'delivery', number from delivery where last_reason is not null and not json_valid(last_reason)
    union all select 'attempt', delivery from attempt where outcome is not null and not json_valid(outcome)
    limit 20";

/// After how many steps of SQLite's machine it is asked whether to go on (chosen by hand: less than a millisecond).
const STEPS: i32 = 1_000;

impl Database {
    /// What is wrong with the database, in sentences. It stops as soon as `go_on` is false.
    ///
    /// # Errors
    /// When it cannot even be read.
    pub async fn check(
        &self,
        depth: CheckDepth,
        go_on: impl FnMut() -> bool + Send + 'static,
    ) -> Result<CheckReport, StoreError> {
        let mut connection = self.reads.acquire().await?.detach();
        connection.lock_handle().await?.set_progress_handler(STEPS, go_on);
        let mut problems = Vec::new();
        let checked = check(&mut connection, depth, &mut problems).await;
        connection.lock_handle().await?.remove_progress_handler();
        connection.close().await.ok();
        match checked {
            Ok(()) => Ok(CheckReport { problems, complete: true }),
            Err(error) if error.is_interrupt() => Ok(CheckReport { problems, complete: false }),
            // What cannot be read is damage, and everything that was found before it stays.
            Err(error) if error.is_corrupt() => {
                problems.push(error.to_string());
                Ok(CheckReport { problems, complete: true })
            }
            Err(error) => Err(error),
        }
    }
}

async fn check(
    connection: &mut SqliteConnection,
    depth: CheckDepth,
    problems: &mut Vec<String>,
) -> Result<(), StoreError> {
    pages(connection, QUICK, problems).await?;
    // In a damaged file, further checks can take for ever and say nothing more.
    if !problems.is_empty() || depth == CheckDepth::Quick {
        return Ok(());
    }
    let unreadable: Vec<(String, i64)> = sqlx::query_as(UNREADABLE).fetch_all(&mut *connection).await?;
    problems.extend(unreadable.iter().map(|(table, row)| format!("row {row} of `{table}` cannot be read")));
    if unreadable.is_empty() {
        pages(connection, INTEGRITY, problems).await?;
    }
    let dangling: i64 = sqlx::query_scalar(FOREIGN_KEYS).fetch_one(&mut *connection).await?;
    if dangling > 0 {
        problems.push(format!("{dangling} rows refer to rows that are gone"));
    }
    let timeless: i64 = sqlx::query_scalar(WITHOUT_TIME).fetch_one(&mut *connection).await?;
    if timeless > 0 {
        problems.push(format!("{timeless} deliveries are neither waiting for a time nor settled at one"));
    }
    let (all, stated): (i64, i64) = sqlx::query_as(STATES).fetch_one(&mut *connection).await?;
    if all != stated {
        problems.push(format!("{} of {all} deliveries are in no known state", all - stated));
    }
    let channels: Vec<(String, i64, i64, Option<i64>)> = sqlx::query_as(GAPS).fetch_all(connection).await?;
    for (channel, count, last, given) in channels {
        // Retention removes the oldest, so fewer rows than numbers are no gap; more, or a later number, are.
        if count > last || given != Some(last) {
            problems.push(format!("the numbers of channel {channel} do not add up: {count} deliveries, last {last}"));
        }
    }
    Ok(())
}

/// Asks SQLite for the state of its pages. Where it fails at one row's content, that row is found by itself.
async fn pages(
    connection: &mut SqliteConnection,
    statement: &'static str,
    problems: &mut Vec<String>,
) -> Result<(), StoreError> {
    let lines: Result<Vec<String>, StoreError> =
        sqlx::query_scalar(statement).fetch_all(&mut *connection).await.map_err(StoreError::from);
    match lines {
        Ok(lines) => problems.extend(lines.into_iter().filter(|line| line != "ok")),
        Err(error) if error.is_interrupt() || error.is_outage() || error.is_corrupt() => return Err(error),
        Err(error) => tracing::debug!(%error, "the check of the pages failed at a row"),
    }
    Ok(())
}
