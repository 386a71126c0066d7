//! Switches root to the owner of the state folder before a command writes files.
//!
//! A file that root creates there (SQLite's `-wal` and `-shm` among them) would lock the daemon out of its own store.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::Context;
use rustix::process::{Gid, Uid, geteuid};
use rustix::thread::{set_thread_gid, set_thread_groups, set_thread_uid};

/// Drops root's rights for those of the owner of the state folder, if root runs the command and the folder belongs to
/// another user.
///
/// Linux keeps these rights per thread. This is called while the process has one thread, and later threads inherit its
/// rights.
///
/// # Errors
/// If the kernel refuses, or more than one thread is running already.
pub(crate) fn become_owner(state_dir: &Path) -> anyhow::Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    let Ok(folder) = fs::metadata(state_dir) else { return Ok(()) };
    if folder.uid() == 0 {
        return Ok(());
    }
    let refused = || {
        format!("root cannot become the owner of {} here; run the command as that user: sudo -u", state_dir.display())
    };
    let threads = fs::read_dir("/proc/self/task").with_context(refused)?.count();
    anyhow::ensure!(threads == 1, refused());
    let (user, group) = (Uid::from_raw(folder.uid()), Gid::from_raw(folder.gid()));
    set_thread_groups(&[group]).with_context(refused)?;
    set_thread_gid(group).with_context(refused)?;
    set_thread_uid(user).with_context(refused)
}

/// True if a daemon holds the state folder.
#[must_use]
pub(crate) fn daemon_runs(state_dir: &Path) -> bool {
    let Ok(lock) = fs::File::open(state_dir.join("marsad.lock")) else { return false };
    matches!(lock.try_lock_shared(), Err(fs::TryLockError::WouldBlock))
}
