//! The one task that writes.
//!
//! A caller that goes away takes nothing with it: the task ends what it began. What waits at the same time is
//! committed together, each piece of work under a savepoint of its own, so that one that fails undoes only itself.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::store::StoreError;

/// The most pieces of work in one commit.
const BATCH: usize = 64;

/// How many pieces of work may wait before their callers do.
const QUEUE: usize = 256;

/// The pause before the write lock is asked for again, when another process holds it beyond the busy timeout.
const LOCK_PAUSE: Duration = Duration::from_millis(200);

type Work = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Done> + Send>;
type Tell = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// What a piece of work came to, and how to tell its caller once that is durable.
struct Done {
    keep: bool,
    tell: Tell,
}

/// The way to the task that writes.
#[derive(Clone, Debug)]
pub struct Writer(mpsc::Sender<Work>);

impl Writer {
    /// Starts the task; it ends, and closes the connection, when the last handle is gone.
    #[must_use]
    pub fn start(connection: SqliteConnection) -> Self {
        let (sender, receiver) = mpsc::channel(QUEUE);
        tokio::spawn(write_all(connection, receiver));
        Self(sender)
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
        let work: Work = Box::new(move |connection| Box::pin(perform(work, connection, answer)));
        self.0.send(work).await.map_err(|_| StoreError::Closed)?;
        answered.await.map_err(|_| StoreError::Undone)?
    }
}

async fn perform<T, F>(
    work: F,
    connection: &mut SqliteConnection,
    answer: oneshot::Sender<Result<T, StoreError>>,
) -> Done
where
    T: Send + 'static,
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
{
    let result = match AssertUnwindSafe(work(connection)).catch_unwind().await {
        Ok(result) => result,
        Err(panic) => Err(StoreError::Panicked(said(panic.as_ref()))),
    };
    let keep = result.is_ok();
    // A caller that has gone away does not care for the answer.
    let tell = Box::new(move |end: Result<(), StoreError>| {
        answer.send(end.and(result)).ok();
    });
    Done { keep, tell }
}

fn said(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().map(ToString::to_string).or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "no message".to_owned())
}

async fn write_all(mut connection: SqliteConnection, mut waiting: mpsc::Receiver<Work>) {
    while let Some(first) = waiting.recv().await {
        let mut batch = vec![first];
        while let (true, Ok(next)) = (batch.len() < BATCH, waiting.try_recv()) {
            batch.push(next);
        }
        write_batch(&mut connection, batch).await;
    }
    connection.close().await.ok();
}

async fn write_batch(connection: &mut SqliteConnection, batch: Vec<Work>) {
    let mut done = Vec::with_capacity(batch.len());
    let end = match begin(connection).await {
        Ok(()) => commit(connection, batch, &mut done).await,
        Err(error) => Err(error),
    };
    if end.is_err() {
        // The transaction may be gone already, as after a full disk.
        execute(connection, "rollback").await.ok();
    }
    for tell in done {
        tell(end.clone());
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

async fn commit(connection: &mut SqliteConnection, batch: Vec<Work>, done: &mut Vec<Tell>) -> Result<(), StoreError> {
    for work in batch {
        execute(connection, "savepoint work").await?;
        let Done { keep, tell } = work(connection).await;
        done.push(tell);
        if !keep {
            execute(connection, "rollback to work").await?;
        }
        execute(connection, "release work").await?;
    }
    execute(connection, "commit").await
}

async fn execute(connection: &mut SqliteConnection, statement: &'static str) -> Result<(), StoreError> {
    sqlx::query(statement).execute(connection).await.map_err(|error| StoreError::Sql(Arc::new(error)))?;
    Ok(())
}
