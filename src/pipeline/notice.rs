//! Raises the notice about a source that is due after a visit, and one notice instead of many if half of the sources
//! fail at once.

use jiff::Timestamp;

use super::{LayoutCheck, Pipeline, PipelineSetup, Visit, source_event};
use crate::alert::{HealthEvent, HealthEventKind};
use crate::health::notice::{self, DueNotice};
use crate::health::outage::{self, Outage};
use crate::health::rhythm::may_be_silent;
use crate::health::{Health, VisitFacts};
use crate::source::{Source, SourceId};
use crate::store::{Admitted, NoticeUpdate, SourceState, StoreError};

/// A visit that has ended, for the notices about it.
#[derive(Clone, Copy)]
pub(super) struct EndedVisit<'a> {
    pub(super) source: &'a Source,
    pub(super) setup: &'a PipelineSetup,
    /// The state before the visit.
    pub(super) state: &'a SourceState,
    pub(super) visit: &'a Visit,
    pub(super) layout: &'a LayoutCheck,
    /// The state after the visit.
    pub(super) after: Health,
    /// The facts that the state follows from.
    pub(super) facts: VisitFacts,
}

/// The sources that fail, and how many could.
struct FailingSources {
    enabled: usize,
    failing: Vec<(SourceId, Timestamp)>,
}

impl FailingSources {
    fn times(&self) -> Vec<Timestamp> {
        self.failing.iter().map(|(_, since)| *since).collect()
    }
}

impl Pipeline {
    /// Whether a source that a visit has read is silent: only its own rhythm decides.
    pub(super) async fn is_silent(
        &self,
        source: &Source,
        state: &SourceState,
        admitted: &Admitted,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        if admitted.new + admitted.followed + admitted.set_aside > 0 || state.waiting > 0 {
            return Ok(false);
        }
        match self.store.last_arrival(&source.id).await? {
            Some(last) if may_be_silent(last, now) => {
                Ok(self.store.rhythm(&source.id).await?.is_some_and(|rhythm| rhythm.is_silent(now)))
            }
            _ => Ok(false),
        }
    }

    /// Raises the notice that is due after a visit; returns its kind if it is about this source.
    pub(super) async fn raise_due_notice(&self, ended: &EndedVisit<'_>) -> Result<Option<HealthEventKind>, StoreError> {
        let EndedVisit { source, setup, state, visit, after, .. } = *ended;
        if state.failures > 0 && ended.facts.failing_since.is_none() {
            self.end_outage(ended).await?;
        }
        let Some(due) = notice::due(state.noticed, after, visit.at) else { return Ok(None) };
        let event = self.due_event(ended, &due).await?;
        let update = NoticeUpdate::Source(source.id.clone(), due.notice);
        let fails = matches!(due.kind, HealthEventKind::SourceFailing | HealthEventKind::SourceBlocked);
        if fails
            && !due.is_repeat
            && let Some(begun) = ended.facts.failing_since
            && self.belongs_to_outage(ended, begun).await?
        {
            return Ok(None);
        }
        self.raise_noticed(&setup.config, event, update).await?;
        Ok(Some(due.kind))
    }

    async fn due_event(&self, ended: &EndedVisit<'_>, due: &DueNotice) -> Result<HealthEvent, StoreError> {
        let EndedVisit { source, state, visit, layout, .. } = *ended;
        let event = match due.kind {
            HealthEventKind::SourceSilent => {
                source_event::silent(source, visit, self.store.rhythm(&source.id).await?.as_ref())
            }
            HealthEventKind::SourceChanged if due.is_repeat && layout.drift.is_none() && visit.found > 0 => {
                source_event::still_changed(source, visit)
            }
            kind => source_event::changed(source, kind, state, visit, layout),
        };
        let since = state.noticed.filter(|_| due.is_repeat).map(|notice| notice.since);
        Ok(since.map_or(event.clone(), |since| source_event::repeated(event, since)))
    }

    /// Whether a source fails together with half of the others. Then one notice about the outage replaces its own.
    async fn belongs_to_outage(&self, ended: &EndedVisit<'_>, begun: Timestamp) -> Result<bool, StoreError> {
        let EndedVisit { source, setup, visit, .. } = *ended;
        let mut sources = self.failing_sources(setup, source).await?;
        sources.failing.push((source.id.clone(), begun));
        match self.store.outage().await? {
            Some(known) if known.lasts(&sources.times()) && known.covers(begun) => {
                if let Some(noticed_at) = notice::repeat(known.noticed_at, visit.at) {
                    let now = Outage { noticed_at, ..known };
                    let event =
                        source_event::repeated(source_event::outage(visit, &now, &sources.failing), known.since);
                    self.raise_noticed(&setup.config, event, NoticeUpdate::OutageRepeats(known, now)).await?;
                }
                return Ok(true);
            }
            Some(known) if !known.lasts(&sources.times()) => {
                let event = source_event::outage_over(visit, &known);
                self.raise_noticed(&setup.config, event, NoticeUpdate::OutageEnds(known)).await?;
            }
            _ => {}
        }
        let Some(outage) = outage::detect(begun, &sources.times(), sources.enabled, visit.at) else {
            return Ok(false);
        };
        let event = source_event::outage(visit, &outage, &sources.failing);
        // Another visit may have reported it at the same time.
        self.raise_noticed(&setup.config, event, NoticeUpdate::OutageBegins(outage)).await?;
        Ok(true)
    }

    /// Reports the end of an outage, when half of its sources work again.
    async fn end_outage(&self, ended: &EndedVisit<'_>) -> Result<(), StoreError> {
        let EndedVisit { source, setup, visit, .. } = *ended;
        if let Some(known) = self.store.outage().await?
            && !known.lasts(&self.failing_sources(setup, source).await?.times())
        {
            let event = source_event::outage_over(visit, &known);
            self.raise_noticed(&setup.config, event, NoticeUpdate::OutageEnds(known)).await?;
        }
        Ok(())
    }

    /// The enabled sources that fail, without the one whose visit has just ended.
    async fn failing_sources(&self, setup: &PipelineSetup, but: &Source) -> Result<FailingSources, StoreError> {
        let mut failing = self.store.failing_since().await?;
        let is_enabled = |id: &SourceId| setup.config.source(id.as_str()).is_some_and(|source| source.enabled);
        failing.retain(|(id, _)| *id != but.id && is_enabled(id));
        Ok(FailingSources { enabled: setup.config.sources.iter().filter(|source| source.enabled).count(), failing })
    }
}
