//! Streams alerts as server-sent events.
//!
//! The stream reads the store, which numbers alerts in the order of admission. So alerts made while a client was
//! disconnected are sent later, once and in order. Each client uses memory for one page, however slow it is.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio_util::sync::CancellationToken;

use crate::alert::DeliveryId;
use crate::channel::ChannelId;
use crate::render;
use crate::server::Shared;
use crate::server::problem::HttpProblem;
use crate::store::{Store, StoredAlert};

/// The most open streams. Chosen by hand.
pub(crate) const MAX_STREAMS: usize = 64;

/// How many alerts one read of the store returns. Chosen by hand.
const PAGE: usize = 64;

/// How often the store is polled, because a command may have made an alert. Chosen by hand.
const POLL: Duration = Duration::from_secs(5);

/// How often an idle stream sends a comment, so that proxies keep it open. Chosen by hand.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The query parameters of the stream, for clients that cannot send the header.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StreamQuery {
    last_event_id: Option<String>,
}

/// One client's position in the sequence of alerts.
struct StreamCursor {
    store: Store,
    newest: watch::Receiver<i64>,
    stop: CancellationToken,
    after: i64,
    read: VecDeque<StoredAlert>,
    reset: Option<Value>,
    _permit: OwnedSemaphorePermit,
}

/// Opens a stream after `Last-Event-ID`, or from the next alert on.
pub(crate) async fn stream(
    State(shared): State<Shared>,
    asked: Result<Query<StreamQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, HttpProblem> {
    let Query(asked) = asked.map_err(|rejection| HttpProblem::new(StatusCode::BAD_REQUEST, rejection.body_text()))?;
    let last = last_event(&headers, asked.last_event_id.as_deref())?;
    let permit = std::sync::Arc::clone(&shared.streams).try_acquire_owned().map_err(|_| {
        HttpProblem::new(StatusCode::SERVICE_UNAVAILABLE, format!("all {MAX_STREAMS} streams are in use")).after(30)
    })?;
    let store = shared.context.store.clone();
    let newest = store.newest_alert();
    let (after, reset) = begin(last, store.alert_bounds().await?);
    let stop = shared.stop.clone();
    let cursor = StreamCursor { store, newest, stop, after, read: VecDeque::new(), reset, _permit: permit };
    let events = futures_util::stream::unfold(cursor, |mut cursor| async move {
        let event = cursor.next().await?;
        Some((Ok(event), cursor))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// The client's last event: the header of a reconnect takes precedence over the query.
fn last_event(headers: &HeaderMap, query: Option<&str>) -> Result<Option<i64>, HttpProblem> {
    let header = headers.get("last-event-id").map(|value| value.to_str().unwrap_or("?"));
    let text = header.or(query).filter(|text| !text.is_empty());
    let wrong = |_| HttpProblem::new(StatusCode::BAD_REQUEST, "`Last-Event-ID` must be the number of an alert");
    text.map(str::parse).transpose().map_err(wrong)
}

/// After which alert a stream begins, and the `reset` event to send first if the client's position no longer exists.
fn begin(last: Option<i64>, bounds: Option<(i64, i64)>) -> (i64, Option<Value>) {
    let newest = bounds.map_or(0, |(_, newest)| newest);
    let oldest = bounds.map_or(1, |(oldest, _)| oldest);
    match last {
        None => (newest, None),
        Some(last) if last > newest => (newest, Some(json!({ "oldest": oldest, "newest": newest }))),
        Some(last) if last < oldest - 1 => (oldest - 1, Some(json!({ "oldest": oldest, "newest": newest }))),
        Some(last) => (last, None),
    }
}

impl StreamCursor {
    /// The next event; none if the daemon stops or the store cannot be read, after which the client reconnects.
    async fn next(&mut self) -> Option<Event> {
        if let Some(bounds) = self.reset.take() {
            return Some(Event::default().event("reset").id(self.after.to_string()).data(bounds.to_string()));
        }
        loop {
            if let Some(alert) = self.read.pop_front() {
                self.after = alert.number;
                if alert.alert.is_daily_test() {
                    continue;
                }
                let event = Event::default().id(alert.number.to_string()).event(alert.alert.kind());
                return Some(event.data(body(&alert).to_string()));
            }
            self.newest.borrow_and_update();
            match self.store.alerts_after(self.after, PAGE).await {
                Ok(page) if page.is_empty() => self.wait().await?,
                Ok(page) => self.read.extend(page),
                Err(error) => {
                    tracing::error!(%error, "closed a stream: cannot read alerts");
                    return None;
                }
            }
        }
    }

    async fn wait(&mut self) -> Option<()> {
        tokio::select! {
            changed = self.newest.changed() => changed.ok(),
            () = tokio::time::sleep(POLL) => Some(()),
            () = self.stop.cancelled() => None,
        }
    }
}

/// The body that a webhook gets, without the fields of a channel.
fn body(stored: &StoredAlert) -> Value {
    let delivery = DeliveryId::from_stored(String::new());
    let stamp = render::DeliveryStamp { delivery, epoch: 0, seq: 0, at: stored.at, thread: None };
    let mut document = render::json::document(&stored.alert, &stamp, &ChannelId::new(""));
    if let Some(data) = document.get_mut("data").and_then(Value::as_object_mut) {
        for name in ["channel", "epoch", "seq"] {
            data.shift_remove(name);
        }
    }
    document
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_begins_where_the_client_was() {
        assert_eq!(begin(Some(7), Some((1, 9))), (7, None));
        assert_eq!(begin(Some(9), Some((1, 9))), (9, None));
        assert_eq!(begin(Some(0), Some((1, 9))), (0, None));
        assert_eq!(begin(None, Some((1, 9))), (9, None));
        assert_eq!(begin(None, None), (0, None));
    }

    #[test]
    fn a_position_that_no_longer_exists_is_reset() {
        let (after, reset) = begin(Some(3), Some((10, 20)));
        assert_eq!((after, reset), (9, Some(json!({"oldest": 10, "newest": 20}))));
        // Another or a restored store has fewer alerts.
        let (after, reset) = begin(Some(30), Some((10, 20)));
        assert_eq!((after, reset.is_some()), (20, true));
        let (after, reset) = begin(Some(5), None);
        assert_eq!((after, reset.is_some()), (0, true));
    }

    #[test]
    fn the_header_of_a_reconnect_takes_precedence() {
        let mut headers = HeaderMap::new();
        assert_eq!(last_event(&headers, Some("4")).unwrap(), Some(4));
        headers.insert("last-event-id", axum::http::HeaderValue::from_static("9"));
        assert_eq!(last_event(&headers, Some("4")).unwrap(), Some(9));
        headers.insert("last-event-id", axum::http::HeaderValue::from_static("x"));
        assert!(last_event(&headers, None).is_err());
    }
}
