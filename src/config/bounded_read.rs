//! Reads files within bounds: whatever is at a path, a read neither blocks nor fills the memory.

use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;
use rustix::io::Errno;

/// The most bytes of one configuration file. Chosen by hand: a lexicon of 100,000 names takes a third of it.
pub(super) const MAX_FILE_BYTES: u64 = 10 * 1024 * 1024;
/// The most bytes of all configuration files together. Chosen by hand.
pub(super) const MAX_TOTAL_BYTES: u64 = 64 * 1024 * 1024;
/// The most configuration files. Chosen by hand.
pub(super) const MAX_FILES: usize = 1000;
/// The most bytes of a secret file. Chosen by hand: an address or a key has a hundred.
pub(super) const MAX_SECRET_BYTES: u64 = 64 * 1024;

/// Reads a regular file of at most `max` bytes.
///
/// # Errors
/// If it cannot be read, is larger, or is a pipe, a device or a folder.
pub(super) fn read_bytes(path: &Path, max: u64) -> io::Result<Vec<u8>> {
    // Checked before opening, because opening a device can have effects; and after, because the file may have been
    // replaced.
    is_regular(&fs::metadata(path)?)?;
    let nonblock = OFlags::NONBLOCK.bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(nonblock).open(path)?;
    let meta = file.metadata()?;
    is_regular(&meta)?;
    let too_large = || io::Error::other(format!("larger than {max} bytes"));
    if meta.len() > max {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    // Some files contain more than their size, for example those of /proc.
    file.take(max + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > max { Err(too_large()) } else { Ok(bytes) }
}

/// Reads a regular UTF-8 file of at most `max` bytes.
///
/// # Errors
/// As for [`read_bytes`], and `InvalidData` if it is not UTF-8. No error quotes the file.
pub(super) fn read_text(path: &Path, max: u64) -> io::Result<String> {
    String::from_utf8(read_bytes(path, max)?).map_err(|error| {
        let bytes = error.as_bytes();
        let line = 1 + bytes[..error.utf8_error().valid_up_to()].iter().filter(|b| **b == b'\n').count();
        let what = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            "the file is UTF-16, not UTF-8".to_owned()
        } else {
            format!("line {line} is not UTF-8")
        };
        io::Error::new(io::ErrorKind::InvalidData, what)
    })
}

/// True for trouble of the machine that passes: no handle or memory left, a failing or absent disk. Neither the file
/// nor its content is at fault then.
pub(super) fn is_outage(error: &io::Error) -> bool {
    const OUTAGES: [Errno; 8] =
        [Errno::MFILE, Errno::NFILE, Errno::NOMEM, Errno::IO, Errno::INTR, Errno::AGAIN, Errno::STALE, Errno::TIMEDOUT];
    OUTAGES.iter().any(|errno| error.raw_os_error() == Some(errno.raw_os_error()))
}

fn is_regular(meta: &fs::Metadata) -> io::Result<()> {
    if meta.is_file() { Ok(()) } else { Err(io::Error::other("not a file")) }
}
