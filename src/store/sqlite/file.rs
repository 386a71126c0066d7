//! Detects whether the path of an open database still names its file.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::store::{Displacement, StoreError};

/// The identity of the file at a path. It is read without opening the file: closing it would drop SQLite's locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    /// The file that `path` names now.
    ///
    /// # Errors
    /// The error of the operating system if there is none.
    pub fn of(path: &Path) -> io::Result<Self> {
        let metadata = std::fs::metadata(path)?;
        Ok(Self { device: metadata.dev(), inode: metadata.ino() })
    }

    fn is(self, metadata: &Metadata) -> bool {
        (metadata.dev(), metadata.ino()) == (self.device, self.inode)
    }

    /// Checks that `path` still names this file, and that the file is not empty.
    ///
    /// # Errors
    /// How the file was displaced. A path that cannot be looked up is not an error: the next write will show.
    pub(crate) fn check_at(self, path: &Path) -> Result<(), StoreError> {
        let how = match std::fs::metadata(path) {
            // An open database has at least one page.
            Ok(found) if self.is(&found) && found.len() == 0 => Displacement::Emptied,
            Ok(found) if self.is(&found) => return Ok(()),
            Ok(_) => Displacement::Replaced,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Displacement::Missing
            }
            Err(_) => return Ok(()),
        };
        Err(StoreError::Displaced { path: path.to_owned(), how })
    }
}

/// The name suffixes of the files that SQLite keeps next to an open database.
const LOG_SUFFIXES: [&str; 2] = ["-wal", "-shm"];

/// The suffix of such a file after it was set aside.
const REPLACED_SUFFIX: &str = ".replaced";

/// The identity of an open database's write-ahead log and its index.
///
/// SQLite finds them by name. If another database replaces the file of an open one, SQLite applies the old log to the
/// new database and destroys it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LogIdentity([Option<FileIdentity>; 2]);

impl LogIdentity {
    /// The log files of the database at `path`.
    pub fn of(path: &Path) -> Self {
        Self(LOG_SUFFIXES.map(|end| FileIdentity::of(&named(path, end)).ok()))
    }

    /// Renames the files if they still belong to the old database, which keeps them open.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn set_aside(self, path: &Path) -> io::Result<()> {
        for (end, file) in LOG_SUFFIXES.into_iter().zip(self.0) {
            let log = named(path, end);
            if file.is_some() && FileIdentity::of(&log).ok() == file {
                std::fs::rename(&log, named(&log, REPLACED_SUFFIX))?;
            }
        }
        Ok(())
    }

    /// Deletes the renamed files if the log holds nothing that the old database lacks.
    pub(crate) fn clean_up(path: &Path) {
        let [log, index] = LOG_SUFFIXES.map(|end| named(&named(path, end), REPLACED_SUFFIX));
        if std::fs::metadata(&log).is_ok_and(|log| log.len() == 0) {
            // Both are useless; leaving them does no harm.
            let _ = std::fs::remove_file(log);
            let _ = std::fs::remove_file(index);
        }
    }
}

fn named(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_device_and_inode_and_not_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let (path, away) = (folder.path().join("db"), folder.path().join("away"));
        std::fs::write(&path, "one").unwrap();
        let file = FileIdentity::of(&path).unwrap();
        std::fs::write(&path, "written in place").unwrap();
        assert!(file.check_at(&path).is_ok());
        let how = |result: Result<(), StoreError>| match result {
            Err(StoreError::Displaced { how, .. }) => Some(how),
            _ => None,
        };
        std::fs::write(&path, "").unwrap();
        assert_eq!(how(file.check_at(&path)), Some(Displacement::Emptied));
        std::fs::write(&path, "one").unwrap();
        std::fs::rename(&path, &away).unwrap();
        assert_eq!(how(file.check_at(&path)), Some(Displacement::Missing));
        std::fs::write(&path, "one").unwrap();
        assert_eq!(how(file.check_at(&path)), Some(Displacement::Replaced));
        std::fs::rename(&away, &path).unwrap();
        assert!(file.check_at(&path).is_ok());
    }

    #[test]
    fn the_log_of_a_replaced_database_is_renamed_and_that_of_the_new_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let [log, index] = LOG_SUFFIXES.map(|end| named(&path, end));
        std::fs::write(&log, "frames").unwrap();
        std::fs::write(&index, "index").unwrap();
        let old = LogIdentity::of(&path);
        old.set_aside(&path).unwrap();
        assert_eq!((log.exists(), index.exists()), (false, false));
        LogIdentity::clean_up(&path);
        assert!(named(&log, REPLACED_SUFFIX).exists(), "a log that is not checkpointed is kept");
        std::fs::write(named(&log, REPLACED_SUFFIX), "").unwrap();
        std::fs::write(&log, "frames of the new one").unwrap();
        old.set_aside(&path).unwrap();
        LogIdentity::clean_up(&path);
        assert_eq!(
            (log.exists(), named(&log, REPLACED_SUFFIX).exists(), named(&index, REPLACED_SUFFIX).exists()),
            (true, false, false)
        );
    }
}
