//! Writes the bytes of a mail for the relay from its frozen content.

use std::time::{Duration, SystemTime};

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::header::{self, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Mailboxes, Message, MultiPart, MultiPartKind, SinglePart};

use crate::address::mail::MailAddress;
use crate::deliver::dispatch::Dispatch;
use crate::render::mail::MailContent;

/// A mail that is ready for the relay.
pub(super) struct OutgoingMail {
    /// The envelope's sender.
    pub(super) from: Address,
    /// The envelope's recipient.
    pub(super) to: Address,
    /// Header and body, the same in every attempt.
    pub(super) bytes: Vec<u8>,
}

impl OutgoingMail {
    /// The mail as it goes over the wire: every line ends with CR and LF, the last one too, and a dot at the start of a
    /// line is doubled (RFC 5321 §4.5.2). Some relays take a lone CR or LF for the end of a line, and with a dot after
    /// it for the end of the mail.
    pub(super) fn stuffed(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes.len() + 64);
        let mut bytes = self.bytes.iter().copied().peekable();
        let mut at_start = true;
        while let Some(byte) = bytes.next() {
            match byte {
                b'\r' | b'\n' => {
                    if byte == b'\r' {
                        bytes.next_if_eq(&b'\n');
                    }
                    out.extend_from_slice(b"\r\n");
                    at_start = true;
                }
                _ => {
                    if at_start && byte == b'.' {
                        out.push(b'.');
                    }
                    out.push(byte);
                    at_start = false;
                }
            }
        }
        if !at_start {
            out.extend_from_slice(b"\r\n");
        }
        out
    }
}

/// A mail address for the mail library. The library refuses some quoted local parts and `[IPv6:…]`; the content of a
/// [`MailAddress`] is already validated.
pub(super) fn mailbox(address: &MailAddress) -> Mailbox {
    Mailbox::new(address.name().map(header), Address::new_dangerous(address.local(), address.domain()))
}

/// The mail of `dispatch` for its recipient, whose display name is `name`.
///
/// # Errors
/// A message, if the content or an address cannot be read: no later attempt would change that.
pub(super) fn mail(dispatch: &Dispatch, from: &MailAddress, name: Option<&str>) -> Result<OutgoingMail, String> {
    let content =
        MailContent::from_bytes(&dispatch.body).map_err(|error| format!("cannot read the stored mail: {error}"))?;
    let from = mailbox(from);
    // A delivery from an earlier version may have a domain that is not in ASCII.
    let to: MailAddress = dispatch.recipient.parse().map_err(|_| "the recipient is not a mail address")?;
    let to = Mailbox { name: name.map(header), ..mailbox(&to) };
    let (sender, recipient) = (from.email.clone(), to.email.clone());
    let message = written(dispatch, &content, from, to).map_err(|error| format!("cannot write the mail: {error}"))?;
    Ok(OutgoingMail { from: sender, to: recipient, bytes: message.formatted() })
}

fn written(
    dispatch: &Dispatch,
    content: &MailContent,
    from: Mailbox,
    to: Mailbox,
) -> Result<Message, lettre::error::Error> {
    // The name comes from the delivery, so that mail programs and archives recognise a repeat.
    let name = format!("<{}@{}>", header(dispatch.id.as_str()), from.email.domain());
    let mut builder = Message::builder()
        .message_id(Some(name))
        .date(written_at(dispatch))
        .envelope(Envelope::new(Some(from.email.clone()), vec![to.email.clone()])?)
        .from(Mailbox::new(None, Address::new_dangerous("marsad", "localhost")))
        .to(to)
        .subject(header(&content.subject))
        .raw_header(raw("Auto-Submitted", "auto-generated"))
        .raw_header(raw("List-Id", &content.list_id));
    if let Some(first) = &content.thread {
        let first = format!("<{}@{}>", header(first), from.email.domain());
        builder = builder.in_reply_to(first.clone()).references(first);
    }
    if let Some(address) = &content.unsubscribe {
        builder = builder.raw_header(raw("List-Unsubscribe", &format!("<{address}>")));
    }
    let parts = MultiPart::builder()
        .kind(MultiPartKind::Alternative)
        .boundary(format!("=_{}", header(dispatch.id.as_str())))
        .singlepart(SinglePart::plain(content.text.clone()))
        .singlepart(SinglePart::html(content.html.clone()));
    let mut message = builder.multipart(parts)?;
    // The library reads the sender back while it builds, and refuses what it does not know; so it is set afterwards.
    message.headers_mut().set(header::From::from(Mailboxes::from(from)));
    Ok(message)
}

/// The date of the first attempt, in every attempt.
fn written_at(dispatch: &Dispatch) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(dispatch.first_at.as_second().max(0).unsigned_abs())
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    let ascii: String = header(value).chars().filter(char::is_ascii).collect();
    HeaderValue::new(HeaderName::new_from_ascii_str(name), ascii)
}

/// The text without characters that could end a header line: the mail library panics at a line end in a display name.
fn header(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}')).collect()
}
