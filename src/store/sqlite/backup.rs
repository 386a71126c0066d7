//! Backs up the database to a file while the daemon runs.

use std::fs;
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::Path;

use jiff::Timestamp;
use sqlx::{ConnectOptions, SqliteConnection};
use tempfile::NamedTempFile;

use super::{copy, open};
use crate::store::{BackupSummary, ExistingFile, StoreError};

pub(super) const MADE_AT: &str = "
    insert into meta (key, value) values ('backup_at', ?1)
    on conflict (key) do update set value = excluded.value";

/// What a backup holds: items, deliveries, and those that are not settled.
pub(super) const HOLDS: &str = "
    select (select count(*) from item), (select count(*) from delivery),
        (select count(*) from delivery where state in ('pending', 'inflight', 'held'))";

/// The alerts that wait for a digest. A database of an earlier version has no table for them.
pub(super) const GATHERED: &str = "select count(*) from digest_entry where delivery is null";

pub(super) const HAS_DIGESTS: &str =
    "select count(*) from sqlite_schema where type = 'table' and name = 'digest_entry'";

/// Copies the database of the state folder to `target`, and verifies the copy. The file appears under its name only
/// when it is complete and durable.
///
/// # Errors
/// If there is no database, it cannot be read, or the copy cannot be written; then no file is left.
pub(crate) async fn back_up(
    state_dir: &Path,
    target: &Path,
    existing: ExistingFile,
    at: Timestamp,
) -> Result<BackupSummary, StoreError> {
    let path = open::existing(state_dir)?;
    let refused = |why: String| StoreError::Backup { path: target.to_owned(), why };
    let daemon_runs = matches!(open::lock_shared(state_dir), Err(StoreError::Locked(_)));
    let mut source =
        copy::open_for_reading(&path, daemon_runs).await.map_err(|error| open::damaged_at(&path, error))?;
    let file = temporary(target).map_err(|error| refused(StoreError::with_remedy(&error)))?;
    let copied = copy::copy(&mut source, file.path()).await.map_err(|error| of_target(&path, error, &refused));
    copy::close(source).await;
    copied?;
    let mut summary = finish(file.path(), at).await.map_err(|error| of_target(target, error, &refused))?;
    publish(file, &path, target, existing).map_err(|error| refused(StoreError::with_remedy(&error)))?;
    summary.bytes = fs::metadata(target).map_or(0, |file| file.len());
    summary.recorded = record(&path, at).await.is_ok();
    Ok(summary)
}

/// An empty private file next to the target. It is deleted when it is dropped.
fn temporary(target: &Path) -> std::io::Result<NamedTempFile> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tempfile::Builder::new().prefix(".marsad-backup-").tempfile_in(folder)
}

/// The error of a failed copy: damage is that of the database, a full disk that of the target, which alone is written.
fn of_target(path: &Path, error: StoreError, refused: &impl Fn(String) -> StoreError) -> StoreError {
    match error {
        StoreError::Corrupt { .. } => error,
        error if error.is_corrupt() => open::damaged_at(path, error),
        error => refused(error.remedy().map_or_else(|| error.to_string(), str::to_owned)),
    }
}

/// Records in the copy when it was made, and verifies it.
async fn finish(copied: &Path, at: Timestamp) -> Result<BackupSummary, StoreError> {
    let mut connection = copy::options(copied).pragma("journal_mode", "memory").connect().await?;
    sqlx::query(MADE_AT).bind(at.as_microsecond().to_string()).execute(&mut connection).await?;
    let dangling = copy::verify(&mut connection, copied).await?;
    let held = holds(&mut connection).await?;
    copy::close(connection).await;
    Ok(BackupSummary { dangling, ..held })
}

/// Counts what a database holds.
///
/// # Errors
/// If it cannot be read.
pub(super) async fn holds(connection: &mut SqliteConnection) -> Result<BackupSummary, StoreError> {
    let (items, deliveries, waiting): (i64, i64, i64) = sqlx::query_as(HOLDS).fetch_one(&mut *connection).await?;
    let has_digests: i64 = sqlx::query_scalar(HAS_DIGESTS).fetch_one(&mut *connection).await?;
    let gathered: i64 = match has_digests {
        0 => 0,
        _ => sqlx::query_scalar(GATHERED).fetch_one(connection).await?,
    };
    let [items, deliveries, waiting, gathered] = [items, deliveries, waiting, gathered].map(i64::unsigned_abs);
    Ok(BackupSummary { items, deliveries, waiting, gathered, ..BackupSummary::default() })
}

/// Makes the copy durable under its final name. If root makes it, it belongs to the owner of the database.
fn publish(file: NamedTempFile, database: &Path, target: &Path, existing: ExistingFile) -> std::io::Result<()> {
    if rustix::process::geteuid().is_root() {
        let owner = fs::metadata(database)?;
        fchown(file.as_file(), Some(owner.uid()), Some(owner.gid()))?;
    }
    file.as_file().sync_all()?;
    match existing {
        ExistingFile::Keep => file.persist_noclobber(target).map_err(|error| error.error)?,
        ExistingFile::Replace => file.persist(target).map_err(|error| error.error)?,
    };
    copy::sync_folder_of(target)
}

/// Records in the database when it was backed up. On a full or read-only disk this fails, which does no harm.
async fn record(path: &Path, at: Timestamp) -> Result<(), StoreError> {
    let mut connection = copy::options(path).connect().await?;
    sqlx::query(MADE_AT).bind(at.as_microsecond().to_string()).execute(&mut connection).await?;
    copy::close(connection).await;
    Ok(())
}
