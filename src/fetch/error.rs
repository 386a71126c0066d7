//! Why there is no document.

use std::time::Duration;

use jiff::SignedDuration;

use crate::net::NetError;

/// A fetch that brought no document, and how long it took.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct FetchError {
    /// What happened.
    pub why: FetchFailure,
    /// How long it took.
    pub took: Duration,
}

/// What happened instead of a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchFailure {
    /// There was no answer.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The site does not want marsad: 401, 403, or a page that asks for a human.
    #[error("{host} blocks marsad ({by}); ask the publisher, or look for a feed of the same news")]
    Blocked {
        /// The host.
        host: String,
        /// By which status or page.
        by: BlockReason,
        /// How long it asked to be left alone.
        after: Option<SignedDuration>,
    },
    /// There is nothing there: 404 or 410.
    #[error("{host} has no such page any more (status {status}); look for its new address")]
    Gone {
        /// The host.
        host: String,
        /// 404 or 410.
        status: u16,
    },
    /// Too much is asked of the site: 429, or it is in trouble: 5xx.
    #[error("{host} cannot answer now (status {status})")]
    Busy {
        /// The host.
        host: String,
        /// 429 or 5xx.
        status: u16,
        /// How long it asked to be left alone.
        after: Option<SignedDuration>,
    },
    /// Any other status that brings no document.
    #[error("{host} answers with status {status}")]
    Status {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// robots.txt forbids it, or could not be had.
    #[error(
        "the robots.txt of {host} forbids it or cannot be had; where the publisher agrees, set fetch.obey_robots = false"
    )]
    Robots {
        /// The host.
        host: String,
    },
    /// The document is a gzip file that breaks off or is too large.
    #[error("the document of {host} cannot be unpacked within {limit} bytes")]
    Unpack {
        /// The host.
        host: String,
        /// The most bytes that are taken.
        limit: usize,
    },
}

/// How a site shuts marsad out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BlockReason {
    /// By a status.
    #[error("status {0}")]
    Status(u16),
    /// By a page that asks for a human.
    #[error("a page that asks for a human")]
    Challenge,
}

impl FetchError {
    /// True when the next visit may well succeed with nothing changed on our side.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match &self.why {
            FetchFailure::Net(error) => error.is_transient(),
            FetchFailure::Busy { .. } | FetchFailure::Robots { .. } => true,
            FetchFailure::Blocked { .. }
            | FetchFailure::Gone { .. }
            | FetchFailure::Status { .. }
            | FetchFailure::Unpack { .. } => false,
        }
    }

    /// How long the site asked to be left alone: at most a day.
    #[must_use]
    pub fn retry_after(&self) -> Option<SignedDuration> {
        match &self.why {
            FetchFailure::Busy { after, .. } | FetchFailure::Blocked { after, .. } => *after,
            _ => None,
        }
    }

    /// True when the site shuts marsad out on purpose.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        matches!(self.why, FetchFailure::Blocked { .. })
    }

    /// True when a page that asks for a human came.
    #[must_use]
    pub fn is_challenge(&self) -> bool {
        matches!(self.why, FetchFailure::Blocked { by: BlockReason::Challenge, .. })
    }

    /// The kind of failure in one word, for metrics and the source's state.
    #[must_use]
    pub fn class(&self) -> &'static str {
        match &self.why {
            FetchFailure::Net(error) => error.class(),
            FetchFailure::Blocked { .. } => "blocked",
            FetchFailure::Gone { .. } => "gone",
            FetchFailure::Busy { .. } => "busy",
            FetchFailure::Status { .. } => "status",
            FetchFailure::Robots { .. } => "robots",
            FetchFailure::Unpack { .. } => "size",
        }
    }
}
