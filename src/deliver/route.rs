//! The transport from a delivery to its receiver, by the channel's current configuration.

use std::io;
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
use crate::render::terminal::TerminalStyle;
use crate::telemetry::log::is_the_journal;

/// The settings that channels need from the configuration, and their time limits.
#[derive(Clone, Debug)]
pub struct RouteSettings {
    /// How the HTTP client identifies itself and reaches servers.
    pub net: crate::net::ClientSettings,
    /// The mail relay; `None` if no channel sends mail.
    pub smtp: Option<SmtpSettings>,
    /// The deadline of one attempt at a webhook.
    pub webhook_deadline: Duration,
    /// How long the relay may take for a command and for a mail.
    pub(crate) mail_timeouts: MailTimeouts,
    /// A certificate authority in PEM that may issue the relay's certificate, in addition to those of the system.
    pub(crate) mail_authority: Option<Vec<u8>>,
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
    /// There is no mail relay.
    #[error("the channel {0} sends mail, but [smtp] is missing")]
    NoRelay(String),
}

/// A channel and its transport.
#[derive(Debug)]
pub(crate) struct Route {
    pub(super) channel: Arc<Channel>,
    transport: Transport,
    deadline: Duration,
}

#[derive(Debug)]
enum Transport {
    Http(Box<(Client, Webhook)>),
    Smtp(Box<Mailer>),
    Sink(PrintSink),
}

impl RouteSettings {
    /// The default time limits: 15 s for a webhook, 30 s for a command of the relay, 120 s for the content of a mail.
    #[must_use]
    pub fn new(net: crate::net::ClientSettings, smtp: Option<SmtpSettings>) -> Self {
        let (webhook_deadline, mail_timeouts) = (webhook::DEADLINE, MailTimeouts::default());
        Self { net, smtp, webhook_deadline, mail_timeouts, mail_authority: None }
    }
}

impl Route {
    /// A route with its own client, which shares no connection with another channel.
    ///
    /// # Errors
    /// If its client cannot be built: see [`DeliverError`].
    pub fn new(channel: Arc<Channel>, settings: &RouteSettings) -> Result<Self, DeliverError> {
        let transport = match &channel.kind {
            ChannelKind::Webhook(hook) => Transport::Http(Box::new((Client::new(&settings.net)?, hook.clone()))),
            ChannelKind::Email { .. } => {
                let smtp = settings.smtp.clone().ok_or_else(|| DeliverError::NoRelay(channel.id.to_string()))?;
                let authority = settings.mail_authority.as_deref();
                Transport::Smtp(Box::new(Mailer::new(smtp, settings.mail_timeouts, authority)?))
            }
            ChannelKind::Print => {
                let (timed, zone) = (!is_the_journal(io::stdout()), channel.timezone.clone());
                Transport::Sink(PrintSink::terminal(TerminalStyle { color: false, timed, zone }))
            }
            ChannelKind::File(path) => Transport::Sink(PrintSink::file(path.clone())),
        };
        Ok(Self { channel, transport, deadline: settings.webhook_deadline })
    }

    /// The channel of the route.
    #[must_use]
    pub fn channel(&self) -> &Arc<Channel> {
        &self.channel
    }

    /// One attempt.
    pub(super) async fn send(&self, dispatch: Dispatch) -> Outcome {
        match &self.transport {
            Transport::Http(http) => webhook::send(&http.0, &http.1, &dispatch, self.deadline).await,
            Transport::Smtp(mailer) => mailer.send(&dispatch, self.channel.name_of(&dispatch.recipient)).await,
            Transport::Sink(sink) => sink.write(dispatch).await,
        }
    }
}
