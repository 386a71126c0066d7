//! The store in one SQLite file: WAL, `synchronous=FULL`, one writer.

use std::fs::{DirBuilder, File, TryLockError};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::migrate::MigrateError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqliteConnection, SqlitePool};
use tokio::sync::watch;

use super::claims::Claims;
use super::{StoreError, migrate};
use writer::Writer;

pub mod admit;
pub mod ahead;
mod baseline;
pub mod configured;
pub mod delivery;
pub mod doctor;
pub mod event;
pub mod follow;
pub mod item;
mod learnt;
pub mod lookup;
pub mod outbox;
mod rekey;
pub mod retention;
pub mod source;
#[cfg(test)]
mod statements;
pub mod told;
mod writer;

/// The file in the state folder.
const FILE: &str = "marsad.db";

/// How long a statement waits for another process's lock before it says so.
const BUSY: Duration = Duration::from_secs(5);

/// A database above this size is not read through at every start, in bytes.
const QUICK_CHECK_LIMIT: u64 = 256 << 20;

/// An open database.
#[derive(Clone, Debug)]
pub struct Db {
    path: Arc<PathBuf>,
    reads: SqlitePool,
    writer: Writer,
    newest_alert: watch::Sender<i64>,
    claims: Claims,
    /// Held as long as any handle lives; none for a command beside the daemon.
    _lock: Option<Arc<File>>,
}

impl Db {
    /// Opens the database of the state folder for the daemon: alone, and brought to the present shape.
    ///
    /// # Errors
    /// A folder that cannot be used, another marsad on it, a damaged or newer database.
    pub async fn open(state_dir: &Path) -> Result<Self, StoreError> {
        let made = DirBuilder::new().recursive(true).mode(0o750).create(state_dir);
        made.map_err(|source| folder(state_dir, source))?;
        let lock = lock(state_dir)?;
        let path = state_dir.join(FILE);
        let db = Self::connect(&path, true, Some(lock)).await?;
        db.rekey().await?;
        Ok(db)
    }

    /// Opens the database for a command beside the daemon; it must exist and have the present shape.
    ///
    /// # Errors
    /// As for [`Db::open`], and when there is no database.
    pub async fn beside(state_dir: &Path) -> Result<Self, StoreError> {
        let path = state_dir.join(FILE);
        if !path.exists() {
            return Err(StoreError::Missing(path));
        }
        Self::connect(&path, false, None).await
    }

    async fn connect(path: &Path, check: bool, lock: Option<File>) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(check)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY)
            .disable_statement_logging();
        let mut connection = options.connect().await.map_err(|error| damaged(path, error))?;
        if check {
            quick_check(path, &mut connection).await?;
        }
        migrate::sqlite().run(&mut connection).await.map_err(|error| migration(path, error))?;
        let reads = SqlitePoolOptions::new()
            .max_connections(4)
            .connect_with(options.create_if_missing(false).pragma("query_only", "on"))
            .await?;
        let newest: Option<i64> = sqlx::query_scalar("select max(number) from alert").fetch_one(&reads).await?;
        Ok(Self {
            path: Arc::new(path.to_owned()),
            reads,
            writer: Writer::start(connection),
            newest_alert: watch::Sender::new(newest.unwrap_or(0)),
            claims: Claims::default(),
            _lock: lock.map(Arc::new),
        })
    }

    /// The database's file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Changes whenever an alert is committed by this process.
    #[must_use]
    pub fn newest_alert(&self) -> watch::Receiver<i64> {
        self.newest_alert.subscribe()
    }

    async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        self.writer.write(work).await
    }

    /// Says that alerts up to this number are durable.
    fn told_of_alerts(&self, newest: Option<i64>) {
        if let Some(newest) = newest {
            self.newest_alert.send_if_modified(|known| {
                let later = newest > *known;
                *known = newest.max(*known);
                later
            });
        }
    }

    /// Writes one row and waits until it is durable: proof that the store takes writes.
    ///
    /// # Errors
    /// Whatever keeps the store from writing.
    pub async fn ping(&self) -> Result<(), StoreError> {
        const PING: &str = "insert into meta (key, value) values ('ping', '1')
            on conflict (key) do update set value = cast(value as integer) % 1000000 + 1";
        self.write(|connection| {
            Box::pin(async move {
                sqlx::query(PING).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }
}

fn folder(path: &Path, source: std::io::Error) -> StoreError {
    StoreError::Folder { path: path.to_owned(), source: Arc::new(source) }
}

fn lock(state_dir: &Path) -> Result<File, StoreError> {
    let path = state_dir.join("marsad.lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|source| folder(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::Locked(state_dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(folder(&path, source)),
    }
}

async fn quick_check(path: &Path, connection: &mut SqliteConnection) -> Result<(), StoreError> {
    if std::fs::metadata(path).map_or(0, |metadata| metadata.len()) > QUICK_CHECK_LIMIT {
        return Ok(());
    }
    let first: String = sqlx::query_scalar("pragma quick_check(1)")
        .fetch_one(connection)
        .await
        .map_err(|error| damaged(path, error))?;
    if first == "ok" { Ok(()) } else { Err(StoreError::Corrupt { path: path.to_owned(), detail: first }) }
}

fn damaged(path: &Path, error: sqlx::Error) -> StoreError {
    let cannot_open = matches!(&error, sqlx::Error::Database(error) if error.code().as_deref() == Some("14"));
    let error = StoreError::from(error);
    if error.is_corrupt() {
        StoreError::Corrupt { path: path.to_owned(), detail: error.to_string() }
    } else if cannot_open {
        folder(path, std::io::Error::other("SQLite cannot open it"))
    } else {
        error
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
