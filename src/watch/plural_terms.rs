//! Forms the broken plurals of a watched term: `وزراء الخارجية` for `وزير الخارجية`.

use super::term::{Term, TermMode};
use crate::text::morphology::broken_plurals;
use crate::text::words::{Script, WordList};

/// The term with each of its Arabic nouns in the plural, one at a time; empty if no noun is in the list of plurals.
pub(super) fn plural_terms(text: &str, words: &mut WordList) -> Vec<Term> {
    words.reread(text);
    let mut terms = Vec::new();
    for word in words.all().iter().filter(|word| word.script == Script::Arabic) {
        for plural in broken_plurals(words.letters(word)) {
            let (before, after) = (&text[..word.from as usize], &text[word.to as usize..]);
            let text = format!("{before}{plural}{after}").into();
            terms.push(Term { text, mode: TermMode::Words, singular: None });
        }
    }
    for term in &mut terms {
        term.singular = Some(text.into());
    }
    terms
}
