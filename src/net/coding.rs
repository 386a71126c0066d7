//! Undoes the content coding of a body, within bounds.

use std::io::Read;

use flate2::read::{DeflateDecoder, ZlibDecoder};
use flate2::{Decompress, FlushDecompress, Status};

/// The codings that are asked for.
pub(super) const ACCEPTED: &str = "gzip, deflate, br";

/// The most codings that are undone: real servers that misbehave code twice.
const MOST: usize = 2;

/// Why a body's coding is not undone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodingError {
    /// It grows beyond the limit.
    TooLarge,
    /// It is not what the header says.
    Broken(String),
}

/// The codings of a `Content-Encoding`, in the order they were applied; names that say nothing are left out.
///
/// # Errors
/// A coding that marsad did not ask for, or more than [`MOST`].
pub(super) fn codings(header: &str) -> Result<Vec<Coding>, CodingError> {
    let mut found = Vec::new();
    for name in header.split(',') {
        match name.trim().to_ascii_lowercase().as_str() {
            // Seen in the field for a body that is not coded at all.
            "" | "identity" | "none" | "utf-8" | "utf8" | "binary" => {}
            "gzip" | "x-gzip" => found.push(Coding::Gzip),
            "deflate" => found.push(Coding::Deflate),
            "br" => found.push(Coding::Brotli),
            other => return Err(CodingError::Broken(format!("the content coding {other:?} was not asked for"))),
        }
    }
    if found.len() > MOST {
        return Err(CodingError::Broken(format!("{} content codings lie upon each other", found.len())));
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

/// Undoes `codings`, last applied first. No step reads on once it has made `limit` bytes.
pub(super) fn undo(codings: &[Coding], body: Vec<u8>, limit: usize) -> Result<Vec<u8>, CodingError> {
    codings.iter().rev().try_fold(body, |body, coding| match coding {
        Coding::Gzip if !is_gzip(&body) => Ok(body),
        Coding::Gzip => gunzip(&body, limit),
        // The standard says zlib; some servers send the bare stream.
        Coding::Deflate if is_zlib(&body) => read(ZlibDecoder::new(body.as_slice()), limit),
        Coding::Deflate => read(DeflateDecoder::new(body.as_slice()), limit),
        Coding::Brotli => read(brotli_decompressor::Decompressor::new(body.as_slice(), 4096), limit),
    })
}

/// RFC 1950: the method is 8 and the first two bytes are a multiple of 31.
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [first, second, ..] if first & 0x0f == 8 && u16::from_be_bytes([*first, *second]) % 31 == 0)
}

/// Whether bytes begin as a gzip file does.
#[must_use]
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

/// Unpacks a gzip file (RFC 1952) of any number of members. Its checksums are not asked for, and may be missing:
/// some servers forget them, and what matters is that the compressed stream reaches its end.
///
/// # Errors
/// [`CodingError::TooLarge`] beyond `limit` bytes, without unpacking further; [`CodingError::Broken`] for half a stream.
pub fn gunzip(bytes: &[u8], limit: usize) -> Result<Vec<u8>, CodingError> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while is_gzip(rest) {
        let start = header_length(rest).ok_or_else(|| broken("its header is cut off"))?;
        let used = inflate(&rest[start..], &mut out, limit)?;
        // The checksum and the length follow, four bytes each.
        rest = rest.get(start + used + 8..).unwrap_or_default();
    }
    Ok(out)
}

/// Appends one compressed stream to `out`, and tells how many bytes it took.
fn inflate(stream: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<usize, CodingError> {
    let mut state = Decompress::new(false);
    loop {
        let used = usize::try_from(state.total_in()).unwrap_or(usize::MAX);
        let before = (used, out.len());
        out.reserve(32 * 1024);
        let status = state
            .decompress_vec(stream.get(used..).unwrap_or_default(), out, FlushDecompress::None)
            .map_err(|error| broken(&error.to_string()))?;
        let used = usize::try_from(state.total_in()).unwrap_or(usize::MAX);
        if out.len() > limit {
            return Err(CodingError::TooLarge);
        } else if status == Status::StreamEnd {
            return Ok(used);
        } else if before == (used, out.len()) {
            return Err(broken("it is cut off"));
        }
    }
}

/// The length of a member's header: ten bytes, and the fields that its flags announce.
fn header_length(member: &[u8]) -> Option<usize> {
    let flags = *member.get(3)?;
    let mut at = 10;
    if flags & 4 != 0 {
        at += 2 + usize::from(u16::from_le_bytes([*member.get(at)?, *member.get(at + 1)?]));
    }
    for name_or_comment in [8, 16] {
        if flags & name_or_comment != 0 {
            at += member.get(at..)?.iter().position(|byte| *byte == 0)? + 1;
        }
    }
    if flags & 2 != 0 {
        at += 2;
    }
    (at <= member.len()).then_some(at)
}

fn read(decoder: impl Read, limit: usize) -> Result<Vec<u8>, CodingError> {
    let mut out = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    match decoder.take(most).read_to_end(&mut out) {
        _ if out.len() > limit => Err(CodingError::TooLarge),
        Ok(_) => Ok(out),
        Err(error) => Err(broken(&error.to_string())),
    }
}

fn broken(why: &str) -> CodingError {
    CodingError::Broken(format!("the content coding is broken: {why}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;

    use super::*;

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
    fn every_coding_that_is_asked_for_is_undone() {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"text").unwrap();
        let mut bare = flate2::write::DeflateEncoder::new(Vec::new(), Compression::fast());
        bare.write_all(b"text").unwrap();
        for (header, body) in [
            ("GZIP", gzip(b"text")),
            ("x-gzip", gzip(b"text")),
            ("gzip", b"text".to_vec()),
            ("gzip", gzip(b"text")[..16].to_vec()),
            ("gzip", [gzip(b"te"), gzip(b"xt"), b"junk".to_vec()].concat()),
            ("deflate", zlib.finish().unwrap()),
            ("deflate", bare.finish().unwrap()),
            ("br", brotli(b"text")),
            ("gzip, br", brotli(&gzip(b"text"))),
            ("identity", b"text".to_vec()),
        ] {
            assert_eq!(undo(&codings(header).unwrap(), body, 100), Ok(b"text".to_vec()), "{header}");
        }
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let zeros = vec![0; 1 << 20];
        assert_eq!(undo(&[Coding::Gzip], gzip(&zeros), 1000), Err(CodingError::TooLarge));
        assert_eq!(undo(&[Coding::Brotli], brotli(&zeros), 1000), Err(CodingError::TooLarge));
        assert_eq!(undo(&[Coding::Gzip, Coding::Brotli], brotli(&gzip(&zeros)), 1000), Err(CodingError::TooLarge));
    }

    #[test]
    fn three_codings_or_a_strange_one_are_refused() {
        assert!(matches!(codings("gzip, gzip, br"), Err(CodingError::Broken(_))));
        assert!(matches!(codings("zstd"), Err(CodingError::Broken(_))));
    }

    #[test]
    fn half_a_gzip_is_no_body() {
        let whole = gzip(&[7; 5000]);
        assert!(matches!(undo(&[Coding::Gzip], whole[..whole.len() / 2].to_vec(), 9000), Err(CodingError::Broken(_))));
    }
}
