//! Proof that the store takes writes, for the watchdog and for `/readyz`.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::server::health::Degraded;
use crate::store::{Store, StoreError};
use crate::systemd::Beat;

/// The pause between two proofs.
const PAUSE: Duration = Duration::from_secs(4);

/// A write that takes longer is worth a word (chosen by hand, twice the busy timeout).
const SLOW: Duration = Duration::from_secs(10);

/// Writes one row now and then, and ticks when it is durable. While the store takes nothing, `beat` stands still;
/// systemd then starts marsad anew, which is what frees a store that hangs.
pub async fn prove(store: Store, degraded: Degraded, beat: Beat, stop: CancellationToken) {
    let mut failed = false;
    while !stop.is_cancelled() {
        match proof(&store, &degraded).await {
            Ok(()) => {
                degraded.clear("store");
                if failed {
                    tracing::info!("the store takes writes again");
                }
                failed = false;
                beat.tick();
            }
            Err(error) => {
                degraded.set("store", format!("takes no writes: {}", with_remedy(&error)));
                if !failed {
                    let (path, remedy) = (store.path().display(), error.remedy().unwrap_or("see `marsad doctor`"));
                    tracing::error!(
                        %error,
                        path = %path,
                        remedy,
                        "the store takes no writes; nothing counts as seen until it does"
                    );
                }
                failed = true;
                // A full disk is no reason to be started anew: the daemon waits for room.
                if error.is_outage() {
                    beat.tick();
                }
            }
        }
        tokio::time::timeout(PAUSE, stop.cancelled()).await.ok();
    }
}

/// One write. Where another process holds the lock it waits, and says so.
async fn proof(store: &Store, degraded: &Degraded) -> Result<(), StoreError> {
    let mut ping = std::pin::pin!(store.ping());
    match tokio::time::timeout(SLOW, &mut ping).await {
        Ok(done) => done,
        Err(_) => {
            let text = format!("has not finished a write within {} s: does another process lock it?", SLOW.as_secs());
            degraded.set("store", text);
            ping.await
        }
    }
}

/// What is wrong with the store, and what to do about it.
pub(super) fn with_remedy(error: &StoreError) -> String {
    match error.remedy() {
        Some(remedy) => format!("{error}; {remedy}"),
        None => error.to_string(),
    }
}
