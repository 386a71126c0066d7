//! What is recorded together with a notice.

use crate::health::notice::Notice;
use crate::health::outage::Outage;
use crate::source::SourceId;

/// What is recorded in the transaction that raises a notice, so that it is raised once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoticeUpdate {
    /// The notice about a source; none after its recovery.
    Source(SourceId, Option<Notice>),
    /// The flood of a source.
    Flood(SourceId),
    /// An outage, unless one is recorded.
    OutageBegins(Outage),
    /// An outage in place of the recorded one.
    OutageRepeats(Outage, Outage),
    /// The end of the recorded outage.
    OutageEnds(Outage),
}
