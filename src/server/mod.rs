//! The HTTP server: health, metrics, API and stream. It reads the store and changes nothing.
//!
//! - `start` binds the address and answers while the store is not open yet.
//! - `connections` limits the open connections; `refusals` counts those that could not be accepted.
//! - `guard` checks host, token and headers of each request.
//! - `health`, `api` and `stream` answer requests; `json` renders their rows; `problem` renders errors.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_io_timeout::TimeoutWriter;
use tokio_util::sync::CancellationToken;
use tower_http::limit::RequestBodyLimitLayer;

use crate::clock::{Clock, Stopwatch};
use crate::config::RunningConfig;
use crate::store::Store;
use crate::systemd::Pulse;
use crate::telemetry::Metrics;
use connections::{ConnectionRegister, ConnectionSeat, NoRoom};
use refusals::Refusals;

pub(crate) mod api;
mod connections;
pub(crate) mod guard;
pub mod health;
pub mod json;
pub(crate) mod problem;
mod refusals;
mod start;
pub(crate) mod stream;

pub(crate) use start::Bound;

/// What the server shows.
#[derive(Clone, Debug)]
pub(crate) struct ServerContext {
    /// The running configuration.
    pub config: RunningConfig,
    /// The store.
    pub store: Store,
    /// The metrics.
    pub metrics: Metrics,
    /// The beats of the daemon's loops.
    pub pulse: Pulse,
    /// How long a loop may be silent before marsad is not ready; usually [`health::STALLED`].
    pub(crate) stalled_after: Duration,
    /// Further reasons why marsad is degraded.
    pub degraded: health::Degraded,
    /// The clock.
    pub clock: Clock,
}

/// The server, bound to its address.
#[derive(Debug)]
pub(crate) struct Server {
    listener: TcpListener,
    address: SocketAddr,
    context: ServerContext,
}

/// Why the server could not be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServerError {
    /// Another program listens there.
    #[error("http.listen {0} is in use: another marsad, or another program; stop it, or use another port")]
    InUse(SocketAddr),
    /// The address does not belong to this machine, or this user may not use it.
    #[error("http.listen {address} cannot be used: {source}; use an address of this machine and a free port")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
}

/// The state that handlers share.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    context: ServerContext,
    listen: SocketAddr,
    stop: CancellationToken,
    tries: Arc<guard::FailedTokens>,
    answers: Arc<health::Answers>,
    streams: Arc<Semaphore>,
    requests: Arc<Semaphore>,
}

/// The most open connections; a further one replaces an idle one. Chosen by hand: more than streams and requests
/// together, so that health is always reachable.
const MAX_CONNECTIONS: usize = 128;

/// The least time that a client has for its request before its connection may be replaced. Chosen by hand: one round
/// trip around the world; together with the number of connections it limits clients to 512 per second.
const MIN_IDLE: Duration = Duration::from_millis(250);

/// The most requests that are answered at once, besides health and streams. Chosen by hand: the store reads through
/// four connections.
const MAX_REQUESTS: usize = 32;

/// The longest time for a client to send its request headers. Chosen by hand.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// The longest time that a write waits for the client to read. Chosen by hand.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// The longest time for running answers to finish when the daemon stops. Chosen by hand.
const GRACE: Duration = Duration::from_secs(5);

/// The largest request body, in bytes. Chosen by hand.
const BODY: usize = 64 * 1024;

/// The largest read buffer of a connection, in bytes; it limits the request headers. Chosen by hand.
const READ_BUFFER: usize = 64 * 1024;

impl Server {
    /// A server at a bound address.
    #[must_use]
    pub fn new(bound: Bound, context: ServerContext) -> Self {
        let Bound { listener, address } = bound;
        Self { listener, address, context }
    }

    /// Where it listens, with the assigned port if port 0 was requested.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `stop`; then running answers get 5 seconds to finish.
    pub async fn run(self, stop: CancellationToken) {
        let clock = self.context.clock.clone();
        let app = router(self.context, self.address, stop.clone());
        let graceful = GracefulShutdown::new();
        let register = ConnectionRegister::new(&clock, MAX_CONNECTIONS, MIN_IDLE);
        let (watch, mut refusals) = (clock.stopwatch(), Refusals::default());
        while let Some((stream, peer)) = accept(&self.listener, &register, &mut refusals, watch, &stop).await {
            let Some(seat) = seat(&register, peer).await.map(Arc::new) else {
                tracing::warn!(client.address = %peer.ip(), "rejected a connection: all connections are busy");
                continue;
            };
            let from = guard::ClientPeer { ip: peer.ip(), seat: Arc::clone(&seat) };
            let io = TokioIo::new(limited(stream));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_TIMEOUT)
                .max_buf_size(READ_BUFFER)
                .serve_connection(io, TowerToHyperService::new(app.clone().layer(axum::Extension(from))));
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                tokio::select! {
                    ended = connection => if let Err(error) = ended {
                        tracing::debug!(%error, "a connection ended early");
                    },
                    () = seat.closed() => tracing::debug!("closed an idle connection in favour of a new one"),
                }
            });
        }
        drop(self.listener);
        if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
            tracing::warn!("answers that did not finish in time were cut off");
        }
    }
}

/// A connection whose writes fail if the client does not read for [`WRITE_TIMEOUT`]. Without it such a client would keep
/// its connection and its buffered data indefinitely.
fn limited<S: AsyncRead + AsyncWrite>(stream: S) -> Pin<Box<TimeoutWriter<S>>> {
    let mut writer = TimeoutWriter::new(stream);
    writer.set_timeout(Some(WRITE_TIMEOUT));
    Box::pin(writer)
}

/// Accepts the next connection; none after `stop`.
async fn accept(
    listener: &TcpListener,
    register: &ConnectionRegister,
    refusals: &mut Refusals,
    watch: Stopwatch,
    stop: &CancellationToken,
) -> Option<(TcpStream, SocketAddr)> {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return None,
        };
        match accepted {
            Ok(accepted) => {
                if let Some(failures) = refusals.accepted(watch.elapsed()) {
                    tracing::info!(failures, "connections are accepted again");
                }
                return Some(accepted);
            }
            // The client disconnected; nothing is wrong.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                if refusals.failed(watch.elapsed()) {
                    tracing::warn!(%error, "cannot accept a connection; further failures are counted but not logged");
                }
                // Most likely no file handle is left: closing an idle connection frees one.
                register.close_one();
                let _ = tokio::time::timeout(refusals.pause(), stop.cancelled()).await;
            }
        }
    }
}

/// Takes a seat for a client, waiting for an idle connection if needed; none if all connections are busy.
async fn seat(register: &ConnectionRegister, peer: SocketAddr) -> Option<ConnectionSeat> {
    loop {
        match register.enter(guard::client_network(peer.ip())) {
            Ok(seat) => return Some(seat),
            Err(NoRoom::RetryIn(wait)) => tokio::time::sleep(wait).await,
            Err(NoRoom::Busy) => return None,
        }
    }
}

fn router(context: ServerContext, listen: SocketAddr, stop: CancellationToken) -> Router {
    let shared = Shared {
        tries: Arc::new(guard::FailedTokens::new(&context.clock)),
        answers: Arc::default(),
        streams: Arc::new(Semaphore::new(stream::MAX_STREAMS)),
        requests: Arc::new(Semaphore::new(MAX_REQUESTS)),
        context,
        listen,
        stop,
    };
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/metrics", get(health::metrics))
        .route("/api/v1/items", get(api::items))
        .route("/api/v1/sources", get(api::sources))
        .route("/api/v1/deliveries", get(api::deliveries))
        .route("/api/v1/stream", get(stream::stream))
        .fallback(problem::not_found)
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(RequestBodyLimitLayer::new(BODY))
        .layer(from_fn_with_state(shared.clone(), guard::guard))
        .with_state(shared)
}

#[cfg(test)]
mod tests;
