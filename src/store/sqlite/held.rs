//! Reports the channels that do not deliver, and ends what they have held for too long.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::Database;
use super::circuit::{circuit, gate, save};
use super::event;
use super::json_column::json;
use super::refused::REPORTED;
use super::source::instant;
use crate::alert::{HealthEvent, Reason};
use crate::channel::{Channel, ChannelId};
use crate::clock::later;
use crate::render::RenderSettings;
use crate::store::{ChannelCondition, RefusedRecipient, StoreError};
/// The channels that do not deliver, whose recovery is not reported, or that were removed and hold deliveries.
pub(super) const CONDITIONS: &str = "
    select s.channel_id id, c.*, k.removed_at,
        (select count(*) from delivery d indexed by delivery_waiting
            where d.channel_id = s.channel_id and d.state in ('pending', 'held') and d.state = 'held') held,
        (select d.next_attempt_at from delivery d where d.number = c.probe and d.state = 'pending') next_attempt_at
    from (select channel_id from circuit where state <> 'closed' or reported_at is not null
          union select id from configured where kind = 'channel' and removed_at is not null) s
    left join circuit c on c.channel_id = s.channel_id
    left join configured k on k.kind = 'channel' and k.id = s.channel_id
    order by s.channel_id";

pub(super) const RESUME: &str = "delete from meta where key = 'deliveries_paused'";

/// How many deliveries each channel holds.
pub(super) const HELD: &str = "
    select channel_id, count(*) from delivery indexed by delivery_waiting
    where state in ('pending', 'held') and state = 'held' group by channel_id";

/// Ends the oldest of what a channel holds since an instant or longer.
pub(super) const EXPIRE: &str = "
    update delivery set state = 'dead', next_attempt_at = null, held_at = null, settled_at = ?2, last_reason = ?5
    where number in (select number from delivery indexed by delivery_waiting
        where channel_id = ?1 and state in ('pending', 'held') and state = 'held' and held_at <= ?3
        order by seq limit +?4)";

/// The removed channels for which alerts wait, with how many, and since when they are removed.
pub(super) const GATHERED: &str = "
    select e.channel_id, count(*), k.removed_at from digest_entry e indexed by digest_entry_waiting
    join configured k on k.kind = 'channel' and k.id = e.channel_id
    where e.delivery is null and k.removed_at is not null group by e.channel_id";

/// Drops the oldest alerts that wait for a digest of a channel.
pub(super) const DROP_GATHERED: &str = "
    delete from digest_entry where number in (
        select number from digest_entry indexed by digest_entry_waiting
        where channel_id = ?1 and delivery is null order by number limit +?2)";

impl Database {
    /// Drops the alerts that wait for a digest of a channel that was removed for `longest`, and of each removed channel
    /// the oldest beyond `most`. Returns how many, by channel.
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub(crate) async fn expire_gathered(
        &self,
        longest: SignedDuration,
        most: usize,
        now: Timestamp,
    ) -> Result<Vec<(ChannelId, u64)>, StoreError> {
        let gathered: Vec<(String, i64, i64)> = sqlx::query_as(GATHERED).fetch_all(&self.reads).await?;
        let (most, oldest) = (i64::try_from(most).unwrap_or(i64::MAX), later(now, -longest).as_microsecond());
        let mut expired = Vec::new();
        for (channel, number, removed_at) in gathered {
            let limit = if removed_at <= oldest { number } else { number - most };
            if limit > 0 {
                let id = ChannelId::new(channel.clone());
                expired.push((id, self.drop_gathered(channel, limit).await?));
            }
        }
        Ok(expired)
    }

    async fn drop_gathered(&self, channel: String, limit: i64) -> Result<u64, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                Ok(sqlx::query(DROP_GATHERED).bind(channel).bind(limit).execute(connection).await?.rows_affected())
            })
        })
        .await
    }

    /// The channels that do not deliver, whose recovery is not reported, or that were removed and hold deliveries.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) async fn channel_conditions(&self) -> Result<Vec<ChannelCondition>, StoreError> {
        let rows = sqlx::query(CONDITIONS).fetch_all(&self.reads).await?;
        let conditions: Result<Vec<_>, StoreError> = rows.iter().map(condition).collect();
        Ok(conditions?.into_iter().filter(|one| one.removed_at.is_none() || one.held > 0).collect())
    }

    /// Raises an event about a channel, unless its circuit has changed since `condition` was read; returns whether it
    /// did.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub(crate) async fn report_channel(
        &self,
        condition: &ChannelCondition,
        event: HealthEvent,
        channels: Vec<Arc<Channel>>,
        settings: RenderSettings,
    ) -> Result<bool, StoreError> {
        let (id, known) = (condition.channel.clone(), condition.circuit.clone());
        let raised = self
            .write(move |connection| {
                Box::pin(async move {
                    let circuit = gate(connection, &id).await?.circuit;
                    if (circuit.state, circuit.since, circuit.reported_at)
                        != (known.state, known.since, known.reported_at)
                    {
                        return Ok(None);
                    }
                    save(connection, &id, &circuit.reported(event.kind, event.at)).await?;
                    Ok(Some(event::raise(connection, event, channels, settings).await?.1))
                })
            })
            .await?;
        self.announce_alerts(raised.flatten());
        Ok(raised.is_some())
    }

    /// Raises an event about a refused recipient, unless it was accepted or refused again meanwhile; returns whether it
    /// did.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub(crate) async fn report_refused(
        &self,
        refused: &RefusedRecipient,
        event: HealthEvent,
        channels: Vec<Arc<Channel>>,
        settings: RenderSettings,
    ) -> Result<bool, StoreError> {
        let RefusedRecipient { channel, recipient, until, .. } = refused.clone();
        let raised = self
            .write(move |connection| {
                Box::pin(async move {
                    let reported = sqlx::query(REPORTED).bind(channel.as_str()).bind(recipient);
                    let reported = reported.bind(until.as_microsecond()).execute(&mut *connection).await?;
                    if reported.rows_affected() == 0 {
                        return Ok(None);
                    }
                    Ok(Some(event::raise(connection, event, channels, settings).await?.1))
                })
            })
            .await?;
        self.announce_alerts(raised.flatten());
        Ok(raised.is_some())
    }

    /// Ends the deliveries that have been held for `longest`, and of each channel the oldest beyond `most`. Returns how
    /// many, by channel.
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub(crate) async fn expire_held(
        &self,
        longest: SignedDuration,
        most: usize,
        reason: &Reason,
        now: Timestamp,
    ) -> Result<Vec<(ChannelId, u64)>, StoreError> {
        let held: Vec<(String, i64)> = sqlx::query_as(HELD).fetch_all(&self.reads).await?;
        let (most, reason) = (i64::try_from(most).unwrap_or(i64::MAX), json(reason)?);
        let mut expired = Vec::new();
        for (channel, number) in held {
            let mut ended = 0;
            // Those beyond the number first: what is held for too long is among them.
            for (until, limit) in [(now, (number - most).max(0)), (later(now, -longest), i64::MAX)] {
                ended += self.expire(channel.clone(), (until, limit), reason.clone(), now).await?;
            }
            if ended > 0 {
                expired.push((ChannelId::new(channel), ended));
            }
        }
        Ok(expired)
    }

    async fn expire(
        &self,
        channel: String,
        (until, limit): (Timestamp, i64),
        reason: String,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        self.write(move |connection| {
            Box::pin(async move {
                let expire = sqlx::query(EXPIRE).bind(channel).bind(now.as_microsecond()).bind(until.as_microsecond());
                Ok(expire.bind(limit).bind(reason).execute(connection).await?.rows_affected())
            })
        })
        .await
    }

    /// Why every delivery is paused; none if they may begin.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) async fn deliveries_paused(&self) -> Result<Option<String>, StoreError> {
        let nobody = ChannelId::new("");
        Ok(self.channel_gate(&nobody).await?.paused)
    }

    /// Lets deliveries begin again that were paused. Returns why they were; none if they were not.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub(crate) async fn resume_deliveries(&self) -> Result<Option<String>, StoreError> {
        let paused = self.deliveries_paused().await?;
        self.write(move |connection| {
            Box::pin(async move {
                sqlx::query(RESUME).execute(connection).await?;
                Ok(())
            })
        })
        .await?;
        Ok(paused)
    }
}

fn condition(row: &SqliteRow) -> Result<ChannelCondition, StoreError> {
    let at = |column: &str| Ok::<_, StoreError>(row.try_get::<Option<i64>, _>(column)?.map(instant));
    Ok(ChannelCondition {
        channel: ChannelId::new(row.try_get::<String, _>("id")?),
        circuit: circuit(row)?,
        removed_at: at("removed_at")?,
        held: row.try_get::<i64, _>("held")?.unsigned_abs(),
        next_attempt_at: at("next_attempt_at")?,
    })
}
