//! Opens the store, and waits while the machine lacks a resource.

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

/// The pause between two tries. Chosen by hand: marsad continues within 10 s after disk space is freed.
const PAUSE: Duration = Duration::from_secs(5);

/// What to do if the store of the state folder is gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum MissingStore {
    /// Fail, because the store may have been deleted by mistake.
    #[default]
    Refuse,
    /// Create a new one, as requested.
    Begin,
}

/// Opens the store and saves the configured sources in it.
///
/// A full disk, a lack of file handles or a read-only file system may pass: marsad waits and reports it, also in
/// `degraded`, because a service manager gives up on a daemon that fails repeatedly.
///
/// # Errors
/// If waiting cannot help: the folder is not usable, or the store is locked, damaged, gone or newer.
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
            tracing::error!(path = %path, error = reason, "cannot open the store yet; marsad waits and tries again");
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
pub(crate) async fn open_once(config: &Config, clock: &Clock, if_gone: MissingStore) -> Result<Store, StoreError> {
    let store = match if_gone {
        MissingStore::Refuse => Store::open(&config.state_dir).await?,
        MissingStore::Begin => Store::open_or_create(&config.state_dir).await?,
    };
    let kept = sync_sources(&store, config, clock).await;
    if let Err(error) = kept {
        // Release the lock for the next try.
        store.close().await;
        return Err(error);
    }
    Ok(store)
}

/// Replaces the stored set of sources by those of this configuration.
///
/// # Errors
/// When the store cannot be written.
pub(crate) async fn sync_sources(store: &Store, config: &Config, clock: &Clock) -> Result<(), StoreError> {
    let now = clock.now();
    store.sync_sources(&first_visits(config, now), now).await
}

/// Replaces the stored sources, watches and channels by those of this configuration, in one transaction.
///
/// # Errors
/// When the store cannot be written; then it knows what it knew before.
pub(crate) async fn commit(pipeline: &Pipeline, config: &Config, clock: &Clock) -> Result<(), StoreError> {
    let now = clock.now();
    pipeline.commit_configuration(config, &first_visits(config, now), now).await
}

/// Every source with the time of its first visit.
fn first_visits(config: &Config, now: Timestamp) -> Vec<(Arc<Source>, Timestamp)> {
    config.sources.iter().map(|source| (Arc::clone(source), cadence::first_visit(source, now))).collect()
}
