//! Decodes the bytes of a document to text.
//!
//! Labels are wrong more often than bytes, so the bytes come first:
//!
//! 1. the configured encoding;
//! 2. a byte order mark;
//! 3. the pattern of NUL bytes of UTF-16 and UTF-32;
//! 4. valid UTF-8 beyond ASCII, which no other encoding resembles, or UTF-8 with a few invalid bytes;
//! 5. the server's label, then the document's own;
//! 6. a guess from the bytes, the language and the country of the host.
//!
//! The same bytes and hints always give the same text.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, ISO_8859_6, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252, WINDOWS_1256};

use super::encoding_label;
use crate::net::{self, CodingError, StreamEnd};
use crate::text::lang::Lang;

/// Hints about the encoding of a document.
#[derive(Clone, Copy, Debug, Default)]
pub struct EncodingHints<'a> {
    /// The configured encoding.
    pub forced: Option<&'static Encoding>,
    /// The server's `Content-Type`.
    pub content_type: &'a str,
    /// The likely language of the text.
    pub lang: Option<&'a Lang>,
    /// The host that served it; its country is a hint if no language is known.
    pub host: &'a str,
}

/// A decoded text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without a byte order mark.
    pub text: String,
    /// The encoding it was decoded from, by its name in the Encoding Standard (or `UTF-32LE`, `UTF-32BE`).
    pub encoding: &'static str,
    /// How many invalid sequences were replaced with U+FFFD.
    pub replaced: usize,
}

/// Unpacks a body that is a gzip file, whatever its headers say; at most twice.
///
/// # Errors
/// If it unpacks to more than `limit` bytes, or is broken.
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

/// The same for bytes that are not needed afterwards: those that are not packed are not copied.
///
/// # Errors
/// As for [`unpack`].
pub(super) fn unpack_owned(bytes: Vec<u8>, limit: usize) -> Result<(Vec<u8>, StreamEnd), CodingError> {
    let unpacked = match unpack(&bytes, limit)? {
        (Cow::Owned(unpacked), end) => Some((unpacked, end)),
        (Cow::Borrowed(_), _) => None,
    };
    Ok(unpacked.unwrap_or((bytes, StreamEnd::Plain)))
}

/// Decodes a document whose bytes are not needed afterwards: the bytes of UTF-8 become the text.
pub(super) fn decode_owned(bytes: Vec<u8>, hints: &EncodingHints<'_>) -> Decoded {
    let wide = bytes.iter().take(4).any(|byte| *byte == 0);
    if wide || hints.forced.is_some() || Encoding::for_bom(&bytes).is_some() || by_nulls(&bytes).is_some() {
        return decode(&bytes, hints);
    }
    match String::from_utf8(bytes) {
        Ok(text) => Decoded { text, encoding: UTF_8.name(), replaced: 0 },
        Err(error) => decode(error.as_bytes(), hints),
    }
}

/// Decodes a document.
///
/// ```
/// use marsad::fetch::decode::{EncodingHints, decode};
///
/// let hints = EncodingHints { content_type: "text/html; charset=windows-1256", ..EncodingHints::default() };
/// let decoded = decode(b"\xdb\xd2\xc9", &hints);
/// assert_eq!((decoded.text.as_str(), decoded.encoding), ("غزة", "windows-1256"));
/// ```
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
    let labelled = labels.iter().flatten().find_map(|label| accepted_label(label, bytes, hints));
    by(labelled.unwrap_or_else(|| guess(bytes, hints)), bytes)
}

fn by(encoding: &'static Encoding, bytes: &[u8]) -> Decoded {
    let (text, bad) = encoding.decode_with_bom_removal(bytes);
    let replaced = if bad { text.matches('\u{fffd}').count() } else { 0 };
    Decoded { text: text.into_owned(), encoding: encoding.name(), replaced }
}

/// UTF-32, which no browser reads and the Encoding Standard leaves out: by its byte order mark, or by `<` or `{` in the
/// first four bytes.
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

/// How much of a document is searched for NULs, in bytes. Chosen by hand.
const NUL_SAMPLE: usize = 4096;
/// One byte in this many must be NUL for UTF-16, and two more. Chosen by hand.
const NUL_SHARE: usize = 16;
/// How many times more NULs the one side must have than the other. Chosen by hand.
const NUL_RATIO: usize = 8;

/// UTF-16 without a byte order mark: in markup every other byte is NUL, always on the same side.
fn by_nulls(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = &bytes[..bytes.len().min(NUL_SAMPLE)];
    let nulls = |side: usize| sample.iter().skip(side).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (nulls(0), nulls(1));
    let many = sample.len() / NUL_SHARE + 2;
    if odd >= many && odd > even * NUL_RATIO {
        Some(UTF_16LE)
    } else if even >= many && even > odd * NUL_RATIO {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// How many valid letters beyond ASCII each invalid place needs. Chosen by hand.
const VALID_FOR_EACH_INVALID: usize = 2;

/// True for UTF-8 with fewer invalid places than valid letters beyond ASCII: in a code page, valid ones are rare
/// accidents.
fn is_nearly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut bad) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good >= bad * VALID_FOR_EACH_INVALID
}

/// A label is wrong beyond one invalid place, and one more in this many bytes. Chosen by hand.
const BYTES_FOR_EACH_INVALID: usize = 100;

/// The encoding of a label, if the bytes can be in it.
fn accepted_label(label: &str, bytes: &[u8], hints: &EncodingHints<'_>) -> Option<&'static Encoding> {
    let encoding = encoding_label::usable(label)?;
    if encoding == WINDOWS_1252 && !is_latin(bytes) {
        return None;
    }
    // Real pages write it for either encoding; the standard knows one.
    if label.trim().eq_ignore_ascii_case("arabic") {
        return Some(if guess(bytes, hints) == WINDOWS_1256 { WINDOWS_1256 } else { ISO_8859_6 });
    }
    (by(encoding, bytes).replaced <= 1 + bytes.len() / BYTES_FOR_EACH_INVALID).then_some(encoding)
}

/// From this many letters beyond ASCII in a row on, a run is not Latin. Chosen by hand.
const LONG_RUN: usize = 3;

/// True if letters beyond ASCII stand alone between others, as in Latin text; in another script they form whole words.
/// Servers put the Latin label on everything by default.
fn is_latin(bytes: &[u8]) -> bool {
    let runs = || bytes.split(u8::is_ascii).map(<[u8]>::len);
    let all: usize = runs().sum();
    let long: usize = runs().filter(|length| *length >= LONG_RUN).sum();
    long * 2 <= all
}

fn guess(bytes: &[u8], hints: &EncodingHints<'_>) -> &'static Encoding {
    let country = hints.lang.and_then(country_of).map(str::to_owned).or_else(|| top_level(hints.host));
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(country.as_deref().map(str::as_bytes), Utf8Detection::Deny)
}

/// A country whose sites use the language: the detector takes its hint in this form.
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

/// The last label of a host name; the detector requires lower-case ASCII without dots.
fn top_level(host: &str) -> Option<String> {
    let label = host.trim_end_matches('.').rsplit('.').next()?.to_ascii_lowercase();
    let usable = !label.is_empty() && label.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b.is_ascii_digit());
    (usable && !label.bytes().all(|b| b.is_ascii_digit())).then_some(label)
}

#[cfg(test)]
mod tests;
