//! The outbox: finds due deliveries, and begins and ends attempts.

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::Database;
use super::circuit;
use super::delivery::read;
use super::json_column::json;
use super::refused;
use super::source::instant;
use crate::alert::{DeliveryFate, DeliveryId, Outcome, Reason};
use crate::channel::{Channel, ChannelId, ChannelKind};
use crate::store::claims::Claim;
use crate::store::{AttemptEnd, Delivery, DeliveryState, SettledDelivery, StoreError};

// These statements name their index: a plan that sorts every due row is quadratic in the backlog.
pub(super) const FIRST_DUE: &str = "
    select number, seq from delivery indexed by delivery_first
    where channel_id = ?1 and state = 'pending' and attempts = 0 and next_attempt_at <= ?2
    order by seq limit +?3";

pub(super) const REPEAT_DUE: &str = "
    select number, seq from delivery indexed by delivery_repeat
    where channel_id = ?1 and state = 'pending' and attempts > 0 and next_attempt_at <= ?2
    order by next_attempt_at limit +?3";

pub(super) const NEXT_DUE: &str = "
    select min(next_attempt_at) from delivery indexed by delivery_due where channel_id = ?1 and state = 'pending'";

pub(super) const PENDING: &str = "
    select d.*, coalesce(a.kind, '') kind from delivery d left join alert a on a.number = d.alert
    where d.number = ?1 and d.state = 'pending' and d.next_attempt_at <= ?2";

/// Begins an attempt, unless every delivery is paused. One by hand, or at the probe of an open circuit, uses up no
/// automatic attempt.
pub(super) const BEGIN: &str = "
    update delivery set state = 'inflight', attempts = attempts + 1, next_attempt_at = ?3,
        first_attempt_at = coalesce(first_attempt_at, ?2),
        by_hand = by_hand + (scheduled_at is not null or exists (
            select 1 from circuit c
            where c.channel_id = delivery.channel_id and c.state = 'open' and c.probe = delivery.number)),
        scheduled_at = null
    where id = ?1 and state = 'pending' and not exists (select 1 from meta where key = 'deliveries_paused')
    returning number, attempts";

pub(super) const BEGIN_ATTEMPT: &str = "insert into attempt (delivery, number, started_at) values (?1, ?2, ?3)";

/// Ends an attempt. Returns the delivery, and whether anything is recorded about its channel.
pub(super) const SETTLE: &str = "
    update delivery set state = ?3, next_attempt_at = ?4, settled_at = ?5, last_reason = ?6
    where id = ?1 and state = 'inflight' and attempts = ?2
    returning number, exists (select 1 from circuit c where c.channel_id = delivery.channel_id) or exists (
        select 1 from configured k
        where k.kind = 'channel' and k.id = delivery.channel_id and k.removed_at is not null)";

/// What a delivery waits for after its circuit was applied.
pub(super) const SETTLED: &str = "select state, next_attempt_at from delivery where number = ?1";

pub(super) const SETTLE_ATTEMPT: &str = "
    update attempt set took_us = ?3, outcome = ?4
    where delivery = (select number from delivery where id = ?1) and number = ?2";

pub(super) const IN_FLIGHT: &str = "
    select number, id from delivery indexed by delivery_in_flight where state = 'inflight'";

/// Ends an attempt that nobody runs any more. Its delivery waits again, or is held if its channel does not deliver.
pub(super) const REQUEUE: &str = "
    update delivery set next_attempt_at = max(coalesce(next_attempt_at, ?2), ?2),
        state = case when blocked then 'held' else 'pending' end, held_at = case when blocked then ?2 end
    from (select exists (
            select 1 from delivery d join circuit c on c.channel_id = d.channel_id
            where d.number = ?1 and (c.state = 'disabled' or c.state = 'open' and c.probe is not ?1))
        or exists (
            select 1 from delivery d join configured k on k.kind = 'channel' and k.id = d.channel_id
            where d.number = ?1 and k.removed_at is not null) as blocked)
    where number = ?1 and state = 'inflight'";

pub(super) const GIVE_UP: &str = "
    update delivery set state = 'dead', next_attempt_at = null, settled_at = ?2, last_reason = ?3
    where number = ?1 and state = 'pending'";

impl Database {
    /// The numbers of a channel's deliveries that are due at `now`, in the channel's order: at most `limit` first
    /// attempts and at most `limit` retries, so that neither kind waits for the other's backlog.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn due_deliveries(
        &self,
        channel: &ChannelId,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<i64>, StoreError> {
        let mut due = Vec::new();
        for statement in [FIRST_DUE, REPEAT_DUE] {
            let rows: Vec<(i64, i64)> = sqlx::query_as(statement)
                .bind(channel.as_str())
                .bind(now.as_microsecond())
                .bind(i64::try_from(limit).unwrap_or(i64::MAX))
                .fetch_all(&self.reads)
                .await?;
            due.extend(rows);
        }
        due.sort_unstable_by_key(|(_, seq)| *seq);
        Ok(due.into_iter().map(|(number, _)| number).collect())
    }

    /// The delivery with this number and its body; none if it is no longer due at `now`.
    ///
    /// # Errors
    /// When the store or the row cannot be read.
    pub(crate) async fn due_delivery(&self, number: i64, now: Timestamp) -> Result<Option<Delivery>, StoreError> {
        let row = sqlx::query(PENDING).bind(number).bind(now.as_microsecond()).fetch_optional(&self.reads).await?;
        row.as_ref().map(read).transpose()
    }

    /// When the channel's next delivery is due.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn next_due(&self, channel: &ChannelId) -> Result<Option<Timestamp>, StoreError> {
        let next: Option<i64> = sqlx::query_scalar(NEXT_DUE).bind(channel.as_str()).fetch_one(&self.reads).await?;
        Ok(next.map(instant))
    }

    /// Claims a delivery for one attempt; none while another attempt owns it.
    #[must_use]
    pub(crate) fn claim(&self, id: &DeliveryId) -> Option<Claim> {
        self.claims.claim(id)
    }

    /// Records an attempt: its number and the time of the next one are durable before anything is sent. None if the
    /// delivery is no longer pending.
    ///
    /// # Errors
    /// If the store cannot be written; then nothing may be sent.
    pub(crate) async fn begin_attempt(
        &self,
        claim: &Claim,
        now: Timestamp,
        next: Timestamp,
    ) -> Result<Option<u32>, StoreError> {
        let id = claim.id().clone();
        self.write_first(move |connection| Box::pin(begin(connection, id, now, next))).await
    }

    /// Stores the end of an attempt over `channel`, the delivery's next state and what it means for the channel. They
    /// change only while that attempt is the delivery's last one and in flight; storing the same end twice changes
    /// nothing. Returns what became of a delivery that is to be tried again; none if nothing changed.
    ///
    /// # Errors
    /// If the store cannot be written; the same call may succeed later.
    pub(crate) async fn settle(
        &self,
        channel: &Channel,
        id: &DeliveryId,
        number: u32,
        end: &AttemptEnd,
    ) -> Result<Option<SettledDelivery>, StoreError> {
        let (channel, id, end) = (channel.clone(), id.clone(), end.clone());
        self.write_first(move |connection| {
            Box::pin(async move { settle(connection, &channel, &id, number, &end).await })
        })
        .await
    }

    /// Makes deliveries pending again that are in flight without a running attempt, due at `not_before` or later.
    /// Returns their number.
    ///
    /// # Errors
    /// When the store cannot be read or written.
    pub(crate) async fn requeue_stale(&self, not_before: Timestamp) -> Result<usize, StoreError> {
        let in_flight: Vec<(i64, Vec<u8>)> = sqlx::query_as(IN_FLIGHT).fetch_all(&self.reads).await?;
        let claims = self.claims.clone();
        let stale = move |id: Vec<u8>| !claims.owns(&lossy(&id));
        if !in_flight.into_iter().any(|(_, id)| stale(id)) {
            return Ok(0);
        }
        let claims = self.claims.clone();
        self.write(move |connection| {
            Box::pin(async move {
                // Read again within the transaction: an attempt that began in between is committed and owned by now.
                let in_flight: Vec<(i64, Vec<u8>)> = sqlx::query_as(IN_FLIGHT).fetch_all(&mut *connection).await?;
                let stale = in_flight.into_iter().filter(|(_, id)| !claims.owns(&lossy(id)));
                let mut requeued = 0;
                for (number, _) in stale {
                    sqlx::query(REQUEUE)
                        .bind(number)
                        .bind(not_before.as_microsecond())
                        .execute(&mut *connection)
                        .await?;
                    requeued += 1;
                }
                Ok(requeued)
            })
        })
        .await
    }

    /// Gives up a pending delivery that cannot be attempted at all.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn give_up(&self, number: i64, reason: &Reason, now: Timestamp) -> Result<(), StoreError> {
        let reason = json(reason)?;
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(GIVE_UP).bind(number).bind(now.as_microsecond()).bind(reason).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }
}

/// An id from any bytes: one damaged row must not fail a statement over all rows.
pub(super) fn lossy(id: &[u8]) -> DeliveryId {
    DeliveryId::from_stored(String::from_utf8_lossy(id).into_owned())
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
    channel: &Channel,
    id: &DeliveryId,
    number: u32,
    end: &AttemptEnd,
) -> Result<Option<SettledDelivery>, StoreError> {
    let (state, next, settled) = match end.fate {
        DeliveryFate::Delivered => (DeliveryState::Delivered, None, Some(end.at)),
        DeliveryFate::Again(next) => (DeliveryState::Pending, Some(next), None),
        DeliveryFate::Dead => (DeliveryState::Dead, None, Some(end.at)),
    };
    let reason = match &end.outcome {
        Outcome::Delivered { .. } => None,
        Outcome::Failed { reason, .. } | Outcome::Rejected { reason } => Some(json(reason)?),
    };
    let settled: Option<(i64, bool)> = sqlx::query_as(SETTLE)
        .bind(id.as_str())
        .bind(number)
        .bind(state.as_str())
        .bind(next.map(Timestamp::as_microsecond))
        .bind(settled.map(Timestamp::as_microsecond))
        .bind(reason)
        .fetch_optional(&mut *connection)
        .await?;
    sqlx::query(SETTLE_ATTEMPT)
        .bind(id.as_str())
        .bind(number)
        .bind(i64::try_from(end.took.as_micros()).unwrap_or(i64::MAX))
        .bind(json(&end.outcome)?)
        .execute(&mut *connection)
        .await?;
    let Some((delivery, is_recorded)) = settled else { return Ok(None) };
    // A success means nothing for a channel that has not failed.
    if is_recorded || !matches!(end.outcome, Outcome::Delivered { .. }) {
        circuit::settled(&mut *connection, channel, delivery, end).await?;
    }
    if matches!(channel.kind, ChannelKind::Email { .. }) {
        refused::settled(&mut *connection, &channel.id, delivery, end).await?;
    }
    match end.fate {
        DeliveryFate::Again(_) => Ok(Some(waiting(connection, delivery).await?)),
        DeliveryFate::Delivered | DeliveryFate::Dead => Ok(None),
    }
}

/// What a delivery waits for, now that its channel's circuit is known.
async fn waiting(connection: &mut SqliteConnection, delivery: i64) -> Result<SettledDelivery, StoreError> {
    let (state, next): (String, Option<i64>) = sqlx::query_as(SETTLED).bind(delivery).fetch_one(connection).await?;
    let state = state.parse().map_err(|error| StoreError::unreadable("a delivery", error))?;
    Ok(SettledDelivery { state, next_attempt_at: next.map(instant) })
}
