//! Notices that the configuration has changed, however its files are replaced, and waits until they are whole.
//!
//! The folders are watched, not the files: an editor renames a new file over the old one, and a cluster swaps a
//! symbolic link beside it. What came is compared by its bytes, so an event too many costs nothing; and because
//! events can be lost (a full queue, a network file system, no watches left) the bytes are compared every 30 s anyway.
//!
//! The first half of a file is often a valid configuration, so a file is read only once it is at rest: shortly after
//! it was renamed into place, a while after it was closed, a longer while after the last write of a writer that keeps
//! it open. Every change begins the wait anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::Interval;

use super::Config;
use super::file::Environment;
use super::report::Report;
use crate::clock::{Clock, Stopwatch};

mod change;
mod events;
mod files;
mod loader;
mod symlinks;

pub use change::apply;
pub(crate) use change::{ConfigChanges, Reload};
pub(crate) use loader::Loader;

use events::FileEvents;
use files::{FileStamp, contents, fingerprint, stamps};
use symlinks::{resolved, standing, steps};

/// The rest after a file was renamed into place: an editor works in several steps. Chosen by hand.
const AFTER_RENAME: Duration = Duration::from_millis(250);
/// The rest after a file was written in place and closed, or deleted: a script may append line by line. Chosen by
/// hand; an edit is applied within two seconds.
const AFTER_CLOSE: Duration = Duration::from_secs(1);
/// The rest where nobody says whether the file was closed. Chosen by hand.
const UNHEARD: Duration = Duration::from_secs(2);
/// The rest after the last write to a file that is still open for writing. Chosen by hand: a copy over a slow network
/// pauses for seconds.
const STILL_OPEN: Duration = Duration::from_secs(10);
/// How long files may change before it is reported. Chosen by hand.
const REPORT_AFTER: Duration = Duration::from_secs(30);
/// How often files that are not at rest are looked at.
const LOOK: Duration = Duration::from_millis(100);
/// How often the bytes are compared although nothing was heard.
const POLL: Duration = Duration::from_secs(30);

/// The pause before files are read once more that the machine could not read. Chosen by hand, as for a start.
const AGAIN: Duration = Duration::from_secs(5);

/// The least time between two readings that were asked for: a flood of signals is answered as one. Chosen by hand.
const BETWEEN_ANSWERS: Duration = Duration::from_millis(500);

/// What [`Reloader::changed`] has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReloadNotice {
    /// The files are to be read: they have changed and are at rest, or somebody asked.
    Read,
    /// This file has been changing for `REPORT_AFTER`; it is read when it is at rest.
    StillChanging(PathBuf),
}

/// Watches the files of a configuration.
#[derive(Debug)]
pub(crate) struct Reloader {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
    /// None where the system gives no watches: then polling alone notices.
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
    loader: Loader,
    ear: FileEvents,
    heard: mpsc::Receiver<()>,
    poll: Interval,
    /// Somebody wants the files read, whether they have changed or not.
    asked: bool,
    /// Since the last reading that was asked for.
    answered: Option<Stopwatch>,
    /// Since when the files wait to be read once more, because the machine could not do what a reading takes.
    again: Option<Stopwatch>,
    unrest: Option<UnsettledFiles>,
    seen: Option<blake3::Hash>,
    stamps: BTreeMap<PathBuf, Option<FileStamp>>,
}

/// Files that are not at rest.
#[derive(Debug)]
struct UnsettledFiles {
    began: Stopwatch,
    /// Since the last change.
    quiet: Stopwatch,
    /// No event said what happens.
    unheard: bool,
    last: Option<PathBuf>,
    reported: bool,
}

impl UnsettledFiles {
    fn new(unheard: bool) -> Self {
        let now = Clock::system().stopwatch();
        Self { began: now, quiet: now, unheard, last: None, reported: false }
    }

    fn moved(&mut self) {
        self.quiet = Clock::system().stopwatch();
    }
}

impl Reloader {
    /// Begins to watch; to be called within a runtime. An edit between the reading of the configuration and this
    /// moment is not missed: [`Reloader::changed`] then returns once the files are at rest.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let (notify_reload, heard) = mpsc::channel(1);
        let ear = FileEvents::default();
        let hearing = ear.clone();
        let watcher =
            notify::recommended_watcher(move |event: notify::Result<Event>| hearing.hear(&event, &notify_reload));
        let watcher = watcher
            .map_err(
                |error| tracing::warn!(%error, "cannot watch the configuration files; marsad reads them every 30 s"),
            )
            .ok();
        let mut reloader = Self {
            files: Vec::new(),
            folders: Vec::new(),
            watcher,
            watched: BTreeSet::new(),
            loader: Loader::default(),
            ear,
            heard,
            poll: tokio::time::interval(POLL),
            asked: false,
            answered: None,
            again: None,
            unrest: None,
            seen: None,
            stamps: BTreeMap::new(),
        };
        reloader.follow(config);
        reloader
    }

    /// Reads by this loader from now on: the one that has read the configuration at the start.
    #[must_use]
    pub(crate) fn with_loader(self, loader: Loader) -> Self {
        Self { loader, ..self }
    }

    /// Watches the files of `config` from now on.
    pub fn follow(&mut self, config: &Config) {
        self.watch(config.files.clone(), config.folders.clone(), |path, hash| config.read.get(path) == Some(hash));
    }

    /// Watches the files of `running` and those that a rejected configuration names, also the missing ones: the repair
    /// of any of them is noticed.
    pub(crate) fn follow_rejected(&mut self, running: &Config, rejected: &Report) {
        let mut files = running.files.clone();
        files.extend(rejected.files().keys().filter(|path| !running.files.contains(path)).cloned());
        let mut folders = running.folders.clone();
        folders.extend(rejected.folders().iter().filter(|path| !running.folders.contains(path)).cloned());
        self.watch(files, folders, |path, hash| rejected.files().get(path).is_none_or(|read| read == hash));
    }

    /// Watches these files and folders; a file that `is_as_read` does not know by its path and hash has changed.
    fn watch(&mut self, files: Vec<PathBuf>, folders: Vec<PathBuf>, is_as_read: impl Fn(&PathBuf, &[u8; 32]) -> bool) {
        (self.files, self.folders) = (files, folders);
        self.arm();
        self.stamps = stamps(&self.files, &self.folders);
        let now = contents(&self.files, &self.folders);
        let same = now.iter().all(|(path, hash)| is_as_read(path, hash));
        self.seen = same.then(|| fingerprint(&now));
        if !same && self.unrest.is_none() {
            self.unrest = Some(UnsettledFiles::new(true));
        }
    }

    /// Wants the files to be read although they may not have changed, as soon as they are at rest.
    pub(crate) fn ask(&mut self) {
        self.asked = true;
    }

    /// Wants the files to be read once more after a pause, as when the machine could not read them.
    pub(crate) fn ask_again(&mut self) {
        self.again = Some(Clock::system().stopwatch());
    }

    /// Returns when a file has other bytes than at the last return, has come or has gone, and no file is being
    /// written; or when the files were asked for and no file is being written. Can be dropped and called again at any
    /// moment without missing a change.
    pub(crate) async fn changed(&mut self) -> ReloadNotice {
        loop {
            if self.unrest.is_none() && !self.asked {
                tokio::select! {
                    Some(()) = self.heard.recv() => self.unrest = Some(UnsettledFiles::new(false)),
                    _ = self.poll.tick() => {
                        if self.read().await == self.seen { continue }
                        self.unrest = Some(UnsettledFiles::new(true));
                    }
                    () = paused(self.again) => self.asked = true,
                }
            }
            if self.asked {
                self.await_next_answer().await;
            }
            if let Some(path) = self.rest().await {
                // Its end is news, whatever stands in the files then.
                self.asked = true;
                return ReloadNotice::StillChanging(path);
            }
            // Watched anew before they are read: what is written after the reading is heard.
            self.arm();
            self.ear.forget();
            self.stamps = stamps(&self.files, &self.folders);
            let read = self.read().await;
            self.unrest = None;
            self.again = None;
            let asked = std::mem::take(&mut self.asked);
            if asked {
                self.answered = Some(Clock::system().stopwatch());
            }
            if read.is_some() && (asked || read != self.seen) {
                self.seen = read;
                return ReloadNotice::Read;
            }
        }
    }

    async fn await_next_answer(&self) {
        let left = self.answered.and_then(|answered| BETWEEN_ANSWERS.checked_sub(answered.elapsed()));
        tokio::time::sleep(left.unwrap_or_default()).await;
    }

    /// Reads the configuration; none where its files were written to meanwhile: [`Reloader::changed`] then returns
    /// once more.
    pub(crate) async fn load(&mut self, asked: Option<&Path>) -> Option<Result<Config, Report>> {
        let loaded = self.loader.load(asked).await?;
        if stamps(&self.files, &self.folders) == self.stamps {
            return Some(loaded);
        }
        self.asked = true;
        self.unrest = Some(UnsettledFiles::new(false));
        None
    }

    async fn read(&self) -> Option<blake3::Hash> {
        let (files, folders) = (self.files.clone(), self.folders.clone());
        tokio::task::spawn_blocking(move || fingerprint(&contents(&files, &folders))).await.ok()
    }

    /// Waits until the files are at rest; answers with the file that keeps changing, once, when it takes long.
    async fn rest(&mut self) -> Option<PathBuf> {
        while let Some(left) = self.left() {
            let unrest = self.unrest.as_mut()?;
            if unrest.began.elapsed() > REPORT_AFTER && !std::mem::replace(&mut unrest.reported, true) {
                return self.ear.writing().or_else(|| self.unrest.as_ref()?.last.clone());
            }
            if let Ok(Some(())) = tokio::time::timeout(left.min(LOOK), self.heard.recv()).await
                && let Some(unrest) = &mut self.unrest
            {
                unrest.moved();
            }
        }
        None
    }

    /// How long the files must rest until they may be read; none when they may be read now.
    fn left(&mut self) -> Option<Duration> {
        self.look();
        let unrest = self.unrest.as_ref()?;
        let rest = match (self.ear.writing(), self.ear.in_place()) {
            (Some(_), _) => STILL_OPEN,
            _ if unrest.unheard || self.watcher.is_none() => UNHEARD,
            (None, true) => AFTER_CLOSE,
            (None, false) => AFTER_RENAME,
        };
        rest.checked_sub(unrest.quiet.elapsed()).filter(|left| !left.is_zero())
    }

    /// Looks whether a file has moved since the last look.
    fn look(&mut self) {
        let now = stamps(&self.files, &self.folders);
        let writing = self.ear.writing().is_some();
        let moved = now.iter().find(|(path, stamp)| self.stamps.get(*path) != Some(*stamp));
        let moved = moved.map(|(path, _)| path.clone());
        if moved.is_none() && !writing && now.len() == self.stamps.len() {
            return;
        }
        let unrest = self.unrest.get_or_insert_with(|| UnsettledFiles::new(false));
        self.stamps = now;
        let Some(path) = moved else { return };
        unrest.moved();
        // In a folder that was made just now nothing is heard yet.
        let watched = resolved(&path).parent().is_some_and(|folder| self.watched.contains(folder));
        unrest.unheard |= !watched;
        unrest.last = Some(path);
        if !watched {
            self.arm();
        }
    }

    /// Watches every folder through which a file is reached; a link that was swapped leads through others.
    fn arm(&mut self) {
        let mut names: BTreeSet<PathBuf> = self.files.iter().flat_map(|path| steps(path)).collect();
        names.extend(self.folders.iter().flat_map(|path| steps(path)));
        // A folder that is not there is announced by the one above it.
        let above = self.files.iter().filter_map(|path| path.parent());
        let all = self.folders.iter().map(PathBuf::as_path).chain(above);
        let missing = all.flat_map(|path| path.ancestors().take_while(|path| !path.is_dir()));
        names.extend(missing.map(Path::to_owned));
        let beside = names.iter().filter_map(|path| path.parent());
        let folders = beside.chain(self.folders.iter().map(PathBuf::as_path)).map(standing);
        let folders: BTreeSet<PathBuf> = folders.map(|path| path.canonicalize().unwrap_or(path)).collect();
        if let Some(watcher) = &mut self.watcher {
            for gone in self.watched.difference(&folders) {
                // A folder that was deleted has lost its watch already.
                let _ = watcher.unwatch(gone);
            }
            // Watching a folder again is how a folder that was deleted and made anew is heard.
            self.watched =
                folders.into_iter().filter(|path| watcher.watch(path, RecursiveMode::NonRecursive).is_ok()).collect();
        }
        let listed = self.folders.iter().map(|path| path.canonicalize().unwrap_or_else(|_| resolved(path)));
        self.ear.listen_to(names.iter().map(|path| resolved(path)).collect(), listed.collect());
    }
}

/// The pause before the files are read once more.
async fn paused(since: Option<Stopwatch>) {
    match since {
        Some(since) => tokio::time::sleep(AGAIN.saturating_sub(since.elapsed())).await,
        None => std::future::pending().await,
    }
}

/// Whether a file of a configuration was written to within the last moment, so that its writer may not be done: to be
/// asked at a start, which has heard nothing.
#[must_use]
pub(crate) fn is_fresh(asked: Option<&Path>, loaded: &Result<Config, Report>, clock: &Clock) -> bool {
    let first = [Environment::of_process().first_file(asked)];
    let (files, folders) = loaded.as_ref().map_or((&first[..], &[][..]), |config| (&config.files, &config.folders));
    let now = i128::from(clock.now().as_microsecond()) * 1000;
    let rest = i128::try_from(AFTER_CLOSE.as_nanos()).unwrap_or_default();
    stamps(files, folders).values().flatten().any(|(_, written, ..)| (0..rest).contains(&(now - written)))
}
