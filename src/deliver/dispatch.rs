//! The content of one attempt, and the words for its failures.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use crate::alert::{DeliveryId, FailureScope, Outcome, Reason};

/// A delivery on its way: the frozen body, and what this attempt adds.
#[derive(Clone, Debug)]
pub(crate) struct Dispatch {
    /// The delivery's id, the same in every attempt.
    pub id: DeliveryId,
    /// The mailbox; empty if the channel has one receiver.
    pub(crate) recipient: String,
    /// The bytes, the same in every attempt.
    pub body: Bytes,
    /// True if somebody asked to send it again.
    pub(crate) replayed: bool,
    /// When this attempt began.
    pub at: Timestamp,
    /// When the first attempt began.
    pub(crate) first_at: Timestamp,
}

/// What prevents a stored delivery from being sent; `None` if it is sound. The body of every channel is stored as JSON
/// that is not empty, and the id goes into headers.
#[must_use]
pub(crate) fn damage(id: &DeliveryId, body: &[u8]) -> Option<String> {
    let id = id.as_str();
    if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Some("its id is damaged".to_owned());
    }
    if body.is_empty() {
        return Some("its body is empty".to_owned());
    }
    match serde_json::from_slice::<Value>(body) {
        Err(error) => Some(format!("its body is damaged: {error}")),
        Ok(Value::Null) => Some("its body is empty".to_owned()),
        Ok(Value::Object(fields)) if fields.is_empty() => Some("its body is empty".to_owned()),
        Ok(_) => None,
    }
}

/// How much of a receiver's answer is kept, in bytes. Chosen by hand.
pub(crate) const ANSWER: usize = 2 * 1024;

/// A failed attempt, which may be repeated.
#[must_use]
pub(crate) fn failed(reason: Reason) -> Outcome {
    Outcome::Failed { reason, after: None }
}

/// A failure without an answer.
#[must_use]
pub(crate) fn reason(class: &str, message: impl Into<String>) -> Reason {
    Reason { class: class.to_owned(), message: message.into(), ..Reason::default() }
}

/// A failure of marsad's own, which says nothing about the receiver.
#[must_use]
pub(crate) fn own_reason(class: &str, message: impl Into<String>) -> Reason {
    Reason { scope: FailureScope::Marsad, ..reason(class, message) }
}

/// The first 2 KiB of an answer, with an escape for everything that could move a terminal's cursor.
///
/// ```
/// assert_eq!(marsad::deliver::dispatch::answer(b"bad \x1b[31m day"), "bad \\u{1b}[31m day");
/// ```
#[must_use]
pub fn answer(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(ANSWER)]).into_owned();
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let shown = matches!(c, '\n' | '\t')
            || !(c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'));
        if shown { escaped.push(c) } else { escaped.extend(c.escape_unicode()) }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_body_or_id_is_found() {
        let of = |id: &str, body: &[u8]| damage(&DeliveryId::from_stored(id.to_owned()), body);
        assert_eq!(of("msg_1", b"{\"type\":\"item.new\"}"), None);
        for body in [b"".as_slice(), b"\0\0", b"null", b"{}", b"{\"type\":", b"{\"type\":\"\xff\"}"] {
            assert!(of("msg_1", body).is_some_and(|why| why.contains("body")), "{body:?}");
        }
        for id in ["", "a\nb", "\u{fffd}"] {
            assert!(of(id, b"{\"a\":1}").is_some_and(|why| why.contains("id")), "{id:?}");
        }
    }

    #[test]
    fn an_answer_is_cut_and_sanitised() {
        assert_eq!(answer(b"no\x1b[31m \x07\xff\n"), "no\\u{1b}[31m \\u{7}\u{fffd}\n");
        assert_eq!(answer(&vec![b'x'; 9_000]).len(), ANSWER);
    }
}
