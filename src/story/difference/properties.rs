//! Tests the word differences of generated texts.

use proptest::prelude::*;

use super::tests::{drawn, side, words};
use super::*;

proptest! {
    #[test]
    fn the_runs_restore_both_texts(before in "([ab\u{62d} \n]{0,3}[cd\u{639}] ?){0,40}", now in "([ab\u{62d} \n]{0,3}[cd\u{639}] ?){0,40}") {
        let runs = difference(&before, &now);
        prop_assert_eq!(side(&runs, true), words(&before));
        prop_assert_eq!(side(&runs, false), words(&now));
    }

    #[test]
    fn a_small_edit_restores_both_texts_and_keeps_the_rest(
        text in prop::collection::vec("[a-e]{1,2}", 30..90), at in 0_usize..30, gone in 0_usize..4, new in "[x-z ]{0,9}"
    ) {
        let mut edited: Vec<String> = text.clone();
        edited.splice(at..(at + gone).min(text.len()), new.split_whitespace().map(str::to_owned));
        let (before, now) = (text.join(" "), edited.join(" "));
        let runs = difference(&before, &now);
        prop_assert_eq!(side(&runs, true), words(&before));
        prop_assert_eq!(side(&runs, false), words(&now));
        let removed: usize = runs.iter().filter(|run| matches!(run, WordRun::Removed(_))).map(WordRun::words).sum();
        prop_assert!(removed <= gone + 4, "{}", drawn(&runs));
    }

    #[test]
    fn arbitrary_texts_are_compared(before in any::<String>(), now in any::<String>()) {
        let runs = difference(&before, &now);
        prop_assert_eq!(side(&runs, true), words(&before));
        prop_assert_eq!(side(&runs, false), words(&now));
    }
}
