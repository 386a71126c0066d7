//! What a revision says otherwise, as both parts of a letter show it.

use serde::Serialize;

use crate::alert::{Change, ItemAlert, Run, shortened};
use crate::render::clean;
use crate::render::phrase::Phrases;

/// The longest change of one field, in characters.
const CHANGE: usize = 3_000;

/// A field that says something else than before.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Altered {
    pub field: &'static str,
    pub runs: Vec<Stretch>,
}

/// Words of a change: `kept`, `removed`, `added`, or `skipped` with how many.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Stretch {
    pub is: &'static str,
    pub text: String,
}

/// What a revision says otherwise, field by field.
pub(super) fn changes(alert: &ItemAlert, words: &Phrases) -> Vec<Altered> {
    let stretch = |run: &Run| {
        let (is, text) = match run {
            Run::Kept(text) => ("kept", clean::line(text)),
            Run::Removed(text) => ("removed", clean::line(text)),
            Run::Added(text) => ("added", clean::line(text)),
            Run::Skipped(words) => ("skipped", words.to_string()),
        };
        Stretch { is, text }
    };
    let changes = alert.previous.iter().flat_map(|previous| &previous.changes);
    let altered = |change: &Change| {
        let runs = shortened(&change.runs, CHANGE).0.iter().map(stretch).collect();
        Altered { field: words.field(change.field), runs }
    };
    changes.map(altered).collect()
}
