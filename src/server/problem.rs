//! What went wrong with a request, as `application/problem+json` (RFC 9457).

use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::store::StoreError;

/// Why a request is not answered with what it asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpProblem {
    status: StatusCode,
    detail: String,
    retry_after: Option<u64>,
}

impl HttpProblem {
    /// A problem of this status, told in one sentence.
    #[must_use]
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, detail: detail.into(), retry_after: None }
    }

    /// Also says after how many seconds another try makes sense.
    #[must_use]
    pub fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl From<StoreError> for HttpProblem {
    /// The client hears that the store is at fault; the operator reads why in the log.
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "the store could not answer a request");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "the store cannot be read at the moment").after(10)
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

/// There is nothing at this path.
pub async fn not_found(uri: Uri) -> HttpProblem {
    let path: String = uri.path().chars().take(100).collect();
    HttpProblem::new(StatusCode::NOT_FOUND, format!("no resource at {path}; see docs/api.md"))
}

/// The path is read with GET only.
pub async fn method_not_allowed(method: Method) -> HttpProblem {
    HttpProblem::new(StatusCode::METHOD_NOT_ALLOWED, format!("{method} is not answered here; use GET"))
}
