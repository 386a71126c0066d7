//! Counts of stored rows, and reports of checks and pruning.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::DeliveryState;

/// The numbers of stored items, alerts, events and deliveries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreCounts {
    /// Stored items.
    pub items: u64,
    /// Items that wait for their own page and are not admitted yet.
    pub waiting: u64,
    /// Stored alerts of items.
    pub alerts: u64,
    /// Stored events: about sources, the configuration and channels, with tests of channels.
    pub events: u64,
    /// Deliveries by state.
    pub deliveries: BTreeMap<DeliveryState, u64>,
    /// Alerts that wait for a digest, once for each recipient.
    pub(crate) gathered: u64,
    /// When the oldest undelivered delivery was made.
    pub(crate) oldest_pending: Option<Timestamp>,
}

/// How thoroughly the database is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckDepth {
    /// The database pages, up to the first problem.
    Quick,
    /// Pages, indexes, rows and sequence numbers.
    Full,
}

/// The result of a database check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    /// The problems, as sentences.
    pub(crate) problems: Vec<String>,
    /// False if the check was stopped early.
    pub complete: bool,
}

/// How many rows one step of pruning deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct PruneReport {
    /// Settled deliveries.
    pub deliveries: u64,
    /// Alerts without a delivery.
    pub alerts: u64,
    /// Items that lost their texts but are still known.
    pub(crate) texts: u64,
    /// Deleted items.
    pub items: u64,
    /// Expired alert records.
    pub alerted: u64,
    /// Expired rows of the text index, and first texts of revised items.
    pub(crate) index: u64,
}
