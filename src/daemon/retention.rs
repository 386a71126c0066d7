//! Deletes expired rows in regular rounds.

use std::time::Duration;

use jiff::SignedDuration;
use tokio_util::sync::CancellationToken;

use super::channel_report;
use crate::clock::Clock;
use crate::clock::jump::{ClockJump, JumpDetector};
use crate::config::RunningConfig;
use crate::store::{PruneReport, Store};

/// The pause between two rounds. Chosen by hand.
const ROUND: Duration = Duration::from_secs(6 * 3600);

/// The pause after a failure. Chosen by hand: short, because deleting may free disk space.
const AFTER_FAILURE: Duration = Duration::from_secs(300);

/// The pause between two steps of a round, so that visits and deliveries go first. Chosen by hand.
const STEP: Duration = Duration::from_millis(200);

/// How often a round returns 1 MiB of free space to the file system. Chosen by hand.
const SHRINK_STEPS: u32 = 256;

/// A clock that jumps forward by this much may be wrong. Chosen by hand: longer than a night, much shorter than any
/// retention period.
const SUSPECT_JUMP: SignedDuration = SignedDuration::from_hours(24);

/// After a stop longer than this, the clock may be wrong. Chosen by hand.
const SUSPECT_STOP: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Deletes what has expired by `[retention]`, and ends what channels have held for too long, until `stop`. After a clock jump nothing is deleted for one round,
/// because rows that a wrong clock deletes cannot be restored.
pub async fn run(config: RunningConfig, store: Store, clock: Clock, stop: CancellationToken) {
    let mut jumps = JumpDetector::new(&clock);
    let last = store.last_visit().await.ok().flatten();
    let mut suspect = last.is_some_and(|last| clock.now().duration_since(last) > SUSPECT_STOP);
    while !stop.is_cancelled() {
        suspect |= matches!(jumps.look(), Some(ClockJump::Forward(by)) if by >= SUSPECT_JUMP);
        if std::mem::take(&mut suspect) {
            tracing::warn!("the clock moved forward by a day or more: nothing is deleted for 6 h");
            tokio::time::timeout(ROUND, stop.cancelled()).await.ok();
            continue;
        }
        if let Err(error) = channel_report::expire(&config.load(), &store, clock.now()).await {
            tracing::error!(%error, "cannot end the deliveries that were held for too long");
        }
        let retention = config.load().retention.clone();
        let pause = match store.prune(retention.text, retention.deliveries, clock.now()).await {
            Ok(pruned) if pruned == PruneReport::default() => {
                shrink(&store, &stop).await;
                ROUND
            }
            Ok(PruneReport { deliveries: 0, alerts: 0, texts: 0, items: 0, .. }) => STEP,
            Ok(PruneReport { deliveries, texts, items, .. }) => {
                tracing::info!(deliveries, texts, items, "expired deliveries, texts and items deleted");
                STEP
            }
            Err(error) => {
                tracing::error!(%error, "cannot delete expired rows; the store grows until it can");
                AFTER_FAILURE
            }
        };
        tokio::time::timeout(pause, stop.cancelled()).await.ok();
    }
}

/// Returns free space to the file system after a round, in small steps.
async fn shrink(store: &Store, stop: &CancellationToken) {
    for _ in 0..SHRINK_STEPS {
        match store.shrink().await {
            Ok(true) if tokio::time::timeout(STEP, stop.cancelled()).await.is_err() => {}
            Ok(_) => return,
            Err(error) => {
                tracing::warn!(%error, "cannot return free space to the file system; the next round tries again");
                return;
            }
        }
    }
}
