//! Represents the changes of a revised item as runs of words.

use serde::{Deserialize, Serialize};

use super::Field;

/// A changed field of a revised item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FieldChange {
    /// The field.
    pub(crate) field: Field,
    /// The words of both revisions, in order.
    pub runs: Vec<WordRun>,
    /// True if the end is missing because the change is too long.
    pub cut: bool,
}

/// Consecutive words, separated by single spaces, with their kind of change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WordRun {
    /// In both revisions.
    Kept(String),
    /// Only in the previous revision.
    Removed(String),
    /// Only in this revision.
    Added(String),
    /// A number of omitted words of both revisions; at the end of a cut change, of either.
    Skipped(usize),
}

/// Shortens the runs to at most `most` characters, and returns whether it cut anything. The last run ends after a whole
/// word.
///
/// ```
/// use marsad::alert::{WordRun, shortened};
///
/// let (runs, cut) = shortened(&[WordRun::Kept("one two three".to_owned())], 8);
/// assert_eq!(runs, [WordRun::Kept("one two".to_owned()), WordRun::Skipped(1)]);
/// assert!(cut);
/// ```
#[must_use]
pub fn shortened(runs: &[WordRun], most: usize) -> (Vec<WordRun>, bool) {
    let (mut kept, mut left, mut lost) = (Vec::new(), most, 0);
    for run in runs {
        let length = run.text().chars().count();
        if lost == 0 && length <= left {
            kept.push(run.clone());
            left -= length;
            continue;
        }
        let start = if lost == 0 { beginning(run.text(), left) } else { "" };
        lost += run.words() - start.split_whitespace().count();
        if !start.is_empty() {
            kept.push(run.with_text(start));
        }
    }
    if lost > 0 {
        kept.push(WordRun::Skipped(lost));
    }
    (kept, lost > 0)
}

/// The complete words within the first `most` characters.
fn beginning(text: &str, most: usize) -> &str {
    match text.char_indices().nth(most) {
        None => text,
        Some((end, c)) if c.is_whitespace() => &text[..end],
        Some((end, _)) => text[..end].rsplit_once(char::is_whitespace).map_or("", |(start, _)| start),
    }
}

impl WordRun {
    /// The words; empty for omitted words.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Kept(text) | Self::Removed(text) | Self::Added(text) => text,
            Self::Skipped(_) => "",
        }
    }

    /// The number of words.
    #[must_use]
    pub fn words(&self) -> usize {
        match self {
            Self::Skipped(words) => *words,
            other => other.text().split_whitespace().count(),
        }
    }

    /// A run of the same kind with other words.
    #[must_use]
    pub(crate) fn with_text(&self, text: &str) -> Self {
        match self {
            Self::Kept(_) => Self::Kept(text.to_owned()),
            Self::Removed(_) => Self::Removed(text.to_owned()),
            Self::Added(_) => Self::Added(text.to_owned()),
            Self::Skipped(words) => Self::Skipped(*words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shortened_change_ends_after_a_whole_word_and_counts_the_rest() {
        let runs = [
            WordRun::Kept("one two".to_owned()),
            WordRun::Removed("three four".to_owned()),
            WordRun::Added("five".to_owned()),
        ];
        assert_eq!(shortened(&runs, 100), (runs.to_vec(), false));
        let (short, cut) = shortened(&runs, 13);
        assert!(cut);
        assert_eq!(short, [runs[0].clone(), WordRun::Removed("three".to_owned()), WordRun::Skipped(2)]);
        assert_eq!(shortened(&runs, 0).0, [WordRun::Skipped(5)]);
    }
}
