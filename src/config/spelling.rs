//! Finds the word that a mistyped word was meant to be.

use strsim::osa_distance;

/// The choice that differs from `word` by a typing error or two; `None` if nothing is near.
pub(super) fn nearest<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase().replace('-', "_");
    let near = |choice: &'a str| (osa_distance(&word, &choice.to_lowercase().replace('-', "_")), choice);
    let (found, choice) =
        choices.into_iter().filter(|choice| may_be_near(&word, choice)).map(near).min_by_key(|(found, _)| *found)?;
    (found <= max_errors(choice.chars().count())).then_some(choice)
}

/// True if a word, in lower case and with `_` for `-`, is one of these or differs from one by a typing error or two.
pub(super) fn is_near(word: &str, choices: &[&str]) -> bool {
    choices
        .iter()
        .any(|choice| may_be_near(word, choice) && osa_distance(word, choice) <= max_errors(choice.chars().count()))
}

/// A cheap check before the distance: a difference in length, and each character that the choice does not have, is a
/// typing error.
fn may_be_near(word: &str, choice: &str) -> bool {
    let most = max_errors(choice.chars().count());
    let foreign = word.chars().filter(|c| *c != '_' && !choice.contains(*c)).count();
    word.chars().count().abs_diff(choice.chars().count()) <= most && foreign <= most
}

/// How many typing errors a word of this many letters may have. Chosen by hand.
fn max_errors(letters: usize) -> usize {
    1 + letters / 4
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys::SOURCE;

    #[test]
    fn a_typing_error_is_recognised() {
        assert_eq!(nearest("evrey", SOURCE.names()), Some("every"));
        assert_eq!(nearest("first-visit", SOURCE.names()), Some("first_visit"));
        assert_eq!(nearest("lng", SOURCE.names()), Some("lang"));
        assert_eq!(nearest("colour", SOURCE.names()), None);
    }
}
