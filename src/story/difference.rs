//! Computes the changes between two revisions of a text, word by word.

use std::ops::Range;

use similar::algorithms::IdentifyDistinct;
use similar::{Algorithm, DiffOp, capture_diff};

use crate::alert::{Field, FieldChange, WordRun, shortened};
use crate::item::Item;

/// The most unchanged words shown on either side of a change. Chosen by hand.
const CONTEXT_WORDS: usize = 12;

/// The most words between the first and the last change that are compared; longer parts count as replaced. Chosen by
/// hand.
const MAX_WORDS: usize = 20_000;

/// The longest change of one field in an alert, in characters. Chosen by hand.
const MAX_CHANGE: usize = 6_000;

/// The fewest changed words around a single unchanged word for it to be shown as changed: a lone "the" does not help
/// the reader. Chosen by hand.
const MIN_CHANGED: usize = 6;

/// The fields in which `now` differs from `before`, without unchanged words far from any change. A field that is empty
/// in one revision has not changed: it was read in only one of the visits.
#[must_use]
pub(crate) fn changes(before: &Item, now: &Item) -> Vec<FieldChange> {
    let fields = [
        (Field::Title, &before.title, &now.title),
        (Field::Summary, &before.summary, &now.summary),
        (Field::Text, &before.text, &now.text),
    ];
    let both = |(_, before, now): &(Field, &String, &String)| !before.is_empty() && !now.is_empty();
    let change = |(field, before, now): (Field, &String, &String)| {
        let runs = difference(before, now);
        let differs = runs.iter().any(|run| matches!(run, WordRun::Added(_) | WordRun::Removed(_)));
        let (runs, cut) = shortened(&excerpt(runs, CONTEXT_WORDS), MAX_CHANGE);
        differs.then_some(FieldChange { field, runs, cut })
    };
    fields.into_iter().filter(both).filter_map(change).collect()
}

/// The words of both texts as runs: kept and removed words are those of `before`, kept and added words those of `now`,
/// each in order.
///
/// ```
/// use marsad::alert::WordRun;
/// use marsad::story::difference::difference;
///
/// let runs = difference("aid to Gaza", "aid to Rafah");
/// let [kept, removed, added] = ["aid to", "Gaza", "Rafah"].map(str::to_owned);
/// assert_eq!(runs, [WordRun::Kept(kept), WordRun::Removed(removed), WordRun::Added(added)]);
/// ```
#[must_use]
pub fn difference(before: &str, now: &str) -> Vec<WordRun> {
    let start = before.split_whitespace().zip(now.split_whitespace()).take_while(|(a, b)| a == b).count();
    let (a, b) = (middle(before, start), middle(now, start));
    let mut runs = RunBuilder::default();
    runs.kept(before.split_whitespace().take(start));
    match (a, b) {
        (Some(a), Some(b)) => {
            let end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
            between(&a[..a.len() - end], &b[..b.len() - end], &mut runs);
            runs.kept(a[a.len() - end..].iter().copied());
        }
        _ => {
            runs.removed(before.split_whitespace().skip(start));
            runs.added(now.split_whitespace().skip(start));
        }
    }
    runs.all
}

/// The words after the first `start` ones; none if there are too many.
fn middle(text: &str, start: usize) -> Option<Vec<&str>> {
    let words: Vec<&str> = text.split_whitespace().skip(start).take(MAX_WORDS + 1).collect();
    (words.len() <= MAX_WORDS).then_some(words)
}

fn between<'w>(a: &[&'w str], b: &[&'w str], runs: &mut RunBuilder) {
    let stretches = without_lone_words(unchanged(a, b), a.len(), b.len());
    let (mut at, mut to) = (0, 0);
    for (kept, added) in stretches {
        runs.removed(a[at..kept.start].iter().copied());
        runs.added(b[to..added.start].iter().copied());
        runs.kept(a[kept.clone()].iter().copied());
        (at, to) = (kept.end, added.end);
    }
    runs.removed(a[at..].iter().copied());
    runs.added(b[to..].iter().copied());
}

/// The stretches that two texts have in common, in order, as their ranges in both.
fn unchanged(a: &[&str], b: &[&str]) -> Vec<(Range<usize>, Range<usize>)> {
    let words = IdentifyDistinct::<u32>::new(a, 0..a.len(), b, 0..b.len());
    let edits =
        capture_diff(Algorithm::Myers, words.old_lookup(), words.old_range(), words.new_lookup(), words.new_range());
    let equal = |edit: DiffOp| match edit {
        DiffOp::Equal { old_index, new_index, len } => Some((old_index..old_index + len, new_index..new_index + len)),
        _ => None,
    };
    edits.into_iter().filter_map(equal).collect()
}

/// Leaves out single unchanged words among changes. `a` and `b` are the lengths of the texts.
fn without_lone_words(
    stretches: Vec<(Range<usize>, Range<usize>)>,
    a: usize,
    b: usize,
) -> Vec<(Range<usize>, Range<usize>)> {
    let ends: Vec<(usize, usize)> =
        stretches.iter().skip(1).map(|(left, right)| (left.start, right.start)).chain([(a, b)]).collect();
    let mut before = (0, 0);
    let mut kept = Vec::new();
    for ((left, right), after) in stretches.into_iter().zip(ends) {
        let changed = (left.start - before.0) + (right.start - before.1) + (after.0 - left.end) + (after.1 - right.end);
        if left.len() > 1 || changed < MIN_CHANGED {
            before = (left.end, right.end);
            kept.push((left, right));
        }
    }
    kept
}

/// Shortens the runs to at most `around` unchanged words on either side of a change.
#[must_use]
pub(crate) fn excerpt(runs: Vec<WordRun>, around: usize) -> Vec<WordRun> {
    let last = runs.len().saturating_sub(1);
    let mut shown = Vec::new();
    for (at, run) in runs.into_iter().enumerate() {
        let WordRun::Kept(text) = &run else {
            shown.push(run);
            continue;
        };
        let words: Vec<&str> = text.split(' ').collect();
        let (head, tail) = (if at == 0 { 0 } else { around }, if at == last { 0 } else { around });
        if words.len() <= head + tail + 2 {
            shown.push(run);
            continue;
        }
        let part = |words: &[&str]| (!words.is_empty()).then(|| WordRun::Kept(words.join(" ")));
        shown.extend(part(&words[..head]));
        shown.push(WordRun::Skipped(words.len() - head - tail));
        shown.extend(part(&words[words.len() - tail..]));
    }
    shown
}

/// Builds runs and skips empty ones.
#[derive(Default)]
struct RunBuilder {
    all: Vec<WordRun>,
}

impl RunBuilder {
    fn kept<'w>(&mut self, words: impl Iterator<Item = &'w str>) {
        let text = words.collect::<Vec<_>>().join(" ");
        match self.all.last_mut() {
            _ if text.is_empty() => {}
            Some(WordRun::Kept(before)) => {
                before.push(' ');
                before.push_str(&text);
            }
            _ => self.all.push(WordRun::Kept(text)),
        }
    }

    fn removed<'w>(&mut self, words: impl Iterator<Item = &'w str>) {
        let text = words.collect::<Vec<_>>().join(" ");
        self.all.extend((!text.is_empty()).then_some(WordRun::Removed(text)));
    }

    fn added<'w>(&mut self, words: impl Iterator<Item = &'w str>) {
        let text = words.collect::<Vec<_>>().join(" ");
        self.all.extend((!text.is_empty()).then_some(WordRun::Added(text)));
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
