//! A server on loopback that is every publisher of the demo at once.
//!
//! The plan starts when [`Newsroom::open`] is called; before that only what stood there before is served, so that
//! the first visits find a baseline and nothing else.

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

/// The publishers, open for visits until it is dropped.
#[derive(Debug)]
pub struct Newsroom {
    room: Arc<NewsroomState>,
    visited: watch::Receiver<usize>,
    _serving: AbortOnDropHandle<()>,
}

/// How often the newsroom was asked, and how often it could say that nothing had changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestCounts {
    /// Requests for an outlet's own address.
    pub asked: u64,
    /// Those answered `304 Not Modified`.
    pub unchanged: u64,
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
    /// Starts serving what stood there before the plan.
    ///
    /// # Errors
    /// When no port of loopback can be had.
    pub async fn build(clock: &Clock) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let (sender, visited) = watch::channel(0);
        let room = Arc::new(NewsroomState {
            clock: clock.clone(),
            base: format!("http://{}", listener.local_addr()?),
            built: clock.now(),
            opened: Mutex::new(None),
            last: Mutex::new(u32::MAX),
            visits: Mutex::new(BTreeMap::new()),
            visited: sender,
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&room));
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "newsroom stopped");
            }
        });
        Ok(Self { room, visited, _serving: AbortOnDropHandle::new(serving) })
    }

    /// Starts the plan now and ends it after its second `last`; where nothing would be told by then, the first story
    /// stands there at once.
    pub fn open(&self, last: Option<u32>) {
        let first =
            pieces().filter(|piece| piece.role == ExpectedOutcome::Told).map(|piece| piece.beat).min().unwrap_or(0);
        let last = last.unwrap_or(u32::MAX);
        let ahead = if last < first { first } else { 0 };
        *self.room.last.lock().unwrap_or_else(PoisonError::into_inner) = last.max(first);
        let opened = later(self.room.clock.now(), SignedDuration::from_secs(-i64::from(ahead)));
        *self.room.opened.lock().unwrap_or_else(PoisonError::into_inner) = Some(opened);
    }

    /// Publishes nothing more.
    pub fn close(&self) {
        let beat = self.room.beat(self.room.clock.now());
        *self.room.last.lock().unwrap_or_else(PoisonError::into_inner) = beat;
    }

    /// When the piece was published, or will be.
    #[must_use]
    pub fn published(&self, piece: &PlannedItem) -> Timestamp {
        self.room.published(piece)
    }

    /// Where the outlet is visited.
    #[must_use]
    pub fn address(&self, outlet: &Outlet) -> String {
        format!("{}/{}", self.room.base, outlet.id)
    }

    /// Waits until every outlet was visited once.
    pub async fn everyone_came(&mut self) {
        // The sender lives in `self.room`, so the wait can only end by the count.
        let _ = self.visited.wait_for(|count| *count == OUTLETS.len()).await;
    }

    /// The piece at this address, and when it was published.
    #[must_use]
    pub fn piece_at(&self, address: &str) -> Option<(&'static PlannedItem, Timestamp)> {
        let (id, slug) = address.strip_prefix(&self.room.base)?.trim_start_matches('/').split_once('/')?;
        let piece = pieces().find(|p| p.outlet == id && p.slug == slug && p.role != ExpectedOutcome::Revision)?;
        Some((piece, self.room.published(piece)))
    }

    /// The pieces that stood there at `at`, in the order of the plan.
    #[must_use]
    pub fn published_by(&self, at: Timestamp) -> Vec<&'static PlannedItem> {
        let beat = self.room.beat(at);
        pieces().filter(|piece| piece.beat <= beat).collect()
    }

    /// How often it was asked in all.
    #[must_use]
    pub fn visits(&self) -> RequestCounts {
        let visits = self.room.visits.lock().unwrap_or_else(PoisonError::into_inner);
        visits.values().fold(RequestCounts::default(), |sum, one| RequestCounts {
            asked: sum.asked + one.asked,
            unchanged: sum.unchanged + one.unchanged,
        })
    }

    /// The server's address.
    ///
    /// # Errors
    /// Never for a server that was built: the address was read from its socket.
    pub fn socket(&self) -> Result<SocketAddr, std::net::AddrParseError> {
        self.room.base.trim_start_matches("http://").parse()
    }
}

impl NewsroomState {
    fn beat(&self, at: Timestamp) -> u32 {
        let opened = *self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        opened.map_or(0, |opened| u32::try_from(at.duration_since(opened).as_secs()).unwrap_or(0)).min(last)
    }

    fn published(&self, piece: &PlannedItem) -> Timestamp {
        let opened = *self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        match opened {
            Some(opened) if piece.beat > 0 => later(opened, SignedDuration::from_secs(i64::from(piece.beat))),
            _ => later(self.built, SignedDuration::from_hours(-20)),
        }
    }

    /// What stands at the outlet now, newest first; a revision in the place of what it revises.
    fn standing(&self, outlet: &Outlet) -> Vec<(&'static str, PrintedItem)> {
        let beat = self.beat(self.clock.now());
        let mut slugs = BTreeSet::new();
        let mut pieces: Vec<_> = pieces().filter(|p| p.outlet == outlet.id && p.beat <= beat).collect();
        pieces.sort_by_key(|piece| std::cmp::Reverse(piece.beat));
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
        let prints: Vec<PrintedItem> = self.standing(outlet).into_iter().map(|(_, print)| print).collect();
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
        let mut prints = self.standing(outlet);
        let place = prints.iter().position(|(own, _)| *own == slug)?;
        let (_, print) = prints.remove(place);
        let others: Vec<PrintedItem> = prints.into_iter().map(|(_, print)| print).collect();
        let bytes = paper::page::article(outlet, &print, &others).into_bytes();
        Some(respond(StatusCode::OK, ServedDocument { content_type: "text/html; charset=utf-8", bytes }, None))
    }
}

async fn answer(State(room): State<Arc<NewsroomState>>, uri: Uri, headers: HeaderMap) -> Response<Body> {
    let path = uri.path().trim_start_matches('/');
    let (id, slug) = path.split_once('/').unwrap_or((path, ""));
    let found = outlet(id).and_then(|outlet| match slug {
        "" => Some(room.front(outlet, &headers)),
        slug => room.article(outlet, slug),
    });
    found.unwrap_or_else(|| {
        let bytes = b"nothing stands here\n".to_vec();
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
    // The header values are fixed words and hexadecimal digits, so building cannot go wrong.
    response.body(Body::from(served.bytes)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room() -> (NewsroomState, crate::clock::ManualClock) {
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

    fn open(room: &NewsroomState) {
        *room.opened.lock().unwrap() = Some(room.clock.now());
    }

    #[test]
    fn nothing_of_the_plan_stands_before_the_opening() {
        let (room, hands) = room();
        hands.advance(SignedDuration::from_secs(60));
        assert_eq!(room.standing(outlet("wire-en").unwrap()).len(), 1);
        open(&room);
        hands.advance(SignedDuration::from_secs(7));
        let slugs: Vec<_> = room.standing(outlet("wire-en").unwrap()).into_iter().map(|(slug, _)| slug).collect();
        assert_eq!(slugs, ["aid-corridor", "lighthouse"]);
    }

    #[test]
    fn a_revision_takes_the_place_of_what_it_revises() {
        let (room, hands) = room();
        open(&room);
        hands.advance(SignedDuration::from_secs(40));
        let standing = room.standing(outlet("wire-en").unwrap());
        let revised: Vec<_> = standing.iter().filter(|(slug, _)| *slug == "aid-corridor").collect();
        assert_eq!(revised.len(), 1);
        assert!(revised[0].1.text.contains("forty"));
    }

    #[test]
    fn a_document_that_did_not_change_is_not_sent_twice() {
        let (room, hands) = room();
        open(&room);
        let wire = outlet("wire-en").unwrap();
        let first = room.front(wire, &HeaderMap::new());
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, first.headers()[header::ETAG].clone());
        assert_eq!(room.front(wire, &headers).status(), StatusCode::NOT_MODIFIED);
        hands.advance(SignedDuration::from_secs(7));
        assert_eq!(room.front(wire, &headers).status(), StatusCode::OK);
    }
}
