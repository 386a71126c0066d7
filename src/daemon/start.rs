//! Opens the store, and waits with it while the machine lacks what it needs.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::write_probe::with_remedy;
use crate::cadence;
use crate::clock::Clock;
use crate::config::Config;
use crate::pipeline::Pipeline;
use crate::server::health::Degraded;
use crate::source::Source;
use crate::store::{Store, StoreError};
use crate::systemd;

/// The pause between two tries (chosen by hand: room comes back within 10 s of being made).
const PAUSE: Duration = Duration::from_secs(5);

/// What happens where the state folder has held a store that is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingStore {
    /// It is an error: who deleted it may not know what it held.
    #[default]
    Refuse,
    /// A new one begins, as was asked for.
    Begin,
}

/// Opens the store and makes it know the configured sources.
///
/// A disk without room, a process without handles or a read-only file system may pass: marsad waits for that and
/// reports it, in `degraded` too, because a service manager gives a daemon up that ends again and again.
///
/// # Errors
/// What waiting does not mend: a folder that this user cannot use, a store that is locked, damaged, gone or newer.
pub async fn open(
    config: &Config,
    clock: &Clock,
    if_gone: MissingStore,
    degraded: &Degraded,
) -> Result<Store, StoreError> {
    let mut reported = String::new();
    loop {
        let error = match open_once(config, clock, if_gone).await {
            Err(error) if error.is_outage() && !error.is_locked() => error,
            other => return other,
        };
        let (path, reason) = (config.state_dir.display(), with_remedy(&error));
        if reported != reason {
            tracing::error!(path = %path, error = reason, "the store cannot be opened yet; marsad waits and tries again");
        }
        degraded.set("store", format!("cannot be opened yet: {reason}"));
        systemd::waiting(&format!("waiting for the store in {path}: {reason}"), PAUSE * 3);
        reported = reason;
        tokio::time::sleep(PAUSE).await;
    }
}

/// As `open`, without waiting.
///
/// # Errors
/// As for [`Store::open`], and when the store cannot be written.
pub async fn open_once(config: &Config, clock: &Clock, if_gone: MissingStore) -> Result<Store, StoreError> {
    let store = match if_gone {
        MissingStore::Refuse => Store::open(&config.state_dir).await?,
        MissingStore::Begin => Store::open_anew(&config.state_dir).await?,
    };
    let kept = keep_sources(&store, config, clock).await;
    if let Err(error) = kept {
        // The next try needs the lock that this one holds.
        store.close().await;
        return Err(error);
    }
    Ok(store)
}

/// Makes the store know exactly the sources of this configuration.
///
/// # Errors
/// When the store cannot be written.
pub async fn keep_sources(store: &Store, config: &Config, clock: &Clock) -> Result<(), StoreError> {
    let now = clock.now();
    store.keep_sources(&first_visits(config, now), now).await
}

/// Makes the store know exactly the sources, watches and channels of this configuration, in one transaction.
///
/// # Errors
/// When the store cannot be written; then it knows what it knew before.
pub async fn commit(pipeline: &Pipeline, config: &Config, clock: &Clock) -> Result<(), StoreError> {
    let now = clock.now();
    pipeline.commit_configuration(config, &first_visits(config, now), now).await
}

/// Every source with the time of its first visit.
fn first_visits(config: &Config, now: Timestamp) -> Vec<(Arc<Source>, Timestamp)> {
    config.sources.iter().map(|source| (Arc::clone(source), cadence::first_visit(source, now))).collect()
}
