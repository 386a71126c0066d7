//! The words that say nothing about an event, and the titles that a name follows.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::text::fold;

static STOCK: LazyLock<HashSet<String>> = LazyLock::new(|| words(include_str!("stock_words.txt")));
static TITLES: LazyLock<HashSet<String>> = LazyLock::new(|| words(include_str!("titles.txt")));

/// True for a word of `stock_words.txt`, folded.
pub(crate) fn is_stock(word: &str) -> bool {
    STOCK.contains(word)
}

/// True for a word of `titles.txt`, folded.
pub(super) fn is_title(word: &str) -> bool {
    TITLES.contains(word)
}

fn words(table: &str) -> HashSet<String> {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(folded).collect()
}

/// The folded words of a text.
pub(super) fn folded(text: &str) -> Vec<String> {
    fold::key(text).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
