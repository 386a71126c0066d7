//! Makes digests when they are due.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::config::RunningConfig;
use crate::pipeline::Pipeline;
use crate::systemd::Beat;

/// The longest pause between two looks at what is due. Chosen by hand: a digest leaves within a second of its time.
const PAUSE: Duration = Duration::from_millis(700);

/// The pause while the store fails. Chosen by hand.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// Makes digests until `stop`; those that were missed while marsad did not run are made first. `beat` ticks while the
/// loop makes progress.
pub(super) async fn run(pipeline: Pipeline, config: RunningConfig, beat: Beat, stop: CancellationToken) {
    let mut newest = pipeline.store.newest_alert();
    let mut failing = false;
    while !stop.is_cancelled() {
        beat.tick();
        let pause = match pipeline.close_digests(&config.load()).await {
            Ok(made) => {
                failing = false;
                if made > 0 {
                    tracing::info!(deliveries = made, "gathered alerts are queued");
                }
                PAUSE
            }
            Err(error) => {
                if !std::mem::replace(&mut failing, true) {
                    tracing::error!(%error, "digests are waiting: the store fails");
                }
                AFTER_FAILURE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            Ok(()) = newest.changed(), if !failing => {}
            () = stop.cancelled() => {}
        }
    }
}
