//! Every problem of a configuration at once, each with its place, its line, a caret and a remedy.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::bounded_read::is_outage;
use super::redact;

mod draw;

/// The most problems of a kind that are drawn. Chosen by hand: a generated file of 100,000 lines may be wrong in each
/// of them, and nobody reads on.
const SHOWN: usize = 50;
/// The most problems of a kind that are kept; the others are counted. Twice what is drawn, which is drawn in the order
/// of the files.
const KEPT: usize = 100;

/// What is wrong with a configuration, and what is doubtful in it.
#[derive(Clone, Debug, Default)]
pub struct Report {
    texts: Vec<Arc<SourceFile>>,
    errors: Vec<Problem>,
    warnings: Vec<Problem>,
    /// How many more errors and warnings there are.
    more: (usize, usize),
    /// Whether a file could not be read because the machine lacked something.
    outage: bool,
}

/// One thing that is wrong or doubtful.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands; none for what is missing altogether.
    pub place: Option<FileSpan>,
    /// What is wrong, in lower case, without a secret.
    pub message: String,
    /// What would be right.
    pub remedy: String,
}

/// Some bytes of one of a report's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSpan {
    /// Which file, by the order of reading.
    pub(super) file: usize,
    /// Which bytes of it.
    pub(super) span: Range<usize>,
}

/// A file that was read, with its secrets already masked.
struct SourceFile {
    path: PathBuf,
    masked: redact::RedactedText,
}

/// What a value should have been: becomes a [`Problem`] where its place is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct InvalidValue {
    pub(super) message: String,
    pub(super) remedy: String,
}

/// Says what is wrong and what would be right.
pub(super) fn wrong(message: impl Into<String>, remedy: impl Into<String>) -> InvalidValue {
    InvalidValue { message: message.into(), remedy: remedy.into() }
}

impl Report {
    /// Whether nothing is wrong and nothing doubtful.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.errors.is_empty() && self.warnings.is_empty()
    }

    /// Whether something is so wrong that the configuration cannot be used.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Whether a file could not be read for want of handles, memory or a working disk: the configuration itself may be
    /// right, and is to be read again.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        self.outage
    }

    /// What is wrong; of very many problems the first.
    #[must_use]
    pub fn errors(&self) -> &[Problem] {
        &self.errors
    }

    /// What is doubtful: no reason to refuse the configuration.
    #[must_use]
    pub fn warnings(&self) -> &[Problem] {
        &self.warnings
    }

    /// The whole report for a terminal or a log: the problems in the order of the files, then the warnings.
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
            for problem in sorted.iter().take(SHOWN) {
                out.push_str(&draw::problem(self, problem, level, color));
                out.push_str("\n\n");
            }
            let more = sorted.len().saturating_sub(SHOWN) + uncounted;
            if more > 0 {
                out.push_str(&format!("… and {more} more of the kind\n\n"));
            }
        }
        out.push_str(&self.count());
        out
    }

    /// One line: how many problems, and the first of them with its place.
    #[must_use]
    pub fn summary(&self) -> String {
        let Some(first) = self.errors.first().or_else(|| self.warnings.first()) else { return self.count() };
        let at = first.place.as_ref().map(|place| format!("{}: ", self.locate(place))).unwrap_or_default();
        format!("{}, the first: {at}{}", self.count(), first.message)
    }

    /// `file:line:column` of a place; lines and columns count from 1, columns count characters.
    #[must_use]
    pub fn locate(&self, place: &FileSpan) -> String {
        let Some(text) = self.texts.get(place.file) else { return String::new() };
        let (line, column) = text.masked.position(place.span.start);
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

    /// Takes a file's text up, so that problems can quote it.
    pub(super) fn take_up(&mut self, path: &Path, text: &str) -> usize {
        self.texts.push(Arc::new(SourceFile { path: path.to_owned(), masked: redact::RedactedText::new(text) }));
        self.texts.len() - 1
    }

    /// Forgets the files' texts where nothing quotes them.
    pub(super) fn forget_texts(&mut self) {
        if self.is_empty() {
            self.texts = Vec::new();
        }
    }

    /// Notes an error of reading, so that trouble of the machine is not taken for a wrong configuration.
    pub(super) fn note(&mut self, error: &std::io::Error) {
        self.outage |= is_outage(error);
    }

    pub(super) fn error(&mut self, place: impl Into<Option<FileSpan>>, wrong: InvalidValue) {
        self.error_with(place, || wrong);
    }

    /// As [`Report::error`], for a problem whose words cost something: past the bound it is only counted.
    pub(super) fn error_with(&mut self, place: impl Into<Option<FileSpan>>, wrong: impl FnOnce() -> InvalidValue) {
        add(&mut self.errors, &mut self.more.0, place.into(), wrong);
    }

    pub(super) fn warn(&mut self, place: impl Into<Option<FileSpan>>, wrong: InvalidValue) {
        add(&mut self.warnings, &mut self.more.1, place.into(), || wrong);
    }

    /// Whether further errors, or further warnings, are only counted.
    pub(super) fn is_full(&self, warnings: bool) -> bool {
        (if warnings { &self.warnings } else { &self.errors }).len() >= KEPT
    }
}

fn add(problems: &mut Vec<Problem>, more: &mut usize, place: Option<FileSpan>, wrong: impl FnOnce() -> InvalidValue) {
    if problems.len() >= KEPT {
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

impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Text({})", self.path.display())
    }
}
