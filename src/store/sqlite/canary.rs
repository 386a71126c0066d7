//! Stores the daily test of every channel: an alert without an item.

use std::sync::Arc;

use jiff::Timestamp;
use sqlx::SqliteConnection;

use super::event::QueuedAlert;
use super::source::instant;
use super::{Database, event};
use crate::alert::{Alert, HealthEvent, Reason};
use crate::channel::{Channel, ChannelId};
use crate::render::RenderSettings;
use crate::store::{Canary, ChannelOutcome, StoreError};

pub(super) const CANARY: &str =
    "insert into canary (id, made_at, checked_at) values (?1, ?2, ?3) on conflict (id) do nothing";

pub(super) const UNCHECKED: &str = "select id, made_at from canary where checked_at is null order by made_at";

pub(super) const LAST_CANARY: &str = "select max(made_at) from canary";

/// The latest failure of a channel is that of its last delivery with one.
pub(super) const OUTCOMES: &str = "
    select d.channel_id, count(*), sum(d.state = 'delivered'), max(d.last_reason)
    from alert a cross join delivery d on d.alert = a.number
    where a.id = ?1 group by d.channel_id order by d.channel_id";

/// A test that did not arrive in time is not sent later.
pub(super) const CANCEL_TEST: &str = "
    update delivery set state = 'cancelled', next_attempt_at = null, settled_at = ?2
    where alert = (select a.number from alert a where a.id = ?1) and state in ('pending', 'held')";

pub(super) const CHECKED: &str = "update canary set checked_at = ?2 where id = ?1 and checked_at is null";

impl Database {
    /// Makes the daily test with this id and queues its deliveries; false if it was made before.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn raise_canary(
        &self,
        id: &str,
        test: HealthEvent,
        channels: Vec<Arc<Channel>>,
        settings: RenderSettings,
    ) -> Result<bool, StoreError> {
        let id = id.to_owned();
        let newest = self.write(move |connection| Box::pin(raise(connection, id, test, channels, settings))).await?;
        self.announce_alerts(newest);
        Ok(newest.is_some())
    }

    /// Records a daily test that could not be made, and raises the event about it; nothing if it was recorded before.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn fail_canary(
        &self,
        id: &str,
        failure: HealthEvent,
        channels: Vec<Arc<Channel>>,
        settings: RenderSettings,
    ) -> Result<(), StoreError> {
        let id = id.to_owned();
        let newest = self
            .write(move |connection| {
                Box::pin(async move {
                    let at = failure.at.as_microsecond();
                    let recorded = sqlx::query(CANARY).bind(id).bind(at).bind(at).execute(&mut *connection).await?;
                    if recorded.rows_affected() == 0 {
                        return Ok(None);
                    }
                    Ok(event::raise(connection, failure, channels, settings).await?.1)
                })
            })
            .await?;
        self.announce_alerts(newest);
        Ok(())
    }

    /// The daily tests that are not checked yet, the oldest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn unchecked_canaries(&self) -> Result<Vec<Canary>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(UNCHECKED).fetch_all(&self.reads).await?;
        Ok(rows.into_iter().map(|(id, made_at)| Canary { id, made_at: instant(made_at) }).collect())
    }

    /// When the last daily test was made; none if there was none.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn last_canary(&self) -> Result<Option<Timestamp>, StoreError> {
        let last: Option<i64> = sqlx::query_scalar(LAST_CANARY).fetch_one(&self.reads).await?;
        Ok(last.map(instant))
    }

    /// What became of a daily test on each channel.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn canary_outcomes(&self, id: &str) -> Result<Vec<ChannelOutcome>, StoreError> {
        type Row = (String, u32, u32, Option<String>);
        let rows: Vec<Row> = sqlx::query_as(OUTCOMES).bind(id).fetch_all(&self.reads).await?;
        let outcome = |(channel, deliveries, delivered, reason): Row| ChannelOutcome {
            channel: ChannelId::new(channel),
            deliveries,
            delivered,
            error: reason.and_then(|reason| Some(serde_json::from_str::<Reason>(&reason).ok()?.message)),
        };
        Ok(rows.into_iter().map(outcome).collect())
    }

    /// Records that a daily test is checked, ends its other deliveries, and raises the event about its failure.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn settle_canary(
        &self,
        id: &str,
        failure: Option<HealthEvent>,
        channels: Vec<Arc<Channel>>,
        settings: RenderSettings,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let id = id.to_owned();
        let newest = self
            .write(move |connection| {
                Box::pin(async move {
                    let now = now.as_microsecond();
                    let checked = sqlx::query(CHECKED).bind(&id).bind(now).execute(&mut *connection).await?;
                    sqlx::query(CANCEL_TEST).bind(&id).bind(now).execute(&mut *connection).await?;
                    match failure.filter(|_| checked.rows_affected() > 0) {
                        Some(failure) => Ok(event::raise(connection, failure, channels, settings).await?.1),
                        None => Ok(None),
                    }
                })
            })
            .await?;
        self.announce_alerts(newest);
        Ok(())
    }
}

async fn raise(
    connection: &mut SqliteConnection,
    id: String,
    test: HealthEvent,
    channels: Vec<Arc<Channel>>,
    settings: RenderSettings,
) -> Result<Option<i64>, StoreError> {
    let at = test.at;
    let made = sqlx::query(CANARY).bind(&id).bind(at.as_microsecond()).bind(None::<i64>);
    if made.execute(&mut *connection).await?.rows_affected() == 0 {
        return Ok(None);
    }
    let alert = Alert::Event(test);
    let Some(number) = event::insert(connection, &id, &alert, None, at).await? else { return Ok(None) };
    for channel in channels {
        let (channel, settings) = (&channel, &settings);
        let queued = QueuedAlert { id: &id, number, alert: &alert, channel, settings, at };
        for recipient in channel.recipients() {
            event::deliver(connection, &queued, recipient, at).await?;
        }
    }
    Ok(Some(number))
}
