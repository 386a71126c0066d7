//! Maps what goes wrong with a mail to an outcome: only "no such mailbox" ends the delivery.

use std::future::Future;
use std::io;
use std::time::Duration;

use super::connection::ConnectError;
use super::refusal;
use super::reply::{ReplyError, SmtpReply};
use crate::alert::{FailureScope, Outcome, Reason};
use crate::deliver::dispatch;
use crate::net::tls;
use crate::text::bidi;

/// How much of the relay's text a message contains, in characters. Chosen by hand: two lines of a log.
const SHOWN: usize = 300;

/// The stage of the conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SmtpStage {
    /// Connecting, and the relay's greeting.
    Connection,
    /// EHLO or HELO.
    Hello,
    /// STARTTLS and the handshake.
    StartTls,
    /// AUTH.
    Authentication,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA.
    Data,
    /// The mail itself, after the final dot.
    Content,
}

/// What went wrong.
#[derive(Debug)]
pub(super) enum MailFault {
    /// The TLS handshake failed.
    Unreachable(ConnectError),
    /// The connection must be protected and cannot be.
    Tls(io::Error),
    /// The connection cannot be protected, and must be.
    NoStartTls,
    /// Bytes arrived in the clear after the answer to STARTTLS: somebody on the wire may have inserted them.
    BeforeTls,
    /// The relay offers no login mechanism that marsad supports.
    NoAuthentication,
    /// The relay gave another answer than the required one.
    Refused(SmtpStage, SmtpReply),
    /// The connection broke, or the bytes are not a reply.
    Broken(SmtpStage, ReplyError),
    /// The relay did not answer in time.
    Silent(SmtpStage, Duration),
    /// The relay answered each command in time, but all of them together took too long.
    Slow(Duration),
}

impl From<ConnectError> for MailFault {
    fn from(error: ConnectError) -> Self {
        Self::Unreachable(error)
    }
}

/// The reply, or a fault if it takes longer than `deadline`.
pub(super) async fn within(
    stage: SmtpStage,
    deadline: Duration,
    reply: impl Future<Output = Result<SmtpReply, ReplyError>>,
) -> Result<SmtpReply, MailFault> {
    match tokio::time::timeout(deadline, reply).await {
        Ok(Ok(reply)) => Ok(reply),
        Ok(Err(ReplyError::Early(reply))) if reply.is_refusal() => Err(MailFault::Refused(stage, reply)),
        Ok(Err(error)) => Err(MailFault::Broken(stage, error)),
        Err(_) => Err(MailFault::Silent(stage, deadline)),
    }
}

impl SmtpStage {
    fn words(self) -> &'static str {
        match self {
            Self::Connection => "the connection",
            Self::Hello => "the greeting (smtp.helo)",
            Self::StartTls => "STARTTLS",
            Self::Authentication => "the user name or password",
            Self::Sender => "the sender (smtp.from)",
            Self::Recipient => "the recipient",
            Self::Data => "the mail",
            Self::Content => "the mail's content",
        }
    }

    /// True if a refusal may be about the recipient's mailbox.
    fn is_after_recipient(self) -> bool {
        matches!(self, Self::Recipient | Self::Data | Self::Content)
    }
}

impl MailFault {
    /// The outcome of the fault. `sender` is the mail's sender, unless it is the recipient too.
    pub(super) fn outcome(&self, host: &str, sender: Option<&str>) -> Outcome {
        match self {
            Self::Refused(stage, reply) => refused(host, sender, *stage, reply),
            _ => {
                let (class, message) = self.words();
                let reason = dispatch::reason(class, format!("the relay {host}{message}"));
                let is_configuration = class == "tls" || matches!(self, Self::NoAuthentication);
                let scope = if is_configuration { FailureScope::Configuration } else { FailureScope::Attempt };
                dispatch::failed(Reason { scope, ..reason })
            }
        }
    }

    /// The class of the failure, and the text after the relay's name.
    fn words(&self) -> (&'static str, String) {
        let seconds = |deadline: &Duration| deadline.as_secs_f32().round();
        match self {
            Self::Unreachable(ConnectError::Lookup(error)) => ("dns", format!(": {}", shown(&error.to_string()))),
            Self::Unreachable(ConnectError::Connect(error)) if error.kind() == io::ErrorKind::TimedOut => {
                ("timeout", " did not answer the connection in time".to_owned())
            }
            Self::Unreachable(ConnectError::Connect(error)) => ("connect", format!(": {}", shown(&error.to_string()))),
            Self::Tls(error) => ("tls", format!(": {}", shown(&tls_words(error)))),
            Self::NoStartTls => (
                "tls",
                " offers no STARTTLS, and mail and password must not be sent unencrypted; use smtps://".to_owned(),
            ),
            Self::BeforeTls => ("tls", " sent unencrypted bytes after its answer to STARTTLS".to_owned()),
            Self::NoAuthentication => ("smtp", " offers neither AUTH PLAIN nor AUTH LOGIN".to_owned()),
            Self::Refused(stage, _) => ("smtp", format!(" refuses {}", stage.words())),
            Self::Broken(stage, ReplyError::Io(error)) => {
                let class = if is_of_tls(error) { "tls" } else { broken(*stage) };
                (class, format!(" broke the connection ({}): {}", stage.words(), shown(&error.to_string())))
            }
            Self::Broken(stage, error) => {
                (broken(*stage), format!(" sent no valid reply ({}): {}", stage.words(), shown(&error.to_string())))
            }
            Self::Silent(stage, deadline) => {
                ("timeout", format!(" sent no answer for {} s: {}", seconds(deadline), stage.words()))
            }
            Self::Slow(deadline) => ("timeout", format!(" took more than {} s before the mail", seconds(deadline))),
        }
    }
}

/// What is wrong with the connection under TLS, and the remedy if its certificate is the cause.
fn tls_words(error: &io::Error) -> String {
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    cause.map_or_else(|| error.to_string(), tls::explained)
}

fn broken(stage: SmtpStage) -> &'static str {
    if stage == SmtpStage::Connection { "connect" } else { "smtp" }
}

/// The message is the relay's own text without mail addresses, because messages are logged. The answer is kept in full.
fn refused(host: &str, sender: Option<&str>, stage: SmtpStage, reply: &SmtpReply) -> Outcome {
    let status = reply.code;
    let does = if reply.is_refusal() { "refuses" } else { "sends no valid answer to" };
    let words = reply.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    let words = shown(&words);
    let colon = if words.is_empty() { "" } else { ": " };
    let reason = Reason {
        class: "smtp".to_owned(),
        status: Some(status),
        message: format!("the relay {host} {does} {} with {status}{colon}{words}", refused_part(stage, reply.code)),
        answer: dispatch::answer(reply.text.as_bytes()),
        scope: scope(stage, reply.code),
    };
    let ends = stage.is_after_recipient() && refusal::is_no_such_mailbox(reply, sender);
    if ends { Outcome::Rejected { reason } } else { dispatch::failed(reason) }
}

/// What a refusal is about. A relay that refuses the login or the sender for good refuses every mail.
fn scope(stage: SmtpStage, code: u16) -> FailureScope {
    match (stage, code) {
        (_, 421) | (SmtpStage::Sender, 552) => FailureScope::Attempt,
        (SmtpStage::Authentication | SmtpStage::Sender, 500..=599) => FailureScope::Configuration,
        (SmtpStage::Recipient, _) => FailureScope::Recipient,
        _ => FailureScope::Attempt,
    }
}

/// What a code refuses: at MAIL the relay may also be closing (421), busy, short of space, or limit the size.
fn refused_part(stage: SmtpStage, code: u16) -> &'static str {
    match (stage, code) {
        (_, 421) => SmtpStage::Connection.words(),
        (SmtpStage::Sender, 451 | 452 | 552) => SmtpStage::Data.words(),
        _ => stage.words(),
    }
}

/// Text of the relay on one sanitised line, without mail addresses.
fn shown(text: &str) -> String {
    let plain = bidi::plain(text);
    let mut out = String::with_capacity(plain.len());
    for piece in plain.split_inclusive(|c: char| c.is_whitespace() || "<>()[]{}\"',;:=?&".contains(c)) {
        let (word, end) = match piece.chars().next_back() {
            Some(c) if !c.is_alphanumeric() => piece.split_at(piece.len() - c.len_utf8()),
            _ => (piece, ""),
        };
        let address = word.contains(['@', '＠']) || word.to_ascii_lowercase().contains("%40");
        out.push_str(if address { "…" } else { word });
        out.push_str(end);
    }
    match out.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", &out[..at]),
        None => out,
    }
}

/// True if TLS broke after its handshake: a certificate may be refused as late as that.
fn is_of_tls(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|cause| cause.is::<rustls::Error>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_relay_is_shown_on_one_line_without_mail_addresses() {
        for (text, expected) in [
            ("<desk@example.org>: Relay access denied", "<…>: Relay access denied"),
            ("5.5.2 <vm>: need fully-qualified hostname", "5.5.2 <vm>: need fully-qualified hostname"),
            (
                "see http://spf.example/why?id=desk%40example.org&ip=192.0.2.1",
                "see http://spf.example/why?id=…&ip=192.0.2.1",
            ),
            ("no\r\n\x1b[31m such\u{202E} user", "no [31m such user"),
            ("desk@münchen.example", "…"),
        ] {
            assert_eq!(shown(text), expected);
        }
        assert_eq!(shown(&"x".repeat(9_000)).chars().count(), SHOWN + 1);
    }

    #[test]
    fn a_refused_login_or_sender_and_missing_encryption_concern_every_mail() {
        let refused = |stage, line: &str| {
            let reply = SmtpReply { code: line[..3].parse().unwrap(), text: line.to_owned() };
            MailFault::Refused(stage, reply)
        };
        for (fault, expected) in [
            (refused(SmtpStage::Authentication, "535 5.7.8 authentication failed"), FailureScope::Configuration),
            (refused(SmtpStage::Sender, "550 5.7.1 not allowed"), FailureScope::Configuration),
            (MailFault::NoStartTls, FailureScope::Configuration),
            (MailFault::Tls(io::Error::other("expired certificate")), FailureScope::Configuration),
            (MailFault::NoAuthentication, FailureScope::Configuration),
            (refused(SmtpStage::Authentication, "454 4.7.0 try later"), FailureScope::Attempt),
            (refused(SmtpStage::Sender, "552 5.3.4 too large"), FailureScope::Attempt),
            (refused(SmtpStage::Sender, "421 4.3.2 closing"), FailureScope::Attempt),
            (refused(SmtpStage::Content, "554 5.7.1 looks like spam"), FailureScope::Attempt),
            (refused(SmtpStage::Recipient, "550 5.1.1 no such user"), FailureScope::Recipient),
            (refused(SmtpStage::Recipient, "451 4.7.1 greylisted"), FailureScope::Recipient),
        ] {
            let (Outcome::Failed { reason, .. } | Outcome::Rejected { reason }) = fault.outcome("mx", None) else {
                panic!("{fault:?}")
            };
            assert_eq!(reason.scope, expected, "{fault:?}");
        }
    }

    #[test]
    fn a_size_limit_or_a_closing_relay_at_mail_is_not_the_senders_fault() {
        for (text, expected) in [
            ("552 5.3.4 Message size exceeds fixed limit", "the relay mx refuses the mail with 552"),
            ("452 4.3.1 Insufficient system storage", "the relay mx refuses the mail with 452"),
            ("421 4.3.2 closing", "the relay mx refuses the connection with 421"),
            ("550 5.7.1 not allowed", "the relay mx refuses the sender (smtp.from) with 550"),
            ("553 5.1.8 no such domain", "the relay mx refuses the sender (smtp.from) with 553"),
        ] {
            let reply = SmtpReply { code: text[..3].parse().unwrap(), text: text.to_owned() };
            let Outcome::Failed { reason, .. } = MailFault::Refused(SmtpStage::Sender, reply).outcome("mx", None)
            else {
                panic!("{text}: it must be tried again")
            };
            assert!(reason.message.starts_with(expected), "{}", reason.message);
        }
    }
}
