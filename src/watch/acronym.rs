//! Acronyms among the terms: `OIC` matches capitals only, because `us`, `car` and `j'ai` are words.

use std::collections::HashSet;

use super::WatchInput;
use super::term::{Term, TermMode};
use super::term_hit::TermHit;
use crate::text::words::{Script, Word, WordGap, WordList};

mod words;

/// The most letters of a word in capitals that counts as an acronym. Chosen by hand: longer ones (UNESCO, UNICEF) are
/// words of no language, and many publishers write them `Unesco`.
pub const MAX_LETTERS: usize = 5;

/// How many words on either side are looked at to tell a text in capitals from an acronym. Chosen by hand.
const AROUND: usize = 4;

/// How many characters of a text are looked at for the language of an item that nobody declares. Chosen by hand.
const OPENING: usize = 500;

/// True where the word of a term at `part` is an acronym: up to [`MAX_LETTERS`] letters in capitals and no digit. In a
/// phrase that is written in capitals throughout, no word is one.
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

/// True where a point stands behind the word, within an acronym.
fn is_dotted(token: &Word) -> bool {
    matches!(token.gap, WordGap::Soft | WordGap::Initial)
}

/// True where the words round the words `first` to `last` of a text are in another script: no word of that text can be
/// mistaken for an acronym in small letters.
pub(super) fn is_foreign(words: &WordList, first: usize, last: usize) -> bool {
    let (before, after) = around(words, first, last);
    let mut near = before.last().into_iter().chain(after.first()).peekable();
    near.peek().is_some() && near.all(|token| token.script == Script::Arabic)
}

/// True where the words round the words `first` to `last` of a text are in capitals too, which then say nothing: two of
/// them, or one in a text without a small letter.
pub(super) fn is_shouted(words: &WordList, first: usize, last: usize) -> bool {
    let (before, after) = around(words, first, last);
    let mut count = 0;
    let capitals = before.iter().chain(after).filter(|token| token.script == Script::Latin).all(|token| {
        count += 1;
        words.letters(token).iter().all(|letter| letter.original.is_uppercase() || letter.original.is_numeric())
    });
    capitals && count > usize::from(words.evidence().lower)
}

/// True where the neighbours of the words `first` to `last` of a text in capitals show that they are the English `us` or
/// `who` and no name: TELL US MORE, but US SENATE VOTES.
pub(super) fn is_pronoun(words: &WordList, first: usize, last: usize) -> bool {
    let (before, after) = around(words, first, last);
    let folded = |token: &Word| words.folded(token);
    let (before, after) = (before.last().map(folded), after.first().map(folded));
    first == last && words::is_pronoun(&words.folded(&words.all()[first]), before.as_deref(), after.as_deref())
}

/// The words before and after, as far as the same clause goes.
fn around(words: &WordList, first: usize, last: usize) -> (&[Word], &[Word]) {
    let all = words.all();
    let ends = |token: &Word| token.gap == WordGap::Stop;
    let before = all[..first].iter().rev().take(AROUND).take_while(|token| !ends(token)).count();
    let behind = &all[last + 1..(last + 1 + AROUND).min(all.len())];
    let after = if ends(&all[last]) { 0 } else { behind.iter().position(ends).map_or(behind.len(), |end| end + 1) };
    (&all[first - before..first], &behind[..after])
}

/// Every place where a term stands in an item.
///
/// In a headline that is in capitals throughout, an acronym counts unless it may as well be a word: the item writes it in
/// small letters elsewhere, it is a short word of the item's language (`PAR` in French), or its neighbours make it one
/// (`TELL US`). An item that has the acronym outside such a run as well is believed everywhere.
pub(super) fn places(found: Vec<TermHit>, terms: &[Term], reading: &WatchInput<'_>) -> Vec<TermHit> {
    let mut found = found;
    if !found.iter().any(|place| place.shouted) {
        return found;
    }
    let sure: HashSet<u32> = found.iter().filter(|place| !place.shouted).map(|place| place.term).collect();
    let mut words = HashSet::new();
    for place in found.iter().filter(|place| place.shouted && !sure.contains(&place.term)) {
        if !words.contains(&place.term) && is_word(&terms[place.term as usize].text, reading) {
            words.insert(place.term);
        }
    }
    let is_word = |place: &TermHit| place.pronoun && !sure.contains(&place.term) || words.contains(&place.term);
    found.retain(|place| !(place.shouted && is_word(place)));
    found
}

/// Whether the item uses the letters of an acronym as a word.
fn is_word(term: &str, reading: &WatchInput<'_>) -> bool {
    let own: String = letters(&WordList::read(term)).collect();
    let opening = || reading.text.chars().take(OPENING).collect::<String>();
    let short = match reading.lang {
        Some(lang) => words::is_short_word(&own, lang),
        None => words::is_short_word_of(&own, &format!("{} {} {}", reading.title, reading.summary, opening())),
    };
    short
        || [reading.title, reading.summary, reading.text]
            .iter()
            .any(|text| small(term, &WordList::read(text)).is_some())
}

fn letters(words: &WordList) -> impl Iterator<Item = char> {
    words.all().iter().flat_map(|token| words.letters(token)).map(|letter| letter.folded)
}

/// Where a text has the letters of an acronym as a word in small letters.
pub(super) fn small<'t>(term: &str, text: &'t WordList) -> Option<&'t Word> {
    let term = WordList::read(term);
    text.all().iter().find(|token| {
        let word = text.letters(token);
        word.iter().map(|letter| letter.folded).eq(letters(&term)) && word.iter().any(|l| !l.original.is_uppercase())
    })
}

/// True for a term that is nothing but an acronym.
pub(super) fn is_alone(term: &Term, words: &WordList) -> bool {
    let divided = |tokens: &[Word]| tokens.iter().rev().skip(1).any(|token| !is_dotted(token));
    term.mode != TermMode::Exact
        && !divided(words.all())
        && words.all().first().is_some_and(|token| is_acronym(words, token))
}
