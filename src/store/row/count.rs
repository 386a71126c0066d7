//! How much there is, and how much was taken away.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::DeliveryState;

/// How much there is of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreCounts {
    /// Stored items.
    pub items: u64,
    /// Items that wait for their own page and are not admitted yet.
    pub waiting: u64,
    /// Stored alerts.
    pub alerts: u64,
    /// Deliveries by state.
    pub deliveries: BTreeMap<DeliveryState, u64>,
    /// When the oldest delivery that is still owed was made.
    pub oldest_pending: Option<Timestamp>,
}

/// How thoroughly the database is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckDepth {
    /// Its pages, up to the first fault.
    Quick,
    /// Its pages, indexes, rows and numbers.
    Full,
}

/// What a check of the database found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// What is wrong, in sentences.
    pub problems: Vec<String>,
    /// False when it was stopped before its end.
    pub complete: bool,
}

/// How much one step of retention took away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PruneReport {
    /// Settled deliveries.
    pub deliveries: u64,
    /// Alerts without a delivery.
    pub alerts: u64,
    /// Items that lost their texts and are still known.
    pub texts: u64,
    /// Items that are forgotten.
    pub items: u64,
    /// What was told of them.
    pub alerted: u64,
}
