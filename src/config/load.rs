//! From the files to a [`Config`]: reads everything, checks what refers to what, and reports all problems at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::file::{self, Files, Surroundings};
use super::node::{Table, Value};
use super::refer::{self, Named};
use super::report::{Place, Report, wrong};
use super::value::name;
use super::{Config, Health, channel, concept, keys, last_good, settings, source, watch};
use crate::channel::{Channel, ChannelId, ChannelKind};
use crate::source::Source;
use crate::watch::compile::Watches;
use crate::watch::{Concept, Owner, Problem, Watch};

/// The most terms of all watches and concepts together.
const MAX_TERMS: usize = 100_000;

/// What is known while a configuration is being read.
pub(super) struct Loading {
    pub(super) report: Report,
    pub(super) around: Surroundings,
    /// How many terms have come by.
    pub(super) terms: usize,
    /// The tags of all sources, also of those that are wrong in something else.
    pub(super) tags: BTreeSet<String>,
    /// What is called how, and where: by kind and lower-case name, because file systems may not tell case.
    names: BTreeMap<(String, String), (String, Place)>,
    touched: BTreeMap<PathBuf, blake3::Hash>,
    /// The credentials for which a placeholder stands.
    pub(super) unread: Vec<String>,
}

impl Loading {
    fn new(around: &Surroundings) -> Self {
        Self {
            report: Report::default(),
            around: around.clone(),
            terms: 0,
            tags: BTreeSet::new(),
            names: BTreeMap::new(),
            touched: BTreeMap::new(),
            unread: Vec::new(),
        }
    }

    /// Remembers a file that a value was read from: when it changes, the configuration has.
    pub(super) fn touched(&mut self, path: &Path, bytes: &[u8]) {
        self.touched.insert(path.to_owned(), blake3::hash(bytes));
    }

    /// Whether systemd keeps this file from everybody else.
    pub(super) fn in_credentials(&self, path: &Path) -> bool {
        let folders = [&self.around.credentials, &self.around.unit_credentials];
        folders.into_iter().flatten().any(|folder| path.starts_with(folder))
    }

    /// The name of a source, channel or watch, which no other of them may have. Where there is none, the report says
    /// so, and the rest is read under an empty name, so that all of its problems are told at once.
    pub(super) fn id<'a>(&mut self, table: &Table<'a>, what: &str) -> &'a str {
        let Some(id) = source::id(table, what, self) else { return "" };
        let place = table.get("id").map_or_else(|| table.place(), |value| value.place());
        self.once(what, id, place);
        id
    }

    /// Whether a source, or a channel, has this name.
    pub(super) fn has_name(&self, what: &str, name: &str) -> bool {
        self.names.get(&(what.to_owned(), name.to_lowercase())).is_some_and(|(id, _)| id == name)
    }

    /// The names of all sources, or of all channels.
    pub(super) fn names(&self, what: &str) -> BTreeSet<&str> {
        self.names.iter().filter(|((kind, _), _)| kind == what).map(|(_, (id, _))| id.as_str()).collect()
    }

    /// Whether a name comes for the first time; a second one is a problem.
    fn once(&mut self, what: &str, id: &str, place: Place) -> bool {
        let key = (what.to_owned(), id.to_lowercase());
        let Some((_, first)) = self.names.get(&key) else {
            self.names.insert(key, (id.to_owned(), place));
            return true;
        };
        if self.report.is_full(false) {
            self.report.error_with(place, || wrong("", ""));
            return false;
        }
        let remedy = format!("rename one of them; the first stands at {}", self.report.locate(first));
        self.report.error(place, wrong(format!("{what} of this name is configured twice: `{id}`"), remedy));
        false
    }

    /// The one key that tells the kind, and no key of another kind.
    pub(super) fn kind<'a>(
        &mut self,
        table: &Table<'a>,
        what: &str,
        kinds: &[&str],
        own: &[(&str, &str)],
    ) -> Option<Value<'a>> {
        let mut given = table.values().filter(|value| kinds.contains(&value.key));
        let Some(kind) = given.next() else {
            let remedy = format!("add one of: {}", kinds.join(", "));
            self.report.error(table.place(), wrong(format!("{what} that does not say where it is"), remedy));
            return None;
        };
        for second in given {
            let message = format!("{what} is of one kind: `{}` and `{}` exclude each other", kind.key, second.key);
            self.report
                .error(second.key_place(), wrong(message, "keep one of them, and make a second one of the other"));
        }
        for (key, home) in own.iter().filter(|(_, home)| *home != kind.key) {
            if let Some(stray) = table.get(key) {
                let message = format!("`{key}` is for a {home}, and this is a {}", kind.key);
                self.report.error(
                    stray.key_place(),
                    wrong(message, format!("take it out, or write `{home}` for `{}`", kind.key)),
                );
            }
        }
        Some(kind)
    }
}

/// What stands in the files, each with where it stands.
#[derive(Default)]
struct Parts<'a> {
    sources: Vec<Arc<Source>>,
    channels: Vec<Arc<Channel>>,
    watches: Vec<Watch>,
    /// Where each watch stands, in the order of `watches`.
    watch_tables: Vec<Table<'a>>,
    concepts: Vec<Concept>,
    /// Where each concept stands, in the order of `concepts`.
    concept_tables: Vec<Table<'a>>,
    health: Health,
}

/// Reads a configuration.
pub(super) fn load(asked: Option<&Path>, around: &Surroundings) -> Result<Config, Report> {
    let mut loading = Loading::new(around);
    let files = file::gather(asked, around, &mut loading.report);
    if files.files.is_empty() {
        return Err(loading.report);
    }
    files.expect_keys(&mut loading.report);
    let timezone = settings::zone(&files, &mut loading);
    settings::store(&files, &mut loading);
    let http = settings::http(&files, &mut loading);
    let fetch = settings::fetch(&files, &mut loading);
    let retention = settings::retention(&files, &mut loading);
    let smtp = settings::smtp(&files, &mut loading);
    let mut parts = Parts::default();
    parts.read(&files, &timezone, &mut loading);
    let watches = parts.finish(&files, smtp.is_some(), &mut loading);
    let Some(watches) = watches.filter(|_| !loading.report.has_errors()) else { return Err(loading.report) };
    let (paths, read, hash) = identity(&files, &loading);
    loading.report.forget_texts();
    Ok(Config {
        state_dir: files.state_dir.clone(),
        timezone,
        http,
        fetch,
        smtp,
        retention,
        health: parts.health,
        sources: parts.sources,
        channels: parts.channels,
        watches: Arc::new(watches),
        concepts: parts.concepts.into(),
        last_good: last_good::write_down(&files).into(),
        folders: files.folders,
        files: paths,
        read,
        hash,
        unread: loading.unread,
        warnings: loading.report,
    })
}

/// Every file that was read, and a hash over all of them.
fn identity(files: &Files, loading: &Loading) -> (Vec<PathBuf>, BTreeMap<PathBuf, [u8; 32]>, [u8; 32]) {
    let read = files.files.iter().map(|file| (&file.path, &file.hash)).chain(&loading.touched);
    let read: Vec<(PathBuf, [u8; 32])> = read.map(|(path, hash)| (path.clone(), *hash.as_bytes())).collect();
    let mut hasher = blake3::Hasher::new();
    for (path, hash) in &read {
        hasher.update(blake3::hash(path.as_os_str().as_encoded_bytes()).as_bytes());
        hasher.update(hash);
    }
    let paths = read.iter().map(|(path, _)| path.clone()).collect();
    (paths, read.into_iter().collect(), *hasher.finalize().as_bytes())
}

impl<'a> Parts<'a> {
    fn read(&mut self, files: &'a Files, zone: &jiff::tz::TimeZone, loading: &mut Loading) {
        for table in tables(files, "source", loading) {
            self.sources.extend(source::read(&table, zone, loading).map(Arc::new));
        }
        for table in tables(files, "channel", loading) {
            self.channels.extend(channel::read(&table, zone, loading).map(Arc::new));
        }
        for value in files.files.iter().filter_map(|file| Files::table(file).get("concept")) {
            let named = value.table().map_err(|wrong| loading.report.error(value.place(), wrong));
            for one in named.iter().flat_map(|table| table.values()) {
                if loading.once("a concept", one.key, one.key_place())
                    && let (Some(concept), Ok(table)) = (concept::read(&one, loading), one.table())
                {
                    self.concepts.push(concept);
                    self.concept_tables.push(table);
                }
            }
        }
        for table in tables(files, "watch", loading) {
            if let Some(watch) = watch::read(&table, loading) {
                self.watches.push(watch);
                self.watch_tables.push(table);
            }
        }
        if loading.terms > MAX_TERMS {
            let remedy = format!("marsad takes {MAX_TERMS}; take out what is never met");
            loading.report.error(None, wrong(format!("{} terms in all", loading.terms), remedy));
        }
    }

    /// Checks what refers to what, once everything is known and no file is missing from the picture.
    fn finish(&mut self, files: &'a Files, relay: bool, loading: &mut Loading) -> Option<Watches> {
        let health = settings::section(files, "health", &keys::HEALTH, loading);
        if let Some(table) = health {
            let report = &mut loading.report;
            self.health.ping = table.read("ping", report, |value| super::place::web(value.text()?, &["http", "https"]));
            self.health.alert = table.list("alert", report, |value| name(value.text()?).map(ChannelId::new));
        }
        if files.broken {
            return None;
        }
        let told = self.watch_tables.iter().copied().chain(health);
        for table in told.collect::<Vec<_>>() {
            refer::resolve(&table, "alert", Named::Channel, loading);
        }
        for table in &self.watch_tables {
            refer::resolve(table, "sources", Named::Source, loading);
        }
        let mails = self.channels.iter().find(|channel| matches!(channel.kind, ChannelKind::Email { .. }));
        if let Some(channel) = mails.filter(|_| !relay && !files.has("smtp")) {
            let place = loading
                .names
                .get(&("a channel".to_owned(), channel.id.as_str().to_lowercase()))
                .map(|(_, place)| place.clone());
            let what = wrong(
                format!("the channel `{}` sends mail, and there is no [smtp]", channel.id),
                "add [smtp] with `url` and `from`",
            );
            loading.report.error(place, what);
        }
        self.compile(files, loading)
    }

    fn compile(&self, files: &'a Files, loading: &mut Loading) -> Option<Watches> {
        let (compiled, problems) = match Watches::compile(&self.watches, &self.concepts) {
            Ok((compiled, warnings)) => (Some(compiled), warnings),
            Err(problems) => (None, problems),
        };
        for problem in problems {
            let full = loading.report.is_full(problem.warning);
            let owner = Some(&problem.owner).filter(|_| !full);
            let place = owner.and_then(|owner| self.table(owner)).map(|table| {
                let text =
                    files.files.iter().find(|file| file.number == table.file).map_or("", |file| file.text.as_str());
                watch::find(&problem, &table, text)
            });
            let Problem { message, remedy, warning, .. } = problem;
            let report = &mut loading.report;
            if warning {
                report.warn(place, wrong(message, remedy))
            } else {
                report.error(place, wrong(message, remedy))
            }
        }
        compiled
    }

    fn table(&self, owner: &Owner) -> Option<Table<'a>> {
        let (tables, at) = match owner {
            Owner::Watch(id) => (&self.watch_tables, self.watches.iter().position(|watch| watch.id == *id)),
            Owner::Concept(name) => {
                (&self.concept_tables, self.concepts.iter().position(|concept| concept.name == *name))
            }
        };
        tables.get(at?).copied()
    }
}

/// The tables of `[[source]]`, `[[channel]]` or `[[watch]]`, in the order of the files.
fn tables<'a>(files: &'a Files, key: &str, loading: &mut Loading) -> Vec<Table<'a>> {
    let mut tables = Vec::new();
    for value in files.files.iter().filter_map(|file: &'a super::file::File| Files::table(file).get(key)) {
        let each = value.tables().map_err(|wrong| loading.report.error(value.place(), wrong)).unwrap_or_default();
        for one in each {
            tables.extend(one.table().map_err(|wrong| loading.report.error(one.place(), wrong)));
        }
    }
    tables
}
