//! How marsad presents itself to servers and reaches them.

use std::time::Duration;

use url::Url;

/// How marsad presents itself and reaches the world.
#[derive(Clone, Debug)]
pub struct ClientSettings {
    /// What marsad calls itself.
    pub user_agent: String,
    /// An explicit proxy; the environment's is never used. It resolves names itself, so that behind it only
    /// addresses that are written as such are checked: the proxy's own rules must do the rest.
    pub proxy: Option<Url>,
    /// The longest time that a connection may take.
    pub connect_timeout: Duration,
}

impl ClientSettings {
    /// Settings with a connection time of 5 seconds and no proxy.
    #[must_use]
    pub fn new(user_agent: impl Into<String>) -> Self {
        Self { user_agent: user_agent.into(), proxy: None, connect_timeout: Duration::from_secs(5) }
    }
}
