//! Serves `/healthz`, `/readyz` and `/metrics`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use crate::channel::ChannelId;
use crate::clock::Stopwatch;
use crate::config::Config;
use crate::deliver::circuit::CircuitState;
use crate::server::problem::HttpProblem;
use crate::server::{ServerContext, Shared, json};
use crate::store::{ChannelCondition, DeliveryState, FailingChannel};
use crate::telemetry::{Gauges, metrics as names};

/// The reasons why marsad is degraded although it works, one sentence for each subject. Cheap to clone.
///
/// ```
/// use marsad::server::health::Degraded;
///
/// let degraded = Degraded::default();
/// degraded.set("store", "is damaged");
/// assert_eq!(degraded.reasons(), ["store: is damaged"]);
/// assert!(degraded.clear("store"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Degraded(Arc<Mutex<BTreeMap<&'static str, String>>>);

/// The last answers of `/healthz` and `/readyz`. They are reused for a second, so that frequent probes cause no writes.
#[derive(Debug, Default)]
pub(crate) struct Answers {
    /// When `/healthz` last examined the store.
    refreshed: tokio::sync::Mutex<Option<Stopwatch>>,
    /// When `/readyz` last examined the store, and the problems it found.
    readiness: tokio::sync::Mutex<Option<(Stopwatch, Vec<String>)>>,
}

/// How long an answer is reused. Chosen by hand.
const ANSWER_TTL: Duration = Duration::from_secs(1);

/// How long `/healthz` waits for the store before it uses the last known state. Chosen by hand, below the usual 1 s
/// timeout of a probe.
const HEALTH_TIMEOUT: Duration = Duration::from_millis(800);

/// The subjects of the store and the channels in the health summary.
const STORE: &str = "store";
const CHANNELS: &str = "channels";
const DELIVERIES: &str = "deliveries";

/// A loop that has not ticked for this long is stalled: half of the unit's `WatchdogSec`.
pub(crate) const STALLED: Duration = Duration::from_secs(30);

/// The longest time for one write of the store. Chosen by hand.
const WRITE_TIMEOUT: Duration = Duration::from_secs(5);

impl Degraded {
    /// Sets the reason for a subject, until it is cleared.
    pub fn set(&self, about: &'static str, reason: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(about, reason.into());
    }

    /// Clears a subject; true if it was set.
    pub fn clear(&self, about: &'static str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(about).is_some()
    }

    /// The reason for a subject, if it is set.
    pub(crate) fn of(&self, about: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(about).cloned()
    }

    /// All reasons.
    #[must_use]
    pub fn reasons(&self) -> Vec<String> {
        let reasons = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reasons.iter().map(|(about, reason)| format!("{about}: {reason}")).collect()
    }
}

/// Always answers 200; the body lists what is degraded.
pub(crate) async fn healthz(State(shared): State<Shared>) -> Json<Value> {
    let context = &shared.context;
    {
        let mut last = shared.answers.refreshed.lock().await;
        if last.is_none_or(|at| at.elapsed() >= ANSWER_TTL) {
            refresh(context).await;
            *last = Some(context.clock.stopwatch());
        }
    }
    let mut degraded = context.degraded.reasons();
    degraded.extend(stalled(context));
    let status = if degraded.is_empty() { "ok" } else { "degraded" };
    Json(json!({ "status": status, "degraded": degraded }))
}

/// Answers 200 if the store accepts a write and no loop is stalled, otherwise 503.
pub(crate) async fn readyz(State(shared): State<Shared>) -> impl IntoResponse {
    let reasons = shared.answers.readiness(&shared.context).await;
    let (status, word) =
        if reasons.is_empty() { (StatusCode::OK, "ready") } else { (StatusCode::SERVICE_UNAVAILABLE, "not ready") };
    (status, Json(json!({ "status": word, "reasons": reasons })))
}

/// Updates the reasons for store and channels. If the store does not answer in time, the last known ones stay.
async fn refresh(context: &ServerContext) {
    let examined = tokio::time::timeout(HEALTH_TIMEOUT, context.store.examine()).await;
    match examined.map(|condition| condition.summary()) {
        Ok(Some(summary)) => context.degraded.set(STORE, summary),
        Ok(None) => drop(context.degraded.clear(STORE)),
        Err(_) => return,
    }
    let Ok(Ok(stopped)) = tokio::time::timeout(HEALTH_TIMEOUT, context.store.channel_conditions()).await else {
        return;
    };
    let Ok(Ok(failing)) = tokio::time::timeout(HEALTH_TIMEOUT, context.store.failing_channels()).await else { return };
    if let Ok(Ok(paused)) = tokio::time::timeout(HEALTH_TIMEOUT, context.store.deliveries_paused()).await {
        match paused {
            Some(why) => context.degraded.set(DELIVERIES, format!("paused: {why}; run marsad deliveries resume")),
            None => drop(context.degraded.clear(DELIVERIES)),
        }
    }
    let config = context.config.load();
    let mut named: Vec<String> = stopped_channels(&config, &stopped).into_iter().map(stopped_name).collect();
    named.extend(configured(&config, &failing, &stopped).iter().map(|failing| failing.channel.to_string()));
    if named.is_empty() {
        context.degraded.clear(CHANNELS);
    } else {
        let text = format!("{} of {} fail: {}", named.len(), config.channels.len(), named.join(", "));
        context.degraded.set(CHANNELS, text);
    }
}

/// The failing channels that are configured and still deliver. Deliveries of removed channels wait for their return,
/// which is no problem.
#[must_use]
pub(crate) fn configured<'a>(
    config: &Config,
    failing: &'a [FailingChannel],
    stopped: &[ChannelCondition],
) -> Vec<&'a FailingChannel> {
    let stopped: Vec<_> = stopped_channels(config, stopped).iter().map(|one| one.channel.clone()).collect();
    let is_configured = |one: &&FailingChannel| config.channel(one.channel.as_str()).is_some();
    failing.iter().filter(is_configured).filter(|one| !stopped.contains(&one.channel)).collect()
}

/// The configured channels that do not deliver.
#[must_use]
pub(crate) fn stopped_channels<'a>(config: &Config, conditions: &'a [ChannelCondition]) -> Vec<&'a ChannelCondition> {
    let is_stopped = |one: &&ChannelCondition| {
        config.channel(one.channel.as_str()).is_some() && one.circuit.state != CircuitState::Closed
    };
    conditions.iter().filter(is_stopped).collect()
}

fn stopped_name(condition: &ChannelCondition) -> String {
    let word = if condition.circuit.state == CircuitState::Disabled { " (disabled)" } else { "" };
    format!("{}{word}", condition.channel)
}

impl Answers {
    async fn readiness(&self, context: &ServerContext) -> Vec<String> {
        let mut last = self.readiness.lock().await;
        if let Some((_, reasons)) = last.as_ref().filter(|(at, _)| at.elapsed() < ANSWER_TTL) {
            return reasons.clone();
        }
        let mut reasons = stalled(context);
        match tokio::time::timeout(WRITE_TIMEOUT, context.store.examine()).await {
            Ok(condition) => reasons.extend(condition.summary().map(|summary| format!("the store {summary}"))),
            Err(_) => reasons.push(format!("the store did not finish a write within {} s", WRITE_TIMEOUT.as_secs())),
        }
        *last = Some((context.clock.stopwatch(), reasons.clone()));
        reasons
    }
}

fn stalled(context: &ServerContext) -> Vec<String> {
    let limit = context.stalled_after;
    context.pulse.stalled(limit).iter().map(|name| format!("{name} has not moved for {} s", limit.as_secs())).collect()
}

/// Whether a channel delivers, and how many deliveries it holds.
fn up_and_held(channel: &ChannelId, conditions: &[ChannelCondition]) -> (ChannelId, bool, u64) {
    let condition = conditions.iter().find(|condition| condition.channel == *channel);
    let delivers = condition.is_none_or(|condition| condition.circuit.state == CircuitState::Closed);
    (channel.clone(), delivers, condition.map_or(0, |condition| condition.held))
}

/// Serves the metrics, with current gauges from the store.
pub(crate) async fn metrics(State(shared): State<Shared>) -> Result<impl IntoResponse, HttpProblem> {
    let context = &shared.context;
    let counts = context.store.counts().await?;
    let states = context.store.source_conditions().await?;
    let known: BTreeMap<_, _> = states.iter().map(|state| (&state.id, state)).collect();
    let mut gauges = Gauges::default();
    let waiting = [DeliveryState::Pending, DeliveryState::Inflight];
    gauges.outbox_pending = waiting.iter().filter_map(|state| counts.deliveries.get(state)).sum();
    let waited = counts.oldest_pending.map(|at| context.clock.now().duration_since(at));
    gauges.outbox_oldest = waited.and_then(|waited| Duration::try_from(waited).ok()).unwrap_or_default();
    gauges.items_waiting = counts.waiting;
    let conditions = context.store.channel_conditions().await?;
    gauges.channels =
        context.config.load().channels.iter().map(|channel| up_and_held(&channel.id, &conditions)).collect();
    for source in &context.config.load().sources {
        let state = known.get(&source.id).copied();
        *gauges.sources.entry(json::status(source, state).as_str().to_owned()).or_default() += 1;
        let at = state.and_then(|state| state.last_success_at);
        gauges.last_success.extend(at.map(|at| (source.id.clone(), at)));
    }
    context.metrics.refresh(gauges);
    Ok(([(header::CONTENT_TYPE, names::CONTENT_TYPE)], context.metrics.encode()))
}
