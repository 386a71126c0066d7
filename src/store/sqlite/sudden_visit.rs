//! Remembers how many new items the visits of a source find, and which visits were floods.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::Database;
use crate::alert::digest::{FLOOD_WAIT, REMEMBERED_VISITS};
use crate::clock::later;
use crate::source::SourceId;
use crate::store::{Admission, StoreError};

pub(super) const COUNTS: &str = "select new_items from visit_count where source_id = ?1";

pub(super) const COUNT: &str = "
    insert into visit_count (source_id, new_items) values (?1, ?2)
    on conflict (source_id) do update set new_items = excluded.new_items";

pub(super) const MARK: &str =
    "insert into sudden_visit (source_id, seen_at) values (?1, ?2) on conflict (source_id, seen_at) do nothing";

pub(super) const IS_FLOOD: &str = "select count(*) from sudden_visit where source_id = ?1 and seen_at = ?2";

/// Whether items of a visit still wait for their page.
pub(super) const STILL_WAITS: &str = "
    select exists (select 1 from follow indexed by follow_waiting
        where source_id = ?1 and item is null and seen_at = ?2)";

/// The alerts of a flood close early once none of its items waits for its page.
pub(super) const SUBSIDE: &str = "
    update digest_entry set closes_at = ?3
    where reason = 'flood' and delivery is null and closes_at = ?2
      and alert in (select a.number from alert a join sighting s on s.item = a.item where s.source_id = ?1)";

pub(super) const EXPIRE: &str = "delete from sudden_visit where source_id = ?1 and seen_at < ?2";

impl Database {
    /// How many new items each of the latest visits of a source found, newest last.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn new_item_counts(&self, source: &SourceId) -> Result<Vec<usize>, StoreError> {
        let counts: Option<String> =
            sqlx::query_scalar(COUNTS).bind(source.as_str()).fetch_optional(&self.reads).await?;
        Ok(counts.and_then(|counts| serde_json::from_str(&counts).ok()).unwrap_or_default())
    }
}

/// Records a visit: its number of new items, and that it is a flood. Floods of more than a day ago are forgotten.
pub(super) async fn record(connection: &mut SqliteConnection, admission: &Admission) -> Result<(), StoreError> {
    let (source, seen_at) = (admission.source.id.as_str(), admission.seen_at.as_microsecond());
    if let Some(new) = admission.new_items {
        let counts: Option<String> = sqlx::query_scalar(COUNTS).bind(source).fetch_optional(&mut *connection).await?;
        let mut counts: Vec<usize> = counts.and_then(|counts| serde_json::from_str(&counts).ok()).unwrap_or_default();
        counts.push(new);
        let latest = &counts[counts.len().saturating_sub(REMEMBERED_VISITS)..];
        let latest = serde_json::Value::from(latest.to_vec()).to_string();
        sqlx::query(COUNT).bind(source).bind(latest).execute(&mut *connection).await?;
    }
    if admission.is_flood {
        let old = later(admission.at, -jiff::SignedDuration::from_hours(24)).as_microsecond();
        sqlx::query(EXPIRE).bind(source).bind(old).execute(&mut *connection).await?;
        sqlx::query(MARK).bind(source).bind(seen_at).execute(connection).await?;
    }
    Ok(())
}

/// When the digest of the flood closes that the admission belongs to: at once, or, while items wait for their pages or
/// `more` follow, when the wait is over. None if it belongs to none.
pub(super) async fn closes_at(
    connection: &mut SqliteConnection,
    admission: &Admission,
    more: bool,
) -> Result<Option<Timestamp>, StoreError> {
    let (source, seen_at) = (admission.source.id.as_str(), admission.seen_at.as_microsecond());
    let floods: i64 = sqlx::query_scalar(IS_FLOOD).bind(source).bind(seen_at).fetch_one(&mut *connection).await?;
    if floods == 0 {
        return Ok(None);
    }
    let latest = later(admission.seen_at, FLOOD_WAIT).max(admission.at);
    Ok(Some(if more || still_waits(connection, admission).await? { latest } else { admission.at }))
}

/// Lets the digests of a flood close now if none of its items waits any more and no `more` follow.
pub(super) async fn subside(
    connection: &mut SqliteConnection,
    admission: &Admission,
    more: bool,
) -> Result<(), StoreError> {
    if !more && !still_waits(connection, admission).await? {
        sqlx::query(SUBSIDE)
            .bind(admission.source.id.as_str())
            .bind(later(admission.seen_at, FLOOD_WAIT).as_microsecond())
            .bind(admission.at.as_microsecond())
            .execute(connection)
            .await?;
    }
    Ok(())
}

async fn still_waits(connection: &mut SqliteConnection, admission: &Admission) -> Result<bool, StoreError> {
    let waits: bool = sqlx::query_scalar(STILL_WAITS)
        .bind(admission.source.id.as_str())
        .bind(admission.seen_at.as_microsecond())
        .fetch_one(connection)
        .await?;
    Ok(waits)
}
