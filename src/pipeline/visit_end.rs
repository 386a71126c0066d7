//! Ends a visit: raises events about the source, then saves its validators and next visit.

use std::sync::Arc;

use jiff::Timestamp;

use super::layout_check::LayoutCheck;
use super::next_visit::planned;
use super::notice::EndedVisit;
use super::reading_fingerprint::reading_fingerprint;
use super::source_reader::{ReadFailure, SourceAnswer};
use super::{Pipeline, PipelineSetup, Visit, VisitResult, source_event};
use crate::alert::{HealthEvent, HealthEventKind};
use crate::config::Config;
use crate::health::{self, Health, VisitFacts};
use crate::parse::Parsed;
use crate::source::{Source, Validators};
use crate::store::{Admitted, SourceState, StoreError, VisitEnd, VisitEvents};

impl Pipeline {
    pub(super) async fn end(
        &self,
        source: &Arc<Source>,
        setup: &PipelineSetup,
        state: &SourceState,
        read: &SourceAnswer,
        (result, layout): (VisitResult, LayoutCheck),
        at: Timestamp,
    ) -> Result<Visit, StoreError> {
        let parsed = read.document.as_ref().ok().and_then(|reading| Some(&reading.as_ref()?.parsed));
        let failure = read.document.as_ref().err();
        let silent = failure.is_none() && self.is_silent(source, state, &result.admitted, at).await?;
        let facts = VisitFacts { silent, ..facts(state, failure, parsed, (&result.admitted, &layout), at) };
        let after = health::judge(state.state, facts, at);
        let (next, rhythm) = planned(source, (state, parsed), &facts, (read, &result.admitted), self.clock.now());
        let visit = Visit {
            at,
            format: parsed.map(|parsed| parsed.format),
            reader: parsed.and_then(|parsed| parsed.reader),
            found: parsed.map_or(0, |parsed| parsed.items.len()),
            degraded: parsed.and_then(|parsed| degraded(parsed, result.admitted.set_aside)),
            admitted: result.admitted,
            error: failure.map(|failure| failure.message.clone()),
            unread: parsed.map_or(0, |parsed| parsed.left_out),
            next: next.at,
        };
        let ended = EndedVisit { source, setup, state, visit: &visit, layout: &layout, after, facts };
        let events = self.changes(&ended, parsed).await?;
        let end = VisitEnd {
            source: source.id.clone(),
            at,
            next,
            rhythm,
            state: after,
            validators: validators(source, read, &visit, &layout),
            error: visit.error.clone(),
            degraded: visit.degraded.clone().or_else(|| parsed.is_none().then(|| state.degraded.clone())?),
            ambiguous_keys: result.ambiguous.unwrap_or_else(|| state.ambiguous_keys.clone()),
            found: visit.found > 0 || parsed.is_some_and(|parsed| parsed.is_sound_and_empty(&source.kind)),
            layout_changed: layout.baseline != state.layout,
            layout: layout.baseline,
            volatile: result.volatile,
            baseline: result.baseline,
            whole: parsed.is_some(),
            sizes: parsed.map_or_else(|| state.sizes.clone(), |_| state.sizes.clone().with(visit.found)),
        };
        self.write_end(&setup.config, end, events).await?;
        log(&visit, failure.is_some(), state);
        Ok(visit)
    }

    /// Saves how a visit ended, with its events. If that cannot be stored, it is saved without the site's own values, and
    /// the next visit fetches unconditionally.
    async fn write_end(&self, config: &Config, end: VisitEnd, events: Vec<HealthEvent>) -> Result<(), StoreError> {
        let (channels, settings) = (config.health_channels(), config.render_settings());
        let all = (!events.is_empty()).then(|| VisitEvents { events: events.clone(), channels, settings });
        if self.write_with_retry(|| self.store.end_visit(end.clone(), all.clone())).await?.is_ok() {
            return Ok(());
        }
        for event in events {
            self.raise(config, event).await?;
        }
        let Err(error) = self.write_with_retry(|| self.store.end_visit(end.clone(), None)).await? else {
            return Ok(());
        };
        tracing::error!(%error, "cannot store the source's state after a visit; validators and layout are dropped");
        let message = end.error.as_ref().map(|_| "the error cannot be stored; see the log".to_owned());
        let bare = VisitEnd { error: message, layout: None, layout_changed: true, volatile: None, ..end };
        let degraded = Some("validators cannot be stored".to_owned());
        let bare = VisitEnd { validators: Some(Validators::default()), degraded, ..bare };
        self.store.end_visit(bare, None).await
    }

    /// The events about what changed. Notices that are due are raised before the source's row is written: after a crash
    /// one may repeat.
    async fn changes(&self, ended: &EndedVisit<'_>, parsed: Option<&Parsed>) -> Result<Vec<HealthEvent>, StoreError> {
        let EndedVisit { source, state, visit, layout, after, .. } = *ended;
        let mut events = Vec::new();
        let empty = parsed.is_some_and(|parsed| parsed.is_sound_and_empty(&source.kind));
        if state.activated_at.is_none() && (visit.found > 0 || empty) {
            events.push(source_event::activated(source, visit, parsed));
        }
        // Layout drift is reported once, and again only if it suppressed an item that matches a watch.
        let suppressed = layout.drift.as_ref().filter(|drift| !drift.suppressed.is_empty());
        let kind = self.raise_due_notice(ended).await?;
        self.raise_flood(ended).await?;
        if after == Health::Gap && state.state != Health::Gap {
            events.push(source_event::changed(source, HealthEventKind::SourceGap, state, visit, layout));
        }
        if let Some(drift) = suppressed.filter(|_| kind != Some(HealthEventKind::SourceChanged)) {
            events.push(source_event::layout_changed(source, visit, drift));
        }
        events.extend(visit.admitted.tickers.iter().map(|item| source_event::ticker(source, visit, item)));
        events.iter().for_each(log_event);
        Ok(events)
    }
}

/// Writes an event about a source to the log.
pub(super) fn log_event(event: &HealthEvent) {
    match event.kind {
        HealthEventKind::SourceActivated | HealthEventKind::SourceRecovered => {
            tracing::info!(event.kind = event.kind.as_str(), "{}", event.message);
        }
        _ => tracing::warn!(event.kind = event.kind.as_str(), "{}", event.message),
    }
}

/// The facts for the source's health; `parsed` is none if no document was served.
fn facts(
    state: &SourceState,
    failure: Option<&ReadFailure>,
    parsed: Option<&Parsed>,
    (admitted, layout): (&Admitted, &LayoutCheck),
    at: Timestamp,
) -> VisitFacts {
    // A source that was empty at its first visit has no item yet.
    let activated = state.activated_at.is_some() && state.items > 0;
    let found = parsed.map(|parsed| parsed.items.len());
    let unread = parsed.is_some_and(|parsed| parsed.left_out > 0);
    VisitFacts {
        failures: if failure.is_some() { state.failures + 1 } else { 0 },
        // Not in the future: the clock may have been set back since.
        failing_since: failure.map(|_| state.failing_since.unwrap_or(at).min(at)),
        blocked: failure.is_some_and(|failure| failure.blocked),
        activated: activated || found > Some(0),
        found,
        usual: state.sizes.usual().map_or(state.items, u64::from),
        gap: unread
            || activated && found >= Some(health::OVERLAP) && admitted.known + admitted.revised + admitted.held == 0,
        places: layout.state,
        silent: false,
    }
}

/// The validators to save. Some documents leave no hash, because the same bytes must be read again: one that was repaired
/// or not read to its end, one without items (the next empty one counts for the source's health), and one whose layout
/// has drifted.
fn validators(source: &Source, read: &SourceAnswer, visit: &Visit, layout: &LayoutCheck) -> Option<Validators> {
    let validators = Validators { reading: Some(reading_fingerprint(source)), ..read.validators.clone()? };
    let complete = visit.degraded.is_none() && visit.found > 0 && layout.drift.is_none();
    let is_unchanged = visit.format.is_none();
    Some(Validators { body: validators.body.filter(|_| is_unchanged || complete), ..validators })
}

fn degraded(parsed: &Parsed, set_aside: usize) -> Option<String> {
    let items = if set_aside == 1 { "item" } else { "items" };
    let set_aside = (set_aside > 0).then(|| format!("{set_aside} {items} cannot be stored; see marsad status"));
    let left_out = (parsed.left_out > 0).then(|| {
        format!("{} new entries beyond max_items were not read; they are read at the next visits", parsed.left_out)
    });
    let degraded: Vec<String> = parsed.degraded.clone().into_iter().chain(left_out).chain(set_aside).collect();
    (!degraded.is_empty()).then(|| degraded.join("; "))
}

fn log(visit: &Visit, failed: bool, state: &SourceState) {
    let Admitted { new, revised, known, followed, alerts, copies, held, .. } = &visit.admitted;
    match &visit.error {
        // Only the first failure is a warning; the source's state shows the later ones.
        Some(error) if failed && state.failures == 0 => tracing::warn!(error, "cannot read the source"),
        Some(error) => tracing::debug!(error, visit.failures = state.failures + 1, "still cannot read the source"),
        None if state.failures > 0 => tracing::info!(items.new = new, "the source works again"),
        None if new + revised + followed > 0 => {
            let (revised, known, waiting) = (revised, known, followed);
            tracing::info!(
                items.new = new,
                items.revised = revised,
                items.known = known,
                items.waiting = waiting,
                items.held = held,
                alerts,
                copies,
                watches = visit.admitted.watches(),
                "items stored"
            );
        }
        None => tracing::debug!(items.known = known, "no new items"),
    }
    if let Some(degraded) = visit.degraded.as_ref().filter(|degraded| state.degraded.as_ref() != Some(degraded)) {
        tracing::warn!(degraded, "the source is degraded");
    }
}
