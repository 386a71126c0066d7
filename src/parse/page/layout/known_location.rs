//! A place that is known, and what a page shows instead.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::parse::page::layout::location::{Layout, LayoutLocation, drawn};

/// How many visits must show a place before it counts as known.
pub const HOLDS: u32 = 3;

/// A place where items stood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownLocation {
    /// Names and classes, from the headline outwards.
    pub(crate) path: String,
    /// How many items stood there when it was seen last.
    pub items: usize,
    /// When it was seen first.
    pub since: Timestamp,
    /// When it was seen last.
    pub seen: Timestamp,
    /// How many visits have seen it, as far as that matters.
    pub(crate) visits: u32,
    /// True for a place that the page was learnt with.
    pub(crate) first: bool,
}

/// Another way in which the page was read since.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CandidateLayout {
    /// Where its items stood last.
    pub places: Vec<LayoutLocation>,
    /// When it was seen first.
    pub since: Timestamp,
    /// How many visits have seen it.
    pub visits: u32,
    /// How many visits in a row have seen the page as it was.
    pub(crate) back: u32,
}

impl CandidateLayout {
    /// True where most of the items stand where this rival had them.
    pub(crate) fn is_like(&self, now: &Layout) -> bool {
        let known = |place: &&LayoutLocation| self.places.iter().any(|mine| mine.path == place.path);
        now.places().iter().filter(known).map(|place| place.items).sum::<usize>() * 2 >= now.items()
    }
}

impl KnownLocation {
    /// True when it counts; false for one that stood beside known ones and has not held yet.
    #[must_use]
    pub fn is_sure(&self) -> bool {
        self.first || self.visits >= HOLDS
    }

    /// The place as a person reads it, from the outside in.
    #[must_use]
    pub fn drawn(&self) -> String {
        drawn(&self.path)
    }
}
