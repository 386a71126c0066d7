//! The task that performs all writes.
//!
//! A cancelled caller does not cancel its write. Writes that wait at the same time are committed together, each under
//! its own savepoint, so that a failing write rolls back only itself. Those of deliveries go before those of visits, and
//! a commit is bounded in time, so that an alert does not wait for the other visits.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use crate::clock::Clock;
use crate::fault_point;
use crate::store::StoreError;

/// The most writes in one commit. Chosen by hand.
const BATCH: usize = 64;

/// How long writes join a commit. Chosen by hand: some ten visits with new items.
const BATCH_TIME: Duration = Duration::from_millis(20);

/// How many writes of deliveries go before one of a visit that waits. Chosen by hand.
const DELIVERIES_IN_A_ROW: usize = 32;

/// How many writes of each kind may be queued before callers wait. Chosen by hand.
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
pub(crate) struct WriterHandle {
    deliveries: mpsc::Sender<WriteJob>,
    others: mpsc::Sender<WriterCommand>,
}

/// Whose write it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteTurn {
    /// An attempt of a delivery: it goes first.
    Delivery,
    /// Any other.
    Other,
}

impl WriterHandle {
    /// Starts the task. It ends and closes the connection when the last handle is dropped. A broken connection is
    /// reopened with `options`.
    #[must_use]
    pub fn start(connection: SqliteConnection, options: SqliteConnectOptions) -> Self {
        let (deliveries, first) = mpsc::channel(QUEUE);
        let (others, then) = mpsc::channel(QUEUE);
        let waiting = WaitingWrites { deliveries: first, others: then, deliveries_in_a_row: 0, closing: None };
        tokio::spawn(write_all(connection, options, waiting));
        Self { deliveries, others }
    }

    /// Ends the task after all queued writes, and checkpoints the write-ahead log.
    pub(crate) async fn close(&self) {
        let (answer, answered) = oneshot::channel();
        if self.others.send(WriterCommand::Close(answer)).await.is_ok() {
            answered.await.ok();
        }
    }

    /// Runs `work` in a transaction and returns when it is durable.
    ///
    /// # Errors
    /// The error of `work` or of the commit; then nothing is written.
    pub(crate) async fn write<T, F>(&self, turn: WriteTurn, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let work: WriteJob = Box::new(move |connection| Box::pin(perform(work, connection, answer)));
        let sent = match turn {
            WriteTurn::Delivery => self.deliveries.send(work).await.is_ok(),
            WriteTurn::Other => self.others.send(WriterCommand::Work(work)).await.is_ok(),
        };
        if !sent {
            return Err(StoreError::Closed);
        }
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

/// The writes that wait.
struct WaitingWrites {
    deliveries: mpsc::Receiver<WriteJob>,
    others: mpsc::Receiver<WriterCommand>,
    deliveries_in_a_row: usize,
    /// Whom to answer when the connection is closed; none while the task goes on.
    closing: Option<oneshot::Sender<()>>,
}

impl WaitingWrites {
    /// The next write; none if the task is to end.
    async fn next(&mut self) -> Option<WriteJob> {
        loop {
            if let Some(work) = self.try_next() {
                return Some(work);
            }
            if self.closing.is_some() {
                return None;
            }
            tokio::select! {
                biased;
                Some(work) = self.deliveries.recv() => return Some(work),
                command = self.others.recv() => match command? {
                    WriterCommand::Work(work) => return Some(work),
                    WriterCommand::Close(answer) => self.close(answer),
                },
            }
        }
    }

    /// The next write, if one waits.
    fn try_next(&mut self) -> Option<WriteJob> {
        let is_turn =
            self.deliveries_in_a_row < DELIVERIES_IN_A_ROW || self.others.is_empty() || self.closing.is_some();
        if is_turn && let Ok(work) = self.deliveries.try_recv() {
            self.deliveries_in_a_row += 1;
            return Some(work);
        }
        self.deliveries_in_a_row = 0;
        if self.closing.is_some() {
            return None;
        }
        match self.others.try_recv().ok()? {
            WriterCommand::Work(work) => Some(work),
            WriterCommand::Close(answer) => {
                self.close(answer);
                None
            }
        }
    }

    /// Accepts no further write.
    fn close(&mut self, answer: oneshot::Sender<()>) {
        self.deliveries.close();
        self.closing = Some(answer);
    }

    fn is_empty(&self) -> bool {
        self.deliveries.is_empty() && self.others.is_empty()
    }
}

async fn write_all(mut connection: SqliteConnection, options: SqliteConnectOptions, mut waiting: WaitingWrites) {
    while let Some(first) = waiting.next().await {
        if write_batch(&mut connection, first, &mut waiting).await == ConnectionState::Broken {
            reconnect(&mut connection, &options).await;
        }
    }
    let closing = waiting.closing.take();
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

/// Commits a write, together with those that wait.
async fn write_batch(
    connection: &mut SqliteConnection,
    first: WriteJob,
    waiting: &mut WaitingWrites,
) -> ConnectionState {
    let mut done = Vec::new();
    let end = match begin(connection).await {
        Ok(()) => commit(connection, first, waiting, &mut done).await,
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
    first: WriteJob,
    waiting: &mut WaitingWrites,
    done: &mut Vec<JobReply>,
) -> Result<(), StoreError> {
    let watch = Clock::system().stopwatch();
    // A single write needs no savepoint: if it fails, the transaction is rolled back with it.
    let is_single = waiting.is_empty();
    let mut next = Some(first);
    while let Some(work) = next {
        if !is_single {
            // One statement, because a round trip costs more than it does. The commit releases the last savepoint.
            let save = if done.is_empty() { "savepoint work" } else { "release work; savepoint work" };
            execute(connection, save).await?;
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
        let is_full = is_single || done.len() >= BATCH || watch.elapsed() >= BATCH_TIME;
        next = if is_full { None } else { waiting.try_next() };
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

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures_util::future::join_all;

    use super::*;

    /// The order in which writes are made that wait at the same time.
    async fn order(waiting: Vec<(WriteTurn, usize)>) -> Vec<usize> {
        let options = SqliteConnectOptions::new().in_memory(true);
        let writer = WriterHandle::start(options.connect().await.unwrap(), options);
        let made = Arc::new(Mutex::new(Vec::new()));
        let write = |(turn, number)| {
            let made = Arc::clone(&made);
            writer.write(turn, move |_| {
                made.lock().unwrap().push(number);
                Box::pin(async { Ok(()) })
            })
        };
        for written in join_all(waiting.into_iter().map(write)).await {
            written.unwrap();
        }
        made.lock().unwrap().clone()
    }

    #[tokio::test]
    async fn an_attempt_does_not_wait_for_visits() {
        let waiting = vec![(WriteTurn::Other, 1), (WriteTurn::Other, 2), (WriteTurn::Delivery, 3)];
        assert_eq!(order(waiting).await, [3, 1, 2]);
    }

    #[tokio::test]
    async fn a_visit_waits_for_a_bounded_number_of_attempts() {
        let attempts = (1..=DELIVERIES_IN_A_ROW + 5).map(|number| (WriteTurn::Delivery, number));
        let order = order(attempts.chain([(WriteTurn::Other, 0)]).collect()).await;
        assert_eq!(order.iter().position(|number| *number == 0), Some(DELIVERIES_IN_A_ROW));
    }
}
