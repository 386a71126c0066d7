//! Planned instants that a clock change can invalidate: visits, pages and deliveries.

use jiff::Timestamp;

use crate::alert::DeliveryId;

/// A pending delivery that is not due yet, with the instant from which its next attempt was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeliveryAhead {
    /// Its row.
    pub number: i64,
    /// Its id.
    pub id: DeliveryId,
    /// True if it ignores its channel's slots.
    pub urgent: bool,
    /// How many attempts have begun.
    pub attempts: u32,
    /// When it was planned: the start of the last attempt, or when it was made.
    pub(crate) planned_at: Timestamp,
    /// When it is due.
    pub(crate) due: Timestamp,
}

/// When a source is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Scheduled {
    /// The next visit; none means as soon as possible.
    pub(crate) next_visit_at: Option<Timestamp>,
    /// The last visit; none means never.
    pub(crate) last_visit_at: Option<Timestamp>,
}

/// Which item pages are brought forward, and to when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PagesAhead {
    /// The current instant: no item can have been seen later.
    pub now: Timestamp,
    /// Pages due later than this are brought forward, and those of items first seen later than `now`.
    pub(crate) beyond: Timestamp,
    /// The latest due instant of a page by its number of tries; the last entry applies to all further tries.
    pub(crate) due: Vec<Timestamp>,
}
