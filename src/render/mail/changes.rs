//! The changes of a revision, as both parts of a mail show them.

use serde::Serialize;

use crate::alert::{FieldChange, ItemAlert, WordRun, shortened};
use crate::render::phrases::Phrases;
use crate::render::sanitize;

/// The longest change of one field, in characters. Chosen by hand.
const CHANGE: usize = 3_000;

/// A field that a revision changed.
#[derive(Clone, Debug, Serialize)]
pub(super) struct MailChange {
    pub(crate) field: &'static str,
    pub runs: Vec<ChangeSpan>,
}

/// Words of a change: `kept`, `removed`, `added`, or `skipped` with how many.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ChangeSpan {
    pub is: &'static str,
    pub text: String,
}

/// The changes of a revision, field by field.
pub(super) fn changes(alert: &ItemAlert, words: &Phrases) -> Vec<MailChange> {
    let span = |run: &WordRun| {
        let (is, text) = match run {
            WordRun::Kept(text) => ("kept", sanitize::line(text)),
            WordRun::Removed(text) => ("removed", sanitize::line(text)),
            WordRun::Added(text) => ("added", sanitize::line(text)),
            WordRun::Skipped(words) => ("skipped", words.to_string()),
        };
        ChangeSpan { is, text }
    };
    let changes = alert.previous.iter().flat_map(|previous| &previous.changes);
    let altered = |change: &FieldChange| {
        let runs = shortened(&change.runs, CHANGE).0.iter().map(span).collect();
        MailChange { field: words.field(change.field), runs }
    };
    changes.map(altered).collect()
}
