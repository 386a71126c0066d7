//! What others ask of a configuration.

use std::path::Path;
use std::sync::Arc;

use super::Config;
use super::file::{Surroundings, state_dir};
use crate::channel::Channel;
use crate::render;

impl Config {
    /// The channels that are told about sources and configuration.
    #[must_use]
    pub fn health_channels(&self) -> Vec<Arc<Channel>> {
        self.health.alert.iter().filter_map(|id| self.channel(id.as_str()).cloned()).collect()
    }

    /// What rendering needs to know.
    #[must_use]
    pub fn render_settings(&self) -> render::Settings {
        let domain = self.smtp.as_ref().and_then(|smtp| smtp.from.rsplit_once('@'));
        let domain = domain.map(|(_, domain)| domain.trim_end_matches('>').trim().to_owned());
        render::Settings {
            public_url: self.http.public_url.clone(),
            timezone: self.timezone.clone(),
            smtp_domain: domain.filter(|domain| !domain.is_empty()).unwrap_or_else(|| "localhost".to_owned()),
        }
    }

    /// The last configuration that was applied, for when the one at `asked` (or where it usually stands) is broken:
    /// looked for in the state folder that the broken file still names, else in the usual one.
    #[must_use]
    pub fn fall_back(asked: Option<&Path>) -> Option<Self> {
        let around = Surroundings::of_process();
        let text = std::fs::read_to_string(around.first_file(asked)).unwrap_or_default();
        let named = text.lines().find_map(named_state_dir);
        let folders = [named.map(|path| state_dir(Some(Path::new(path)), &around)), Some(state_dir(None, &around))];
        folders.into_iter().flatten().find_map(|folder| Self::load_last_good(&folder).ok())
    }
}

/// The folder in a line `state_dir = "…"`, read without the rest of the file, which may be broken.
fn named_state_dir(line: &str) -> Option<&str> {
    let value = line.trim_start().strip_prefix("state_dir")?.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_state_folder_is_found_in_a_file_that_is_otherwise_broken() {
        assert_eq!(named_state_dir(r#"  state_dir = "/var/lib/marsad"   # holds marsad.db"#), Some("/var/lib/marsad"));
        assert_eq!(named_state_dir("state_dir='/x'"), Some("/x"));
        assert_eq!(named_state_dir("state_directory = \"/x\""), None);
        assert_eq!(named_state_dir("# state_dir = \"/x\""), None);
    }
}
