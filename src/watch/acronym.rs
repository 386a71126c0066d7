//! Decides which terms are acronyms and where they count: `OIC` matches capitals only, because `us`, `car` and `j'ai`
//! are words.

use std::collections::HashSet;

use super::WatchInput;
use super::term::{Term, TermMode};
use super::term_hit::TermHit;
use crate::text::words::{Script, Word, WordGap, WordList};

mod short_words;

/// The most letters of a word in capitals that counts as an acronym. Chosen by hand: longer ones (UNESCO, UNICEF) are
/// words of no language, and many publishers write them `Unesco`.
pub(crate) const MAX_LETTERS: usize = 5;

/// Words checked on either side to tell a text in capitals from an acronym. Chosen by hand.
const CONTEXT_WORDS: usize = 4;

/// Characters of a text used to guess the language of an item that declares none. Chosen by hand.
const LANGUAGE_SAMPLE: usize = 500;

/// True if the word `part` of a term is an acronym: up to [`MAX_LETTERS`] letters, all capitals, no digit. A phrase
/// written entirely in capitals has no acronyms.
pub(super) fn is_acronym(term: &WordList, part: &Word) -> bool {
    if !term.letters(part).first().is_some_and(|letter| letter.original.is_uppercase()) {
        return false;
    }
    let all = term.all();
    let Some(mut first) = all.iter().position(|token| token.first == part.first) else { return false };
    let Some(mut last) = all.iter().position(|token| token.last == part.last) else { return false };
    while first > 0 && is_dotted(&all[first - 1]) {
        first -= 1;
    }
    while is_dotted(&all[last]) && last + 1 < all.len() {
        last += 1;
    }
    let own = term.letters(&Word { last: all[last].last, ..all[first] });
    if own.len() > MAX_LETTERS || !own.iter().all(|letter| letter.original.is_uppercase()) {
        return false;
    }
    let others = all[..first].iter().chain(&all[last + 1..]).flat_map(|token| term.letters(token));
    let mut others = others.map(|letter| letter.original).filter(|letter| letter.is_alphabetic()).peekable();
    others.peek().is_none() || own.len() > 1 && others.any(|letter| !letter.is_uppercase())
}

/// True if a full stop inside an acronym follows the word.
fn is_dotted(token: &Word) -> bool {
    matches!(token.gap, WordGap::Soft | WordGap::Initial)
}

/// True if the words around `first..=last` are in another script, where an acronym in lower case cannot be a common
/// word.
pub(super) fn is_in_other_script(words: &WordList, first: usize, last: usize) -> bool {
    let (before, after) = around(words, first, last);
    let mut near = before.last().into_iter().chain(after.first()).peekable();
    near.peek().is_some() && near.all(|token| token.script == Script::Arabic)
}

/// True if the words around `first..=last` are in capitals too, so that capitals prove nothing: two such words, or one
/// in a text without lower case.
pub(super) fn is_among_capitals(words: &WordList, first: usize, last: usize) -> bool {
    let (before, after) = around(words, first, last);
    let mut count = 0;
    let capitals = before.iter().chain(after).filter(|token| token.script == Script::Latin).all(|token| {
        count += 1;
        words.letters(token).iter().all(|letter| letter.original.is_uppercase() || letter.original.is_numeric())
    });
    capitals && count > usize::from(words.evidence().lower)
}

/// True if the neighbours of `first..=last` in a text in capitals show that it is the English word `us` or `who` and
/// not a name: TELL US MORE, but US SENATE VOTES.
pub(super) fn is_pronoun(words: &WordList, first: usize, last: usize) -> bool {
    let (before, after) = around(words, first, last);
    let folded = |token: &Word| words.folded(token);
    let (before, after) = (before.last().map(folded), after.first().map(folded));
    first == last && short_words::is_pronoun(&words.folded(&words.all()[first]), before.as_deref(), after.as_deref())
}

/// The words before and after, within the same clause.
fn around(words: &WordList, first: usize, last: usize) -> (&[Word], &[Word]) {
    let all = words.all();
    let ends = |token: &Word| token.gap == WordGap::Stop;
    let before = all[..first].iter().rev().take(CONTEXT_WORDS).take_while(|token| !ends(token)).count();
    let behind = &all[last + 1..(last + 1 + CONTEXT_WORDS).min(all.len())];
    let after = if ends(&all[last]) { 0 } else { behind.iter().position(ends).map_or(behind.len(), |end| end + 1) };
    (&all[first - before..first], &behind[..after])
}

/// Removes the hits of acronyms that are more likely words.
///
/// In a headline all in capitals, an acronym counts unless it may be a common word: the item also writes it in lower
/// case, it is a short word of the item's language (`PAR` in French), or its neighbours make it a word (`TELL US`). If
/// the item also has the acronym outside such a headline, every occurrence counts.
pub(super) fn retain_acronyms(hits: Vec<TermHit>, terms: &[Term], input: &WatchInput<'_>) -> Vec<TermHit> {
    let mut hits = hits;
    if !hits.iter().any(|hit| hit.among_capitals) {
        return hits;
    }
    let sure: HashSet<u32> = hits.iter().filter(|hit| !hit.among_capitals).map(|hit| hit.term).collect();
    let mut common_words = HashSet::new();
    for hit in hits.iter().filter(|hit| hit.among_capitals && !sure.contains(&hit.term)) {
        if !common_words.contains(&hit.term) && is_word(&terms[hit.term as usize].text, input) {
            common_words.insert(hit.term);
        }
    }
    let is_word = |hit: &TermHit| hit.pronoun && !sure.contains(&hit.term) || common_words.contains(&hit.term);
    hits.retain(|hit| !(hit.among_capitals && is_word(hit)));
    hits
}

/// True if the item uses the letters of an acronym as a word.
fn is_word(term: &str, input: &WatchInput<'_>) -> bool {
    let own: String = letters(&WordList::read(term)).collect();
    let opening = || input.text.chars().take(LANGUAGE_SAMPLE).collect::<String>();
    let short = match input.lang {
        Some(lang) => short_words::is_short_word(&own, lang),
        None => short_words::is_short_word_of(&own, &format!("{} {} {}", input.title, input.summary, opening())),
    };
    short
        || [input.title, input.summary, input.text]
            .iter()
            .any(|text| find_lower_case(term, &WordList::read(text)).is_some())
}

fn letters(words: &WordList) -> impl Iterator<Item = char> {
    words.all().iter().flat_map(|token| words.letters(token)).map(|letter| letter.folded)
}

/// Finds the letters of an acronym written as a word in lower case.
pub(super) fn find_lower_case<'t>(term: &str, text: &'t WordList) -> Option<&'t Word> {
    let term = WordList::read(term);
    text.all().iter().find(|token| {
        let word = text.letters(token);
        word.iter().map(|letter| letter.folded).eq(letters(&term)) && word.iter().any(|l| !l.original.is_uppercase())
    })
}

/// True if the term consists of one acronym only.
pub(super) fn is_single_acronym(term: &Term, words: &WordList) -> bool {
    let divided = |tokens: &[Word]| tokens.iter().rev().skip(1).any(|token| !is_dotted(token));
    term.mode != TermMode::Exact
        && !divided(words.all())
        && words.all().first().is_some_and(|token| is_acronym(words, token))
}
