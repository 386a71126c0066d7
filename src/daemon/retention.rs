//! Takes away what is no longer needed, now and then.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::Config;
use crate::store::{Pruned, Store};

/// The pause between two rounds.
const ROUND: Duration = Duration::from_secs(6 * 3600);

/// The pause between two steps of a round: visits and deliveries go first.
const STEP: Duration = Duration::from_millis(200);

/// Keeps the store to what `[retention]` says, until `stop`.
pub async fn keep(config: Arc<ArcSwap<Config>>, store: Store, clock: Clock, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let retention = config.load().retention.clone();
        let pause = match store.prune(retention.text, retention.deliveries, clock.now()).await {
            Ok(pruned) if pruned == Pruned::default() => ROUND,
            Ok(Pruned { deliveries, texts, items, .. }) => {
                tracing::info!(deliveries, texts, items, "what was kept long enough is taken away");
                STEP
            }
            Err(error) => {
                tracing::error!(%error, "nothing could be taken away; the store grows until it can");
                ROUND
            }
        };
        tokio::time::timeout(pause, stop.cancelled()).await.ok();
    }
}
