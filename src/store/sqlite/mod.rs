//! The store in one SQLite file: WAL, `synchronous=FULL`, one writer.
//!
//! Opening: `open` locks the folder, checks the file and migrates it; `epoch` records its epoch; `shape` compares its
//! tables with the schema; `key_migration` recomputes old keys, and `story_migration`
//! indexes the texts that alerted before there was an index.
//!
//! Writing: `writer` is the one task that writes. A visit runs `lookup`, `admit` (which uses `item`, `follow`,
//! `story` with `story_candidates` and `story_list`, `alerted`, `digest`, `sudden_visit` and `event`), then `visit_end` with
//! `baseline` and `page_memory`. `outbox` moves deliveries; `circuit` holds those of a channel that fails, `held` reports
//! them; `delivery` lists them. `digest` gathers alerts, `digest_closing` makes their digests.
//!
//! Over time: `notice` records notices about sources, `flood` the items that wait, `canary` the daily test,
//! `configured` records absences, `planned` corrects a changed clock, `retention` deletes expired rows, `storage` returns
//! free space.
//!
//! Backups: `backup` copies the database to a file, `restore` brings it back; both use `copy` and `swap`.
//!
//! Explanations: `history` reads everything about one item.
//!
//! Faults: `examination` and `file` watch the open file, `check` and `doctor` report, `set_aside` records unreadable
//! rows.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use sqlx::{SqliteConnection, SqlitePool};
use tokio::sync::watch;

use super::StoreError;
use super::claims::Claims;
use examination::Examination;
use open::OpenedDatabase;
use set_aside::ReportedRows;
use story_link::KeptEvents;
use writer::{WriteTurn, WriterHandle};

pub(crate) mod admit;
pub mod alerted;
pub(crate) mod backup;
mod baseline;
mod canary;
mod check;
pub(crate) mod circuit;
pub(crate) mod configured;
mod copy;
pub(crate) mod delivery;
pub(crate) mod digest;
mod digest_closing;
pub(crate) mod doctor;
mod epoch;
pub(crate) mod event;
mod examination;
mod file;
mod flood;
pub mod follow;
pub(crate) mod held;
mod history;
pub mod item;
mod json_column;
mod key_migration;
pub(crate) mod lookup;
mod notice;
mod open;
pub(crate) mod outbox;
mod page_memory;
pub(crate) mod planned;
mod refused;
pub(crate) mod restore;
pub(crate) mod retention;
pub mod set_aside;
mod shape;
pub mod source;
#[cfg(test)]
mod statements;
pub(crate) mod storage;
pub(crate) mod story;
mod story_candidates;
mod story_link;
mod story_list;
mod story_migration;
mod sudden_visit;
mod swap;
mod text_index;
mod visit_end;
mod writer;

/// The longest time for the last checkpoint on close. Chosen by hand, within the 15 s that a stop may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// An open database.
#[derive(Clone, Debug)]
pub struct Database {
    path: Arc<PathBuf>,
    reads: SqlitePool,
    writer: WriterHandle,
    newest_alert: watch::Sender<i64>,
    claims: Claims,
    reported: ReportedRows,
    /// The reports that alerts were compared with last.
    events: KeptEvents,
    examination: Examination,
    /// The folder's lock, held while any handle exists; none for a command.
    lock: Option<Arc<File>>,
}

impl Database {
    /// Opens the database of the state folder for the daemon: exclusively, and migrated to the current schema.
    ///
    /// # Errors
    /// If the folder cannot be used or is locked, or the database is gone, damaged or newer.
    pub async fn open(state_dir: &Path) -> Result<Self, StoreError> {
        Self::open_exclusive(state_dir, open::MissingDatabase::Refuse).await
    }

    /// As [`Database::open`], but creates a new database with a higher epoch if the old one is gone.
    ///
    /// # Errors
    /// As for [`Database::open`].
    pub(crate) async fn open_or_create(state_dir: &Path) -> Result<Self, StoreError> {
        Self::open_exclusive(state_dir, open::MissingDatabase::Create).await
    }

    async fn open_exclusive(state_dir: &Path, if_gone: open::MissingDatabase) -> Result<Self, StoreError> {
        let db = Self::of(OpenedDatabase::exclusive(state_dir, if_gone).await?).await?;
        db.rekey().await?;
        db.index_alerted().await?;
        Ok(db)
    }

    /// Opens the database for a command while the daemon may run; the database must exist.
    ///
    /// # Errors
    /// As for [`Database::open`], and if there is no database.
    pub(crate) async fn open_shared(state_dir: &Path) -> Result<Self, StoreError> {
        Self::of(OpenedDatabase::shared(state_dir).await?).await
    }

    async fn of(opened: OpenedDatabase) -> Result<Self, StoreError> {
        let OpenedDatabase { path, connection, options, reads, lock, examination } = opened;
        let newest: Option<i64> = sqlx::query_scalar("select max(number) from alert").fetch_one(&reads).await?;
        Ok(Self {
            path: Arc::new(path),
            reads,
            writer: WriterHandle::start(connection, options),
            newest_alert: watch::Sender::new(newest.unwrap_or(0)),
            claims: Claims::default(),
            reported: ReportedRows::default(),
            events: KeptEvents::default(),
            examination,
            lock: lock.map(Arc::new),
        })
    }

    /// Checkpoints the write-ahead log and closes the database. Later reads and writes fail.
    pub(crate) async fn close(&self) {
        if tokio::time::timeout(CLOSE_TIMEOUT, self.writer.close()).await.is_err() {
            tracing::warn!("the database was not closed in time; the next start replays its write-ahead log");
        }
        // Not awaited: a running read delays nothing, because everything is written.
        drop(self.reads.close());
        if self.lock.is_some() && self.is_replaced() {
            self.release_path();
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

    /// The number of the newest alert; it changes when this process commits an alert.
    #[must_use]
    pub(crate) fn newest_alert(&self) -> watch::Receiver<i64> {
        self.newest_alert.subscribe()
    }

    async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        self.writer.write(WriteTurn::Other, work).await
    }

    /// As [`Database::write`], before the writes of visits.
    async fn write_first<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        self.writer.write(WriteTurn::Delivery, work).await
    }

    /// Announces that alerts up to this number are durable.
    fn announce_alerts(&self, newest: Option<i64>) {
        if let Some(newest) = newest {
            self.newest_alert.send_if_modified(|known| {
                let later = newest > *known;
                *known = newest.max(*known);
                later
            });
        }
    }

    /// Writes one row durably, to prove that the store accepts writes.
    ///
    /// # Errors
    /// If the store cannot be written.
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
