//! Makes the digests that are due, and judges whether a visit is a flood.

use jiff::Timestamp;

use super::Pipeline;
use crate::alert::digest::{DigestHealth, OUTAGE, VisitSize, usual};
use crate::channel::{Channel, SendSchedule};
use crate::config::Config;
use crate::dedupe::Verdict;
use crate::deliver::slot::{self, SlotStep};
use crate::health::Health;
use crate::store::{Candidate, DeliveryState, DigestClosing, SourceState, StoreError};

impl Pipeline {
    /// Makes every digest that is due, and plans the slots of channels whose schedule has changed. Returns the number
    /// of deliveries made.
    ///
    /// # Errors
    /// If the store cannot be read or written; what waits is kept.
    pub async fn close_digests(&self, config: &Config) -> Result<usize, StoreError> {
        let (states, mut made) = (self.store.digest_states().await?, 0);
        for channel in &config.channels {
            let state = states.get(&channel.id).cloned().unwrap_or_default();
            let now = self.clock.now();
            match slot::step(channel, state.plan.as_ref(), state.waiting, now) {
                SlotStep::Wait => {}
                SlotStep::Replan(plan, closes_at) => {
                    self.store.replan_digests(&channel.id, plan, closes_at, now).await?;
                }
                SlotStep::Close { slot, next } => {
                    let health = match slot {
                        Some(_) if tells_health(channel) => Some(self.digest_health(config).await?),
                        _ => None,
                    };
                    let (channel, settings) = (channel.clone(), config.render_settings());
                    let closing = DigestClosing { channel, slot, next, health, settings, at: now };
                    made += self.store.close_digests(closing).await?;
                }
            }
        }
        Ok(made)
    }

    async fn digest_health(&self, config: &Config) -> Result<DigestHealth, StoreError> {
        let states = self.store.source_conditions().await?;
        let counts = self.store.counts().await?;
        let waiting = [DeliveryState::Pending, DeliveryState::Inflight, DeliveryState::Held];
        let mut health = DigestHealth {
            pending: waiting.iter().filter_map(|state| counts.deliveries.get(state)).sum(),
            ..DigestHealth::default()
        };
        for source in config.sources.iter().filter(|source| source.enabled) {
            let state = states.iter().find(|state| state.id == source.id).map(|state| state.state).unwrap_or_default();
            health.sources += 1;
            match state {
                Health::New | Health::Healthy | Health::Gap => health.healthy += 1,
                other => health.unhealthy.push((source.id.clone(), other.as_str().to_owned())),
            }
        }
        Ok(health)
    }

    /// Whether the alerts of a visit at the instant `at` leave as one digest. A first visit is none: `first_visit`
    /// decides which of its items alert.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(super) async fn is_flood(
        &self,
        state: &SourceState,
        candidates: &[Candidate],
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        if state.activated_at.is_none() {
            return Ok(false);
        }
        let is_new = |candidate: &&Candidate| candidate.verdict == Verdict::New;
        let may_match =
            |candidate: &&Candidate| candidate.may_alert && (candidate.waits_for_page || !candidate.hits.is_empty());
        let size = VisitSize {
            entries: candidates.len(),
            new: candidates.iter().filter(is_new).count(),
            matched: candidates.iter().filter(is_new).filter(may_match).count(),
            usual: usual(&self.store.new_item_counts(&state.id).await?),
            after_outage: state.failures > 0
                || state.last_success_at.is_some_and(|last| at.duration_since(last) >= OUTAGE),
        };
        let flood = size.is_flood();
        if flood {
            let VisitSize { new, matched, usual, .. } = size;
            tracing::info!(new, matched, usual, "the visit brought far more items than usual: one digest per channel");
        }
        Ok(flood)
    }
}

/// Whether the digests of a channel report the state of sources and deliveries, and are sent without alerts too. Those
/// of a few minutes would say the same all day.
fn tells_health(channel: &Channel) -> bool {
    matches!(channel.send, SendSchedule::Daily(_) | SendSchedule::Weekly(..))
}
