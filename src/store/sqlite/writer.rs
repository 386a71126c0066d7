//! The one task that writes.
//!
//! A caller that goes away takes nothing with it: the task ends what it began. What waits at the same time is
//! committed together, each piece of work under a savepoint of its own, so that one that fails undoes only itself.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::store::StoreError;

/// The most pieces of work in one commit.
const BATCH: usize = 64;

/// How many pieces of work may wait before their callers do.
const QUEUE: usize = 256;

/// The pause before the write lock is asked for again, when another process holds it beyond the busy timeout.
const LOCK_PAUSE: Duration = Duration::from_millis(200);

type WriteJob = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, JobResult> + Send>;
type JobReply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// What a piece of work came to, and how to tell its caller once that is durable.
struct JobResult {
    keep: bool,
    tell: JobReply,
}

/// What the task is asked to do.
enum WriterCommand {
    Work(WriteJob),
    Close(oneshot::Sender<()>),
}

/// The way to the task that writes.
#[derive(Clone, Debug)]
pub struct WriterHandle(mpsc::Sender<WriterCommand>);

impl WriterHandle {
    /// Starts the task; it ends, and closes the connection, when the last handle is gone. A connection that breaks is
    /// opened again with `options`.
    #[must_use]
    pub fn start(connection: SqliteConnection, options: SqliteConnectOptions) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(write_all(connection, options, receiver));
        Self(sender)
    }

    /// Ends the task after what was asked before, with everything in the database file.
    pub async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        if self.0.send(WriterCommand::Close(answer)).await.is_ok() {
            answered.await.ok();
        }
    }

    /// Runs `work` in a transaction and answers when it is durable.
    ///
    /// # Errors
    /// What `work` ended with, or what kept the transaction from being committed; nothing is written then.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work: WriteJob = Box::new(move |connection| Box::pin(perform(work, connection, answer)));
        self.0.send(WriterCommand::Work(work)).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Undone)?
    }
}

async fn perform<T, F>(
    work: F,
    connection: &mut SqliteConnection,
    answer: oneshot::Sender<Result<T, StoreError>>,
) -> JobResult
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
{
    let result = match AssertUnwindSafe(work(connection)).catch_unwind().await {
        Ok(result) => result,
        Err(panic) => Err(StoreError::panicked(panic.as_ref())),
    };
    let keep = result.is_ok();
    // A caller that has gone away does not care for the answer.
    // Its own failure says more than what became of the transaction after it.
    let tell = Box::new(move |end: Result<(), StoreError>| {
        answer.send(result.and_then(|value| end.map(|()| value))).ok();
    });
    JobResult { keep, tell }
}

async fn write_all(
    mut connection: SqliteConnection,
    options: SqliteConnectOptions,
    mut waiting: mpsc::Receiver<WriterCommand>,
) {
    let mut closing = None;
    while let Some(first) = if closing.is_none() { waiting.recv().await } else { None } {
        let mut batch = Vec::new();
        let mut next = Some(first);
        while let Some(order) = next {
            match order {
                WriterCommand::Work(work) => batch.push(work),
                WriterCommand::Close(answer) => closing = Some(answer),
            }
            next = if closing.is_none() && batch.len() < BATCH { waiting.try_recv().ok() } else { None };
        }
        if !batch.is_empty() && write_batch(&mut connection, batch).await == ConnectionState::Broken {
            reconnect(&mut connection, &options).await;
        }
    }
    drop(waiting);
    execute(&mut connection, "pragma wal_checkpoint(truncate)").await.ok();
    connection.close().await.ok();
    if let Some(answer) = closing {
        answer.send(()).ok();
    }
}

/// Whether the connection can be used after a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ConnectionState {
    Usable,
    Broken,
}

async fn write_batch(connection: &mut SqliteConnection, batch: Vec<WriteJob>) -> ConnectionState {
    let mut done = Vec::with_capacity(batch.len());
    let end = match begin(connection).await {
        Ok(()) => commit(connection, batch, &mut done).await,
        Err(error) => Err(error),
    };
    let mut ended = ConnectionState::Usable;
    if end.is_err() {
        // The transaction may be gone already, as after a full disk; only a broken connection answers nothing.
        let rolled_back = execute(connection, "rollback").await;
        if rolled_back.is_err_and(|error| error.code().is_none()) {
            ended = ConnectionState::Broken;
        }
    }
    for tell in done {
        tell(end.clone());
    }
    ended
}

/// Replaces a connection whose thread is gone. Where that fails it is tried again after the next batch.
async fn reconnect(connection: &mut SqliteConnection, options: &SqliteConnectOptions) {
    match options.connect().await {
        Ok(fresh) => {
            tracing::warn!("the connection to the database broke and is open again");
            *connection = fresh;
        }
        Err(error) => tracing::error!(%error, "the connection to the database broke"),
    }
}

/// Takes the write lock, however long another process keeps it.
async fn begin(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    loop {
        match execute(connection, "begin immediate").await {
            Err(error) if error.is_locked() => tokio::time::sleep(LOCK_PAUSE).await,
            other => return other,
        }
    }
}

async fn commit(
    connection: &mut SqliteConnection,
    batch: Vec<WriteJob>,
    done: &mut Vec<JobReply>,
) -> Result<(), StoreError> {
    for work in batch {
        execute(connection, "savepoint work").await?;
        let JobResult { keep, tell } = work(connection).await;
        done.push(tell);
        if !keep {
            // A full disk may have undone the whole transaction, this work's savepoint with it.
            execute(connection, "rollback to work").await.map_err(|_| StoreError::Undone)?;
        }
        execute(connection, "release work").await?;
    }
    execute(connection, "commit").await
}

async fn execute(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), StoreError> {
    sqlx::query(statement).execute(connection).await.map_err(|error| StoreError::Sql(Arc::new(error)))?;
    Ok(())
}
