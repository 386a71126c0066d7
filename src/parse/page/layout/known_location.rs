//! Describes a remembered place, and the layout that may replace the known one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::parse::page::layout::location::{Layout, LayoutLocation, css_path};
use crate::parse::page::share::is_at_least;

/// The share of items at the same places from which two layouts are the same, in percent. Chosen by hand.
pub(crate) const SAME_LAYOUT_SHARE: u8 = 50;

/// How many visits must show a place before it counts as known. Chosen by hand.
pub const CONFIRMING_VISITS: u32 = 3;

/// A place where earlier visits found items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownLocation {
    /// Names and classes of elements, from the headline outwards.
    pub(crate) path: String,
    /// How many items it had when it was last seen.
    pub items: usize,
    /// When it was first seen.
    pub since: Timestamp,
    /// When it was last seen.
    pub seen: Timestamp,
    /// How many visits have seen it.
    pub(crate) visits: u32,
    /// True for a place of the layout that the baseline was made from.
    pub(crate) first: bool,
}

/// Another layout that the page has shown since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateLayout {
    /// The places of its items at the last visit that saw it.
    pub places: Vec<LayoutLocation>,
    /// When it was first seen.
    pub since: Timestamp,
    /// How many visits have seen it.
    pub visits: u32,
    /// How many visits in a row have since seen the known layout.
    pub(crate) back: u32,
}

impl CandidateLayout {
    /// True if half of the items or more are at this candidate's places.
    pub(crate) fn is_like(&self, now: &Layout) -> bool {
        let known = |place: &&LayoutLocation| self.places.iter().any(|mine| mine.path == place.path);
        let items = now.places().iter().filter(known).map(|place| place.items).sum::<usize>();
        is_at_least(items, SAME_LAYOUT_SHARE, now.items())
    }
}

impl KnownLocation {
    /// True if it counts as known; false for a new place that too few visits have confirmed.
    #[must_use]
    pub fn is_confirmed(&self) -> bool {
        self.first || self.visits >= CONFIRMING_VISITS
    }

    /// The place as a CSS path, from the outside in.
    #[must_use]
    pub fn css_path(&self) -> String {
        css_path(&self.path)
    }
}
