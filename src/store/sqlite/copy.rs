//! Copies a database to a new file, consistently and without free pages.

use std::fs::{self, File};
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use super::check;
use super::open::BUSY_TIMEOUT;
use crate::store::StoreError;

pub(super) const AUTO_VACUUM: &str = "pragma auto_vacuum";

/// Lets the copy return free pages in small steps. It does nothing to a database that has tables.
pub(super) const INCREMENTAL: &str = "pragma auto_vacuum = incremental";

pub(super) const INTO: &str = "vacuum into ?1";

pub(super) const READABLE: &str = "select count(*) from sqlite_schema";

/// The options for a connection to a file that exists.
pub(super) fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(false)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("temp_store", "memory")
        .disable_statement_logging()
}

/// Opens a database to read it. Its folder may be full or read-only; `daemon_runs` if a daemon holds it.
///
/// # Errors
/// If it cannot be read.
pub(super) async fn open_for_reading(path: &Path, daemon_runs: bool) -> Result<SqliteConnection, StoreError> {
    let error = match readable(options(path)).await {
        Err(error) if !error.is_damage() => error,
        other => return other,
    };
    if let Ok(connection) = readable(options(path).read_only(true)).await {
        return Ok(connection);
    }
    // Without a log, SQLite can read a database that nobody writes, even if it can create no file next to it.
    let log = fs::metadata(path.with_extension("db-wal")).map_or(0, |log| log.len());
    if daemon_runs || log > 0 {
        return Err(error);
    }
    readable(options(path).read_only(true).immutable(true)).await
}

async fn readable(options: SqliteConnectOptions) -> Result<SqliteConnection, StoreError> {
    let mut connection = options.connect().await?;
    sqlx::query(READABLE).execute(&mut connection).await?;
    Ok(connection)
}

/// Writes a copy of a database to `target`, which must be an empty file. The copy is not durable yet.
///
/// # Errors
/// If the database cannot be read or the copy cannot be written.
pub(super) async fn copy(source: &mut SqliteConnection, target: &Path) -> Result<(), StoreError> {
    let auto_vacuum: i64 = sqlx::query_scalar(AUTO_VACUUM).fetch_one(&mut *source).await?;
    // The statement would write to a database that has the setting.
    if auto_vacuum == 0 {
        sqlx::query(INCREMENTAL).execute(&mut *source).await?;
    }
    sqlx::query(INTO).bind(target.display().to_string()).execute(source).await?;
    Ok(())
}

/// Checks every page and index of a copy, and its references. Returns the number of dangling references.
///
/// # Errors
/// If the copy is damaged or cannot be read.
pub(super) async fn verify(connection: &mut SqliteConnection, path: &Path) -> Result<u64, StoreError> {
    let mut problems = Vec::new();
    check::pages(connection, check::INTEGRITY, &mut problems).await?;
    if let Some(detail) = problems.into_iter().next() {
        return Err(StoreError::Corrupt { path: path.to_owned(), detail });
    }
    let dangling: i64 = sqlx::query_scalar(check::FOREIGN_KEYS).fetch_one(connection).await?;
    Ok(dangling.unsigned_abs())
}

/// Makes a file and its name in its folder durable.
///
/// # Errors
/// If the disk does not accept it.
pub(super) fn sync_folder_of(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

/// Closes a connection; errors do not matter after everything is read or committed.
pub(super) async fn close(connection: SqliteConnection) {
    connection.close().await.ok();
}
