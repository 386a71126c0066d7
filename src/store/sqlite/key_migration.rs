//! Recomputes the keys of items that an older version stored, so that known items do not count as new.

use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::Database;
use super::item::KEYS;
use crate::dedupe::keys::{VERSION, keys};
use crate::dedupe::{KeyKind, KeyRules};
use crate::item::{FoldedContent, Item, hex};
use crate::source::SourceId;
use crate::store::StoreError;

pub(super) const KEYED_AS: &str = "select value from meta where key = 'key_version'";

pub(super) const KEYED: &str = "
    insert into meta (key, value) values ('key_version', ?1)
    on conflict (key) do update set value = excluded.value";

/// Version 2 changed how parameters are read and added keys for short titles; version 3 added ASP.NET tickets, nested
/// addresses and fragments.
pub(super) const OLD: &str = "
    select number, source_id, content from item
    where number > ?1 and case when json_valid(content) then
        instr(address, '?') > 0 or instr(address, ';') > 0 or instr(address, '(') > 0 or instr(content, '#') > 0
            or length(title) - length(replace(title, ' ', '')) < 6 end
    order by number limit +?2";

/// How many items one transaction rekeys. Chosen by hand.
const BATCH: i64 = 500;

impl Database {
    /// Gives every item the keys of this version.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub(super) async fn rekey(&self) -> Result<(), StoreError> {
        let version: Option<String> = sqlx::query_scalar(KEYED_AS).fetch_optional(&self.reads).await?;
        if version.is_some_and(|version| version == VERSION.to_string()) {
            return Ok(());
        }
        let mut after = 0;
        while let Some(last) = self.write(move |connection| Box::pin(rekey_batch(connection, after))).await? {
            after = last;
        }
        self.write(|connection| {
            Box::pin(async move {
                sqlx::query(KEYED).bind(VERSION.to_string()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }
}

/// Rekeys one batch of items after this row. Returns the last row; none if there are no more.
async fn rekey_batch(connection: &mut SqliteConnection, after: i64) -> Result<Option<i64>, StoreError> {
    let rows: Vec<(i64, String, String)> =
        sqlx::query_as(OLD).bind(after).bind(BATCH).fetch_all(&mut *connection).await?;
    let mut found = Vec::new();
    for (number, source, content) in &rows {
        // An unreadable item keeps its keys.
        let Ok(item) = serde_json::from_str::<Item>(content) else { continue };
        let all = keys(&item, &FoldedContent::of(&item), &SourceId::new(source.as_str()), &KeyRules::default());
        let new = all.iter().filter(|key| matches!(key.kind, KeyKind::Address | KeyKind::Place));
        found.extend(new.map(|key| json!({ "key": hex(&key.digest), "item": number, "kind": key.kind.as_str() })));
    }
    sqlx::query(KEYS).bind(Value::from(found).to_string()).execute(connection).await?;
    Ok(rows.last().map(|(number, ..)| *number))
}
