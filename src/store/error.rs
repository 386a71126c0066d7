//! The errors of the store, with their causes and remedies.

use std::path::PathBuf;
use std::sync::Arc;

use super::fault::StatementFault;

/// The rule for a state folder, appended to errors that need the operator.
const FOLDER_RULE: &str = "; the state folder must exist and be writable by this user";

/// An error of the store.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The state folder or a file in it cannot be used.
    #[error("{path}: {why}{}", if is_outage(.why) { "" } else { FOLDER_RULE })]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system. It is part of the message, so it is not a further cause.
        why: Arc<std::io::Error>,
    },
    /// Another marsad uses the state folder.
    #[error("{0} is locked: another marsad runs on this state folder; stop it first")]
    Locked(PathBuf),
    /// There is no database yet.
    #[error("{0} does not exist: `marsad run` creates it; check state_dir")]
    Missing(PathBuf),
    /// The database is missing or empty, although this state folder had one.
    #[error(
        "{path} {what}, although this state folder had a store: restore a backup to {path}, or start with an empty \
         store: `marsad run --new-store`"
    )]
    Gone {
        /// Where the database should be.
        path: PathBuf,
        /// What is wrong with it, as a predicate.
        what: &'static str,
    },
    /// The path of an open database no longer names its file.
    #[error("{path} {how} while marsad runs")]
    Displaced {
        /// Where the database was opened.
        path: PathBuf,
        /// How it was displaced.
        how: Displacement,
    },
    /// The file is not a sound database.
    #[error(
        "{path} is damaged ({detail}) and was not changed: restore a backup with `marsad restore FILE`, or move it away \
         and start with an empty store: `marsad run --new-store`"
    )]
    Corrupt {
        /// The database.
        path: PathBuf,
        /// SQLite's message.
        detail: String,
    },
    /// A newer marsad wrote the database.
    #[error(
        "{path} was written by a newer marsad (migration {migration}); run that version, or restore a backup with `marsad restore FILE`"
    )]
    Newer {
        /// The database.
        path: PathBuf,
        /// The migration that this version does not know.
        migration: i64,
    },
    /// A backup cannot be written.
    #[error("cannot write the backup {path}: {why}")]
    Backup {
        /// Where it should be.
        path: PathBuf,
        /// The cause, and what to do about it.
        why: String,
    },
    /// A file cannot be restored.
    #[error("cannot restore {path}: {why}; the database of the state folder was not changed")]
    NotRestorable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A statement failed.
    #[error("the store: {0}")]
    Sql(Arc<sqlx::Error>),
    /// A row cannot be read.
    #[error("cannot read {what} in the store: {detail}")]
    Unreadable {
        /// The kind of row.
        what: &'static str,
        /// The cause.
        detail: String,
    },
    /// A write panicked and was rolled back.
    #[error("a write to the store panicked and was rolled back: {0}")]
    Panicked(String),
    /// A write was rolled back because another write in its transaction failed.
    #[error("a write to the store was rolled back together with another that failed")]
    Undone,
    /// The writer has stopped, because the daemon stops.
    #[error("the store is closed")]
    Closed,
}

/// How the file of an open database was displaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Displacement {
    /// It was deleted or moved away.
    Missing,
    /// Another file is at its path.
    Replaced,
    /// It was truncated to zero bytes.
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
    /// True if another process has locked the store.
    #[must_use]
    pub(crate) fn is_locked(&self) -> bool {
        matches!(self, Self::Locked(_)) || self.code().is_some_and(|code| matches!(code & 0xff, 5 | 6))
    }

    /// What the database itself says, without where it was said; the whole message of another error.
    #[must_use]
    pub(crate) fn database_message(&self) -> String {
        match self {
            Self::Sql(error) => {
                error.as_database_error().map_or_else(|| self.to_string(), |said| said.message().to_owned())
            }
            _ => self.to_string(),
        }
    }

    /// True if the database is damaged, gone, or of a newer version.
    #[must_use]
    pub(crate) fn is_corrupt(&self) -> bool {
        matches!(self, Self::Corrupt { .. } | Self::Newer { .. } | Self::Gone { .. } | Self::Displaced { .. })
            || matches!(self, Self::NotRestorable { .. })
            || self.fault() == Some(StatementFault::Damage)
    }

    /// True if the content of the write seems to be at fault: see
    /// [`StatementFault::Content`](super::StatementFault::Content). Anything else counts as a fault of the machine.
    #[must_use]
    pub fn is_content(&self) -> bool {
        matches!(self, Self::Unreadable { .. } | Self::Panicked(_)) || self.fault() == Some(StatementFault::Content)
    }

    /// True if the machine lacks a resource that may come back: disk space, handles, memory, a lock, a permission.
    #[must_use]
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Self::Folder { why, .. } => is_outage(why),
            Self::Locked(_) => false,
            Self::Undone => true,
            _ => self.fault() == Some(StatementFault::Outage),
        }
    }

    /// True if the same write may succeed later.
    ///
    /// ```
    /// use marsad::store::StoreError;
    ///
    /// assert!(StoreError::Undone.is_transient());
    /// assert!(!StoreError::Closed.is_transient());
    /// ```
    #[must_use]
    pub fn is_transient(&self) -> bool {
        let for_good = matches!(self, Self::Missing(_) | Self::Closed | Self::Backup { .. });
        !for_good && !self.is_content() && !self.is_corrupt()
    }

    /// True if a statement found damage in the file.
    pub(super) fn is_damage(&self) -> bool {
        self.fault() == Some(StatementFault::Damage)
    }

    /// True if the cause is unknown.
    pub(super) fn is_unexplained(&self) -> bool {
        self.fault() == Some(StatementFault::Unknown)
    }

    /// True if a statement was interrupted on request.
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

    /// The error for a panic, with its message.
    ///
    /// ```
    /// use marsad::store::StoreError;
    ///
    /// let error = StoreError::panicked(&"index out of bounds");
    /// assert!(error.is_content() && error.to_string().ends_with("index out of bounds"));
    /// ```
    #[must_use]
    pub fn panicked(panic: &(dyn std::any::Any + Send)) -> Self {
        let text =
            panic.downcast_ref::<&str>().map(ToString::to_string).or_else(|| panic.downcast_ref::<String>().cloned());
        Self::Panicked(text.unwrap_or_else(|| "no message".to_owned()))
    }

    /// An error of the operating system, with what the operator can do about it.
    pub(super) fn with_remedy(error: &std::io::Error) -> String {
        match outage_remedy(error) {
            Some(remedy) => remedy.to_owned(),
            None => error.to_string(),
        }
    }

    /// What the operator can do; none if the message already says it or the cause is unknown.
    #[must_use]
    pub(crate) fn remedy(&self) -> Option<&'static str> {
        if let Self::Folder { why, .. } = self {
            return outage_remedy(why);
        }
        if let Self::Displaced { how, .. } = self {
            return Some(match how {
                Displacement::Missing => "move it back; or stop marsad, restore a backup, and start it again",
                Displacement::Emptied => "stop marsad, restore a backup, and start it again",
                Displacement::Replaced => "marsad stops, and the next start opens the new file",
            });
        }
        match self.code()? & 0xff {
            5 | 6 => Some("another process has locked the database: stop it"),
            7 => Some("the machine is out of memory: free some"),
            8 => Some("the folder or its file system is read-only: make it writable"),
            10 => Some("cannot write to the disk: check free space, quota and the file size limit (LimitFSIZE=)"),
            13 => Some("the disk is full: free some space"),
            11 | 26 => Some("stop marsad, run `marsad doctor`, and restore a backup with `marsad restore FILE`"),
            14 => Some("cannot open a file: check the limit of open files (LimitNOFILE=) and the permissions"),
            _ => None,
        }
    }

    /// The error for a row that cannot be read.
    pub(super) fn unreadable(what: &'static str, detail: impl std::fmt::Display) -> Self {
        Self::Unreadable { what, detail: detail.to_string() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        Self::Sql(Arc::new(error))
    }
}

/// What the operator can do about a transient error of the operating system.
fn outage_remedy(error: &std::io::Error) -> Option<&'static str> {
    use rustix::io::Errno;
    match Errno::from_io_error(error)? {
        Errno::ROFS => Some("the file system is read-only: make it writable, or allow the folder in ReadWritePaths="),
        Errno::NOSPC | Errno::DQUOT => Some("the disk is full or the quota is used up: free some space"),
        Errno::MFILE | Errno::NFILE => Some("cannot open a file: raise the limit of open files (LimitNOFILE=)"),
        Errno::FBIG => Some("the file size limit is reached: raise it (LimitFSIZE=)"),
        Errno::NOMEM => Some("the machine is out of memory: free some"),
        Errno::IO | Errno::STALE | Errno::TIMEDOUT => Some("the disk does not answer: check it and its mount"),
        _ => None,
    }
}

/// True for a transient error of the operating system. An error without a number was made by marsad.
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
        let why = Arc::new(std::io::Error::from_raw_os_error(number));
        StoreError::Folder { path: "/var/lib/marsad".into(), why }
    }

    #[test]
    fn a_full_disk_sets_no_item_aside() {
        for error in [sqlx::Error::WorkerCrashed, sqlx::Error::PoolTimedOut, sqlx::Error::RowNotFound] {
            let error = StoreError::from(error);
            assert!(error.is_transient() && !error.is_content(), "{error}");
        }
        assert!(StoreError::Undone.is_transient() && !StoreError::Undone.is_content());
        // ENOSPC, EMFILE and EROFS are transient; EACCES and ENOTDIR need the operator.
        assert_eq!([28, 24, 30, 13, 20].map(|number| folder(number).is_outage()), [true, true, true, false, false]);
    }

    #[test]
    fn an_outage_names_the_missing_resource_and_not_the_folder() {
        for (number, word) in [(30, "read-only"), (28, "free some space"), (24, "LimitNOFILE="), (5, "mount")] {
            let error = folder(number);
            assert!(!error.to_string().contains("must exist"), "{error}");
            assert!(error.remedy().unwrap().contains(word), "{:?}", error.remedy());
        }
        assert!(folder(13).to_string().ends_with("the state folder must exist and be writable by this user"));
        assert_eq!(folder(13).remedy(), None);
    }

    #[test]
    fn content_is_at_fault_only_if_it_is_known_to_be() {
        let encode = StoreError::from(sqlx::Error::Encode("too deep".into()));
        assert!(encode.is_content() && !encode.is_transient());
        assert!(StoreError::Panicked("in a template".to_owned()).is_content());
        assert!(!StoreError::Closed.is_content() && !StoreError::Closed.is_transient());
    }
}
