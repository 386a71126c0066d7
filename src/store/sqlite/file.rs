//! The identity of the database's file: whether the path still names the file that is open.

use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

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
}
