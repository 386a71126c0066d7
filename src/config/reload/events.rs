//! Collects what the system says about the files of a configuration.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind};
use tokio::sync::mpsc;

/// What was heard, shared with the watcher's thread.
#[derive(Clone, Debug, Default)]
pub(super) struct FileEvents(Arc<Mutex<PendingEvents>>);

/// What was heard since the files were read last.
#[derive(Clone, Debug, Default)]
struct PendingEvents {
    /// The paths whose events count.
    names: BTreeSet<PathBuf>,
    /// The folders in which every `*.toml` counts.
    folders: BTreeSet<PathBuf>,
    /// The files that were written to and are not closed yet.
    writing: BTreeSet<PathBuf>,
    /// Whether a file was written in place, or is gone: its writer may not be done.
    in_place: bool,
}

impl FileEvents {
    fn with<T>(&self, what: impl FnOnce(&mut PendingEvents) -> T) -> T {
        what(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Listens to these names, and to every `*.toml` of these folders.
    pub(super) fn listen_to(&self, names: BTreeSet<PathBuf>, folders: BTreeSet<PathBuf>) {
        self.with(|heard| (heard.names, heard.folders) = (names, folders));
    }

    /// A file that is being written, as far as is known.
    pub(super) fn writing(&self) -> Option<PathBuf> {
        self.with(|heard| heard.writing.first().cloned())
    }

    /// Whether a file was written in place since the last [`FileEvents::forget`].
    pub(super) fn in_place(&self) -> bool {
        self.with(|heard| heard.in_place)
    }

    /// Begins anew, when the files have been read. A file that is still open stays known as such.
    pub(super) fn forget(&self) {
        self.with(|heard| heard.in_place = false);
    }

    /// Takes an event up, and passes on that there was one that counts.
    pub(super) fn hear(&self, event: &notify::Result<Event>, notify_reload: &mpsc::Sender<()>) {
        if self.with(|heard| heard.counts(event)) {
            // A full channel already says what this event would.
            let _ = notify_reload.try_send(());
        }
    }
}

impl PendingEvents {
    /// Whether an event may mean a change: lost events do, a reader does not.
    fn counts(&mut self, event: &notify::Result<Event>) -> bool {
        let Ok(event) = event else { return true };
        if event.need_rescan() || event.paths.is_empty() {
            // Who closed a file meanwhile is not known.
            self.writing.clear();
            self.in_place = true;
            return true;
        }
        let paths: Vec<&PathBuf> = event.paths.iter().filter(|path| self.is_ours(path)).collect();
        let paths: Vec<PathBuf> = paths.into_iter().cloned().collect();
        match event.kind {
            EventKind::Access(AccessKind::Close(AccessMode::Write)) => {
                // A file that was only opened for writing is closed without a change.
                self.in_place |= paths.iter().filter(|path| self.writing.remove(*path)).count() > 0;
            }
            EventKind::Access(_) => return false,
            EventKind::Modify(ModifyKind::Data(_)) => {
                self.in_place |= !paths.is_empty();
                self.writing.extend(paths.iter().cloned());
            }
            EventKind::Modify(ModifyKind::Name(_)) => self.writing.retain(|path| !paths.contains(path)),
            EventKind::Remove(_) => {
                self.in_place |= !paths.is_empty();
                self.writing.retain(|path| !paths.contains(path));
            }
            _ => {}
        }
        !paths.is_empty()
    }

    fn is_ours(&self, path: &Path) -> bool {
        let listed = path.parent().is_some_and(|parent| self.folders.contains(parent));
        self.names.contains(path) || listed && path.extension().is_some_and(|extension| extension == "toml")
    }
}
