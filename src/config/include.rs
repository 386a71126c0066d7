//! Finds the files that an `include` pattern matches, within bounds.
//!
//! An operator may write any pattern, even `/**`: the walk counts every folder entry, visits each folder once by its
//! real path, so that a loop of symbolic links ends, and has a time limit.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use glob::{MatchOptions, Pattern};

use super::bounded_read::is_outage;
use crate::clock::{Clock, Stopwatch};

/// The most folder entries that the patterns of one configuration look at. Chosen by hand: twenty times the most files
/// that are read.
const MAX_ENTRIES: usize = 20_000;
/// The longest time that the patterns of one configuration take. Chosen by hand: a local folder of 20,000 entries
/// takes a tenth of a second; a network folder may hang.
const MAX_TIME: Duration = Duration::from_secs(3);
/// The most folders that one pattern adds to those that are watched. Chosen by hand.
const MAX_FOLDERS: usize = 1000;

/// A hidden file is matched only by a pattern that begins with a dot.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// The remaining entries and time for the patterns of one configuration.
#[derive(Debug)]
pub(super) struct IncludeBudget {
    entries: usize,
    time: Stopwatch,
}

/// The files and folders that a pattern matches.
#[derive(Debug, Default)]
pub(super) struct PatternMatches {
    /// The files, in the order of their names.
    pub(super) files: Vec<PathBuf>,
    /// The folders in which a further file may appear.
    pub(super) folders: Vec<PathBuf>,
}

/// Why a pattern has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WalkError {
    /// The pattern is invalid.
    Syntax(&'static str),
    /// It looks at more than [`MAX_ENTRIES`] entries, or for longer than [`MAX_TIME`].
    TooMuch,
    /// The machine cannot read a folder for want of a resource; the number of its error. The files are then unknown.
    Outage(i32),
}

/// One step of a pattern.
enum PatternStep {
    Literal(PathBuf),
    Name(Pattern),
    /// `**`: any number of folders.
    Folders,
}

impl Default for IncludeBudget {
    fn default() -> Self {
        Self { entries: MAX_ENTRIES, time: Clock::system().stopwatch() }
    }
}

impl IncludeBudget {
    fn spend(&mut self) -> Result<(), WalkError> {
        self.entries = self.entries.checked_sub(1).ok_or(WalkError::TooMuch)?;
        if self.time.elapsed() > MAX_TIME { Err(WalkError::TooMuch) } else { Ok(()) }
    }
}

/// True if a pattern names exactly one file.
pub(super) fn is_literal(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '['])
}

/// Finds the files that `pattern` matches; a relative pattern starts from `base`.
pub(super) fn find(base: &Path, pattern: &str, budget: &mut IncludeBudget) -> Result<PatternMatches, WalkError> {
    let steps = steps(pattern)?;
    let mut walk =
        PatternWalk { steps: &steps, seen: BTreeSet::new(), todo: Vec::new(), matches: PatternMatches::default() };
    walk.todo.push((base.to_owned(), 0));
    while let Some((folder, at)) = walk.todo.pop() {
        walk.step(&folder, at, budget)?;
    }
    let mut matches = walk.matches;
    matches.files.sort();
    matches.files.dedup();
    matches.folders.sort();
    matches.folders.dedup();
    matches.folders.truncate(MAX_FOLDERS);
    Ok(matches)
}

fn steps(pattern: &str) -> Result<Vec<PatternStep>, WalkError> {
    let mut steps: Vec<PatternStep> = Vec::new();
    for component in Path::new(pattern).components() {
        let text = component.as_os_str().to_string_lossy();
        let step = match component {
            Component::Normal(_) if text == "**" => PatternStep::Folders,
            Component::Normal(_) if !is_literal(&text) => {
                PatternStep::Name(Pattern::new(&text).map_err(|error| WalkError::Syntax(error.msg))?)
            }
            other => PatternStep::Literal(PathBuf::from(other.as_os_str())),
        };
        match (steps.last_mut(), step) {
            (Some(PatternStep::Folders), PatternStep::Folders) => {}
            (Some(PatternStep::Literal(path)), PatternStep::Literal(more)) => path.push(more),
            (_, step) => steps.push(step),
        }
    }
    Ok(steps)
}

struct PatternWalk<'a> {
    steps: &'a [PatternStep],
    /// The visited folders, by real path and pending step.
    seen: BTreeSet<(PathBuf, usize)>,
    /// The folders to visit, each with its pending step.
    todo: Vec<(PathBuf, usize)>,
    matches: PatternMatches,
}

impl PatternWalk<'_> {
    fn step(&mut self, folder: &Path, at: usize, budget: &mut IncludeBudget) -> Result<(), WalkError> {
        let Some(step) = self.steps.get(at) else { return Ok(()) };
        let last = at + 1 == self.steps.len();
        if let PatternStep::Literal(path) = step {
            self.literal(&folder.join(path), at, last);
            return Ok(());
        }
        if last {
            self.matches.folders.push(folder.to_owned());
        }
        let Ok(real) = fs::canonicalize(folder) else { return Ok(()) };
        if !self.seen.insert((real, at)) {
            return Ok(());
        }
        if let (PatternStep::Folders, false) = (step, last) {
            self.todo.push((folder.to_owned(), at + 1));
        }
        let entries = match fs::read_dir(folder) {
            Err(error) if is_outage(&error) => {
                return Err(WalkError::Outage(error.raw_os_error().unwrap_or_default()));
            }
            entries => entries,
        };
        for entry in entries.into_iter().flatten().flatten() {
            budget.spend()?;
            let name = entry.file_name();
            let Some(text) = name.to_str() else { continue };
            let (matches, below) = match step {
                PatternStep::Name(pattern) => (pattern.matches_with(text, OPTIONS), at + 1),
                _ => (!text.starts_with('.'), at),
            };
            let path = entry.path();
            match fs::metadata(&path) {
                Ok(meta) if matches && meta.is_file() && last => self.matches.files.push(path),
                Ok(meta) if matches && meta.is_dir() && below < self.steps.len() => self.todo.push((path, below)),
                _ => {}
            }
        }
        Ok(())
    }

    fn literal(&mut self, path: &Path, at: usize, last: bool) {
        if !last {
            self.todo.push((path.to_owned(), at + 1));
            return;
        }
        self.matches.folders.extend(path.parent().map(Path::to_owned));
        if path.is_file() {
            self.matches.files.push(path.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    fn found(folder: &tempfile::TempDir, pattern: &str) -> Vec<String> {
        let matches = find(folder.path(), pattern, &mut IncludeBudget::default()).unwrap();
        let name = |path: &PathBuf| path.strip_prefix(folder.path()).unwrap().display().to_string();
        matches.files.iter().map(name).collect()
    }

    #[test]
    fn a_pattern_matches_files_and_folders_but_no_hidden_file() {
        let folder = tree(&["a.toml", "b.txt", ".c.toml", "d/e.toml", "d/f/g.toml", "d/.h/i.toml"]);
        assert_eq!(found(&folder, "*.toml"), ["a.toml"]);
        assert_eq!(found(&folder, "*/*.toml"), ["d/e.toml"]);
        assert_eq!(found(&folder, "**/*.toml"), ["a.toml", "d/e.toml", "d/f/g.toml"]);
        assert_eq!(found(&folder, "d/**"), ["d/e.toml", "d/f/g.toml"]);
        assert_eq!(found(&folder, "d/[ef].toml"), ["d/e.toml"]);
        assert_eq!(found(&folder, "d/../a.toml"), ["d/../a.toml"]);
        assert_eq!(found(&folder, ".*.toml"), [".c.toml"]);
        assert_eq!(
            find(folder.path(), "[", &mut IncludeBudget::default()).unwrap_err(),
            WalkError::Syntax("invalid range pattern")
        );
    }

    #[test]
    fn a_loop_of_links_ends_and_each_folder_is_visited_once() {
        let folder = tree(&["d/a.toml"]);
        symlink("..", folder.path().join("d/up")).unwrap();
        symlink(".", folder.path().join("d/here")).unwrap();
        let mut budget = IncludeBudget::default();
        let matches = find(folder.path(), "**/*.toml", &mut budget).unwrap();
        assert_eq!(matches.files.len(), 1, "{matches:?}");
        assert!(MAX_ENTRIES - budget.entries < 20, "{budget:?}");
    }

    #[test]
    fn a_pattern_over_all_files_is_refused() {
        let folder = tree(&[]);
        assert_eq!(find(folder.path(), "/**", &mut IncludeBudget::default()).unwrap_err(), WalkError::TooMuch);
        assert_eq!(
            find(folder.path(), "/**/no-such-file.toml", &mut IncludeBudget::default()).unwrap_err(),
            WalkError::TooMuch
        );
        assert_eq!(
            find(folder.path(), "/proc/**/x.toml", &mut IncludeBudget::default()).unwrap_err(),
            WalkError::TooMuch
        );
    }
}
