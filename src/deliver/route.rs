//! The way from a delivery to its receiver, as the channel is configured now.

use std::sync::Arc;
use std::time::Duration;

use super::email::{MailError, Mailer, Patience};
use super::parcel::Parcel;
use super::print::Sink;
use super::webhook;
use crate::alert::Outcome;
use crate::channel::{Channel, ChannelKind, Webhook};
use crate::config::Smtp;
use crate::net::{Client, NetError};

/// What channels need of the configuration, and how patient they are.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How the HTTP client presents itself and reaches the world.
    pub net: crate::net::Settings,
    /// The mail relay; none where no channel sends mail.
    pub smtp: Option<Smtp>,
    /// The time that one attempt at a webhook may take in all.
    pub webhook_deadline: Duration,
    /// The time that the relay may take for a command and for a mail.
    pub mail_patience: Patience,
    /// A certificate authority in PEM that the mail relay's certificate may come from, beside those of the system.
    pub mail_authority: Option<Vec<u8>>,
}

/// Why a channel cannot send.
#[derive(Debug, thiserror::Error)]
pub enum DeliverError {
    /// The HTTP client cannot be built.
    #[error(transparent)]
    Net(#[from] NetError),
    /// Mail cannot be sent.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// There is no relay.
    #[error("the channel {0} sends mail, but [smtp] is missing")]
    NoRelay(String),
}

/// A channel and what reaches it.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) channel: Arc<Channel>,
    means: Means,
    deadline: Duration,
}

#[derive(Debug)]
enum Means {
    Http(Box<(Client, Webhook)>),
    Smtp(Box<Mailer>),
    Sink(Sink),
}

impl Settings {
    /// The contract's patience: 15 s for a webhook, 30 s for a command of the relay, 120 s for a mail.
    #[must_use]
    pub fn new(net: crate::net::Settings, smtp: Option<Smtp>) -> Self {
        let (webhook_deadline, mail_patience) = (webhook::DEADLINE, Patience::default());
        Self { net, smtp, webhook_deadline, mail_patience, mail_authority: None }
    }
}

impl Route {
    /// A route of its own: its client shares no connection with any other channel's.
    pub(super) fn new(channel: Arc<Channel>, settings: &Settings) -> Result<Self, DeliverError> {
        let means = match &channel.kind {
            ChannelKind::Webhook(hook) => Means::Http(Box::new((Client::new(&settings.net)?, hook.clone()))),
            ChannelKind::Email { .. } => {
                let smtp = settings.smtp.clone().ok_or_else(|| DeliverError::NoRelay(channel.id.to_string()))?;
                let authority = settings.mail_authority.as_deref();
                Means::Smtp(Box::new(Mailer::new(smtp, settings.mail_patience, authority)?))
            }
            ChannelKind::Print => Means::Sink(Sink::terminal()),
            ChannelKind::File(path) => Means::Sink(Sink::file(path.clone())),
        };
        Ok(Self { channel, means, deadline: settings.webhook_deadline })
    }

    /// One attempt.
    pub(super) async fn send(&self, parcel: Parcel) -> Outcome {
        match &self.means {
            Means::Http(http) => webhook::send(&http.0, &http.1, &parcel, self.deadline).await,
            Means::Smtp(mailer) => mailer.send(&parcel, self.channel.name_of(&parcel.recipient)).await,
            Means::Sink(sink) => sink.write(parcel).await,
        }
    }
}
