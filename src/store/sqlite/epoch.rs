//! Records the epoch of the state folder in a file that outlives the database.
//!
//! A deleted or emptied database looks like a first start. The epoch file, or the last applied configuration, proves
//! that it is not.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sqlx::SqliteConnection;

use crate::config::LAST_GOOD;
use crate::store::StoreError;

/// The epoch file in the state folder; it holds the epoch as a number.
const EPOCH_FILE: &str = "marsad.epoch";

pub(super) const EPOCH_RISES: &str = "
    insert into meta (key, value) values ('epoch', ?1)
    on conflict (key) do update set value = excluded.value";

/// What the state folder records about a database that it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EpochRecord {
    /// It had none: this is a first start.
    FirstStart,
    /// It had one, whose epoch is unknown.
    Unknown,
    /// It had one with this epoch.
    Epoch(u64),
}

impl EpochRecord {
    /// Reads the record. An epoch file without a number still proves that there was a database.
    pub fn of(state_dir: &Path) -> Self {
        match fs::read_to_string(state_dir.join(EPOCH_FILE)) {
            Ok(text) => text.trim().parse().map_or(Self::Unknown, Self::Epoch),
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Self::Unknown,
            Err(_) if state_dir.join(LAST_GOOD).exists() => Self::Unknown,
            Err(_) => Self::FirstStart,
        }
    }

    /// The epoch for a database that stores the epoch `stored`; `is_new` if it was just created.
    fn epoch(self, stored: u64, is_new: bool) -> u64 {
        match self {
            Self::FirstStart => stored,
            Self::Unknown => stored + u64::from(is_new),
            // A restored older database continues from an earlier sequence number: receivers must see that.
            Self::Epoch(recorded) if is_new || stored < recorded => stored.max(recorded) + 1,
            Self::Epoch(_) => stored,
        }
    }
}

/// Makes the database and the epoch file agree on the epoch.
///
/// # Errors
/// If either cannot be written.
pub(super) async fn reconcile(
    state_dir: &Path,
    past: EpochRecord,
    is_new: bool,
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    let stored = stored(connection).await?;
    let epoch = past.epoch(stored, is_new);
    if epoch != stored {
        tracing::warn!(epoch, "the store begins a new epoch: sequence numbers of deliveries restart");
        sqlx::query(EPOCH_RISES).bind(epoch.to_string()).execute(connection).await?;
    }
    if past == EpochRecord::Epoch(epoch) {
        return Ok(());
    }
    let path = state_dir.join(EPOCH_FILE);
    write(state_dir, &path, epoch).map_err(|source| StoreError::folder(&path, source))
}

/// The epoch that a database stores.
///
/// # Errors
/// If it cannot be read.
pub(super) async fn stored(connection: &mut SqliteConnection) -> Result<u64, StoreError> {
    let stored: i64 = sqlx::query_scalar(super::event::EPOCH).fetch_one(connection).await?;
    Ok(stored.unsigned_abs())
}

/// Raises the recorded epoch above that of every earlier database: the current file replaced an open database, and may
/// continue from an earlier sequence number.
///
/// # Errors
/// If the epoch file cannot be written.
pub(super) fn raise_recorded(state_dir: &Path) -> std::io::Result<()> {
    match EpochRecord::of(state_dir) {
        EpochRecord::Epoch(recorded) => write(state_dir, &state_dir.join(EPOCH_FILE), recorded + 1),
        EpochRecord::FirstStart | EpochRecord::Unknown => Ok(()),
    }
}

fn write(state_dir: &Path, path: &PathBuf, epoch: u64) -> std::io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".marsad-epoch").tempfile_in(state_dir)?;
    writeln!(file, "{epoch}")?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The rename is durable only after its folder is synced.
    fs::File::open(state_dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epoch_rises_if_a_database_is_new_or_an_older_one_is_restored() {
        assert_eq!(EpochRecord::FirstStart.epoch(1, true), 1);
        assert_eq!(EpochRecord::Unknown.epoch(1, false), 1);
        assert_eq!(EpochRecord::Unknown.epoch(1, true), 2);
        assert_eq!(EpochRecord::Epoch(4).epoch(4, false), 4);
        assert_eq!(EpochRecord::Epoch(4).epoch(1, true), 5);
        assert_eq!(EpochRecord::Epoch(4).epoch(3, false), 5);
        assert_eq!(EpochRecord::Epoch(4).epoch(6, false), 6);
    }
}
