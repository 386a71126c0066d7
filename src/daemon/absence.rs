//! Runs the look back of returned watches and channels.

use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;

use crate::pipeline::{Pipeline, PipelineSetup};
use crate::store::StoreError;

/// How often to check whether a visit still uses an older configuration. Chosen by hand.
const POLL: Duration = Duration::from_millis(200);

/// The pause after the store failed. Chosen by hand.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Looks back at once, and again when the last visit that uses an `older` configuration has ended, because it may store
/// further items.
pub(crate) async fn look_back(
    pipeline: Pipeline,
    setup: Arc<ArcSwap<PipelineSetup>>,
    older: Vec<Weak<PipelineSetup>>,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let last = in_use(&older) == 0;
        let pause = match once(&pipeline, &setup, last).await {
            Ok(true) => return,
            Ok(false) => POLL,
            Err(error) => {
                tracing::error!(%error, "cannot look back for a returned watch or channel yet");
                AFTER_FAILURE
            }
        };
        tokio::time::timeout(pause, stop.cancelled()).await.ok();
        while !last && in_use(&older) > 0 && !stop.is_cancelled() {
            tokio::time::timeout(POLL, stop.cancelled()).await.ok();
        }
    }
}

/// Looks back; true if no absence is left.
async fn once(pipeline: &Pipeline, setup: &ArcSwap<PipelineSetup>, last: bool) -> Result<bool, StoreError> {
    let absences = pipeline.store.returned().await?;
    if absences.is_empty() {
        return Ok(true);
    }
    let config = Arc::clone(&setup.load().config);
    pipeline.look_back(&config).await?;
    if last {
        pipeline.looked_back(&absences).await?;
    }
    Ok(last)
}

fn in_use(older: &[Weak<PipelineSetup>]) -> usize {
    older.iter().filter(|setup| setup.strong_count() > 0).count()
}
