//! The values that go into the store and come out of it.

mod absence;
mod admission;
mod canary;
mod circuit;
mod count;
mod delivery;
mod digest;
mod flood;
mod follow;
mod history;
mod notice;
mod planned;
mod set_aside;
mod source;
mod storage;
mod story;

pub(crate) use absence::{Absence, AbsentKind, MissedAlerts, MissedItem};
pub use admission::Admitted;
pub(crate) use admission::{Admission, Candidate, ItemProbe};
pub(crate) use canary::{Canary, ChannelOutcome};
pub(crate) use circuit::{AttemptEnd, ChannelCondition, ChannelGate, RefusedRecipient};
pub(crate) use count::{CheckDepth, CheckReport, PruneReport, StoreCounts};
pub(crate) use delivery::{
    Attempt, Delivery, DeliveryChange, DeliveryChanged, DeliverySelector, FailingChannel, SettledDelivery, StoredAlert,
};
pub use delivery::{DeliveryQuery, DeliveryState};
pub(crate) use digest::{DigestClosing, DigestState};
pub(crate) use flood::{Flood, HeldItem};
pub use follow::FollowDue;
pub(crate) use follow::{FollowSettlement, FollowUpdate, FollowedItem};
pub(crate) use history::{AlertRecord, GatheredAlert, ItemHistory, ItemPlacement, RelatedAlert, SightingRecord};
pub(crate) use notice::NoticeUpdate;
pub(crate) use planned::{DeliveryAhead, PagesAhead, Scheduled};
pub(crate) use set_aside::SetAside;
pub use source::{ItemQuery, SourceState, StoredItem};
pub(crate) use source::{VisitEnd, VisitEvents};
pub(crate) use storage::{BackupSummary, ExistingFile, RestoreSummary, StorageReport};
pub use story::{RelatedText, StoryMember, StorySummary};
