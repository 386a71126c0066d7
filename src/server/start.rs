//! Answers for health while a start waits for its store: nothing else can be shown yet.

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

/// The address of the server, taken before there is a store to show.
#[derive(Debug)]
pub struct Bound {
    pub(super) listener: TcpListener,
    pub(super) address: SocketAddr,
}

/// How many clients are answered at once meanwhile. Chosen by hand.
const CLIENTS: usize = 64;

/// How long a client has for its request and its answer. Chosen by hand: short, because silent ones hold the places of
/// others.
const CLIENT_WITHIN: Duration = Duration::from_secs(2);

/// The pause after a connection that could not be accepted, as for want of handles.
const AFTER_REFUSAL: Duration = Duration::from_millis(100);

/// When a client that wants more than health may ask again, in seconds. Chosen by hand, as the pause between two tries.
const ASK_AGAIN: u64 = 5;

#[derive(Clone)]
struct Waiting {
    reasons: Degraded,
    public: Option<Arc<Url>>,
}

impl Bound {
    /// Takes the address.
    ///
    /// # Errors
    /// When something else has it, or this machine does not.
    pub async fn bind(address: SocketAddr) -> Result<Self, ServerError> {
        let listener = TcpListener::bind(address).await.map_err(|source| match source.kind() {
            io::ErrorKind::AddrInUse => ServerError::InUse(address),
            _ => ServerError::Bind { address, source },
        })?;
        let address = listener.local_addr().map_err(|source| ServerError::Bind { address, source })?;
        Ok(Self { listener, address })
    }

    /// Says that marsad is starting, and why it waits, until it is dropped.
    pub async fn answer(&self, reasons: &Degraded, public: Option<Url>) -> Infallible {
        let waiting = Waiting { reasons: reasons.clone(), public: public.map(Arc::new) };
        let app = Router::new().fallback(starting).with_state(waiting);
        let places = Arc::new(Semaphore::new(CLIENTS));
        loop {
            let place = Arc::clone(&places).acquire_owned().await;
            let Ok((stream, _)) = self.listener.accept().await else {
                tokio::time::sleep(AFTER_REFUSAL).await;
                continue;
            };
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(CLIENT_WITHIN)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), TowerToHyperService::new(app.clone()));
            tokio::spawn(async move {
                tokio::time::timeout(CLIENT_WITHIN, connection).await.ok();
                drop(place);
            });
        }
    }
}

/// The process lives and is not ready; there is nothing else to see.
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
        _ => HttpProblem::new(StatusCode::SERVICE_UNAVAILABLE, "marsad is starting").after(ASK_AGAIN).into_response(),
    }
}
