//! Adds keys to the index that finds the texts to compare with a new one.

use jiff::Timestamp;
use serde_json::Value;
use sqlx::SqliteConnection;

use crate::store::StoreError;
use crate::story::placement;

pub(super) const INDEX: &str = "
    insert into text_index (week, key, item)
    select ?1, j.value, ?2 from json_each(?3) j where true on conflict do nothing";

/// Adds keys of an item to the index.
pub(super) async fn index(
    connection: &mut SqliteConnection,
    item: i64,
    keys: Vec<u32>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let keys: Vec<i32> = keys.into_iter().map(signed).collect();
    let index = sqlx::query(INDEX).bind(placement::week(at)).bind(item).bind(Value::from(keys).to_string());
    index.execute(connection).await?;
    Ok(())
}

/// The key as the index stores it: SQLite needs six bytes for large unsigned numbers.
pub(super) fn signed(key: u32) -> i32 {
    i32::from_ne_bytes(key.to_ne_bytes())
}
