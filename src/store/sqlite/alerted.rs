//! Remembers what each watch has alerted for. The rules are in [`crate::alert::policy`].

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::Value;
use sqlx::SqliteConnection;

use crate::alert::WatchId;
use crate::alert::policy::AlertKey;
use crate::item::hex;
use crate::store::StoreError;

pub(super) const REMEMBER: &str = "
    insert into alerted (watch_id, about, at, item) select ?1, unhex(j.value), ?3, ?4 from json_each(?2) j where true
    on conflict (watch_id, about) do nothing";

pub(super) const REMEMBERED: &str = "
    select a.about from json_each(?2) j join alerted a on a.watch_id = ?1 and a.about = unhex(j.value)";

/// Those of `keys` that the watch has alerted for.
pub(super) async fn remembered(
    connection: &mut SqliteConnection,
    watch: &WatchId,
    keys: &[AlertKey],
) -> Result<BTreeSet<AlertKey>, StoreError> {
    let found: Vec<Vec<u8>> =
        sqlx::query_scalar(REMEMBERED).bind(watch.as_str()).bind(list(keys)).fetch_all(connection).await?;
    let is_found = |key: &&AlertKey| found.iter().any(|about| about == key.as_bytes());
    Ok(keys.iter().filter(is_found).cloned().collect())
}

/// Remembers that the watch has alerted for these keys, with the item in this row.
pub(super) async fn remember(
    connection: &mut SqliteConnection,
    watch: &WatchId,
    keys: &[AlertKey],
    at: Timestamp,
    item: i64,
) -> Result<(), StoreError> {
    if keys.is_empty() {
        return Ok(());
    }
    let remember = sqlx::query(REMEMBER).bind(watch.as_str()).bind(list(keys)).bind(at.as_microsecond()).bind(item);
    remember.execute(connection).await?;
    Ok(())
}

/// Keys as a parameter of a statement.
fn list(keys: &[AlertKey]) -> String {
    Value::from(keys.iter().map(|key| hex(key.as_bytes())).collect::<Vec<_>>()).to_string()
}
