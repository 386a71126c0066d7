//! What can go wrong with the store.

use std::path::PathBuf;
use std::sync::Arc;

use super::fault::StatementFault;

/// What holds for a state folder; an error that may pass needs no word about it.
const FOLDER_RULE: &str = "; the state folder must exist and be writable by this user";

/// What happened to the store.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The state folder or a file in it cannot be used.
    #[error("{path}: {source}{}", if is_outage(.source) { "" } else { FOLDER_RULE })]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: Arc<std::io::Error>,
    },
    /// Another marsad has the state folder.
    #[error("{0} is locked: another marsad runs on this state folder; stop it first")]
    Locked(PathBuf),
    /// There is no database yet.
    #[error("{0} does not exist: `marsad run` creates it; check state_dir")]
    Missing(PathBuf),
    /// The database is missing or empty, although this state folder has held one.
    #[error(
        "{path} {what}, although this state folder has held a store: restore a backup to {path}, or start anew with \
         `marsad run --new-store`"
    )]
    Gone {
        /// Where the database should be.
        path: PathBuf,
        /// What is wrong with it, as the rest of a sentence.
        what: &'static str,
    },
    /// The path of an open database no longer names its file.
    #[error("{path} {how} while marsad runs")]
    Displaced {
        /// Where the database was opened.
        path: PathBuf,
        /// What became of it.
        how: Displacement,
    },
    /// The file is not a sound database.
    #[error(
        "{path} is damaged ({detail}); it is left as it is: restore a backup, or move it away and start anew with `marsad run --new-store`"
    )]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// What SQLite said.
        detail: String,
    },
    /// A newer marsad has written the database.
    #[error("{path} was written by a newer marsad (migration {migration}); run that version, or restore a backup")]
    Newer {
        /// The database.
        path: PathBuf,
        /// The migration that this program does not know.
        migration: i64,
    },
    /// A statement failed.
    #[error("the store: {0}")]
    Sql(Arc<sqlx::Error>),
    /// A row holds what this program cannot read.
    #[error("the store holds {what} that cannot be read: {detail}")]
    Unreadable {
        /// The kind of row.
        what: &'static str,
        /// Why.
        detail: String,
    },
    /// A write ended in a panic and was undone.
    #[error("a write to the store ended in a panic and was undone: {0}")]
    Panicked(String),
    /// A write was given up before it was tried, because one committed with it broke the transaction.
    #[error("a write to the store was undone together with another that failed")]
    Undone,
    /// The writer has stopped, as it does when the daemon stops.
    #[error("the store is closed")]
    Closed,
}

/// What became of the file of an open database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Displacement {
    /// It was deleted or moved away.
    Missing,
    /// Another file has its place.
    Replaced,
    /// It was cut off to nothing.
    Emptied,
}

impl std::fmt::Display for Displacement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Missing => "was deleted or moved away",
            Self::Replaced => "was replaced by another file",
            Self::Emptied => "was emptied",
        })
    }
}

impl StoreError {
    /// True when another process holds the store.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::Locked(_)) || self.code().is_some_and(|code| matches!(code & 0xff, 5 | 6))
    }

    /// True when the database itself is damaged, gone, or of a version that this program must not touch.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        matches!(self, Self::Corrupt { .. } | Self::Newer { .. } | Self::Gone { .. } | Self::Displaced { .. })
            || self.fault() == Some(StatementFault::Damage)
    }

    /// True when the content of the write is at fault, as far as one failure can tell: see
    /// [`StatementFault::Content`](super::StatementFault::Content). Everything else counts as trouble of the machine.
    #[must_use]
    pub fn is_content(&self) -> bool {
        matches!(self, Self::Unreadable { .. } | Self::Panicked(_)) || self.fault() == Some(StatementFault::Content)
    }

    /// True when the machine lacks something that it may have again: room, handles, memory, a lock, a permission.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Folder { source, .. } => is_outage(source),
            Self::Locked(_) => false,
            Self::Undone => true,
            _ => self.fault() == Some(StatementFault::Outage),
        }
    }

    /// True when the same write may succeed later, with nothing changed in what is written.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        let for_good = matches!(self, Self::Missing(_) | Self::Closed);
        !for_good && !self.is_content() && !self.is_corrupt()
    }

    /// True when a statement has met damage in the file.
    pub(super) fn is_damage(&self) -> bool {
        self.fault() == Some(StatementFault::Damage)
    }

    /// True when nobody knows whose fault it is.
    pub(super) fn is_unexplained(&self) -> bool {
        self.fault() == Some(StatementFault::Unknown)
    }

    /// True when a statement was stopped before its end, as was asked for.
    pub(super) fn is_interrupt(&self) -> bool {
        self.code().is_some_and(|code| code & 0xff == 9)
    }

    fn fault(&self) -> Option<StatementFault> {
        match self {
            Self::Sql(error) => Some(StatementFault::of(error)),
            _ => None,
        }
    }

    /// SQLite's extended result code (sqlite.org/rescode.html).
    pub(super) fn code(&self) -> Option<i32> {
        let Self::Sql(error) = self else { return None };
        error.as_database_error()?.code()?.parse().ok()
    }

    /// What a panic says.
    #[must_use]
    pub fn panicked(panic: &(dyn std::any::Any + Send)) -> Self {
        let text =
            panic.downcast_ref::<&str>().map(ToString::to_string).or_else(|| panic.downcast_ref::<String>().cloned());
        Self::Panicked(text.unwrap_or_else(|| "no message".to_owned()))
    }

    /// What the operator can do about it; none where the message says it, or nobody knows.
    #[must_use]
    pub fn remedy(&self) -> Option<&'static str> {
        if let Self::Folder { source, .. } = self {
            return outage_remedy(source);
        }
        if let Self::Displaced { how, .. } = self {
            return Some(match how {
                Displacement::Missing => "move it back; or stop marsad, restore a backup, and start it again",
                Displacement::Emptied => "stop marsad, restore a backup, and start it again",
                Displacement::Replaced => "marsad ends, and the next start opens the new file",
            });
        }
        match self.code()? & 0xff {
            5 | 6 => Some("another process holds a lock on the database: end it"),
            7 => Some("the machine has no memory left: free some"),
            8 => Some("the folder or its file system is read-only: make it writable"),
            10 => Some("the disk cannot be written: check its room, quota and file size limit (LimitFSIZE=)"),
            13 => Some("the disk is full: make room"),
            11 | 26 => Some("stop marsad, run `marsad doctor`, and restore a backup"),
            14 => Some("no file can be opened: check the limit of open files (LimitNOFILE=) and the permissions"),
            _ => None,
        }
    }

    /// A row that cannot be read, and why.
    pub(super) fn unreadable(what: &'static str, detail: impl std::fmt::Display) -> Self {
        Self::Unreadable { what, detail: detail.to_string() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(Arc::new(error))
    }
}

/// What the operator can do about an error of the system that may pass.
fn outage_remedy(error: &std::io::Error) -> Option<&'static str> {
    use rustix::io::Errno;
    match Errno::from_io_error(error)? {
        Errno::ROFS => Some("the file system is read-only: make it writable, or allow the folder in ReadWritePaths="),
        Errno::NOSPC | Errno::DQUOT => Some("the disk is full, or the quota used up: make room"),
        Errno::MFILE | Errno::NFILE => Some("no file can be opened: raise the limit of open files (LimitNOFILE=)"),
        Errno::FBIG => Some("the limit on file size is reached: raise it (LimitFSIZE=)"),
        Errno::NOMEM => Some("the machine has no memory left: free some"),
        Errno::IO | Errno::STALE | Errno::TIMEDOUT => Some("the disk does not answer: check it and its mount"),
        _ => None,
    }
}

/// True for an error of the system that may pass. Without a number it is one that marsad has made itself.
pub(super) fn is_outage(error: &std::io::Error) -> bool {
    use rustix::io::Errno;
    const PASSING: [Errno; 12] = [
        Errno::INTR,
        Errno::IO,
        Errno::AGAIN,
        Errno::NOMEM,
        Errno::NFILE,
        Errno::MFILE,
        Errno::FBIG,
        Errno::NOSPC,
        Errno::DQUOT,
        Errno::ROFS,
        Errno::STALE,
        Errno::TIMEDOUT,
    ];
    error.raw_os_error().is_some_and(|number| PASSING.iter().any(|errno| errno.raw_os_error() == number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(number: i32) -> StoreError {
        StoreError::Folder {
            path: "/var/lib/marsad".into(),
            source: Arc::new(std::io::Error::from_raw_os_error(number)),
        }
    }

    #[test]
    fn a_full_disk_is_no_poison_item() {
        for error in [sqlx::Error::WorkerCrashed, sqlx::Error::PoolTimedOut, sqlx::Error::RowNotFound] {
            let error = StoreError::from(error);
            assert!(error.is_transient() && !error.is_content(), "{error}");
        }
        assert!(StoreError::Undone.is_transient() && !StoreError::Undone.is_content());
        // ENOSPC, EMFILE, EROFS pass; EACCES and ENOTDIR need the operator.
        assert_eq!([28, 24, 30, 13, 20].map(|number| folder(number).is_outage()), [true, true, true, false, false]);
    }

    #[test]
    fn trouble_of_the_machine_names_the_machine_and_not_the_folder() {
        for (number, word) in [(30, "read-only"), (28, "make room"), (24, "LimitNOFILE="), (5, "mount")] {
            let error = folder(number);
            assert!(!error.to_string().contains("must exist"), "{error}");
            assert!(error.remedy().unwrap().contains(word), "{:?}", error.remedy());
        }
        assert!(folder(13).to_string().ends_with("the state folder must exist and be writable by this user"));
        assert_eq!(folder(13).remedy(), None);
    }

    #[test]
    fn content_is_at_fault_only_where_it_is_known_to_be() {
        let encode = StoreError::from(sqlx::Error::Encode("too deep".into()));
        assert!(encode.is_content() && !encode.is_transient());
        assert!(StoreError::Panicked("in a template".to_owned()).is_content());
        assert!(!StoreError::Closed.is_content() && !StoreError::Closed.is_transient());
    }
}
