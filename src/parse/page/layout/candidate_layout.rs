//! Describes another layout that a page has shown, and that may replace the known one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::parse::page::layout::observed_layout::{Layout, LayoutPlace};
use crate::parse::share::is_at_least;

/// The share of items at the same places from which two layouts are the same, in percent. Chosen by hand.
pub(crate) const SAME_LAYOUT_SHARE: u8 = 50;

/// Another layout that the page has shown since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CandidateLayout {
    /// The places of its items at the last visit that saw it.
    pub places: Vec<LayoutPlace>,
    /// When it was first seen.
    pub(crate) since: Timestamp,
    /// How many visits have seen it.
    pub(crate) visits: u32,
    /// How many visits in a row have since seen the known layout.
    pub(crate) back: u32,
}

impl CandidateLayout {
    /// True if half of the items or more are at this candidate's places.
    pub(crate) fn is_like(&self, now: &Layout) -> bool {
        let known = |place: &&LayoutPlace| self.places.iter().any(|mine| mine.path == place.path);
        let items = now.places().iter().filter(known).map(|place| place.items).sum::<usize>();
        is_at_least(items, SAME_LAYOUT_SHARE, now.items())
    }
}
