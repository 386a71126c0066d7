//! Defines a watched term and its limits.

use crate::text::words::{Script, Word, WordList};

/// The largest length of a term, in characters. Chosen by hand.
pub(crate) const MAX_CHARS: usize = 500;
/// The largest length of a term, in words. Chosen by hand.
pub(crate) const MAX_WORDS: usize = 40;
/// The longest word of a term, in letters. Chosen by hand, below the 128 bits of the length masks.
pub(crate) const MAX_LETTERS: usize = 64;

/// How a term is matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TermMode {
    /// With spelling variants, prefixes and inflection.
    Words,
    /// Letter by letter: `="…"`.
    Exact,
    /// The last word may continue: `word*`.
    Prefix,
}

impl TermMode {
    /// A character that stands for the mode in hashes.
    pub(super) fn symbol(self) -> char {
        match self {
            Self::Words => 'w',
            Self::Exact => '=',
            Self::Prefix => '*',
        }
    }
}

/// A watched term, stored once for all watches that have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    /// Its words.
    pub text: Box<str>,
    /// How it is matched.
    pub(crate) mode: TermMode,
    /// The term that the watch has, if this is a broken plural of it.
    pub(crate) singular: Option<Box<str>>,
}

impl Term {
    /// The term as a query writes it; that of a plural is its singular.
    pub fn written(&self) -> String {
        let text = self.singular.as_ref().unwrap_or(&self.text);
        match self.mode {
            TermMode::Words => text.to_string(),
            TermMode::Exact => format!("=\"{text}\""),
            TermMode::Prefix => format!("{text}*"),
        }
    }
}

/// Which words of a term a text writes as one: `عبداللطيف` for `عبد اللطيف`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JoinedSpelling {
    /// None.
    Apart,
    /// The word with this number and the next.
    Pair(u8),
    /// All.
    Joined,
}

/// A run of a term's words that a text writes as one.
#[derive(Clone, Copy, Debug)]
pub(super) struct JoinedWords {
    /// The words, as one token over the term's letters.
    pub(crate) token: Word,
    /// Several words are joined in it.
    pub(crate) joined: bool,
    /// White space separates two of them in the term.
    pub(crate) spaced: bool,
}

/// Returns the parts of a term in one spelling.
pub(super) fn parts(term: &WordList, spelling: JoinedSpelling, out: &mut Vec<JoinedWords>) {
    out.clear();
    for (i, token) in term.all().iter().enumerate() {
        let glue = match spelling {
            JoinedSpelling::Apart => false,
            JoinedSpelling::Pair(first) => i == usize::from(first) + 1,
            JoinedSpelling::Joined => i > 0,
        };
        match out.last_mut().filter(|_| glue) {
            Some(part) => {
                // COP28 for COP 28
                part.spaced |= part.token.gap == crate::text::words::WordGap::Space && token.script != Script::Digits;
                part.joined = true;
                (part.token.last, part.token.to, part.token.gap) = (token.last, token.to, token.gap);
            }
            None => out.push(JoinedWords { token: *token, joined: false, spaced: false }),
        }
    }
}

/// The longest term whose joined spellings are searched, in words. Chosen by hand: longer terms are not written as one.
const MAX_JOINED_WORDS: usize = 8;

/// Returns the spellings of a term: as written, with two neighbours joined, or all joined.
pub(super) fn spellings(term: &WordList) -> Vec<JoinedSpelling> {
    let count = term.all().len();
    let mut spellings = vec![JoinedSpelling::Apart];
    let letters = |pair: &[Word]| match (pair[0].script, pair[1].script) {
        (Script::Digits, _) => false,
        (one, other) => one == other || (one, other) == (Script::Latin, Script::Digits),
    };
    let joinable: Vec<bool> = term.all().windows(2).map(letters).collect();
    if count > 2 {
        let pairs = (0u8..).zip(&joinable).filter(|(_, j)| **j);
        spellings.extend(pairs.filter(|_| count <= MAX_JOINED_WORDS).map(|(i, _)| JoinedSpelling::Pair(i)));
    }
    if count > 1 && count <= MAX_JOINED_WORDS && joinable.iter().all(|j| *j) {
        spellings.push(JoinedSpelling::Joined);
    }
    spellings
}

/// Reads the words of a term, or returns why it is invalid and how to correct it.
pub(super) fn validate(text: &str, tokens: &mut WordList) -> Result<(), (String, String)> {
    let chars = text.chars().count();
    if text.trim().is_empty() {
        return Err(("the term is empty".into(), "write a word or a phrase, or remove the term".into()));
    }
    if chars > MAX_CHARS {
        let message = format!("the term has {chars} characters; the limit is {MAX_CHARS}");
        return Err((message, "use its most specific words instead".into()));
    }
    tokens.reread(text);
    if tokens.all().is_empty() {
        let message = "the term has no letter or digit".to_owned();
        return Err((
            message,
            "write a word; to match other characters, use a regular expression, such as query = '/€/'".into(),
        ));
    }
    if tokens.all().len() > MAX_WORDS {
        let message = format!("the term has {} words; the limit is {MAX_WORDS}", tokens.all().len());
        return Err((message, "use its most specific words instead".into()));
    }
    if tokens.all().iter().any(|t| tokens.letters(t).len() > MAX_LETTERS) {
        let message = format!("a word of the term has more than {MAX_LETTERS} letters");
        return Err((message, "write its beginning and a star, such as query = 'word*'".into()));
    }
    Ok(())
}
