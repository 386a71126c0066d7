//! The broken plurals of Arabic nouns: وزراء for وزير. No rule forms them, so they are a list.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::text::fold;
use crate::text::words::WordLetter;

/// One singular and one plural on each line, as news writes them. Chosen by hand.
const PAIRS: &str = include_str!("broken_plurals.txt");

/// The plurals by their folded singular.
static BY_SINGULAR: LazyLock<HashMap<String, Vec<&'static str>>> = LazyLock::new(|| {
    let mut plurals: HashMap<String, Vec<&'static str>> = HashMap::new();
    for (singular, plural) in PAIRS.lines().filter_map(|line| line.split_once(' ')) {
        plurals.entry(fold::key(singular)).or_default().push(plural);
    }
    plurals
});

/// The broken plurals of a noun, each with the article if the noun has it.
#[must_use]
pub(crate) fn broken_plurals(noun: &[WordLetter]) -> Vec<String> {
    let find = |letters: &[WordLetter]| {
        let singular: String = letters.iter().map(|l| l.folded).collect();
        BY_SINGULAR.get(&singular).map_or(&[][..], Vec::as_slice)
    };
    let bare = super::without_article(noun);
    let article = if bare.len() < noun.len() { "ال" } else { "" };
    find(bare).iter().map(|plural| format!("{article}{plural}")).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::text::words::WordList;

    #[test]
    fn every_line_is_a_singular_and_its_plural_once() {
        let mut pairs = HashSet::new();
        for line in PAIRS.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let arabic = |w: &&str| w.chars().count() > 1 && w.chars().all(|c| matches!(c, 'ء'..='ي'));
            assert!(words.len() == 2 && words.iter().all(arabic) && words[0] != words[1], "{line}");
            assert!(pairs.insert(line), "{line} occurs twice");
        }
        assert!(pairs.len() >= 300, "{} pairs", pairs.len());
    }

    #[test]
    fn a_noun_keeps_its_article_in_the_plural() {
        let plurals = |word: &str| {
            let words = WordList::read(word);
            broken_plurals(words.letters(&words.all()[0]))
        };
        assert_eq!(plurals("وزير"), ["وزراء"]);
        assert_eq!(plurals("السفير"), ["السفراء"]);
        assert_eq!(plurals("رئيس"), ["رؤساء"]);
        assert_eq!(plurals("دوله"), ["دول"]);
        assert!(plurals("القدس").is_empty());
    }
}
