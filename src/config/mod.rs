//! What the operator asked for, validated into sources, watches and channels.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use secrecy::SecretString;
use url::Url;

use crate::channel::{Channel, ChannelId};
use crate::source::Source;

pub mod channel;
pub mod concept;
pub mod file;
pub mod reload;
pub mod report;
pub mod secret;
pub mod source;
pub mod watch;

/// A whole, valid configuration. Holding one is the proof that every reference in it resolves.
#[derive(Clone, Debug)]
pub struct Config {
    /// The folder that holds `marsad.db`.
    pub state_dir: PathBuf,
    /// Where items and deliveries are kept.
    pub store: StoreAddress,
    /// The zone of mail, schedules and dates that name none.
    pub timezone: TimeZone,
    /// The HTTP surface.
    pub http: Http,
    /// How sources are fetched.
    pub fetch: Fetch,
    /// The mail relay; none where no channel sends mail.
    pub smtp: Option<Smtp>,
    /// How long things are kept.
    pub retention: Retention,
    /// Who is told about sources and configuration.
    pub health: Health,
    /// The sources, in the order of the files.
    pub sources: Vec<Arc<Source>>,
    /// The channels, in the order of the files.
    pub channels: Vec<Arc<Channel>>,
    /// The watches, compiled.
    pub watches: Arc<crate::watch::compile::Watches>,
    /// Every file that was read, the first being the one that was asked for.
    pub files: Vec<PathBuf>,
    /// A hash over the bytes of all files: equal means nothing changed.
    pub hash: [u8; 32],
}

/// Where items and deliveries are kept.
#[derive(Clone, Debug)]
pub enum StoreAddress {
    /// `marsad.db` in the state folder.
    Sqlite,
    /// A PostgreSQL server.
    Postgres(SecretString),
}

/// The HTTP surface: API, stream, metrics.
#[derive(Clone, Debug)]
pub struct Http {
    /// Where to listen; none turns it off.
    pub listen: Option<std::net::SocketAddr>,
    /// The address that users know it by.
    pub public_url: Option<Url>,
    /// The token that opens what is not public.
    pub token: Option<SecretString>,
}

/// How sources are fetched.
#[derive(Clone, Debug)]
pub struct Fetch {
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
pub struct Smtp {
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
    /// The sender, as a mailbox: `marsad <marsad@example.org>`.
    pub from: String,
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
pub struct Retention {
    /// The texts of items.
    pub text: SignedDuration,
    /// Settled deliveries.
    pub deliveries: SignedDuration,
}

/// Who is told about sources and configuration.
#[derive(Clone, Debug, Default)]
pub struct Health {
    /// The channels.
    pub alert: Vec<ChannelId>,
    /// An address that is fetched every 5 minutes while all is well.
    pub ping: Option<Url>,
}

impl Config {
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
