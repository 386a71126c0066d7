//! Collects every problem of a configuration, each with its place, its line, a caret and a remedy.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bounded_read::is_outage;
use super::redact;

mod draw;

/// The most problems of a kind that are drawn. Chosen by hand: each of the 100,000 lines of a generated file may be
/// wrong, and nobody reads on.
const MAX_DRAWN: usize = 50;
/// The most problems of a kind that are kept; the others are counted. Twice the number that is drawn, because they are
/// drawn in the order of the files.
const MAX_KEPT: usize = 100;

/// The errors and warnings of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Report {
    texts: Vec<Arc<SourceFile>>,
    errors: Vec<Problem>,
    warnings: Vec<Problem>,
    /// How many more errors and warnings there are.
    more: (usize, usize),
    /// True if a file could not be read for want of a resource.
    outage: bool,
    named: Box<NamedFiles>,
}

/// What a configuration names. A path may be a secret in the wrong place, so `Debug` shows none.
#[derive(Clone, Default)]
struct NamedFiles {
    /// Every file that was read or missed, with the hash of its content; zero for one that could not be read.
    files: BTreeMap<PathBuf, [u8; 32]>,
    /// The folders in which a further file may appear.
    folders: Vec<PathBuf>,
}

/// One error or warning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its place; `None` for something that is missing.
    pub place: Option<FileSpan>,
    /// What is wrong, in lower case, without a secret.
    pub message: String,
    /// What to do about it.
    pub(crate) remedy: String,
}

/// A range of bytes in one of a report's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSpan {
    /// The file, by the order of reading.
    pub(super) file: usize,
    /// The bytes.
    pub(super) span: Range<usize>,
}

/// A file that was read; its secrets are redacted when it is quoted.
struct SourceFile {
    path: PathBuf,
    redacted: redact::RedactedText,
}

/// The problem of a value; it becomes a [`Problem`] once its place is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InvalidValue {
    pub(super) message: String,
    pub(super) remedy: String,
}

/// A problem and its remedy.
pub(super) fn wrong(message: impl Into<String>, remedy: impl Into<String>) -> InvalidValue {
    InvalidValue { message: message.into(), remedy: remedy.into() }
}

impl Report {
    /// True if there are no errors and no warnings.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty() && self.warnings.is_empty()
    }

    /// True if there are errors, so that the configuration cannot be used.
    #[must_use]
    pub(crate) fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// True if a file could not be read for want of handles, memory or a working disk: the configuration may be valid
    /// and must be read again.
    #[must_use]
    pub(crate) fn is_outage(&self) -> bool {
        self.outage
    }

    /// The errors; the first ones if there are very many.
    #[cfg(test)]
    pub(crate) fn errors(&self) -> &[Problem] {
        &self.errors
    }

    /// The warnings; they do not invalidate the configuration.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The whole report for a terminal or a log: the errors in the order of the files, then the warnings.
    #[must_use]
    pub fn render(&self, color: bool) -> String {
        let mut out = String::new();
        let levels = [
            (&self.errors, self.more.0, draw::Severity::Error),
            (&self.warnings, self.more.1, draw::Severity::Warning),
        ];
        for (problems, uncounted, level) in levels {
            let mut sorted: Vec<&Problem> = problems.iter().collect();
            sorted.sort_by_key(|problem| problem.place.as_ref().map(|place| (place.file, place.span.start)));
            for problem in sorted.iter().take(MAX_DRAWN) {
                out.push_str(&draw::problem(self, problem, level, color));
                out.push_str("\n\n");
            }
            let more = sorted.len().saturating_sub(MAX_DRAWN) + uncounted;
            if more > 0 {
                out.push_str(&format!("… and {more} more of this kind\n\n"));
            }
        }
        out.push_str(&self.count());
        out
    }

    /// One line: the number of problems, and the first of them with its place.
    #[must_use]
    pub fn summary(&self) -> String {
        let Some(first) = self.errors.first().or_else(|| self.warnings.first()) else { return self.count() };
        let at = first.place.as_ref().map(|place| format!("{}: ", self.locate(place))).unwrap_or_default();
        format!("{}, the first: {at}{}", self.count(), first.message)
    }

    /// `file:line:column` of a place; lines and columns count from 1, columns count characters.
    #[must_use]
    pub(crate) fn locate(&self, place: &FileSpan) -> String {
        let Some(text) = self.texts.get(place.file) else { return String::new() };
        let (line, column) = text.redacted.position(place.span.start);
        format!("{}:{line}:{column}", text.path.display())
    }

    fn count(&self) -> String {
        let many = |n: usize, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
        match (self.errors.len() + self.more.0, self.warnings.len() + self.more.1) {
            (0, 0) => "no problems".to_owned(),
            (0, w) => many(w, "warning"),
            (e, 0) => many(e, "problem"),
            (e, w) => format!("{}, {}", many(e, "problem"), many(w, "warning")),
        }
    }

    /// Adds the text of a file, so that problems can quote it.
    pub(super) fn add_file(&mut self, path: &Path, text: &str) -> usize {
        self.texts.push(Arc::new(SourceFile { path: path.to_owned(), redacted: redact::RedactedText::new(text) }));
        self.texts.len() - 1
    }

    /// Drops the files' texts if no problem quotes them.
    pub(super) fn forget_texts(&mut self) {
        if self.is_empty() {
            self.texts = Vec::new();
        }
    }

    /// Records an error of reading, so that trouble of the machine does not count as an invalid configuration.
    pub(super) fn note(&mut self, error: &std::io::Error) {
        self.outage |= is_outage(error);
    }

    /// Records a file that the configuration names, also if it could not be read: its repair is a change.
    pub(super) fn watch_file(&mut self, path: &Path, hash: Option<blake3::Hash>) {
        self.named.files.insert(path.to_owned(), hash.map_or([0; 32], |hash| *hash.as_bytes()));
    }

    /// Records folders in which a further file may appear.
    pub(super) fn watch_folders(&mut self, folders: &[PathBuf]) {
        self.named.folders.extend_from_slice(folders);
    }

    /// Hands over what [`Report::files`] lists.
    pub(super) fn take_files(&mut self) -> BTreeMap<PathBuf, [u8; 32]> {
        std::mem::take(&mut *self.named).files
    }

    /// The files whose repair may make the configuration valid, with the hash of what was read.
    pub(super) fn files(&self) -> &BTreeMap<PathBuf, [u8; 32]> {
        &self.named.files
    }

    /// The folders in which a missing file may appear.
    pub(super) fn folders(&self) -> &[PathBuf] {
        &self.named.folders
    }

    pub(super) fn error(&mut self, place: impl Into<Option<FileSpan>>, wrong: InvalidValue) {
        self.error_with(place, || wrong);
    }

    /// Like [`Report::error`], for a message that is expensive to build: past the limit it is only counted.
    pub(super) fn error_with(&mut self, place: impl Into<Option<FileSpan>>, wrong: impl FnOnce() -> InvalidValue) {
        add(&mut self.errors, &mut self.more.0, place.into(), wrong);
    }

    pub(super) fn warn(&mut self, place: impl Into<Option<FileSpan>>, wrong: InvalidValue) {
        add(&mut self.warnings, &mut self.more.1, place.into(), || wrong);
    }

    /// True if further errors, or further warnings, are only counted.
    pub(super) fn is_full(&self, warnings: bool) -> bool {
        (if warnings { &self.warnings } else { &self.errors }).len() >= MAX_KEPT
    }
}

fn add(problems: &mut Vec<Problem>, more: &mut usize, place: Option<FileSpan>, wrong: impl FnOnce() -> InvalidValue) {
    if problems.len() >= MAX_KEPT {
        *more += 1;
        return;
    }
    let InvalidValue { message, remedy } = wrong();
    problems.push(Problem { place, message, remedy });
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Report {}

impl fmt::Debug for NamedFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} files", self.files.len())
    }
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({})", self.path.display())
    }
}
