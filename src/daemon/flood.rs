//! Accepts floods that nobody has decided about in time.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;

use crate::pipeline::{Pipeline, PipelineSetup};

/// The pause between two checks. Chosen by hand.
const PAUSE: Duration = Duration::from_secs(60);

/// Accepts overdue floods until `stop`.
pub(crate) async fn run(pipeline: Pipeline, setup: Arc<ArcSwap<PipelineSetup>>, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let config = Arc::clone(&setup.load().config);
        if let Err(error) = pipeline.accept_overdue_floods(&config).await {
            tracing::error!(%error, "cannot accept a flood yet; its alerts wait");
        }
        // A configuration that was replaced meanwhile is freed.
        drop(config);
        tokio::time::timeout(PAUSE, stop.cancelled()).await.ok();
    }
}
