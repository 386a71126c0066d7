//! Holds the alerts of a redesign until an operator accepts or discards them, or until six hours have passed.
//!
//! The items are stored at once, with the note that they wait, so that a crash loses nothing.

use std::sync::Arc;

use jiff::Timestamp;

use super::admit::admission;
use super::judge::wants_page;
use super::matching::evaluate;
use super::notice::EndedVisit;
use super::probe::probe;
use super::{Judged, Pipeline, source_event};
use crate::config::Config;
use crate::dedupe::Verdict;
use crate::health::redesign::{HELD_FOR, is_redesign, looks_old};
use crate::source::{Source, SourceId};
use crate::store::{Admission, Admitted, Candidate, HeldItem, NoticeUpdate, SourceState, StoreError};

/// How many items one transaction accepts. Chosen by hand, so that visits are not delayed.
const BATCH: usize = 50;

/// Holds the new items that would alert or wait for their page, if the document shows a redesign.
pub(super) fn hold_redesign(judged: &mut Judged, state: &SourceState) {
    let Some(last_read) = state.last_success_at.filter(|_| state.activated_at.is_some() && state.items > 0) else {
        return;
    };
    let is_new = |candidate: &Candidate| candidate.verdict == Verdict::New && candidate.may_alert;
    let age = |candidate: &Candidate| looks_old(&candidate.probe.item, !candidate.ruled_out.is_empty(), last_read);
    let new: Vec<bool> = judged.candidates.iter().filter(|c| is_new(c)).map(age).collect();
    if !is_redesign(judged.candidates.len(), &new) {
        return;
    }
    for candidate in judged.candidates.iter_mut().filter(|c| is_new(c)) {
        if candidate.waits_for_page || !candidate.hits.is_empty() {
            candidate.held = true;
            candidate.may_alert = false;
            candidate.waits_for_page = false;
        }
    }
}

impl Pipeline {
    /// Raises the event about a flood that is not reported yet.
    pub(super) async fn raise_flood(&self, ended: &EndedVisit<'_>) -> Result<(), StoreError> {
        let EndedVisit { source, setup, state, visit, .. } = *ended;
        if state.held + u64::try_from(visit.admitted.held).unwrap_or(u64::MAX) == 0 {
            return Ok(());
        }
        let Some(flood) = self.store.flood(&source.id).await?.filter(|flood| !flood.noticed) else { return Ok(()) };
        let event = source_event::flood(source, visit, &flood);
        self.raise_noticed(&setup.config, event, NoticeUpdate::Flood(source.id.clone())).await
    }

    /// Accepts every flood that has waited long enough, unless its source is not configured.
    ///
    /// # Errors
    /// If the store cannot be read or written; then the rest waits on.
    pub async fn accept_overdue_floods(&self, config: &Config) -> Result<Admitted, StoreError> {
        let (mut sum, now) = (Admitted::default(), self.clock.now());
        for (id, since) in self.store.floods().await? {
            let is_over = is_over(since, now);
            if let Some(source) = config.source(id.as_str()).filter(|_| is_over) {
                let accepted = self.accept_flood(source, config).await?;
                tracing::info!(source.id = %id, alerts = accepted.alerts, "accepted a flood that nobody decided about");
                sum += accepted;
            }
        }
        Ok(sum)
    }

    /// Makes the alerts of a source's items that wait; they leave as one digest for each channel.
    ///
    /// # Errors
    /// If the store cannot be read or written; then the rest waits on.
    pub async fn accept_flood(&self, source: &Arc<Source>, config: &Config) -> Result<Admitted, StoreError> {
        let state = self.store.source_state(&source.id).await?.unwrap_or_default();
        let (mut sum, began) = (Admitted::default(), self.clock.now());
        loop {
            let held = self.store.held_items(&source.id, BATCH).await?;
            if held.is_empty() {
                self.store.discard_flood(&source.id).await?;
                return Ok(sum);
            }
            let numbers: Vec<i64> = held.iter().map(|held| held.number).collect();
            let candidates = self.match_held(source, config, &state, held).await?;
            let times = (self.clock.now(), began);
            let admission = Admission { is_flood: true, ..admission(source, config, candidates, times, None) };
            let admitted = self.store.accept_held(admission, numbers).await?;
            self.count_alerts(&admitted);
            sum += admitted;
        }
    }

    async fn match_held(
        &self,
        source: &Arc<Source>,
        config: &Config,
        state: &SourceState,
        held: Vec<HeldItem>,
    ) -> Result<Vec<Candidate>, StoreError> {
        let (watches, by, identity) = (Arc::clone(&config.watches), Arc::clone(source), state.identity());
        let matched = tokio::task::spawn_blocking(move || {
            let candidate = |held: HeldItem| {
                let item = held.item?;
                let hits = evaluate(&watches, &by, &item);
                let waits_for_page = wants_page(&by, &item, &identity);
                let probe = probe(item, &by, &identity);
                Some(Candidate { hits, waits_for_page, ..Candidate::new(probe, Verdict::Known(held.number), true) })
            };
            held.into_iter().filter_map(candidate).collect()
        });
        matched.await.map_err(|panic| StoreError::Panicked(panic.to_string()))
    }

    /// Marks a source's items that wait as seen, without alerts. Returns their number.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn discard_flood(&self, source: &SourceId) -> Result<u64, StoreError> {
        self.store.discard_flood(source).await
    }
}

/// True if the alerts of a flood have waited long enough for an operator. A flood in the future was recorded before the
/// clock was set back; it does not wait longer.
fn is_over(since: Timestamp, now: Timestamp) -> bool {
    since > now || now.duration_since(since) >= HELD_FOR
}
