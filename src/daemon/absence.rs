//! Lets watches and channels that have come back look back over what they missed.

use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;

use crate::pipeline::{Pipeline, PipelineSetup};
use crate::store::StoreError;

/// How often it is looked whether a visit still goes by an older configuration.
const LOOK: Duration = Duration::from_millis(200);

/// The pause after the store failed.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Looks back at once, and once more when the last visit has ended that goes by one of the `older` configurations: it
/// may store an item until then.
pub async fn look_back(
    pipeline: Pipeline,
    setup: Arc<ArcSwap<PipelineSetup>>,
    older: Vec<Weak<PipelineSetup>>,
    stop: CancellationToken,
) {
    while !stop.is_cancelled() {
        let last = in_use(&older) == 0;
        let pause = match once(&pipeline, &setup, last).await {
            Ok(true) => return,
            Ok(false) => LOOK,
            Err(error) => {
                tracing::error!(%error, "what a removed watch missed is not looked for yet");
                AFTER_FAILURE
            }
        };
        tokio::time::timeout(pause, stop.cancelled()).await.ok();
        while !last && in_use(&older) > 0 && !stop.is_cancelled() {
            tokio::time::timeout(LOOK, stop.cancelled()).await.ok();
        }
    }
}

/// Looks back; true when nothing is left to look back over.
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
