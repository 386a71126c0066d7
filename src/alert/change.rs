//! What a revised item says otherwise than before.

use serde::{Deserialize, Serialize};

use super::Field;

/// A field of a revised item that says something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field.
    pub field: Field,
    /// Its words in order, of both revisions.
    pub runs: Vec<WordRun>,
    /// True where the end is missing, because there was too much of it.
    pub cut: bool,
}

/// Words that follow each other, separated by single spaces, and what became of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WordRun {
    /// They stand in both revisions.
    Kept(String),
    /// They stood in the revision before.
    Removed(String),
    /// They stand in this revision.
    Added(String),
    /// So many words that stand in both, and are not shown; at the end of a cut change, words of either.
    Skipped(usize),
}

/// The runs up to so many characters, and whether anything had to go: a long run ends after a whole word.
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
            kept.push(run.saying(start));
        }
    }
    if lost > 0 {
        kept.push(WordRun::Skipped(lost));
    }
    (kept, lost > 0)
}

/// The whole words among the first `most` characters.
fn beginning(text: &str, most: usize) -> &str {
    match text.char_indices().nth(most) {
        None => text,
        Some((end, c)) if c.is_whitespace() => &text[..end],
        Some((end, _)) => text[..end].rsplit_once(char::is_whitespace).map_or("", |(start, _)| start),
    }
}

impl WordRun {
    /// The words; empty for words that are not shown.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Kept(text) | Self::Removed(text) | Self::Added(text) => text,
            Self::Skipped(_) => "",
        }
    }

    /// How many words it stands for.
    #[must_use]
    pub fn words(&self) -> usize {
        match self {
            Self::Skipped(words) => *words,
            other => other.text().split_whitespace().count(),
        }
    }

    /// The same with other words.
    #[must_use]
    pub fn saying(&self, text: &str) -> Self {
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
