//! Replaces the database file of a state folder whose lock is held.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sqlx::ConnectOptions;

use super::copy;

/// Writes the log into the database file, and empties it.
pub(super) const CHECKPOINT: &str = "pragma wal_checkpoint(truncate)";

/// Replaces the database at `path` by the file `new` on the same file system. The old database is kept under another
/// name, which is returned; none if there was no file.
///
/// # Errors
/// If the folder cannot be written. At every moment, `path` names the old database or the new one.
pub(super) async fn replace(path: &Path, new: &Path, at: Timestamp) -> io::Result<Option<PathBuf>> {
    let aside = fs::exists(path)?.then(|| free_name(path, at));
    if let Some(aside) = &aside {
        fs::set_permissions(new, fs::metadata(path)?.permissions())?;
        empty_log(path).await;
        // SQLite would apply the log of the old database to the new one.
        for end in ["-wal", "-shm"] {
            rename_if_there(&beside(path, end), &beside(aside, end))?;
        }
        if fs::hard_link(path, aside).is_err() {
            fs::rename(path, aside)?;
        }
    }
    File::open(new)?.sync_all()?;
    fs::rename(new, path)?;
    copy::sync_folder_of(path)?;
    Ok(aside)
}

/// Writes the log of the old database into its file. A damaged database keeps its log.
async fn empty_log(path: &Path) {
    if let Ok(mut connection) = copy::options(path).connect().await {
        sqlx::query(CHECKPOINT).fetch_all(&mut connection).await.ok();
        copy::close(connection).await;
    }
}

fn rename_if_there(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// `marsad.db.replaced-20261121T180503Z`, with a number at its end if there is such a file.
fn free_name(path: &Path, at: Timestamp) -> PathBuf {
    let name = beside(path, &format!(".replaced-{}", at.strftime("%Y%m%dT%H%M%SZ")));
    let numbered = (2..).map(|number| beside(&name, &format!("-{number}")));
    std::iter::once(name.clone()).chain(numbered).find(|name| !name.exists()).unwrap_or(name)
}

/// The path with this at its end.
pub(super) fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
