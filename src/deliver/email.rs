//! Makes one attempt at a mailbox: one SMTP transaction for one recipient, with a deadline for every command and bounds
//! on every reply.
//!
//! The connection to the relay is opened and closed for each mail. A pool would save a second and cost certainty: a
//! connection on which a send was cancelled half-way must never carry the next mail.
//!
//! 1. `message` writes the mail.
//! 2. `session` connects (`connection`), says EHLO (`helo`), encrypts, authenticates, and transfers the mail.
//! 3. `reply` reads each answer; `refusal` decides whether one is about the mailbox; `fault` turns what went wrong into
//!    an outcome.

use std::time::Duration;

use super::dispatch;
use super::dispatch::Dispatch;
use crate::alert::Outcome;
use crate::config::{SmtpSecurity, SmtpSettings};
use connection::RelayTls;
use fault::MailFault;
use session::SmtpSession;

mod connection;
mod fault;
mod helo;
mod message;
mod refusal;
mod reply;
mod session;
#[cfg(test)]
mod tests;

/// How long the relay may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MailTimeouts {
    /// For each command, and for opening the connection with its greeting.
    pub(crate) command: Duration,
    /// For everything before the content: a relay may answer each command just in time.
    pub(crate) before_content: Duration,
    /// For the content and its final dot, while the relay may scan the mail (RFC 5321 §4.5.3.2.6 asks for 10 minutes;
    /// relays that take longer than this are broken far more often than busy).
    pub content: Duration,
    /// For the answer to QUIT, after the outcome is known.
    pub(crate) quit: Duration,
}

/// Sends the mail of one channel.
pub(crate) struct Mailer {
    smtp: SmtpSettings,
    timeouts: MailTimeouts,
    tls: Option<RelayTls>,
}

/// Why no mail can be sent, whatever the relay does.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// TLS cannot be set up.
    #[error("cannot set up TLS for mail: {0}")]
    Tls(String),
}

impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer")
            .field("host", &self.smtp.host)
            .field("tls", &self.tls.is_some())
            .finish_non_exhaustive()
    }
}

impl Default for MailTimeouts {
    /// 30 s for a command and 120 s for the content; 210 s are seven commands that each take the whole time (chosen by
    /// hand).
    fn default() -> Self {
        Self {
            command: Duration::from_secs(30),
            before_content: Duration::from_secs(210),
            content: Duration::from_secs(120),
            quit: Duration::from_secs(1),
        }
    }
}

impl Mailer {
    /// A mailer for this relay. `authority` is a certificate authority in PEM that is trusted in addition to those of
    /// the system.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(smtp: SmtpSettings, timeouts: MailTimeouts, authority: Option<&[u8]>) -> Result<Self, MailError> {
        let wanted = wants_tls(&smtp);
        let tls = wanted.then(|| RelayTls::new(&smtp.host, authority)).transpose().map_err(MailError::Tls)?;
        Ok(Self { smtp, timeouts, tls })
    }

    /// Sends the mail of `dispatch` to its recipient, whose display name is `name`.
    pub(crate) async fn send(&self, dispatch: &Dispatch, name: Option<&str>) -> Outcome {
        let mail = match message::mail(dispatch, &self.smtp.from, name) {
            Ok(mail) => mail,
            Err(why) => return Outcome::Rejected { reason: dispatch::reason("mail", why) },
        };
        match self.transact(&mail).await {
            Ok(status) => Outcome::Delivered { status: Some(status) },
            Err(fault) => {
                let (from, to): (&str, &str) = (mail.from.as_ref(), mail.to.as_ref());
                fault.outcome(&self.smtp.host, (!from.eq_ignore_ascii_case(to)).then_some(from))
            }
        }
    }

    /// The whole conversation; returns the status after the final dot.
    async fn transact(&self, mail: &message::OutgoingMail) -> Result<u16, MailFault> {
        let timeouts = self.timeouts.before_content;
        let prepared = tokio::time::timeout(timeouts, self.prepare(mail)).await;
        let mut session = prepared.map_err(|_| MailFault::Slow(timeouts))??;
        let taken = session.content(mail).await;
        if matches!(taken, Ok(_) | Err(MailFault::Refused(..))) {
            session.quit().await;
        }
        taken.map(|reply| reply.code)
    }

    /// Everything up to the relay's permission to send the content.
    async fn prepare(&self, mail: &message::OutgoingMail) -> Result<SmtpSession, MailFault> {
        let mut session = SmtpSession::open(&self.smtp, self.timeouts, self.tls.as_ref()).await?;
        session.authenticate(&self.smtp).await?;
        let envelope = session.envelope(mail).await;
        if matches!(envelope, Err(MailFault::Refused(..))) {
            session.quit().await;
        }
        envelope.map(|()| session)
    }
}

/// TLS is required, except for a relay on loopback without a password: nobody can listen on that wire, and the
/// certificate of a local relay seldom names `localhost`.
fn wants_tls(smtp: &SmtpSettings) -> bool {
    smtp.security != SmtpSecurity::Loopback || smtp.password.is_some()
}
