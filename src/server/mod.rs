//! The HTTP surface: health, metrics, API, stream. It shows the store and changes nothing.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tower_http::limit::RequestBodyLimitLayer;

use crate::clock::{Clock, Stopwatch};
use crate::config::Config;
use crate::store::Store;
use crate::systemd::Pulse;
use crate::telemetry::Metrics;
use connections::{ConnectionRegister, ConnectionSeat, NoRoom};
use refusals::Refusals;

pub mod api;
mod connections;
pub mod guard;
pub mod health;
pub mod json;
pub mod problem;
mod refusals;
mod start;
pub mod stream;
pub mod write_timeout;

pub use start::Bound;

/// What the surface shows.
#[derive(Clone, Debug)]
pub struct ServerContext {
    /// The configuration in use; a reload swaps it.
    pub config: Arc<ArcSwap<Config>>,
    /// What marsad remembers.
    pub store: Store,
    /// What marsad counts.
    pub metrics: Metrics,
    /// Whether its loops move.
    pub pulse: Pulse,
    /// How long a loop may stand still before marsad is not ready; usually [`health::STALLED`].
    pub stalled_after: Duration,
    /// What else is not as it should be.
    pub degraded: health::Degraded,
    /// What tells the time.
    pub clock: Clock,
}

/// The surface, bound to its address.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    context: ServerContext,
}

/// The surface could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Something else listens there.
    #[error("http.listen {0} is in use: another marsad, or another program; stop it, or name another port")]
    InUse(SocketAddr),
    /// The address is none of this machine's, or not for this user.
    #[error("http.listen {address}: {source}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// What handlers share.
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

/// How many connections are open at once; a further one takes the place of a client that sends no request. Chosen by
/// hand: more than the streams and the requests below together, so that health always finds room.
const CONNECTIONS: usize = 128;

/// How long every client has for its request before it makes room for another. Chosen by hand: a round trip round the
/// world; with the number of connections it bounds how many clients can come and go, to 512 a second.
const MOMENT: Duration = Duration::from_millis(250);

/// How many requests are answered at once beside health and the streams. Chosen by hand: the store reads through four
/// connections.
const REQUESTS: usize = 32;

/// How long a client may take to send its request's head.
const HEADER: Duration = Duration::from_secs(10);

/// How long answers under way may take when the daemon stops.
const GRACE: Duration = Duration::from_secs(5);

/// The largest request body, in bytes.
const BODY: usize = 64 * 1024;

impl Server {
    /// The surface at an address that was taken.
    #[must_use]
    pub fn new(bound: Bound, context: ServerContext) -> Self {
        let Bound { listener, address } = bound;
        Self { listener, address, context }
    }

    /// Where it listens, with the port that was given where port 0 was asked for.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `stop`; then lets what is under way end, within 5 seconds.
    pub async fn run(self, stop: CancellationToken) {
        let clock = self.context.clock.clone();
        let app = router(self.context, self.address, stop.clone());
        let graceful = GracefulShutdown::new();
        let room = ConnectionRegister::new(&clock, CONNECTIONS, MOMENT);
        let (watch, mut refusals) = (clock.stopwatch(), Refusals::default());
        while let Some((stream, peer)) = accept(&self.listener, &room, &mut refusals, watch, &stop).await {
            let Some(seat) = seat(&room, peer).await.map(Arc::new) else {
                tracing::warn!(client.address = %peer.ip(), "a connection was refused: every other one is being answered");
                continue;
            };
            let from = guard::ClientPeer { ip: peer.ip(), seat: Arc::clone(&seat) };
            let io = TokioIo::new(write_timeout::TimedConnection::new(stream, write_timeout::WRITE));
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER)
                .max_buf_size(64 * 1024)
                .serve_connection(io, TowerToHyperService::new(app.clone().layer(axum::Extension(from))));
            let connection = graceful.watch(connection);
            tokio::spawn(async move {
                tokio::select! {
                    ended = connection => if let Err(error) = ended {
                        tracing::debug!(%error, "a connection ended early");
                    },
                    () = seat.shown_out() => tracing::debug!("a client that sent no request made room for another"),
                }
            });
        }
        drop(self.listener);
        if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
            tracing::warn!("answers under way were cut off at the end");
        }
    }
}

/// The next connection; none when it is time to stop.
async fn accept(
    listener: &TcpListener,
    room: &ConnectionRegister,
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
            // The client has gone, and nothing is missing.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                if refusals.failed(watch.elapsed()) {
                    tracing::warn!(%error, "a connection could not be accepted; further failures are only counted");
                }
                // Out of file descriptors, most likely: a client that sends nothing gives its own back.
                room.show_one_out();
                let _ = tokio::time::timeout(refusals.pause(), stop.cancelled()).await;
            }
        }
    }
}

/// A seat for a client, as soon as somebody else has had its moment; none when every connection is being answered.
async fn seat(room: &ConnectionRegister, peer: SocketAddr) -> Option<ConnectionSeat> {
    loop {
        match room.enter(guard::place(peer.ip())) {
            Ok(seat) => return Some(seat),
            Err(NoRoom::Soon(wait)) => tokio::time::sleep(wait).await,
            Err(NoRoom::Busy) => return None,
        }
    }
}

fn router(context: ServerContext, listen: SocketAddr, stop: CancellationToken) -> Router {
    let shared = Shared {
        tries: Arc::new(guard::FailedTokens::new(&context.clock)),
        answers: Arc::default(),
        streams: Arc::new(Semaphore::new(stream::MOST)),
        requests: Arc::new(Semaphore::new(REQUESTS)),
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
