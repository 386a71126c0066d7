//! The methods that back up, restore, prune and shrink the store.

use std::path::Path;

use jiff::{SignedDuration, Timestamp};

use super::sqlite::{backup, restore, storage};
use super::{BackupFile, BackupSummary, ExistingFile, PruneReport, RestoreSummary, Result, StorageReport, Store};

// Every method returns a `StoreError` if the store cannot be read or written.
impl Store {
    /// Copies the store of the state folder to a file; a daemon may be using it. Fails if the file cannot be written,
    /// and then leaves nothing of it.
    pub(crate) async fn back_up(
        state_dir: &Path,
        target: &Path,
        existing: ExistingFile,
        at: Timestamp,
    ) -> Result<BackupSummary> {
        backup::back_up(state_dir, target, existing, at).await
    }

    /// Replaces the store of the state folder by a backup. All deliveries then wait, for this reason, until they are
    /// resumed. Fails if a daemon runs or the file is not a sound backup.
    pub(crate) async fn restore(
        state_dir: &Path,
        backup: BackupFile,
        reason: &str,
        at: Timestamp,
    ) -> Result<RestoreSummary> {
        restore::restore(state_dir, backup, reason, at).await
    }

    /// Rewrites the store of the state folder without free space. Returns its size before and after. Fails if a daemon
    /// runs.
    pub(crate) async fn compact(state_dir: &Path, at: Timestamp) -> Result<(u64, u64)> {
        storage::compact(state_dir, at).await
    }

    /// How much space the store uses, and what is recorded about it.
    pub(crate) async fn storage(&self) -> Result<StorageReport> {
        match self {
            Self::Sqlite(db) => db.storage().await,
        }
    }

    /// Returns some free space to the file system; false if there is not much left.
    pub(crate) async fn shrink(&self) -> Result<bool> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.shrink().await),
        }
    }

    /// Deletes a batch of expired rows; all counts are zero if nothing is left to delete.
    pub(crate) async fn prune(
        &self,
        texts: SignedDuration,
        deliveries: SignedDuration,
        now: Timestamp,
    ) -> Result<PruneReport> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.prune(texts, deliveries, now).await),
        }
    }
}
