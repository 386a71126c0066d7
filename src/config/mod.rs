//! What the operator asked for, validated into sources, watches and channels.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use url::Url;

use crate::address::mail::MailAddress;
use crate::channel::{Channel, ChannelId};
use crate::source::Source;

mod bounded_read;
mod channel;
mod concept;
mod context;
pub mod file;
mod form;
mod include;
mod keys;
mod last_good;
mod load;
mod mailbox;
mod nesting;
mod node;
mod redact;
mod references;
pub mod reload;
pub mod report;
mod scalars;
mod secret;
mod settings;
mod source;
mod spelling;
mod urls;
mod view;
mod watch;

/// A whole, valid configuration. Holding one is the proof that every reference in it resolves.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder that holds `marsad.db`.
    pub state_dir: PathBuf,
    /// The zone of mail, schedules and dates that name none.
    pub timezone: TimeZone,
    /// The HTTP surface.
    pub http: HttpSettings,
    /// How sources are fetched.
    pub fetch: FetchSettings,
    /// The mail relay; none where no channel sends mail.
    pub smtp: Option<SmtpSettings>,
    /// How long things are kept.
    pub retention: RetentionSettings,
    /// Who is told about sources and configuration.
    pub health: HealthSettings,
    /// The sources, in the order of the files.
    pub sources: Vec<Arc<Source>>,
    /// The channels, in the order of the files.
    pub channels: Vec<Arc<Channel>>,
    /// The watches, compiled.
    pub watches: Arc<crate::watch::compile::Watches>,
    /// The concepts that watches refer to, for a query from the command line.
    pub concepts: Arc<[crate::watch::Concept]>,
    /// Every file that was read, the first being the one that was asked for.
    pub files: Vec<PathBuf>,
    /// What each of the files held, as a hash.
    read: std::collections::BTreeMap<PathBuf, [u8; 32]>,
    /// The folders in which a file may appear that would be part of it: those of `include` and of the console.
    pub folders: Vec<PathBuf>,
    /// The whole configuration as one file, which a restart can begin from when the files are broken.
    pub last_good: Arc<str>,
    /// The credentials that only the unit has, for which placeholders stand: such a configuration sends nothing.
    pub unread: Vec<String>,
    /// What is doubtful in it.
    pub warnings: report::Report,
    /// A hash over the bytes of all files: equal means nothing changed.
    pub hash: [u8; 32],
}

/// The name of the last configuration that was applied, in the state folder.
pub const LAST_GOOD: &str = "last-good.toml";

/// The HTTP surface: API, stream, metrics.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Where to listen; none turns it off.
    pub listen: Option<std::net::SocketAddr>,
    /// The address that users know it by.
    pub public_url: Option<Url>,
    /// The token that opens what is not public.
    pub token: Option<SecretString>,
}

/// How sources are fetched.
#[derive(Clone, Debug)]
pub struct FetchSettings {
    /// What marsad calls itself.
    pub user_agent: String,
    /// The time that one fetch may take in all.
    pub timeout: SignedDuration,
    /// The most decoded bytes of one document.
    pub max_body: usize,
    /// How many fetches may be under way at once.
    pub concurrency: usize,
    /// How many of them at one host.
    pub per_host: usize,
    /// The pause between two fetches at one host.
    pub host_delay: SignedDuration,
    /// Whether robots.txt is asked before a page is fetched.
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
    pub port: u16,
    /// How the connection is protected.
    pub security: SmtpSecurity,
    /// The user name; none for a relay that asks for none.
    pub user: Option<String>,
    /// The password.
    pub password: Option<SecretString>,
    /// The sender: `marsad <marsad@example.org>`.
    pub from: MailAddress,
    /// The name or address literal for EHLO; none where it is to be found out.
    pub helo: Option<String>,
}

/// How a connection to the mail relay is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (`smtps://`).
    Tls,
    /// STARTTLS, or no mail (`smtp://` anywhere but on loopback).
    StartTls,
    /// STARTTLS where it is offered (`smtp://` on loopback).
    Loopback,
}

/// How long things are kept.
#[derive(Clone, Debug)]
pub struct RetentionSettings {
    /// The texts of items.
    pub text: SignedDuration,
    /// Settled deliveries.
    pub deliveries: SignedDuration,
}

/// Who is told about sources and configuration.
#[derive(Clone, Debug, Default)]
pub struct HealthSettings {
    /// The channels.
    pub alert: Vec<ChannelId>,
    /// An address that is fetched every 5 minutes while all is well.
    pub ping: Option<Url>,
}

impl Config {
    /// Reads the configuration that this process is to use: from `path`, else from where it usually stands.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub fn load(path: Option<&Path>) -> Result<Self, report::Report> {
        Self::load_in(path, &file::Environment::of_process())
    }

    /// As [`Config::load`], for a process that was started in other surroundings.
    ///
    /// # Errors
    /// Everything that is wrong with it, at once.
    pub fn load_in(path: Option<&Path>, around: &file::Environment) -> Result<Self, report::Report> {
        load::load(path, around)
    }

    /// Reads the last configuration that was applied, kept in the state folder.
    ///
    /// # Errors
    /// When there is none, or when it no longer holds: a secret's file may be gone.
    pub fn load_last_good(state_dir: &Path) -> Result<Self, report::Report> {
        load::load(Some(&state_dir.join(LAST_GOOD)), &file::Environment::of_process())
    }

    /// The source of this name.
    #[must_use]
    pub fn source(&self, id: &str) -> Option<&Arc<Source>> {
        self.sources.iter().find(|source| source.id.as_str() == id)
    }

    /// The channel of this name.
    #[must_use]
    pub fn channel(&self, id: &str) -> Option<&Arc<Channel>> {
        self.channels.iter().find(|channel| channel.id.as_str() == id)
    }
}

#[cfg(test)]
mod tests;
