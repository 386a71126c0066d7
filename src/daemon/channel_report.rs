//! Reports channels that do not deliver, and those that deliver again.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::alert::{HealthEvent, HealthEventKind};
use crate::channel::ChannelId;
use crate::clock::Clock;
use crate::config::{Config, RunningConfig};
use crate::deliver::circuit::{HELD_FOR, MAX_HELD};
use crate::deliver::dispatch;
use crate::store::{ChannelCondition, RefusedRecipient, Store, StoreError};

/// The pause between two looks at the channels. Chosen by hand.
const PAUSE: Duration = Duration::from_secs(1);

/// What a channel could not keep any longer.
#[derive(Clone, Copy, Debug, Default)]
struct Expired {
    /// Deliveries that failed permanently.
    deliveries: u64,
    /// Alerts that waited for a digest and were dropped.
    alerts: u64,
}

/// Raises an event for each channel that stops delivering, daily while that lasts, and when it delivers again, until
/// `stop`. The event goes to every other channel of `health.alert`.
pub(super) async fn run(config: RunningConfig, store: Store, clock: Clock, stop: CancellationToken) {
    let mut failing = false;
    while !stop.is_cancelled() {
        let reported = report(&config.load(), &store, clock.now()).await;
        if let Err(error) = &reported
            && !failing
        {
            tracing::error!(%error, "cannot report the channels that do not deliver yet");
        }
        failing = reported.is_err();
        tokio::time::timeout(PAUSE, stop.cancelled()).await.ok();
    }
}

/// Raises the events that are due at `now`.
///
/// # Errors
/// If the store cannot be read or written.
pub(super) async fn report(config: &Config, store: &Store, now: Timestamp) -> Result<(), StoreError> {
    for condition in store.channel_conditions().await? {
        let due = condition.circuit.report(now).filter(|_| config.channel(condition.channel.as_str()).is_some());
        let Some(kind) = due else { continue };
        let event = changed(kind, &condition, now);
        if kind == HealthEventKind::ChannelRecovered {
            tracing::info!(channel.id = %condition.channel, "{}", event.message);
        } else {
            tracing::error!(channel.id = %condition.channel, held = condition.held, "{}", event.message);
        }
        let others = config.health_channels().into_iter().filter(|channel| channel.id != condition.channel).collect();
        store.report_channel(&condition, event, others, config.render_settings()).await?;
    }
    report_refused(config, store, now).await
}

/// Raises an event for each refusal of a configured recipient that is not reported yet.
async fn report_refused(config: &Config, store: &Store, now: Timestamp) -> Result<(), StoreError> {
    for refused in store.refused_recipients().await?.into_iter().filter(|refused| !refused.is_reported) {
        let Some(channel) = config.channel(refused.channel.as_str()) else { continue };
        let Some(shown) = channel.shown_recipient(&refused.recipient) else { continue };
        let event = recipient_refused(&refused, &shown, now);
        tracing::error!(channel.id = %refused.channel, waiting = refused.waiting, "{}", event.message);
        let others = config.health_channels().into_iter().filter(|other| other.id != refused.channel).collect();
        store.report_refused(&refused, event, others, config.render_settings()).await?;
    }
    Ok(())
}

/// Ends the deliveries that have been held for too long, or are too many, drops the alerts that a removed channel's
/// digest would have had, and raises one event for each channel.
///
/// # Errors
/// If the store cannot be read or written.
pub(super) async fn expire(config: &Config, store: &Store, now: Timestamp) -> Result<(), StoreError> {
    let message = "held for too long, or too many were held, while the channel did not deliver";
    let reason = dispatch::own_reason("held", message);
    let mut all: BTreeMap<ChannelId, Expired> = BTreeMap::new();
    for (channel, number) in store.expire_held(HELD_FOR, MAX_HELD, &reason, now).await? {
        all.entry(channel).or_default().deliveries = number;
    }
    for (channel, number) in store.expire_gathered(HELD_FOR, MAX_HELD, now).await? {
        all.entry(channel).or_default().alerts = number;
    }
    for (channel, Expired { deliveries, alerts }) in all {
        let event = expired(&channel, Expired { deliveries, alerts }, now);
        tracing::error!(channel.id = %channel, deliveries, alerts, "{}", event.message);
        let others = config.health_channels().into_iter().filter(|other| other.id != channel).collect();
        store.raise(event, others, config.render_settings()).await?;
    }
    Ok(())
}

/// A channel that stopped delivering, or delivers again.
fn changed(kind: HealthEventKind, condition: &ChannelCondition, now: Timestamp) -> HealthEvent {
    let ChannelCondition { channel: id, circuit, held, next_attempt_at, .. } = condition;
    let reason = circuit.reason.as_ref().map(|reason| reason.message.clone()).unwrap_or_default();
    let are_held = if *held == 1 { "1 delivery is held".to_owned() } else { format!("{held} deliveries are held") };
    let message = match kind {
        HealthEventKind::ChannelRecovered => format!("{id} delivers again"),
        HealthEventKind::ChannelDisabled => {
            format!("{id} is disabled: {reason}; {are_held}; correct its address, or run marsad channel resume {id}")
        }
        _ => format!("{id} fails: {reason}; {are_held}, and one is tried at least once an hour"),
    };
    let detail = json!({
        "about": id, "since": circuit.since, "reason": reason, "held": held, "next_attempt": next_attempt_at,
    });
    event(kind, message, detail, now)
}

/// Deliveries that failed permanently because they were held for too long, or too many, and alerts that were dropped.
fn expired(channel: &ChannelId, Expired { deliveries, alerts }: Expired, now: Timestamp) -> HealthEvent {
    let number = |number: u64, one: &str, many: &str| format!("{number} {}", if number == 1 { one } else { many });
    let mut parts = Vec::new();
    if alerts > 0 {
        let alerts = number(alerts, "alert that waited", "alerts that waited");
        parts.push(format!("{alerts} for a digest will not be sent, because the channel was removed"));
    }
    if deliveries > 0 {
        let deliveries = number(deliveries, "held delivery", "held deliveries");
        let retry = format!("run marsad deliveries retry --channel {channel}");
        parts.push(format!("{deliveries} failed permanently; to send them again, {retry}"));
    }
    let message = format!("{channel}: {}", parts.join("; "));
    let detail = json!({ "about": channel, "expired": deliveries, "dropped": alerts });
    event(HealthEventKind::ChannelExpired, message, detail, now)
}

/// A recipient that its relay refuses for good. Its address is not named: others read this.
fn recipient_refused(refused: &RefusedRecipient, shown: &str, now: Timestamp) -> HealthEvent {
    let RefusedRecipient { channel: id, since, until, reason, waiting, .. } = refused;
    let message = format!(
        "{id}: {shown} is refused: {}; mail to it waits for a week; correct the address, or run marsad channel resume {id}; \
         what was refused is sent again by marsad deliveries retry --channel {id} --state dead",
        reason.message
    );
    let detail = json!({
        "about": id, "recipient": shown, "since": since, "until": until, "reason": reason.message, "waiting": waiting,
    });
    event(HealthEventKind::ChannelRecipientRefused, message, detail, now)
}

fn event(kind: HealthEventKind, message: String, detail: Value, at: Timestamp) -> HealthEvent {
    let detail = if let Value::Object(detail) = detail { detail } else { Map::new() };
    HealthEvent { kind, at, message, detail }
}

#[cfg(test)]
mod tests;
