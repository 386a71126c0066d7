//! What the store remembers, in the shape that others see.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::alert::{Alert, DeliveryId, Hit, Outcome, Reason, WatchId};
use crate::channel::{Channel, ChannelId};
use crate::dedupe::{Key, Verdict};
use crate::item::{ContentHash, Item, ItemId};
use crate::render;
use crate::source::{Source, SourceId, Validators};
use crate::watch::compile::Watches;

/// An item at hand, as far as the store needs it to look for what it remembers.
#[derive(Clone, Debug)]
pub struct Probe {
    /// The item.
    pub item: Item,
    /// What it says.
    pub hash: ContentHash,
    /// The keys that count at its source.
    pub keys: Vec<Key>,
}

/// An item that a visit brings, judged and matched, on its way into the store.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The item with its keys.
    pub probe: Probe,
    /// What it was to the store when the visit asked; asked again when it is admitted.
    pub verdict: Verdict,
    /// The watches that it hits.
    pub hits: Vec<Hit>,
    /// The watches that the revision before it hit, with the terms that were found; for a revised item.
    pub hit_before: Vec<Hit>,
    /// False: what is there at a quiet first visit tells nobody.
    pub tells: bool,
}

/// What one visit brings, to be committed in one transaction.
#[derive(Clone, Debug)]
pub struct Admission {
    /// The source.
    pub source: Arc<Source>,
    /// The instant of the visit.
    pub at: Timestamp,
    /// The items.
    pub candidates: Vec<Candidate>,
    /// The watches that judged them.
    pub watches: Arc<Watches>,
    /// The channels that may be owed a delivery.
    pub channels: Vec<Arc<Channel>>,
    /// What rendering needs to know.
    pub settings: render::Settings,
}

/// What came of an admission.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admitted {
    /// Items that nobody had brought before.
    pub new: usize,
    /// Items that say something else now.
    pub revised: usize,
    /// Items that were known, at this source or at another.
    pub known: usize,
    /// Alerts that were made.
    pub alerts: usize,
    /// Deliveries that are owed.
    pub deliveries: usize,
    /// The watches that were told, once for each alert.
    pub told: Vec<WatchId>,
}

/// How a visit ended, for the source's row.
#[derive(Clone, Debug)]
pub struct VisitEnd {
    /// The source.
    pub source: SourceId,
    /// When it began.
    pub at: Timestamp,
    /// When the next one is due.
    pub next: Timestamp,
    /// The state of the source from now on.
    pub state: String,
    /// What to send with the next request; none leaves them as they are.
    pub validators: Option<Validators>,
    /// What went wrong; none when the document was read.
    pub error: Option<String>,
    /// What was mended or left out; none for a whole document.
    pub degraded: Option<String>,
    /// The kinds of key that are void at this source.
    pub void_keys: String,
    /// True when the visit found an item.
    pub found: bool,
}

/// What the store remembers of a source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SourceState {
    /// Its name.
    pub id: SourceId,
    /// `new`, `healthy`, `failing`, …
    pub state: String,
    /// The last visit.
    pub last_visit_at: Option<Timestamp>,
    /// The last visit that read a document, or was told that nothing changed.
    pub last_success_at: Option<Timestamp>,
    /// The next visit.
    pub next_visit_at: Option<Timestamp>,
    /// Visits that failed, in a row.
    pub failures: u32,
    /// The first of them.
    pub failing_since: Option<Timestamp>,
    /// Why the last one failed.
    pub last_error: Option<String>,
    /// When a visit first found an item.
    pub activated_at: Option<Timestamp>,
    /// What to send with the next request.
    pub validators: Validators,
    /// How many items it has brought.
    pub items: u64,
    /// The kinds of key that are void there, by commas.
    pub void_keys: String,
    /// What was mended or left out of the last document.
    pub degraded: Option<String>,
}

/// A stored item.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredItem {
    /// Its name.
    pub id: ItemId,
    /// The source that brought it first.
    pub source: SourceId,
    /// What it says.
    pub item: Item,
    /// When it was first seen.
    pub first_seen: Timestamp,
    /// Which revision this is, from 1.
    pub revision: u32,
    /// At how many sources and addresses it has been seen.
    pub sightings: u32,
}

/// Which items to list, newest first.
#[derive(Clone, Debug, Default)]
pub struct ItemQuery {
    /// Only those before this cursor.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: usize,
    /// Only those of this source.
    pub source: Option<SourceId>,
}

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

/// How much there is of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Stored items.
    pub items: u64,
    /// Stored alerts.
    pub alerts: u64,
    /// Deliveries by state.
    pub deliveries: BTreeMap<DeliveryState, u64>,
    /// When the oldest delivery that is still owed was made.
    pub oldest_pending: Option<Timestamp>,
}

/// How much one step of retention took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    /// Settled deliveries.
    pub deliveries: u64,
    /// Alerts without a delivery.
    pub alerts: u64,
    /// Items that lost their texts and are still known.
    pub texts: u64,
    /// Items that are forgotten.
    pub items: u64,
    /// What was told of them.
    pub told: u64,
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
            format!("{word:?} is no state of a delivery; there are {}", words.join(", "))
        })
    }
}

impl std::ops::AddAssign for Admitted {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.revised += other.revised;
        self.known += other.known;
        self.alerts += other.alerts;
        self.deliveries += other.deliveries;
        self.told.extend(other.told);
    }
}
