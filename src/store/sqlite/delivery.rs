//! Lists and shows deliveries, and retries them by hand.

use std::time::Duration;

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::Database;
use super::source::instant;
use crate::alert::{DeliveryId, Reason};
use crate::channel::ChannelId;
use crate::clock::later;
use crate::deliver::retry;
use crate::store::{Attempt, Delivery, DeliveryQuery, DeliveryState, Retried, StoreError};

pub(super) const LIST: &str = "
    select d.*, coalesce(a.kind, '') kind from delivery d left join alert a on a.number = d.alert
    where d.number < ?1 and ?2 is null and ?3 is null
    order by d.number desc limit ?4";

/// The deliveries in one state, of a channel or of all.
pub(super) const OF_STATE: &str = "
    select d.*, coalesce(a.kind, '') kind from delivery d left join alert a on a.number = d.alert
    where d.number < ?1 and d.state = ?2 and (?3 is null or d.channel_id = ?3)
    order by d.number desc limit ?4";

/// The deliveries of one channel, whose numbers and sequence numbers rise together, in a state or in any.
pub(super) const OF_CHANNEL: &str = "
    select d.*, coalesce(a.kind, '') kind from delivery d left join alert a on a.number = d.alert
    where d.number < ?1 and (?2 is null or d.state = ?2) and d.channel_id = ?3
    order by d.seq desc limit ?4";

pub(super) const ONE: &str = "
    select d.*, coalesce(a.kind, '') kind from delivery d left join alert a on a.number = d.alert where d.id = ?1";

pub(super) const ATTEMPTS: &str = "
    select number, started_at, took_us, outcome from attempt where delivery = ?1 order by number";

pub(super) const STATUS: &str = "
    select d.state, d.settled_at, a.started_at, a.took_us from delivery d
    left join attempt a on a.delivery = d.number and a.number = d.attempts where d.id = ?1";

pub(super) const RETRY: &str = "
    update delivery set state = 'pending', next_attempt_at = ?2, settled_at = null,
        scheduled_at = coalesce(scheduled_at, next_attempt_at, ?2),
        replayed = case when state = 'pending' then replayed else 1 end
    where id = ?1";

pub(super) const CANCEL: &str = "
    update delivery set state = 'cancelled', next_attempt_at = null, settled_at = ?2
    where id = ?1 and state in ('pending', 'held')";

/// The ids that begin with a text.
pub(super) const NAMED: &str = "
    select id from delivery where id >= ?1 and id < ?1 || char(1114111) order by id limit ?2";

/// The deliveries of a channel that failed permanently or wait for a retry.
pub(super) const FAILED: &str = "
    select id, seq from delivery indexed by delivery_dead where state = 'dead' and channel_id = ?1
    union all
    select id, seq from delivery indexed by delivery_repeat
    where channel_id = ?1 and state = 'pending' and attempts > 0
    order by 2";

impl Database {
    /// The ids that begin with `typed`, at most `limit` of them.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) async fn deliveries_named(&self, typed: &str, limit: u32) -> Result<Vec<DeliveryId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(NAMED).bind(typed).bind(limit).fetch_all(&self.reads).await?;
        Ok(ids.into_iter().map(DeliveryId::from_stored).collect())
    }

    /// The deliveries of a channel that failed permanently or wait for a retry, in the channel's order.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) async fn failed_deliveries(&self, channel: &ChannelId) -> Result<Vec<DeliveryId>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(FAILED).bind(channel.as_str()).fetch_all(&self.reads).await?;
        Ok(rows.into_iter().map(|(id, _)| DeliveryId::from_stored(id)).collect())
    }

    /// Ends a delivery that waits for an attempt; false if it does not, for example because it is in flight.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub(crate) async fn cancel_delivery(&self, id: &DeliveryId, now: Timestamp) -> Result<bool, StoreError> {
        let id = id.clone();
        self.write(move |connection| {
            Box::pin(async move {
                let done = sqlx::query(CANCEL).bind(id.as_str()).bind(now.as_microsecond()).execute(connection).await?;
                Ok(done.rows_affected() > 0)
            })
        })
        .await
    }

    /// Deliveries, newest first, each with its cursor. A row that cannot be read is reported once and left out.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn deliveries(&self, query: &DeliveryQuery) -> Result<Vec<(i64, Delivery)>, StoreError> {
        let statement = match (query.state, &query.channel) {
            (None, None) => LIST,
            // Most deliveries are delivered: those of one channel are fewer.
            (None | Some(DeliveryState::Delivered), Some(_)) => OF_CHANNEL,
            (Some(_), _) => OF_STATE,
        };
        let rows = sqlx::query(statement)
            .bind(query.before.unwrap_or(i64::MAX))
            .bind(query.state.map(DeliveryState::as_str))
            .bind(query.channel.as_ref().map(ChannelId::as_str))
            .bind(i64::try_from(query.limit).unwrap_or(i64::MAX))
            .fetch_all(&self.reads)
            .await?;
        Ok(self.readable("delivery", &rows, |row| Ok((row.try_get("number")?, read(row)?))).await)
    }

    /// One delivery with its attempts.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn delivery(&self, id: &DeliveryId) -> Result<Option<(Delivery, Vec<Attempt>)>, StoreError> {
        let Some(row) = sqlx::query(ONE).bind(id.as_str()).fetch_optional(&self.reads).await? else { return Ok(None) };
        let number: i64 = row.try_get("number")?;
        let attempts: Vec<AttemptRow> = sqlx::query_as(ATTEMPTS).bind(number).fetch_all(&self.reads).await?;
        Ok(Some((read(&row)?, attempts.into_iter().map(attempt).collect())))
    }

    /// Makes a delivery due as soon as a retry is allowed, even if it is dead; it is sent again under the same id. A
    /// delivery that is in flight, delivered or cancelled does not change. The time of its next automatic attempt is
    /// kept.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub(crate) async fn retry_delivery(&self, id: &DeliveryId, now: Timestamp) -> Result<Retried, StoreError> {
        let id = id.clone();
        self.write(move |connection| Box::pin(retry_by_hand(connection, id, now))).await
    }
}

async fn retry_by_hand(
    connection: &mut SqliteConnection,
    id: DeliveryId,
    now: Timestamp,
) -> Result<Retried, StoreError> {
    type DeliveryStatus = (String, Option<i64>, Option<i64>, Option<i64>);
    let status: Option<DeliveryStatus> =
        sqlx::query_as(STATUS).bind(id.as_str()).fetch_optional(&mut *connection).await?;
    let Some((state, settled_at, started_at, took)) = status else { return Ok(Retried::Unknown) };
    let state = state.parse().map_err(|error| StoreError::unreadable("a delivery", error))?;
    let started = started_at.map(instant);
    match state {
        DeliveryState::Inflight => return Ok(Retried::InFlight { since: started }),
        DeliveryState::Delivered | DeliveryState::Cancelled => {
            return Ok(Retried::Settled { state, at: settled_at.map(instant) });
        }
        DeliveryState::Pending | DeliveryState::Held | DeliveryState::Dead => {}
    }
    let took = jiff::SignedDuration::from_micros(took.unwrap_or(0));
    let due = retry::by_hand(started.map(|started| later(started, took)), now);
    sqlx::query(RETRY).bind(id.as_str()).bind(due.as_microsecond()).execute(connection).await?;
    Ok(Retried::Due(due))
}

/// A value as stored JSON.
pub(super) fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::unreadable("an outcome", error))
}

/// A row of the table with its alert's kind.
pub(super) fn read(row: &SqliteRow) -> Result<Delivery, StoreError> {
    let at = |column: &str| Ok::<_, StoreError>(row.try_get::<Option<i64>, _>(column)?.map(instant));
    let state: String = row.try_get("state")?;
    let reason: Option<String> = row.try_get("last_reason")?;
    Ok(Delivery {
        id: DeliveryId::from_stored(row.try_get("id")?),
        alert: row.try_get("alert")?,
        kind: row.try_get("kind")?,
        channel: ChannelId::new(row.try_get::<String, _>("channel_id")?),
        recipient: row.try_get("recipient")?,
        seq: row.try_get::<i64, _>("seq")?.unsigned_abs(),
        state: state.parse().map_err(|error| StoreError::unreadable("a delivery", error))?,
        attempts: row.try_get("attempts")?,
        by_hand: row.try_get("by_hand")?,
        scheduled_at: at("scheduled_at")?,
        made_at: instant(row.try_get("made_at")?),
        next_attempt_at: at("next_attempt_at")?,
        first_attempt_at: at("first_attempt_at")?,
        settled_at: at("settled_at")?,
        replayed: row.try_get("replayed")?,
        urgent: row.try_get("urgent")?,
        last: reason.map(|reason| readable(&reason)),
        body: row.try_get("body")?,
    })
}

/// Why the last attempt failed. An unreadable reason must not hide the delivery or its body.
fn readable(reason: &str) -> Reason {
    serde_json::from_str(reason).unwrap_or_else(|error| Reason {
        class: "unreadable".to_owned(),
        message: format!("cannot read the stored reason: {error}"),
        ..Reason::default()
    })
}

type AttemptRow = (u32, i64, Option<i64>, Option<String>);

fn attempt((number, started_at, took, outcome): AttemptRow) -> Attempt {
    Attempt {
        number,
        started_at: instant(started_at),
        took: took.map(|micros| Duration::from_micros(micros.unsigned_abs())),
        outcome: outcome.and_then(|outcome| serde_json::from_str(&outcome).ok()),
    }
}
