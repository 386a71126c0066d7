//! Errors between marsad and a server.

use std::error::Error;
use std::time::Duration;

use super::fence::{FenceRefusal, Unresolved};
use super::tls;

/// Why there is no answer. A failure status is an answer, not an error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// The fence refuses the request.
    #[error("{host} is refused: {why}")]
    Refused {
        /// The host.
        host: String,
        /// Why the fence refuses it.
        why: FenceRefusal,
    },
    /// No answer, or too little of it, arrived in time.
    #[error("{host}: gave up after {} s: {what}", after.as_secs_f32().round())]
    Timeout {
        /// The host.
        host: String,
        /// How long marsad waited.
        after: Duration,
        /// What it waited for.
        what: &'static str,
    },
    /// No connection could be opened.
    #[error("no connection to {host}: {why}")]
    Connect {
        /// The host.
        host: String,
        /// The message of the system.
        why: String,
    },
    /// The name could not be resolved.
    #[error("cannot resolve {host}: {why}")]
    Dns {
        /// The host.
        host: String,
        /// The message of the resolver.
        why: String,
    },
    /// No secure connection could be opened.
    #[error("no secure connection to {host}: {why}")]
    Tls {
        /// The host.
        host: String,
        /// What is wrong with the certificate or the handshake.
        why: String,
    },
    /// The body exceeds the limit.
    #[error("{host} serves more than {limit} bytes; raise fetch.max_body if that is intended")]
    TooLarge {
        /// The host.
        host: String,
        /// The limit in bytes.
        limit: usize,
    },
    /// Too many redirects.
    #[error("{host} redirects more than {limit} times{}", if *cookies { ", and sets cookies on the way; configure the address that a browser ends at" } else { "" })]
    Redirects {
        /// The host of the last redirect.
        host: String,
        /// The limit.
        limit: usize,
        /// True if cookies were set on the way and sent back.
        cookies: bool,
    },
    /// The answer is not HTTP, or breaks off.
    #[error("{host} sent an invalid answer: {why}")]
    Protocol {
        /// The host.
        host: String,
        /// What is wrong.
        why: String,
    },
    /// The client cannot be built from its settings.
    #[error("cannot set up the HTTP client: {0}")]
    Setup(String),
}

impl NetError {
    /// True if the same request may succeed later without a change on our side.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Timeout { .. } | Self::Connect { .. } | Self::Dns { .. } | Self::Tls { .. } => true,
            Self::Protocol { .. } => true,
            Self::Refused { .. } | Self::TooLarge { .. } | Self::Redirects { .. } | Self::Setup(_) => false,
        }
    }

    /// The same failure at a server other than the one that the operator configured: no setting of the source applies
    /// there.
    #[must_use]
    pub(crate) fn elsewhere(self) -> Self {
        match self {
            Self::Refused { host, why: FenceRefusal::Special(address) } => {
                Self::Refused { host, why: FenceRefusal::Elsewhere(address) }
            }
            other => other,
        }
    }

    /// The kind of failure in one word, for metrics and attempts.
    #[must_use]
    pub(crate) fn class(&self) -> &'static str {
        match self {
            Self::Refused { .. } => "refused",
            Self::Timeout { .. } => "timeout",
            Self::Connect { .. } => "connect",
            Self::Dns { .. } => "dns",
            Self::Tls { .. } => "tls",
            Self::TooLarge { .. } => "size",
            Self::Redirects { .. } | Self::Protocol { .. } => "protocol",
            Self::Setup(_) => "setup",
        }
    }

    /// Maps an error of the transport. Its own words are dropped, because they contain the whole address.
    pub(super) fn from_transport(host: &str, error: &reqwest::Error, after: Duration) -> Self {
        let host = host.to_owned();
        let chain = causes(error);
        for cause in &chain {
            if let Some(why) = cause.downcast_ref::<FenceRefusal>() {
                return Self::Refused { host, why: why.clone() };
            }
            if let Some(Unresolved(why)) = cause.downcast_ref::<Unresolved>() {
                return Self::Dns { host, why: why.clone() };
            }
            if let Some(why) = cause.downcast_ref::<rustls::Error>() {
                return Self::Tls { host, why: tls::explained(why) };
            }
        }
        let why = chain.last().map_or_else(String::new, ToString::to_string);
        if error.is_timeout() {
            let what = if error.is_connect() { "no connection" } else { "no answer" };
            Self::Timeout { host, after, what }
        } else if error.is_connect() {
            Self::Connect { host, why }
        } else {
            Self::Protocol { host, why }
        }
    }
}

/// The causes below the transport's own error. An `io::Error` hides the error that it wraps from `source()`.
fn causes(error: &reqwest::Error) -> Vec<&(dyn Error + 'static)> {
    let mut chain = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        chain.push(cause);
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match inner {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => cause.source(),
        };
    }
    chain
}
