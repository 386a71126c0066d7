//! One attempt at a mailbox: one SMTP transaction for one recipient, every command under a deadline and every reply
//! within bounds.
//!
//! The relay's connection is opened and closed for each mail. A pool would save a second and cost certainty: a
//! connection that a cancelled send left half-way through a mail must never carry the next one.
//!
//! 1. `message` writes the mail.
//! 2. `session` connects (`wire`), says EHLO (`helo`), encrypts, authenticates, and hands the mail over.
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
pub struct MailTimeouts {
    /// For each command, and for the connection with its greeting.
    pub command: Duration,
    /// For everything before the mail itself: a relay may answer each command just in time.
    pub preface: Duration,
    /// For the mail and its final dot, when the relay may be scanning what it got (RFC 5321 §4.5.3.2.6 asks for 10
    /// minutes; relays that take longer than this are broken far more often than busy).
    pub content: Duration,
    /// For the answer to QUIT, when the mail's fate is settled.
    pub goodbye: Duration,
}

/// What sends mail for one channel.
pub struct Mailer {
    smtp: SmtpSettings,
    timeouts: MailTimeouts,
    tls: Option<RelayTls>,
}

/// Why no mail can be sent whatever the relay does.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// TLS cannot be set up.
    #[error("TLS for mail cannot be set up: {0}")]
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
    /// 30 s a command and 120 s for the mail; 210 s are seven commands that each take the whole time (chosen by hand).
    fn default() -> Self {
        Self {
            command: Duration::from_secs(30),
            preface: Duration::from_secs(210),
            content: Duration::from_secs(120),
            goodbye: Duration::from_secs(1),
        }
    }
}

impl Mailer {
    /// Makes ready to send through this relay. `authority` is a certificate authority in PEM that is believed beside
    /// those of the system.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(smtp: SmtpSettings, timeouts: MailTimeouts, authority: Option<&[u8]>) -> Result<Self, MailError> {
        let wanted = wants_tls(&smtp);
        let tls = wanted.then(|| RelayTls::new(&smtp.host, authority)).transpose().map_err(MailError::Tls)?;
        Ok(Self { smtp, timeouts, tls })
    }

    /// Sends the parcel's letter to its recipient, who is called `name`.
    pub async fn send(&self, dispatch: &Dispatch, name: Option<&str>) -> Outcome {
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

    /// The whole conversation; it answers with the status after the final dot.
    async fn transact(&self, mail: &message::OutgoingMail) -> Result<u16, MailFault> {
        let timeouts = self.timeouts.preface;
        let prepared = tokio::time::timeout(timeouts, self.prepare(mail)).await;
        let mut session = prepared.map_err(|_| MailFault::Slow(timeouts))??;
        let taken = session.content(mail).await;
        if matches!(taken, Ok(_) | Err(MailFault::Refused(..))) {
            session.quit().await;
        }
        taken.map(|reply| reply.code)
    }

    /// Everything up to the relay's word that the mail may come.
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

/// TLS is asked for everywhere but at a relay on loopback that wants no password: nobody is on that wire, and a local
/// relay's certificate seldom names `localhost`.
fn wants_tls(smtp: &SmtpSettings) -> bool {
    smtp.security != SmtpSecurity::Loopback || smtp.password.is_some()
}
