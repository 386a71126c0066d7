//! Makes the digests of a channel: the alerts that wait become one delivery for each recipient, in one transaction.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::Value;
use sqlx::SqliteConnection;

use super::Database;
use super::digest::save_plan;
use super::event::{self, QueuedAlert};
use super::source::instant;
use crate::alert::digest::{self, Digest, DigestCount, DigestReason, MAX_ENTRIES};
use crate::alert::{Alert, ItemAlert, WatchId};
use crate::deliver::slot;
use crate::item::derived;
use crate::store::{DigestClosing, StoreError};

/// The alerts of a channel that are due, newest first; those of one visit in the order of its document.
pub(super) const DUE: &str = "
    select number, alert, recipient, reason, watches, urgent, made_at, closes_at
    from digest_entry indexed by digest_entry_waiting
    where channel_id = ?1 and delivery is null
      and (closes_at <= ?2 or reason in ('flood', 'limit') and closes_at > ?3)
    order by made_at desc, number";

pub(super) const GATHERED: &str = "select id, content from alert where number = ?1";

pub(super) const ENCLOSE: &str = "
    update digest_entry set delivery = ?1 where number in (select j.value from json_each(?2) j) and delivery is null";

impl Database {
    /// Makes the digests of a channel that are due; returns the number of deliveries. Each alert that waits leaves in
    /// exactly one of them.
    ///
    /// # Errors
    /// When the store cannot be written; then everything waits as before.
    pub(crate) async fn close_digests(&self, closing: DigestClosing) -> Result<usize, StoreError> {
        let (made, newest) = self.write(move |connection| Box::pin(close(connection, closing))).await?;
        self.announce_alerts(newest);
        Ok(made)
    }
}

/// A waiting alert.
struct DueEntry {
    number: i64,
    alert: i64,
    reason: DigestReason,
    watches: Vec<WatchId>,
    is_urgent: bool,
    made_at: i64,
    closes_at: i64,
}

type EntryRow = (i64, i64, String, String, String, bool, i64, i64);

/// Makes what is due and saves the next plan. Returns the number of deliveries and the newest alert.
async fn close(connection: &mut SqliteConnection, closing: DigestClosing) -> Result<(usize, Option<i64>), StoreError> {
    save_plan(connection, &closing.channel.id, &closing.next).await?;
    let mut due = due(connection, &closing).await?;
    if closing.slot.is_some() && closing.health.is_some() {
        for recipient in closing.channel.recipients() {
            due.entry(recipient.to_owned()).or_default();
        }
    }
    let (mut made, mut newest) = (0, None);
    for (recipient, mut entries) in due {
        let reason = entries.iter().map(|entry| entry.reason).max().unwrap_or(DigestReason::Schedule);
        let singles = (1..=reason.max_singles()).contains(&entries.len());
        if singles {
            entries.sort_by_key(|entry| entry.number);
        }
        if singles && let Some(alerts) = all_readable(connection, &entries).await? {
            made += alerts.len();
            for (entry, (id, alert)) in entries.iter().zip(alerts) {
                let delivery = single(connection, &closing, &recipient, entry, (&id, alert)).await?;
                enclose(connection, delivery, std::slice::from_ref(entry)).await?;
            }
            newest = newest.max(entries.iter().map(|entry| entry.alert).max());
        } else if let Some(number) = gathered(connection, &closing, &recipient, reason, &entries).await? {
            made += 1;
            newest = newest.max(Some(number));
        }
    }
    Ok((made, newest))
}

/// What is due, by recipient, newest first.
async fn due(
    connection: &mut SqliteConnection,
    closing: &DigestClosing,
) -> Result<BTreeMap<String, Vec<DueEntry>>, StoreError> {
    let rows: Vec<EntryRow> = sqlx::query_as(DUE)
        .bind(closing.channel.id.as_str())
        .bind(closing.at.as_microsecond())
        .bind(slot::latest_short(closing.at).as_microsecond())
        .fetch_all(connection)
        .await?;
    let mut due: BTreeMap<String, Vec<DueEntry>> = BTreeMap::new();
    for (number, alert, recipient, reason, watches, is_urgent, made_at, closes_at) in rows {
        let watches = serde_json::from_str(&watches).unwrap_or_default();
        let reason = DigestReason::from_word(&reason);
        due.entry(recipient).or_default().push(DueEntry {
            number,
            alert,
            reason,
            watches,
            is_urgent,
            made_at,
            closes_at,
        });
    }
    Ok(due)
}

/// The alerts of these entries as the channel gets them; none if one cannot be read.
async fn all_readable(
    connection: &mut SqliteConnection,
    entries: &[DueEntry],
) -> Result<Option<Vec<(String, ItemAlert)>>, StoreError> {
    let mut alerts = Vec::new();
    for entry in entries {
        let Some(alert) = alert(connection, entry).await? else { return Ok(None) };
        alerts.push(alert);
    }
    Ok(Some(alerts))
}

/// An alert with its id, with the hits of its watches that name the channel; none if it cannot be read.
async fn alert(connection: &mut SqliteConnection, entry: &DueEntry) -> Result<Option<(String, ItemAlert)>, StoreError> {
    let (id, content): (String, String) =
        sqlx::query_as(GATHERED).bind(entry.alert).fetch_one(&mut *connection).await?;
    match serde_json::from_str(&content) {
        Ok(Alert::Item(mut alert)) => {
            alert.hits.retain(|hit| entry.watches.contains(&hit.watch));
            Ok(Some((id, *alert)))
        }
        Ok(Alert::Event(_) | Alert::Digest(_)) => Ok(None),
        Err(error) => {
            tracing::error!(%error, alert.number = entry.alert, "a stored alert is unreadable; its digest counts it and does not list it");
            Ok(None)
        }
    }
}

/// Queues an alert as a delivery of its own.
async fn single(
    connection: &mut SqliteConnection,
    closing: &DigestClosing,
    recipient: &str,
    entry: &DueEntry,
    (id, alert): (&str, ItemAlert),
) -> Result<i64, StoreError> {
    let DigestClosing { channel, settings, at, .. } = closing;
    let alert = Alert::Item(Box::new(alert));
    let queued = QueuedAlert { id, number: entry.alert, alert: &alert, channel, settings, at: *at };
    let leaves = slot::message_leaves_at(channel, entry.is_urgent, *at);
    event::deliver(connection, &queued, recipient, leaves).await
}

/// Makes a digest and its delivery; returns the number of its alert, none if it was made before.
async fn gathered(
    connection: &mut SqliteConnection,
    closing: &DigestClosing,
    recipient: &str,
    reason: DigestReason,
    entries: &[DueEntry],
) -> Result<Option<i64>, StoreError> {
    let DigestClosing { channel, settings, at, .. } = closing;
    let slot = closing.slot.map(Timestamp::as_microsecond);
    let closed = slot.or_else(|| entries.iter().map(|entry| entry.closes_at).max()).unwrap_or_default().to_string();
    // More than one digest may close at the same instant; the first entry tells them apart.
    let first = entries.iter().map(|entry| entry.number).min().map(|number| number.to_string()).unwrap_or_default();
    let id = derived(&["digest", channel.id.as_str(), recipient, &closed, &first], 26);
    let digest = assemble(connection, closing, reason, entries).await?;
    let alert = Alert::Digest(Box::new(digest));
    let leaves = slot::message_leaves_at(channel, alert.is_urgent(), *at);
    let Some(number) = event::insert(connection, &id, &alert, None, *at).await? else { return Ok(None) };
    let queued = QueuedAlert { id: &id, number, alert: &alert, channel, settings, at: *at };
    let delivery = event::deliver(connection, &queued, recipient, leaves).await?;
    enclose(connection, delivery, entries).await?;
    Ok(Some(number))
}

async fn assemble(
    connection: &mut SqliteConnection,
    closing: &DigestClosing,
    reason: DigestReason,
    entries: &[DueEntry],
) -> Result<Digest, StoreError> {
    let first = |entry: &DueEntry| entry.watches.first().map_or("", WatchId::as_str).to_owned();
    let watches: Vec<String> = entries.iter().map(first).collect();
    let watches: Vec<&str> = watches.iter().map(String::as_str).collect();
    let mut alerts: BTreeMap<&str, usize> = BTreeMap::new();
    for watch in &watches {
        *alerts.entry(watch).or_default() += 1;
    }
    let names = &closing.settings.names;
    let count = |(watch, alerts): (&&str, &usize)| DigestCount {
        watch: WatchId::new(*watch),
        name: names.watch(watch).to_owned(),
        alerts: *alerts,
    };
    let mut items = Vec::new();
    for index in digest::selected(&watches, MAX_ENTRIES) {
        if let Some((_, item)) = alert(connection, &entries[index]).await? {
            items.push(digest::brief(item, &entries[index].watches));
        }
    }
    Ok(Digest {
        reason,
        lang: closing.channel.lang.clone(),
        at: closing.slot.unwrap_or(closing.at),
        since: entries.iter().map(|entry| entry.made_at).min().map(instant),
        urgent: entries.iter().any(|entry| entry.is_urgent),
        counts: alerts.iter().map(count).collect(),
        items,
        health: closing.health.clone(),
    })
}

/// Records in which delivery the alerts leave.
async fn enclose(connection: &mut SqliteConnection, delivery: i64, entries: &[DueEntry]) -> Result<(), StoreError> {
    let numbers: Vec<i64> = entries.iter().map(|entry| entry.number).collect();
    sqlx::query(ENCLOSE).bind(delivery).bind(Value::from(numbers).to_string()).execute(connection).await?;
    Ok(())
}
