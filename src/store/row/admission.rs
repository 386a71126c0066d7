//! The items that a visit admits to the store, and the result.

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

/// An item with the keys that the store needs to look it up.
#[derive(Clone, Debug)]
pub(crate) struct ItemProbe {
    /// The item.
    pub item: Item,
    /// The hash of its content.
    pub hash: ContentHash,
    /// The hash of the content at its source, which differs from `hash` if its own page was read.
    pub content: ContentHash,
    /// Its keys at its source.
    pub(crate) keys: Vec<Key>,
}

/// An item of a visit, judged and matched, to be admitted.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// The item with its keys.
    pub(crate) probe: ItemProbe,
    /// The verdict at the time of the visit; it is checked again at admission.
    pub(crate) verdict: Verdict,
    /// The watches that it matches.
    pub(crate) hits: Vec<Hit>,
    /// The watches that the previous revision matched; for a revised item.
    pub(crate) hit_before: Vec<Hit>,
    /// False if its alerts are suppressed, as at a quiet first visit.
    pub(crate) may_alert: bool,
    /// True if it waits for its own page and is admitted after that has been read.
    pub(crate) waits_for_page: bool,
    /// The stored items that share a key with it but are different items.
    pub(crate) ruled_out: Vec<i64>,
    /// True if other headlines of its document have the same text.
    pub(crate) is_notice: bool,
    /// True if its alerts wait for an operator because of a flood.
    pub(crate) held: bool,
}

impl Candidate {
    /// A judged item that is not matched yet and does not wait for its page.
    #[must_use]
    pub fn new(probe: ItemProbe, verdict: Verdict, may_alert: bool) -> Self {
        Self {
            probe,
            verdict,
            hits: Vec::new(),
            hit_before: Vec::new(),
            may_alert,
            waits_for_page: false,
            ruled_out: Vec::new(),
            is_notice: false,
            held: false,
        }
    }
}

/// The items of one visit, to be committed in one transaction.
#[derive(Clone, Debug)]
pub(crate) struct Admission {
    /// The source.
    pub source: Arc<Source>,
    /// The instant of the admission.
    pub at: Timestamp,
    /// When the items were first seen; for items that waited for their page, the time of the visit.
    pub(crate) seen_at: Timestamp,
    /// The items.
    pub(crate) candidates: Vec<Candidate>,
    /// The row to settle for an item that waited for its page; none for a visit.
    pub(crate) settle: Option<FollowSettlement>,
    /// How many new items the visit found, to learn what is usual; none if this is only a part of a visit, or not a
    /// typical one.
    pub(crate) new_items: Option<usize>,
    /// True if the visit brought so many items that their alerts leave as one digest.
    pub(crate) is_flood: bool,
    /// The watches that matched them.
    pub watches: Arc<Watches>,
    /// The configured channels.
    pub channels: Vec<Arc<Channel>>,
    /// The settings for rendering.
    pub(crate) settings: render::RenderSettings,
}

/// The counts of an admission.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Admitted {
    /// New items.
    pub new: usize,
    /// Items whose content changed.
    pub revised: usize,
    /// Items that were known, from this source or another, or already wait for their page.
    pub known: usize,
    /// Items that now wait for their page.
    pub followed: usize,
    /// Alerts made.
    pub alerts: usize,
    /// Deliveries queued.
    pub deliveries: usize,
    /// The watches that alerted, once for each alert.
    pub alerted: Vec<WatchId>,
    /// Items that match a watch but do not alert, because they copy a text that alerted.
    pub copies: usize,
    /// Items whose alerts wait for an operator because of a flood.
    pub held: usize,
    /// Items that cannot be stored because of their content.
    pub set_aside: usize,
    /// The addresses of items that have become tickers; their headlines if they have no address.
    pub tickers: Vec<String>,
}

impl Admitted {
    /// The watches that alerted, each once, sorted and separated by commas.
    ///
    /// ```
    /// use marsad::alert::WatchId;
    /// use marsad::store::Admitted;
    ///
    /// let alerted = ["gaza", "aid", "gaza"].map(WatchId::new).to_vec();
    /// assert_eq!(Admitted { alerted, ..Admitted::default() }.watches(), "aid,gaza");
    /// ```
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
        self.copies += other.copies;
        self.held += other.held;
        self.set_aside += other.set_aside;
        self.tickers.extend(other.tickers);
    }
}
