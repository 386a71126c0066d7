//! Answers questions about a configuration.

use std::path::Path;
use std::sync::Arc;

use super::file::{self, Environment};
use super::{Config, LAST_GOOD};
use crate::channel::Channel;
use crate::render;

impl Config {
    /// True if there is a first file, whatever its content.
    #[must_use]
    pub(crate) fn is_there(asked: Option<&Path>, environment: &Environment) -> bool {
        environment.first_file(asked).try_exists().unwrap_or(true)
    }

    /// The channels that are alerted about sources and configuration.
    #[must_use]
    pub(crate) fn health_channels(&self) -> Vec<Arc<Channel>> {
        self.health.alert.iter().filter_map(|id| self.channel(id.as_str()).cloned()).collect()
    }

    /// The settings for rendering. They are made when the configuration is loaded, because every visit needs them.
    #[must_use]
    pub(crate) fn render_settings(&self) -> render::RenderSettings {
        self.rendering.clone()
    }

    /// The last applied configuration, for use when the one at `asked` (or at the usual paths) is broken. It lists the
    /// broken files as its own, so that their repair is noticed.
    #[must_use]
    pub(crate) fn fall_back(asked: Option<&Path>) -> Option<Self> {
        Self::fall_back_in(asked, &Environment::of_process())
    }

    /// False if the configuration cannot be read and so the state folder is not known. The folder that is the default
    /// may belong to another configuration.
    #[must_use]
    pub(crate) fn knows_state_dir(asked: Option<&Path>, environment: &Environment) -> bool {
        file::survey(asked, environment).knows_state_dir
    }

    /// Like [`Config::fall_back`], for another environment.
    #[must_use]
    pub(crate) fn fall_back_in(asked: Option<&Path>, environment: &Environment) -> Option<Self> {
        let broken = file::survey(asked, environment);
        if !broken.knows_state_dir {
            return None;
        }
        let mut config = Self::load_in(Some(&broken.state_dir.join(LAST_GOOD)), environment).ok()?;
        config.files.extend(broken.read.keys().filter(|path| **path != broken.first).cloned());
        config.files.insert(0, broken.first);
        config.folders.extend(broken.folders);
        config.read.extend(broken.read);
        Some(config)
    }
}
