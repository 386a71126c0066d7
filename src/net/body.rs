//! Reads a body within bounds on time, size and pieces.

use std::time::Duration;

use crate::clock::{Clock, Stopwatch};
use crate::memory::{BodyRoom, GrowingRoom, SMALL};

use super::content_coding::{self, Coding};
use super::error::NetError;
use super::request::{LimitAction, Request, host_of};
use super::unpack::{CodingError, StreamEnd, Unpacked, is_gzip};

/// How slow a server may be.
#[derive(Clone, Debug)]
pub(super) struct MinimumRate {
    /// The longest pause between two pieces of a body.
    pub(super) pause: Duration,
    /// After this time the body must have arrived at [`MinimumRate::rate`] or faster.
    pub(super) grace: Duration,
    /// Bytes per second.
    pub(super) rate: u64,
}

/// The time budget of one request.
pub(super) struct TimeBudget {
    watch: Stopwatch,
    deadline: Duration,
}

impl Default for MinimumRate {
    fn default() -> Self {
        Self { pause: Duration::from_secs(10), grace: Duration::from_secs(10), rate: 1024 }
    }
}

impl TimeBudget {
    pub(super) fn new(deadline: Duration) -> Self {
        Self { watch: Clock::system().stopwatch(), deadline }
    }

    /// A budget for one step, within what is left of this one.
    fn within(&self, time: Duration) -> Self {
        Self { watch: self.watch, deadline: self.deadline.min(self.spent().saturating_add(time)) }
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

/// A body that was read, with its content coding removed.
#[derive(Debug)]
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    /// How its content coding ended.
    pub(super) end: StreamEnd,
    /// True if it was cut at the limit or broke off ([`LimitAction::Start`]).
    pub(super) truncated: bool,
    /// How its framing broke ([`LimitAction::Served`]), or why reading stopped ([`LimitAction::Start`]).
    pub(super) broken: Option<NetError>,
    /// Its room in memory, if it is large.
    pub(super) room: Option<BodyRoom>,
}

/// A body as it arrives.
#[derive(Default)]
struct RawBody {
    bytes: Vec<u8>,
    room: GrowingRoom,
}

/// How a body ended.
enum BodyEnd {
    /// At the end that its framing declares.
    Proper,
    /// Earlier, for this reason.
    Broken(NetError),
}

/// The pieces that a body may arrive in, whatever their size; each costs about a microsecond.
const FREE_PIECES: usize = 64 * 1024;

/// Beyond [`FREE_PIECES`], the fewest bytes that a piece must hold on average. Chosen by hand: programs that send each
/// line in a piece of its own stay above it.
const BYTES_PER_PIECE: usize = 64;

/// The room of a large body grows in steps of this many bytes. Chosen by hand.
const STEP: usize = 1 << 20;

/// From this capacity on, glibc maps each buffer separately and returns all of it when it is freed, in bytes
/// (`DEFAULT_MMAP_THRESHOLD_MAX`, mallopt(3)). A large body has at least this capacity, of which only what
/// has arrived is in memory; in the heap, it would leave a gap.
const ALWAYS_MAPPED: usize = 33 << 20;

/// Reads the body of `response` as `request` asks.
pub(super) async fn read(
    response: reqwest::Response,
    request: &Request,
    budget: &TimeBudget,
    pace: &MinimumRate,
) -> Result<Body, NetError> {
    let host = host_of(response.url());
    let limit = request.max_body;
    let header = response.headers().get_all("content-encoding").iter().map(|value| value.to_str().unwrap_or("?"));
    let codings = content_coding::codings(&header.collect::<Vec<_>>().join(","));
    // Servers that compress may declare the length before compression.
    let is_plain = codings.as_ref().is_ok_and(Vec::is_empty) && request.take != LimitAction::Start;
    if is_plain && response.content_length().is_some_and(|bytes| bytes > limit as u64) {
        return Err(NetError::TooLarge { host, limit });
    }
    let mut raw = RawBody::default();
    let budget = budget.within(request.body_within);
    let broken = match collect(response, &mut raw, limit, &budget, pace, &host).await {
        Ok(BodyEnd::Proper) => None,
        Ok(BodyEnd::Broken(why)) => Some(why),
        Err(why) if request.take == LimitAction::Start => Some(why),
        Err(error) => return Err(error),
    };
    let undone = match codings {
        Ok(codings) => raw.undo(&codings, limit, &budget, &host).await?,
        Err(error) => Err(error),
    };
    let mut body = taken(undone, broken, request, host.clone())?;
    // A gzip file will be unpacked as well.
    let bytes = if is_gzip(&body.bytes) { limit } else { body.bytes.len() };
    raw.make_room(bytes, &budget, &host).await?;
    body.room = raw.room.settle(bytes);
    Ok(body)
}

impl RawBody {
    /// Waits for room in memory, unless there is some already.
    async fn make_room(&mut self, bytes: usize, budget: &TimeBudget, host: &str) -> Result<(), NetError> {
        if self.room.has(bytes) {
            return Ok(());
        }
        let grown = tokio::time::timeout(budget.left(), self.room.grow(bytes)).await;
        grown.map_err(|_| budget.timeout(host, "too many large documents were read at once"))
    }

    /// Appends a piece once there is room for it; the body has at most `limit` bytes.
    async fn append(&mut self, piece: &[u8], limit: usize, budget: &TimeBudget, host: &str) -> Result<(), NetError> {
        let bytes = self.bytes.len() + piece.len();
        if bytes > SMALL {
            self.make_room(bytes.next_multiple_of(STEP).min(limit), budget, host).await?;
            if bytes > STEP && bytes > self.bytes.capacity() {
                let capacity = (self.bytes.capacity() * 2).max(ALWAYS_MAPPED);
                self.bytes.reserve_exact(capacity - self.bytes.len());
            }
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// Removes the content coding. A body that is small without it needs no room.
    async fn undo(
        &mut self,
        codings: &[Coding],
        limit: usize,
        budget: &TimeBudget,
        host: &str,
    ) -> Result<Result<Unpacked, CodingError>, NetError> {
        if codings.is_empty() {
            return Ok(Ok(Unpacked { bytes: std::mem::take(&mut self.bytes), end: StreamEnd::Plain }));
        }
        let bytes = std::mem::take(&mut self.bytes);
        if !self.room.has(limit) {
            match content_coding::undo(codings, &bytes, SMALL) {
                Err(CodingError::TooLarge) => self.make_room(limit, budget, host).await?,
                undone => return Ok(undone),
            }
        }
        Ok(content_coding::undo(codings, &bytes, limit))
    }
}

/// Decides what `request` accepts of a body, given its decoded content and why its framing broke, if it did.
fn taken(
    undone: Result<Unpacked, CodingError>,
    broken: Option<NetError>,
    request: &Request,
    host: String,
) -> Result<Body, NetError> {
    let Unpacked { bytes, end } = match (undone, broken.clone()) {
        (Ok(unpacked), _) => unpacked,
        (Err(_), broken) if request.take == LimitAction::Start => {
            return Ok(Body { bytes: Vec::new(), end: StreamEnd::Plain, truncated: true, broken, room: None });
        }
        (Err(_), Some(broken)) => return Err(broken),
        (Err(CodingError::TooLarge), None) => return Err(NetError::TooLarge { host, limit: request.max_body }),
        (Err(CodingError::Broken(why)), None) => return Err(NetError::Protocol { host, why }),
    };
    let cut_off = || NetError::Protocol { host, why: "its compressed body ends early".to_owned() };
    match (request.take, broken.or_else(|| (end == StreamEnd::CutOff).then(cut_off))) {
        (LimitAction::Whole, Some(why)) => Err(why),
        (LimitAction::Start, broken) => Ok(Body { bytes, end, truncated: broken.is_some(), broken, room: None }),
        (_, broken) => Ok(Body { bytes, end, truncated: false, broken, room: None }),
    }
}

/// Appends the body to `raw` as it arrives, at most `limit` bytes.
async fn collect(
    mut response: reqwest::Response,
    raw: &mut RawBody,
    limit: usize,
    budget: &TimeBudget,
    pace: &MinimumRate,
    host: &str,
) -> Result<BodyEnd, NetError> {
    let began = Clock::system().stopwatch();
    let mut pieces = 0;
    loop {
        let wait = budget.left().min(pace.pause);
        let piece = match tokio::time::timeout(wait, response.chunk()).await {
            Ok(Ok(Some(piece))) => piece,
            Ok(Ok(None)) => return Ok(BodyEnd::Proper),
            Ok(Err(error)) => return Ok(BodyEnd::Broken(NetError::from_transport(host, &error, budget.spent()))),
            Err(_) => return Ok(BodyEnd::Broken(budget.timeout(host, "the rest of the body did not arrive"))),
        };
        let left = limit - raw.bytes.len();
        raw.append(&piece[..piece.len().min(left)], limit, budget, host).await?;
        if piece.len() > left {
            return Err(NetError::TooLarge { host: host.to_owned(), limit });
        }
        // A timeout lets through what is ready at once, and tiny pieces can be ready at once without end.
        if budget.left().is_zero() {
            return Err(budget.timeout(host, "the body did not end in time"));
        }
        pieces += 1;
        if pieces > FREE_PIECES + raw.bytes.len() / BYTES_PER_PIECE {
            let why = format!("its body arrives in {pieces} pieces of {} bytes on average", raw.bytes.len() / pieces);
            return Err(NetError::Protocol { host: host.to_owned(), why });
        }
        let took = began.elapsed();
        if took > pace.grace && (raw.bytes.len() as u64) < pace.rate.saturating_mul(took.as_secs()) {
            return Err(budget.timeout(host, "the body arrives too slowly"));
        }
    }
}
