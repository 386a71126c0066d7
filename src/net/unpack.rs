//! Unpacks compressed streams, within bounds.
//!
//! A stream that reaches its last block is complete. Servers forget or garble what follows it, so damage there is
//! reported but is not a failure.

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::{Crc, Decompress, FlushDecompress, Status};

/// Why a compressed stream cannot be unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodingError {
    /// It exceeds the limit.
    TooLarge,
    /// It is not in the declared format.
    Broken(String),
}

/// The bytes before compression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unpacked {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// How the stream ended.
    pub end: StreamEnd,
}

/// How a compressed stream ended, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum StreamEnd {
    /// Not compressed: nothing is known about the end.
    Plain,
    /// The last block arrived, and the checksum is right.
    Complete,
    /// The last block arrived, so nothing is missing; what follows it is wrong.
    Damaged(Damage),
    /// The last block is missing.
    CutOff,
}

/// What is wrong after the last block of a compressed stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Damage {
    /// Other bytes follow.
    #[error("other bytes follow the compressed stream")]
    TrailingBytes,
    /// The checksum, or a part of it, is missing.
    #[error("the checksum of the compressed stream is missing")]
    NoChecksum,
    /// The checksum or the length is wrong.
    #[error("the checksum of the compressed stream is wrong")]
    WrongChecksum,
}

/// The bytes of a gzip checksum: CRC-32 and length (RFC 1952 §2.3.1).
const GZIP_CHECKSUM: usize = 8;

/// The bytes of a zlib header and its checksum (RFC 1950 §2.2).
const ZLIB_HEADER: usize = 2;
const ZLIB_CHECKSUM: usize = 4;

/// The buffer size of each step, in bytes. Chosen by hand.
const STEP: usize = 32 * 1024;

impl StreamEnd {
    /// True if the last block arrived: nothing is missing, whatever follows.
    #[must_use]
    pub(crate) fn is_reached(self) -> bool {
        matches!(self, Self::Complete | Self::Damaged(_))
    }
}

/// True if the bytes begin like a gzip file.
///
/// ```
/// assert!(marsad::net::is_gzip(b"\x1f\x8b\x08\0"));
/// assert!(!marsad::net::is_gzip(b"<rss>"));
/// ```
#[must_use]
pub fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x1f, 0x8b, 8])
}

/// Unpacks a gzip file (RFC 1952) of any number of members.
///
/// # Errors
/// [`CodingError::TooLarge`] beyond `limit` bytes, without unpacking further; [`CodingError::Broken`] if the bytes are
/// not gzip.
pub(crate) fn gunzip(bytes: &[u8], limit: usize) -> Result<Unpacked, CodingError> {
    let (mut out, mut end, mut rest) = (Vec::new(), StreamEnd::Complete, bytes);
    while is_gzip(rest) {
        let before = out.len();
        let Some(used) = member(rest, &mut out, limit)? else {
            return Ok(Unpacked { bytes: out, end: StreamEnd::CutOff });
        };
        let (checksum, behind) = rest[used..].split_at(GZIP_CHECKSUM.min(rest.len() - used));
        end = end.max(gzip_end(&out[before..], checksum));
        rest = behind;
    }
    if !rest.is_empty() {
        end = end.max(StreamEnd::Damaged(Damage::TrailingBytes));
    }
    Ok(Unpacked { bytes: out, end })
}

/// Unpacks `Content-Encoding: deflate`: zlib by the standard, but some servers send the bare stream.
pub(super) fn deflate(bytes: &[u8], limit: usize) -> Result<Unpacked, CodingError> {
    let zlib = is_zlib(bytes);
    let stream = bytes.get(if zlib { ZLIB_HEADER } else { 0 }..).unwrap_or_default();
    let mut out = Vec::new();
    let Some(used) = inflate(stream, &mut out, limit)? else {
        return Ok(Unpacked { bytes: out, end: StreamEnd::CutOff });
    };
    let behind = &stream[used..];
    let (checksum, rest) = behind.split_at(if zlib { ZLIB_CHECKSUM.min(behind.len()) } else { 0 });
    let mut end = if zlib { checked(checksum, &adler32(&out).to_be_bytes()) } else { StreamEnd::Complete };
    if !rest.is_empty() {
        end = end.max(StreamEnd::Damaged(Damage::TrailingBytes));
    }
    Ok(Unpacked { bytes: out, end })
}

/// Unpacks a brotli stream (RFC 7932), which has no checksum.
pub(super) fn brotli(bytes: &[u8], limit: usize) -> Result<Unpacked, CodingError> {
    let allocator = StandardAlloc::default;
    let mut state = BrotliState::new(allocator(), allocator(), allocator());
    let (mut out, mut buffer) = (Vec::new(), vec![0; STEP]);
    let (mut left, mut at, mut total) = (bytes.len(), 0, 0);
    loop {
        let (mut room, mut filled) = (buffer.len(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut at,
            bytes,
            &mut room,
            &mut filled,
            &mut buffer,
            &mut total,
            &mut state,
        );
        out.extend_from_slice(&buffer[..filled]);
        let end = match result {
            _ if out.len() > limit => return Err(CodingError::TooLarge),
            BrotliResult::NeedsMoreOutput => continue,
            BrotliResult::ResultSuccess if left > 0 => StreamEnd::Damaged(Damage::TrailingBytes),
            BrotliResult::ResultSuccess => StreamEnd::Complete,
            BrotliResult::NeedsMoreInput => StreamEnd::CutOff,
            BrotliResult::ResultFailure => return Err(broken("not a brotli stream")),
        };
        return Ok(Unpacked { bytes: out, end });
    }
}

/// Appends one gzip member to `out`. Returns its length up to the checksum; `None` if it is cut off before.
fn member(member: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<Option<usize>, CodingError> {
    let Some(header) = header_length(member) else { return Ok(None) };
    Ok(inflate(&member[header..], out, limit)?.map(|used| header + used))
}

/// Appends one deflate stream to `out`. Returns its length; `None` if it is cut off.
fn inflate(stream: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<Option<usize>, CodingError> {
    let mut state = Decompress::new(false);
    loop {
        let used = usize::try_from(state.total_in()).unwrap_or(usize::MAX);
        let before = (used, out.len());
        out.reserve(STEP);
        let status = state
            .decompress_vec(stream.get(used..).unwrap_or_default(), out, FlushDecompress::None)
            .map_err(|error| broken(&error.to_string()))?;
        let used = usize::try_from(state.total_in()).unwrap_or(usize::MAX);
        if out.len() > limit {
            return Err(CodingError::TooLarge);
        } else if status == Status::StreamEnd {
            return Ok(Some(used));
        } else if before == (used, out.len()) {
            return Ok(None);
        }
    }
}

/// The length of a member's header: ten bytes, and the fields that its flags announce; `None` if it is cut off.
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

fn gzip_end(content: &[u8], found: &[u8]) -> StreamEnd {
    let mut crc = Crc::new();
    crc.update(content);
    let mut checksum = [0; GZIP_CHECKSUM];
    checksum[..4].copy_from_slice(&crc.sum().to_le_bytes());
    checksum[4..].copy_from_slice(&crc.amount().to_le_bytes());
    checked(found, &checksum)
}

/// Compares the checksum of a stream with the right one.
fn checked(found: &[u8], right: &[u8]) -> StreamEnd {
    match found {
        _ if found == right => StreamEnd::Complete,
        _ if found.len() < right.len() => StreamEnd::Damaged(Damage::NoChecksum),
        _ => StreamEnd::Damaged(Damage::WrongChecksum),
    }
}

/// RFC 1950: the method is 8, the first two bytes are a multiple of 31, and there is no preset dictionary.
fn is_zlib(body: &[u8]) -> bool {
    matches!(body, [first, second, ..]
        if first & 0x0f == 8 && second & 0x20 == 0 && u16::from_be_bytes([*first, *second]) % 31 == 0)
}

/// The checksum of a zlib stream (RFC 1950 §8.2).
fn adler32(bytes: &[u8]) -> u32 {
    /// The largest prime below 2^16.
    const BASE: u32 = 65_521;
    /// The most bytes whose sums fit into 32 bits.
    const RUN: usize = 5552;
    let (mut a, mut b) = (1_u32, 0_u32);
    for run in bytes.chunks(RUN) {
        for byte in run {
            a += u32::from(*byte);
            b += a;
        }
        a %= BASE;
        b %= BASE;
    }
    b << 16 | a
}

fn broken(why: &str) -> CodingError {
    CodingError::Broken(format!("the content coding is broken: {why}"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;

    use super::*;

    const TEXT: &[u8] = b"Gaza and Gaza again, and the rest of the text";

    fn gzip() -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(TEXT).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib() -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(TEXT).unwrap();
        encoder.finish().unwrap()
    }

    fn brotli_stream() -> Vec<u8> {
        let mut out = Vec::new();
        ::brotli::BrotliCompress(&mut &*TEXT, &mut out, &::brotli::enc::BrotliEncoderParams::default()).unwrap();
        out
    }

    fn flipped(mut bytes: Vec<u8>, from_the_end: usize) -> Vec<u8> {
        let at = bytes.len() - from_the_end;
        bytes[at] ^= 1;
        bytes
    }

    #[test]
    fn damage_after_the_last_block_is_reported_and_the_text_kept() {
        let (gzip, zlib, brotli_stream) = (gzip(), zlib(), brotli_stream());
        let bare = zlib[2..zlib.len() - 4].to_vec();
        let end = |damage| StreamEnd::Damaged(damage);
        let cases: Vec<(&str, Result<Unpacked, CodingError>, StreamEnd)> = vec![
            ("gzip", gunzip(&gzip, 100), StreamEnd::Complete),
            ("gzip, no trailer", gunzip(&gzip[..gzip.len() - 8], 100), end(Damage::NoChecksum)),
            ("gzip, half a trailer", gunzip(&gzip[..gzip.len() - 3], 100), end(Damage::NoChecksum)),
            ("gzip, wrong length", gunzip(&flipped(gzip.clone(), 1), 100), end(Damage::WrongChecksum)),
            ("gzip, wrong checksum", gunzip(&flipped(gzip.clone(), 8), 100), end(Damage::WrongChecksum)),
            ("gzip, junk", gunzip(&[&gzip, b"junk".as_slice()].concat(), 100), end(Damage::TrailingBytes)),
            ("zlib", deflate(&zlib, 100), StreamEnd::Complete),
            ("zlib, no checksum", deflate(&zlib[..zlib.len() - 4], 100), end(Damage::NoChecksum)),
            ("zlib, wrong checksum", deflate(&flipped(zlib.clone(), 1), 100), end(Damage::WrongChecksum)),
            ("zlib, junk", deflate(&[&zlib, b"junk".as_slice()].concat(), 100), end(Damage::TrailingBytes)),
            ("bare", deflate(&bare, 100), StreamEnd::Complete),
            ("bare, junk", deflate(&[&bare, b"junk".as_slice()].concat(), 100), end(Damage::TrailingBytes)),
            ("brotli", brotli(&brotli_stream, 100), StreamEnd::Complete),
            ("brotli, junk", brotli(&[&brotli_stream, b"junk".as_slice()].concat(), 100), end(Damage::TrailingBytes)),
        ];
        for (name, found, end) in cases {
            assert_eq!(found, Ok(Unpacked { bytes: TEXT.to_vec(), end }), "{name}");
        }
    }

    #[test]
    fn a_stream_without_its_last_block_is_cut_off() {
        let (gzip, zlib, brotli_stream) = (gzip(), zlib(), brotli_stream());
        for cut in 3..gzip.len() - 8 {
            assert_eq!(gunzip(&gzip[..cut], 100).unwrap().end, StreamEnd::CutOff, "gzip at {cut}");
        }
        for cut in 2..zlib.len() - 4 {
            assert_eq!(deflate(&zlib[..cut], 100).unwrap().end, StreamEnd::CutOff, "zlib at {cut}");
        }
        for cut in 1..brotli_stream.len() {
            assert_eq!(brotli(&brotli_stream[..cut], 100).unwrap().end, StreamEnd::CutOff, "brotli at {cut}");
        }
    }

    #[test]
    fn a_stream_that_was_only_flushed_gives_its_text_and_is_cut_off() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(TEXT).unwrap();
        encoder.flush().unwrap();
        let flushed = encoder.get_ref().clone();
        assert_eq!(gunzip(&flushed, 100), Ok(Unpacked { bytes: TEXT.to_vec(), end: StreamEnd::CutOff }));
    }

    #[test]
    fn bytes_in_another_format_are_an_error() {
        for broken in
            [gunzip(b"\x1f\x8b\x08\0\0\0\0\0\0\0\xff\xff", 100), deflate(b"\xff\xff", 100), brotli(b"<rss></rss>", 100)]
        {
            assert!(matches!(broken, Err(CodingError::Broken(_))), "{broken:?}");
        }
    }
}
