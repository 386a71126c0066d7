//! Finds and reads the files of the configuration.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use super::bounded_read::{MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES, is_outage, read_text};
use super::form::{is_name, is_path};
use super::include;
use super::include::WalkError;
use super::node::{KeyedValue, SpannedValue, Table, ValueKind, home_is_written_out};
use super::report::{FileSpan, InvalidValue, Report, wrong};
use super::{LAST_GOOD, command, keys};

/// The usual paths of the first file.
const USUAL: [&str; 2] = ["/etc/marsad/marsad.toml", "config/marsad.toml"];

/// The environment of the process, as far as the configuration depends on it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    /// `$MARSAD_CONFIG`.
    pub config: Option<PathBuf>,
    /// `$STATE_DIRECTORY`, which systemd sets.
    pub(crate) state_directory: Option<PathBuf>,
    /// `$XDG_STATE_HOME`, or `$HOME/.local/state`.
    pub(crate) state_home: Option<PathBuf>,
    /// `$CREDENTIALS_DIRECTORY`, which systemd sets.
    pub(crate) credentials: Option<PathBuf>,
    /// Where systemd keeps the credentials of the running service; for commands outside the unit.
    pub(crate) unit_credentials: Option<PathBuf>,
    /// Whether a credential that only the unit has is a warning: true for commands that send nothing.
    pub lenient: bool,
    /// Whether a secret file that cannot be read is a warning too: true for commands that only read the store.
    pub(crate) needs_no_secrets: bool,
}

/// The files of a configuration, parsed.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) files: Vec<File>,
    /// The folders in which a further file may appear.
    pub(super) folders: Vec<PathBuf>,
    pub(super) state_dir: PathBuf,
    /// True if a file is invalid TOML: references to its content cannot be checked.
    pub(super) broken: bool,
    /// The command that reports all problems, as an operator types it.
    check: String,
    /// The real paths of the files, so that a file with two names is read once.
    real: BTreeSet<PathBuf>,
    /// The number of bytes read.
    bytes: u64,
    /// True if the limit on files or bytes is reached: no further file is read.
    full: bool,
    budget: include::IncludeBudget,
}

/// One file.
#[derive(Debug)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) base: PathBuf,
    pub(super) number: usize,
    pub(super) text: String,
    pub(super) hash: blake3::Hash,
    pub(super) root: SpannedValue,
    /// The readable part of a file with invalid TOML.
    rest: Option<SpannedValue>,
}

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub(crate) fn of_process() -> Self {
        let path = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        // systemd joins several state directories with colons; the first one counts.
        let first = |paths: PathBuf| std::env::split_paths(&paths).next();
        Self {
            config: path("MARSAD_CONFIG"),
            state_directory: path("STATE_DIRECTORY").and_then(first),
            state_home: path("XDG_STATE_HOME").or_else(|| path("HOME").map(|home| home.join(".local/state"))),
            credentials: path("CREDENTIALS_DIRECTORY"),
            unit_credentials: Some(PathBuf::from("/run/credentials/marsad.service")),
            lenient: false,
            needs_no_secrets: false,
        }
    }

    /// The environment of this process, for a command that sends nothing: a placeholder replaces a credential of the
    /// unit.
    #[must_use]
    pub(crate) fn read_only() -> Self {
        Self { lenient: true, ..Self::of_process() }
    }

    /// This environment, for a command that only reads the store: a placeholder replaces every secret that cannot be
    /// read.
    #[must_use]
    pub(crate) fn without_secrets(self) -> Self {
        Self { needs_no_secrets: true, ..self }
    }

    /// The first file: the requested one, or the first of the usual paths that exists.
    pub(super) fn first_file(&self, asked: Option<&Path>) -> PathBuf {
        let usual = USUAL.map(PathBuf::from);
        let named = asked.map(Path::to_owned).or_else(|| self.config.clone());
        let found = named.or_else(|| usual.iter().find(|path| may_exist(path)).cloned());
        let [etc, _] = usual;
        std::path::absolute(found.as_ref().unwrap_or(&etc)).unwrap_or(etc)
    }
}

/// True unless a file is known to be absent: in a folder without permission, nobody can tell.
fn may_exist(path: &Path) -> bool {
    path.try_exists().unwrap_or(true)
}

/// What is known of files that may be broken.
pub(super) struct FileSurvey {
    /// The first file.
    pub(super) first: PathBuf,
    /// The folder of the last good configuration.
    pub(super) state_dir: PathBuf,
    /// False if `state_dir` is the default, and a file that could not be read may name another one.
    pub(super) knows_state_dir: bool,
    /// The files with the hash of their content; zero for one that cannot be read.
    pub(super) read: BTreeMap<PathBuf, [u8; 32]>,
    pub(super) folders: Vec<PathBuf>,
}

/// Reads what can be read of broken files.
pub(super) fn survey(asked: Option<&Path>, environment: &Environment) -> FileSurvey {
    let mut report = Report::default();
    let files = gather(asked, environment, &mut report);
    let state_dir = files.find_state_dir(environment, &mut report);
    let knows_state_dir = !files.files.is_empty() || environment.state_directory.is_some();
    let first = environment.first_file(asked);
    let mut read = BTreeMap::from([(first.clone(), [0; 32])]);
    read.extend(files.files.into_iter().map(|file| (file.path, *file.hash.as_bytes())));
    FileSurvey { first, state_dir, knows_state_dir, read, folders: files.folders }
}

/// Reads the first file, the files that it includes, and those of the console.
pub(super) fn gather(asked: Option<&Path>, environment: &Environment, report: &mut Report) -> Files {
    let mut files = Files::default();
    if asked.is_none() && environment.config.is_none() && !USUAL.iter().any(|path| may_exist(Path::new(path))) {
        let [etc, here] = USUAL;
        let what = format!(
            "no configuration found: --config and $MARSAD_CONFIG are not set, and neither {etc} nor ./{here} exists"
        );
        let remedy = format!("print an example with `marsad config example` and save it as {etc}");
        files.broken = true;
        report.error(None, wrong(what, remedy));
        return files;
    }
    files.check = command::typed("check", asked);
    files.read(&environment.first_file(asked), None, report);
    let mut at = 0;
    while at < files.files.len() {
        files.include(at, report);
        at += 1;
    }
    if !files.files.is_empty() {
        files.state_dir = files.find_state_dir(environment, report);
        // The last good configuration already contains the console's watches.
        if files.files.iter().all(|file| file.path != files.state_dir.join(LAST_GOOD)) {
            let watches = files.state_dir.join("watches.d");
            files.glob(&watches, "*.toml", None, report);
        }
    }
    files
}

impl Files {
    /// The table of one file.
    pub(super) fn table(file: &File) -> Table<'_> {
        let entries: &[_] = if let ValueKind::Table(entries) = &file.root.kind { entries } else { &[] };
        Table { file: file.number, base: &file.base, span: &file.root.span, entries }
    }

    fn read(&mut self, path: &Path, from: Option<FileSpan>, report: &mut Report) {
        if self.full || !self.real.insert(std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())) {
            return;
        }
        let bound = if self.files.len() >= MAX_FILES {
            Some(format!("more than {MAX_FILES} files"))
        } else {
            (self.bytes > MAX_TOTAL_BYTES).then(|| format!("more than {MAX_TOTAL_BYTES} bytes in all files"))
        };
        if let Some(message) = bound {
            (self.full, self.broken) = (true, true);
            return report.error(from, wrong(message, "reduce the files that `include` matches"));
        }
        let text = match read_text(path, MAX_FILE_BYTES) {
            Ok(text) => text,
            Err(error) => {
                self.broken = true;
                report.note(&error);
                report.watch_file(path, None);
                return report
                    .error(from, wrong(format!("{}: {error}", path.display()), remedy_of(&error, path, &self.check)));
            }
        };
        self.bytes += text.len() as u64;
        let hash = blake3::hash(text.as_bytes());
        report.watch_file(path, Some(hash));
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let number = report.add_file(path, text);
        // A file of the console may be empty.
        if text.trim().is_empty() && (from.is_some() || self.files.is_empty()) {
            let what = wrong(format!("{} is empty", path.display()), "write its sections, or remove the file");
            report.warn(from.clone(), what);
        }
        let base = path.parent().unwrap_or(Path::new("/")).to_owned();
        let (root, rest) = match SpannedValue::parse(text, number, report) {
            (root, true) => (root, None),
            (rest, false) => (SpannedValue { span: 0..0, kind: ValueKind::Table(Vec::new()) }, Some(rest)),
        };
        self.broken |= rest.is_some();
        let (path, text) = (path.to_owned(), text.to_owned());
        self.files.push(File { path, base, number, text, hash, root, rest });
    }

    fn include(&mut self, at: usize, report: &mut Report) {
        let Some(file) = self.files.get(at) else { return };
        let base = file.base.clone();
        let patterns = Self::table(file).list("include", report, |value| Ok((value.text()?.to_owned(), value.place())));
        for (pattern, place) in patterns {
            if let Err(wrong) = home_is_written_out("include", &pattern) {
                self.broken = true;
                report.error(place, wrong);
                continue;
            }
            self.glob(&base, &pattern, Some(place), report);
        }
    }

    /// Reads the files that a pattern matches, in the order of their names.
    fn glob(&mut self, base: &Path, pattern: &str, place: Option<FileSpan>, report: &mut Report) {
        let matches = match include::find(base, pattern, &mut self.budget) {
            Ok(matches) => matches,
            Err(error) => {
                self.broken = true;
                if let WalkError::Outage(errno) = error {
                    report.note(&io::Error::from_raw_os_error(errno));
                }
                return report.error(place, pattern_problem(pattern, error));
            }
        };
        report.watch_folders(&matches.folders);
        self.folders.extend(matches.folders);
        if matches.files.is_empty() && include::is_literal(pattern) {
            self.broken = true;
            report.watch_file(&base.join(pattern), None);
            return report.error(place, no_file(pattern, &base.join(pattern)));
        }
        if matches.files.is_empty() && place.is_some() {
            let what = wrong(
                format!("the pattern {pattern:?} matches no file"),
                "create a file for it, or remove it from `include`",
            );
            report.warn(place.clone(), what);
        }
        for path in matches.files {
            self.read(&path, place.clone(), report);
        }
    }

    /// The folder of the store: as configured, else from systemd or the desktop environment.
    fn find_state_dir(&self, environment: &Environment, report: &mut Report) -> PathBuf {
        for file in &self.files {
            let mut table = Self::table(file);
            if let Some(SpannedValue { kind: ValueKind::Table(entries), .. }) = &file.rest {
                table.entries = entries;
            }
            if let Some(path) = table.read("state_dir", report, KeyedValue::path) {
                if let Some(value) = table.get("state_dir").filter(|_| path.is_file()) {
                    report
                        .warn(value.place(), wrong("`state_dir` is a file", "give a folder, such as /var/lib/marsad"));
                }
                return path;
            }
        }
        environment
            .state_directory
            .clone()
            .or_else(|| environment.state_home.as_ref().map(|home| home.join("marsad")))
            .unwrap_or_else(|| PathBuf::from("/var/lib/marsad"))
    }

    /// True if any file has this key at its top level.
    pub(super) fn has(&self, key: &str) -> bool {
        self.files.iter().any(|file| Self::table(file).get(key).is_some())
    }

    /// True if a file has this section under another name, or in another form: `[[channels]]` for `[[channel]]`.
    pub(super) fn has_misnamed(&self, section: &str) -> bool {
        let list = matches!(section, "source" | "channel" | "watch");
        self.files.iter().flat_map(|file| Self::table(file).values()).any(|value| match &value.node.kind {
            ValueKind::Table(_) if value.key == section => list,
            ValueKind::Table(_) | ValueKind::List(_) => {
                !keys::ROOT.has(value.key) && keys::meant_section(value.key) == Some(section)
            }
            _ => false,
        })
    }

    /// Rejects unknown keys, and keys that this file must not have.
    pub(super) fn expect_keys(&self, report: &mut Report) {
        let console = self.state_dir.join("watches.d");
        for file in &self.files {
            let table = Self::table(file);
            table.expect(&keys::ROOT, report);
            if file.base == console {
                for value in table.values().filter(|value| !matches!(value.key, "watch" | "concept")) {
                    let message = format!("{} is not allowed in watches.d", keys::named(value.key));
                    report.error(
                        value.key_place(),
                        wrong(message, "keep only [[watch]] and [concept.NAME] in watches.d"),
                    );
                }
            }
        }
    }
}

/// The problem of a path in `include` that is no file.
fn no_file(pattern: &str, path: &Path) -> InvalidValue {
    // A word that names no file may be a secret.
    let known = path.exists() || is_path(pattern) || is_name(pattern);
    let shown = if known { path.display().to_string() } else { "the file".to_owned() };
    let folder = if known { pattern.trim_end_matches('/') } else { "conf.d" };
    if path.is_dir() {
        return wrong(format!("{shown} is a folder"), format!("write \"{folder}/*.toml\" for its files"));
    }
    let remedy = if pattern.ends_with(".toml") {
        "create it, or remove it from `include`".to_owned()
    } else {
        format!("write \"{folder}/*.toml\" for the files of a folder, or remove it from `include`")
    };
    wrong(format!("{shown} does not exist"), remedy)
}

/// What to do about a file that cannot be read.
fn remedy_of(error: &io::Error, path: &Path, check: &str) -> String {
    let is_folder = path.is_dir();
    let path = path.display();
    match error.kind() {
        _ if is_outage(error) => {
            "free the resource that the machine lacks; marsad then reads the file again".to_owned()
        }
        io::ErrorKind::NotFound => "create it, or name another file with --config or $MARSAD_CONFIG".to_owned(),
        io::ErrorKind::PermissionDenied => format!(
            "let the user that runs this command read {path} and enter its folder, for example: sudo -u marsad {check}"
        ),
        io::ErrorKind::InvalidData => format!("save {path} as UTF-8"),
        _ if is_folder => format!("name a file in it, such as {path}/marsad.toml"),
        _ => format!("make {path} a readable text file of at most {MAX_FILE_BYTES} bytes"),
    }
}

/// The problem of a pattern.
fn pattern_problem(pattern: &str, error: WalkError) -> InvalidValue {
    let shown = if is_path(pattern) { pattern } else { "…" };
    match error {
        WalkError::Syntax(why) => {
            wrong(format!("invalid pattern {shown:?} in `include`: {why}"), "write \"conf.d/*.toml\"")
        }
        WalkError::Outage(errno) => wrong(
            format!("cannot list the files for {shown:?} in `include`: {}", io::Error::from_raw_os_error(errno)),
            "free the resource that the machine lacks; marsad then reads the files again",
        ),
        WalkError::TooMuch => wrong(
            format!("the pattern {shown:?} in `include` searches too many files"),
            "name one folder: include = [\"conf.d/*.toml\"]",
        ),
    }
}
