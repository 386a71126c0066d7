//! Examines the store for the log, the watchdog and health, as long as the daemon runs.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::server::health::Degraded;
use crate::store::{Store, StoreCondition, StoreError};
use crate::systemd::Beat;

/// The pause between two examinations.
const PAUSE: Duration = Duration::from_secs(4);

/// A write that takes longer is worth a word (chosen by hand, twice the busy timeout).
const SLOW: Duration = Duration::from_secs(10);

/// The pages of a damaged database are read again at every so manieth examination: about once a minute. Chosen by hand.
const PAGES_EVERY: u32 = 15;

/// How long they are read at most; chosen by hand, as for `marsad doctor --quick`.
const PAGES_WITHIN: Duration = Duration::from_secs(10);

/// Examines the store now and then, and ticks as long as a restart would not mend it. While the store takes nothing for
/// no known reason, `beat` stands still; systemd then starts marsad anew, which is what frees a store that hangs.
pub async fn prove(store: Store, degraded: Degraded, beat: Beat, clock: Clock, stop: CancellationToken) {
    let mut reported = None;
    for round in 1_u32.. {
        if stop.is_cancelled() {
            return;
        }
        if round.is_multiple_of(PAGES_EVERY) {
            let watch = clock.stopwatch();
            store.look_for_damage_again(move || watch.elapsed() < PAGES_WITHIN).await;
        }
        let condition = examined(&store, &degraded).await;
        if !condition.is_mended_by_restart() {
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

/// Says once in the log what has become of the store.
fn report(store: &Store, condition: &StoreCondition, is_first: bool) {
    let path = store.path().display();
    let Some(error) = condition.error() else {
        if !is_first {
            tracing::info!(path = %path, "the store is sound and takes writes again");
        }
        return;
    };
    let remedy = error.remedy().unwrap_or("see `marsad doctor`");
    let message = match condition {
        StoreCondition::Missing(_) => {
            "the store is missing: no source is asked, and deliveries leave from the open file"
        }
        // It ends the daemon, which reports it there.
        StoreCondition::Replaced(_) => return,
        StoreCondition::Damaged(_) => "the store is damaged: no source is asked until it is sound",
        StoreCondition::Failing(_) => "the store cannot take what a visit brought; it is asked for again",
        _ => "the store takes no writes; nothing counts as seen until it does",
    };
    tracing::error!(%error, path = %path, remedy, "{message}");
}

/// One examination. Where another process holds the lock it waits, and says so.
async fn examined(store: &Store, degraded: &Degraded) -> StoreCondition {
    let mut examined = std::pin::pin!(store.examine());
    match tokio::time::timeout(SLOW, &mut examined).await {
        Ok(condition) => condition,
        Err(_) => {
            let text = format!("has not finished a write within {} s: does another process lock it?", SLOW.as_secs());
            degraded.set("store", text);
            examined.await
        }
    }
}

/// Returns once another file has the store's place.
pub async fn replaced(store: &Store) -> StoreError {
    let mut condition = store.condition();
    let known = condition.wait_for(|condition| matches!(condition, StoreCondition::Replaced(_))).await;
    match known.ok().and_then(|condition| condition.error().cloned()) {
        Some(error) => {
            let path = store.path().display();
            tracing::error!(%error, path = %path, "the store is replaced: marsad ends, so that a start opens the new file");
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
