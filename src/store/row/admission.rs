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

use super::follow::FollowSettlement;

/// An item at hand, as far as the store needs it to look for what it remembers.
#[derive(Clone, Debug)]
pub struct ItemProbe {
    /// The item.
    pub item: Item,
    /// What it says.
    pub hash: ContentHash,
    /// What its source says of it: something else than `hash` where its own page was read.
    pub content: ContentHash,
    /// The keys that count at its source.
    pub keys: Vec<Key>,
}

/// An item that a visit brings, judged and matched, on its way into the store.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The item with its keys.
    pub probe: ItemProbe,
    /// What it was to the store when the visit asked; asked again when it is admitted.
    pub verdict: Verdict,
    /// The watches that it hits.
    pub hits: Vec<Hit>,
    /// The watches that the revision before it hit, with the terms that were found; for a revised item.
    pub hit_before: Vec<Hit>,
    /// False: what is there at a quiet first visit tells nobody.
    pub tells: bool,
    /// True: it waits for its own page, and is admitted when that has been read.
    pub follows: bool,
    /// The stored items that share a key with it and that it has been found not to be.
    pub ruled_out: Vec<i64>,
}

impl Candidate {
    /// An item that has been judged and not yet matched; it waits for no page.
    #[must_use]
    pub fn new(probe: ItemProbe, verdict: Verdict, tells: bool) -> Self {
        Self { probe, verdict, hits: Vec::new(), hit_before: Vec::new(), tells, follows: false, ruled_out: Vec::new() }
    }
}

/// What one visit brings, to be committed in one transaction.
#[derive(Clone, Debug)]
pub struct Admission {
    /// The source.
    pub source: Arc<Source>,
    /// The instant of the admission.
    pub at: Timestamp,
    /// When the items were first seen: at the visit, for those that waited for their page.
    pub seen_at: Timestamp,
    /// The items.
    pub candidates: Vec<Candidate>,
    /// What is settled of an item that waited for its page; none for what a visit brings.
    pub settle: Option<FollowSettlement>,
    /// The watches that judged them.
    pub watches: Arc<Watches>,
    /// The channels that may be owed a delivery.
    pub channels: Vec<Arc<Channel>>,
    /// What rendering needs to know.
    pub settings: render::RenderSettings,
}

/// What came of an admission.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admitted {
    /// Items that nobody had brought before.
    pub new: usize,
    /// Items that say something else now.
    pub revised: usize,
    /// Items that were known, at this source or at another, or wait for their page already.
    pub known: usize,
    /// Items that wait for their page from now on.
    pub followed: usize,
    /// Alerts that were made.
    pub alerts: usize,
    /// Deliveries that are owed.
    pub deliveries: usize,
    /// The watches that were told, once for each alert.
    pub alerted: Vec<WatchId>,
    /// Items that cannot be stored for their own content.
    pub set_aside: usize,
}

impl Admitted {
    /// The watches that were told, each once, by commas.
    #[must_use]
    pub fn watches(&self) -> String {
        let names: std::collections::BTreeSet<&str> = self.alerted.iter().map(WatchId::as_str).collect();
        names.into_iter().collect::<Vec<_>>().join(",")
    }
}

impl std::ops::AddAssign for Admitted {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.revised += other.revised;
        self.known += other.known;
        self.followed += other.followed;
        self.alerts += other.alerts;
        self.deliveries += other.deliveries;
        self.alerted.extend(other.alerted);
        self.set_aside += other.set_aside;
    }
}
