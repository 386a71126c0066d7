//! Opens the database: exclusively for the daemon, or shared for a command. A missing database is never silently
//! replaced by a new one.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{SqliteAutoVacuum, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection, SqlitePool};

use super::epoch::{self, EpochRecord};
use super::examination::Examination;
use super::file::{FileIdentity, LogIdentity};
use super::shape::Shape;
use crate::fault_point;
use crate::store::{StoreError, migrate};

/// The file in the state folder.
pub(crate) const FILE: &str = "marsad.db";

/// The lock file in the state folder, which a running daemon holds.
const LOCK: &str = "marsad.lock";

/// How long a statement waits for another process's lock. Chosen by hand.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// A start checks only databases up to this size, in bytes. Chosen by hand.
const QUICK_CHECK_LIMIT: u64 = 256 << 20;

/// The mode of files that marsad creates in the state folder: they are private.
pub(crate) const FILE_MODE: u32 = 0o600;

/// The mode of the state folder: its group may read.
const FOLDER_MODE: u32 = 0o750;

/// The number of connections that read. Chosen by hand.
const READERS: u32 = 4;

const TABLES: &str = "select count(*) from sqlite_schema where type = 'table'";

/// What to do if the database of the state folder is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MissingDatabase {
    /// Fail.
    Refuse,
    /// Create a new one.
    Create,
}

/// An opened database.
pub(super) struct OpenedDatabase {
    pub path: PathBuf,
    /// The write connection.
    pub(crate) connection: SqliteConnection,
    /// The options it was opened with.
    pub(crate) options: SqliteConnectOptions,
    pub reads: SqlitePool,
    pub(crate) lock: Option<File>,
    pub(crate) examination: Examination,
}

impl OpenedDatabase {
    /// Opens it for the daemon: exclusively, and migrated to the current schema.
    pub(crate) async fn exclusive(state_dir: &Path, if_gone: MissingDatabase) -> Result<Self, StoreError> {
        create_folder(state_dir)?;
        let lock = lock(state_dir)?;
        let path = state_dir.join(FILE);
        let past = EpochRecord::of(state_dir);
        let may_create = past == EpochRecord::FirstStart || if_gone == MissingDatabase::Create;
        if !may_create && let Some(what) = no_file(&path) {
            return Err(StoreError::Gone { path, what });
        }
        let is_new = no_file(&path).is_some();
        make_private(&path).map_err(|source| StoreError::folder(&path, source))?;
        let options = options(&path).create_if_missing(true);
        // An existing database would be written by this setting.
        let first = if is_new { options.clone().auto_vacuum(SqliteAutoVacuum::Incremental) } else { options.clone() };
        let mut connection = first.connect().await.map_err(|error| damaged(&path, error))?;
        quick_check(&path, &mut connection).await?;
        let tables: i64 = sqlx::query_scalar(TABLES).fetch_one(&mut connection).await.map_err(|e| damaged(&path, e))?;
        if tables == 0 && !may_create {
            return Err(StoreError::Gone { path, what: "holds no tables" });
        }
        migrate_exclusively(&path, &mut connection).await?;
        let examination = verify_shape(&path, &mut connection).await?;
        let options = options.create_if_missing(false);
        epoch::reconcile(state_dir, past, tables == 0, &mut connection)
            .await
            .map_err(|error| with_folder_cause(&path, error))?;
        // The daemon opens all of them now: later it may have no file handle left.
        let pool = SqlitePoolOptions::new().min_connections(READERS).idle_timeout(None).max_lifetime(None);
        let reads = readers(&path, pool, &options).await?;
        Ok(Self { path, connection, options, reads, lock: Some(lock), examination })
    }

    /// Opens it for a command while the daemon may run; the database must exist.
    pub async fn shared(state_dir: &Path) -> Result<Self, StoreError> {
        let path = existing(state_dir)?;
        let options = options(&path).create_if_missing(false);
        let mut connection = options.connect().await.map_err(|error| damaged(&path, error))?;
        let tables: i64 = sqlx::query_scalar(TABLES).fetch_one(&mut connection).await.map_err(|e| damaged(&path, e))?;
        if tables == 0 {
            return Err(gone(state_dir, "holds no tables"));
        }
        migrate::sqlite().run(&mut connection).await.map_err(|error| migration(&path, error))?;
        let examination = verify_shape(&path, &mut connection).await?;
        let reads = readers(&path, SqlitePoolOptions::new(), &options).await?;
        Ok(Self { path, connection, options, reads, lock: None, examination })
    }
}

/// The path of the state folder's database.
///
/// # Errors
/// If there is none.
pub(super) fn existing(state_dir: &Path) -> Result<PathBuf, StoreError> {
    let path = state_dir.join(FILE);
    match no_file(&path) {
        Some(what) => Err(gone(state_dir, what)),
        None => Ok(path),
    }
}

/// The error for a database that is not there.
fn gone(state_dir: &Path, what: &'static str) -> StoreError {
    let path = state_dir.join(FILE);
    match EpochRecord::of(state_dir) {
        EpochRecord::FirstStart => StoreError::Missing(path),
        _ => StoreError::Gone { path, what },
    }
}

/// Brings a database to the current schema. The fault point `migration` is reached before each of its commits.
async fn migrate_exclusively(path: &Path, connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let armed = fault_point::is_armed("migration");
    if armed {
        let mut handle = connection.lock_handle().await.map_err(|error| damaged(path, error))?;
        handle.set_commit_hook(|| {
            fault_point::reach("migration");
            true
        });
    }
    migrate::sqlite().run(&mut *connection).await.map_err(|error| migration(path, error))?;
    if armed {
        connection.lock_handle().await.map_err(|error| damaged(path, error))?.remove_commit_hook();
    }
    Ok(())
}

/// Rejects a database that lacks a table, column or index, and records which file it is.
async fn verify_shape(path: &Path, connection: &mut SqliteConnection) -> Result<Examination, StoreError> {
    let expected = Shape::expected().await?;
    let found = Shape::of(connection).await?;
    if let Some(detail) = expected.missing_in(&found) {
        return Err(StoreError::Corrupt { path: path.to_owned(), detail });
    }
    let file = FileIdentity::of(path).map_err(|source| StoreError::folder(path, source))?;
    Ok(Examination::new(file, LogIdentity::of(path), expected))
}

/// The connection options. Sorting uses memory, so that it works without a temporary folder.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .pragma("temp_store", "memory")
        .disable_statement_logging()
}

async fn readers(
    path: &Path,
    pool: SqlitePoolOptions,
    options: &SqliteConnectOptions,
) -> Result<SqlitePool, StoreError> {
    // A connection to a file is not lost while it rests, so that nothing is asked before each use.
    let pool = pool
        .max_connections(READERS)
        .test_before_acquire(false)
        .connect_with(options.clone().pragma("query_only", "on"));
    pool.await.map_err(|error| damaged(path, error))
}

pub(super) fn create_folder(state_dir: &Path) -> Result<(), StoreError> {
    let created = DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(state_dir);
    created.map_err(|source| {
        // A folder that never existed is a configuration error, even if its parent is read-only.
        let parent = std::io::Error::new(source.kind(), format!("cannot create the folder: {source}"));
        StoreError::folder(
            state_dir,
            if source.kind() == std::io::ErrorKind::ReadOnlyFilesystem { parent } else { source },
        )
    })
}

/// Creates the file of a new database with a private mode, which SQLite also gives to its `-wal` and `-shm`. The mode
/// of an existing file does not change.
fn make_private(path: &Path) -> std::io::Result<()> {
    match File::options().create_new(true).write(true).mode(FILE_MODE).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Why there is no database, as a predicate; none if there is one.
fn no_file(path: &Path) -> Option<&'static str> {
    match fs::metadata(path) {
        Ok(file) if file.len() == 0 => Some("is empty"),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some("is missing"),
        _ => None,
    }
}

/// Locks the state folder, as a running daemon does.
///
/// # Errors
/// If another process holds the lock.
pub(super) fn lock(state_dir: &Path) -> Result<File, StoreError> {
    let path = state_dir.join(LOCK);
    let file = File::options().create(true).truncate(false).write(true).mode(FILE_MODE).open(&path);
    let file = file.map_err(|source| StoreError::folder(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(state_dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(StoreError::folder(&path, source)),
    }
}

/// Locks the state folder together with other readers; a running daemon does not share its lock.
///
/// # Errors
/// If a daemon holds the lock.
pub(super) fn lock_shared(state_dir: &Path) -> Result<File, StoreError> {
    let path = state_dir.join(LOCK);
    let file = File::open(&path).map_err(|source| StoreError::folder(&path, source))?;
    match file.try_lock_shared() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(state_dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(StoreError::folder(&path, source)),
    }
}

/// Rejects a damaged file. A check that fails because of one row's content (SQLite computes columns from it) does not
/// prove damage: that row is skipped when it is read.
async fn quick_check(path: &Path, connection: &mut SqliteConnection) -> Result<(), StoreError> {
    if fs::metadata(path).map_or(0, |metadata| metadata.len()) > QUICK_CHECK_LIMIT {
        return Ok(());
    }
    let first: Result<String, StoreError> =
        sqlx::query_scalar("pragma quick_check(1)").fetch_one(connection).await.map_err(|error| damaged(path, error));
    match first {
        Ok(first) if first == "ok" => Ok(()),
        Ok(detail) => Err(StoreError::Corrupt { path: path.to_owned(), detail }),
        Err(error) if error.is_corrupt() || error.is_outage() || matches!(error, StoreError::Folder { .. }) => {
            Err(error)
        }
        Err(error) => {
            tracing::error!(%error, "cannot read a stored row; see `marsad doctor`");
            Ok(())
        }
    }
}

/// The error of a statement, with the path of a damaged file or the cause in its folder.
pub(super) fn damaged(path: &Path, error: sqlx::Error) -> StoreError {
    damaged_at(path, error.into())
}

/// As [`damaged`], for an error of the store.
pub(super) fn damaged_at(path: &Path, error: StoreError) -> StoreError {
    if error.is_corrupt() {
        StoreError::Corrupt { path: path.to_owned(), detail: error.database_message() }
    } else {
        with_folder_cause(path, error)
    }
}

/// Replaces an error by the cause in the folder, if there is one: SQLite does not distinguish a missing permission from
/// a lack of file handles, the operating system does.
fn with_folder_cause(path: &Path, error: StoreError) -> StoreError {
    // READONLY, PERM and CANTOPEN
    if !error.code().is_some_and(|code| matches!(code & 0xff, 3 | 8 | 14)) {
        return error;
    }
    let folder = path.parent().unwrap_or(path);
    let exists = path.exists();
    let opened = File::options().read(true).write(true).open(path);
    let access = rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK);
    match (opened, access) {
        (Err(source), _) if exists => StoreError::folder(path, source),
        (_, Err(errno)) => StoreError::folder(folder, errno.into()),
        _ => error,
    }
}

fn migration(path: &Path, error: MigrateError) -> StoreError {
    match error {
        MigrateError::VersionMissing(migration) | MigrateError::VersionTooNew(migration, _) => {
            StoreError::Newer { path: path.to_owned(), migration }
        }
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => damaged(path, error),
        other => StoreError::Corrupt { path: path.to_owned(), detail: other.to_string() },
    }
}

impl StoreError {
    pub(super) fn folder(path: &Path, why: std::io::Error) -> Self {
        Self::Folder { path: path.to_owned(), why: Arc::new(why) }
    }
}
