//! The state of a load: problems, names, and the files that values came from.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::command;
use super::file::Environment;
use super::node::{KeyedValue, Table};
use super::other_keys;
use super::report::{FileSpan, Report, wrong};
use super::scalars::{called, name};
use crate::render::DisplayNames;

/// The state of a load.
pub(super) struct LoadContext {
    pub(super) report: Report,
    pub(super) environment: Environment,
    /// The command that reports all problems, as an operator types it.
    pub(super) check: String,
    /// The number of terms read so far.
    pub(super) terms: usize,
    /// The tags of all sources, including sources with other problems.
    pub(super) tags: BTreeSet<String>,
    /// The place of each name, by kind and lower-case name, because file systems may ignore case.
    pub(super) names: BTreeMap<(String, String), (String, FileSpan)>,
    /// The display names of sources and watches.
    pub(super) display: DisplayNames,
    pub(super) touched: BTreeMap<PathBuf, blake3::Hash>,
    /// The credentials that a placeholder replaces.
    pub(super) unread: Vec<String>,
}

impl LoadContext {
    pub(super) fn new(asked: Option<&Path>, environment: &Environment) -> Self {
        Self {
            report: Report::default(),
            environment: environment.clone(),
            check: command::typed("check", asked),
            terms: 0,
            tags: BTreeSet::new(),
            names: BTreeMap::new(),
            display: DisplayNames::default(),
            touched: BTreeMap::new(),
            unread: Vec::new(),
        }
    }

    /// Records a file that a value was read from: a change of it is a change of the configuration.
    pub(super) fn touched(&mut self, path: &Path, bytes: &[u8]) {
        let hash = blake3::hash(bytes);
        self.touched.insert(path.to_owned(), hash);
        self.report.watch_file(path, Some(hash));
    }

    /// Records a file that a value could not be read from: its repair is a change of the configuration.
    pub(super) fn missed(&mut self, path: &Path, error: &std::io::Error) {
        self.report.note(error);
        self.report.watch_file(path, None);
    }

    /// True if systemd hides this file from other users.
    pub(super) fn in_credentials(&self, path: &Path) -> bool {
        let folders = [&self.environment.credentials, &self.environment.unit_credentials];
        folders.into_iter().flatten().any(|folder| path.starts_with(folder))
    }

    /// The name of a source, channel or watch, which must be unique. If it is missing, the report says so, and the rest
    /// is read under an empty name, so that all problems are reported at once.
    pub(super) fn id<'a>(&mut self, table: &Table<'a>, what: &str) -> &'a str {
        if table.get("id").is_none() {
            self.report.error(table.place(), wrong(format!("{what} has no `id`"), "add id = \"…\""));
        }
        let Some(id) = table.read("id", &mut self.report, |value| name(value.text()?)) else { return "" };
        let place = table.get("id").map_or_else(|| table.place(), |value| value.place());
        self.is_new(what, id, place);
        id
    }

    /// True if a source, or a channel, has this name.
    pub(super) fn has_name(&self, what: &str, name: &str) -> bool {
        self.names.get(&(what.to_owned(), name.to_lowercase())).is_some_and(|(id, _)| id == name)
    }

    /// The place of the name of a source or a channel.
    pub(super) fn place(&self, what: &str, name: &str) -> Option<FileSpan> {
        self.names.get(&(what.to_owned(), name.to_lowercase())).map(|(_, place)| place.clone())
    }

    /// The names of all sources, or of all channels.
    pub(super) fn names(&self, what: &str) -> BTreeSet<&str> {
        self.names.iter().filter(|((kind, _), _)| kind == what).map(|(_, (id, _))| id.as_str()).collect()
    }

    /// True if a name is new; a duplicate is a problem.
    pub(super) fn is_new(&mut self, what: &str, id: &str, place: FileSpan) -> bool {
        let key = (what.to_owned(), id.to_lowercase());
        let Some((first, at)) = self.names.get(&key) else {
            self.names.insert(key, (id.to_owned(), place));
            return true;
        };
        if self.report.is_full(false) {
            self.report.error_with(place, || wrong("", ""));
            return false;
        }
        let remedy = format!("rename one of them; the first is at {}", self.report.locate(at));
        let message = if first == id {
            format!("{what} with the id `{}` is configured twice", called(id))
        } else {
            format!("the ids `{}` and `{}` differ only in capitals", called(first), called(id))
        };
        self.report.error(place, wrong(message, remedy));
        false
    }

    /// The one key that selects the kind; keys of other kinds are problems.
    pub(super) fn kind<'a>(
        &mut self,
        table: &Table<'a>,
        what: &str,
        kinds: &[&str],
        own: &[(&str, &str)],
    ) -> Option<KeyedValue<'a>> {
        let mut given = table.values().filter(|value| kinds.contains(&value.key));
        let Some(kind) = given.next() else {
            // An unknown key, which has been reported, is the address under another name.
            if table.values().any(|value| other_keys::is_address(value.key)) {
                return None;
            }
            let remedy = format!("add one of: {}", kinds.join(", "));
            self.report.error(table.place(), wrong(format!("{what} has no address"), remedy));
            return None;
        };
        for second in given {
            let message = format!("{what} cannot have both `{}` and `{}`", kind.key, second.key);
            self.report.error(second.key_place(), wrong(message, "keep one of them, or configure two"));
        }
        for (key, home) in own.iter().filter(|(_, home)| *home != kind.key) {
            if let Some(stray) = table.get(key) {
                let message = format!("`{key}` is for a {home}, but this is a {}", kind.key);
                self.report.error(
                    stray.key_place(),
                    wrong(message, format!("remove it, or write `{home}` instead of `{}`", kind.key)),
                );
            }
        }
        Some(kind)
    }
}
