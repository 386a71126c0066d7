//! Restores the database of the state folder from a backup.
//!
//! The backup is copied into the state folder, checked and migrated there, and then replaces the database, which is
//! kept under another name. Until the last step, nothing has changed.

use std::fs::File;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sqlx::migrate::MigrateError;
use sqlx::{ConnectOptions, SqliteConnection};

use super::epoch::{self, EpochRecord};
use super::{backup, copy, open, swap};
use crate::deliver::retry;
use crate::store::{BackupSummary, RestoreSummary, StoreError, migrate};

/// How many of the tables of every version of marsad a file has.
pub(super) const OURS: &str = "
    select count(*) from sqlite_schema where type = 'table' and name in ('meta', 'delivery', '_sqlx_migrations')";

/// Deliveries whose outcome the backup does not know are sent again, not sooner than a retry may follow.
pub(super) const REQUEUE_ALL: &str = "
    update delivery set state = 'pending', next_attempt_at = max(coalesce(next_attempt_at, ?1), ?1)
    where state = 'inflight'";

/// Lets every delivery wait until the operator resumes them.
pub(super) const PAUSE: &str = "
    insert into meta (key, value) values ('deliveries_paused', ?1)
    on conflict (key) do update set value = excluded.value";

pub(super) const MADE: &str = "select value from meta where key = 'backup_at'";

/// A backup that is open for reading. It is opened before root switches to the owner of the state folder.
#[derive(Debug)]
pub(crate) struct BackupFile {
    path: PathBuf,
    file: File,
    /// The write-ahead log next to it: it was copied from a running database.
    log: Option<File>,
}

impl BackupFile {
    /// Opens the backup at `path`.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(Self { path: path.to_owned(), file, log: File::open(swap::beside(path, "-wal")).ok() })
    }
}

/// Replaces the database of the state folder by a backup, raises the epoch, and pauses the deliveries with this reason.
///
/// # Errors
/// If a daemon runs, the file cannot be restored, or the state folder cannot be written.
pub(crate) async fn restore(
    state_dir: &Path,
    mut backup: BackupFile,
    reason: &str,
    at: Timestamp,
) -> Result<RestoreSummary, StoreError> {
    open::create_folder(state_dir)?;
    let _lock = open::lock(state_dir)?;
    let in_folder = |source| StoreError::folder(state_dir, source);
    let folder = tempfile::Builder::new().prefix(".marsad-restore-").tempdir_in(state_dir).map_err(in_folder)?;
    let copied = folder.path().join(open::FILE);
    write_copy(&mut backup, &copied).map_err(in_folder)?;
    let made = upgraded(&copied, &backup.path).await?;
    let current = state_dir.join(open::FILE);
    let epoch = later_epoch(state_dir, &current, &copied).await?;
    let summary = prepare(&copied, epoch, reason, at).await?;
    let replaced = swap::replace(&current, &copied, at).await.map_err(in_folder)?;
    Ok(RestoreSummary { made, epoch, replaced, ..summary })
}

fn write_copy(backup: &mut BackupFile, copied: &Path) -> io::Result<()> {
    let create = |path: &Path| File::options().create_new(true).write(true).mode(open::FILE_MODE).open(path);
    io::copy(&mut backup.file, &mut create(copied)?)?;
    if let Some(log) = &mut backup.log {
        io::copy(log, &mut create(&swap::beside(copied, "-wal"))?)?;
    }
    Ok(())
}

/// Checks the copy of a backup and migrates it. Returns when the backup was made, if it says so.
async fn upgraded(copied: &Path, named: &Path) -> Result<Option<Timestamp>, StoreError> {
    let refused = |why: String| StoreError::NotRestorable { path: named.to_owned(), why };
    let unreadable = |error: StoreError| match error.is_corrupt() {
        true => refused(format!("it is damaged or not a database ({error})")),
        false => error,
    };
    let mut connection = connect(copied).await.map_err(unreadable)?;
    let ours: Result<i64, _> = sqlx::query_scalar(OURS).fetch_one(&mut connection).await;
    if ours.map_err(StoreError::from).map_err(unreadable)? != 3 {
        return Err(refused("it is not a database of marsad".to_owned()));
    }
    match copy::verify(&mut connection, named).await {
        Err(StoreError::Corrupt { detail, .. }) => return Err(refused(format!("it is damaged ({detail})"))),
        other => other.map_err(unreadable)?,
    };
    match migrate::sqlite().run(&mut connection).await {
        Ok(()) => {}
        Err(MigrateError::VersionMissing(number) | MigrateError::VersionTooNew(number, _)) => {
            let why = format!("a newer marsad wrote it (migration {number}); install that version to restore it");
            return Err(refused(why));
        }
        Err(MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) => {
            return Err(unreadable(error.into()));
        }
        Err(error) => return Err(refused(format!("its tables are those of another program ({error})"))),
    }
    let made: Option<String> = sqlx::query_scalar(MADE).fetch_optional(&mut connection).await?;
    copy::close(connection).await;
    Ok(made.and_then(|micros| Timestamp::from_microsecond(micros.parse().ok()?).ok()))
}

/// Opens the copy. It needs no log of its own, so that it can be renamed as one file.
async fn connect(copied: &Path) -> Result<SqliteConnection, StoreError> {
    let options = copy::options(copied).pragma("journal_mode", "delete").pragma("synchronous", "full");
    Ok(options.foreign_keys(true).connect().await?)
}

/// An epoch above that of the backup, and of every database that the state folder had.
async fn later_epoch(state_dir: &Path, current: &Path, copied: &Path) -> Result<u64, StoreError> {
    let mut connection = connect(copied).await?;
    let mut epoch = epoch::stored(&mut connection).await?;
    copy::close(connection).await;
    if let EpochRecord::Epoch(recorded) = EpochRecord::of(state_dir) {
        epoch = epoch.max(recorded);
    }
    // A damaged database is often the reason for a restore.
    if let Ok(mut connection) = copy::open_for_reading(current, false).await {
        epoch = epoch.max(epoch::stored(&mut connection).await.unwrap_or(0));
        copy::close(connection).await;
    }
    Ok(epoch + 1)
}

/// Raises the epoch of the copy, requeues what was in flight, and pauses the deliveries, in one transaction.
async fn prepare(copied: &Path, epoch: u64, reason: &str, at: Timestamp) -> Result<RestoreSummary, StoreError> {
    use sqlx::Connection;
    let mut connection = connect(copied).await?;
    let mut transaction = connection.begin().await?;
    sqlx::query(epoch::EPOCH_RISES).bind(epoch.to_string()).execute(&mut *transaction).await?;
    let due = retry::soonest(at).as_microsecond();
    let requeued = sqlx::query(REQUEUE_ALL).bind(due).execute(&mut *transaction).await?.rows_affected();
    sqlx::query(PAUSE).bind(reason).execute(&mut *transaction).await?;
    transaction.commit().await?;
    let BackupSummary { items, deliveries, waiting, gathered, .. } = backup::holds(&mut connection).await?;
    copy::close(connection).await;
    Ok(RestoreSummary { items, deliveries, waiting, gathered, requeued, ..RestoreSummary::default() })
}
