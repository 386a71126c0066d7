//! What the store remembers, in the shape that others see.

mod absence;
mod admission;
mod ahead;
mod count;
mod delivery;
mod follow;
mod source;

pub use absence::{Absence, AbsentKind, MissedAlerts, MissedItem};
pub use admission::{Admission, Admitted, Candidate, Probe};
pub use ahead::{DeliveryAhead, PagesAhead, Scheduled};
pub use count::{Counts, Pruned};
pub use delivery::{Attempt, Delivery, DeliveryQuery, DeliveryState, Retried, StoredAlert};
pub use follow::{FollowDue, Followed, Settle, Then};
pub use source::{ItemQuery, SourceState, StoredItem, VisitEnd};
