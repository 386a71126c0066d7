//! Describes a place where earlier visits found items.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::parse::page::layout::observed_layout::css_path;

/// How many visits must show a place before it counts as known. Chosen by hand.
pub(crate) const CONFIRMING_VISITS: u32 = 3;

/// A place where earlier visits found items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownPlace {
    /// Names and classes of elements, from the headline outwards.
    pub(crate) path: String,
    /// How many items it had when it was last seen.
    pub items: usize,
    /// When it was first seen.
    pub(crate) since: Timestamp,
    /// When it was last seen.
    pub(crate) seen: Timestamp,
    /// How many visits have seen it.
    pub(crate) visits: u32,
    /// True for a place of the layout that the baseline was made from.
    pub(crate) first: bool,
}

impl KnownPlace {
    /// True if it counts as known; false for a new place that too few visits have confirmed.
    #[must_use]
    pub(crate) fn is_confirmed(&self) -> bool {
        self.first || self.visits >= CONFIRMING_VISITS
    }

    /// The place as a CSS path, from the outside in.
    #[must_use]
    pub fn css_path(&self) -> String {
        css_path(&self.path)
    }
}
