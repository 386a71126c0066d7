//! Binds the server's address, and answers health requests until the store is open.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use url::Url;

use super::ServerError;
use super::guard;
use super::health::Degraded;
use super::problem::HttpProblem;

/// The bound address of the server, before the store is open.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(super) listener: TcpListener,
    pub(super) address: SocketAddr,
}

/// The most clients that are answered at once during the start. Chosen by hand.
const MAX_CLIENTS: usize = 64;

/// The longest time for a client's request and answer. Chosen by hand: short, because silent clients block others.
const CLIENT_TIMEOUT: Duration = Duration::from_secs(2);

/// The pause after a connection that could not be accepted. Chosen by hand.
const AFTER_REFUSAL: Duration = Duration::from_millis(100);

/// When a client may try again for anything but health, in seconds. Chosen by hand: the pause between two tries to open
/// the store.
const RETRY_SECONDS: u64 = 5;

#[derive(Clone)]
struct Waiting {
    reasons: Degraded,
    public: Option<Arc<Url>>,
}

impl Bound {
    /// Binds the address.
    ///
    /// # Errors
    /// If another program uses it, or it does not belong to this machine.
    pub(crate) async fn bind(address: SocketAddr) -> Result<Self, ServerError> {
        let listener = TcpListener::bind(address).await.map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => ServerError::InUse(address),
            _ => ServerError::Bind { address, source },
        })?;
        let address = listener.local_addr().map_err(|source| ServerError::Bind { address, source })?;
        Ok(Self { listener, address })
    }

    /// Answers that marsad is starting, and why it waits, until the future is dropped.
    pub async fn answer(&self, reasons: &Degraded, public: Option<Url>) -> Infallible {
        let waiting = Waiting { reasons: reasons.clone(), public: public.map(Arc::new) };
        let app = Router::new().fallback(starting).with_state(waiting);
        let slots = Arc::new(Semaphore::new(MAX_CLIENTS));
        loop {
            let slot = Arc::clone(&slots).acquire_owned().await;
            let Ok((stream, _)) = self.listener.accept().await else {
                tokio::time::sleep(AFTER_REFUSAL).await;
                continue;
            };
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(CLIENT_TIMEOUT)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app.clone()));
            tokio::spawn(async move {
                tokio::time::timeout(CLIENT_TIMEOUT, connection).await.ok();
                drop(slot);
            });
        }
    }
}

/// Answers health requests during the start; everything else gets 503.
async fn starting(State(waiting): State<Waiting>, uri: Uri, headers: HeaderMap) -> Response {
    if let Err(problem) = guard::check_host(&headers, waiting.public.as_deref()) {
        return problem.into_response();
    }
    let mut reasons = waiting.reasons.reasons();
    if reasons.is_empty() {
        reasons.push("store: is being opened".to_owned());
    }
    match uri.path() {
        "/healthz" => Json(json!({ "status": "starting", "degraded": reasons })).into_response(),
        "/readyz" => {
            let body = Json(json!({ "status": "starting", "reasons": reasons }));
            (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
        }
        _ => {
            HttpProblem::new(StatusCode::SERVICE_UNAVAILABLE, "marsad is starting").after(RETRY_SECONDS).into_response()
        }
    }
}
