//! Finds the word that a mistyped word was meant to be.

/// The choice that differs from `word` by a typing error or two; `None` if nothing is near.
pub(super) fn nearest<'a>(word: &str, choices: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase().replace('-', "_");
    let near = |choice: &'a str| (distance(&word, &choice.to_lowercase().replace('-', "_")), choice);
    let (found, choice) =
        choices.into_iter().filter(|choice| may_be_near(&word, choice)).map(near).min_by_key(|(found, _)| *found)?;
    (found <= max_errors(choice.chars().count())).then_some(choice)
}

/// True if a word, in lower case and with `_` for `-`, is one of these or differs from one by a typing error or two.
pub(super) fn is_near(word: &str, choices: &[&str]) -> bool {
    choices
        .iter()
        .any(|choice| may_be_near(word, choice) && distance(word, choice) <= max_errors(choice.chars().count()))
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

/// How many characters must be inserted, removed, changed or swapped with the next one.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let change = rows[i][j] + usize::from(x != y);
            let mut best = change.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(rows[i - 1][j - 1] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
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
