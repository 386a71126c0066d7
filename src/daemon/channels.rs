//! Says in `/healthz` which channels fail.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::server::health::Degraded;
use crate::store::Store;

/// The pause between two looks (chosen by hand: a look reads every delivery that is owed).
const PAUSE: Duration = Duration::from_secs(20);

/// Looks at the outbox now and then, until `stop`.
pub async fn watch(config: Arc<ArcSwap<Config>>, store: Store, degraded: Degraded, stop: CancellationToken) {
    while !stop.is_cancelled() {
        // A store that cannot be read is reported by the proof of its writes.
        if let Ok(failing) = store.failing_channels().await {
            let config = config.load();
            let configured = config.channels.len();
            let named: Vec<&str> = failing.iter().map(|failing| failing.channel.as_str()).collect();
            let named: Vec<&str> = named.into_iter().filter(|id| config.channel(id).is_some()).collect();
            if named.is_empty() {
                degraded.clear("channels");
            } else {
                degraded.set("channels", format!("{} of {configured} fail: {}", named.len(), named.join(", ")));
            }
        }
        tokio::time::timeout(PAUSE, stop.cancelled()).await.ok();
    }
}
