//! Proof that the store takes writes, for the watchdog and for `/readyz`.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::Store;
use crate::systemd::Beat;

/// The pause between two proofs.
const PAUSE: Duration = Duration::from_secs(4);

/// Writes one row now and then, and ticks when it is durable. While the store takes nothing, `beat` stands still;
/// systemd then starts marsad anew, which is what frees a store that hangs.
pub async fn prove(store: Store, beat: Beat, stop: CancellationToken) {
    let mut failed = false;
    while !stop.is_cancelled() {
        match store.ping().await {
            Ok(()) => {
                if failed {
                    tracing::info!("the store takes writes again");
                }
                failed = false;
                beat.tick();
            }
            Err(error) => {
                if !failed {
                    tracing::error!(%error, "the store takes no writes; nothing counts as seen until it does");
                }
                failed = true;
                // A full disk is no reason to be started anew: the daemon waits for room.
                if error.is_transient() {
                    beat.tick();
                }
            }
        }
        tokio::time::timeout(PAUSE, stop.cancelled()).await.ok();
    }
}
