//! One attempt at a mailbox: one SMTP transaction for one recipient, every command under a deadline.
//!
//! The relay's connection is opened and closed for each mail. A pool would save a second and cost certainty: a
//! connection that a cancelled send left half-way through a mail must never carry the next one.

use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use secrecy::ExposeSecret as _;

use super::parcel::{self, Parcel};
use crate::alert::Outcome;
use crate::config::{Smtp, SmtpSecurity};
use fault::{Fault, Stage, within};

mod fault;
mod message;
#[cfg(test)]
mod tests;

/// How long the relay may take.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For each command, and for the connection with its greeting.
    pub command: Duration,
    /// After the final dot, when the relay may be scanning what it got (RFC 5321 §4.5.3.2.6 asks for 10 minutes;
    /// relays that take longer than this are broken far more often than busy).
    pub content: Duration,
}

/// What sends mail for one channel.
pub struct Mailer {
    smtp: Smtp,
    patience: Patience,
    tls: Option<TlsParameters>,
}

/// Why no mail can be sent whatever the relay does.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The sender is no mailbox.
    #[error("smtp.from is no mailbox such as \"marsad <marsad@example.org>\"")]
    From,
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

impl Default for Patience {
    fn default() -> Self {
        Self { command: Duration::from_secs(30), content: Duration::from_secs(120) }
    }
}

impl Mailer {
    /// Makes ready to send through this relay. `authority` is a certificate authority in PEM that is believed beside
    /// those of the system.
    ///
    /// # Errors
    /// When the sender is no mailbox, or TLS cannot be set up.
    pub fn new(smtp: Smtp, patience: Patience, authority: Option<&[u8]>) -> Result<Self, MailError> {
        message::mailbox(&smtp.from).ok_or(MailError::From)?;
        let tls = if wants_tls(&smtp) { Some(tls(&smtp.host, authority)?) } else { None };
        Ok(Self { smtp, patience, tls })
    }

    /// Sends the parcel's letter to its recipient, who is called `name`.
    pub async fn send(&self, parcel: &Parcel, name: Option<&str>) -> Outcome {
        let mail = match message::mail(parcel, &self.smtp.from, name) {
            Ok(mail) => mail,
            Err(why) => return Outcome::Rejected { reason: parcel::reason("mail", why) },
        };
        match self.transact(&mail).await {
            Ok(status) => Outcome::Delivered { status: Some(status) },
            Err(fault) => fault.outcome(&self.smtp.host),
        }
    }

    /// The whole conversation; it answers with the status after the final dot.
    async fn transact(&self, mail: &message::Mail) -> Result<u16, Fault> {
        let command = self.patience.command;
        let mut connection = self.connect().await?;
        self.authenticate(&mut connection).await?;
        let from = Mail::new(Some(mail.from.clone()), Vec::new());
        within(Stage::Sender, command, connection.command(from)).await?;
        let to = Rcpt::new(mail.to.clone(), Vec::new());
        within(Stage::Recipient, command, connection.command(to)).await?;
        within(Stage::Data, command, connection.command(Data)).await?;
        let taken = within(Stage::Content, self.patience.content, connection.message(&mail.bytes)).await?;
        // The relay has taken the mail: whether it also says goodbye changes nothing.
        let _ = tokio::time::timeout(command.min(Duration::from_secs(2)), connection.quit()).await;
        Ok(taken.code().into())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Fault> {
        let command = self.patience.command;
        let hello = self.smtp.helo.clone().map_or_else(ClientId::default, ClientId::Domain);
        let relay = (self.smtp.host.as_str(), self.smtp.port);
        let at_once = if self.smtp.security == SmtpSecurity::Tls { self.tls.clone() } else { None };
        let opening = AsyncSmtpConnection::connect_tokio1(relay, Some(command), &hello, at_once, None);
        let mut connection = within(Stage::Connection, command, opening).await?;
        if let (Some(tls), false) = (&self.tls, connection.is_encrypted()) {
            if !connection.can_starttls() {
                return Err(Fault::NoStartTls);
            }
            within(Stage::StartTls, command, connection.starttls(tls.clone(), &hello)).await?;
        }
        Ok(connection)
    }

    /// Says who we are, and only where nobody can listen.
    async fn authenticate(&self, connection: &mut AsyncSmtpConnection) -> Result<(), Fault> {
        let (Some(user), Some(password)) = (&self.smtp.user, &self.smtp.password) else { return Ok(()) };
        if !connection.is_encrypted() {
            return Err(Fault::NoStartTls);
        }
        let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
        let proof = connection.auth(&[Mechanism::Plain, Mechanism::Login], &credentials);
        within(Stage::Authentication, self.patience.command, proof).await?;
        Ok(())
    }
}

/// TLS is asked for everywhere but at a relay on loopback that wants no password: nobody is on that wire, and a local
/// relay's certificate seldom names `localhost`.
fn wants_tls(smtp: &Smtp) -> bool {
    smtp.security != SmtpSecurity::Loopback || smtp.password.is_some()
}

fn tls(host: &str, authority: Option<&[u8]>) -> Result<TlsParameters, MailError> {
    let broken = |error: lettre::transport::smtp::Error| MailError::Tls(error.to_string());
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(pem) = authority {
        builder = builder.add_root_certificate(Certificate::from_pem(pem).map_err(broken)?);
    }
    builder.build_rustls().map_err(broken)
}
