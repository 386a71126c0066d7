//! From judged items to what is stored and owed.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Judged, Pipeline};
use crate::config::Config;
use crate::source::Source;
use crate::store::{Admission, Admitted, Candidate, Settle, StoreError};

impl Pipeline {
    /// Commits a visit's items together; where that fails for a reason of their own, each alone, so that one item
    /// that cannot be stored keeps no other from being told.
    pub(super) async fn admit(
        &self,
        source: &Arc<Source>,
        config: &Config,
        judged: Judged,
        at: Timestamp,
    ) -> Result<Admitted, StoreError> {
        if judged.candidates.is_empty() {
            return Ok(Admitted::default());
        }
        let whole = brought(source, config, judged.candidates.clone(), at);
        let admitted = match self.store.admit(whole).await {
            Err(error) if !error.is_transient() && judged.candidates.len() > 1 => {
                self.admit_singly(source, config, judged.candidates, at).await?
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
        at: Timestamp,
    ) -> Result<Admitted, StoreError> {
        let mut sum = Admitted::default();
        for candidate in candidates {
            let address = candidate.probe.item.address.clone();
            match self.store.admit(brought(source, config, vec![candidate], at)).await {
                Ok(admitted) => sum += admitted,
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => {
                    self.metrics.item("rejected");
                    let address = address.as_ref().map_or("", |address| address.as_str());
                    tracing::error!(%error, item.url = address, "an item cannot be stored and is left out");
                }
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
        for watch in &admitted.told {
            self.metrics.alert(watch);
        }
    }
}

/// What a visit brings.
fn brought(source: &Arc<Source>, config: &Config, candidates: Vec<Candidate>, at: Timestamp) -> Admission {
    admission(source, config, candidates, (at, at), None)
}

/// Items on their way into the store, `at` the instant of the admission and of their first sight.
pub(super) fn admission(
    source: &Arc<Source>,
    config: &Config,
    candidates: Vec<Candidate>,
    (at, seen_at): (Timestamp, Timestamp),
    settle: Option<Settle>,
) -> Admission {
    Admission {
        source: Arc::clone(source),
        at,
        seen_at,
        candidates,
        settle,
        watches: Arc::clone(&config.watches),
        channels: config.channels.clone(),
        settings: config.render_settings(),
    }
}
