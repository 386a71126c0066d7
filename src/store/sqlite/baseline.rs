//! Stores the baseline of a source: the keys of entries beyond its `max_items`.

use std::collections::HashSet;

use serde_json::Value;
use sqlx::SqliteConnection;

use super::Database;
use crate::dedupe::Key;
use crate::item::hex;
use crate::source::SourceId;
use crate::store::StoreError;

pub(super) const NOTE: &str = "
    insert into baseline_key (source_id, key)
    select ?2, unhex(j.value) from json_each(?1) j where true
    on conflict (source_id, key) do nothing";

pub(super) const NOTED: &str = "
    select j.key from json_each(?1) j
    join baseline_key b on b.source_id = ?2 and b.key = unhex(j.value)";

pub(super) const BROUGHT: &str = "
    select j.key from json_each(?1) j where exists (
        select 1 from item_key k join sighting s on s.item = k.item and s.source_id = ?2
        where k.key = unhex(j.value))";

/// How many keys one statement looks up. Chosen by hand.
const KEYS_PER_STATEMENT: usize = 2_000;

impl Database {
    /// The subset of `keys` that belongs to the source's baseline, without a stored item.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) async fn baseline_keys(&self, source: &SourceId, keys: &[Key]) -> Result<HashSet<Key>, StoreError> {
        self.matching(NOTED, source, keys).await
    }

    /// The subset of `keys` that items of the source have.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) async fn item_keys(&self, source: &SourceId, keys: &[Key]) -> Result<HashSet<Key>, StoreError> {
        self.matching(BROUGHT, source, keys).await
    }

    async fn matching(
        &self,
        statement: &'static str,
        source: &SourceId,
        keys: &[Key],
    ) -> Result<HashSet<Key>, StoreError> {
        let mut known = HashSet::new();
        for keys in keys.chunks(KEYS_PER_STATEMENT) {
            let indexes: Vec<i64> =
                sqlx::query_scalar(statement).bind(digests(keys)).bind(source.as_str()).fetch_all(&self.reads).await?;
            known.extend(indexes.into_iter().filter_map(|at| keys.get(usize::try_from(at).ok()?)));
        }
        Ok(known)
    }
}

/// Adds keys to a source's baseline.
pub(super) async fn note(connection: &mut SqliteConnection, source: &SourceId, keys: &[Key]) -> Result<(), StoreError> {
    for keys in keys.chunks(KEYS_PER_STATEMENT) {
        sqlx::query(NOTE).bind(digests(keys)).bind(source.as_str()).execute(&mut *connection).await?;
    }
    Ok(())
}

fn digests(keys: &[Key]) -> String {
    Value::from(keys.iter().map(|key| hex(&key.digest)).collect::<Vec<_>>()).to_string()
}
