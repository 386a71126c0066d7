//! Finds the runs of words that two texts have in common, wherever they stand: greedy string tiling.

use super::key_hash::KeyMap;
use super::text_profile::ProfileWord;

/// The fewest words of a common run. Chosen by hand: one word is common to all texts.
const MIN_RUN: usize = 2;

/// The most places of one pair of words that are tried: it bounds the time on a text that repeats itself. Chosen by
/// hand.
const MAX_PLACES: usize = 32;

/// A run of words that both texts have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CommonRun {
    /// Where it begins in the older text.
    pub(crate) older: usize,
    /// Where it begins in the newer text.
    pub(crate) newer: usize,
    /// Its number of words.
    pub(crate) words: usize,
}

/// The common runs of two texts, longest first; no word belongs to two runs.
///
/// Method: M. Wise, "String similarity via greedy string tiling and running Karp–Rabin matching", 1993, with pairs of
/// words as seeds.
#[must_use]
pub(crate) fn common_runs(older: &[ProfileWord], newer: &[ProfileWord]) -> Vec<CommonRun> {
    let mut candidates = maximal_runs(older, newer);
    candidates.sort_by_key(|run| (std::cmp::Reverse(run.words), run.newer, run.older));
    let (mut taken_older, mut taken_newer) = (vec![false; older.len()], vec![false; newer.len()]);
    let mut runs = Vec::new();
    for run in candidates {
        let free = |n: usize| !taken_older[run.older + n] && !taken_newer[run.newer + n];
        for (start, words) in stretches(run.words, free) {
            taken_older[run.older + start..][..words].fill(true);
            taken_newer[run.newer + start..][..words].fill(true);
            runs.push(CommonRun { older: run.older + start, newer: run.newer + start, words });
        }
    }
    runs.sort_by_key(|run| (std::cmp::Reverse(run.words), run.newer));
    runs
}

/// Every common run that cannot be extended, at most [`MAX_PLACES`] for each of its beginnings.
fn maximal_runs(older: &[ProfileWord], newer: &[ProfileWord]) -> Vec<CommonRun> {
    let (first, next) = pairs(older);
    let mut runs = Vec::new();
    for (n, pair) in newer.windows(MIN_RUN).enumerate() {
        let places = std::iter::successors(first.get(&pair_key(pair)).copied(), |at| next[*at]);
        for o in places.take(MAX_PLACES) {
            if o > 0 && n > 0 && older[o - 1].key == newer[n - 1].key {
                continue;
            }
            let words = older[o..].iter().zip(&newer[n..]).take_while(|(a, b)| a.key == b.key).count();
            // Two pairs may share a key by chance.
            if words >= MIN_RUN {
                runs.push(CommonRun { older: o, newer: n, words });
            }
        }
    }
    runs
}

/// The first place of each pair of words, and for each place the next one of the same pair.
fn pairs(words: &[ProfileWord]) -> (KeyMap<usize>, Vec<Option<usize>>) {
    let mut first = KeyMap::with_capacity_and_hasher(words.len(), Default::default());
    let mut next = vec![None; words.len()];
    for (at, pair) in words.windows(MIN_RUN).enumerate().rev() {
        next[at] = first.insert(pair_key(pair), at);
    }
    (first, next)
}

fn pair_key(pair: &[ProfileWord]) -> u64 {
    pair.iter().fold(0, |key: u64, word| key.rotate_left(29) ^ word.key)
}

/// The stretches of at least [`MIN_RUN`] free words among the first `words`, as start and length.
fn stretches(words: usize, free: impl Fn(usize) -> bool) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = 0;
    for at in 0..=words {
        if at == words || !free(at) {
            if at - start >= MIN_RUN {
                found.push((start, at - start));
            }
            start = at + 1;
        }
    }
    found
}

/// What stands between two common runs: the words of the newer text, and those of the older one in their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gap {
    /// The words of the older text; `None` where the runs stand in another order there.
    pub(crate) older: Option<std::ops::Range<usize>>,
    /// The words of the newer text.
    pub(crate) newer: std::ops::Range<usize>,
}

/// The gaps before, between and after the runs, in the order of the newer text.
#[must_use]
pub(crate) fn gaps(runs: &[CommonRun], older: usize, newer: usize) -> Vec<Gap> {
    let mut runs = runs.to_vec();
    runs.sort_by_key(|run| run.newer);
    runs.push(CommonRun { older, newer, words: 0 });
    let (mut after_older, mut after_newer) = (0, 0);
    let mut found = Vec::with_capacity(runs.len());
    for run in runs {
        let in_order = run.older >= after_older;
        found.push(Gap { older: in_order.then_some(after_older..run.older), newer: after_newer..run.newer });
        (after_older, after_newer) = (run.older + run.words, run.newer + run.words);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::text_profile::TextProfile;
    use super::*;

    fn runs(older: &str, newer: &str) -> Vec<(usize, usize, usize)> {
        let (older, newer) = (TextProfile::of_parts("", older), TextProfile::of_parts("", newer));
        common_runs(older.body(), newer.body()).iter().map(|run| (run.older, run.newer, run.words)).collect()
    }

    #[test]
    fn sentences_in_another_order_are_found() {
        let (a, b) = ("the council met in the harbour", "fishermen repaired their nets");
        assert_eq!(runs(&format!("{a}. {b}."), &format!("{b}. {a}.")), [(0, 4, 6), (6, 0, 4)]);
    }

    #[test]
    fn no_word_belongs_to_two_runs() {
        assert_eq!(runs("aid for gaza", "aid for gaza aid for gaza"), [(0, 0, 3)]);
    }

    #[test]
    fn one_word_repeated_yields_few_candidates() {
        let word = TextProfile::of_parts("", &"tide ".repeat(1_500));
        assert!(maximal_runs(word.body(), word.body()).len() <= 1_500 + MAX_PLACES);
    }

    #[test]
    fn gaps_pair_what_was_replaced() {
        let (older, newer) = (
            TextProfile::of_parts("", "he met the minister of Chad today"),
            TextProfile::of_parts("", "he met the minister of Mali today"),
        );
        let runs = common_runs(older.body(), newer.body());
        assert_eq!(gaps(&runs, 7, 7)[1], Gap { older: Some(5..7), newer: 5..7 });
    }
}
