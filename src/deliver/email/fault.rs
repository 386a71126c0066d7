//! What a relay's refusal means: the mail's fault, the recipient's, or the configuration's.

use std::error::Error as _;
use std::future::Future;
use std::time::Duration;

use lettre::transport::smtp::Error;

use crate::alert::{Outcome, Reason};
use crate::deliver::parcel;

/// Where in the conversation something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Connecting, greeting, EHLO.
    Connection,
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
pub(super) enum Fault {
    /// The relay said no, or the connection broke.
    Relay(Stage, Error),
    /// The relay said nothing in time.
    Silent(Stage, Duration),
    /// The connection cannot be protected, and must be.
    NoStartTls,
}

/// `step`, or a fault when the relay takes longer than `patience`.
pub(super) async fn within<T>(
    stage: Stage,
    patience: Duration,
    step: impl Future<Output = Result<T, Error>>,
) -> Result<T, Fault> {
    match tokio::time::timeout(patience, step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) if error.is_timeout() => Err(Fault::Silent(stage, patience)),
        Ok(Err(error)) => Err(Fault::Relay(stage, error)),
        Err(_) => Err(Fault::Silent(stage, patience)),
    }
}

impl Stage {
    fn words(self) -> &'static str {
        match self {
            Self::Connection => "the connection",
            Self::StartTls => "STARTTLS",
            Self::Authentication => "the user name or password",
            Self::Sender => "the sender (smtp.from)",
            Self::Recipient => "the recipient",
            Self::Data => "the mail",
            Self::Content => "the mail's content",
        }
    }

    /// True when a refusal for good here concerns this mail alone, and not every mail through this relay.
    fn is_this_mails(self) -> bool {
        matches!(self, Self::Recipient | Self::Content)
    }
}

impl Fault {
    /// What the fault means for the delivery. The relay's own words are kept as its answer and not as the message:
    /// they often repeat a mail address, and the message is logged.
    pub(super) fn outcome(&self, host: &str) -> Outcome {
        match self {
            Self::Silent(stage, patience) => {
                let seconds = patience.as_secs_f32().round();
                let message = format!("the relay {host} said nothing for {seconds} s: {}", stage.words());
                parcel::failed(parcel::reason("timeout", message))
            }
            Self::NoStartTls => parcel::failed(parcel::reason(
                "tls",
                format!(
                    "the relay {host} offers no STARTTLS, and mail or password must not go in the clear; use smtps://"
                ),
            )),
            Self::Relay(stage, error) => relay(host, *stage, error),
        }
    }
}

fn relay(host: &str, stage: Stage, error: &Error) -> Outcome {
    let Some(code) = error.status() else { return parcel::failed(transport(host, stage, error)) };
    let status = u16::from(code);
    let reason = Reason {
        class: "smtp".to_owned(),
        status: Some(status),
        message: format!("the relay {host} refuses {} with {status}", stage.words()),
        answer: parcel::answer(error.to_string().as_bytes()),
    };
    if error.is_permanent() && stage.is_this_mails() { Outcome::Rejected { reason } } else { parcel::failed(reason) }
}

fn transport(host: &str, stage: Stage, error: &Error) -> Reason {
    let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    let why: String = why.chars().filter(|c| !c.is_control()).take(300).collect();
    let handshake = error.is_tls() || stage == Stage::StartTls || is_of_tls(error);
    let class = if handshake {
        "tls"
    } else if stage == Stage::Connection {
        "connect"
    } else {
        "smtp"
    };
    parcel::reason(class, format!("the relay {host}: {why}"))
}

/// True when a failed handshake is at the bottom of it: with TLS from the first byte it comes as a failed connection.
/// An `io::Error` hides the error that it wraps from `source()`.
fn is_of_tls(error: &Error) -> bool {
    let mut next = error.source();
    while let Some(cause) = next {
        if cause.is::<rustls::Error>() {
            return true;
        }
        let wrapped = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        next = match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn std::error::Error + 'static)),
            None => cause.source(),
        };
    }
    false
}
