//! What the store remembers, in the shape that others see.

mod absence;
mod admission;
mod ahead;
mod aside;
mod count;
mod delivery;
mod follow;
mod source;

pub use absence::{Absence, AbsentKind, MissedAlerts, MissedItem};
pub use admission::{Admission, Admitted, Candidate, Probe};
pub use ahead::{DeliveryAhead, PagesAhead, Scheduled};
pub use aside::SetAside;
pub use count::{Checked, Counts, Depth, Pruned};
pub use delivery::{Attempt, Delivery, DeliveryQuery, DeliveryState, FailingChannel, Retried, StoredAlert};
pub use follow::{FollowDue, Followed, Settle, Then};
pub use source::{ItemQuery, SourceState, StoredItem, VisitEnd};
