//! Commits judged items with their alerts and deliveries.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Judged, Pipeline};
use crate::config::Config;
use crate::dedupe::Verdict;
use crate::source::Source;
use crate::store::{Admission, Admitted, Candidate, FollowSettlement, SourceState, StoreError};

impl Pipeline {
    /// Commits a visit's items together. If their content may be at fault, each is committed alone, so that one item
    /// that cannot be stored does not block the others.
    pub(super) async fn admit(
        &self,
        source: &Arc<Source>,
        config: &Config,
        state: &SourceState,
        judged: Judged,
        at: Timestamp,
    ) -> Result<Admitted, StoreError> {
        let mut admitted = Admitted { set_aside: judged.unmatched.len(), ..Admitted::default() };
        for (item, error) in &judged.unmatched {
            self.set_aside(source, config, item, error, at).await?;
        }
        if judged.candidates.is_empty() {
            return Ok(admitted);
        }
        let is_flood = self.is_flood(state, &judged.candidates, at).await?;
        let new = judged.candidates.iter().filter(|candidate| candidate.verdict == Verdict::New).count();
        let mut all = visit_admission(source, config, judged.candidates.clone(), (at, is_flood));
        // The items of a first visit say nothing about the usual number.
        all.new_items = state.activated_at.map(|_| new);
        admitted += match self.store.admit(all).await {
            Err(error) if error.is_content() => {
                self.admit_singly(source, config, judged.candidates, (at, is_flood)).await?
            }
            other => other?,
        };
        self.count(&admitted);
        Ok(admitted)
    }

    async fn admit_singly(
        &self,
        source: &Arc<Source>,
        config: &Config,
        candidates: Vec<Candidate>,
        (at, is_flood): (Timestamp, bool),
    ) -> Result<Admitted, StoreError> {
        let admission = |candidate: Candidate| visit_admission(source, config, vec![candidate], (at, is_flood));
        let (all, mut sum, mut suspects) = (candidates.len(), Admitted::default(), Vec::new());
        for candidate in candidates {
            match self.store.admit(admission(candidate.clone())).await {
                Ok(admitted) => sum += admitted,
                Err(error) if error.is_content() => suspects.push((candidate, error)),
                Err(error) => return Err(error),
            }
        }
        // If none of several items can be stored, their content is unlikely to be the cause.
        if all > 1 && suspects.len() == all {
            return Err(suspects.swap_remove(0).1);
        }
        for (candidate, _) in suspects {
            self.store.ping().await?;
            let item = candidate.probe.item.clone();
            match self.store.admit(admission(candidate)).await {
                Ok(admitted) => sum += admitted,
                Err(error) if error.is_content() => {
                    self.set_aside(source, config, &item, &error, at).await?;
                    sum.set_aside += 1;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(sum)
    }

    pub(super) fn count(&self, admitted: &Admitted) {
        for (outcome, count) in [("new", admitted.new), ("revised", admitted.revised), ("known", admitted.known)] {
            for _ in 0..count {
                self.metrics.item(outcome);
            }
        }
        self.count_alerts(admitted);
    }

    pub(super) fn count_alerts(&self, admitted: &Admitted) {
        for watch in &admitted.alerted {
            self.metrics.alert(watch);
        }
    }
}

/// The admission of a visit's items.
fn visit_admission(
    source: &Arc<Source>,
    config: &Config,
    candidates: Vec<Candidate>,
    (at, is_flood): (Timestamp, bool),
) -> Admission {
    Admission { is_flood, ..admission(source, config, candidates, (at, at), None) }
}

/// An admission at the instant `at`, of items that were first seen at `seen_at`.
pub(super) fn admission(
    source: &Arc<Source>,
    config: &Config,
    candidates: Vec<Candidate>,
    (at, seen_at): (Timestamp, Timestamp),
    settle: Option<FollowSettlement>,
) -> Admission {
    Admission {
        source: Arc::clone(source),
        at,
        seen_at,
        candidates,
        settle,
        new_items: None,
        is_flood: false,
        watches: Arc::clone(&config.watches),
        channels: config.channels.clone(),
        settings: config.render_settings(),
    }
}
