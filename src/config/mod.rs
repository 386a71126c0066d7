//! Reads and validates the configuration into sources, watches and channels.
//!
//! 1. `file` finds the files (`include`) and reads them within bounds (`bounded_read`, `nesting`).
//! 2. `node` parses them; every value keeps its place. `syntax` explains a file that is not TOML.
//! 3. `load` reads each section (`settings`, `source`, `channel`, `watch`, `concept`, with `scalars`, `schedule`, `urls`,
//!    `mailbox` and `secret`); `context` collects problems and names.
//! 4. `references` checks what one section names in another.
//! 5. `report` shows every problem; `keys`, `spelling` and `form` suggest a remedy, and `redact` hides secrets.
//! 6. `last_good` saves what was applied; `reload` watches the files and applies a change; `view` answers questions
//!    about a configuration; `running` gives readers the one that is in use; `command` writes commands to type.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use url::Url;

use crate::address::mail::MailAddress;
use crate::channel::{Channel, ChannelId};
use crate::source::Source;

mod bounded_read;
mod channel;
pub(crate) mod command;
mod concept;
mod context;
pub mod file;
mod form;
mod include;
mod keys;
mod last_good;
pub(crate) mod lexicon;
mod load;
mod mailbox;
mod nesting;
mod node;
mod other_keys;
mod redact;
mod references;
pub(crate) mod reload;
pub(crate) mod report;
mod running;
mod scalars;
mod schedule;
mod secret;
mod settings;
mod source;
mod spelling;
mod syntax;
mod urls;
mod view;
mod watch;

pub(crate) use running::RunningConfig;

/// A complete, valid configuration: every reference in it resolves.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder that holds `marsad.db`.
    pub state_dir: PathBuf,
    /// The zone of mail, schedules and dates without a zone.
    pub timezone: TimeZone,
    /// The HTTP surface.
    pub http: HttpSettings,
    /// How sources are fetched.
    pub fetch: FetchSettings,
    /// The mail relay; `None` if no channel sends mail.
    pub smtp: Option<SmtpSettings>,
    /// How long things are kept.
    pub(crate) retention: RetentionSettings,
    /// Who is alerted about sources and configuration.
    pub health: HealthSettings,
    /// The sources, in the order of the files.
    pub sources: Vec<Arc<Source>>,
    /// The channels, in the order of the files.
    pub channels: Vec<Arc<Channel>>,
    /// The watches, compiled.
    pub watches: Arc<crate::watch::compile::Watches>,
    /// The concepts that watches refer to, for a query from the command line.
    pub(crate) concepts: Arc<[crate::watch::Concept]>,
    /// The configured display names of sources and watches.
    pub(crate) display: crate::render::DisplayNames,
    /// The settings for rendering.
    rendering: crate::render::RenderSettings,
    /// Every file that was read; the first is the requested one.
    pub(crate) files: Vec<PathBuf>,
    /// How many of `files` contain configuration; the others contain secrets and templates.
    pub(crate) file_count: usize,
    /// The hash of each file's content.
    read: std::collections::BTreeMap<PathBuf, [u8; 32]>,
    /// The folders in which a further file may appear: those of `include` and of the console.
    pub(crate) folders: Vec<PathBuf>,
    /// The whole configuration as one file, which a restart can use when the files are broken.
    pub(crate) last_good: Arc<str>,
    /// The credentials that only the unit can read, replaced by placeholders: such a configuration sends nothing.
    pub unread: Vec<String>,
    /// The warnings.
    pub warnings: report::Report,
    /// A hash over the bytes of all files: equal means unchanged.
    pub hash: [u8; 32],
}

/// The name of the file with the last applied configuration, in the state folder.
pub(crate) const LAST_GOOD: &str = "last-good.toml";

/// The HTTP surface: API, stream, metrics.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// The address to listen on; `None` turns the server off.
    pub(crate) listen: Option<std::net::SocketAddr>,
    /// The public address.
    pub(crate) public_url: Option<Url>,
    /// The token for everything that is not public.
    pub(crate) token: Option<SecretString>,
}

/// How sources are fetched.
#[derive(Clone, Debug)]
pub struct FetchSettings {
    /// The user agent.
    pub user_agent: String,
    /// The time limit of one fetch.
    pub timeout: SignedDuration,
    /// The most bytes of one document, after decoding.
    pub max_body: usize,
    /// The most fetches at once.
    pub concurrency: usize,
    /// The most fetches at one host at once.
    pub per_host: usize,
    /// The pause between two fetches at one host.
    pub host_delay: SignedDuration,
    /// Whether to ask robots.txt before fetching a page.
    pub obey_robots: bool,
    /// An explicit proxy.
    pub proxy: Option<Url>,
}

/// The mail relay.
#[derive(Clone, Debug)]
pub struct SmtpSettings {
    /// The relay's host.
    pub host: String,
    /// Its port.
    pub(crate) port: u16,
    /// How the connection is protected.
    pub(crate) security: SmtpSecurity,
    /// The user name; `None` if the relay needs none.
    pub(crate) user: Option<String>,
    /// The password.
    pub(crate) password: Option<SecretString>,
    /// The sender: `marsad <marsad@example.org>`.
    pub from: MailAddress,
    /// The name or address literal for EHLO; `None` to determine it.
    pub(crate) helo: Option<String>,
}

/// How a connection to the mail relay is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SmtpSecurity {
    /// TLS from the first byte (`smtps://`).
    Tls,
    /// STARTTLS is required (`smtp://`, except on loopback).
    StartTls,
    /// STARTTLS if it is offered (`smtp://` on loopback).
    Loopback,
}

/// How long things are kept.
#[derive(Clone, Debug)]
pub(crate) struct RetentionSettings {
    /// The texts of items.
    pub text: SignedDuration,
    /// Settled deliveries.
    pub deliveries: SignedDuration,
}

/// Who is alerted about sources and configuration.
#[derive(Clone, Debug, Default)]
pub struct HealthSettings {
    /// The channels.
    pub alert: Vec<ChannelId>,
    /// An address that is fetched every 5 minutes while everything works.
    pub ping: Option<Url>,
    /// The local times at which a test is sent to every channel; none without tests.
    pub canary: Option<Vec<Time>>,
}

impl Config {
    /// Loads the configuration of this process, from `path` or else from the usual paths.
    ///
    /// # Errors
    /// Every problem, at once.
    pub fn load(path: Option<&Path>) -> Result<Self, report::Report> {
        Self::load_in(path, &file::Environment::of_process())
    }

    /// Like [`Config::load`], for another environment.
    ///
    /// # Errors
    /// Every problem, at once.
    pub(crate) fn load_in(path: Option<&Path>, environment: &file::Environment) -> Result<Self, report::Report> {
        load::load(path, environment)
    }

    /// The source with this name.
    #[must_use]
    pub fn source(&self, id: &str) -> Option<&Arc<Source>> {
        self.sources.iter().find(|source| source.id.as_str() == id)
    }

    /// The channel with this name.
    #[must_use]
    pub fn channel(&self, id: &str) -> Option<&Arc<Channel>> {
        self.channels.iter().find(|channel| channel.id.as_str() == id)
    }
}

#[cfg(test)]
mod tests;
