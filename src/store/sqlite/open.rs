//! Opens the database: alone or beside a daemon, and never a new one in the place of one that is gone.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::MigrateError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection, SqlitePool};

use super::epoch::{self, EpochRecord};
use super::file::{FileIdentity, LogIdentity};
use super::proof::Examination;
use super::shape::Shape;
use crate::store::{StoreError, migrate};

/// The file in the state folder.
const FILE: &str = "marsad.db";

/// How long a statement waits for another process's lock before it says so.
const BUSY: Duration = Duration::from_secs(5);

/// A database above this size is not read through at every start, in bytes.
const QUICK_CHECK_LIMIT: u64 = 256 << 20;

/// The mode of the files that marsad makes in the state folder: they hold what its operator reads.
const PRIVATE: u32 = 0o600;

/// How many connections read.
const READERS: u32 = 4;

const TABLES: &str = "select count(*) from sqlite_schema where type = 'table'";

/// What happens where the state folder has held a database that is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MissingDatabase {
    /// It is an error.
    Refuse,
    /// A new one begins.
    Begin,
}

/// A database that was opened.
pub(super) struct Opened {
    pub path: PathBuf,
    /// The connection that writes.
    pub connection: SqliteConnection,
    /// What it was opened with.
    pub options: SqliteConnectOptions,
    pub reads: SqlitePool,
    pub lock: Option<File>,
    pub examination: Examination,
}

impl Opened {
    /// For the daemon: alone, and brought to the present shape.
    pub async fn alone(state_dir: &Path, if_gone: MissingDatabase) -> Result<Self, StoreError> {
        made(state_dir)?;
        let lock = lock(state_dir)?;
        let path = state_dir.join(FILE);
        let past = EpochRecord::of(state_dir);
        let may_begin = past == EpochRecord::None || if_gone == MissingDatabase::Begin;
        if !may_begin && let Some(what) = no_file(&path) {
            return Err(StoreError::Gone { path, what });
        }
        make_private(&path).map_err(|source| StoreError::folder(&path, source))?;
        let options = options(&path).create_if_missing(true);
        let mut connection = options.connect().await.map_err(|error| damaged(&path, error))?;
        quick_check(&path, &mut connection).await?;
        let tables: i64 = sqlx::query_scalar(TABLES).fetch_one(&mut connection).await.map_err(|e| damaged(&path, e))?;
        if tables == 0 && !may_begin {
            return Err(StoreError::Gone { path, what: "holds no tables" });
        }
        migrate::sqlite().run(&mut connection).await.map_err(|error| migration(&path, error))?;
        let examination = examined(&path, &mut connection).await?;
        let options = options.create_if_missing(false);
        epoch::agree(state_dir, past, tables == 0, &mut connection).await.map_err(|error| probed(&path, error))?;
        // The daemon opens all of them now: later there may be no handle left to open one with.
        let pool = SqlitePoolOptions::new().min_connections(READERS).idle_timeout(None).max_lifetime(None);
        let reads = readers(&path, pool, &options).await?;
        Ok(Self { path, connection, options, reads, lock: Some(lock), examination })
    }

    /// For a command beside the daemon: the database must exist.
    pub async fn shared(state_dir: &Path) -> Result<Self, StoreError> {
        let path = state_dir.join(FILE);
        let gone = |path: PathBuf, what| match EpochRecord::of(state_dir) {
            EpochRecord::None => StoreError::Missing(path),
            _ => StoreError::Gone { path, what },
        };
        if let Some(what) = no_file(&path) {
            return Err(gone(path, what));
        }
        let options = options(&path).create_if_missing(false);
        let mut connection = options.connect().await.map_err(|error| damaged(&path, error))?;
        let tables: i64 = sqlx::query_scalar(TABLES).fetch_one(&mut connection).await.map_err(|e| damaged(&path, e))?;
        if tables == 0 {
            return Err(gone(path, "holds no tables"));
        }
        migrate::sqlite().run(&mut connection).await.map_err(|error| migration(&path, error))?;
        let examination = examined(&path, &mut connection).await?;
        let reads = readers(&path, SqlitePoolOptions::new(), &options).await?;
        Ok(Self { path, connection, options, reads, lock: None, examination })
    }
}

/// Refuses a database that lacks a table, column or index, and remembers which file it is.
async fn examined(path: &Path, connection: &mut SqliteConnection) -> Result<Examination, StoreError> {
    let expected = Shape::expected().await?;
    let found = Shape::of(connection).await?;
    if let Some(detail) = expected.missing_in(&found) {
        return Err(StoreError::Corrupt { path: path.to_owned(), detail });
    }
    let file = FileIdentity::of(path).map_err(|source| StoreError::folder(path, source))?;
    Ok(Examination::new(file, LogIdentity::beside(path), expected))
}

/// Sorting and large statements need no file, so that a machine without a temporary folder can do them.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
        .pragma("temp_store", "memory")
        .disable_statement_logging()
}

async fn readers(
    path: &Path,
    pool: SqlitePoolOptions,
    options: &SqliteConnectOptions,
) -> Result<SqlitePool, StoreError> {
    let pool = pool.max_connections(READERS).connect_with(options.clone().pragma("query_only", "on"));
    pool.await.map_err(|error| damaged(path, error))
}

fn made(state_dir: &Path) -> Result<(), StoreError> {
    let made = DirBuilder::new().recursive(true).mode(0o750).create(state_dir);
    made.map_err(|source| {
        // A folder that was never there is a matter of configuration, whatever the system says of its parent.
        let parent = std::io::Error::new(source.kind(), format!("cannot create the folder: {source}"));
        StoreError::folder(
            state_dir,
            if source.kind() == std::io::ErrorKind::ReadOnlyFilesystem { parent } else { source },
        )
    })
}

/// Makes the file of a new database, so that SQLite makes none that everybody can read. Its `-wal` and `-shm` get the
/// same mode. One that exists stays as the operator has it.
fn make_private(path: &Path) -> std::io::Result<()> {
    match File::options().create_new(true).write(true).mode(PRIVATE).open(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// What is wrong with a database that is not there.
fn no_file(path: &Path) -> Option<&'static str> {
    match fs::metadata(path) {
        Ok(file) if file.len() == 0 => Some("is empty"),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Some("is missing"),
        _ => None,
    }
}

fn lock(state_dir: &Path) -> Result<File, StoreError> {
    let path = state_dir.join("marsad.lock");
    let file = File::options().create(true).truncate(false).write(true).mode(PRIVATE).open(&path);
    let file = file.map_err(|source| StoreError::folder(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(state_dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(StoreError::folder(&path, source)),
    }
}

/// Refuses a damaged file. A check that fails for one row's content (SQLite computes columns from it) proves no damage:
/// that row is passed over when it is read.
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
            tracing::error!(%error, "a stored row cannot be read; see `marsad doctor`");
            Ok(())
        }
    }
}

fn damaged(path: &Path, error: sqlx::Error) -> StoreError {
    let error = StoreError::from(error);
    if error.is_corrupt() {
        StoreError::Corrupt { path: path.to_owned(), detail: error.to_string() }
    } else {
        probed(path, error)
    }
}

/// SQLite does not tell a folder without permission from a process without handles: asking the system does.
fn probed(path: &Path, error: StoreError) -> StoreError {
    // READONLY, PERM and CANTOPEN
    if !error.code().is_some_and(|code| matches!(code & 0xff, 3 | 8 | 14)) {
        return error;
    }
    let folder = path.parent().unwrap_or(path);
    let there = path.exists();
    let opened = File::options().read(true).write(true).open(path);
    let access = rustix::fs::access(folder, rustix::fs::Access::WRITE_OK | rustix::fs::Access::EXEC_OK);
    match (opened, access) {
        (Err(source), _) if there => StoreError::folder(path, source),
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
    pub(super) fn folder(path: &Path, source: std::io::Error) -> Self {
        Self::Folder { path: path.to_owned(), source: Arc::new(source) }
    }
}
