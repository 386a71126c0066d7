//! The way from a delivery to its receiver, as the channel is configured now.

use std::sync::Arc;
use std::time::Duration;

use super::dispatch::Dispatch;
use super::email::{MailError, MailTimeouts, Mailer};
use super::print::PrintSink;
use super::webhook;
use crate::alert::Outcome;
use crate::channel::{Channel, ChannelKind, Webhook};
use crate::config::SmtpSettings;
use crate::net::{Client, NetError};

/// What channels need of the configuration, and how patient they are.
#[derive(Clone, Debug)]
pub struct RouteSettings {
    /// How the HTTP client presents itself and reaches the world.
    pub net: crate::net::ClientSettings,
    /// The mail relay; none where no channel sends mail.
    pub smtp: Option<SmtpSettings>,
    /// The time that one attempt at a webhook may take in all.
    pub webhook_deadline: Duration,
    /// The time that the relay may take for a command and for a mail.
    pub mail_timeouts: MailTimeouts,
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
pub struct Route {
    pub(super) channel: Arc<Channel>,
    means: Transport,
    deadline: Duration,
}

#[derive(Debug)]
enum Transport {
    Http(Box<(Client, Webhook)>),
    Smtp(Box<Mailer>),
    Sink(PrintSink),
}

impl RouteSettings {
    /// The contract's patience: 15 s for a webhook, 30 s for a command of the relay, 120 s for a mail.
    #[must_use]
    pub fn new(net: crate::net::ClientSettings, smtp: Option<SmtpSettings>) -> Self {
        let (webhook_deadline, mail_timeouts) = (webhook::DEADLINE, MailTimeouts::default());
        Self { net, smtp, webhook_deadline, mail_timeouts, mail_authority: None }
    }
}

impl Route {
    /// A route of its own: its client shares no connection with any other channel's.
    ///
    /// # Errors
    /// When its client cannot be built: see [`DeliverError`].
    pub fn new(channel: Arc<Channel>, settings: &RouteSettings) -> Result<Self, DeliverError> {
        let means = match &channel.kind {
            ChannelKind::Webhook(hook) => Transport::Http(Box::new((Client::new(&settings.net)?, hook.clone()))),
            ChannelKind::Email { .. } => {
                let smtp = settings.smtp.clone().ok_or_else(|| DeliverError::NoRelay(channel.id.to_string()))?;
                let authority = settings.mail_authority.as_deref();
                Transport::Smtp(Box::new(Mailer::new(smtp, settings.mail_timeouts, authority)?))
            }
            ChannelKind::Print => Transport::Sink(PrintSink::terminal()),
            ChannelKind::File(path) => Transport::Sink(PrintSink::file(path.clone())),
        };
        Ok(Self { channel, means, deadline: settings.webhook_deadline })
    }

    /// The channel that it leads to.
    #[must_use]
    pub fn channel(&self) -> &Arc<Channel> {
        &self.channel
    }

    /// One attempt.
    pub(super) async fn send(&self, dispatch: Dispatch) -> Outcome {
        match &self.means {
            Transport::Http(http) => webhook::send(&http.0, &http.1, &dispatch, self.deadline).await,
            Transport::Smtp(mailer) => mailer.send(&dispatch, self.channel.name_of(&dispatch.recipient)).await,
            Transport::Sink(sink) => sink.write(dispatch).await,
        }
    }
}
