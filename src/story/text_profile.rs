//! Prepares a text for comparison: its folded words, with what each says about the event.
//!
//! [`facts`] recognises places, numbers and days; [`vocabulary`] knows the words that say nothing.

mod facts;
pub(crate) mod vocabulary;

use std::sync::OnceLock;

use crate::item::Item;
use crate::story::key_hash::{KeySet, stable_hash};
use crate::text::fold;
use crate::text::words::{Script, WordGap, WordList};

pub(crate) use facts::{Fact, FactKind};

/// The most words of a text that are compared: an agency story has some 500. Chosen by hand; it bounds the time of a
/// comparison.
const MAX_WORDS: usize = 1_500;

/// The most bytes of a text that are read for these words. Chosen by hand: far more than they take, and far less than a
/// hostile page may have.
const MAX_BYTES: usize = 64 << 10;

/// The fewest letters that an Arabic prefix leaves of a word. Chosen by hand, as for matching.
const MIN_CORE: usize = 3;

/// Arabic prefixes that do not make another word, longest first.
const PREFIXES: [&str; 11] = ["وال", "بال", "فال", "كال", "ولل", "لل", "ال", "و", "ب", "ل", "ف"];

/// Endings of the Arabic script that a [`ProfileWord::stem`] leaves out, longest first, as folded.
const SUFFIXES: [&str; 11] = ["يين", "يون", "ات", "ون", "ين", "يه", "ها", "هم", "ه", "ي", "ا"];

/// The letters of a stem. Chosen by hand: Turkish and French endings begin after about six letters.
const STEM_LETTERS: usize = 6;

/// The words of a body in which a report says what happened. Chosen by hand.
const LEAD_WORDS: usize = 60;

/// The words that stand for a headline where there is none. Chosen by hand.
const HEADLINE_WORDS: usize = 12;

/// One word of a text.
#[derive(Clone, Debug)]
pub(crate) struct ProfileWord {
    /// The folded word.
    pub(crate) word: String,
    /// Where the word without its Arabic prefix begins in `word`, in bytes.
    core_at: usize,
    /// A hash of the core, stable between versions.
    pub(crate) key: u64,
    /// A hash of the stem, stable between versions.
    pub(crate) stem: u64,
    /// True for a capital letter inside a sentence: probably a name.
    pub(crate) is_capitalised: bool,
    /// True for a word that says nothing about the event.
    pub(crate) is_stock: bool,
    /// True for a title that a person's name follows.
    pub(crate) is_title: bool,
    /// True if a clause or a line ends after the word.
    pub(crate) ends_clause: bool,
    /// What the word stands for; the words of one place all have it.
    pub(crate) fact: Option<Fact>,
}

impl ProfileWord {
    /// The word without its Arabic prefix.
    pub(crate) fn core(&self) -> &str {
        &self.word[self.core_at..]
    }

    /// True for a word that tells texts apart: no stock word, no fact, at least three letters.
    pub(crate) fn is_content(&self) -> bool {
        !self.is_stock
            && self.fact.is_none_or(|fact| fact.kind == FactKind::Place)
            && self.core().chars().nth(2).is_some()
    }
}

/// A text prepared for comparison with others.
#[derive(Clone, Debug, Default)]
pub struct TextProfile {
    words: Vec<ProfileWord>,
    /// The number of words of the headline, which come first.
    headline: usize,
    /// What follows the words that are compared.
    rest: TextRest,
    /// Computed when it is first needed: a text is compared with several others.
    content: OnceLock<ContentStems>,
}

/// The stems of the words that say what a text is about.
#[derive(Clone, Debug)]
pub(crate) struct ContentStems {
    /// Those of the headline, or of the first words where there is none.
    pub(crate) headline: KeySet,
    /// Those of the headline and of the beginning of the body.
    pub(crate) lead: KeySet,
    /// Those of the text.
    pub(crate) all: KeySet,
}

impl ContentStems {
    fn of(profile: &TextProfile) -> Self {
        let words = profile.words();
        let stems = |words: &[ProfileWord]| {
            let mut stems = KeySet::with_capacity_and_hasher(words.len(), Default::default());
            stems.extend(words.iter().filter(|word| word.is_content()).map(|word| word.stem));
            stems
        };
        let headline = if profile.headline == 0 { HEADLINE_WORDS } else { profile.headline };
        Self {
            headline: stems(&words[..headline.min(words.len())]),
            lead: stems(&words[..(profile.headline + LEAD_WORDS).min(words.len())]),
            all: stems(words),
        }
    }
}

/// What follows the compared words of a long text.
#[derive(Clone, Debug, Default)]
struct TextRest {
    /// The stems of its words that say something.
    stems: KeySet,
    /// True if it goes on where nothing is read.
    is_cut: bool,
}

/// The share of what follows the compared words that must stand in the other text, too. Chosen by hand: nearly all, as
/// reprints differ in a note at the end.
const SAME_REST: f64 = 0.9;

impl TextProfile {
    /// The profile of an item's headline and longest text.
    #[must_use]
    pub fn of(item: &Item) -> Self {
        Self::of_parts(&item.title, item.body())
    }

    /// The profile of a headline and a body; a headline that the body repeats counts once.
    ///
    /// ```
    /// use marsad::story::text_profile::TextProfile;
    ///
    /// let profile = TextProfile::of_parts("Ministers meet in Jeddah", "The council met on Monday.");
    /// assert_eq!(profile.body_words(), 5);
    /// ```
    #[must_use]
    pub fn of_parts(headline: &str, body: &str) -> Self {
        let (mut words, _) = read(headline);
        let headline = words.len();
        let (mut body, rest) = read(body);
        let repeats = headline > 0 && body.len() > headline;
        if repeats && words.iter().zip(&body).all(|(a, b)| a.key == b.key) {
            body.drain(..headline);
        }
        words.append(&mut body);
        facts::mark(&mut words);
        Self { words, headline, rest, content: OnceLock::new() }
    }

    /// The number of words after the headline.
    #[must_use]
    pub fn body_words(&self) -> usize {
        self.words.len() - self.headline
    }

    /// True if `older` also has what follows the words of this text that are compared.
    pub(crate) fn rest_is_in(&self, older: &Self) -> bool {
        let all: KeySet = older.words.iter().map(|word| word.stem).chain(older.rest.stems.iter().copied()).collect();
        let (kept, count) = (self.rest.stems.intersection(&all).count(), self.rest.stems.len());
        #[expect(clippy::cast_precision_loss, reason = "counts of words are far below 2^52")]
        let is_same = count == 0 || kept as f64 >= SAME_REST * count as f64;
        is_same && !self.rest.is_cut
    }

    /// The stems of the words that say what the text is about.
    pub(crate) fn content_stems(&self) -> &ContentStems {
        self.content.get_or_init(|| ContentStems::of(self))
    }

    /// The words of the headline and the body.
    pub(crate) fn words(&self) -> &[ProfileWord] {
        &self.words
    }

    /// The words of the headline.
    pub(crate) fn headline(&self) -> &[ProfileWord] {
        &self.words[..self.headline]
    }

    /// The words after the headline.
    pub(crate) fn body(&self) -> &[ProfileWord] {
        &self.words[self.headline..]
    }
}

fn read(text: &str) -> (Vec<ProfileWord>, TextRest) {
    let is_cut = text.len() > MAX_BYTES;
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    let list = WordList::read(text);
    let tokens = list.all();
    let (mut begins, mut first) = (true, 0);
    let mut words = Vec::with_capacity(tokens.len().min(MAX_WORDS));
    for (n, token) in tokens.iter().enumerate() {
        if fold::continues(&list, n) {
            continue;
        }
        let capital = list.letters(&tokens[first]).first().is_some_and(|letter| letter.original.is_uppercase());
        let next = tokens.get(n + 1).map_or(token.to, |next| next.from);
        let between = text.get(token.to as usize..next as usize).unwrap_or_default();
        let mut folded = list.folded(&tokens[first]);
        tokens[first + 1..=n].iter().for_each(|part| folded.push_str(&list.folded(part)));
        let mut word = profile_word(folded, token.script, capital && !begins);
        word.ends_clause = token.gap == WordGap::Stop || is_break(between);
        (begins, first) = (word.ends_clause, n + 1);
        words.push(word);
        if words.len() == MAX_WORDS {
            break;
        }
    }
    let rest = tokens.iter().skip(MAX_WORDS).map(|token| profile_word(list.folded(token), token.script, false));
    let stems = rest.filter(ProfileWord::is_content).map(|word| word.stem).collect();
    (words, TextRest { stems, is_cut })
}

/// True for the end of a line, and for a dash with a space: it stands after a dateline, too.
fn is_break(between: &str) -> bool {
    let has_dash = between.contains(['-', '–', '—', '―']);
    between.contains('\n') || has_dash && between.contains(char::is_whitespace)
}

fn profile_word(word: String, script: Script, is_capitalised: bool) -> ProfileWord {
    let core_at = if script == Script::Arabic { prefix(&word) } else { 0 };
    let core = &word[core_at..];
    let key = stable_hash(core.as_bytes());
    let whole = if core_at == 0 { key } else { stable_hash(word.as_bytes()) };
    let stem = stem(core, script);
    ProfileWord {
        key,
        stem: if stem.len() == core.len() { key } else { stable_hash(stem.as_bytes()) },
        is_stock: vocabulary::is_stock_key(key) || vocabulary::is_stock_key(whole),
        is_title: vocabulary::is_title_key(key) || vocabulary::is_title_key(whole),
        core_at,
        is_capitalised,
        ends_clause: false,
        fact: None,
        word,
    }
}

/// The length of the word's Arabic prefix in bytes.
fn prefix(word: &str) -> usize {
    let leaves_a_word =
        |prefix: &&&str| word.strip_prefix(**prefix).is_some_and(|core| core.chars().nth(MIN_CORE - 1).is_some());
    PREFIXES.iter().find(leaves_a_word).map_or(0, |prefix| prefix.len())
}

fn stem(core: &str, script: Script) -> &str {
    let without = |suffix: &&str| {
        let stem = core.strip_suffix(*suffix)?;
        stem.chars().nth(MIN_CORE - 1).map(|_| stem)
    };
    let stem = if script == Script::Arabic { SUFFIXES.iter().find_map(without).unwrap_or(core) } else { core };
    stem.char_indices().nth(STEM_LETTERS).map_or(stem, |(at, _)| &stem[..at])
}

#[cfg(test)]
mod tests;
