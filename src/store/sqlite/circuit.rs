//! Keeps the circuit of each channel: holds deliveries while it is open, and releases them.

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};

use super::Database;
use super::json_column::{json, readable};
use super::refused;
use super::source::instant;
use crate::alert::{DeliveryId, Outcome};
use crate::channel::{Channel, ChannelId};
use crate::deliver::circuit::{ATTEMPTS_IN_TURN, Circuit, CircuitState, FailureRun};
use crate::deliver::{retry, slot};
use crate::store::{AttemptEnd, ChannelGate, StoreError};

/// The circuit of a channel, and what else decides whether its deliveries may begin. The row `deliveries_paused` of
/// `meta` pauses those of every channel; its value is the reason.
pub(super) const GATE: &str = "
    select c.*, (select m.value from meta m where m.key = 'deliveries_paused') paused,
        (select k.removed_at from configured k where k.kind = 'channel' and k.id = ?1) removed_at,
        exists (select 1 from delivery d where d.number = c.probe and d.state in ('pending', 'inflight')) has_probe,
        exists (select 1 from delivery d where d.number = c.probe and d.state = 'inflight') probes_now,
        exists (select 1 from delivery d indexed by delivery_waiting
            where d.channel_id = ?1 and d.state in ('pending', 'held')) has_waiting
    from (select 1) left join circuit c on c.channel_id = ?1";

pub(super) const SAVE: &str = "
    insert into circuit (channel_id, state, failures, first_failed, several, failing_since, since, reason, probe,
        probes, address, reported_at, closed_at)
    values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
    on conflict (channel_id) do update set state = excluded.state, failures = excluded.failures,
        first_failed = excluded.first_failed, several = excluded.several, failing_since = excluded.failing_since,
        since = excluded.since, reason = excluded.reason, probe = excluded.probe, probes = excluded.probes,
        address = excluded.address, reported_at = excluded.reported_at, closed_at = excluded.closed_at";

/// The delivery to try next: one whose slot has come, with the fewest turns so far, the oldest of those.
pub(super) const CANDIDATE: &str = "
    select number from delivery indexed by delivery_waiting
    where channel_id = ?1 and state in ('pending', 'held')
    order by (attempts = 0 and next_attempt_at > ?2), attempts / ?3, seq limit 1";

pub(super) const PROBE: &str = "select id, attempts, next_attempt_at from delivery where number = ?1";

/// The delivery to try next waits for its attempt.
pub(super) const APPOINT: &str = "
    update delivery set state = 'pending', held_at = null,
        next_attempt_at = case when scheduled_at is null then ?2 else min(next_attempt_at, ?2) end
    where number = ?1 and state in ('pending', 'held')";

/// Holds what waits, except the probe and what an operator retries.
pub(super) const HOLD: &str = "
    update delivery set state = 'held', held_at = ?2
    where number in (select number from delivery indexed by delivery_waiting
        where channel_id = ?1 and state in ('pending', 'held') and state = 'pending' and number <> ?3)
      and (scheduled_at is null or ?3 = 0)";

/// Makes due what is held, and the probe: repeats at once, but no sooner than a repeat may follow its attempt; first
/// attempts after their slot and the quiet hours.
pub(super) const RELEASE: &str = "
    update delivery set state = 'pending', held_at = null,
        next_attempt_at = case
            when attempts > 0
                then max(?2, min(coalesce(next_attempt_at, ?2), min(coalesce(held_at, ?2), ?2) + ?4))
            when urgent then max(?2, coalesce(next_attempt_at, ?2))
            else max(?3, coalesce(next_attempt_at, ?3)) end
    where number in (select number from delivery indexed by delivery_waiting
        where channel_id = ?1 and state in ('pending', 'held') and (state = 'held' or number = ?5))";

impl Database {
    /// Whether deliveries over this channel may begin.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) async fn channel_gate(&self, channel: &ChannelId) -> Result<ChannelGate, StoreError> {
        gate(&mut *self.reads.acquire().await?, channel).await
    }

    /// Appoints a probe for a channel whose circuit is open and has none; with `at_once`, the probe is due as soon as a
    /// repeat is allowed.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub(crate) async fn appoint_probe(
        &self,
        channel: &Channel,
        at_once: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let channel = channel.clone();
        self.write(move |connection| {
            Box::pin(async move {
                let gate = gate(connection, &channel.id).await?;
                if gate.circuit.state == CircuitState::Open && gate.removed_at.is_none() {
                    let due = at_once.then(|| retry::soonest(now));
                    let circuit = appoint(connection, &channel, gate.circuit.clone(), None, now, due).await?;
                    if circuit != gate.circuit {
                        save(connection, &channel.id, &circuit).await?;
                    }
                }
                Ok(())
            })
        })
        .await
    }

    /// Closes the circuit of a channel and releases what it holds and what waits for its refused recipients. Returns the
    /// circuit before, and how many deliveries were released.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub(crate) async fn resume_channel(&self, channel: &Channel, now: Timestamp) -> Result<(Circuit, u64), StoreError> {
        let channel = channel.clone();
        self.write(move |connection| {
            Box::pin(async move {
                let before = gate(connection, &channel.id).await?.circuit;
                let accepted = refused::accept(connection, &channel.id, None, now).await?;
                let released = accepted + release(connection, &channel, &before, now).await?;
                save(connection, &channel.id, &before.resumed(now)).await?;
                Ok((before, released))
            })
        })
        .await
    }
}

/// Whether deliveries over this channel may begin.
pub(super) async fn gate(connection: &mut SqliteConnection, channel: &ChannelId) -> Result<ChannelGate, StoreError> {
    let row = sqlx::query(GATE).bind(channel.as_str()).fetch_one(connection).await?;
    Ok(ChannelGate {
        paused: row.try_get("paused")?,
        removed_at: row.try_get::<Option<i64>, _>("removed_at")?.map(instant),
        circuit: circuit(&row)?,
        has_probe: row.try_get("has_probe")?,
        probes_now: row.try_get("probes_now")?,
        has_waiting: row.try_get("has_waiting")?,
    })
}

/// Applies what the end of an attempt means for its channel, after the delivery itself was settled.
pub(super) async fn settled(
    connection: &mut SqliteConnection,
    channel: &Channel,
    delivery: i64,
    end: &AttemptEnd,
) -> Result<(), StoreError> {
    let gate = gate(connection, &channel.id).await?;
    let before = gate.circuit;
    let mut after = before.after(&end.outcome, delivery, channel, end.at);
    if gate.removed_at.is_some() || after.state == CircuitState::Disabled {
        hold(connection, &channel.id, None, end.at).await?;
    } else if after.state == CircuitState::Open {
        let ended = (delivery, &end.outcome);
        after = appoint(connection, channel, after, Some(ended), end.at, None).await?;
    } else if before.state != CircuitState::Closed {
        release(connection, channel, &before, end.at).await?;
    }
    if after == before {
        return Ok(());
    }
    save(connection, &channel.id, &after).await
}

/// Chooses the delivery that is tried while the others are held, unless the probe is in flight. It is due at `due` if
/// that is sooner than its pause.
async fn appoint(
    connection: &mut SqliteConnection,
    channel: &Channel,
    circuit: Circuit,
    ended: Option<(i64, &Outcome)>,
    now: Timestamp,
    due: Option<Timestamp>,
) -> Result<Circuit, StoreError> {
    let ended = ended.filter(|(number, _)| circuit.probe.is_none_or(|probe| probe == *number));
    let gate = gate(connection, &channel.id).await?;
    if gate.probes_now || gate.has_probe && ended.is_none() && due.is_none() {
        hold(connection, &channel.id, circuit.probe, now).await?;
        return Ok(circuit);
    }
    let probe: Option<i64> = sqlx::query_scalar(CANDIDATE)
        .bind(channel.id.as_str())
        .bind(now.as_microsecond())
        .bind(ATTEMPTS_IN_TURN)
        .fetch_optional(&mut *connection)
        .await?;
    hold(connection, &channel.id, probe.or(Some(-1)), now).await?;
    if let Some(number) = probe {
        let outcome = ended.map_or(Outcome::Delivered { status: None }, |(_, outcome)| outcome.clone());
        let (id, attempts, next): (String, u32, Option<i64>) =
            sqlx::query_as(PROBE).bind(number).fetch_one(&mut *connection).await?;
        let id = DeliveryId::from_stored(id);
        let planned = retry::probe(circuit.probes, &outcome, &channel.kind, &id, now);
        let at = due.map_or(planned, |due| due.min(planned));
        // A first attempt still waits for its slot.
        let at = next.map(instant).filter(|next| attempts == 0 && *next > at).unwrap_or(at);
        sqlx::query(APPOINT).bind(number).bind(at.as_microsecond()).execute(connection).await?;
    }
    Ok(Circuit { probe, ..circuit })
}

/// Holds what waits on a channel; with a probe, neither that one nor what an operator retries.
pub(super) async fn hold(
    connection: &mut SqliteConnection,
    channel: &ChannelId,
    probe: Option<i64>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let hold = sqlx::query(HOLD).bind(channel.as_str()).bind(now.as_microsecond()).bind(probe.unwrap_or(0));
    hold.execute(connection).await?;
    Ok(())
}

async fn release(
    connection: &mut SqliteConnection,
    channel: &Channel,
    before: &Circuit,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let done = sqlx::query(RELEASE)
        .bind(channel.id.as_str())
        .bind(now.as_microsecond())
        .bind(slot::after_quiet_hours(channel, now).as_microsecond())
        .bind(i64::try_from(retry::SOONEST.as_micros()).unwrap_or(i64::MAX))
        .bind(before.probe.unwrap_or(0))
        .execute(&mut *connection)
        .await?;
    refused::postpone(connection, &channel.id, now).await?;
    Ok(done.rows_affected())
}

/// Stores the circuit of a channel.
pub(super) async fn save(
    connection: &mut SqliteConnection,
    channel: &ChannelId,
    circuit: &Circuit,
) -> Result<(), StoreError> {
    let at = |at: Option<Timestamp>| at.map(Timestamp::as_microsecond);
    sqlx::query(SAVE)
        .bind(channel.as_str())
        .bind(circuit.state.as_str())
        .bind(circuit.run.failures)
        .bind(circuit.run.first)
        .bind(circuit.run.several)
        .bind(at(circuit.run.since))
        .bind(at(circuit.since))
        .bind(circuit.reason.as_ref().map(json).transpose()?)
        .bind(circuit.probe)
        .bind(circuit.probes)
        .bind(circuit.address.clone())
        .bind(at(circuit.reported_at))
        .bind(at(circuit.closed_at))
        .execute(connection)
        .await?;
    Ok(())
}

/// The circuit of a row; closed if the row has none.
pub(super) fn circuit(row: &SqliteRow) -> Result<Circuit, StoreError> {
    let at = |column: &str| Ok::<_, StoreError>(row.try_get::<Option<i64>, _>(column)?.map(instant));
    let Some(state) = row.try_get::<Option<String>, _>("state")? else { return Ok(Circuit::default()) };
    let reason: Option<String> = row.try_get("reason")?;
    Ok(Circuit {
        state: CircuitState::from_word(&state),
        run: FailureRun {
            failures: row.try_get("failures")?,
            first: row.try_get("first_failed")?,
            several: row.try_get("several")?,
            since: at("failing_since")?,
        },
        since: at("since")?,
        reason: reason.as_deref().map(readable),
        probe: row.try_get("probe")?,
        probes: row.try_get("probes")?,
        address: row.try_get("address")?,
        reported_at: at("reported_at")?,
        closed_at: at("closed_at")?,
    })
}
