//! What stands in the files of a configuration, and whether it has moved.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::config::bounded_read::{MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES, read_bytes};

/// What tells without reading that a file was written to: its size, its times, its number.
pub(super) type FileStamp = (u64, i128, i128, u64);

/// The most entries of a folder that are looked at: as many as a pattern may look at.
const MAX_ENTRIES: usize = 20_000;

/// The files, and each `*.toml` of the folders.
fn paths(files: &[PathBuf], folders: &[PathBuf]) -> impl Iterator<Item = PathBuf> {
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let toml = move |path: &PathBuf| path.extension().is_some_and(|extension| extension == "toml") && !hidden(path);
    let listed = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok());
    let listed = listed.flat_map(|folder| folder.take(MAX_ENTRIES)).flatten().map(|entry| entry.path()).filter(toml);
    // A configuration of more files than these is refused.
    files.iter().cloned().chain(listed).take(2 * MAX_FILES)
}

/// A hash of what stands in each of the files; zero for what cannot be read.
pub(super) fn contents(files: &[PathBuf], folders: &[PathBuf]) -> BTreeMap<PathBuf, [u8; 32]> {
    let mut left = MAX_TOTAL_BYTES + MAX_FILE_BYTES;
    let hash = |path: PathBuf| {
        let bytes = read_bytes(&path, MAX_FILE_BYTES.min(left)).ok();
        left -= bytes.as_ref().map_or(0, |bytes| bytes.len() as u64);
        (path, bytes.map_or([0; 32], |bytes| *blake3::hash(&bytes).as_bytes()))
    };
    paths(files, folders).map(hash).collect()
}

/// The stamp of each of the files; none for what is not there.
pub(super) fn stamps(files: &[PathBuf], folders: &[PathBuf]) -> BTreeMap<PathBuf, Option<FileStamp>> {
    let stamp = |path: &Path| {
        let meta = std::fs::metadata(path).ok()?;
        let nanos = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        let (written, changed) = (nanos(meta.mtime(), meta.mtime_nsec()), nanos(meta.ctime(), meta.ctime_nsec()));
        Some((meta.size(), written, changed, meta.ino()))
    };
    paths(files, folders).map(|path| (path.clone(), stamp(&path))).collect()
}

/// One hash over all of them.
pub(super) fn fingerprint(contents: &BTreeMap<PathBuf, [u8; 32]>) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for (path, hash) in contents {
        hasher.update(blake3::hash(path.as_os_str().as_encoded_bytes()).as_bytes());
        hasher.update(hash);
    }
    hasher.finalize()
}
