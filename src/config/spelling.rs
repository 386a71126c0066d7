//! Finds the word that a mistyped one was meant to be.

/// The choice that differs from `word` by a slip or two; none where nothing is near.
pub(super) fn nearest<'a>(word: &str, choices: impl IntoIterator<Item = &'a &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase().replace('-', "_");
    let near = |choice: &&'a str| (distance(&word, &choice.to_lowercase().replace('-', "_")), *choice);
    let (slips, choice) = choices.into_iter().map(near).min_by_key(|(slips, _)| *slips)?;
    (slips <= 1 + choice.chars().count() / 4).then_some(choice)
}

/// How many characters must be put in, taken out, changed or swapped with their neighbour.
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
    fn a_slip_is_recognised() {
        assert_eq!(nearest("evrey", SOURCE.keys), Some("every"));
        assert_eq!(nearest("first-visit", SOURCE.keys), Some("first_visit"));
        assert_eq!(nearest("lng", SOURCE.keys), Some("lang"));
        assert_eq!(nearest("colour", SOURCE.keys), None);
    }
}
