//! The task that performs all writes.
//!
//! A cancelled caller does not cancel its write. Writes that wait at the same time are committed together, each under
//! its own savepoint, so that a failing write rolls back only itself.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::fault_point;
use crate::store::StoreError;

/// The most writes in one commit. Chosen by hand.
const BATCH: usize = 64;

/// How many writes may be queued before callers wait. Chosen by hand.
const QUEUE: usize = 256;

/// The pause before the write lock is tried again after the busy timeout. Chosen by hand.
const LOCK_PAUSE: Duration = Duration::from_millis(200);

type WriteJob = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, JobResult> + Send>;
type JobReply = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// The result of a write, and how to reply to its caller once it is durable.
struct JobResult {
    keep: bool,
    reply: JobReply,
}

/// A request to the writer task.
enum WriterCommand {
    Work(WriteJob),
    Close(oneshot::Sender<()>),
}

/// A handle to the writer task.
#[derive(Clone, Debug)]
pub(crate) struct WriterHandle(mpsc::Sender<WriterCommand>);

impl WriterHandle {
    /// Starts the task. It ends and closes the connection when the last handle is dropped. A broken connection is
    /// reopened with `options`.
    #[must_use]
    pub fn start(connection: SqliteConnection, options: SqliteConnectOptions) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(write_all(connection, options, receiver));
        Self(sender)
    }

    /// Ends the task after all queued writes, and checkpoints the write-ahead log.
    pub(crate) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        if self.0.send(WriterCommand::Close(answer)).await.is_ok() {
            answered.await.ok();
        }
    }

    /// Runs `work` in a transaction and returns when it is durable.
    ///
    /// # Errors
    /// The error of `work` or of the commit; then nothing is written.
    pub(crate) async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
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
    // A cancelled caller needs no reply. The error of the work itself is more specific than that of the transaction.
    let reply = Box::new(move |end: Result<(), StoreError>| {
        answer.send(result.and_then(|value| end.map(|()| value))).ok();
    });
    JobResult { keep, reply }
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
        while let Some(command) = next {
            match command {
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
        // The transaction may already be rolled back, as after a full disk; only a broken connection gives no code.
        let rolled_back = execute(connection, "rollback").await;
        if rolled_back.is_err_and(|error| error.code().is_none()) {
            ended = ConnectionState::Broken;
        }
    }
    for reply in done {
        reply(end.clone());
    }
    ended
}

/// Replaces a broken connection. If that fails, it is tried again after the next batch.
async fn reconnect(connection: &mut SqliteConnection, options: &SqliteConnectOptions) {
    match options.connect().await {
        Ok(fresh) => {
            tracing::warn!("the connection to the database broke and was reopened");
            *connection = fresh;
        }
        Err(error) => tracing::error!(%error, "the connection to the database broke and cannot be reopened"),
    }
}

/// Takes the write lock, and waits as long as another process holds it.
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
    // A single write needs no savepoint: if it fails, the transaction is rolled back with it.
    let is_single = batch.len() == 1;
    for work in batch {
        if !is_single {
            execute(connection, "savepoint work").await?;
        }
        let JobResult { keep, reply } = work(connection).await;
        done.push(reply);
        if is_single && !keep {
            return Err(StoreError::Undone);
        }
        if !keep {
            // A full disk may have rolled back the whole transaction with this savepoint.
            execute(connection, "rollback to work").await.map_err(|_| StoreError::Undone)?;
        }
        if !is_single {
            execute(connection, "release work").await?;
        }
    }
    fault_point::reach("commit.before");
    execute(connection, "commit").await?;
    fault_point::reach("commit.after");
    Ok(())
}

async fn execute(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), StoreError> {
    sqlx::query(statement).execute(connection).await.map_err(|error| StoreError::Sql(Arc::new(error)))?;
    Ok(())
}
