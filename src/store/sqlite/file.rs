//! The identity of the database's file: whether the path still names the file that is open.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::store::{Displacement, StoreError};

/// Which file a path names. It is asked of the path alone: to open and close the file would drop SQLite's locks on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FileIdentity {
    device: u64,
    inode: u64,
}

impl FileIdentity {
    /// The file that `path` names now.
    ///
    /// # Errors
    /// What the system says where there is none.
    pub fn of(path: &Path) -> io::Result<Self> {
        let metadata = std::fs::metadata(path)?;
        Ok(Self { device: metadata.dev(), inode: metadata.ino() })
    }

    fn is(self, metadata: &Metadata) -> bool {
        (metadata.dev(), metadata.ino()) == (self.device, self.inode)
    }

    /// Refuses a path that names no file, another one, or one that was emptied.
    ///
    /// # Errors
    /// How the file was displaced. A path that cannot be looked up says nothing about the file: a write will.
    pub fn still_at(self, path: &Path) -> Result<(), StoreError> {
        let how = match std::fs::metadata(path) {
            // An open database holds one page at least.
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

/// The files that SQLite keeps beside an open database, by the ends of their names.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// What their names end with once they are set aside.
const ASIDE: &str = ".replaced";

/// The write-ahead log and its index of an open database.
///
/// SQLite finds them by name alone: whoever opens a database that was put in the place of an open one takes the log of
/// the old one for that of the new one, and destroys the new one with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LogIdentity([Option<FileIdentity>; 2]);

impl LogIdentity {
    /// The files that stand beside `path` now.
    pub fn beside(path: &Path) -> Self {
        Self(BESIDE.map(|end| FileIdentity::of(&named(path, end)).ok()))
    }

    /// Takes the files out of the new database's way, where they are still those of the old one. The old one stays
    /// open on them.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn set_aside(self, path: &Path) -> io::Result<()> {
        for (end, file) in BESIDE.into_iter().zip(self.0) {
            let beside = named(path, end);
            if file.is_some() && FileIdentity::of(&beside).ok() == file {
                std::fs::rename(&beside, named(&beside, ASIDE))?;
            }
        }
        Ok(())
    }

    /// Deletes what was set aside once nothing is left in the log that the old database lacks.
    pub fn clean_up(path: &Path) {
        let [log, index] = BESIDE.map(|end| named(&named(path, end), ASIDE));
        if std::fs::metadata(&log).is_ok_and(|log| log.len() == 0) {
            // Both are of no use to anybody; that they stay does no harm.
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
        assert!(file.still_at(&path).is_ok());
        let how = |result: Result<(), StoreError>| match result {
            Err(StoreError::Displaced { how, .. }) => Some(how),
            _ => None,
        };
        std::fs::write(&path, "").unwrap();
        assert_eq!(how(file.still_at(&path)), Some(Displacement::Emptied));
        std::fs::write(&path, "one").unwrap();
        std::fs::rename(&path, &away).unwrap();
        assert_eq!(how(file.still_at(&path)), Some(Displacement::Missing));
        std::fs::write(&path, "one").unwrap();
        assert_eq!(how(file.still_at(&path)), Some(Displacement::Replaced));
        std::fs::rename(&away, &path).unwrap();
        assert!(file.still_at(&path).is_ok());
    }

    #[test]
    fn the_log_of_a_replaced_database_is_set_aside_and_that_of_the_new_one_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("db");
        let [log, index] = BESIDE.map(|end| named(&path, end));
        std::fs::write(&log, "frames").unwrap();
        std::fs::write(&index, "index").unwrap();
        let old = LogIdentity::beside(&path);
        old.set_aside(&path).unwrap();
        assert_eq!((log.exists(), index.exists()), (false, false));
        LogIdentity::clean_up(&path);
        assert!(named(&log, ASIDE).exists(), "what the old database lacks is kept");
        std::fs::write(named(&log, ASIDE), "").unwrap();
        std::fs::write(&log, "frames of the new one").unwrap();
        old.set_aside(&path).unwrap();
        LogIdentity::clean_up(&path);
        assert_eq!((log.exists(), named(&log, ASIDE).exists(), named(&index, ASIDE).exists()), (true, false, false));
    }
}
