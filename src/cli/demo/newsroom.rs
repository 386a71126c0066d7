//! Serves every publisher of the demo on loopback.
//!
//! The plan starts when [`Newsroom::open`] is called. Until then only the items from before the plan are served, so
//! that the first visits find a baseline and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Response, StatusCode, Uri, header};
use jiff::{SignedDuration, Timestamp};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::paper::{self, PrintedItem, ServedDocument};
use super::plan::{ExpectedOutcome, OUTLETS, Outlet, PlannedItem, outlet};
use super::stories::pieces;
use crate::clock::{Clock, later};

/// The publishers; they answer until this is dropped.
#[derive(Debug)]
pub(crate) struct Newsroom {
    state: Arc<NewsroomState>,
    visited: watch::Receiver<usize>,
    _serving: AbortOnDropHandle<()>,
}

/// How many requests the newsroom got, and how many were answered as unchanged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestCounts {
    /// Requests for the own address of an outlet.
    pub(crate) asked: u64,
    /// Those answered `304 Not Modified`.
    pub(crate) unchanged: u64,
}

#[derive(Debug)]
struct NewsroomState {
    clock: Clock,
    base: String,
    built: Timestamp,
    opened: Mutex<Option<Timestamp>>,
    /// The last second of the plan that is published.
    last: Mutex<u32>,
    visits: Mutex<BTreeMap<&'static str, RequestCounts>>,
    visited: watch::Sender<usize>,
}

impl Newsroom {
    /// Starts serving the items from before the plan.
    ///
    /// # Errors
    /// If loopback has no free port.
    pub(crate) async fn build(clock: &Clock) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let (sender, visited) = watch::channel(0);
        let state = Arc::new(NewsroomState {
            clock: clock.clone(),
            base: format!("http://{}", listener.local_addr()?),
            built: clock.now(),
            opened: Mutex::new(None),
            last: Mutex::new(u32::MAX),
            visits: Mutex::new(BTreeMap::new()),
            visited: sender,
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&state));
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "newsroom stopped");
            }
        });
        Ok(Self { state, visited, _serving: AbortOnDropHandle::new(serving) })
    }

    /// Starts the plan now and ends it after its second `last`. If no item would alert by then, the first story is
    /// published at once.
    pub fn open(&self, last: Option<u32>) {
        let first =
            pieces().filter(|piece| piece.role == ExpectedOutcome::Alerts).map(|piece| piece.second).min().unwrap_or(0);
        let last = last.unwrap_or(u32::MAX);
        let ahead = if last < first { first } else { 0 };
        *self.state.last.lock().unwrap_or_else(PoisonError::into_inner) = last.max(first);
        let opened = later(self.state.clock.now(), SignedDuration::from_secs(-i64::from(ahead)));
        *self.state.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
    }

    /// Stops publishing.
    pub(crate) fn close(&self) {
        let second = self.state.second(self.state.clock.now());
        *self.state.last.lock().unwrap_or_else(PoisonError::into_inner) = second;
    }

    /// When the piece was published, or will be.
    #[must_use]
    pub fn published(&self, piece: &PlannedItem) -> Timestamp {
        self.state.published(piece)
    }

    /// The address of the outlet.
    #[must_use]
    pub fn address(&self, outlet: &Outlet) -> String {
        format!("{}/{}", self.state.base, outlet.id)
    }

    /// Waits until every outlet was visited once.
    pub(crate) async fn all_visited(&mut self) {
        // The sender lives in `self.state`, so the wait can only end by the count.
        let _ = self.visited.wait_for(|count| *count == OUTLETS.len()).await;
    }

    /// The piece at this address, and when it was published.
    #[must_use]
    pub(crate) fn piece_at(&self, address: &str) -> Option<(&'static PlannedItem, Timestamp)> {
        let (id, slug) = address.strip_prefix(&self.state.base)?.trim_start_matches('/').split_once('/')?;
        let piece = pieces().find(|p| p.outlet == id && p.slug == slug && p.role != ExpectedOutcome::Revision)?;
        Some((piece, self.state.published(piece)))
    }

    /// The pieces that are published by `at`, in the order of the plan.
    #[must_use]
    pub(crate) fn published_by(&self, at: Timestamp) -> Vec<&'static PlannedItem> {
        let second = self.state.second(at);
        pieces().filter(|piece| piece.second <= second).collect()
    }

    /// The number of requests so far.
    #[must_use]
    pub(crate) fn visits(&self) -> RequestCounts {
        let visits = self.state.visits.lock().unwrap_or_else(PoisonError::into_inner);
        visits.values().fold(RequestCounts::default(), |sum, one| RequestCounts {
            asked: sum.asked + one.asked,
            unchanged: sum.unchanged + one.unchanged,
        })
    }

    /// The server's address.
    ///
    /// # Errors
    /// Never for a running server: the address comes from its socket.
    pub(crate) fn socket(&self) -> Result<SocketAddr, std::net::AddrParseError> {
        self.state.base.trim_start_matches("http://").parse()
    }
}

impl NewsroomState {
    fn second(&self, at: Timestamp) -> u32 {
        let opened = *self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        opened.map_or(0, |opened| u32::try_from(at.duration_since(opened).as_secs()).unwrap_or(0)).min(last)
    }

    fn published(&self, piece: &PlannedItem) -> Timestamp {
        let opened = *self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        match opened {
            Some(opened) if piece.second > 0 => later(opened, SignedDuration::from_secs(i64::from(piece.second))),
            _ => later(self.built, SignedDuration::from_hours(-20)),
        }
    }

    /// What the outlet serves now, newest first; a revision replaces what it revises.
    fn current(&self, outlet: &Outlet) -> Vec<(&'static str, PrintedItem)> {
        let second = self.second(self.clock.now());
        let mut slugs = BTreeSet::new();
        let mut pieces: Vec<_> = pieces().filter(|p| p.outlet == outlet.id && p.second <= second).collect();
        pieces.sort_by_key(|piece| std::cmp::Reverse(piece.second));
        pieces.retain(|piece| slugs.insert(piece.slug));
        pieces.iter().map(|p| (p.slug, paper::print(p, &self.base, self.published(p)))).collect()
    }

    fn count(&self, outlet: &Outlet, unchanged: bool) {
        let mut visits = self.visits.lock().unwrap_or_else(PoisonError::into_inner);
        let one = visits.entry(outlet.id).or_default();
        one.asked += 1;
        one.unchanged += u64::from(unchanged);
        self.visited.send_replace(visits.len());
    }

    fn front(&self, outlet: &Outlet, headers: &HeaderMap) -> Response<Body> {
        let prints: Vec<PrintedItem> = self.current(outlet).into_iter().map(|(_, print)| print).collect();
        let served = paper::front(outlet, &self.base, &prints);
        let etag = format!("\"{}\"", &blake3::hash(&served.bytes).to_hex()[..16]);
        let unchanged = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value.as_bytes() == etag.as_bytes());
        self.count(outlet, unchanged);
        if unchanged {
            return respond(
                StatusCode::NOT_MODIFIED,
                ServedDocument { content_type: "", bytes: Vec::new() },
                Some(&etag),
            );
        }
        respond(StatusCode::OK, served, Some(&etag))
    }

    fn article(&self, outlet: &Outlet, slug: &str) -> Option<Response<Body>> {
        let mut prints = self.current(outlet);
        let place = prints.iter().position(|(own, _)| *own == slug)?;
        let (_, print) = prints.remove(place);
        let others: Vec<PrintedItem> = prints.into_iter().map(|(_, print)| print).collect();
        let bytes = paper::page::article(outlet, &print, &others).into_bytes();
        Some(respond(StatusCode::OK, ServedDocument { content_type: "text/html; charset=utf-8", bytes }, None))
    }
}

async fn answer(State(state): State<Arc<NewsroomState>>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let path = uri.path().trim_start_matches('/');
    let (id, slug) = path.split_once('/').unwrap_or((path, ""));
    let found = outlet(id).and_then(|outlet| match slug {
        "" => Some(state.front(outlet, &headers)),
        slug => state.article(outlet, slug),
    });
    found.unwrap_or_else(|| {
        let bytes = b"nothing is published here\n".to_vec();
        respond(StatusCode::NOT_FOUND, ServedDocument { content_type: "text/plain", bytes }, None)
    })
}

fn respond(status: StatusCode, served: ServedDocument, etag: Option<&str>) -> Response<Body> {
    let mut response = Response::builder().status(status);
    if !served.content_type.is_empty() {
        response = response.header(header::CONTENT_TYPE, served.content_type);
    }
    if let Some(etag) = etag {
        response = response.header(header::ETAG, etag);
    }
    // The header values are fixed words and hexadecimal digits, so building cannot fail.
    response.body(Body::from(served.bytes)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> (NewsroomState, crate::clock::ManualClock) {
        let (clock, hands) = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
        let built = clock.now();
        let (opened, visits) = (Mutex::new(None), Mutex::new(BTreeMap::new()));
        (
            NewsroomState {
                clock,
                base: "http://here".into(),
                built,
                opened,
                last: Mutex::new(u32::MAX),
                visits,
                visited: watch::channel(0).0,
            },
            hands,
        )
    }

    fn open(state: &NewsroomState) {
        *state.opened.lock().unwrap() = Some(state.clock.now());
    }

    #[test]
    fn nothing_of_the_plan_is_served_before_the_opening() {
        let (state, hands) = state();
        hands.advance(SignedDuration::from_secs(60));
        assert_eq!(state.current(outlet("wire-en").unwrap()).len(), 1);
        open(&state);
        hands.advance(SignedDuration::from_secs(7));
        let slugs: Vec<_> = state.current(outlet("wire-en").unwrap()).into_iter().map(|(slug, _)| slug).collect();
        assert_eq!(slugs, ["aid-corridor", "lighthouse"]);
    }

    #[test]
    fn a_revision_replaces_what_it_revises() {
        let (state, hands) = state();
        open(&state);
        hands.advance(SignedDuration::from_secs(40));
        let current = state.current(outlet("wire-en").unwrap());
        let revised: Vec<_> = current.iter().filter(|(slug, _)| *slug == "aid-corridor").collect();
        assert_eq!(revised.len(), 1);
        assert!(revised[0].1.text.contains("forty"));
    }

    #[test]
    fn an_unchanged_document_is_not_sent_twice() {
        let (state, hands) = state();
        open(&state);
        let wire = outlet("wire-en").unwrap();
        let first = state.front(wire, &HeaderMap::new());
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
        assert_eq!(state.front(wire, &headers).status(), StatusCode::NOT_MODIFIED);
        hands.advance(SignedDuration::from_secs(7));
        assert_eq!(state.front(wire, &headers).status(), StatusCode::OK);
    }
}
