//! Alerts, deliveries and attempts.

use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;

use crate::alert::{Alert, DeliveryId, Outcome, Reason};
use crate::channel::ChannelId;

/// A stored alert.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredAlert {
    /// Its number, in the order of admission.
    pub number: i64,
    /// When it was made.
    pub at: Timestamp,
    /// Its content.
    pub alert: Alert,
}

/// A failing channel: attempts failed, and nothing has been delivered since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FailingChannel {
    /// The channel.
    pub channel: ChannelId,
    /// How many deliveries failed and are retried.
    pub deliveries: u64,
    /// When the first of them was first attempted.
    pub(crate) since: Timestamp,
}

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeliveryState {
    /// Waiting for its next attempt, or for the end of the quiet hours.
    Pending,
    /// An attempt is under way.
    Inflight,
    /// Its channel does not deliver, or was removed; its retry schedule is paused.
    Held,
    /// The receiver accepted it.
    Delivered,
    /// Failed permanently.
    Dead,
    /// Ended before it arrived: by hand, or because it is a test of a channel that failed.
    Cancelled,
}

/// The delivery of one alert to one recipient of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The alert's number.
    pub alert: i64,
    /// The event type that the receiver gets.
    pub kind: String,
    /// The channel.
    pub channel: ChannelId,
    /// The recipient; empty if the channel has only one.
    pub(crate) recipient: String,
    /// Its sequence number on the channel, without gaps.
    pub seq: u64,
    /// Its state.
    pub state: DeliveryState,
    /// How many attempts have begun.
    pub attempts: u32,
    /// How many of them used up no automatic attempt: by hand, or while the channel's circuit was open.
    pub(crate) by_hand: u32,
    /// When the next automatic attempt is due, while a retry by hand waits; none if none waits.
    pub(crate) scheduled_at: Option<Timestamp>,
    /// When it was made.
    pub(crate) made_at: Timestamp,
    /// When the next attempt is due.
    pub next_attempt_at: Option<Timestamp>,
    /// When the first attempt began.
    pub(crate) first_attempt_at: Option<Timestamp>,
    /// When it was delivered, failed permanently or was cancelled.
    pub(crate) settled_at: Option<Timestamp>,
    /// True if an operator retried it.
    pub(crate) replayed: bool,
    /// True if it ignores quiet hours and slots.
    pub urgent: bool,
    /// Why the last attempt failed.
    pub last: Option<Reason>,
    /// The bytes that every attempt sends.
    pub body: Vec<u8>,
}

/// Which deliveries to list, newest first.
#[derive(Clone, Debug, Default)]
pub struct DeliveryQuery {
    /// Only those before this cursor.
    pub before: Option<i64>,
    /// At most this many.
    pub limit: usize,
    /// Only those in this state.
    pub state: Option<DeliveryState>,
    /// Only those of this channel.
    pub channel: Option<ChannelId>,
}

/// Which deliveries to change by hand.
#[derive(Clone, Debug, Default)]
pub(crate) struct DeliverySelector {
    /// Only those in one of these states.
    pub(crate) states: Vec<DeliveryState>,
    /// Only those of this channel.
    pub channel: Option<ChannelId>,
    /// Only those made at this time or later.
    pub(crate) since: Option<Timestamp>,
}

/// A change of a delivery by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeliveryChange {
    /// Send it soon, unless it was delivered or cancelled; attempt it even if its channel fails.
    Retry,
    /// As `Retry`, but while its channel fails it is held like the others, unless it is the one that is tried.
    RetryInTurn,
    /// As `RetryInTurn`, but also if it was delivered or cancelled.
    Replay,
    /// End it.
    Cancel,
}

/// The result of a change by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeliveryChanged {
    /// It is due at this instant: now, or as soon as a retry is allowed.
    Due(Timestamp),
    /// It is held until its channel delivers.
    Held,
    /// It is cancelled.
    Cancelled,
    /// An attempt is in flight; its outcome decides.
    InFlight {
        /// When it began; none if the store has no record of it.
        since: Option<Timestamp>,
    },
    /// It was already delivered, cancelled or, for a cancellation, dead.
    Settled {
        /// Which of them.
        state: DeliveryState,
        /// When.
        at: Option<Timestamp>,
    },
    /// There is no such delivery.
    Unknown,
}

/// What became of a delivery when the end of an attempt was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SettledDelivery {
    /// Its state: `Held` if its channel does not deliver.
    pub(crate) state: DeliveryState,
    /// When the next attempt is due; none if none is.
    pub(crate) next_attempt_at: Option<Timestamp>,
}

/// One attempt at a delivery.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Attempt {
    /// Its number, from 1.
    pub number: u32,
    /// When it began.
    pub(crate) started_at: Timestamp,
    /// How long it took; none while it runs, or if the process died during it.
    pub(crate) took: Option<Duration>,
    /// Its outcome; none as for `took`.
    pub outcome: Option<Outcome>,
}

impl Delivery {
    /// True if this attempt at it is under way: it is the last one, and the delivery is in flight.
    #[must_use]
    pub(crate) fn is_attempted(&self, attempt: &Attempt) -> bool {
        self.state == DeliveryState::Inflight && attempt.number == self.attempts
    }
}

impl DeliveryState {
    /// Every state, in the order of a delivery's life.
    pub(crate) const ALL: [Self; 6] =
        [Self::Pending, Self::Inflight, Self::Held, Self::Delivered, Self::Dead, Self::Cancelled];

    /// Parses the state to filter by.
    ///
    /// ```
    /// use marsad::store::DeliveryState;
    ///
    /// assert_eq!(DeliveryState::filter("dead"), Ok(DeliveryState::Dead));
    /// assert!(DeliveryState::filter("lost").is_err());
    /// ```
    ///
    /// # Errors
    /// If the word is another one.
    pub fn filter(word: &str) -> Result<Self, String> {
        word.parse().map_err(|_| {
            let words: Vec<&str> = Self::ALL.iter().map(|state| state.as_str()).collect();
            format!("unknown delivery state {word:?}; use one of {}", words.join(", "))
        })
    }

    /// The word used in the store, the API and the CLI. It parses back.
    ///
    /// ```
    /// use marsad::store::DeliveryState;
    ///
    /// assert_eq!(DeliveryState::Dead.as_str(), "dead");
    /// assert_eq!("dead".parse::<DeliveryState>(), Ok(DeliveryState::Dead));
    /// ```
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Inflight => "inflight",
            Self::Held => "held",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
            Self::Cancelled => "cancelled",
        }
    }
}

impl FromStr for DeliveryState {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let state = Self::ALL.into_iter().find(|state| state.as_str() == word);
        state.ok_or_else(|| format!("unknown delivery state {word:?}"))
    }
}
