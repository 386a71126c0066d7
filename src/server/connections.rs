//! Limits the open connections, and closes idle ones in favour of new ones.
//!
//! Health must answer even under load, so a new connection never waits for an idle one. At the limit, the connection
//! that has been idle the longest is closed.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::body::{Body as HttpBody, Frame, SizeHint};
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, Stopwatch};

/// The connections that are open. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct ConnectionRegister {
    watch: Stopwatch,
    max: usize,
    min_idle: Duration,
    open: Arc<Mutex<OpenConnections>>,
}

#[derive(Debug, Default)]
struct OpenConnections {
    next: u64,
    seats: BTreeMap<u64, ConnectionEntry>,
}

/// The state of one connection.
#[derive(Debug)]
struct ConnectionEntry {
    network: IpAddr,
    /// Since when it has been idle; none while a request is answered.
    idle_since: Option<Duration>,
    close: CancellationToken,
}

/// Why a connection cannot be accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// Every connection is being answered.
    Busy,
    /// A connection can be closed after this time.
    RetryIn(Duration),
}

/// One connection's seat; dropping it frees the seat.
#[derive(Debug)]
pub(crate) struct ConnectionSeat {
    register: ConnectionRegister,
    number: u64,
    close: CancellationToken,
}

/// An answer in progress: until it is dropped, its connection is not closed.
#[derive(Debug)]
pub(crate) struct AnswerGuard(Arc<ConnectionSeat>);

/// A response body that marks its connection as busy until it is sent.
struct SeatedBody {
    body: Body,
    _answering: AnswerGuard,
}

impl ConnectionRegister {
    /// A register for at most `max` connections, each of which may be idle for at least `min_idle`.
    pub(crate) fn new(clock: &Clock, max: usize, min_idle: Duration) -> Self {
        Self { watch: clock.stopwatch(), max, min_idle, open: Arc::default() }
    }

    /// Takes a seat for a client in `network`; closes the longest idle connection if none is free.
    pub(crate) fn enter(&self, network: IpAddr) -> Result<ConnectionSeat, NoRoom> {
        let now = self.watch.elapsed();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        while open.seats.len() >= self.max {
            let (number, since) = open.longest_idle().ok_or(NoRoom::Busy)?;
            let left = (since + self.min_idle).saturating_sub(now);
            if !left.is_zero() {
                return Err(NoRoom::RetryIn(left));
            }
            open.close(number);
        }
        let (number, close) = (open.next, CancellationToken::new());
        open.next += 1;
        let taken = ConnectionEntry { network, idle_since: Some(now), close: close.clone() };
        open.seats.insert(number, taken);
        Ok(ConnectionSeat { register: self.clone(), number, close })
    }

    /// Closes the longest idle connection, if any, to free a file handle.
    pub(crate) fn close_one(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((number, _)) = open.longest_idle() {
            open.close(number);
        }
    }

    fn set_idle(&self, number: u64, since: Option<Duration>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = open.seats.get_mut(&number) {
            taken.idle_since = since;
        }
    }
}

impl OpenConnections {
    /// The longest idle connection among those of the network with the most idle connections, and since when.
    fn longest_idle(&self) -> Option<(u64, Duration)> {
        let idle = || self.seats.iter().filter_map(|(number, taken)| Some((*number, taken.network, taken.idle_since?)));
        let mut seats: HashMap<IpAddr, usize> = HashMap::new();
        for (_, network, _) in idle() {
            *seats.entry(network).or_default() += 1;
        }
        let most = seats.values().max().copied();
        let largest = idle().filter(|(_, network, _)| seats.get(network).copied() == most);
        largest.min_by_key(|(_, _, since)| *since).map(|(number, _, since)| (number, since))
    }

    fn close(&mut self, number: u64) {
        if let Some(taken) = self.seats.remove(&number) {
            taken.close.cancel();
        }
    }
}

impl ConnectionSeat {
    /// Returns when the connection is to be closed.
    pub(crate) async fn closed(&self) {
        self.close.cancelled().await;
    }

    /// Marks the connection as busy until its answer is sent.
    pub(crate) fn answering(self: &Arc<Self>) -> AnswerGuard {
        self.register.set_idle(self.number, None);
        AnswerGuard(Arc::clone(self))
    }
}

impl Drop for ConnectionSeat {
    fn drop(&mut self) {
        self.register.open.lock().unwrap_or_else(PoisonError::into_inner).seats.remove(&self.number);
    }
}

impl Drop for AnswerGuard {
    fn drop(&mut self) {
        let register = &self.0.register;
        register.set_idle(self.0.number, Some(register.watch.elapsed()));
    }
}

/// Keeps the connection busy until the body is sent.
pub(crate) fn busy_until_sent(body: Body, answering: AnswerGuard) -> Body {
    Body::new(SeatedBody { body, _answering: answering })
}

impl HttpBody for SeatedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CROWD: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 8));

    fn register(max: usize) -> ConnectionRegister {
        ConnectionRegister::new(&Clock::system(), max, Duration::ZERO)
    }

    #[test]
    fn at_the_limit_the_longest_idle_connection_is_closed() {
        let register = register(2);
        let (first, second) = (register.enter(CROWD).unwrap(), register.enter(CROWD).unwrap());
        let third = register.enter(CROWD).unwrap();
        assert!(first.close.is_cancelled() && !second.close.is_cancelled() && !third.close.is_cancelled());
    }

    #[test]
    fn many_connections_from_one_network_close_no_other_client() {
        let register = register(3);
        let other = register.enter(OTHER).unwrap();
        let crowd: Vec<ConnectionSeat> = (0..20).map(|_| register.enter(CROWD).unwrap()).collect();
        assert!(!other.close.is_cancelled());
        assert_eq!(crowd.iter().filter(|seat| !seat.close.is_cancelled()).count(), 2);
    }

    #[test]
    fn an_answer_in_progress_is_not_cut_off() {
        let register = register(2);
        let (busy, idle) = (Arc::new(register.enter(CROWD).unwrap()), register.enter(CROWD).unwrap());
        let answering = busy.answering();
        let next = Arc::new(register.enter(CROWD).unwrap());
        assert!(idle.close.is_cancelled() && !busy.close.is_cancelled());
        let also = next.answering();
        assert_eq!(register.enter(CROWD).unwrap_err(), NoRoom::Busy);
        drop((answering, also));
        assert!(register.enter(CROWD).is_ok());
    }

    #[test]
    fn every_client_has_a_minimum_time_for_its_request() {
        let register = ConnectionRegister::new(&Clock::system(), 1, Duration::from_secs(3600));
        let first = register.enter(CROWD).unwrap();
        assert!(matches!(register.enter(CROWD), Err(NoRoom::RetryIn(left)) if left > Duration::from_secs(3000)));
        assert!(!first.close.is_cancelled());
        register.close_one();
        assert!(first.close.is_cancelled());
    }

    #[test]
    fn a_dropped_seat_is_free() {
        let register = register(1);
        drop(register.enter(CROWD).unwrap());
        assert!(register.open.lock().unwrap().seats.is_empty());
    }
}
