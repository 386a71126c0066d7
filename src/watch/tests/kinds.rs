//! Tests kinds of word forms in sentences: for each kind, what must match and what must not.

use super::*;

mod arabic;
mod latin;
mod persian;
mod turkish;
mod urdu;

/// A watched word and a sentence.
type Sentence = (&'static str, &'static str);

/// The fewest sentences of a kind in each direction. Chosen by hand.
const FEWEST: usize = 6;

/// Checks that each word is found in its sentence of the first list, and in none of the second, and that both lists are
/// long enough for a kind.
fn check(lang: &str, found: &[Sentence], not_found: &[Sentence]) {
    assert!(found.len() >= FEWEST && not_found.len() >= FEWEST, "{} and {} sentences", found.len(), not_found.len());
    let mut wrong = Vec::new();
    for (list, expected) in [(found, true), (not_found, false)] {
        for (watched, text) in list {
            let places = matches(&any(&[watched]), lang, text);
            if places.is_empty() == expected {
                let found: Vec<&str> = places.iter().map(|m| m.text.as_str()).collect();
                wrong.push(format!("{watched} in «{text}»: found {found:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
