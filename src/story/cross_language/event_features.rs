//! Reads from a report what does not depend on its language: topics, places, numbers, and names as consonants.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::LazyLock;

use super::consonant_key;
use super::event_language::EventLanguage;
use super::event_words::{EventWord, read};
use super::lexicon::{EntryId, EventLexicon};
use crate::item::Item;
use crate::story::text_profile::vocabulary::is_stock;
use crate::text::lang::Lang;

/// The topics of the tables.
pub(super) static TOPICS: LazyLock<EventLexicon> = LazyLock::new(|| EventLexicon::parse(include_str!("topics.txt")));
/// Countries and cities.
pub(super) static PLACES: LazyLock<EventLexicon> = LazyLock::new(|| EventLexicon::parse(include_str!("places.txt")));
/// Words that are written like names.
static NO_NAMES: LazyLock<EventLexicon> = LazyLock::new(|| EventLexicon::parse(include_str!("no_names.txt")));

/// The occurrences of one word that are compared with the other text. Chosen by hand; it bounds the time.
const MAX_OCCURRENCES: usize = 3;

/// The most letters of a part of a name. Chosen by hand; longer words are no words.
const MAX_NAME_LETTERS: usize = 40;

/// The words at the beginning of a body among which a dateline stands. Chosen by hand.
const DATELINE_WORDS: usize = 3;

/// The digits of a group of thousands.
const THOUSANDS: usize = 3;

/// The share of capitalised words from which a headline has them in every word. Chosen by hand.
const TITLE_CASE: f64 = 0.65;

/// The fewest words of a headline for [`TITLE_CASE`] to mean anything. Chosen by hand.
const MIN_TITLE_CASE_WORDS: usize = 4;

/// A word that is or may be part of a name.
#[derive(Clone, Debug)]
pub(super) struct NamePart {
    /// The folded word.
    pub(super) word: String,
    /// Its place in the text, in words.
    pub(super) at: usize,
    /// True in the headline and in the first sentence.
    pub(super) in_lead: bool,
    /// Its consonant keys.
    pub(super) keys: Vec<String>,
}

/// What a report says in any language: features for the comparison with a report in another language.
#[derive(Clone, Debug, Default)]
pub struct EventFeatures {
    /// None for a language without a column in the tables.
    pub(super) language: Option<EventLanguage>,
    /// The topics, each with whether the lead names it.
    pub(super) topics: BTreeMap<EntryId, bool>,
    /// Countries and cities, in the same way.
    pub(super) places: BTreeMap<EntryId, bool>,
    /// The places of the dateline.
    pub(super) datelines: BTreeSet<EntryId>,
    /// The whole numbers.
    pub(super) numbers: BTreeSet<u64>,
    /// Parts of names; in the Arabic script, every word that may be one.
    pub(super) names: Vec<NamePart>,
}

impl EventFeatures {
    /// The features of an item's headline and longest text.
    #[must_use]
    pub fn of(item: &Item) -> Self {
        Self::of_parts(&item.title, item.body(), item.lang.as_ref())
    }

    /// The features of a headline and a body in a language; none in a language without tables.
    #[must_use]
    pub fn of_parts(headline: &str, body: &str, lang: Option<&Lang>) -> Self {
        let Some(language) = lang.and_then(EventLanguage::of) else { return Self::default() };
        let words = read(headline, body, language);
        let forms: Vec<Vec<String>> = words.iter().map(|word| word.forms.clone()).collect();
        let mut features = Self { language: Some(language), ..Self::default() };
        let mut known = vec![false; words.len()];
        features.topics = mark(&TOPICS, language, &words, &forms, &mut known).0;
        let (places, place_ends) = mark(&PLACES, language, &words, &forms, &mut known);
        features.places = places;
        mark(&NO_NAMES, language, &words, &forms, &mut known);
        features.datelines = datelines(&words, &place_ends);
        features.numbers = numbers(&words, language);
        features.names =
            if language.has_capitals() { latin_names(&words, &known, language) } else { arabic_names(&words, &known) };
        features
    }

    /// True for the languages of the Latin script.
    pub(super) fn has_capitals(&self) -> bool {
        self.language.is_some_and(EventLanguage::has_capitals)
    }
}

/// Where an entry of the text ends: its number and the place of its last word.
type EntryEnds = Vec<(EntryId, usize)>;

/// The entries of a text, and marks their words as known.
fn mark(
    table: &EventLexicon,
    language: EventLanguage,
    words: &[EventWord],
    forms: &[Vec<String>],
    known: &mut [bool],
) -> (BTreeMap<EntryId, bool>, EntryEnds) {
    let (mut found, mut ends) = (BTreeMap::new(), Vec::new());
    let mut at = 0;
    while at < words.len() {
        let phrase = table.find(language, forms, at);
        for entry in phrase.entries {
            *found.entry(entry).or_default() |= words[at].in_lead;
            ends.push((entry, at + phrase.length - 1));
        }
        known[at..at + phrase.length].fill(true);
        at += phrase.length.max(1);
    }
    (found, ends)
}

/// The places before the dash or colon at the beginning of the body.
fn datelines(words: &[EventWord], place_ends: &EntryEnds) -> BTreeSet<EntryId> {
    let body = words.iter().position(|word| !word.in_headline).unwrap_or(words.len());
    let stands =
        |(_, end): &&(EntryId, usize)| (body..body + DATELINE_WORDS).contains(end) && words[*end].ends_dateline;
    place_ends.iter().filter(stands).map(|(place, _)| *place).collect()
}

/// The whole numbers, also with the thousands of French (`2 300`) and Turkish (`2.300`).
fn numbers(words: &[EventWord], language: EventLanguage) -> BTreeSet<u64> {
    let is_group = |word: &EventWord| word.folded().len() == THOUSANDS && is_digits(word.folded());
    let mut numbers = BTreeSet::new();
    let mut rest = words;
    while let Some((first, mut after)) = rest.split_first() {
        let mut digits = first.folded().to_owned();
        if language == EventLanguage::Turkish
            && let Some((head, tail)) = first.folded().split_once('.')
            && tail.len() == THOUSANDS
        {
            digits = format!("{head}{tail}");
        }
        let mut last = first;
        while language == EventLanguage::French
            && is_digits(&digits)
            && last.space_follows
            && let Some((next, further)) = after.split_first()
            && is_group(next)
        {
            digits.push_str(next.folded());
            (last, after) = (next, further);
        }
        numbers.extend(digits.parse::<u64>().ok());
        rest = after;
    }
    numbers
}

fn is_digits(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// The capitalised words that are names: inside a sentence, or at its beginning if they are names elsewhere.
fn latin_names(words: &[EventWord], known: &[bool], language: EventLanguage) -> Vec<NamePart> {
    let in_title_case = is_title_case(words);
    let is_inside = |word: &EventWord| word.is_capitalised && !word.may_begin && !(word.in_headline && in_title_case);
    let inside: HashSet<&str> = words.iter().filter(|word| is_inside(word)).map(EventWord::folded).collect();
    let small: HashSet<&str> = words.iter().filter(|word| !word.is_capitalised).map(EventWord::folded).collect();
    let leads_to_a_name = |at: usize| {
        let next = words.get(at + 1).is_some_and(|next| next.is_capitalised && inside.contains(next.folded()));
        next && !in_title_case && words[at].space_follows && !small.contains(words[at].folded())
    };
    let is_name = |at: usize| {
        let word = &words[at];
        let long = word.folded().chars().nth(1).is_some() && !word.folded().starts_with(|c: char| c.is_ascii_digit());
        let recurs = inside.contains(word.folded());
        let is_suffix = language == EventLanguage::Turkish && word.follows_apostrophe;
        let named = is_inside(word) || recurs || leads_to_a_name(at);
        word.is_capitalised && !known[at] && long && !is_suffix && named && (recurs || !is_stock(word.folded()))
    };
    let names = (0..words.len()).filter(|at| is_name(*at));
    parts(words, names, |word| consonant_key::of_latin(&word.letters, language))
}

fn is_title_case(words: &[EventWord]) -> bool {
    let headline = || words.iter().filter(|w| w.in_headline && w.folded().starts_with(char::is_alphabetic));
    let (all, capitals) = (headline().count(), headline().filter(|word| word.is_capitalised).count());
    #[expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^52")]
    let share = capitals as f64 / all.max(1) as f64;
    all >= MIN_TITLE_CASE_WORDS && share > TITLE_CASE
}

/// Every word of the Arabic script that is neither known nor a stock word, and words in Latin letters.
fn arabic_names(words: &[EventWord], known: &[bool]) -> Vec<NamePart> {
    let is_name = |at: &usize| {
        let word = &words[*at];
        let is_stock = word.forms.iter().any(|form| is_stock(form));
        !known[*at] && !is_stock && !word.folded().starts_with(|c: char| c.is_ascii_digit())
    };
    parts(words, (0..words.len()).filter(is_name), |word| {
        if word.folded().starts_with(|c: char| c.is_ascii_alphabetic()) {
            return consonant_key::of_latin(&word.letters, EventLanguage::English);
        }
        let mut keys: Vec<String> = word.forms.iter().flat_map(|form| consonant_key::of_arabic(form)).collect();
        keys.sort();
        keys.dedup();
        keys
    })
}

/// The first occurrences of each word, with keys of at least two consonants.
fn parts(
    words: &[EventWord],
    chosen: impl Iterator<Item = usize>,
    keys: impl Fn(&EventWord) -> Vec<String>,
) -> Vec<NamePart> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut parts = Vec::new();
    for at in chosen {
        let word = &words[at];
        let count = seen.entry(word.folded()).or_default();
        *count += 1;
        if *count > MAX_OCCURRENCES || word.letters.len() > MAX_NAME_LETTERS {
            continue;
        }
        let keys: Vec<String> = keys(word).into_iter().filter(|key| key.len() >= 2).collect();
        if !keys.is_empty() {
            parts.push(NamePart { word: word.folded().to_owned(), at, in_lead: word.in_lead, keys });
        }
    }
    parts
}
