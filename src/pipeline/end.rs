//! How a visit ends: the source's state is told where it changed, its validators and next visit are saved last.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::read::{Failure, Read};
use super::{Pipeline, Setup, Visit};
use crate::alert::Event;
use crate::cadence::{History, next_visit};
use crate::dedupe::keys::degenerate;
use crate::health::{self, Facts, Health};
use crate::parse::Parsed;
use crate::source::Source;
use crate::store::{Admitted, SourceState, StoreError, VisitEnd};

/// How many headlines a `source.activated` shows.
const SAMPLES: usize = 3;

impl Pipeline {
    pub(super) async fn end(
        &self,
        source: &Arc<Source>,
        setup: &Setup,
        state: &SourceState,
        read: &Read,
        admitted: Admitted,
        at: Timestamp,
    ) -> Result<Visit, StoreError> {
        let parsed = read.document.as_ref().ok().and_then(|reading| Some(&reading.as_ref()?.parsed));
        let failure = read.document.as_ref().err();
        let found = parsed.map_or(0, |parsed| parsed.items.len());
        let facts = facts(state, failure, parsed.map(|parsed| parsed.items.len()), &admitted, at);
        let before = Health::from_word(&state.state);
        let after = health::judge(before, facts, at);
        let history = History { failures: facts.failures, rules: read.rules, gap: facts.gap };
        let next = next_visit(source, &history, self.clock.now());
        let visit = Visit {
            at,
            kind: parsed.map(|parsed| parsed.kind),
            found,
            admitted,
            error: failure.map(|failure| failure.message.clone()),
            degraded: parsed.and_then(degraded),
            next,
        };
        self.tell(source, setup, state, (before, after), &visit, parsed).await?;
        self.store
            .end_visit(VisitEnd {
                source: source.id.clone(),
                at,
                next,
                state: after.as_str().to_owned(),
                validators: read.validators.clone(),
                error: visit.error.clone(),
                degraded: visit.degraded.clone().or_else(|| parsed.is_none().then(|| state.degraded.clone())?),
                void_keys: void_keys(state, parsed),
                found: found > 0,
            })
            .await?;
        log(&visit, failure.is_some(), state);
        Ok(visit)
    }

    /// Tells `health.alert` what changed. It comes before the source's row is written: told twice at worst.
    async fn tell(
        &self,
        source: &Source,
        setup: &Setup,
        state: &SourceState,
        (before, after): (Health, Health),
        visit: &Visit,
        parsed: Option<&Parsed>,
    ) -> Result<(), StoreError> {
        let mut events = Vec::new();
        if state.activated_at.is_none() && visit.found > 0 {
            events.push(activated(source, visit, parsed));
        }
        if let Some(kind) = health::event(before, after) {
            events.push(changed(source, kind, state, visit));
        }
        let channels = setup.config.health_channels();
        for event in events {
            tracing::info!(event.kind = event.kind, "{}", event.message);
            self.store.raise(event, channels.clone(), setup.config.render_settings()).await?;
        }
        Ok(())
    }
}

/// `found` is none for a visit that brought no document.
fn facts(
    state: &SourceState,
    failure: Option<&Failure>,
    found: Option<usize>,
    admitted: &Admitted,
    at: Timestamp,
) -> Facts {
    let activated = state.activated_at.is_some();
    Facts {
        failures: if failure.is_some() { state.failures + 1 } else { 0 },
        failing_since: failure.map(|_| state.failing_since.unwrap_or(at)),
        blocked: failure.is_some_and(|failure| failure.blocked),
        activated: activated || found > Some(0),
        found,
        stored: state.items,
        gap: activated && found >= Some(health::OVERLAP) && admitted.known + admitted.revised == 0,
    }
}

fn degraded(parsed: &Parsed) -> Option<String> {
    let left_out = (parsed.left_out > 0).then(|| {
        format!(
            "{} items are left out: the document carries more than max_items, and some may be missed",
            parsed.left_out
        )
    });
    let said: Vec<String> = parsed.degraded.clone().into_iter().chain(left_out).collect();
    (!said.is_empty()).then(|| said.join("; "))
}

fn void_keys(state: &SourceState, parsed: Option<&Parsed>) -> String {
    let now = parsed.map(|parsed| degenerate(&parsed.items)).unwrap_or_default();
    let mut words: Vec<&str> = state.void_keys.split(',').filter(|word| !word.is_empty()).collect();
    words.extend(now.iter().map(|kind| kind.as_str()));
    words.sort_unstable();
    words.dedup();
    words.join(",")
}

fn activated(source: &Source, visit: &Visit, parsed: Option<&Parsed>) -> Event {
    let items = parsed.map(|parsed| parsed.items.as_slice()).unwrap_or_default();
    let samples: Vec<Value> =
        items.iter().take(SAMPLES).map(|item| json!({ "title": item.title, "url": item.address })).collect();
    let message = format!("{} is read for the first time: it lists {} items", source.id, visit.found);
    event("source.activated", source, visit, message, json!({ "items": visit.found, "samples": samples }))
}

fn changed(source: &Source, kind: &str, state: &SourceState, visit: &Visit) -> Event {
    let (message, detail) = match (kind, &visit.error) {
        ("source.recovered", _) => {
            let since = state.failing_since;
            (format!("{} is read again", source.id), json!({ "failing_since": since }))
        }
        ("source.changed", _) => {
            (format!("{} holds no items any more; its page may have been rebuilt", source.id), json!({}))
        }
        ("source.gap", _) => {
            let last = state.last_success_at;
            let text = "every item is new; some may have come and gone since the visit before: a shorter `every` helps";
            (format!("{}: {text}", source.id), json!({ "last_success_at": last }))
        }
        (_, error) => {
            let error = error.clone().unwrap_or_default();
            let verb = if kind == "source.blocked" { "turns marsad away" } else { "cannot be read" };
            (format!("{} {verb}: {error}", source.id), json!({ "failures": state.failures + 1, "error": error }))
        }
    };
    event(kind, source, visit, message, detail)
}

fn event(kind: &str, source: &Source, visit: &Visit, message: String, detail: Value) -> Event {
    let mut particulars = Map::from_iter([("source".to_owned(), json!(source.id))]);
    if let Value::Object(detail) = detail {
        particulars.extend(detail);
    }
    Event { kind: kind.to_owned(), at: visit.at, message, detail: particulars }
}

fn log(visit: &Visit, failed: bool, state: &SourceState) {
    let Admitted { new, revised, known, alerts, .. } = &visit.admitted;
    match &visit.error {
        // The first failure is worth a warning; while it lasts, the source's state says it.
        Some(error) if failed && state.failures == 0 => tracing::warn!(error, "the source cannot be read"),
        Some(error) => tracing::debug!(error, visit.failures = state.failures + 1, "the source still cannot be read"),
        None if state.failures > 0 => tracing::info!(items.new = new, "the source is read again"),
        None if new + revised > 0 => {
            tracing::info!(items.new = new, items.revised = revised, items.known = known, alerts, "items are stored");
        }
        None => tracing::debug!(items.known = known, "nothing new"),
    }
    if let Some(degraded) = visit.degraded.as_ref().filter(|degraded| state.degraded.as_ref() != Some(degraded)) {
        tracing::warn!(degraded, "the document is not whole");
    }
}
