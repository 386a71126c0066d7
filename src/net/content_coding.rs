//! Removes the content coding of a body, within bounds.

use std::borrow::Cow;

use super::unpack::{self, CodingError, StreamEnd, Unpacked, is_gzip};

/// The codings that a request accepts.
pub(super) const ACCEPTED: &str = "gzip, deflate, br";

/// The most nested codings. Chosen by hand: real servers that misbehave encode twice.
const MOST: usize = 2;

/// Parses a `Content-Encoding` into codings, in the order of application. Values without meaning are ignored.
///
/// # Errors
/// If a coding was not requested, or there are more than [`MOST`].
pub(super) fn codings(header: &str) -> Result<Vec<Coding>, CodingError> {
    let mut found = Vec::new();
    for name in header.split(',') {
        match name.trim().to_ascii_lowercase().as_str() {
            // Seen in the field for a body without any coding.
            "" | "identity" | "none" | "utf-8" | "utf8" | "binary" => {}
            "gzip" | "x-gzip" => found.push(Coding::Gzip),
            "deflate" => found.push(Coding::Deflate),
            "br" => found.push(Coding::Brotli),
            other => return Err(CodingError::Broken(format!("the content coding {other:?} was not asked for"))),
        }
    }
    if found.len() > MOST {
        return Err(CodingError::Broken(format!("{} nested content codings, more than {MOST}", found.len())));
    }
    Ok(found)
}

/// One content coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
    Brotli,
}

/// Removes `codings`, the last one applied first. No step reads on after it has produced `limit` bytes.
///
/// # Errors
/// If a step produces more than `limit` bytes, or its stream is not in the declared format.
pub(super) fn undo(codings: &[Coding], body: &[u8], limit: usize) -> Result<Unpacked, CodingError> {
    let plain = (Cow::Borrowed(body), StreamEnd::Plain);
    let undone = codings.iter().rev().try_fold(plain, |(bytes, end), coding| {
        let step = match coding {
            // An answer without a body (a 304) may still name a coding.
            _ if bytes.is_empty() => return Ok((bytes, end)),
            Coding::Gzip if !is_gzip(&bytes) => return Ok((bytes, end)),
            Coding::Gzip => unpack::gunzip(&bytes, limit),
            Coding::Deflate => unpack::deflate(&bytes, limit),
            Coding::Brotli => unpack::brotli(&bytes, limit),
        }?;
        Ok((Cow::Owned(step.bytes), step.end.max(end)))
    });
    undone.map(|(bytes, end)| Unpacked { bytes: bytes.into_owned(), end })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;

    use super::*;
    use crate::net::unpack::Damage;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn brotli(bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        brotli::BrotliCompress(&mut &*bytes, &mut out, &brotli::enc::BrotliEncoderParams::default()).unwrap();
        out
    }

    #[test]
    fn every_accepted_coding_is_removed() {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"text").unwrap();
        let mut bare = flate2::write::DeflateEncoder::new(Vec::new(), Compression::fast());
        bare.write_all(b"text").unwrap();
        for (header, body) in [
            ("GZIP", gzip(b"text")),
            ("x-gzip", gzip(b"text")),
            ("gzip", b"text".to_vec()),
            ("gzip", [gzip(b"te"), gzip(b"xt")].concat()),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", bare.finish().unwrap()),
            ("br", brotli(b"text")),
            ("gzip, br", brotli(&gzip(b"text"))),
            ("identity", b"text".to_vec()),
        ] {
            let undone = undo(&codings(header).unwrap(), &body, 100).unwrap();
            assert_eq!(undone.bytes, b"text", "{header}");
            assert!(undone.end <= StreamEnd::Complete, "{header}");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let zeros = vec![0; 1 << 20];
        assert_eq!(undo(&[Coding::Gzip], &gzip(&zeros), 1000), Err(CodingError::TooLarge));
        assert_eq!(undo(&[Coding::Brotli], &brotli(&zeros), 1000), Err(CodingError::TooLarge));
        assert_eq!(undo(&[Coding::Gzip, Coding::Brotli], &brotli(&gzip(&zeros)), 1000), Err(CodingError::TooLarge));
    }

    #[test]
    fn three_nested_codings_or_an_unknown_one_are_refused() {
        assert!(matches!(codings("gzip, gzip, br"), Err(CodingError::Broken(_))));
        assert!(matches!(codings("zstd"), Err(CodingError::Broken(_))));
    }

    #[test]
    fn an_empty_body_has_no_coding() {
        for header in ["gzip", "deflate", "br"] {
            let undone = undo(&codings(header).unwrap(), &[], 100).unwrap();
            assert_eq!((undone.bytes.len(), undone.end), (0, StreamEnd::Plain), "{header}");
        }
    }

    #[test]
    fn the_worst_end_of_nested_codings_counts() {
        let inner = gzip(&[7; 5000]);
        let undone = |inner: &[u8]| undo(&[Coding::Gzip, Coding::Brotli], &brotli(inner), 9000).unwrap().end;
        assert_eq!(undone(&inner), StreamEnd::Complete);
        assert_eq!(undone(&inner[..inner.len() - 8]), StreamEnd::Damaged(Damage::NoChecksum));
        assert_eq!(undone(&inner[..inner.len() / 2]), StreamEnd::CutOff);
    }
}
