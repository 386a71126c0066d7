//! Splits a report into words with their forms, their capitals, and the sentences they begin.

use super::event_language::EventLanguage;
use crate::text::words::{WordGap, WordLetter, WordList};

/// The most words of a headline or a body that are read: what happened is told by then. Chosen by hand; it bounds the
/// time of a comparison.
const MAX_WORDS: usize = 600;

/// The fewest letters that an Arabic prefix leaves of a word. Chosen by hand, as for matching.
const MIN_CORE: usize = 3;

/// Arabic prefixes: the article, and conjunctions and prepositions with and without it.
const PREFIXES: [&str; 15] = ["وال", "بال", "فال", "كال", "ولل", "لل", "ال", "وب", "ول", "و", "ب", "ل", "ف", "ك", "س"];

/// The Arabic article, which stays in names of Persian and Urdu.
const ARTICLE: &str = "ال";

/// The fewest letters of a Persian or Urdu word with an article. Chosen by hand.
const MIN_WITH_ARTICLE: usize = 5;

/// One word of a report.
pub(super) struct EventWord {
    /// The folded word, then the word without each possible prefix.
    pub(super) forms: Vec<String>,
    /// Its letters, with the original ones.
    pub(super) letters: Vec<WordLetter>,
    /// True if it begins with a capital.
    pub(super) is_capitalised: bool,
    /// True if a sentence, a quotation or a clause after a dash may begin with it.
    pub(super) may_begin: bool,
    /// True if a sentence or a line begins with it.
    pub(super) begins_sentence: bool,
    /// True if only a space divides it from the next word.
    pub(super) space_follows: bool,
    /// True if a dash, a colon, a slash or a bracket follows, as after the place of a dateline.
    pub(super) ends_dateline: bool,
    /// True after an apostrophe.
    pub(super) follows_apostrophe: bool,
    /// True in the headline.
    pub(super) in_headline: bool,
    /// True in the headline and in the first sentence of the body.
    pub(super) in_lead: bool,
}

impl EventWord {
    /// The folded word.
    pub(super) fn folded(&self) -> &str {
        &self.forms[0]
    }
}

/// The words of a headline and a body; a headline that the body repeats counts once.
pub(super) fn read(headline: &str, body: &str, language: EventLanguage) -> Vec<EventWord> {
    let mut words = split(headline, language);
    for word in &mut words {
        (word.in_headline, word.in_lead) = (true, true);
    }
    let mut body = split(body, language);
    let repeated = words.iter().zip(&body).all(|(a, b)| a.folded() == b.folded());
    if !words.is_empty() && repeated && body.len() > words.len() {
        body.drain(..words.len());
    }
    let first_sentence = body.iter().skip(1).take_while(|word| !word.begins_sentence).count() + 1;
    body.iter_mut().take(first_sentence).for_each(|word| word.in_lead = true);
    words.append(&mut body);
    words
}

fn split(text: &str, language: EventLanguage) -> Vec<EventWord> {
    let list = WordList::read(text);
    let mut before: Option<(WordGap, u32)> = None;
    let mut words = Vec::new();
    for token in list.all().iter().take(MAX_WORDS) {
        let letters = list.letters(token).to_vec();
        let between = before.and_then(|(_, end)| text.get(end as usize..token.from as usize));
        words.push(EventWord {
            forms: forms(list.folded(token), language),
            is_capitalised: letters.first().is_some_and(|letter| letter.original.is_uppercase()),
            letters,
            may_begin: between.is_none_or(may_begin),
            begins_sentence: between.is_none_or(ends_sentence),
            space_follows: token.gap == WordGap::Space,
            ends_dateline: ends_dateline(text.get(token.to as usize..).unwrap_or_default()),
            follows_apostrophe: before.is_some_and(|(gap, _)| gap == WordGap::Apostrophe),
            in_headline: false,
            in_lead: false,
        });
        before = Some((token.gap, token.to));
    }
    words
}

/// The word, and what remains of it without a prefix.
fn forms(word: String, language: EventLanguage) -> Vec<String> {
    let without = |prefix: &&str| {
        let core = word.strip_prefix(*prefix)?;
        core.chars().nth(MIN_CORE - 1).map(|_| core.to_owned())
    };
    let cores: Vec<String> = match language {
        EventLanguage::Arabic => PREFIXES.iter().filter_map(without).collect(),
        EventLanguage::Persian | EventLanguage::Urdu if word.chars().nth(MIN_WITH_ARTICLE - 1).is_some() => {
            without(&ARTICLE).into_iter().collect()
        }
        _ => Vec::new(),
    };
    std::iter::once(word).chain(cores).collect()
}

/// True if a capital after these characters need not be that of a name.
fn may_begin(between: &str) -> bool {
    let opens = |c: char| matches!(c, '\n' | '«' | '"' | '“' | '”' | '–' | '—' | '‘');
    let closes = |c: char| matches!(c, ':' | '•' | '„' | '-');
    between.contains(opens) || ends_sentence(between) || followed_by_space(between, closes) || between.contains(" -")
}

/// True for a full stop before a space, or the end of a line.
fn ends_sentence(between: &str) -> bool {
    between.contains('\n') || followed_by_space(between, |c| matches!(c, '.' | '!' | '?' | '؟' | '۔'))
}

fn followed_by_space(between: &str, is_mark: impl Fn(char) -> bool) -> bool {
    between.chars().zip(between.chars().skip(1)).any(|(c, next)| is_mark(c) && next.is_whitespace())
}

fn ends_dateline(rest: &str) -> bool {
    let mark = rest.trim_start_matches([' ', '\u{a0}']);
    mark.starts_with(['–', '—', ':', '/', '(']) || (mark.starts_with('-') && mark.len() < rest.len())
}
