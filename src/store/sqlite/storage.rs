//! Reports how much space the database uses, and gives free space back.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use sqlx::{ConnectOptions, SqliteConnection};

use super::{Database, copy, open, swap};
use crate::store::{StorageReport, StoreError};

/// Page size, pages, free pages, and whether free pages can be returned in small steps.
pub(super) const SPACE: &str = "
    select s.page_size, c.page_count, f.freelist_count, a.auto_vacuum
    from pragma_page_size s, pragma_page_count c, pragma_freelist_count f, pragma_auto_vacuum a";

pub(super) const BACKUP_AT: &str = "select value from meta where key = 'backup_at'";

/// Returns some free pages to the file system: 256, which is 1 MiB. Chosen by hand: some milliseconds of work.
pub(super) const RETURN_PAGES: &str = "pragma incremental_vacuum(256)";

/// Takes the lock of the database. With `locking_mode` `exclusive`, it is kept until the connection is closed.
pub(super) const LOCK: &str = "begin immediate";

pub(super) const KEEP_LOCK: &str = "commit";

/// One free page in so many pages stays in the file, for the next items. Chosen by hand.
const KEPT_SHARE: i64 = 10;

/// At least this many free pages stay in the file, which is 4 MiB. Chosen by hand.
const KEPT: i64 = 1_024;

impl Database {
    /// How much space the database uses, and what is recorded about it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) async fn storage(&self) -> Result<StorageReport, StoreError> {
        let (size, pages, free, vacuum): (i64, i64, i64, i64) = sqlx::query_as(SPACE).fetch_one(&self.reads).await?;
        let backup_at: Option<String> = sqlx::query_scalar(BACKUP_AT).fetch_optional(&self.reads).await?;
        let instant = |micros: String| Timestamp::from_microsecond(micros.parse().ok()?).ok();
        Ok(StorageReport {
            bytes: (size * pages).unsigned_abs(),
            free: (size * free).unsigned_abs(),
            log: fs::metadata(swap::beside(self.path(), "-wal")).map_or(0, |log| log.len()),
            shrinks: vacuum == 2,
            backup_at: backup_at.and_then(instant),
        })
    }

    /// Returns at most 1 MiB of free pages to the file system; false if there are not many free pages left, or the
    /// database cannot return them.
    ///
    /// # Errors
    /// If the database cannot be written.
    pub(crate) async fn shrink(&self) -> Result<bool, StoreError> {
        let (_, pages, free, vacuum): (i64, i64, i64, i64) = sqlx::query_as(SPACE).fetch_one(&self.reads).await?;
        if vacuum != 2 || free <= KEPT.max(pages / KEPT_SHARE) {
            return Ok(false);
        }
        self.write(|connection| {
            Box::pin(async move {
                // It returns pages as long as its rows are read.
                sqlx::query(RETURN_PAGES).fetch_all(connection).await?;
                Ok(true)
            })
        })
        .await
    }
}

/// Rewrites the database of the state folder without free pages, and lets it return free pages from now on. Returns its
/// size before and after.
///
/// # Errors
/// If a daemon runs, there is no database, it is damaged, or the disk has no room for the copy.
pub(crate) async fn compact(state_dir: &Path, at: Timestamp) -> Result<(u64, u64), StoreError> {
    let path = open::existing(state_dir)?;
    let _lock = open::lock(state_dir)?;
    let in_folder = |source| StoreError::folder(state_dir, source);
    let folder = tempfile::Builder::new().prefix(".marsad-compact-").tempdir_in(state_dir).map_err(in_folder)?;
    let copied = folder.path().join(open::FILE);
    // No command may write to a database that is about to be replaced.
    let exclusive = copy::options(&path).pragma("locking_mode", "exclusive");
    let mut source = exclusive.connect().await.map_err(|error| open::damaged(&path, error))?;
    let made = rewrite(&mut source, &copied).await;
    copy::close(source).await;
    made.map_err(|error| open::damaged_at(&path, error))?;
    let size = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
    let before = size(&path);
    if let Some(old) = swap::replace(&path, &copied, at).await.map_err(in_folder)? {
        fs::remove_file(old).map_err(in_folder)?;
    }
    Ok((before, size(&path)))
}

/// Locks the database, copies it and verifies the copy.
async fn rewrite(source: &mut SqliteConnection, copied: &Path) -> Result<(), StoreError> {
    sqlx::query(LOCK).execute(&mut *source).await?;
    sqlx::query(KEEP_LOCK).execute(&mut *source).await?;
    copy::copy(source, copied).await?;
    let mut connection = copy::options(copied).connect().await?;
    copy::verify(&mut connection, copied).await?;
    copy::close(connection).await;
    Ok(())
}
