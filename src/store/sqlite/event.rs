//! Stores alerts and queues their deliveries.

use std::sync::Arc;

use jiff::Timestamp;
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteConnection};

use super::Database;
use super::refused;
use super::set_aside;
use crate::alert::{Alert, DeliveryId, HealthEvent};
use crate::channel::{BodyFormat, Channel, ChannelKind};
use crate::deliver::circuit::CircuitState;
use crate::deliver::slot;
use crate::item::derived;
use crate::render::{self, DeliveryStamp};
use crate::store::{StoreError, StoredAlert};

pub(super) const INSERT: &str = "
    insert into alert (id, kind, item, made_at, content) values (?1, ?2, ?3, ?4, ?5)
    on conflict (id) do nothing returning number";

/// The next number of a channel, with the epoch and with what may hold its deliveries. A counter that is gone, or behind
/// the deliveries, goes on after the last of them.
pub(super) const NEXT_SEQ: &str = "
    insert into channel (id, next_seq)
    values (?1, (select coalesce(max(d.seq), 0) + 2 from delivery d where d.channel_id = ?1))
    on conflict (id) do update set next_seq = max(next_seq + 1, excluded.next_seq)
    returning next_seq - 1, (select coalesce(max(cast(value as integer)), 1) from meta where key = 'epoch'),
        (select c.state from circuit c where c.channel_id = ?1),
        exists (select 1 from configured k where k.kind = 'channel' and k.id = ?1 and k.removed_at is not null)";

pub(super) const EPOCH: &str = "select coalesce(max(cast(value as integer)), 1) from meta where key = 'epoch'";

pub(super) const DELIVER: &str = "
    insert into delivery (id, alert, channel_id, recipient, seq, state, urgent, made_at, next_attempt_at, body, held_at)
    values (?1, ?2, ?3, ?4, ?5, case when ?10 then 'held' else 'pending' end, ?6, ?7, ?8, ?9, iif(?10, ?7, null)) returning number";

/// The first delivery to a recipient about an item or its story.
pub(super) const THREAD: &str = "
    select d.id
    from (select n.item from alert n where n.number = ?1
          union select m.item from alert n join item_story o on o.item = n.item join item_story m on m.story = o.story
                where n.number = ?1) of_story
    cross join alert a on a.item = of_story.item and a.number < ?1
    cross join delivery d on d.alert = a.number and d.channel_id = ?2 and d.recipient = ?3
    order by d.number limit 1";

/// A digest shows alerts again, each of which came by itself.
pub(super) const AFTER: &str = "
    select number, made_at, content from alert where number > ?1 and kind <> 'digest' order by number limit +?2";

pub(super) const BOUNDS: &str = "select min(number), max(number) from alert";

impl Database {
    /// Makes an alert of an event and queues its deliveries to these channels; returns their ids.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn raise(
        &self,
        event: HealthEvent,
        channels: Vec<Arc<Channel>>,
        settings: render::RenderSettings,
    ) -> Result<Vec<DeliveryId>, StoreError> {
        let (ids, newest) =
            self.write(move |connection| Box::pin(raise(connection, event, channels, settings))).await?;
        self.announce_alerts(newest);
        Ok(ids)
    }

    /// The alerts after this number, in the order of admission.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn alerts_after(&self, number: i64, limit: usize) -> Result<Vec<StoredAlert>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut after = number;
        loop {
            let rows = sqlx::query(AFTER).bind(after).bind(limit).fetch_all(&self.reads).await?;
            let alerts = self.readable("alert", &rows, stored).await;
            let last = rows.last().and_then(|row| row.try_get::<i64, _>("number").ok());
            match last {
                // A page of nothing but unreadable rows is no end.
                Some(last) if alerts.is_empty() && last > after => after = last,
                _ => return Ok(alerts),
            }
        }
    }

    /// The oldest and the newest alert that is kept.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(crate) async fn alert_bounds(&self) -> Result<Option<(i64, i64)>, StoreError> {
        let (oldest, newest): (Option<i64>, Option<i64>) = sqlx::query_as(BOUNDS).fetch_one(&self.reads).await?;
        Ok(oldest.zip(newest))
    }
}

fn stored(row: &SqliteRow) -> Result<StoredAlert, StoreError> {
    let (number, at, content): (i64, i64, String) = FromRow::from_row(row)?;
    let alert = serde_json::from_str(&content).map_err(|error| StoreError::unreadable("an alert", error))?;
    Ok(StoredAlert { number, at: super::source::instant(at), alert })
}

/// Makes an alert of an event and queues its deliveries; returns their ids and the alert's number.
pub(super) async fn raise(
    connection: &mut SqliteConnection,
    event: HealthEvent,
    channels: Vec<Arc<Channel>>,
    settings: render::RenderSettings,
) -> Result<(Vec<DeliveryId>, Option<i64>), StoreError> {
    let at = event.at;
    let id = derived(&["event", event.kind.as_str(), &at.as_microsecond().to_string(), &event.message], 26);
    let alert = Alert::Event(event);
    let Some(number) = insert(connection, &id, &alert, None, at).await? else { return Ok((Vec::new(), None)) };
    let mut ids = Vec::new();
    for channel in channels {
        let queued = QueuedAlert { id: &id, number, alert: &alert, channel: &channel, settings: &settings, at };
        let leaves = slot::message_leaves_at(&channel, alert.is_urgent(), at);
        for recipient in channel.recipients() {
            deliver(connection, &queued, recipient, leaves).await?;
            ids.push(DeliveryId::derive(&id, &channel.id, recipient));
        }
    }
    Ok((ids, Some(number)))
}

/// Stores an alert; none when it stands there already.
pub(super) async fn insert(
    connection: &mut SqliteConnection,
    id: &str,
    alert: &Alert,
    item: Option<i64>,
    at: Timestamp,
) -> Result<Option<i64>, StoreError> {
    let content = serde_json::to_string(alert).map_err(|error| StoreError::unreadable("an alert", error))?;
    let number = sqlx::query_scalar(INSERT)
        .bind(id)
        .bind(alert.kind())
        .bind(item)
        .bind(at.as_microsecond())
        .bind(content)
        .fetch_optional(connection)
        .await?;
    Ok(number)
}

/// An alert, as one channel gets it.
pub(super) struct QueuedAlert<'a> {
    /// Its id.
    pub(super) id: &'a str,
    /// Its number.
    pub(super) number: i64,
    /// Its content.
    pub(super) alert: &'a Alert,
    /// The channel.
    pub(super) channel: &'a Channel,
    /// The settings for rendering.
    pub(super) settings: &'a render::RenderSettings,
    /// The current instant.
    pub(super) at: Timestamp,
}

/// Queues the delivery of an alert to a recipient, with the body as every attempt will send it; returns its number. It is held while
/// the channel does not deliver.
pub(super) async fn deliver(
    connection: &mut SqliteConnection,
    queued: &QueuedAlert<'_>,
    recipient: &str,
    leaves: Timestamp,
) -> Result<i64, StoreError> {
    let QueuedAlert { id, number, alert, channel, settings, at } = *queued;
    let (seq, epoch, circuit, is_removed): (i64, i64, Option<String>, bool) =
        sqlx::query_as(NEXT_SEQ).bind(channel.id.as_str()).fetch_one(&mut *connection).await?;
    let is_held = is_removed || circuit.is_some_and(|state| CircuitState::from_word(&state).holds(alert.is_test()));
    let refused = refused::until(connection, &channel.id, recipient, at).await?;
    let leaves = refused.filter(|_| !alert.is_test()).map_or(leaves, |until| leaves.max(until));
    let delivery = DeliveryId::derive(id, &channel.id, recipient);
    let thread = thread(connection, number, channel, recipient).await?;
    let stamp = DeliveryStamp { delivery, epoch: epoch.unsigned_abs(), seq: seq.unsigned_abs(), at, thread };
    let rendered = render::body(alert, &stamp, channel, settings);
    note_template(connection, queued, &stamp.delivery, rendered.problem.as_deref()).await?;
    let delivery = sqlx::query_scalar(DELIVER)
        .bind(stamp.delivery.as_str())
        .bind(number)
        .bind(channel.id.as_str())
        .bind(recipient)
        .bind(seq)
        .bind(alert.is_urgent())
        .bind(at.as_microsecond())
        .bind(leaves.as_microsecond())
        .bind(rendered.body)
        .bind(is_held)
        .fetch_one(&mut *connection)
        .await?;
    Ok(delivery)
}

/// Reports that the template of a channel failed, or that it works again.
async fn note_template(
    connection: &mut SqliteConnection,
    QueuedAlert { channel, at, .. }: &QueuedAlert<'_>,
    delivery: &DeliveryId,
    problem: Option<&str>,
) -> Result<(), StoreError> {
    let ChannelKind::Webhook(webhook) = &channel.kind else { return Ok(()) };
    if !matches!(webhook.format, BodyFormat::Template { .. }) {
        return Ok(());
    }
    if let Some(problem) = problem {
        tracing::warn!(
            delivery.id = %delivery, channel.id = %channel.id, problem,
            "a channel's template failed: the standard body is sent"
        );
    }
    set_aside::template(connection, &channel.id, problem, *at).await
}

/// The delivery that a mail about the alert is a reply to; none for other channels.
async fn thread(
    connection: &mut SqliteConnection,
    alert: i64,
    channel: &Channel,
    recipient: &str,
) -> Result<Option<DeliveryId>, StoreError> {
    if !matches!(channel.kind, ChannelKind::Email { .. }) {
        return Ok(None);
    }
    let first: Option<String> = sqlx::query_scalar(THREAD)
        .bind(alert)
        .bind(channel.id.as_str())
        .bind(recipient)
        .fetch_optional(connection)
        .await?;
    Ok(first.map(DeliveryId::from_stored))
}
