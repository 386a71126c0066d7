//! Tests the whole path of an item once a day: a synthetic item is parsed, judged, matched and delivered to every
//! channel, and the channels that did not deliver it in time are reported through the others.
//!
//! The item is never stored: no listing, story, stream or watch knows it.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::Pipeline;
use super::matching::evaluate;
use super::probe::probe;
use crate::address::Address;
use crate::alert::{HealthEvent, HealthEventKind, WatchId};
use crate::cadence::last_slot;
use crate::channel::{Channel, ChannelId};
use crate::config::Config;
use crate::dedupe::{self, KeyRules, Verdict};
use crate::item::Item;
use crate::parse::{self, Document};
use crate::source::{Source, SourceId, SourceKind};
use crate::store::{Canary, ChannelOutcome, StoreError};
use crate::watch::Watch;
use crate::watch::compile::Watches;

/// How long the channels have to deliver a test.
const DEADLINE: SignedDuration = SignedDuration::from_mins(15);

/// The address of the synthetic feed; RFC 2606 reserves the domain.
const ADDRESS: &str = "https://canary.invalid/feed";

/// The word that the synthetic watch looks for.
const WORD: &str = "marsadcanary";

impl Pipeline {
    /// Takes the next step of the daily test: reports the one whose time is over, and makes the one that is due. Without
    /// an earlier test, only a time after `since` is due.
    ///
    /// # Errors
    /// If the store cannot be read or written; the step is repeated.
    pub async fn step_canary(&self, config: &Config, since: Timestamp) -> Result<(), StoreError> {
        let now = self.clock.now();
        for canary in self.store.unchecked_canaries().await? {
            // One in the future was made before the clock was set back.
            if canary.made_at > now || now.duration_since(canary.made_at) >= DEADLINE {
                self.check_canary(config, &canary, now).await?;
            }
        }
        let Some(slot) = config.health.canary.as_ref().and_then(|times| last_slot(times, &config.timezone, now)) else {
            return Ok(());
        };
        let last = self.store.last_canary().await?.unwrap_or(since);
        if slot > last { self.send_canary(config, slot, now).await } else { Ok(()) }
    }

    async fn send_canary(&self, config: &Config, slot: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        let id = format!("canary-{}", slot.strftime("%Y-%m-%dT%H:%MZ"));
        let broken = match self.trace_canary(config, &id, now).await? {
            Ok(item) => {
                let event = HealthEvent {
                    kind: HealthEventKind::TestPing,
                    at: now,
                    message: format!("TEST: {}; nothing has happened", item.title),
                    detail: detail(json!({ "test": true, "canary": id, "url": item.address })),
                };
                let channels = config.channels.clone();
                if self.store.raise_canary(&id, event, channels, config.render_settings()).await? {
                    tracing::info!(
                        canary = id,
                        channels = config.channels.len(),
                        "sent the daily test to every channel"
                    );
                }
                return Ok(());
            }
            Err(broken) => broken,
        };
        let message = format!("the daily test {id} was not sent: {broken}; run marsad doctor");
        let event = HealthEvent {
            kind: HealthEventKind::CanaryFailed,
            at: now,
            message,
            detail: detail(json!({ "canary": id, "error": broken, "channels": [] })),
        };
        tracing::error!(canary = id, error = broken, "the daily test failed before it reached a channel");
        self.store.fail_canary(&id, event, config.health_channels(), config.render_settings()).await
    }

    /// Takes a synthetic item through every step before its delivery. The inner error names the step that failed.
    async fn trace_canary(
        &self,
        config: &Config,
        id: &str,
        now: Timestamp,
    ) -> Result<Result<Item, &'static str>, StoreError> {
        let Ok(address) = Address::parse(ADDRESS) else { return Ok(Err("its address is invalid")) };
        let source = Source { id: SourceId::new("canary"), ..Source::at(SourceKind::Feed, address.clone()) };
        let document = Document {
            address,
            media_type: "application/rss+xml".to_owned(),
            text: feed(id),
            encoding: "UTF-8",
            replaced: 0,
        };
        let parsed = parse::read(&document, &source, now);
        let Some(item) = parsed.ok().and_then(|parsed| parsed.items.into_iter().next()) else {
            return Ok(Err("its feed was not read"));
        };
        let probe = probe(item.clone(), &source, &KeyRules::default());
        let seen = self.store.seen(&source.id, std::slice::from_ref(&probe), now).await?;
        if dedupe::judge(seen.first().map_or(&[], Vec::as_slice)) != Verdict::New {
            return Ok(Err("its item was not judged new"));
        }
        let channels = config.channels.iter().map(|channel| channel.id.clone()).collect();
        let watch = Watch { any: vec![WORD.to_owned()], alert: channels, ..Watch::named(WatchId::new("canary")) };
        let matched =
            Watches::compile(&[watch], &[]).is_ok_and(|(watches, _)| !evaluate(&watches, &source, &item).is_empty());
        Ok(if matched { Ok(item) } else { Err("its watch did not match") })
    }

    /// Reports the channels that did not deliver a test.
    async fn check_canary(&self, config: &Config, canary: &Canary, now: Timestamp) -> Result<(), StoreError> {
        let mut outcomes = self.store.canary_outcomes(&canary.id).await?;
        outcomes.retain(|outcome| config.channel(outcome.channel.as_str()).is_some());
        let failed: Vec<&ChannelOutcome> = outcomes.iter().filter(|outcome| !outcome.is_success()).collect();
        let event = (!failed.is_empty()).then(|| failure(canary, &failed, outcomes.len(), now));
        if let Some(event) = &event {
            tracing::warn!(event.kind = event.kind.as_str(), "{}", event.message);
        }
        let channels = reporters(config, &failed);
        self.store.settle_canary(&canary.id, event, channels, config.render_settings(), now).await
    }
}

/// The channels that report the failed ones: those of `health.alert` that work, else all that work, else those of
/// `health.alert`.
fn reporters(config: &Config, failed: &[&ChannelOutcome]) -> Vec<Arc<Channel>> {
    let works = |id: &ChannelId| !failed.iter().any(|outcome| outcome.channel == *id);
    let health: Vec<_> = config.health_channels().into_iter().filter(|channel| works(&channel.id)).collect();
    let all: Vec<_> = config.channels.iter().filter(|channel| works(&channel.id)).cloned().collect();
    [health, all, config.health_channels()].into_iter().find(|channels| !channels.is_empty()).unwrap_or_default()
}

fn failure(canary: &Canary, failed: &[&ChannelOutcome], all: usize, now: Timestamp) -> HealthEvent {
    let of = |outcome: &&ChannelOutcome| {
        let why = outcome.error.as_deref().map(|error| format!(" ({error})")).unwrap_or_default();
        format!("{}{why}", outcome.channel)
    };
    let named: Vec<String> = failed.iter().map(of).collect();
    let channel = |outcome: &&ChannelOutcome| {
        json!({
            "channel": outcome.channel,
            "recipients": outcome.deliveries,
            "delivered": outcome.delivered,
            "error": outcome.error,
        })
    };
    let message = format!(
        "{} of {all} channels did not deliver the daily test within {} minutes: {}; run marsad channel test {}",
        failed.len(),
        DEADLINE.as_mins(),
        named.join(", "),
        failed.first().map_or("ID", |outcome| outcome.channel.as_str())
    );
    let channels: Vec<Value> = failed.iter().map(channel).collect();
    HealthEvent {
        kind: HealthEventKind::CanaryFailed,
        at: now,
        message,
        detail: detail(json!({ "canary": canary.id, "channels": channels })),
    }
}

fn detail(value: Value) -> Map<String, Value> {
    if let Value::Object(detail) = value { detail } else { Map::new() }
}

/// A feed with one item.
fn feed(id: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\"><channel><title>marsad test</title>\
         <link>https://canary.invalid/</link><item><title>daily test of marsad {id}</title>\
         <link>https://canary.invalid/{id}</link><guid>https://canary.invalid/{id}</guid>\
         <description>{WORD}: this is a test of every step from a feed to the channels.</description></item>\
         </channel></rss>"
    )
}
