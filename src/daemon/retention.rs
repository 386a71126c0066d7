//! Takes away what is no longer needed, now and then.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::clock::jump::{ClockJump, JumpDetector};
use crate::config::Config;
use crate::store::{PruneReport, Store};

/// The pause between two rounds.
const ROUND: Duration = Duration::from_secs(6 * 3600);

/// The pause after a failure: room may depend on what is taken away (chosen by hand).
const AFTER_FAILURE: Duration = Duration::from_secs(300);

/// The pause between two steps of a round: visits and deliveries go first.
const STEP: Duration = Duration::from_millis(200);

/// A clock that goes forward by this much at once may be wrong. Chosen by hand: longer than any night, much shorter
/// than anything is kept.
const DOUBTFUL: SignedDuration = SignedDuration::from_hours(24);

/// A daemon that was stopped for longer than this, by its clock, may have a wrong clock. Chosen by hand.
const STOPPED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Keeps the store to what `[retention]` says, until `stop`. After a jump of the clock nothing is taken away for one
/// round: what a wrong clock takes away does not come back when the clock is put right.
pub async fn keep(config: Arc<ArcSwap<Config>>, store: Store, clock: Clock, stop: CancellationToken) {
    let mut jumps = JumpDetector::new(&clock);
    let last = store.last_visit().await.ok().flatten();
    let mut doubtful = last.is_some_and(|last| clock.now().duration_since(last) > STOPPED);
    while !stop.is_cancelled() {
        doubtful |= matches!(jumps.look(), Some(ClockJump::Forward(by)) if by >= DOUBTFUL);
        if std::mem::take(&mut doubtful) {
            tracing::warn!("nothing is deleted for 6 h: the clock moved forward by a day or more");
            tokio::time::timeout(ROUND, stop.cancelled()).await.ok();
            continue;
        }
        let retention = config.load().retention.clone();
        let pause = match store.prune(retention.text, retention.deliveries, clock.now()).await {
            Ok(pruned) if pruned == PruneReport::default() => ROUND,
            Ok(PruneReport { deliveries, texts, items, .. }) => {
                tracing::info!(deliveries, texts, items, "expired deliveries, texts and items deleted");
                STEP
            }
            Err(error) => {
                tracing::error!(%error, "nothing could be taken away; the store grows until it can");
                AFTER_FAILURE
            }
        };
        tokio::time::timeout(pause, stop.cancelled()).await.ok();
    }
}
