//! Examines the store periodically, for the log, the watchdog and health.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::server::health::Degraded;
use crate::store::{Store, StoreCondition, StoreError};
use crate::systemd::Beat;

/// The pause between two examinations. Chosen by hand.
const PAUSE: Duration = Duration::from_secs(4);

/// A write that takes longer is reported. Chosen by hand: twice the busy timeout.
const SLOW: Duration = Duration::from_secs(10);

/// After how many examinations the pages of a damaged database are read again. Chosen by hand: about once a minute.
const PAGES_EVERY: u32 = 15;

/// The longest time for reading the pages. Chosen by hand, as for `marsad doctor --quick`.
const PAGES_TIMEOUT: Duration = Duration::from_secs(10);

/// Examines the store until `stop`, and ticks `beat` unless a restart may help. If the store rejects writes for an
/// unknown reason, `beat` stalls and systemd restarts marsad, which can free a hanging store.
pub async fn run(store: Store, degraded: Degraded, beat: Beat, clock: Clock, stop: CancellationToken) {
    let mut reported = None;
    for round in 1_u32.. {
        if stop.is_cancelled() {
            return;
        }
        if round.is_multiple_of(PAGES_EVERY) {
            let watch = clock.stopwatch();
            store.recheck_damage(move || watch.elapsed() < PAGES_TIMEOUT).await;
        }
        let condition = examined(&store, &degraded).await;
        if !condition.may_recover_by_restart() {
            beat.tick();
        }
        match condition.summary() {
            Some(summary) => degraded.set("store", summary),
            None => drop(degraded.clear("store")),
        }
        if reported.replace(condition.kind()).is_none_or(|kind| kind != condition.kind()) {
            report(&store, &condition, round == 1);
        }
        tokio::time::timeout(PAUSE, stop.cancelled()).await.ok();
    }
}

/// Logs a change of the store's condition.
fn report(store: &Store, condition: &StoreCondition, is_first: bool) {
    let path = store.path().display();
    let Some(error) = condition.error() else {
        if !is_first {
            tracing::info!(path = %path, "the store is sound and accepts writes again");
        }
        return;
    };
    let remedy = error.remedy().unwrap_or("see `marsad doctor`");
    let message = match condition {
        StoreCondition::Missing(_) => {
            "the store is missing: no source is visited; deliveries continue from the open file"
        }
        // This stops the daemon, which reports it.
        StoreCondition::Replaced(_) => return,
        StoreCondition::Damaged(_) => "the store is damaged: no source is visited until it is sound",
        StoreCondition::Failing(_) => "cannot store the items of a visit; the visit is repeated",
        _ => "the store rejects writes; no item counts as seen until it accepts them",
    };
    tracing::error!(%error, path = %path, remedy, "{message}");
}

/// One examination. If another process holds the lock, it waits and reports that.
async fn examined(store: &Store, degraded: &Degraded) -> StoreCondition {
    let mut examined = std::pin::pin!(store.examine());
    match tokio::time::timeout(SLOW, &mut examined).await {
        Ok(condition) => condition,
        Err(_) => {
            let text =
                format!("has not finished a write within {} s: another process may have locked it", SLOW.as_secs());
            degraded.set("store", text);
            examined.await
        }
    }
}

/// Returns when another file has replaced the store.
pub async fn replaced(store: &Store) -> StoreError {
    let mut condition = store.condition();
    let known = condition.wait_for(|condition| matches!(condition, StoreCondition::Replaced(_))).await;
    match known.ok().and_then(|condition| condition.error().cloned()) {
        Some(error) => {
            let path = store.path().display();
            tracing::error!(%error, path = %path, "the store was replaced: marsad stops, so that a restart opens the new file");
            error
        }
        // The store is closed: the daemon ends anyway.
        None => std::future::pending().await,
    }
}

/// What is wrong with the store, and what to do about it.
pub(super) fn with_remedy(error: &StoreError) -> String {
    match error.remedy() {
        Some(remedy) => format!("{error}; {remedy}"),
        None => error.to_string(),
    }
}
