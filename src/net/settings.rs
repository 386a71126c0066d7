//! The settings of the HTTP client.

use std::time::Duration;

use url::Url;

/// How marsad identifies itself and reaches servers.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// The user agent.
    pub user_agent: String,
    /// An explicit proxy; proxies from the environment are ignored. It resolves names itself, so behind it only literal
    /// addresses are checked: the proxy's own rules must do the rest.
    pub proxy: Option<Url>,
    /// The time limit for opening a connection.
    pub(crate) connect_timeout: Duration,
}

impl ClientSettings {
    /// Settings with a connection timeout of 5 seconds and no proxy.
    #[must_use]
    pub fn new(user_agent: impl Into<String>) -> Self {
        Self { user_agent: user_agent.into(), proxy: None, connect_timeout: Duration::from_secs(5) }
    }
}
