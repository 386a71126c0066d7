//! What can go wrong with the store.

use std::path::PathBuf;
use std::sync::Arc;

/// What happened to the store.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The state folder or a file in it cannot be used.
    #[error("{path}: {source}; the state folder must exist and be writable by this user")]
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
    #[error("{0} does not exist: `marsad run` makes it; is state_dir right?")]
    Missing(PathBuf),
    /// The file is not a sound database.
    #[error("{path} is damaged ({detail}); it is left as it is: restore a backup, or move it away to start anew")]
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

impl StoreError {
    /// True when another process holds the store.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        matches!(self, Self::Locked(_)) || self.code().is_some_and(|code| matches!(code & 0xff, 5 | 6))
    }

    /// True when the database itself is damaged, or of a version that this program must not touch.
    #[must_use]
    pub fn is_corrupt(&self) -> bool {
        matches!(self, Self::Corrupt { .. } | Self::Newer { .. })
            || self.code().is_some_and(|code| matches!(code & 0xff, 11 | 26))
    }

    /// True when the same write may succeed later: a lock, a full disk, an error of the medium.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.is_locked()
            || matches!(self, Self::Undone)
            || self.code().is_some_and(|code| matches!(code & 0xff, 10 | 13))
    }

    /// SQLite's extended result code (sqlite.org/rescode.html).
    fn code(&self) -> Option<i32> {
        let Self::Sql(error) = self else { return None };
        error.as_database_error()?.code()?.parse().ok()
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
