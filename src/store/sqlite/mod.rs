//! The store in one SQLite file: WAL, `synchronous=FULL`, one writer.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::watch;

use super::StoreError;
use super::claims::Claims;
use open::Opened;
use proof::Examination;
use set_aside::ReportedRows;
use writer::WriterHandle;

pub mod admit;
pub mod alerted;
mod baseline;
mod check;
pub mod configured;
pub mod delivery;
pub mod doctor;
mod epoch;
pub mod event;
mod file;
pub mod follow;
pub mod item;
mod key_migration;
pub mod lookup;
mod open;
pub mod outbox;
mod page_memory;
pub mod planned;
mod proof;
pub mod retention;
pub mod set_aside;
mod shape;
pub mod source;
#[cfg(test)]
mod statements;
mod writer;

/// How long the last checkpoint may take when the store is closed (chosen by hand, within the contract's 15 s).
const CLOSING: Duration = Duration::from_secs(2);

/// An open database.
#[derive(Clone, Debug)]
pub struct Database {
    path: Arc<PathBuf>,
    reads: SqlitePool,
    writer: WriterHandle,
    newest_alert: watch::Sender<i64>,
    claims: Claims,
    reported: ReportedRows,
    examination: Examination,
    /// Held as long as any handle lives; none for a command beside the daemon.
    lock: Option<Arc<File>>,
}

impl Database {
    /// Opens the database of the state folder for the daemon: alone, and brought to the present shape.
    ///
    /// # Errors
    /// A folder that cannot be used, another marsad on it, a database that is gone, damaged or newer.
    pub async fn open(state_dir: &Path) -> Result<Self, StoreError> {
        Self::alone(state_dir, open::MissingDatabase::Refuse).await
    }

    /// As [`Database::open`], but begins a new database where the old one is gone, under a higher epoch.
    ///
    /// # Errors
    /// As for [`Database::open`].
    pub async fn open_anew(state_dir: &Path) -> Result<Self, StoreError> {
        Self::alone(state_dir, open::MissingDatabase::Begin).await
    }

    async fn alone(state_dir: &Path, if_gone: open::MissingDatabase) -> Result<Self, StoreError> {
        let db = Self::of(Opened::alone(state_dir, if_gone).await?).await?;
        db.rekey().await?;
        Ok(db)
    }

    /// Opens the database for a command beside the daemon; it must exist and have the present shape.
    ///
    /// # Errors
    /// As for [`Database::open`], and when there is no database.
    pub async fn beside(state_dir: &Path) -> Result<Self, StoreError> {
        Self::of(Opened::shared(state_dir).await?).await
    }

    async fn of(opened: Opened) -> Result<Self, StoreError> {
        let Opened { path, connection, options, reads, lock, examination } = opened;
        let newest: Option<i64> = sqlx::query_scalar("select max(number) from alert").fetch_one(&reads).await?;
        Ok(Self {
            path: Arc::new(path),
            reads,
            writer: WriterHandle::start(connection, options),
            newest_alert: watch::Sender::new(newest.unwrap_or(0)),
            claims: Claims::default(),
            reported: ReportedRows::default(),
            examination,
            lock: lock.map(Arc::new),
        })
    }

    /// Brings everything that is committed into the database file and closes it. Later reads and writes fail.
    pub async fn close(&self) {
        if tokio::time::timeout(CLOSING, self.writer.close()).await.is_err() {
            tracing::warn!("the database is not closed in time; the next start reads its write-ahead log");
        }
        // A reader that is not done costs nothing: there is nothing left to write.
        drop(self.reads.close());
        if self.lock.is_some() && self.is_replaced() {
            self.make_way();
        }
    }

    #[cfg(test)]
    pub(in crate::store) async fn temp_store(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar("pragma temp_store").fetch_one(&self.reads).await?)
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
    fn announce_alerts(&self, newest: Option<i64>) {
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
