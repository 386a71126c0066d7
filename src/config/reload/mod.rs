//! Notices that the configuration has changed, however its files are replaced.
//!
//! The folders are watched, not the files: an editor renames a new file over the old one, and a cluster swaps a
//! symbolic link beside it. What came is compared by its bytes, so an event too many costs nothing; and because
//! events can be lost (a full queue, a network file system, no watches left) the bytes are compared every 30 s anyway.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc;
use tokio::time::Interval;

use super::Config;

mod change;

pub use change::{Changes, Difference, Reload, apply};

/// How long the files must rest before they are read: an editor writes in several steps.
const REST: Duration = Duration::from_millis(250);
/// How often a folder that never rests is read all the same, in rests.
const IMPATIENCE: usize = 8;
/// How often the bytes are compared although nothing was heard.
const POLL: Duration = Duration::from_secs(30);
/// The most symbolic links that one path goes through, as the kernel counts them.
const MAX_LINKS: usize = 40;

/// Watches the files of a configuration.
#[derive(Debug)]
pub struct Reloader {
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
    /// None where the system gives no watches: then polling alone notices.
    watcher: Option<RecommendedWatcher>,
    watched: BTreeSet<PathBuf>,
    /// The paths whose events count, shared with the watcher's thread.
    names: Arc<Mutex<BTreeSet<PathBuf>>>,
    heard: mpsc::Receiver<()>,
    poll: Interval,
    restless: bool,
    seen: Option<blake3::Hash>,
}

impl Reloader {
    /// Begins to watch; to be called within a runtime. An edit between the reading of the configuration and this
    /// moment is not missed: [`Reloader::changed`] then returns at once.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let (tell, heard) = mpsc::channel(1);
        let names = Arc::new(Mutex::new(BTreeSet::new()));
        let counted = Arc::clone(&names);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if counts(&event, &counted) {
                // A full channel already says what this event would.
                let _ = tell.try_send(());
            }
        });
        let watcher = watcher.map_err(|error| tracing::warn!(%error, "no file events, polling every 30 s")).ok();
        let (files, folders, watched) = (Vec::new(), Vec::new(), BTreeSet::new());
        let poll = tokio::time::interval(POLL);
        let mut reloader = Self { files, folders, watcher, watched, names, heard, poll, restless: false, seen: None };
        reloader.follow(config);
        let now = contents(&reloader.files, &reloader.folders);
        reloader.seen = now.iter().all(|(path, hash)| config.read.get(path) == Some(hash)).then(|| fingerprint(&now));
        reloader
    }

    /// Watches the files of `config` from now on.
    pub fn follow(&mut self, config: &Config) {
        self.files.clone_from(&config.files);
        self.folders.clone_from(&config.folders);
        self.arm();
    }

    /// Returns when a file has other bytes than at the last return, has come or has gone. Can be dropped and called
    /// again at any moment without missing a change.
    pub async fn changed(&mut self) {
        loop {
            if !self.restless {
                tokio::select! {
                    heard = self.heard.recv() => self.restless = heard.is_some(),
                    _ = self.poll.tick() => {}
                }
            }
            if self.restless {
                self.rest().await;
            }
            // Watched anew before they are read: what is written after the reading is heard.
            self.arm();
            let (files, folders) = (self.files.clone(), self.folders.clone());
            let read = tokio::task::spawn_blocking(move || fingerprint(&contents(&files, &folders))).await.ok();
            self.restless = false;
            if read.is_some() && read != self.seen {
                self.seen = read;
                return;
            }
        }
    }

    /// Waits until nothing is heard for a while.
    async fn rest(&mut self) {
        for _ in 0..IMPATIENCE {
            if tokio::time::timeout(REST, self.heard.recv()).await.is_err() {
                return;
            }
        }
    }

    /// Watches every folder through which a file is reached; a link that was swapped leads through others.
    fn arm(&mut self) {
        let mut names: BTreeSet<PathBuf> = self.files.iter().flat_map(|path| steps(path)).collect();
        names.extend(self.folders.iter().flat_map(|path| steps(path)));
        // A folder that is not there is announced by the one above it.
        let missing = self.folders.iter().flat_map(|path| path.ancestors().take_while(|path| !path.is_dir()));
        names.extend(missing.map(Path::to_owned));
        let beside = names.iter().filter_map(|path| path.parent());
        let folders: BTreeSet<PathBuf> =
            beside.chain(self.folders.iter().map(PathBuf::as_path)).map(standing).collect();
        if let Some(watcher) = &mut self.watcher {
            for gone in self.watched.difference(&folders) {
                // A folder that was deleted has lost its watch already.
                let _ = watcher.unwatch(gone);
            }
            // Watching a folder again is how a folder that was deleted and made anew is heard.
            self.watched =
                folders.into_iter().filter(|path| watcher.watch(path, RecursiveMode::NonRecursive).is_ok()).collect();
        }
        *self.names.lock().unwrap_or_else(PoisonError::into_inner) = names;
    }
}

/// Whether an event may mean a change: lost events count, reading does not.
fn counts(event: &notify::Result<Event>, names: &Mutex<BTreeSet<PathBuf>>) -> bool {
    let Ok(event) = event else { return true };
    if event.need_rescan() || event.paths.is_empty() {
        return true;
    }
    let names = names.lock().unwrap_or_else(PoisonError::into_inner);
    let toml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "toml");
    !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(|path| toml(path) || names.contains(path))
}

/// A folder, or the nearest one above it that is there.
fn standing(path: &Path) -> PathBuf {
    path.ancestors().find(|path| path.is_dir()).unwrap_or(Path::new("/")).to_owned()
}

/// Every name that a path is reached through: itself, the symbolic links in it and where they lead.
fn steps(path: &Path) -> Vec<PathBuf> {
    let mut steps = vec![path.to_owned()];
    let mut at = path.to_owned();
    for _ in 0..MAX_LINKS {
        let Some((link, target)) = first_link(&at) else { break };
        let rest = at.strip_prefix(&link).map(Path::to_owned).unwrap_or_default();
        steps.push(link.clone());
        let led = link.parent().unwrap_or(Path::new("/")).join(target);
        at = if rest.as_os_str().is_empty() { led } else { led.join(rest) };
        steps.push(at.clone());
    }
    steps
}

fn first_link(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let mut walked = PathBuf::new();
    for component in path.components() {
        walked.push(component);
        if matches!(component, Component::Normal(_))
            && let Ok(target) = std::fs::read_link(&walked)
        {
            return Some((walked, target));
        }
    }
    None
}

/// A hash of what stands in each of the files and in each `*.toml` of the folders; zero for what cannot be read.
fn contents(files: &[PathBuf], folders: &[PathBuf]) -> BTreeMap<PathBuf, [u8; 32]> {
    let listed = folders.iter().filter_map(|folder| std::fs::read_dir(folder).ok()).flatten().flatten();
    let hidden = |path: &Path| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let toml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "toml") && !hidden(path);
    let paths = files.iter().cloned().chain(listed.map(|entry| entry.path()).filter(toml));
    let read = |path: &Path| path.is_file().then(|| std::fs::read(path).ok()).flatten();
    let hash = |path: &Path| read(path).map_or([0; 32], |bytes| *blake3::hash(&bytes).as_bytes());
    paths.map(|path| (path.clone(), hash(&path))).collect()
}

/// One hash over all of them.
fn fingerprint(contents: &BTreeMap<PathBuf, [u8; 32]>) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    for (path, hash) in contents {
        hasher.update(blake3::hash(path.as_os_str().as_encoded_bytes()).as_bytes());
        hasher.update(hash);
    }
    hasher.finalize()
}
