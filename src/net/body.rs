//! Reads a body within its bounds.

use std::time::Duration;

use crate::clock::{Clock, Stopwatch};

use super::client::host_of;
use super::coding::{self, CodingError};
use super::error::NetError;
use super::request::{Request, Take};

/// How slow a server may be.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    /// The longest pause between two pieces of a body.
    pub(super) pause: Duration,
    /// After this time the body must have come at [`Pace::rate`].
    pub(super) patience: Duration,
    /// Bytes a second.
    pub(super) rate: u64,
}

/// The time that one request has.
pub(super) struct Budget {
    watch: Stopwatch,
    deadline: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { pause: Duration::from_secs(10), patience: Duration::from_secs(10), rate: 1024 }
    }
}

impl Budget {
    pub(super) fn new(deadline: Duration) -> Self {
        Self { watch: Clock::system().stopwatch(), deadline }
    }

    pub(super) fn spent(&self) -> Duration {
        self.watch.elapsed()
    }

    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_sub(self.spent())
    }

    pub(super) fn timeout(&self, host: &str, what: &'static str) -> NetError {
        NetError::Timeout { host: host.to_owned(), after: self.spent(), what }
    }
}

/// The body of `response` and whether it goes on, as `request` wants it.
pub(super) async fn read(
    response: reqwest::Response,
    request: &Request,
    budget: &Budget,
    pace: &Pace,
) -> Result<(Vec<u8>, bool), NetError> {
    let host = host_of(response.url());
    let header = response.headers().get_all("content-encoding").iter().map(|value| value.to_str().unwrap_or("?"));
    let codings = coding::codings(&header.collect::<Vec<_>>().join(","));
    let mut raw = Vec::new();
    match collect(response, &mut raw, request.max_body, budget, pace, &host).await {
        Ok(()) => {}
        Err(_) if request.take == Take::Start => return Ok((raw, true)),
        Err(error) => return Err(error),
    }
    match codings.and_then(|codings| coding::undo(&codings, raw, request.max_body)) {
        Ok(body) => Ok((body, false)),
        Err(_) if request.take == Take::Start => Ok((Vec::new(), true)),
        Err(CodingError::TooLarge) => Err(NetError::TooLarge { host, limit: request.max_body }),
        Err(CodingError::Broken(why)) => Err(NetError::Protocol { host, why }),
    }
}

/// Appends the body to `raw` as it comes, never more than `limit` bytes of it.
async fn collect(
    mut response: reqwest::Response,
    raw: &mut Vec<u8>,
    limit: usize,
    budget: &Budget,
    pace: &Pace,
    host: &str,
) -> Result<(), NetError> {
    let began = Clock::system().stopwatch();
    loop {
        let wait = budget.left().min(pace.pause);
        let piece = match tokio::time::timeout(wait, response.chunk()).await {
            Ok(Ok(Some(piece))) => piece,
            Ok(Ok(None)) => return Ok(()),
            Ok(Err(error)) => return Err(NetError::from_transport(host, &error, budget.spent())),
            Err(_) => return Err(budget.timeout(host, "the rest of the body did not come")),
        };
        let room = limit - raw.len();
        raw.extend_from_slice(&piece[..piece.len().min(room)]);
        if piece.len() > room {
            return Err(NetError::TooLarge { host: host.to_owned(), limit });
        }
        // A timeout lets pass what is ready at once, and crumbs are ready at once for ever.
        if budget.left().is_zero() {
            return Err(budget.timeout(host, "the body did not end in time"));
        }
        let took = began.elapsed();
        if took > pace.patience && (raw.len() as u64) < pace.rate.saturating_mul(took.as_secs()) {
            return Err(budget.timeout(host, "the body comes too slowly"));
        }
    }
}
