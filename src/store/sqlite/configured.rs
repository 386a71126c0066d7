//! The watches and channels that are or were configured, and what they missed while they were removed.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use sqlx::SqliteConnection;

use super::event::QueuedAlert;
use super::source::{self, SourceRows, instant};
use super::{Database, admit, digest};
use crate::alert::{Alert, policy};
use crate::source::{Source, SourceId};
use crate::store::{Absence, AbsentKind, Admission, Admitted, MissedAlerts, MissedItem, StoreError};

/// A watch that returns after a longer absence counts as added anew.
pub(super) const RETURN: &str = "
    update configured set
        removed_at = null,
        added_at = case when ?2 - removed_at <= ?3 then added_at else ?2 end,
        missed_at = case when ?2 - removed_at <= ?3 then missed_at end,
        missed_from = case when ?2 - removed_at <= ?3 then missed_from end
    where removed_at is not null
      and exists (select 1 from json_each(?1) j 
                  where j.value ->> 'kind' = configured.kind and j.value ->> 'id' = configured.id)";

pub(super) const ADD: &str = "
    insert into configured (kind, id, added_at)
    select j.value ->> 'kind', j.value ->> 'id', ?2 from json_each(?1) j where true
    on conflict (kind, id) do nothing";

/// A removed watch may miss the items that follow, and the late text of those whose page is still to be read.
pub(super) const REMOVE: &str = "
    update configured set
        removed_at = ?2,
        missed_at = coalesce(missed_at, ?2),
        missed_from = coalesce(missed_from, case kind
            when 'watch' then min(
                coalesce((select max(i.number) from item i), 0) + 1,
                coalesce((select min(f.item) from follow f), 9223372036854775807))
            else coalesce((select max(a.number) from alert a), 0) + 1 end)
    where removed_at is null
      and not exists (select 1 from json_each(?1) j 
                  where j.value ->> 'kind' = configured.kind and j.value ->> 'id' = configured.id)";

/// Holds what waits on the removed channels until they return.
pub(super) const HOLD_REMOVED: &str = "
    update delivery set state = 'held', held_at = ?1
    where number in (
        select d.number from configured k
        cross join delivery d indexed by delivery_waiting
            on d.channel_id = k.id and d.state in ('pending', 'held') and d.state = 'pending'
        where k.kind = 'channel' and k.removed_at is not null)";

/// Releases what returning channels hold, at the times that were planned, unless their circuit holds it.
pub(super) const RELEASE_RETURNING: &str = "
    update delivery set state = 'pending', held_at = null, next_attempt_at = coalesce(next_attempt_at, ?2)
    where number in (
        select d.number from json_each(?1) j
        cross join configured k on k.kind = 'channel' and k.id = j.value ->> 'id' and k.removed_at is not null
        cross join delivery d indexed by delivery_waiting
            on d.channel_id = k.id and d.state in ('pending', 'held') and d.state = 'held'
        where j.value ->> 'kind' = 'channel'
          and not exists (select 1 from circuit c where c.channel_id = k.id and c.state <> 'closed'))";

pub(super) const RETURNED: &str = "
    select kind, id, missed_at, missed_from from configured
    where removed_at is null and missed_at is not null order by kind, id";

/// The items that a source brought or revised since then, without those of its baseline.
pub(super) const MISSED_ITEMS: &str = "
    select i.number, s.source_id, i.content
    from item i join sighting s on s.item = i.number
    where (i.number, s.source_id) > (?1, ?2) and s.baseline = 0
      and (i.number >= ?3 or i.revised_at >= ?4 or s.first_at >= ?4)
    group by i.number, s.source_id
    order by i.number, s.source_id limit +?5";

pub(super) const MISSED_ALERTS: &str = "
    select a.number, a.id, a.content from alert a
    where a.number >= ?1 and a.item is not null
      and not exists (select 1 from delivery d where d.alert = a.number and d.channel_id = ?2)
      and not exists (select 1 from digest_entry e where e.alert = a.number and e.channel_id = ?2)
    order by a.number limit +?3";

pub(super) const SETTLED: &str = "
    update configured set missed_at = null, missed_from = null
    where kind = ?1 and id = ?2 and removed_at is null and missed_at = ?3";

impl Database {
    /// Writes down which watches and channels are configured. One that comes back within `short` of its removal has
    /// missed something.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn save_configured(
        &self,
        names: &[(AbsentKind, String)],
        short: SignedDuration,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let rows = rows(names);
        self.write(move |connection| Box::pin(async move { keep(connection, &rows, short, at).await })).await
    }

    /// Keeps exactly these sources, watches and channels, in one transaction; see [`Database::sync_sources`] and
    /// [`Database::save_configured`].
    ///
    /// # Errors
    /// When the store cannot be written; then it knows what it knew before.
    pub(crate) async fn commit_configuration(
        &self,
        sources: &[(Arc<Source>, Timestamp)],
        names: &[(AbsentKind, String)],
        short: SignedDuration,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (source_rows, rows) = (SourceRows::new(sources), rows(names));
        self.write(move |connection| {
            Box::pin(async move {
                source::keep(connection, &source_rows, at).await?;
                keep(connection, &rows, short, at).await
            })
        })
        .await?;
        self.forget_failures(|id| sources.iter().any(|(source, _)| source.id == *id));
        Ok(())
    }

    /// The watches and channels that have come back and not looked back yet.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn returned(&self) -> Result<Vec<Absence>, StoreError> {
        let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(RETURNED).fetch_all(&self.reads).await?;
        let absence = |(kind, id, since, from): (String, String, i64, i64)| {
            let kind = if kind == AbsentKind::Watch.as_str() { AbsentKind::Watch } else { AbsentKind::Channel };
            Absence { kind, id, since: instant(since), from }
        };
        Ok(rows.into_iter().map(absence).collect())
    }

    /// The items after `cursor` that came, or were revised, during an absence, each with a source that brought it;
    /// and the cursor behind them, none when there are no more.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn missed_items(
        &self,
        absence: &Absence,
        cursor: &(i64, SourceId),
        limit: usize,
    ) -> Result<(Vec<MissedItem>, Option<(i64, SourceId)>), StoreError> {
        let rows: Vec<(i64, String, String)> = sqlx::query_as(MISSED_ITEMS)
            .bind(cursor.0)
            .bind(cursor.1.as_str())
            .bind(absence.from)
            .bind(absence.since.as_microsecond())
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.reads)
            .await?;
        let last = rows.last().map(|(number, source, _)| (*number, SourceId::new(source.clone())));
        // One row that cannot be read must not keep the others from being alerted.
        let read = |(number, source, content): (i64, String, String)| match serde_json::from_str(&content) {
            Ok(item) => Some(MissedItem { number, source: SourceId::new(source), item }),
            Err(error) => {
                tracing::error!(%error, item.number = number, "a stored item is unreadable and left out");
                None
            }
        };
        Ok((rows.into_iter().filter_map(read).collect(), last))
    }

    /// Alerts of stored items whose watches missed them; the candidates are known items.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn alert_missed(&self, admission: Admission) -> Result<Admitted, StoreError> {
        let missed =
            self.write(move |connection| Box::pin(async move { admit::missed(connection, &admission, None).await }));
        let (admitted, newest) = missed.await?;
        self.announce_alerts(newest);
        Ok(admitted)
    }

    /// Owes a channel the alerts that were made while it was removed; answers with the number of deliveries, and with
    /// the last alert that was looked at, none when there are no more.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn queue_missed(&self, missed: MissedAlerts) -> Result<(usize, Option<i64>), StoreError> {
        self.write(move |connection| Box::pin(queue_deliveries(connection, missed))).await
    }

    /// Writes down that a watch or channel has looked back over this absence.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn looked_back(&self, absence: &Absence) -> Result<(), StoreError> {
        let (kind, id, since) = (absence.kind.as_str(), absence.id.clone(), absence.since.as_microsecond());
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(SETTLED).bind(kind).bind(id).bind(since).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }
}

fn rows(names: &[(AbsentKind, String)]) -> String {
    let row = |(kind, id): &(AbsentKind, String)| json!({ "kind": kind.as_str(), "id": id });
    Value::from(names.iter().map(row).collect::<Vec<_>>()).to_string()
}

async fn keep(
    connection: &mut SqliteConnection,
    rows: &str,
    short: SignedDuration,
    at: Timestamp,
) -> Result<(), StoreError> {
    let (short, at) = (i64::try_from(short.as_micros()).unwrap_or(i64::MAX), at.as_microsecond());
    sqlx::query(RELEASE_RETURNING).bind(rows).bind(at).execute(&mut *connection).await?;
    sqlx::query(RETURN).bind(rows).bind(at).bind(short).execute(&mut *connection).await?;
    sqlx::query(ADD).bind(rows).bind(at).execute(&mut *connection).await?;
    sqlx::query(REMOVE).bind(rows).bind(at).execute(&mut *connection).await?;
    sqlx::query(HOLD_REMOVED).bind(at).execute(connection).await?;
    Ok(())
}

async fn queue_deliveries(
    connection: &mut SqliteConnection,
    missed: MissedAlerts,
) -> Result<(usize, Option<i64>), StoreError> {
    let MissedAlerts { channel, watches, settings, from, limit, at } = missed;
    let rows: Vec<(i64, String, String)> = sqlx::query_as(MISSED_ALERTS)
        .bind(from)
        .bind(channel.id.as_str())
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&mut *connection)
        .await?;
    let last = rows.last().map(|(number, ..)| *number);
    let mut deliveries = 0;
    for (number, id, content) in rows {
        // One row that cannot be read must not keep the others from being delivered.
        let Ok(Alert::Item(alert)) = serde_json::from_str(&content) else { continue };
        if let Some(part) = policy::for_channel(&watches, &channel.id, &alert) {
            let (alert, channel, settings) = (&Alert::Item(Box::new(part)), &channel, &settings);
            let queued = QueuedAlert { id: &id, number, alert, channel, settings, at };
            deliveries += digest::queue(connection, &queued, None).await?;
        }
    }
    Ok((deliveries, last))
}
