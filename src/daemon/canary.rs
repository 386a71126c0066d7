//! Runs the daily test of every channel.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;

use crate::pipeline::{Pipeline, PipelineSetup};

/// The pause between two checks. Chosen by hand.
const PAUSE: Duration = Duration::from_secs(20);

/// Makes and checks the daily tests until `stop`. A time that passed before the test was configured is not made up for.
pub(crate) async fn run(pipeline: Pipeline, setup: Arc<ArcSwap<PipelineSetup>>, stop: CancellationToken) {
    let (mut since, mut times) = (pipeline.clock.now(), None);
    while !stop.is_cancelled() {
        let config = Arc::clone(&setup.load().config);
        if times != config.health.canary {
            times.clone_from(&config.health.canary);
            since = pipeline.clock.now();
        }
        if let Err(error) = pipeline.step_canary(&config, since).await {
            tracing::error!(%error, "cannot make or check the daily test yet");
        }
        // A configuration that was replaced meanwhile is freed.
        drop(config);
        tokio::time::timeout(PAUSE, stop.cancelled()).await.ok();
    }
}
