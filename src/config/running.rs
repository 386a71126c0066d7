//! Gives readers the running configuration, wherever it is kept.

use std::fmt;
use std::sync::Arc;

use super::Config;

/// The running configuration as its readers see it. Each look gives the newest one.
///
/// Whoever needs two things that fit together takes both from one look.
#[derive(Clone)]
pub struct RunningConfig(Arc<dyn Fn() -> Arc<Config> + Send + Sync>);

impl RunningConfig {
    /// The configuration that `look` finds.
    pub fn new(look: impl Fn() -> Arc<Config> + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    /// The newest configuration.
    #[must_use]
    pub fn load(&self) -> Arc<Config> {
        (self.0)()
    }
}

impl fmt::Debug for RunningConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RunningConfig")
    }
}
