//! A webhook receiver on loopback that verifies each signature itself, by Standard Webhooks, and keeps every request.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::clock::Clock;

/// How far a signed timestamp may differ from the receiver's clock, in seconds (Standard Webhooks).
const TOLERANCE: i64 = 5 * 60;

/// A receiver; it runs until it is dropped.
#[derive(Debug)]
pub struct WebhookReceiver {
    address: SocketAddr,
    state: Arc<ReceiverState>,
    _serving: AbortOnDropHandle<()>,
}

/// One request that reached the receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedWebhook {
    /// `webhook-id`.
    pub id: String,
    /// When it arrived.
    pub at: Timestamp,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// Whether the signature is valid, and if not, why.
    pub signature: Result<(), String>,
    /// The status of the reply.
    pub status: u16,
    /// True when the sender marked it as replayed by hand.
    pub(crate) replayed: bool,
}

/// A scripted reply instead of `204`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScriptedReply {
    /// The status.
    pub status: u16,
    /// The value of `Retry-After`.
    pub retry_after: Option<String>,
    /// The value of `Location`.
    pub location: Option<String>,
}

#[derive(Debug)]
struct ReceiverState {
    clock: Clock,
    key: Option<Vec<u8>>,
    requests: Mutex<Vec<ReceivedWebhook>>,
    replies: Mutex<VecDeque<ScriptedReply>>,
    count: watch::Sender<usize>,
}

impl WebhookReceiver {
    /// Starts a receiver for `secret` (`whsec_…`). Without a secret it verifies nothing and says so in each request.
    ///
    /// # Errors
    /// If loopback has no free port.
    pub async fn open(clock: &Clock, secret: Option<&str>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let key = secret.map(key_of).transpose().map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let state = Arc::new(ReceiverState {
            clock: clock.clone(),
            key,
            requests: Mutex::default(),
            replies: Mutex::default(),
            count: watch::channel(0).0,
        });
        let router = Router::new().fallback(take).with_state(Arc::clone(&state));
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "receiver stopped");
            }
        });
        Ok(Self { address, state, _serving: AbortOnDropHandle::new(serving) })
    }

    /// The URL to post to.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/hooks/demo", self.address)
    }

    /// Every request so far, in the order of arrival.
    #[must_use]
    pub fn letters(&self) -> Vec<ReceivedWebhook> {
        self.state.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The number of requests so far; it changes with each request.
    #[must_use]
    pub fn arrivals(&self) -> watch::Receiver<usize> {
        self.state.count.subscribe()
    }

    /// Answers the next requests with these replies, one each, and with `204` after them.
    pub fn answer_with(&self, replies: impl IntoIterator<Item = ScriptedReply>) {
        self.state.replies.lock().unwrap_or_else(PoisonError::into_inner).extend(replies);
    }
}

impl ScriptedReply {
    /// A reply with only a status.
    #[must_use]
    pub fn status(status: u16) -> Self {
        Self { status, ..Self::default() }
    }
}

impl ReceiverState {
    fn file(&self, headers: &HeaderMap, body: &Bytes) -> ScriptedReply {
        let at = self.clock.now();
        let scripted = self.replies.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let reply = scripted.unwrap_or_else(|| ScriptedReply::status(204));
        let signature = match &self.key {
            Some(key) => verify(key, headers, body, at),
            None => Err("the receiver has no secret".to_owned()),
        };
        let request = ReceivedWebhook {
            id: text(headers, "webhook-id").unwrap_or_default().to_owned(),
            at,
            body: body.to_vec(),
            signature,
            status: reply.status,
            replayed: headers.contains_key("marsad-replay"),
        };
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        requests.push(request);
        self.count.send_replace(requests.len());
        reply
    }
}

async fn take(State(state): State<Arc<ReceiverState>>, headers: HeaderMap, body: Bytes) -> Response {
    let reply = state.file(&headers, &body);
    let status = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = status.into_response();
    for (name, value) in [(header::RETRY_AFTER, reply.retry_after), (header::LOCATION, reply.location)] {
        if let Some(value) = value.and_then(|value| value.parse().ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// The signing key of a `whsec_…` secret.
///
/// # Errors
/// A message, if the secret has another format.
pub(crate) fn key_of(secret: &str) -> Result<Vec<u8>, String> {
    let encoded = secret.trim().strip_prefix("whsec_").ok_or("a secret begins with whsec_")?;
    STANDARD.decode(encoded).map_err(|error| format!("the secret is not base64: {error}"))
}

/// Verifies a request as Standard Webhooks specifies: one of the signatures is the HMAC of `id.timestamp.body`, and the
/// timestamp is within five minutes of `now`.
///
/// # Errors
/// A message that says what is wrong.
pub fn verify(key: &[u8], headers: &HeaderMap, body: &[u8], now: Timestamp) -> Result<(), String> {
    let id = text(headers, "webhook-id").ok_or("no webhook-id")?;
    let stamp = text(headers, "webhook-timestamp").ok_or("no webhook-timestamp")?;
    let signatures = text(headers, "webhook-signature").ok_or("no webhook-signature")?;
    let seconds: i64 = stamp.parse().map_err(|_| "webhook-timestamp is not a number")?;
    if (now.as_second() - seconds).abs() > TOLERANCE {
        return Err(format!("the timestamp differs by {} s from now", (now.as_second() - seconds).abs()));
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|error| error.to_string())?;
    mac.update(format!("{id}.{stamp}.").as_bytes());
    mac.update(body);
    let holds = signatures
        .split(' ')
        .filter_map(|one| STANDARD.decode(one.strip_prefix("v1,")?).ok())
        .any(|given| mac.clone().verify_slice(&given).is_ok());
    if holds { Ok(()) } else { Err("no signature matches the body".to_owned()) }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example that the specification's own libraries test with.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    fn signed() -> (HeaderMap, Timestamp) {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        (headers, Timestamp::from_second(1_614_265_330).unwrap())
    }

    #[test]
    fn the_specification_s_own_example_is_accepted() {
        let (headers, now) = signed();
        assert_eq!(verify(&key_of(SECRET).unwrap(), &headers, BODY, now), Ok(()));
    }

    #[test]
    fn a_changed_byte_an_old_timestamp_or_another_key_is_refused() {
        let (headers, now) = signed();
        let key = key_of(SECRET).unwrap();
        assert!(verify(&key, &headers, br#"{"test": 2432232315}"#, now).is_err());
        assert!(verify(&key, &headers, BODY, crate::clock::later(now, jiff::SignedDuration::from_mins(6))).is_err());
        assert!(verify(b"another key", &headers, BODY, now).is_err());
        assert!(verify(&key, &HeaderMap::new(), BODY, now).is_err());
    }
}
