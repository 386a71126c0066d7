//! Reports of backups, restores and the space that the database uses.

use std::path::PathBuf;

use jiff::Timestamp;

/// What to do with a file that has the name of the backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExistingFile {
    /// Keep it, and fail.
    Keep,
    /// Replace it.
    Replace,
}

/// What a backup holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BackupSummary {
    /// Its size.
    pub(crate) bytes: u64,
    /// Stored items.
    pub(crate) items: u64,
    /// Deliveries in all states.
    pub(crate) deliveries: u64,
    /// Deliveries that are not settled.
    pub(crate) waiting: u64,
    /// Alerts that wait for a digest, once for each recipient.
    pub(crate) gathered: u64,
    /// References to missing rows, which the database has too.
    pub(crate) dangling: u64,
    /// Whether the database could record when it was backed up.
    pub(crate) recorded: bool,
}

/// What was restored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RestoreSummary {
    /// When the backup was made; none if it does not say so.
    pub(crate) made: Option<Timestamp>,
    /// The new epoch.
    pub(crate) epoch: u64,
    /// Stored items.
    pub(crate) items: u64,
    /// Deliveries in all states.
    pub(crate) deliveries: u64,
    /// Deliveries that are not settled; they wait until they are resumed.
    pub(crate) waiting: u64,
    /// Of these, those that were in flight when the backup was made.
    pub(crate) requeued: u64,
    /// Alerts that wait for a digest, once for each recipient.
    pub(crate) gathered: u64,
    /// Where the replaced database is; none if there was none.
    pub(crate) replaced: Option<PathBuf>,
}

/// How much space the database uses, and what is recorded about it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StorageReport {
    /// The size of the database, in bytes.
    pub(crate) bytes: u64,
    /// Of these, those in free pages.
    pub(crate) free: u64,
    /// The size of the write-ahead log, in bytes.
    pub(crate) log: u64,
    /// Whether free pages are returned to the file system.
    pub(crate) shrinks: bool,
    /// When it was backed up last; none if that is not recorded.
    pub(crate) backup_at: Option<Timestamp>,
}
