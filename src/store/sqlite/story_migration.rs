//! Indexes the texts that alerted under an older version, so that their copies do not alert.

use jiff::SignedDuration;
use sqlx::SqliteConnection;

use super::Database;
use super::story::{self, StoredProfiles};
use crate::item::Item;
use crate::store::StoreError;
use crate::story::index_keys::VERSION;
use crate::story::placement::COPY_WINDOW;

pub(super) const INDEXED_AS: &str = "select value from meta where key = 'index_version'";

pub(super) const INDEXED: &str = "
    insert into meta (key, value) values ('index_version', ?1)
    on conflict (key) do update set value = excluded.value";

pub(super) const NEWEST: &str = "select max(made_at) from alert";

/// Items that alerted, in the order of admission; the ones of the last month alone can have copies.
pub(super) const ALERTED: &str = "
    select i.number, i.content, i.first_seen_at from item i
    where i.number > ?1 and i.number in (select a.item from alert a where a.item > ?1 and a.made_at >= ?2)
    order by i.number limit +?3";

/// How many items one transaction indexes. Chosen by hand: others may write after some tenths of a second.
const BATCH: i64 = 100;

impl Database {
    /// Gives every text that alerted lately the keys of this version.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub(super) async fn index_alerted(&self) -> Result<(), StoreError> {
        let version: Option<String> = sqlx::query_scalar(INDEXED_AS).fetch_optional(&self.reads).await?;
        if version.is_some_and(|version| version == VERSION.to_string()) {
            return Ok(());
        }
        let newest: Option<i64> = sqlx::query_scalar(NEWEST).fetch_one(&self.reads).await?;
        let window = i64::try_from(SignedDuration::as_micros(&COPY_WINDOW)).unwrap_or(i64::MAX);
        let since = newest.map_or(0, |newest| newest.saturating_sub(window));
        let mut after = 0;
        while let Some(last) = self.write(move |connection| Box::pin(batch(connection, after, since))).await? {
            after = last;
        }
        self.write(|connection| {
            Box::pin(async move {
                sqlx::query(INDEXED).bind(VERSION.to_string()).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }
}

/// Indexes one batch of items after this row. Returns the last row; none if there are no more.
async fn batch(connection: &mut SqliteConnection, after: i64, since: i64) -> Result<Option<i64>, StoreError> {
    let rows: Vec<(i64, String, i64)> =
        sqlx::query_as(ALERTED).bind(after).bind(since).bind(BATCH).fetch_all(&mut *connection).await?;
    let mut profiles = StoredProfiles::default();
    for (number, content, seen) in &rows {
        // An unreadable item has no copies.
        let Ok(item) = serde_json::from_str::<Item>(content) else { continue };
        story::restore(connection, &mut profiles, *number, &item, super::source::instant(*seen)).await?;
    }
    Ok(rows.last().map(|(number, ..)| *number))
}
