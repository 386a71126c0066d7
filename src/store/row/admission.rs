//! What a visit brings into the store, and what comes of it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::alert::{Hit, WatchId};
use crate::channel::Channel;
use crate::dedupe::{Key, Verdict};
use crate::item::{ContentHash, Item};
use crate::render;
use crate::source::Source;
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
