//! Remembers what each watch has alerted for. The rules are in [`crate::alert::policy`].

use std::collections::BTreeSet;

use jiff::Timestamp;
use sqlx::SqliteConnection;

use crate::alert::WatchId;
use crate::alert::policy::AlertKey;
use crate::store::StoreError;

pub(super) const REMEMBER: &str =
    "insert into alerted (watch_id, about, at) values (?1, ?2, ?3) on conflict (watch_id, about) do nothing";

pub(super) const IS_REMEMBERED: &str = "select count(*) from alerted where watch_id = ?1 and about = ?2";

/// Those of `keys` that the watch has alerted for.
pub(super) async fn remembered(
    connection: &mut SqliteConnection,
    watch: &WatchId,
    keys: &[AlertKey],
) -> Result<BTreeSet<AlertKey>, StoreError> {
    let mut remembered = BTreeSet::new();
    for key in keys {
        let found: i64 = sqlx::query_scalar(IS_REMEMBERED)
            .bind(watch.as_str())
            .bind(key.as_bytes())
            .fetch_one(&mut *connection)
            .await?;
        if found > 0 {
            remembered.insert(key.clone());
        }
    }
    Ok(remembered)
}

/// Remembers that the watch has alerted for these keys.
pub(super) async fn remember(
    connection: &mut SqliteConnection,
    watch: &WatchId,
    keys: &[AlertKey],
    at: Timestamp,
) -> Result<(), StoreError> {
    for key in keys {
        sqlx::query(REMEMBER)
            .bind(watch.as_str())
            .bind(key.as_bytes())
            .bind(at.as_microsecond())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
