//! The connections that are open, and which of them makes room for the next one.
//!
//! Health is asked for while everything else is in trouble. So a new connection never waits for an old one: where the
//! room is full, the client that has kept marsad waiting for a request for the longest time is shown out.

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
    most: usize,
    moment: Duration,
    open: Arc<Mutex<OpenConnections>>,
}

#[derive(Debug, Default)]
struct OpenConnections {
    next: u64,
    seats: BTreeMap<u64, ConnectionEntry>,
}

/// What the room knows of one connection.
#[derive(Debug)]
struct ConnectionEntry {
    place: IpAddr,
    /// Since when marsad waits for the client's next request; none while a request is answered.
    waiting: Option<Duration>,
    leave: CancellationToken,
}

/// Why there is no seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoRoom {
    /// Every connection has an answer under way.
    Busy,
    /// Whoever is to be shown out has so much of its moment left.
    Soon(Duration),
}

/// One connection's seat; dropping it frees the seat.
#[derive(Debug)]
pub(crate) struct ConnectionSeat {
    room: ConnectionRegister,
    number: u64,
    leave: CancellationToken,
}

/// An answer under way: until it is dropped, its connection is not shown out.
#[derive(Debug)]
pub(crate) struct AnswerGuard(Arc<ConnectionSeat>);

/// A body that keeps its connection's seat until it is sent.
struct SeatedBody {
    body: Body,
    _answering: AnswerGuard,
}

impl ConnectionRegister {
    /// An empty room for so many connections, each of which has at least a `moment` for its request.
    pub(crate) fn new(clock: &Clock, most: usize, moment: Duration) -> Self {
        Self { watch: clock.stopwatch(), most, moment, open: Arc::default() }
    }

    /// Takes a seat for a client at `place`; another client that marsad waits for is shown out where there is none
    /// left.
    pub(crate) fn enter(&self, place: IpAddr) -> Result<ConnectionSeat, NoRoom> {
        let now = self.watch.elapsed();
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        while open.seats.len() >= self.most {
            let (number, since) = open.idlest().ok_or(NoRoom::Busy)?;
            let left = (since + self.moment).saturating_sub(now);
            if !left.is_zero() {
                return Err(NoRoom::Soon(left));
            }
            open.show_out(number);
        }
        let (number, leave) = (open.next, CancellationToken::new());
        open.next += 1;
        let taken = ConnectionEntry { place, waiting: Some(now), leave: leave.clone() };
        open.seats.insert(number, taken);
        Ok(ConnectionSeat { room: self.clone(), number, leave })
    }

    /// Shows one client out, if marsad waits for any, as when the process has no handle left.
    pub(crate) fn show_one_out(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((number, _)) = open.idlest() {
            open.show_out(number);
        }
    }

    fn change(&self, number: u64, waiting: Option<Duration>) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(taken) = open.seats.get_mut(&number) {
            taken.waiting = waiting;
        }
    }
}

impl OpenConnections {
    /// The client that has been waited for the longest, of those from the place with the most such seats, and since
    /// when.
    fn idlest(&self) -> Option<(u64, Duration)> {
        let waiting = || self.seats.iter().filter_map(|(number, taken)| Some((*number, taken.place, taken.waiting?)));
        let mut seats: HashMap<IpAddr, usize> = HashMap::new();
        for (_, place, _) in waiting() {
            *seats.entry(place).or_default() += 1;
        }
        let most = seats.values().max().copied();
        let greedy = waiting().filter(|(_, place, _)| seats.get(place).copied() == most);
        greedy.min_by_key(|(_, _, since)| *since).map(|(number, _, since)| (number, since))
    }

    fn show_out(&mut self, number: u64) {
        if let Some(taken) = self.seats.remove(&number) {
            taken.leave.cancel();
        }
    }
}

impl ConnectionSeat {
    /// Ends when the client is shown out.
    pub(crate) async fn shown_out(&self) {
        self.leave.cancelled().await;
    }

    /// A request has come whole; its connection stays until the answer is sent.
    pub(crate) fn answering(self: &Arc<Self>) -> AnswerGuard {
        self.room.change(self.number, None);
        AnswerGuard(Arc::clone(self))
    }
}

impl Drop for ConnectionSeat {
    fn drop(&mut self) {
        self.room.open.lock().unwrap_or_else(PoisonError::into_inner).seats.remove(&self.number);
    }
}

impl Drop for AnswerGuard {
    fn drop(&mut self) {
        let room = &self.0.room;
        room.change(self.0.number, Some(room.watch.elapsed()));
    }
}

/// The body, with the seat kept until it is sent.
pub(crate) fn kept(body: Body, answering: AnswerGuard) -> Body {
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

    fn room(most: usize) -> ConnectionRegister {
        ConnectionRegister::new(&Clock::system(), most, Duration::ZERO)
    }

    #[test]
    fn a_full_room_shows_out_whoever_has_kept_it_waiting_the_longest() {
        let room = room(2);
        let (first, second) = (room.enter(CROWD).unwrap(), room.enter(CROWD).unwrap());
        let third = room.enter(CROWD).unwrap();
        assert!(first.leave.is_cancelled() && !second.leave.is_cancelled() && !third.leave.is_cancelled());
    }

    #[test]
    fn a_crowd_from_one_place_shows_nobody_else_out() {
        let room = room(3);
        let other = room.enter(OTHER).unwrap();
        let crowd: Vec<ConnectionSeat> = (0..20).map(|_| room.enter(CROWD).unwrap()).collect();
        assert!(!other.leave.is_cancelled());
        assert_eq!(crowd.iter().filter(|seat| !seat.leave.is_cancelled()).count(), 2);
    }

    #[test]
    fn an_answer_under_way_is_not_cut_off() {
        let room = room(2);
        let (busy, idle) = (Arc::new(room.enter(CROWD).unwrap()), room.enter(CROWD).unwrap());
        let answering = busy.answering();
        let next = Arc::new(room.enter(CROWD).unwrap());
        assert!(idle.leave.is_cancelled() && !busy.leave.is_cancelled());
        let also = next.answering();
        assert_eq!(room.enter(CROWD).unwrap_err(), NoRoom::Busy);
        drop((answering, also));
        assert!(room.enter(CROWD).is_ok());
    }

    #[test]
    fn every_client_has_a_moment_for_its_request() {
        let room = ConnectionRegister::new(&Clock::system(), 1, Duration::from_secs(3600));
        let first = room.enter(CROWD).unwrap();
        assert!(matches!(room.enter(CROWD), Err(NoRoom::Soon(left)) if left > Duration::from_secs(3000)));
        assert!(!first.leave.is_cancelled());
        room.show_one_out();
        assert!(first.leave.is_cancelled());
    }

    #[test]
    fn a_seat_that_is_left_is_free() {
        let room = room(1);
        drop(room.enter(CROWD).unwrap());
        assert!(room.open.lock().unwrap().seats.is_empty());
    }
}
