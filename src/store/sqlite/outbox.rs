//! Deliveries: due, begun, settled.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::Db;
use super::source::instant;
use crate::alert::{DeliveryId, Fate, Outcome};
use crate::channel::ChannelId;
use crate::store::{Attempt, Delivery, DeliveryQuery, DeliveryState, StoreError};

pub(super) const RECOVER: &str = "update delivery set state = 'pending' where state = 'inflight'";

pub(super) const DUE: &str = "
    select d.*, a.kind from delivery d join alert a on a.number = d.alert
    where d.channel_id = ?1 and d.state = 'pending' and d.next_attempt_at <= ?2
    order by d.seq limit ?3";

pub(super) const NEXT_DUE: &str = "
    select min(next_attempt_at) from delivery where channel_id = ?1 and state = 'pending'";

pub(super) const BEGIN: &str = "
    update delivery set state = 'inflight', attempts = attempts + 1, next_attempt_at = ?3,
        first_attempt_at = coalesce(first_attempt_at, ?2)
    where id = ?1 and state = 'pending' returning number, attempts";

pub(super) const BEGIN_ATTEMPT: &str = "insert into attempt (delivery, number, started_at) values (?1, ?2, ?3)";

pub(super) const SETTLE: &str = "
    update delivery set state = ?2, next_attempt_at = ?3, settled_at = ?4, last_reason = ?5
    where id = ?1 and state = 'inflight' returning number";

pub(super) const SETTLE_ATTEMPT: &str = "
    update attempt set took_us = ?3, outcome = ?4 where delivery = ?1 and number = ?2";

pub(super) const LIST: &str = "
    select d.*, a.kind from delivery d join alert a on a.number = d.alert
    where d.number < ?1 and (?2 is null or d.state = ?2) and (?3 is null or d.channel_id = ?3)
    order by d.number desc limit ?4";

pub(super) const ONE: &str = "select d.*, a.kind from delivery d join alert a on a.number = d.alert where d.id = ?1";

pub(super) const ATTEMPTS: &str = "
    select number, started_at, took_us, outcome from attempt where delivery = ?1 order by number";

pub(super) const RETRY: &str = "
    update delivery set state = 'pending', next_attempt_at = ?2, settled_at = null,
        replayed = case when state = 'pending' then replayed else 1 end
    where id = ?1 and state in ('pending', 'held', 'dead', 'cancelled')";

impl Db {
    /// Takes up what a process that died had under way: its next attempt's time stands already.
    pub(super) async fn recover(&self) -> Result<(), StoreError> {
        self.write(|connection| {
            Box::pin(async move {
                sqlx::query(RECOVER).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// What a channel owes at `now`, in the order of its numbers.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn due_deliveries(
        &self,
        channel: &ChannelId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<Delivery>, StoreError> {
        let rows = sqlx::query(DUE)
            .bind(channel.as_str())
            .bind(now.as_microsecond())
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.reads)
            .await?;
        rows.iter().map(delivery).collect()
    }

    /// When the channel owes something next.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn next_due(&self, channel: &ChannelId) -> Result<Option<Timestamp>, StoreError> {
        let next: Option<i64> = sqlx::query_scalar(NEXT_DUE).bind(channel.as_str()).fetch_one(&self.reads).await?;
        Ok(next.map(instant))
    }

    /// Begins an attempt: its number, and the time of the next one, are durable before anything is sent. None when
    /// the delivery is no longer pending.
    ///
    /// # Errors
    /// When the store cannot be written; then nothing may be sent.
    pub async fn begin_attempt(
        &self,
        id: &DeliveryId,
        now: Timestamp,
        next: Timestamp,
    ) -> Result<Option<u32>, StoreError> {
        let id = id.clone();
        self.write(move |connection| Box::pin(begin(connection, id, now, next))).await
    }

    /// Writes down how an attempt ended and what becomes of the delivery.
    ///
    /// # Errors
    /// When the store cannot be written; the delivery is then tried again under its name.
    pub async fn settle(
        &self,
        id: &DeliveryId,
        number: u32,
        outcome: &Outcome,
        fate: Fate,
        now: Timestamp,
        took: Duration,
    ) -> Result<(), StoreError> {
        let (id, outcome) = (id.clone(), outcome.clone());
        self.write(move |connection| Box::pin(settle(connection, id, number, outcome, fate, now, took))).await
    }

    /// Deliveries, newest first, each with its cursor.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn deliveries(&self, query: &DeliveryQuery) -> Result<Vec<(i64, Delivery)>, StoreError> {
        let rows = sqlx::query(LIST)
            .bind(query.before.unwrap_or(i64::MAX))
            .bind(query.state.map(DeliveryState::as_str))
            .bind(query.channel.as_ref().map(ChannelId::as_str))
            .bind(i64::try_from(query.limit).unwrap_or(i64::MAX))
            .fetch_all(&self.reads)
            .await?;
        rows.iter().map(|row| Ok((row.try_get("number")?, delivery(row)?))).collect()
    }

    /// One delivery with its attempts.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn delivery(&self, id: &DeliveryId) -> Result<Option<(Delivery, Vec<Attempt>)>, StoreError> {
        let Some(row) = sqlx::query(ONE).bind(id.as_str()).fetch_optional(&self.reads).await? else { return Ok(None) };
        let number: i64 = row.try_get("number")?;
        let attempts: Vec<AttemptRow> = sqlx::query_as(ATTEMPTS).bind(number).fetch_all(&self.reads).await?;
        Ok(Some((delivery(&row)?, attempts.into_iter().map(attempt).collect::<Result<_, _>>()?)))
    }

    /// Makes a delivery due at once, a dead one too: it goes out once more, under its name. False when there is none
    /// of this name, or it is delivered or under way.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn retry_delivery(&self, id: &DeliveryId, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |connection| {
            Box::pin(async move {
                let done = sqlx::query(RETRY).bind(id.as_str()).bind(now.as_microsecond()).execute(connection).await?;
                Ok(done.rows_affected() == 1)
            })
        })
        .await
    }
}

async fn begin(
    connection: &mut SqliteConnection,
    id: DeliveryId,
    now: Timestamp,
    next: Timestamp,
) -> Result<Option<u32>, StoreError> {
    let begun: Option<(i64, u32)> = sqlx::query_as(BEGIN)
        .bind(id.as_str())
        .bind(now.as_microsecond())
        .bind(next.as_microsecond())
        .fetch_optional(&mut *connection)
        .await?;
    let Some((delivery, number)) = begun else { return Ok(None) };
    sqlx::query(BEGIN_ATTEMPT).bind(delivery).bind(number).bind(now.as_microsecond()).execute(connection).await?;
    Ok(Some(number))
}

async fn settle(
    connection: &mut SqliteConnection,
    id: DeliveryId,
    number: u32,
    outcome: Outcome,
    fate: Fate,
    now: Timestamp,
    took: Duration,
) -> Result<(), StoreError> {
    let (state, next, settled) = match fate {
        Fate::Delivered => (DeliveryState::Delivered, None, Some(now)),
        Fate::Again(next) => (DeliveryState::Pending, Some(next), None),
        Fate::Dead => (DeliveryState::Dead, None, Some(now)),
    };
    let reason = match &outcome {
        Outcome::Delivered { .. } => None,
        Outcome::Failed { reason, .. } | Outcome::Rejected { reason } => Some(json(reason)?),
    };
    let delivery: Option<i64> = sqlx::query_scalar(SETTLE)
        .bind(id.as_str())
        .bind(state.as_str())
        .bind(next.map(Timestamp::as_microsecond))
        .bind(settled.map(Timestamp::as_microsecond))
        .bind(reason)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(delivery) = delivery else { return Ok(()) };
    sqlx::query(SETTLE_ATTEMPT)
        .bind(delivery)
        .bind(number)
        .bind(i64::try_from(took.as_micros()).unwrap_or(i64::MAX))
        .bind(json(&outcome)?)
        .execute(connection)
        .await?;
    Ok(())
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::unreadable("an outcome", error))
}

fn delivery(row: &SqliteRow) -> Result<Delivery, StoreError> {
    let at = |column: &str| Ok::<_, StoreError>(row.try_get::<Option<i64>, _>(column)?.map(instant));
    let state: String = row.try_get("state")?;
    let reason: Option<String> = row.try_get("last_reason")?;
    let last = reason.map(|reason| serde_json::from_str(&reason)).transpose();
    Ok(Delivery {
        id: DeliveryId::from_stored(row.try_get("id")?),
        alert: row.try_get("alert")?,
        kind: row.try_get("kind")?,
        channel: ChannelId::new(row.try_get::<String, _>("channel_id")?),
        recipient: row.try_get("recipient")?,
        seq: row.try_get::<i64, _>("seq")?.unsigned_abs(),
        state: state.parse().map_err(|error| StoreError::unreadable("a delivery", error))?,
        attempts: row.try_get("attempts")?,
        made_at: instant(row.try_get("made_at")?),
        next_attempt_at: at("next_attempt_at")?,
        first_attempt_at: at("first_attempt_at")?,
        settled_at: at("settled_at")?,
        replayed: row.try_get("replayed")?,
        urgent: row.try_get("urgent")?,
        last: last.map_err(|error| StoreError::unreadable("a delivery", error))?,
        body: row.try_get("body")?,
    })
}

type AttemptRow = (u32, i64, Option<i64>, Option<String>);

fn attempt((number, started_at, took, outcome): AttemptRow) -> Result<Attempt, StoreError> {
    let outcome = outcome.map(|outcome| serde_json::from_str(&outcome)).transpose();
    Ok(Attempt {
        number,
        started_at: instant(started_at),
        took: took.map(|micros| Duration::from_micros(micros.unsigned_abs())),
        outcome: outcome.map_err(|error| StoreError::unreadable("an attempt", error))?,
    })
}
