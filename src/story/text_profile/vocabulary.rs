//! The words that say nothing about an event, and the titles that a name follows.

use std::sync::LazyLock;

use crate::story::key_hash::{KeySet, stable_hash};
use crate::text::fold;

static STOCK: LazyLock<KeySet> = LazyLock::new(|| keys(include_str!("stock_words.txt")));
static TITLES: LazyLock<KeySet> = LazyLock::new(|| keys(include_str!("titles.txt")));

/// True for a word of `stock_words.txt`, folded.
pub(crate) fn is_stock(word: &str) -> bool {
    is_stock_key(stable_hash(word.as_bytes()))
}

/// True for the key of a word of `stock_words.txt`.
pub(super) fn is_stock_key(key: u64) -> bool {
    STOCK.contains(&key)
}

/// True for the key of a word of `titles.txt`.
pub(super) fn is_title_key(key: u64) -> bool {
    TITLES.contains(&key)
}

fn keys(table: &str) -> KeySet {
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(folded).map(|word| stable_hash(word.as_bytes())).collect()
}

/// The folded words of a text.
pub(super) fn folded(text: &str) -> Vec<String> {
    fold::key(text).split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}
