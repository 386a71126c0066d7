//! Errors of a fetch.

use std::time::Duration;

use jiff::SignedDuration;

use crate::net::NetError;

/// A failed fetch, with its duration.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct FetchError {
    /// Why it failed.
    pub(crate) why: FetchFailure,
    /// How long it took.
    pub(crate) took: Duration,
}

/// Why a fetch failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FetchFailure {
    /// There was no answer.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The site refuses marsad: 401, 403, or a challenge page.
    #[error("{host} blocks marsad ({by}); ask the publisher, or look for a feed of the same news")]
    Blocked {
        /// The host.
        host: String,
        /// The status or page that refuses.
        by: BlockReason,
        /// How long the site asks to wait.
        after: Option<SignedDuration>,
    },
    /// The page does not exist: 404 or 410.
    #[error(
        "{host} {} (status {status}); check the address, which may have changed",
        if *status == 410 { "no longer has this page" } else { "has no page at this address" }
    )]
    Gone {
        /// The host.
        host: String,
        /// 404 or 410.
        status: u16,
    },
    /// A feed came with the status 404 or 410.
    #[error(
        "{host} serves a feed, but with status {status}, which says that it does not exist: an error of the site; write \
         to its webmaster"
    )]
    FeedWithStatus {
        /// The host.
        host: String,
        /// 404 or 410.
        status: u16,
    },
    /// The site gets too many requests (429) or fails (5xx).
    #[error("{host} cannot answer now (status {status})")]
    Busy {
        /// The host.
        host: String,
        /// 429 or 5xx.
        status: u16,
        /// How long the site asks to wait.
        after: Option<SignedDuration>,
    },
    /// Any other status without a document.
    #[error("{host} answers with status {status}")]
    Status {
        /// The host.
        host: String,
        /// The status.
        status: u16,
    },
    /// The document leads browsers on, as the one before it did.
    #[error("{host} leads browsers on twice; configure the address where they end, such as {to}")]
    LeadsOn {
        /// The host.
        host: String,
        /// Where the second document leads.
        to: String,
    },
    /// The document leads browsers to one that does not exist.
    #[error(
        "{host} leads browsers to {to}, where there is no page (status {status}); check the address, which may have \
         changed"
    )]
    LeadsNowhere {
        /// The host.
        host: String,
        /// Where the document leads.
        to: String,
        /// 404 or 410.
        status: u16,
    },
    /// robots.txt forbids it.
    #[error("the robots.txt of {host} forbids it; if the publisher agrees, set fetch.obey_robots = false")]
    Robots {
        /// The host.
        host: String,
    },
    /// robots.txt is unavailable, which forbids everything (RFC 9309 §2.3.1.4).
    #[error(
        "the robots.txt of {host} is unavailable, so nothing is fetched from it; \
         if the publisher agrees, set fetch.obey_robots = false"
    )]
    RobotsUnavailable {
        /// The host.
        host: String,
    },
    /// The document is a gzip file that breaks off or is too large.
    #[error("the document of {host} cannot be unpacked within {limit} bytes")]
    Unpack {
        /// The host.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
}

/// How a site refuses marsad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BlockReason {
    /// With a status.
    #[error("status {0}")]
    Status(u16),
    /// With a challenge page.
    #[error("a page that asks for a human")]
    Challenge,
}

impl FetchError {
    /// True if the next visit may succeed without a change on our side.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match &self.why {
            FetchFailure::Net(error) => error.is_transient(),
            FetchFailure::Busy { .. } | FetchFailure::Robots { .. } | FetchFailure::RobotsUnavailable { .. } => true,
            FetchFailure::Blocked { .. }
            | FetchFailure::Gone { .. }
            | FetchFailure::FeedWithStatus { .. }
            | FetchFailure::Status { .. }
            | FetchFailure::LeadsOn { .. }
            | FetchFailure::LeadsNowhere { .. }
            | FetchFailure::Unpack { .. } => false,
        }
    }

    /// The same failure at a server other than the configured one.
    #[must_use]
    pub(crate) fn elsewhere(self) -> Self {
        match self.why {
            FetchFailure::Net(error) => Self { why: error.elsewhere().into(), ..self },
            _ => self,
        }
    }

    /// How long the site asks to wait: at most a day.
    #[must_use]
    pub fn retry_after(&self) -> Option<SignedDuration> {
        match &self.why {
            FetchFailure::Busy { after, .. } | FetchFailure::Blocked { after, .. } => *after,
            _ => None,
        }
    }

    /// True if the site refuses marsad on purpose.
    #[must_use]
    pub(crate) fn is_blocked(&self) -> bool {
        matches!(self.why, FetchFailure::Blocked { .. })
    }

    /// The kind of failure in one word, for metrics and the source's state.
    #[must_use]
    pub(crate) fn class(&self) -> &'static str {
        match &self.why {
            FetchFailure::Net(error) => error.class(),
            FetchFailure::Blocked { .. } => "blocked",
            FetchFailure::Gone { .. } | FetchFailure::LeadsNowhere { .. } | FetchFailure::FeedWithStatus { .. } => {
                "gone"
            }
            FetchFailure::Busy { .. } => "busy",
            FetchFailure::Status { .. } => "status",
            FetchFailure::LeadsOn { .. } => "protocol",
            FetchFailure::Robots { .. } | FetchFailure::RobotsUnavailable { .. } => "robots",
            FetchFailure::Unpack { .. } => "size",
        }
    }
}
