//! Parses as much of MIME as a mail from marsad needs: headers, encoded words, and the text of the parts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The value of the first header of this name, unfolded.
///
/// ```
/// let mail = b"Subject: a\r\n b\r\n\r\nbody";
/// assert_eq!(marsad::loopback::mime::header(mail, "subject").as_deref(), Some("a b"));
/// ```
#[must_use]
pub fn header(raw: &[u8], name: &str) -> Option<String> {
    let (head, _) = split(raw);
    let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    unfolded.split("\r\n").find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

/// A header's text with its encoded words (RFC 2047) decoded.
///
/// ```
/// assert_eq!(marsad::loopback::mime::words("=?utf-8?Q?caf=C3=A9?= today"), "café today");
/// ```
#[must_use]
pub fn words(value: &str) -> String {
    let mut text = String::new();
    let mut after_word = false;
    for piece in value.split_inclusive(' ') {
        match word(piece.trim_end()) {
            Some(decoded) => {
                text.push_str(&decoded);
                after_word = true;
            }
            None => {
                if after_word {
                    text.push(' ');
                }
                text.push_str(piece);
                after_word = false;
            }
        }
    }
    text.trim_end().to_owned()
}

/// The decoded text of every text part, in the order of the mail.
#[must_use]
pub(crate) fn texts(raw: &[u8]) -> Vec<String> {
    let (_, body) = split(raw);
    let kind = header(raw, "content-type").unwrap_or_default();
    if let Some(boundary) = boundary(&kind) {
        let mark = format!("--{boundary}");
        let text = String::from_utf8_lossy(body).into_owned();
        let parts = text.split(mark.as_str()).skip(1).take_while(|part| !part.starts_with("--"));
        return parts.flat_map(|part| texts(part.trim_start_matches("\r\n").as_bytes())).collect();
    }
    if !kind.is_empty() && !kind.starts_with("text/") {
        return Vec::new();
    }
    let bytes = match header(raw, "content-transfer-encoding").unwrap_or_default().to_ascii_lowercase().as_str() {
        "base64" => {
            let packed: Vec<u8> = body.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
            STANDARD.decode(packed).unwrap_or_default()
        }
        "quoted-printable" => unquoted(body, false),
        _ => body.to_vec(),
    };
    vec![String::from_utf8_lossy(&bytes).into_owned()]
}

fn split(raw: &[u8]) -> (String, &[u8]) {
    let end = raw.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(raw.len());
    (String::from_utf8_lossy(&raw[..end]).into_owned(), raw.get(end + 4..).unwrap_or_default())
}

fn boundary(kind: &str) -> Option<&str> {
    let (_, rest) = kind.split_once("boundary=")?;
    Some(match rest.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        None => rest.split([';', ' ']).next().unwrap_or_default(),
    })
}

fn word(text: &str) -> Option<String> {
    let mut parts = text.strip_prefix("=?")?.strip_suffix("?=")?.splitn(3, '?');
    let (charset, coding, payload) = (parts.next()?, parts.next()?, parts.next()?);
    if !charset.eq_ignore_ascii_case("utf-8") {
        return None;
    }
    let bytes = match coding {
        "b" | "B" => STANDARD.decode(payload).ok()?,
        "q" | "Q" => unquoted(payload.as_bytes(), true),
        _ => return None,
    };
    String::from_utf8(bytes).ok()
}

/// Decodes quoted-printable; in a word of a header an underscore is a blank.
fn unquoted(bytes: &[u8], in_word: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        match first {
            b'=' if tail.starts_with(b"\r\n") => rest = &tail[2..],
            b'=' => match tail.get(..2).and_then(hex) {
                Some(byte) => {
                    out.push(byte);
                    rest = &tail[2..];
                }
                None => out.push(b'='),
            },
            b'_' if in_word => out.push(b' '),
            byte => out.push(byte),
        }
    }
    out
}

fn hex(two: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adjacent_encoded_words_join_without_a_blank() {
        assert_eq!(words("=?utf-8?b?2YXZhg==?= =?utf-8?b?2LjZhdip?="), "منظمة");
        assert_eq!(words("gaza: =?utf-8?Q?caf=C3=A9_noir?= today"), "gaza: café noir today");
    }

    #[test]
    fn every_text_part_of_a_mail_is_read() {
        let raw = "Subject: a\r\n b\r\nContent-Type: multipart/alternative;\r\n boundary=\"x\"\r\n\r\n\
                   --x\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
                   caf=C3=\r\n=A9\r\n--x\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n\
                   PGI+\r\n--x--\r\n";
        assert_eq!(header(raw.as_bytes(), "Subject").unwrap(), "a b");
        let texts = texts(raw.as_bytes());
        assert_eq!((texts[0].trim_end(), texts[1].as_str()), ("café", "<b>"));
    }
}
