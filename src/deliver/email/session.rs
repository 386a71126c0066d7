//! The conversation with a relay up to the mail itself: EHLO, TLS, authentication, sender and recipient.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use secrecy::ExposeSecret as _;

use super::MailTimeouts;
use super::connection::{RelayConnection, RelayTls};
use super::fault::{MailFault, SmtpStage, within};
use super::helo;
use super::message::OutgoingMail;
use super::reply::SmtpReply;
use crate::config::{SmtpSecurity, SmtpSettings};

/// The longest command line without its line end, in bytes (RFC 5321 §4.5.3.1.4).
const MAX_COMMAND: usize = 510;

/// A connection after the greeting and, if required, under TLS.
pub(super) struct SmtpSession {
    connection: RelayConnection,
    timeouts: MailTimeouts,
    offers: EhloExtensions,
    secrets: Vec<String>,
}

/// What the relay's answer to EHLO offers, in capitals.
#[derive(Debug, Default)]
struct EhloExtensions(Vec<String>);

impl EhloExtensions {
    fn of(hello: &SmtpReply) -> Self {
        Self(hello.lines().skip(1).map(|line| line.trim().to_ascii_uppercase()).collect())
    }

    fn starttls(&self) -> bool {
        self.0.iter().any(|offer| offer == "STARTTLS")
    }

    /// Old relays write `AUTH=PLAIN`.
    fn authentication(&self, mechanism: &str) -> bool {
        let lists = self.0.iter().filter_map(|offer| offer.strip_prefix("AUTH"));
        lists.filter_map(|list| list.strip_prefix([' ', '='])).any(|list| list.split(' ').any(|one| one == mechanism))
    }
}

impl SmtpSession {
    /// Connects, reads the greeting, says EHLO, and encrypts the connection if `tls` is given.
    pub(super) async fn open(
        smtp: &SmtpSettings,
        timeouts: MailTimeouts,
        tls: Option<&RelayTls>,
    ) -> Result<Self, MailFault> {
        let command = timeouts.command;
        let connection = RelayConnection::connect(&smtp.host, smtp.port, command);
        let connection = tokio::time::timeout(command, connection)
            .await
            .map_err(|_| MailFault::Silent(SmtpStage::Connection, command))??;
        let mut session = Self { connection, timeouts, offers: EhloExtensions::default(), secrets: Vec::new() };
        if let (Some(tls), SmtpSecurity::Tls) = (tls, smtp.security) {
            session = session.encrypted(tls).await?;
        }
        let greeting = within(SmtpStage::Connection, command, session.connection.reply()).await?;
        wanted(SmtpStage::Connection, 2, greeting)?;
        session.hello(smtp).await?;
        if let (Some(tls), false) = (tls, session.connection.is_encrypted()) {
            if !session.offers.starttls() {
                return Err(MailFault::NoStartTls);
            }
            session.command(SmtpStage::StartTls, 2, "STARTTLS").await?;
            if session.connection.has_unread() {
                return Err(MailFault::BeforeTls);
            }
            session = session.encrypted(tls).await?;
            // Extensions offered in the clear do not count (RFC 3207 §4.2).
            session.hello(smtp).await?;
        }
        Ok(session)
    }

    async fn encrypted(self, tls: &RelayTls) -> Result<Self, MailFault> {
        let timeouts = self.timeouts.command;
        let handshake = tokio::time::timeout(timeouts, self.connection.secured(tls)).await;
        let connection =
            handshake.map_err(|_| MailFault::Silent(SmtpStage::StartTls, timeouts))?.map_err(MailFault::Tls)?;
        Ok(Self { connection, ..self })
    }

    /// EHLO, or HELO if the relay does not support EHLO; it then has no extensions.
    async fn hello(&mut self, smtp: &SmtpSettings) -> Result<(), MailFault> {
        let name = helo::name(smtp.helo.as_deref(), &helo::of_this_host(), smtp.from.domain());
        let name = name.unwrap_or_else(|| helo::literal(self.connection.local()));
        let reply = self.exchange(SmtpStage::Hello, &format!("EHLO {name}")).await?;
        if matches!(reply.code, 500 | 502) {
            self.offers = EhloExtensions::default();
            self.command(SmtpStage::Hello, 2, &format!("HELO {name}")).await?;
            return Ok(());
        }
        self.offers = EhloExtensions::of(&wanted(SmtpStage::Hello, 2, reply)?);
        Ok(())
    }

    /// Authenticates, and only if nobody can listen.
    pub(super) async fn authenticate(&mut self, smtp: &SmtpSettings) -> Result<(), MailFault> {
        let (Some(user), Some(password)) = (&smtp.user, &smtp.password) else { return Ok(()) };
        if !self.connection.is_encrypted() {
            return Err(MailFault::NoStartTls);
        }
        let password = password.expose_secret();
        let proof = BASE64.encode(format!("\0{user}\0{password}"));
        let (user, hidden) = (BASE64.encode(user), BASE64.encode(password));
        self.secrets = vec![password.to_owned(), proof.clone(), hidden.clone()];
        self.secrets.retain(|secret| !secret.is_empty());
        if self.offers.authentication("PLAIN") {
            let at_once = format!("AUTH PLAIN {proof}");
            let first = if at_once.len() > MAX_COMMAND { "AUTH PLAIN" } else { &at_once };
            self.prove(first, &[&proof]).await
        } else if self.offers.authentication("LOGIN") {
            self.prove("AUTH LOGIN", &[&user, &hidden]).await
        } else {
            Err(MailFault::NoAuthentication)
        }
    }

    /// Sends the AUTH command, and an answer to each challenge of the relay.
    async fn prove(&mut self, command: &str, answers: &[&str]) -> Result<(), MailFault> {
        let mut reply = self.exchange(SmtpStage::Authentication, command).await?;
        for answer in answers {
            if reply.code == 334 {
                reply = self.exchange(SmtpStage::Authentication, answer).await?;
            }
        }
        wanted(SmtpStage::Authentication, 2, reply).map(drop)
    }

    /// Sends sender and recipient, and waits for the permission to send the content.
    pub(super) async fn envelope(&mut self, mail: &OutgoingMail) -> Result<(), MailFault> {
        self.command(SmtpStage::Sender, 2, &format!("MAIL FROM:<{}>", mail.from)).await?;
        self.command(SmtpStage::Recipient, 2, &format!("RCPT TO:<{}>", mail.to)).await?;
        self.command(SmtpStage::Data, 3, "DATA").await?;
        Ok(())
    }

    /// Sends the content; returns the reply by which the relay accepts it.
    pub(super) async fn content(&mut self, mail: &OutgoingMail) -> Result<SmtpReply, MailFault> {
        let stuffed = mail.stuffed();
        let reply = within(SmtpStage::Content, self.timeouts.content, self.connection.mail(&stuffed)).await;
        wanted(SmtpStage::Content, 2, self.without_secrets(reply)?)
    }

    /// Sends QUIT. The relay's answer changes nothing.
    pub(super) async fn quit(&mut self) {
        let _ = tokio::time::timeout(self.timeouts.quit, self.connection.command("QUIT")).await;
    }

    /// A command whose reply must be of this class (its code's first digit).
    async fn command(&mut self, stage: SmtpStage, class: u16, command: &str) -> Result<SmtpReply, MailFault> {
        wanted(stage, class, self.exchange(stage, command).await?)
    }

    async fn exchange(&mut self, stage: SmtpStage, command: &str) -> Result<SmtpReply, MailFault> {
        let reply = within(stage, self.timeouts.command, self.connection.command(command)).await;
        self.without_secrets(reply)
    }

    fn without_secrets(&self, reply: Result<SmtpReply, MailFault>) -> Result<SmtpReply, MailFault> {
        match reply {
            Ok(reply) => Ok(reply.without(&self.secrets)),
            Err(MailFault::Refused(stage, reply)) => Err(MailFault::Refused(stage, reply.without(&self.secrets))),
            Err(fault) => Err(fault),
        }
    }
}

fn wanted(stage: SmtpStage, class: u16, reply: SmtpReply) -> Result<SmtpReply, MailFault> {
    if reply.code / 100 == class { Ok(reply) } else { Err(MailFault::Refused(stage, reply)) }
}
