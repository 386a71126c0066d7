//! Loads the files into a [`Config`]: reads everything, checks references, and reports all problems at once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::context::LoadContext;
use super::file::{self, Environment, Files};
use super::node::Table;
use super::references;
use super::references::Reference;
use super::report::{Report, wrong};
use super::scalars::{called, name};
use super::{Config, HealthSettings, HttpSettings, SmtpSettings};
use super::{channel, concept, keys, last_good, lexicon, settings, source, watch};
use crate::channel::{Channel, ChannelId, ChannelKind};
use crate::render::{ConceptNames, DisplayNames, RenderSettings};
use crate::source::Source;
use crate::watch::compile::Watches;
use crate::watch::{Concept, ProblemOwner, Watch, WatchProblem};

/// The most terms of all watches and concepts together. Chosen by hand.
const MAX_TERMS: usize = 100_000;

/// The sections of the files, each with its place.
#[derive(Default)]
struct FileSections<'a> {
    sources: Vec<Arc<Source>>,
    channels: Vec<Arc<Channel>>,
    watches: Vec<Watch>,
    /// The place of each watch, in the order of `watches`.
    watch_tables: Vec<Table<'a>>,
    concepts: Vec<Concept>,
    /// The place of each concept, in the order of `concepts`.
    concept_tables: Vec<Table<'a>>,
    health: HealthSettings,
}

/// Loads a configuration.
pub(super) fn load(asked: Option<&Path>, environment: &Environment) -> Result<Config, Report> {
    let mut loading = LoadContext::new(asked, environment);
    let files = file::gather(asked, environment, &mut loading.report);
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
    let mut parts = FileSections::default();
    parts.read(&files, &timezone, &mut loading);
    let Some(watches) = parts.finish(&files, smtp.is_some(), &mut loading) else { return Err(loading.report) };
    let (paths, hash) = identity(&files, &loading);
    loading.report.forget_texts();
    Ok(Config {
        rendering: rendering(&parts, &timezone, (&http, smtp.as_ref()), &loading.display),
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
        display: loading.display,
        last_good: last_good::to_text(&files).into(),
        folders: files.folders,
        files: paths,
        file_count: files.files.len(),
        read: loading.report.take_files(),
        hash,
        unread: loading.unread,
        warnings: loading.report,
    })
}

fn rendering(
    parts: &FileSections<'_>,
    timezone: &jiff::tz::TimeZone,
    (http, smtp): (&HttpSettings, Option<&SmtpSettings>),
    configured: &DisplayNames,
) -> RenderSettings {
    let mut names = configured.clone();
    for source in &parts.sources {
        names.add_default(source.id.as_str(), source.address.host().trim_start_matches("www."));
    }
    let mut concepts = ConceptNames::default();
    for concept in &parts.concepts {
        for (lang, all) in &concept.names {
            all.first().into_iter().for_each(|first| concepts.add(&concept.name, lang.clone(), first));
        }
    }
    RenderSettings {
        public_url: http.public_url.clone(),
        timezone: timezone.clone(),
        smtp_domain: smtp.map_or("localhost", |smtp| smtp.from.domain()).to_owned(),
        concepts: Arc::new(concepts),
        names: Arc::new(names),
    }
}

/// Every file that was read, and a hash over all of them.
fn identity(files: &Files, loading: &LoadContext) -> (Vec<PathBuf>, [u8; 32]) {
    let read = files.files.iter().map(|file| (&file.path, &file.hash)).chain(&loading.touched);
    let mut hasher = blake3::Hasher::new();
    for (path, hash) in read.clone() {
        hasher.update(blake3::hash(path.as_os_str().as_encoded_bytes()).as_bytes());
        hasher.update(hash.as_bytes());
    }
    (read.map(|(path, _)| path.clone()).collect(), *hasher.finalize().as_bytes())
}

/// True if a watch may name a concept. Without one, the lexicon is not needed.
fn names_concepts(watch: &Watch) -> bool {
    let lists = watch.any.iter().chain(&watch.all).chain(&watch.none).chain(&watch.query);
    lists.into_iter().any(|text| text.contains('@'))
}

impl<'a> FileSections<'a> {
    fn read(&mut self, files: &'a Files, zone: &jiff::tz::TimeZone, loading: &mut LoadContext) {
        for table in tables(files, "source", loading) {
            self.sources.extend(source::read(&table, zone, loading).map(Arc::new));
        }
        for table in tables(files, "channel", loading) {
            self.channels.extend(channel::read(&table, zone, loading).map(Arc::new));
        }
        for value in files.files.iter().filter_map(|file| Files::table(file).get("concept")) {
            let named = value.table().map_err(|wrong| loading.report.error(value.place(), wrong));
            for one in named.iter().flat_map(|table| table.values()) {
                if loading.is_new("a concept", one.key, one.key_place())
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
        if self.watches.iter().any(names_concepts) {
            lexicon::complete(&mut self.concepts);
        }
        if loading.terms > MAX_TERMS {
            let remedy = format!("the limit is {MAX_TERMS}; remove terms");
            loading.report.error(None, wrong(format!("{} terms in total", loading.terms), remedy));
        }
    }

    /// Checks references, once everything is read and no file is missing. None if anything is wrong.
    fn finish(&mut self, files: &'a Files, relay: bool, loading: &mut LoadContext) -> Option<Watches> {
        let health = settings::section(files, "health", &keys::HEALTH, loading);
        if let Some(table) = health {
            let report = &mut loading.report;
            self.health.ping = table.read("ping", report, |value| super::urls::web(value.text()?, &["http", "https"]));
            self.health.canary = table.read("canary", report, |value| super::schedule::daily(value.text()?));
            self.health.alert = table.list("alert", report, |value| name(value.text()?).map(ChannelId::new));
        }
        if files.broken {
            return None;
        }
        let alerting = self.watch_tables.iter().copied().chain(health);
        // What a misnamed section contains is not known.
        for table in alerting.filter(|_| !files.has_misnamed("channel")).collect::<Vec<_>>() {
            references::resolve(&table, "alert", Reference::Channel, loading);
        }
        for table in self.watch_tables.iter().filter(|_| !files.has_misnamed("source")) {
            references::resolve(table, "sources", Reference::Source, loading);
        }
        let mails = self.channels.iter().find(|channel| matches!(channel.kind, ChannelKind::Email { .. }));
        if let Some(channel) = mails.filter(|_| !relay && !files.has("smtp") && !files.has_misnamed("smtp")) {
            let place = loading.place("a channel", channel.id.as_str());
            let what = wrong(
                format!("the channel `{}` sends mail, but [smtp] is missing", called(channel.id.as_str())),
                "add [smtp] with `url` and `from`",
            );
            loading.report.error(place, what);
        }
        self.expect_use(loading);
        self.expect_different_addresses(loading);
        self.compile(files, loading).filter(|_| !loading.report.has_errors())
    }

    /// Warns about a channel that nothing uses.
    fn expect_use(&self, loading: &mut LoadContext) {
        // A watch with a problem may be the one that uses it.
        if loading.report.has_errors() {
            return;
        }
        let used: BTreeSet<&ChannelId> =
            self.watches.iter().flat_map(|watch| &watch.alert).chain(&self.health.alert).collect();
        for channel in self.channels.iter().filter(|channel| !used.contains(&channel.id)) {
            let place = loading.place("a channel", channel.id.as_str());
            let what = wrong(
                format!("nothing uses the channel `{}`", called(channel.id.as_str())),
                "name it in `alert` of a watch or of [health], or remove it",
            );
            loading.report.warn(place, what);
        }
    }

    /// Warns about two sources of one kind with one address.
    fn expect_different_addresses(&self, loading: &mut LoadContext) {
        let mut first: BTreeMap<&str, &Source> = BTreeMap::new();
        for source in &self.sources {
            let known = *first.entry(source.address.as_str()).or_insert(source);
            if known.id == source.id || known.kind != source.kind {
                continue;
            }
            let place = loading.place("a source", source.id.as_str());
            let what = format!(
                "the sources `{}` and `{}` have the same address",
                called(known.id.as_str()),
                called(source.id.as_str())
            );
            loading.report.warn(place, wrong(what, "keep one of them"));
        }
    }

    fn compile(&self, files: &'a Files, loading: &mut LoadContext) -> Option<Watches> {
        let (compiled, mut problems) = match Watches::compile(&self.watches, &self.concepts) {
            Ok((compiled, warnings)) => (Some(compiled), warnings),
            Err(problems) => (None, problems),
        };
        if !files.has_misnamed("source") {
            problems.extend(self.watches.iter().flat_map(|watch| references::in_query(watch, loading)));
        }
        for problem in problems {
            let full = loading.report.is_full(problem.warning);
            let owner = Some(&problem.owner).filter(|_| !full);
            let place = owner.and_then(|owner| self.table(owner)).map(|table| {
                let text =
                    files.files.iter().find(|file| file.number == table.file).map_or("", |file| file.text.as_str());
                watch::find(&problem, &table, text)
            });
            let WatchProblem { message, remedy, warning, .. } = problem;
            let report = &mut loading.report;
            if warning {
                report.warn(place, wrong(message, remedy))
            } else {
                report.error(place, wrong(message, remedy))
            }
        }
        compiled
    }

    fn table(&self, owner: &ProblemOwner) -> Option<Table<'a>> {
        let (tables, at) = match owner {
            ProblemOwner::Watch(id) => (&self.watch_tables, self.watches.iter().position(|watch| watch.id == *id)),
            ProblemOwner::Concept(name) => {
                (&self.concept_tables, self.concepts.iter().position(|concept| concept.name == *name))
            }
        };
        tables.get(at?).copied()
    }
}

/// The tables of `[[source]]`, `[[channel]]` or `[[watch]]`, in the order of the files.
fn tables<'a>(files: &'a Files, key: &str, loading: &mut LoadContext) -> Vec<Table<'a>> {
    let mut tables = Vec::new();
    for value in files.files.iter().filter_map(|file: &'a super::file::File| Files::table(file).get(key)) {
        let each = value.tables().map_err(|wrong| loading.report.error(value.place(), wrong)).unwrap_or_default();
        for one in each {
            tables.extend(one.table().map_err(|wrong| loading.report.error(one.place(), wrong)));
        }
    }
    tables
}
