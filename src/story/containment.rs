//! Measures how much of the shorter of two texts the other contains.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use crate::text::fold;

/// The words of a shingle. Chosen by hand.
const SHINGLE_WORDS: usize = 3;

/// The share of the shorter text's word triples that the longer one contains, from 0 to 1, after folding.
///
/// Containment and not resemblance, because a cut excerpt is contained in the full text. Texts of fewer than three
/// words are compared by words; an empty one has no share.
///
/// ```
/// use marsad::story::containment::containment;
///
/// let text = "the council of foreign ministers met in the city today";
/// assert!(containment(text, "the council of foreign ministers") > 0.99);
/// assert!(containment(text, "elections begin on sunday morning") < 0.01);
/// ```
#[must_use]
pub fn containment(a: &str, b: &str) -> f64 {
    let (a, b) = (fold::key(a), fold::key(b));
    let width = if a.split(' ').count().min(b.split(' ').count()) < SHINGLE_WORDS { 1 } else { SHINGLE_WORDS };
    let hasher = RandomState::new();
    let (a, b) = (shingles(&a, width, &hasher), shingles(&b, width, &hasher));
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.is_empty() {
        return 0.0;
    }
    let common = short.iter().filter(|shingle| long.contains(shingle)).count();
    #[expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^52")]
    let share = common as f64 / short.len() as f64;
    share
}

fn shingles(folded: &str, width: usize, hasher: &RandomState) -> HashSet<u64> {
    let words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    words.windows(width).map(|window| hasher.hash_one(window)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_is_contained_in_its_text() {
        let text = "the council of foreign ministers met in the city today and adopted a resolution on aid";
        let excerpt = "the council of foreign ministers met in the city";
        assert!((containment(text, excerpt) - 1.0).abs() < f64::EPSILON);
        assert!((containment(excerpt, text) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn other_news_shares_little() {
        let a = "the bank signed an agreement to finance roads in three member states";
        let b = "a delegation arrived to observe the elections that begin on sunday morning";
        assert!(containment(a, b) < 0.1);
    }

    #[test]
    fn empty_texts_contain_nothing() {
        assert!(containment("", "words here") < f64::EPSILON);
        assert!(containment("", "") < f64::EPSILON);
    }

    #[test]
    fn short_titles_are_compared_by_words() {
        assert!((containment("summit opens", "summit closes") - 0.5).abs() < f64::EPSILON);
    }
}
