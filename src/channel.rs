//! Where alerts go: one configured webhook, mailbox, terminal or file.

use std::fmt;
use std::path::PathBuf;

use jiff::SignedDuration;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::address::mail::MailAddress;
use crate::text::lang::Lang;

/// A channel's name in the configuration, the store and every log line: `desk`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChannelId(String);

/// One configured channel.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its name.
    pub id: ChannelId,
    /// How it is reached.
    pub kind: ChannelKind,
    /// When deliveries leave.
    pub send: SendSchedule,
    /// The hours in which nothing but an urgent alert leaves.
    pub quiet: Option<QuietHours>,
    /// The language of the channel's own words.
    pub lang: Lang,
    /// How many deliveries may be under way at once: 1 to 8.
    pub max_in_flight: u8,
    /// The zone of `send` and `quiet`.
    pub timezone: TimeZone,
}

/// How a channel is reached, told by the key that holds its address.
#[derive(Clone, Debug)]
pub enum ChannelKind {
    /// An HTTP receiver.
    Webhook(Webhook),
    /// Mailboxes: each recipient is a delivery of its own.
    Email {
        /// The recipients.
        to: Vec<MailAddress>,
    },
    /// The terminal or the journal.
    Print,
    /// A file that a line of JSON is appended to.
    File(PathBuf),
}

/// An HTTP receiver and how to sign for it.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Where to post; a secret, because many receivers' addresses are passwords.
    pub url: WebhookUrl,
    /// The signing secret (`whsec_…`); none where the receiver asks for none.
    pub secret: Option<SecretString>,
    /// The secret before it: while it is configured, both sign.
    pub previous_secret: Option<SecretString>,
    /// Further request headers; their values may be secrets.
    pub headers: Vec<(String, SecretString)>,
    /// What the body looks like.
    pub format: BodyFormat,
}

/// A receiver's address: only its host is ever shown.
#[derive(Clone)]
pub struct WebhookUrl(Url);

/// What a webhook's body looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyFormat {
    /// marsad's own JSON, signed after Standard Webhooks.
    Standard,
    /// A template by its name and text; rendered to JSON.
    Template {
        /// The shipped name, or the file's path.
        name: String,
        /// The template's text.
        text: String,
    },
}

/// When deliveries leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SendSchedule {
    /// As soon as they are made.
    #[default]
    AtOnce,
    /// In slots of this length, counted from midnight.
    Every(SignedDuration),
    /// Every day at this local time.
    Daily(Time),
    /// Every week on this day at this local time.
    Weekly(Weekday, Time),
}

/// Local hours in which nothing but an urgent alert leaves; may cross midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    /// The first quiet moment.
    pub from: Time,
    /// The first moment that is no longer quiet.
    pub to: Time,
}

impl ChannelId {
    /// Takes a name that the configuration has checked.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Channel {
    /// Whom one alert is owed to on this channel: the bare address of every mailbox, or the one receiver (an empty name).
    #[must_use]
    pub fn recipients(&self) -> Vec<&str> {
        match &self.kind {
            ChannelKind::Email { to } => to.iter().map(MailAddress::bare).collect(),
            _ => vec![""],
        }
    }

    /// The display name of the mailbox at this bare address, as it is configured now.
    #[must_use]
    pub fn name_of(&self, recipient: &str) -> Option<&str> {
        let ChannelKind::Email { to } = &self.kind else { return None };
        to.iter().find(|mailbox| mailbox.bare() == recipient).and_then(MailAddress::name)
    }
}

impl ChannelKind {
    /// The key of the configuration that tells this kind.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Webhook(_) => "webhook",
            Self::Email { .. } => "email",
            Self::Print => "print",
            Self::File(_) => "file",
        }
    }
}

impl WebhookUrl {
    /// Takes a URL that the configuration has checked.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self(url)
    }

    /// The whole address, for the request alone.
    #[must_use]
    pub fn expose(&self) -> &Url {
        &self.0
    }

    /// The host, which may be shown.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }
}

impl fmt::Debug for WebhookUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebhookUrl({}/…)", self.host())
    }
}

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
