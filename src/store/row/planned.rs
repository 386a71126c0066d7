//! What was planned by a clock that has been set back since.

use jiff::Timestamp;

use crate::alert::DeliveryId;

/// A pending delivery that is not due yet, with what its next attempt was planned from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryAhead {
    /// Its row.
    pub number: i64,
    /// Its name.
    pub id: DeliveryId,
    /// Whether it leaves outside its channel's slots too.
    pub urgent: bool,
    /// How many attempts have begun.
    pub attempts: u32,
    /// When it was planned: the start of the last attempt, or when it was made.
    pub planned_at: Timestamp,
    /// When it is due.
    pub due: Timestamp,
}

/// When a source is due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scheduled {
    /// When it is visited next; none: as soon as there is room.
    pub next_visit_at: Option<Timestamp>,
    /// When it was visited last; none: never.
    pub last_visit_at: Option<Timestamp>,
}

/// Which of the pages that items wait for are brought forward, and to when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PagesAhead {
    /// The present instant: nothing was first seen later.
    pub now: Timestamp,
    /// Pages due later than this are brought forward, and those of items that were first seen later than `now`.
    pub beyond: Timestamp,
    /// When a page is due at the latest, by the number of tries at it; the last one holds for all further tries.
    pub due: Vec<Timestamp>,
}
