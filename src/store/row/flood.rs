//! Items whose alerts wait because of a flood.

use jiff::Timestamp;
use serde_json::Value;

use crate::item::Item;

/// A flood of a source, whose alerts wait.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Flood {
    /// When it was found.
    pub(crate) at: Timestamp,
    /// True if its event was raised.
    pub(crate) noticed: bool,
    /// How many items wait.
    pub(crate) items: u64,
    /// Headline and address of the first of them.
    pub(crate) samples: Vec<Value>,
}

/// An item that waits.
#[derive(Clone, Debug)]
pub(crate) struct HeldItem {
    /// Its row.
    pub(crate) number: i64,
    /// Its content; none if it cannot be read.
    pub(crate) item: Option<Item>,
}
