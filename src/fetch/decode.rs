//! From bytes to text.
//!
//! Labels lie more often than bytes do. So in this order: what the operator says; a byte order mark; the pattern of
//! NULs that UTF-16 and UTF-32 make; valid UTF-8 beyond ASCII, which nothing else looks like; UTF-8 with a few bad
//! bytes; only then the server's label, the document's own, and a guess from the bytes, the language and the host's
//! country. The same bytes and hints give the same text, always.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_8859_6, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, WINDOWS_1256};

use super::encoding_label;
use crate::net::{self, CodingError, StreamEnd};
use crate::text::lang::Lang;

/// What is known about a document besides its bytes.
#[derive(Clone, Copy, Debug, Default)]
pub struct EncodingHints<'a> {
    /// The encoding that the operator configured.
    pub forced: Option<&'static Encoding>,
    /// The server's `Content-Type`.
    pub content_type: &'a str,
    /// The language that the text is likely in.
    pub lang: Option<&'a Lang>,
    /// The host that served it; its country weighs where no language is known.
    pub host: &'a str,
}

/// A decoded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// The encoding it was decoded from, by its name in the Encoding Standard (or `UTF-32LE`, `UTF-32BE`).
    pub encoding: &'static str,
    /// How many places could not be decoded and stand as U+FFFD.
    pub replaced: usize,
}

/// Unpacks a body that is a gzip file whatever its headers say, twice at most.
///
/// # Errors
/// When it unpacks to more than `limit` bytes, or is broken.
pub fn unpack(bytes: &[u8], limit: usize) -> Result<(Cow<'_, [u8]>, StreamEnd), CodingError> {
    let (mut body, mut end) = (Cow::Borrowed(bytes), StreamEnd::Plain);
    for _ in 0..2 {
        if net::is_gzip(&body) {
            let unpacked = net::gunzip(&body, limit)?;
            (body, end) = (Cow::Owned(unpacked.bytes), end.max(unpacked.end));
        }
    }
    Ok((body, end))
}

/// Decodes a document.
#[must_use]
pub fn decode(bytes: &[u8], hints: &EncodingHints<'_>) -> Decoded {
    if let Some(encoding) = hints.forced {
        return by(encoding, bytes);
    }
    if let Some(wide) = wide(bytes) {
        return wide;
    }
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return by(encoding, bytes);
    }
    if let Some(encoding) = by_nulls(bytes) {
        return by(encoding, bytes);
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: text.to_owned(), encoding: UTF_8.name(), replaced: 0 };
    }
    if is_nearly_utf8(bytes) {
        return by(UTF_8, bytes);
    }
    let declared = encoding_label::declared(bytes);
    let labels = [encoding_label::charset(hints.content_type), declared.as_deref()];
    let believed = labels.iter().flatten().find_map(|label| believe(label, bytes, hints));
    by(believed.unwrap_or_else(|| guess(bytes, hints)), bytes)
}

fn by(encoding: &'static Encoding, bytes: &[u8]) -> Decoded {
    let (text, bad) = encoding.decode_with_bom_removal(bytes);
    let replaced = if bad { text.matches('\u{fffd}').count() } else { 0 };
    Decoded { text: text.into_owned(), encoding: encoding.name(), replaced }
}

/// UTF-32, which no browser reads and the Encoding Standard leaves out: by its mark, or by `<` or `{` in the first
/// four bytes.
fn wide(bytes: &[u8]) -> Option<Decoded> {
    let (little, rest) = match bytes {
        [0xff, 0xfe, 0, 0, rest @ ..] => (true, rest),
        [0, 0, 0xfe, 0xff, rest @ ..] => (false, rest),
        [b'<' | b'{' | b'[', 0, 0, 0, ..] => (true, bytes),
        [0, 0, 0, b'<' | b'{' | b'[', ..] if bytes.get(4..7) == Some(&[0, 0, 0]) => (false, bytes),
        _ => return None,
    };
    let mut replaced = 0;
    let text = rest.chunks(4).map(|unit| {
        let scalar = <[u8; 4]>::try_from(unit)
            .ok()
            .map(|unit| if little { u32::from_le_bytes(unit) } else { u32::from_be_bytes(unit) })
            .and_then(char::from_u32);
        scalar.unwrap_or_else(|| {
            replaced += 1;
            '\u{fffd}'
        })
    });
    let text = text.collect();
    Some(Decoded { text, encoding: if little { "UTF-32LE" } else { "UTF-32BE" }, replaced })
}

/// UTF-16 without a mark: markup makes every other byte NUL, always on the same side.
fn by_nulls(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(4096)];
    let nulls = |side: usize| sample.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (nulls(0), nulls(1));
    let many = sample.len() / 16 + 2;
    if odd >= many && odd > even * 8 {
        Some(UTF_16LE)
    } else if even >= many && even > odd * 8 {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// UTF-8 with fewer bad places than good letters beyond ASCII: in a code page the good ones are rare
/// accidents.
fn is_nearly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good >= bad * 2
}

/// The encoding of a label, where the bytes can be that.
fn believe(label: &str, bytes: &[u8], hints: &EncodingHints<'_>) -> Option<&'static Encoding> {
    let encoding = encoding_label::usable(label)?;
    if encoding == WINDOWS_1252 && !is_latin(bytes) {
        return None;
    }
    // Real pages write it for either; the standard knows one.
    if label.trim().eq_ignore_ascii_case("arabic") {
        return Some(if guess(bytes, hints) == WINDOWS_1256 { WINDOWS_1256 } else { ISO_8859_6 });
    }
    (by(encoding, bytes).replaced <= 1 + bytes.len() / 100).then_some(encoding)
}

/// Latin text has its letters beyond ASCII one by one between others; in another script whole words are such. Servers
/// put the Latin label on everything by default.
fn is_latin(bytes: &[u8]) -> bool {
    let runs = || bytes.split(u8::is_ascii).map(<[u8]>::len);
    let all: usize = runs().sum();
    let long: usize = runs().filter(|length| *length >= 3).sum();
    long * 2 <= all
}

fn guess(bytes: &[u8], hints: &EncodingHints<'_>) -> &'static Encoding {
    let country = hints.lang.and_then(country_of).map(str::to_owned).or_else(|| top_level(hints.host));
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(country.as_deref().map(str::as_bytes), Utf8Detection::Deny)
}

/// A country whose sites are written in the language: that is how the detector takes its hint.
fn country_of(lang: &Lang) -> Option<&'static str> {
    Some(match lang.as_str() {
        "ar" => "sa",
        "fa" | "prs" => "ir",
        "ur" => "pk",
        "tr" | "az" => "tr",
        "fr" => "fr",
        "ru" | "kk" | "ky" | "tg" => "ru",
        "el" => "gr",
        "he" => "il",
        _ => return None,
    })
}

/// The last label of a host name; the detector wants lower-case ASCII without dots.
fn top_level(host: &str) -> Option<String> {
    let label = host.trim_end_matches('.').rsplit('.').next()?.to_ascii_lowercase();
    let usable = !label.is_empty() && label.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit());
    (usable && !label.bytes().all(|b| b.is_ascii_digit())).then_some(label)
}

#[cfg(test)]
mod tests;
