//! Checks the database for damage and inconsistent rows.

use sqlx::{Connection, SqliteConnection};

use super::Database;
use crate::store::{CheckDepth, CheckReport, StoreError};

pub(super) const QUICK: &str = "pragma quick_check(1)";

pub(super) const INTEGRITY: &str = "pragma integrity_check(20)";

pub(super) const FOREIGN_KEYS: &str = "select count(*) from pragma_foreign_key_check";

/// Rows that point to missing rows, by the tables of both.
pub(super) const ORPHANS: &str = "
    select \"table\", parent, count(*) from pragma_foreign_key_check group by 1, 2 order by 1, 2";

pub(super) const WITHOUT_TIME: &str = "
    select count(*) from delivery where state = 'pending' and next_attempt_at is null
        or state in ('delivered', 'dead', 'cancelled') and settled_at is null
        or state = 'held' and held_at is null";

pub(super) const GAPS: &str = "
    select channel_id, count(*), max(seq), (select next_seq - 1 from channel c where c.id = channel_id)
    from delivery group by channel_id";

/// The numbers of deliveries that are missing between those that retention cannot have deleted.
pub(super) const MISSING: &str = "
    select r.channel_id, r.last - r.first + 1 - (
        select count(*) from delivery d where d.channel_id = r.channel_id and d.seq between r.first and r.last) missing
    from (
        select channel_id, min(seq) first, max(seq) last from delivery
        where made_at >= (select cast(value as integer) from meta where key = 'pruned_before')
        group by channel_id) r
    where missing > 0";

pub(super) const STATES: &str = "
    select (select count(*) from delivery not indexed), (select count(*) from delivery not indexed
        where state in ('pending', 'inflight', 'held', 'delivered', 'dead', 'cancelled'))";

/// Rows with invalid JSON; SQLite computes columns from it, so one such row can fail a whole statement.
pub(super) const UNREADABLE: &str = "
    select 'item', number from item where not json_valid(content)
    union all select 'alert', number from alert where not json_valid(content)
    union all select 'follow', number from follow where not json_valid(content)
    union all select 'item_story', item from item_story where first_text is not null and not json_valid(first_text)
    union all select 'delivery', number from delivery where last_reason is not null and not json_valid(last_reason)
    union all select 'attempt', delivery from attempt where outcome is not null and not json_valid(outcome)
    limit 20";

/// The number of SQLite virtual machine instructions between two calls of `go_on`. Chosen by hand: below 1 ms.
const INSTRUCTIONS_PER_POLL: i32 = 1_000;

impl Database {
    /// Checks the database and reports its problems as sentences. It stops as soon as `go_on` returns false.
    ///
    /// # Errors
    /// If the database cannot be read at all.
    pub async fn check(
        &self,
        depth: CheckDepth,
        go_on: impl FnMut() -> bool + Send + 'static,
    ) -> Result<CheckReport, StoreError> {
        let mut connection = self.reads.acquire().await?.detach();
        connection.lock_handle().await?.set_progress_handler(INSTRUCTIONS_PER_POLL, go_on);
        let mut problems = Vec::new();
        let checked = check(&mut connection, depth, &mut problems).await;
        connection.lock_handle().await?.remove_progress_handler();
        connection.close().await.ok();
        match checked {
            Ok(()) => Ok(CheckReport { problems, complete: true }),
            Err(error) if error.is_interrupt() => Ok(CheckReport { problems, complete: false }),
            // An unreadable page is damage; the problems found before it are kept.
            Err(error) if error.is_corrupt() => {
                problems.push(error.database_message());
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
    // In a damaged file, further checks can take very long and find nothing new.
    if !problems.is_empty() || depth == CheckDepth::Quick {
        return Ok(());
    }
    let unreadable: Vec<(String, i64)> = sqlx::query_as(UNREADABLE).fetch_all(&mut *connection).await?;
    problems.extend(unreadable.iter().map(|(table, row)| format!("cannot read row {row} of `{table}`")));
    if unreadable.is_empty() {
        pages(connection, INTEGRITY, problems).await?;
    }
    let orphans: Vec<(String, String, i64)> = sqlx::query_as(ORPHANS).fetch_all(&mut *connection).await?;
    let missing = |(table, parent, count): &(String, String, i64)| {
        format!("rows of `{table}` that point to missing rows of `{parent}`: {count}")
    };
    problems.extend(orphans.iter().map(missing));
    let timeless: i64 = sqlx::query_scalar(WITHOUT_TIME).fetch_one(&mut *connection).await?;
    if timeless > 0 {
        problems.push(format!("deliveries without a due time or settling time: {timeless}"));
    }
    let (all, stated): (i64, i64) = sqlx::query_as(STATES).fetch_one(&mut *connection).await?;
    if all != stated {
        problems.push(format!("deliveries in an unknown state: {} of {all}", all - stated));
    }
    sequences(connection, problems).await
}

/// Checks that the deliveries of each channel are numbered without gaps.
async fn sequences(connection: &mut SqliteConnection, problems: &mut Vec<String>) -> Result<(), StoreError> {
    let missing: Vec<(String, i64)> = sqlx::query_as(MISSING).fetch_all(&mut *connection).await?;
    let gap = |(channel, count): &(String, i64)| format!("deliveries of channel `{channel}` are missing: {count}");
    problems.extend(missing.iter().map(gap));
    let channels: Vec<(String, i64, i64, Option<i64>)> = sqlx::query_as(GAPS).fetch_all(connection).await?;
    for (channel, count, last, given) in channels {
        // Retention deletes the oldest rows, so fewer rows than numbers are normal.
        if count > last || given != Some(last) {
            problems.push(format!(
                "inconsistent sequence numbers of channel `{channel}`: {count} deliveries, last number {last}"
            ));
        }
    }
    Ok(())
}

/// Checks the database pages. If the check fails because of one row's content, that row is found separately.
pub(super) async fn pages(
    connection: &mut SqliteConnection,
    statement: &'static str,
    problems: &mut Vec<String>,
) -> Result<(), StoreError> {
    let rows: Result<Vec<String>, StoreError> =
        sqlx::query_scalar(statement).fetch_all(&mut *connection).await.map_err(StoreError::from);
    match rows {
        Ok(rows) => problems.extend(rows.iter().flat_map(|row| sentences(row))),
        Err(error) if error.is_interrupt() || error.is_outage() || error.is_corrupt() => return Err(error),
        Err(error) => tracing::debug!(%error, "the page check failed at a row"),
    }
    Ok(())
}

/// The problems in a row of SQLite's answer: one on each line, below a heading that names the database.
fn sentences(row: &str) -> impl Iterator<Item = String> {
    let lines = row.lines().map(str::trim).filter(|line| !line.is_empty() && *line != "ok");
    lines.filter(|line| !line.starts_with("*** in database")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_problem_of_an_answer_is_one_sentence() {
        let row = "*** in database main ***\nTree 5 page 7: btreeInitPage() returns error code 11\nPage 9: never used";
        let problems: Vec<String> = sentences(row).collect();
        assert_eq!(problems, ["Tree 5 page 7: btreeInitPage() returns error code 11", "Page 9: never used"]);
        assert_eq!(sentences("ok").count(), 0);
    }
}
