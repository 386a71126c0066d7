//! Renders errors of requests as `application/problem+json` (RFC 9457).

use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::store::StoreError;

/// When a client may try again after the store failed, in seconds. Chosen by hand.
const STORE_RETRY_SECONDS: u64 = 10;

/// An error response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpProblem {
    status: StatusCode,
    detail: String,
    retry_after: Option<u64>,
}

impl HttpProblem {
    /// A problem with this status, described in one sentence.
    #[must_use]
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), retry_after: None }
    }

    /// Adds after how many seconds the client may try again.
    #[must_use]
    pub(crate) fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl From<StoreError> for HttpProblem {
    /// Tells the client that the store failed; the cause is in the log.
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "cannot read the store for a request");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "cannot read the store at the moment").after(STORE_RETRY_SECONDS)
    }
}

impl IntoResponse for HttpProblem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or("Error");
        let body =
            json!({"type": "about:blank", "title": title, "status": self.status.as_u16(), "detail": self.detail});
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"marsad\""));
        }
        response
    }
}

/// The paths that exist.
pub(crate) const PATHS: [&str; 7] =
    ["/healthz", "/readyz", "/metrics", "/api/v1/items", "/api/v1/sources", "/api/v1/deliveries", "/api/v1/stream"];

/// Answers requests to unknown paths.
pub(crate) async fn not_found(uri: Uri) -> HttpProblem {
    let path: String = uri.path().chars().take(100).collect();
    HttpProblem::new(StatusCode::NOT_FOUND, format!("no resource at {path}; there are {}", PATHS.join(", ")))
}

/// Answers requests with another method than GET.
pub(crate) async fn method_not_allowed(method: Method) -> HttpProblem {
    HttpProblem::new(StatusCode::METHOD_NOT_ALLOWED, format!("{method} is not supported here; use GET"))
}
