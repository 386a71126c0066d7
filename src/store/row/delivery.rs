//! What is owed, and where it stands.

use std::str::FromStr;
use std::time::Duration;

use jiff::Timestamp;

use crate::alert::{Alert, DeliveryId, Outcome, Reason};
use crate::channel::ChannelId;

/// A stored alert.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredAlert {
    /// Its number, in the order of admission.
    pub number: i64,
    /// When it was made.
    pub at: Timestamp,
    /// What it says.
    pub alert: Alert,
}

/// A channel that fails: something that it owes was tried in vain, and nothing has been delivered since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailingChannel {
    /// The channel.
    pub channel: ChannelId,
    /// How many deliveries were tried in vain and are tried again.
    pub deliveries: u64,
    /// When the first of them was tried first.
    pub since: Timestamp,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeliveryState {
    /// Waiting for its next attempt.
    Pending,
    /// An attempt is under way.
    Inflight,
    /// Its channel is not to be had; nothing ages.
    Held,
    /// The receiver took it.
    Delivered,
    /// Given up.
    Dead,
    /// Taken back.
    Cancelled,
}

/// One alert owed to one recipient of one channel.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Its name.
    pub id: DeliveryId,
    /// The alert's number.
    pub alert: i64,
    /// The type that the receiver gets.
    pub kind: String,
    /// The channel.
    pub channel: ChannelId,
    /// The recipient; empty where the channel has but one.
    pub recipient: String,
    /// Its number on the channel, without gaps.
    pub seq: u64,
    /// Where it stands.
    pub state: DeliveryState,
    /// How many attempts have begun.
    pub attempts: u32,
    /// When it was made.
    pub made_at: Timestamp,
    /// When it is tried next.
    pub next_attempt_at: Option<Timestamp>,
    /// When it was tried first.
    pub first_attempt_at: Option<Timestamp>,
    /// When it was settled.
    pub settled_at: Option<Timestamp>,
    /// True when somebody asked for it again by hand.
    pub replayed: bool,
    /// True when it passes quiet hours and slots.
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
    /// At most so many.
    pub limit: usize,
    /// Only those in this state.
    pub state: Option<DeliveryState>,
    /// Only those of this channel.
    pub channel: Option<ChannelId>,
}

/// What came of asking for a delivery to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retried {
    /// It is due at this instant: now, or as soon as a repeat may leave.
    Due(Timestamp),
    /// An attempt is in flight since this instant; its outcome decides.
    InFlight {
        /// When it began; none when the store has no record of it.
        since: Option<Timestamp>,
    },
    /// It was delivered or cancelled, and stays so.
    Settled {
        /// Which of the two.
        state: DeliveryState,
        /// When.
        at: Option<Timestamp>,
    },
    /// There is no such delivery.
    Unknown,
}

/// One try at a delivery.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: u32,
    /// When it began.
    pub started_at: Timestamp,
    /// How long it took; none while it is under way, or when the process died in it.
    pub took: Option<Duration>,
    /// How it ended; none likewise.
    pub outcome: Option<Outcome>,
}

impl DeliveryState {
    /// Every state, in the order of a delivery's life.
    pub const ALL: [Self; 6] =
        [Self::Pending, Self::Inflight, Self::Held, Self::Delivered, Self::Dead, Self::Cancelled];

    /// The word of store and listings.
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
        Self::ALL.into_iter().find(|state| state.as_str() == word).ok_or_else(|| {
            let words: Vec<&str> = Self::ALL.iter().map(|state| state.as_str()).collect();
            format!("unknown delivery state {word:?}; use one of {}", words.join(", "))
        })
    }
}
