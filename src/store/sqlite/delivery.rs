//! Lists and shows deliveries, and retries them by hand.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::Database;
use super::circuit;
use super::json_column::readable;
use super::source::instant;
use crate::alert::DeliveryId;
use crate::channel::ChannelId;
use crate::clock::later;
use crate::deliver::retry;
use crate::store::{
    Attempt, Delivery, DeliveryChange, DeliveryChanged, DeliveryQuery, DeliverySelector, DeliveryState, StoreError,
};

pub(super) const LIST: &str = "
    select d.*, coalesce(a.kind, '') kind from delivery d left join alert a on a.number = d.alert
    where d.number < ?1 and ?2 is null and ?3 is null
    order by d.number desc limit +?4";

/// The deliveries in one state, of a channel or of all.
pub(super) const OF_STATE: &str = "
    select d.*, coalesce(a.kind, '') kind from delivery d left join alert a on a.number = d.alert
    where d.number < ?1 and d.state = ?2 and (?3 is null or d.channel_id = ?3)
    order by d.number desc limit +?4";

/// The deliveries of one channel, whose numbers and sequence numbers rise together, in a state or in any.
pub(super) const OF_CHANNEL: &str = "
    select d.*, coalesce(a.kind, '') kind from delivery d left join alert a on a.number = d.alert
    where d.number < ?1 and (?2 is null or d.state = ?2) and d.channel_id = ?3
    order by d.seq desc limit +?4";

pub(super) const ONE: &str = "
    select d.*, coalesce(a.kind, '') kind from delivery d left join alert a on a.number = d.alert where d.id = ?1";

pub(super) const ATTEMPTS: &str = "
    select number, started_at, took_us, outcome from attempt where delivery = ?1 order by number";

pub(super) const STATUS: &str = "
    select d.number, d.state, d.channel_id, d.settled_at, a.started_at, a.took_us from delivery d
    left join attempt a on a.delivery = d.number and a.number = d.attempts where d.id = ?1";

/// Makes a delivery due, or holds it.
pub(super) const RETRY: &str = "
    update delivery set state = ?3, next_attempt_at = ?2, settled_at = null,
        held_at = case when ?3 = 'held' then ?4 end,
        scheduled_at = coalesce(scheduled_at, next_attempt_at, ?2),
        replayed = case when state in ('pending', 'held') then replayed else 1 end
    where id = ?1";

pub(super) const CANCEL: &str = "
    update delivery set state = 'cancelled', next_attempt_at = null, held_at = null, settled_at = ?2
    where id = ?1 and state in ('pending', 'held')";

/// The channels that have deliveries, one look at the index for each.
pub(super) const CHANNELS: &str = "
    with recursive c (id) as (
        select min(channel_id) from delivery
        union all
        select (select min(d.channel_id) from delivery d where d.channel_id > c.id) from c where c.id is not null)
    select id from c where id is not null";

/// The ids that begin with a text.
pub(super) const NAMED: &str = "
    select id from delivery where id >= ?1 and id < ?1 || char(1114111) order by id limit +?2";

/// The deliveries in these states, of a channel or of all, made at an instant or later. A pending one counts only after
/// a failure, unless `?4`.
pub(super) const SELECTED: &str = "
    select id from delivery
    where state in (select j.value from json_each(?1) j) and (?2 is null or channel_id = ?2)
      and (?3 is null or made_at >= ?3) and (?4 or state <> 'pending' or attempts > 0)
    order by number";

impl Database {
    /// The channels that have deliveries, configured or not.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) async fn channels_with_deliveries(&self) -> Result<Vec<ChannelId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(CHANNELS).fetch_all(&self.reads).await?;
        Ok(ids.into_iter().map(ChannelId::new).collect())
    }

    /// The ids that begin with `typed`, at most `limit` of them.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) async fn deliveries_named(&self, typed: &str, limit: u32) -> Result<Vec<DeliveryId>, StoreError> {
        let ids: Vec<String> = sqlx::query_scalar(NAMED).bind(typed).bind(limit).fetch_all(&self.reads).await?;
        Ok(ids.into_iter().map(DeliveryId::from_stored).collect())
    }

    /// The selected deliveries, oldest first; with `untried`, also those whose first attempt is still to come.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) async fn selected_deliveries(
        &self,
        selector: &DeliverySelector,
        untried: bool,
    ) -> Result<Vec<DeliveryId>, StoreError> {
        let states: Vec<&str> = selector.states.iter().map(|state| state.as_str()).collect();
        let ids: Vec<String> = sqlx::query_scalar(SELECTED)
            .bind(Value::from(states).to_string())
            .bind(selector.channel.as_ref().map(ChannelId::as_str))
            .bind(selector.since.map(Timestamp::as_microsecond))
            .bind(untried)
            .fetch_all(&self.reads)
            .await?;
        Ok(ids.into_iter().map(DeliveryId::from_stored).collect())
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

    /// Changes deliveries by hand, all in one transaction; returns the result for each. One that is sent again keeps
    /// its id, its body and the time of its next automatic attempt, and is due as soon as a repeat is allowed.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub(crate) async fn change_deliveries(
        &self,
        ids: &[DeliveryId],
        change: DeliveryChange,
        now: Timestamp,
    ) -> Result<Vec<DeliveryChanged>, StoreError> {
        let ids = ids.to_vec();
        self.write(move |connection| {
            Box::pin(async move {
                let mut changed = Vec::new();
                for id in &ids {
                    changed.push(change_delivery(connection, id, change, now).await?);
                }
                Ok(changed)
            })
        })
        .await
    }
}

async fn change_delivery(
    connection: &mut SqliteConnection,
    id: &DeliveryId,
    change: DeliveryChange,
    now: Timestamp,
) -> Result<DeliveryChanged, StoreError> {
    type DeliveryStatus = (i64, String, String, Option<i64>, Option<i64>, Option<i64>);
    let status: Option<DeliveryStatus> =
        sqlx::query_as(STATUS).bind(id.as_str()).fetch_optional(&mut *connection).await?;
    let Some((number, state, channel, settled_at, started_at, took)) = status else {
        return Ok(DeliveryChanged::Unknown);
    };
    let state = state.parse().map_err(|error| StoreError::unreadable("a delivery", error))?;
    let started = started_at.map(instant);
    match (state, change) {
        (DeliveryState::Inflight, _) => return Ok(DeliveryChanged::InFlight { since: started }),
        (DeliveryState::Pending | DeliveryState::Held, DeliveryChange::Cancel) => {
            sqlx::query(CANCEL).bind(id.as_str()).bind(now.as_microsecond()).execute(connection).await?;
            return Ok(DeliveryChanged::Cancelled);
        }
        (DeliveryState::Pending | DeliveryState::Held, _) | (DeliveryState::Dead, DeliveryChange::Retry) => {}
        (DeliveryState::Dead, DeliveryChange::RetryInTurn) | (_, DeliveryChange::Replay) => {}
        _ => return Ok(DeliveryChanged::Settled { state, at: settled_at.map(instant) }),
    }
    let gate = circuit::gate(connection, &ChannelId::new(channel)).await?;
    // The probe is tried while the others are held.
    let is_probe = state == DeliveryState::Pending && gate.circuit.probe == Some(number);
    let holds = gate.holds(change == DeliveryChange::Retry || is_probe);
    let took = jiff::SignedDuration::from_micros(took.unwrap_or(0));
    let due = retry::by_hand(started.map(|started| later(started, took)), now);
    let state = if holds { DeliveryState::Held } else { DeliveryState::Pending };
    sqlx::query(RETRY)
        .bind(id.as_str())
        .bind(due.as_microsecond())
        .bind(state.as_str())
        .bind(now.as_microsecond())
        .execute(connection)
        .await?;
    Ok(if holds { DeliveryChanged::Held } else { DeliveryChanged::Due(due) })
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

type AttemptRow = (u32, i64, Option<i64>, Option<String>);

fn attempt((number, started_at, took, outcome): AttemptRow) -> Attempt {
    Attempt {
        number,
        started_at: instant(started_at),
        took: took.map(|micros| Duration::from_micros(micros.unsigned_abs())),
        outcome: outcome.and_then(|outcome| serde_json::from_str(&outcome).ok()),
    }
}
