//! The mark beside the database that outlives it: the epoch of this state folder.
//!
//! A database that was deleted or emptied looks like a first start. The mark, or the configuration that was applied
//! last, knows better.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use sqlx::SqliteConnection;

use crate::config::LAST_GOOD;
use crate::store::StoreError;

/// The file in the state folder; it holds the epoch as a number.
const MARK: &str = "marsad.epoch";

pub(super) const EPOCH_RISES: &str = "
    insert into meta (key, value) values ('epoch', ?1)
    on conflict (key) do update set value = excluded.value";

/// What the state folder knows of a database that it has held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EpochRecord {
    /// Nothing: this is a first start.
    None,
    /// It has held one, whose epoch is not known.
    Some,
    /// It has held one of this epoch.
    Epoch(u64),
}

impl EpochRecord {
    /// What the state folder knows. A mark that holds no number still proves that there was a database.
    pub fn of(state_dir: &Path) -> Self {
        match fs::read_to_string(state_dir.join(MARK)) {
            Ok(text) => text.trim().parse().map_or(Self::Some, Self::Epoch),
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Self::Some,
            Err(_) if state_dir.join(LAST_GOOD).exists() => Self::Some,
            Err(_) => Self::None,
        }
    }

    /// The epoch of a database that says `stored`; `began` where it has just begun in the place of another.
    fn epoch(self, stored: u64, began: bool) -> u64 {
        match self {
            Self::None => stored,
            Self::Some => stored + u64::from(began),
            // An older database put back counts its deliveries from an earlier number: receivers must see that.
            Self::Epoch(marked) if began || stored < marked => stored.max(marked) + 1,
            Self::Epoch(_) => stored,
        }
    }
}

/// Makes database and mark agree on the epoch.
///
/// # Errors
/// When either cannot be written.
pub(super) async fn agree(
    state_dir: &Path,
    past: EpochRecord,
    began: bool,
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    let stored: i64 = sqlx::query_scalar(super::event::EPOCH).fetch_one(&mut *connection).await?;
    let stored = stored.unsigned_abs();
    let epoch = past.epoch(stored, began);
    if epoch != stored {
        tracing::warn!(epoch, "the store begins a new epoch: receivers see its deliveries counted anew");
        sqlx::query(EPOCH_RISES).bind(epoch.to_string()).execute(connection).await?;
    }
    if past == EpochRecord::Epoch(epoch) {
        return Ok(());
    }
    let path = state_dir.join(MARK);
    write(state_dir, &path, epoch).map_err(|source| StoreError::folder(&path, source))
}

/// Raises the mark above the epoch of every database that the folder has held: the one that stands there now was put
/// there while another was open, and may count its deliveries from an earlier number.
///
/// # Errors
/// When the mark cannot be written.
pub(super) fn raise_mark(state_dir: &Path) -> std::io::Result<()> {
    match EpochRecord::of(state_dir) {
        EpochRecord::Epoch(marked) => write(state_dir, &state_dir.join(MARK), marked + 1),
        EpochRecord::None | EpochRecord::Some => Ok(()),
    }
}

fn write(state_dir: &Path, path: &PathBuf, epoch: u64) -> std::io::Result<()> {
    let mut file = tempfile::Builder::new().prefix(".marsad-epoch").tempfile_in(state_dir)?;
    writeln!(file, "{epoch}")?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    // The name is durable only once its folder is.
    fs::File::open(state_dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epoch_rises_where_a_database_begins_anew_or_an_older_one_is_put_back() {
        assert_eq!(EpochRecord::None.epoch(1, true), 1);
        assert_eq!(EpochRecord::Some.epoch(1, false), 1);
        assert_eq!(EpochRecord::Some.epoch(1, true), 2);
        assert_eq!(EpochRecord::Epoch(4).epoch(4, false), 4);
        assert_eq!(EpochRecord::Epoch(4).epoch(1, true), 5);
        assert_eq!(EpochRecord::Epoch(4).epoch(3, false), 5);
        assert_eq!(EpochRecord::Epoch(4).epoch(6, false), 6);
    }
}
