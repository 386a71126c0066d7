//! The values that go into the store and come out of it.

mod absence;
mod admission;
mod count;
mod delivery;
mod follow;
mod planned;
mod set_aside;
mod source;

pub use absence::{Absence, AbsentKind, MissedAlerts, MissedItem};
pub use admission::{Admission, Admitted, Candidate, ItemProbe};
pub use count::{CheckDepth, CheckReport, PruneReport, StoreCounts};
pub use delivery::{Attempt, Delivery, DeliveryQuery, DeliveryState, FailingChannel, Retried, StoredAlert};
pub use follow::{FollowDue, FollowSettlement, FollowUpdate, FollowedItem};
pub use planned::{DeliveryAhead, PagesAhead, Scheduled};
pub use set_aside::SetAside;
pub use source::{ItemQuery, SourceState, StoredItem, VisitEnd};
