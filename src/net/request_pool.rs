//! The threads and connections that requests run on.
//!
//! Sources and receivers have a pool each. A peer that keeps its thread busy slows only its own pool: the scheduler,
//! the store, the server and the other pool run elsewhere.

use std::future::Future;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use rustix::process::{Resource, getrlimit};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::AbortOnDropHandle;

use super::error::NetError;
use super::request::Method;

/// Threads and a bounded number of connections for one kind of peer.
#[derive(Debug)]
pub(super) struct RequestPool {
    runtime: Runtime,
    connections: Arc<Semaphore>,
    own: Arc<Semaphore>,
    kept: Arc<Semaphore>,
}

/// The right of one client to one connection beside those that all clients share. Each receiver has a client: however
/// many requests wait for silent receivers, the next request to another one leaves at once.
#[derive(Debug)]
pub(super) struct OwnConnection(Arc<Semaphore>);

impl Default for OwnConnection {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

/// Threads of one pool. Chosen by hand: if three peers keep a thread busy each, one is left for the others.
const THREADS: usize = 4;

/// File handles reserved for the database, the log, the watched configuration, the server and mail. Measured: the
/// daemon holds 25 before its first request (`ls /proc/PID/fd`), and 38 at most with 8 requests at once
/// (`tests/outside/hosts.py --nofile 64`); the rest is room for clients of the server.
const RESERVE: u64 = 80;

/// File handles that one request may hold: its connection, and a look-up or an attempt at a second address.
const PER_REQUEST: u64 = 2;

/// The most requests under way. Chosen by hand, above the default of 64 visits and 16 pages.
const MOST: u64 = 160;

/// The most own connections of receivers. Chosen by hand, far above the number of channels of any newsroom.
const MOST_OWN: u64 = 1_000;

/// The fewest requests under way, whatever the limit on file handles. Chosen by hand.
const FEWEST: u64 = 8;

/// How long a request may overrun its deadline before the pool ends it. Chosen by hand.
const OVERRUN: Duration = Duration::from_secs(2);

// The limit on file handles is per process, and so are the pools: they outlive each configuration.
static SOURCES: OnceLock<RequestPool> = OnceLock::new();
static RECEIVERS: OnceLock<RequestPool> = OnceLock::new();

/// Held while a pool starts.
static STARTING: Mutex<()> = Mutex::new(());

/// Permits one request to be under way.
#[derive(Debug)]
struct ConnectionPermit {
    _client: Option<OwnedSemaphorePermit>,
    _pool: Option<OwnedSemaphorePermit>,
}

impl RequestPool {
    /// The pool for this method: a GET reads a source, a POST sends to a receiver.
    ///
    /// # Errors
    /// If its threads cannot start. The next request tries again: the machine may have lacked handles.
    pub(super) fn of(method: Method) -> Result<&'static Self, NetError> {
        let all = connections(limit());
        let (pool, name, shared, own) = match method {
            Method::Get => (&SOURCES, "marsad-fetch", all - all / 4, 0),
            Method::Post => (&RECEIVERS, "marsad-send", all / 4, own_connections(limit())),
        };
        if let Some(pool) = pool.get() {
            return Ok(pool);
        }
        let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = pool.get() {
            return Ok(pool);
        }
        let started = Self::start(name, shared, own).map_err(NetError::Setup)?;
        Ok(pool.get_or_init(|| started))
    }

    /// Starts both pools while there are handles for them.
    pub(super) fn prepare() {
        for method in [Method::Get, Method::Post] {
            if let Err(error) = Self::of(method) {
                tracing::debug!(%error, "the threads for requests start with the first request");
            }
        }
    }

    fn start(name: &str, connections: usize, own: usize) -> Result<Self, String> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(THREADS)
            .thread_name(name)
            // Check sockets and timers after every step: a connection that always has something to read must not hide
            // the others.
            .event_interval(1)
            .enable_io()
            .enable_time()
            .build()
            .map_err(|error| format!("cannot start its threads: {error}"))?;
        let kept = Arc::new(Semaphore::new(connections / 2));
        let (connections, own) = (Arc::new(Semaphore::new(connections)), Arc::new(Semaphore::new(own)));
        Ok(Self { runtime, connections, own, kept })
    }

    /// Runs `exchange` once a connection is free, and ends it if it overruns `deadline`. The wait for a connection does
    /// not count.
    pub(super) async fn run<T: Send + 'static>(
        &'static self,
        deadline: Duration,
        host: String,
        own: &OwnConnection,
        exchange: impl Future<Output = Result<T, NetError>> + Send + 'static,
    ) -> Result<T, NetError> {
        let permit = self.permit(own).await;
        let exchange = async move {
            let _permit = permit;
            exchange.await
        };
        let after = deadline + OVERRUN;
        match tokio::time::timeout(after, AbortOnDropHandle::new(self.runtime.spawn(exchange))).await {
            Ok(Ok(result)) => result,
            Ok(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Ok(Err(error)) => Err(NetError::Setup(error.to_string())),
            Err(_) => Err(NetError::Timeout { host, after, what: "no answer" }),
        }
    }

    /// The permits for one connection: the client's own, or a shared one while that is in use.
    async fn permit(&self, own: &OwnConnection) -> ConnectionPermit {
        let owned = async {
            let client = Arc::clone(&own.0).acquire_owned().await.ok();
            // Waits for ever in a pool without own connections.
            ConnectionPermit { _client: client, _pool: Arc::clone(&self.own).acquire_owned().await.ok() }
        };
        let shared = Arc::clone(&self.connections).acquire_owned();
        tokio::select! {
            biased;
            permit = owned => permit,
            permit = shared => ConnectionPermit { _client: None, _pool: permit.ok() },
        }
    }

    /// A permit for one idle connection; `None` if too many are kept already.
    pub(super) fn keep(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.kept).try_acquire_owned().ok()
    }
}

fn limit() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// How many requests may be under way in both pools together under this limit on file handles.
fn connections(limit: u64) -> usize {
    let room = (limit.saturating_sub(RESERVE) / PER_REQUEST).clamp(FEWEST, MOST);
    usize::try_from(room).unwrap_or(usize::MAX)
}

/// How many receivers may have a connection of their own under this limit on file handles: what is left of it.
fn own_connections(limit: u64) -> usize {
    let room = (limit.saturating_sub(RESERVE) / PER_REQUEST).saturating_sub(MOST);
    usize::try_from(room.min(MOST_OWN)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_leave_handles_to_the_database() {
        assert_eq!((connections(u64::MAX), connections(1024)), (160, 160));
        assert_eq!((connections(256), connections(64), connections(0)), (88, 8, 8));
        assert_eq!([64, 256, 1024, 1_000_000].map(own_connections), [0, 0, 312, 1_000]);
    }
}
