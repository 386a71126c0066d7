//! Defines a channel, the destination of alerts: one configured webhook, mailbox, terminal or file.

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

/// A channel's identifier in configuration, store and logs: `desk`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ChannelId(String);

/// One configured channel.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its identifier.
    pub id: ChannelId,
    /// How it is reached.
    pub kind: ChannelKind,
    /// When deliveries leave.
    pub(crate) send: SendSchedule,
    /// The hours in which only urgent alerts are sent.
    pub(crate) quiet: Option<QuietHours>,
    /// The language of the channel's own texts.
    pub lang: Lang,
    /// The most deliveries in flight at once: 1 to 8.
    pub(crate) max_in_flight: u8,
    /// The time zone of `send` and `quiet`.
    pub timezone: TimeZone,
}

/// How a channel is reached, determined by the key that holds its address.
#[derive(Clone, Debug)]
pub enum ChannelKind {
    /// An HTTP receiver.
    Webhook(Webhook),
    /// Mailboxes: each recipient is a separate delivery.
    Email {
        /// The recipients.
        to: Vec<MailAddress>,
    },
    /// The terminal or the journal.
    Print,
    /// A file to which lines of JSON are appended.
    File(PathBuf),
}

/// An HTTP receiver and how to sign requests to it.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// The address to post to; a secret, because many such addresses contain a password.
    pub url: WebhookUrl,
    /// The signing secret (`whsec_…`); none for receivers without signatures.
    pub secret: Option<SecretString>,
    /// The previous secret: while it is configured, both sign.
    pub(crate) previous_secret: Option<SecretString>,
    /// Extra request headers; their values may be secrets.
    pub headers: Vec<(String, SecretString)>,
    /// The format of the body.
    pub format: BodyFormat,
}

/// A receiver's address, of which only the host is shown.
///
/// ```
/// use marsad::channel::WebhookUrl;
///
/// let url = WebhookUrl::new("https://hooks.example.org/T0/secret".parse().unwrap());
/// assert_eq!(format!("{url:?}"), "WebhookUrl(hooks.example.org/…)");
/// ```
#[derive(Clone)]
pub struct WebhookUrl(Url);

/// The format of a webhook's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BodyFormat {
    /// marsad's own JSON, signed according to Standard Webhooks.
    Standard,
    /// A template that renders JSON.
    Template {
        /// The name of a shipped template, or the path of a file.
        name: String,
        /// The template's text.
        text: String,
    },
}

/// When deliveries leave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum SendSchedule {
    /// Immediately.
    #[default]
    AtOnce,
    /// In slots of this length, counted from midnight.
    Every(SignedDuration),
    /// Every day at this local time.
    Daily(Time),
    /// Every week on this day at this local time.
    Weekly(Weekday, Time),
}

/// Local hours in which only urgent alerts are sent; may cross midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QuietHours {
    /// The first quiet moment.
    pub from: Time,
    /// The first moment after them.
    pub to: Time,
}

impl ChannelId {
    /// Wraps an identifier that the configuration has validated.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Channel {
    /// The recipients of an alert on this channel: the bare address of every mailbox, or one empty name for any other
    /// kind.
    #[must_use]
    pub(crate) fn recipients(&self) -> Vec<&str> {
        match &self.kind {
            ChannelKind::Email { to } => to.iter().map(MailAddress::bare).collect(),
            _ => vec![""],
        }
    }

    /// A recipient by its place in `to`, for readers who need not know its address: `recipient 2 of 3`. None for an
    /// address that is not configured.
    #[must_use]
    pub(crate) fn shown_recipient(&self, recipient: &str) -> Option<String> {
        let recipients = self.recipients();
        let place = recipients.iter().position(|known| *known == recipient)?;
        Some(format!("recipient {} of {}", place + 1, recipients.len()))
    }

    /// The display name of the mailbox with this bare address, from the current configuration.
    #[must_use]
    pub(crate) fn name_of(&self, recipient: &str) -> Option<&str> {
        let ChannelKind::Email { to } = &self.kind else { return None };
        to.iter().find(|mailbox| mailbox.bare() == recipient).and_then(MailAddress::name)
    }
}

impl ChannelKind {
    /// The configuration key of this kind.
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
    /// Wraps a URL that the configuration has validated.
    #[must_use]
    pub fn new(url: Url) -> Self {
        Self(url)
    }

    /// The full address, only for sending requests.
    #[must_use]
    pub(crate) fn expose(&self) -> &Url {
        &self.0
    }

    /// The host, which is not secret.
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
