//! Decides whether a word of a text is an inflected or differently spelled form of a watched word, and rejects similar
//! words that are different.
//!
//! 1. The folded letters find candidates: [`stem_starts`] and [`stem_ends`] list where a stem may begin and end in a
//!    word of the text, [`forms`] the stems of a watched word.
//! 2. [`match_word`] compares the original letters, accepts or rejects the candidate, and describes the match.

use crate::text::lang::Lang;
use crate::text::words::{LanguageEvidence, Script, WordLetter};

pub mod arabic;
mod context;
mod exceptions;
pub(crate) mod latin;
pub(crate) mod persian;
pub(crate) mod turkish;
pub(crate) mod urdu;

pub(crate) use arabic::broken_plurals;
pub(crate) use context::WordContext;

/// The grammar of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Grammar {
    /// Arabic.
    Arabic,
    /// Persian and languages written like it.
    Persian,
    /// Urdu.
    Urdu,
    /// Turkish.
    Turkish,
    /// French.
    French,
    /// English.
    English,
    /// Latin letters of an unknown language: what French and English have in common.
    Latin,
    /// A number, which has no inflection.
    Number,
}

/// The position of a watched word in its phrase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PhraseRole {
    /// It is the first word, which takes prefixes.
    pub first: bool,
    /// It is the last word, which takes pronouns.
    pub last: bool,
}

/// How a word of a text matches the watched word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WordMatch {
    /// The number of letters attached at the front.
    pub(crate) prefix: usize,
    /// The number of letters attached at the end.
    pub(crate) suffix: usize,
    /// The kind of inflection or spelling, if any.
    pub(crate) variant: Option<&'static str>,
}

/// A place where a stem may begin in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StemStart {
    /// The first letter of the stem.
    pub at: usize,
    /// The article before it.
    pub article: ArabicArticle,
    /// The one-letter prefix nearest to the stem (before the article, if there is one).
    pub(crate) prefix: Option<char>,
}

/// The Arabic article before a stem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ArabicArticle {
    /// None.
    No,
    /// `ال`
    Full,
    /// `لل`: `ل` and the article without its alef.
    Contracted,
}

/// A place where a stem may end in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StemEnd {
    /// One past the last letter of the stem.
    pub at: usize,
    /// The suffix after it.
    pub(crate) suffix: WordSuffix,
}

/// The suffix after a stem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WordSuffix {
    /// Nothing.
    None,
    /// An Arabic pronoun: `ها`, `هم`, `نا`.
    Pronoun,
    /// The Arabic dual: `ان`, `ين`.
    Dual,
    /// The Arabic masculine plural `ون`; `ين` counts as a dual.
    Masculine,
    /// `و`, `ي`, `ا`: a dual or plural without its noon, before another noun.
    Construct,
    /// The Arabic feminine plural `ات`, with or without a pronoun.
    Feminine,
    /// The alef that carries a tanween.
    Tanween,
    /// A Persian or Urdu plural.
    Plural,
    /// A Persian possessive or copula of one letter, or `ی`.
    OneLetter,
    /// A longer Persian possessive, after a plural or alone.
    Possessive,
    /// The Urdu oblique `ے` of a noun in `ہ` or `ا`.
    Oblique,
    /// A chain of Turkish suffixes.
    Turkish,
    /// French or English `s`, `x`, `es`.
    Many,
    /// The French feminine.
    French,
    /// English `ies` for `y`.
    Ies,
    /// French `aux` for `al`.
    Aux,
}

/// One stem of a watched word, under which it is indexed: the word with its last letters, or one of them, removed or
/// replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StemForm {
    /// The number of letters kept from the word.
    kept: usize,
    /// A replacement for the letter at this position.
    other: Option<(usize, char)>,
    /// A letter that is appended.
    more: Option<char>,
    /// How it is formed.
    pub kind: StemKind,
    /// True without the article of the word: only `لل` may precede it.
    pub bare: bool,
}

/// How a stem is formed from a watched word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StemKind {
    /// The word itself.
    Word,
    /// With another seat of a hamza.
    Seat,
    /// `ة` as `ت`, before a pronoun or dual.
    Open,
    /// Without its `ة`, `ہ` or `ي`, before a plural.
    Short,
    /// With the seat that a final hamza takes before a pronoun.
    Hamza,
    /// Without `أة`, before `آت`: منشأة, منشآت.
    Madda,
    /// `ى` as `ا` before a pronoun.
    Alef,
    /// A final consonant softened before a Turkish vowel.
    Soft,
    /// Without the vowel that Turkish drops before another: `şehr-`.
    Dropped,
    /// With its last consonant twice before a Turkish vowel: `hatt-`.
    Doubled,
    /// A Turkish compound without its possessive, before the plural.
    Compound,
    /// Without `y`, before `ies`.
    Y,
    /// `al` as `a`, before `ux`.
    Al,
    /// Without `is`, before `es`.
    Is,
}

/// The grammar for a word of this script in a text of this language.
#[must_use]
pub(crate) fn grammar(script: Script, lang: Option<&Lang>, evidence: LanguageEvidence) -> Grammar {
    let lang = lang.map_or("", Lang::as_str);
    match (script, lang) {
        (Script::Digits, _) => Grammar::Number,
        (Script::Arabic, "ar") => Grammar::Arabic,
        (Script::Arabic, "ur" | "pa") => Grammar::Urdu,
        (Script::Arabic, "fa" | "prs" | "ps" | "ckb") => Grammar::Persian,
        (Script::Arabic, _) if evidence.urdu => Grammar::Urdu,
        (Script::Arabic, _) if evidence.persian => Grammar::Persian,
        (Script::Arabic, _) => Grammar::Arabic,
        (Script::Latin, "tr" | "az") => Grammar::Turkish,
        (Script::Latin, "fr") => Grammar::French,
        (Script::Latin, "en") => Grammar::English,
        (Script::Latin, _) if evidence.turkish => Grammar::Turkish,
        (Script::Latin, _) => Grammar::Latin,
    }
}

/// Lists where a stem may begin in a word of a text.
pub(crate) fn stem_starts(grammar: Grammar, word: &[WordLetter], out: &mut Vec<StemStart>) {
    out.clear();
    out.push(StemStart { at: 0, article: ArabicArticle::No, prefix: None });
    match grammar {
        Grammar::Arabic => arabic::stem_starts(word, out),
        Grammar::Persian | Grammar::Urdu => arabic::article(word, 0, None, out),
        _ => {}
    }
}

/// Lists where a stem may end in a word of a text.
pub(crate) fn stem_ends(grammar: Grammar, word: &[WordLetter], out: &mut Vec<StemEnd>) {
    out.clear();
    out.push(StemEnd { at: word.len(), suffix: WordSuffix::None });
    match grammar {
        Grammar::Arabic => arabic::stem_ends(word, out),
        Grammar::Persian => persian::stem_ends(word, out),
        Grammar::Urdu => urdu::stem_ends(word, out),
        Grammar::Turkish => turkish::stem_ends(word, out),
        Grammar::French | Grammar::English | Grammar::Latin => latin::stem_ends(grammar, word, out),
        Grammar::Number => {}
    }
}

/// Lists the stems of a watched word, for every language.
pub(crate) fn forms(script: Script, word: &[WordLetter], out: &mut Vec<StemForm>) {
    out.clear();
    out.push(StemForm::kept(word.len(), StemKind::Word));
    match script {
        Script::Arabic => arabic::forms(word, out),
        Script::Latin => {
            latin::forms(word, out);
            turkish::forms(word, out);
        }
        Script::Digits => {}
    }
}

impl StemForm {
    /// The first `kept` letters of the word.
    fn kept(kept: usize, kind: StemKind) -> Self {
        Self { kept, other: None, more: None, kind, bare: false }
    }

    /// The first `kept` letters of the word, and one more.
    fn with(kept: usize, more: char, kind: StemKind) -> Self {
        Self { more: Some(more), ..Self::kept(kept, kind) }
    }

    /// The folded letters of the stem of `word`.
    pub fn letters(self, word: &[WordLetter]) -> impl Iterator<Item = char> {
        let kept = word.iter().take(self.kept).enumerate().skip(if self.bare { 2 } else { 0 });
        let kept = kept.map(move |(i, l)| self.other.filter(|(at, _)| *at == i).map_or(l.folded, |(_, other)| other));
        kept.chain(self.more)
    }

    fn matches_stem(self, word: &[WordLetter], stem: &[WordLetter]) -> bool {
        let count = self.kept + usize::from(self.more.is_some()) - if self.bare { 2 } else { 0 };
        stem.len() == count && self.letters(word).zip(stem).all(|(own, letter)| own == letter.folded)
    }
}

/// Compares a word of a text with the watched word, and describes the match.
#[must_use]
pub(crate) fn match_word(
    watched: &[WordLetter],
    script: Script,
    word: &[WordLetter],
    role: PhraseRole,
    context: &WordContext<'_>,
) -> Option<WordMatch> {
    let (mut begins, mut ends, mut stems) = (Vec::with_capacity(8), Vec::with_capacity(8), Vec::with_capacity(8));
    stem_starts(context.grammar, word, &mut begins);
    stem_ends(context.grammar, word, &mut ends);
    forms(script, watched, &mut stems);
    for start in begins.iter().filter(|s| role.first || s.prefix.is_none()) {
        for end in ends.iter().filter(|end| end.at > start.at) {
            for form in &stems {
                let candidate = StemCandidate { watched, form: *form, word, start: *start, end: *end, role };
                if form.matches_stem(watched, candidate.stem()) && candidate.is_accepted(context) {
                    return Some(candidate.describe());
                }
            }
        }
    }
    None
}

/// A candidate: a stem found by its folded letters, not yet verified.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StemCandidate<'a> {
    /// The watched word.
    pub(crate) watched: &'a [WordLetter],
    /// The stem of it that was found.
    pub(crate) form: StemForm,
    /// The whole word of the text.
    pub(crate) word: &'a [WordLetter],
    /// The start of the stem in the word.
    pub start: StemStart,
    /// The end of the stem in the word.
    pub end: StemEnd,
    /// The position of the watched word in its phrase.
    pub(crate) role: PhraseRole,
}

impl StemCandidate<'_> {
    /// The letters of the stem as the text has them.
    #[must_use]
    pub(crate) fn stem(&self) -> &[WordLetter] {
        &self.word[self.start.at..self.end.at]
    }

    /// The letters after the stem.
    #[must_use]
    pub(crate) fn tail(&self) -> &[WordLetter] {
        &self.word[self.end.at..]
    }

    fn is_accepted(&self, context: &WordContext<'_>) -> bool {
        match context.grammar {
            Grammar::Arabic => arabic::accepts(self, context),
            Grammar::Persian => persian::accepts(self, context),
            Grammar::Urdu => urdu::accepts(self),
            Grammar::Turkish => turkish::accepts(self, context),
            Grammar::French | Grammar::English | Grammar::Latin => latin::accepts(self, context),
            Grammar::Number => true,
        }
    }

    fn describe(&self) -> WordMatch {
        let variant = match (self.end.suffix, self.form.kind) {
            (WordSuffix::Dual, _) => Some("dual or plural"),
            (
                WordSuffix::Masculine
                | WordSuffix::Feminine
                | WordSuffix::Plural
                | WordSuffix::Many
                | WordSuffix::Ies
                | WordSuffix::Aux,
                _,
            ) => Some("plural"),
            (WordSuffix::French, _) => Some("feminine"),
            _ if self.form.kind == StemKind::Seat || self.differs_in_spelling() => Some("spelling"),
            _ => None,
        };
        WordMatch { prefix: self.start.at, suffix: self.word.len() - self.end.at, variant }
    }

    fn differs_in_spelling(&self) -> bool {
        let skip = if self.form.bare { 2 } else { 0 };
        let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
        let pairs = self.watched.iter().skip(skip).zip(self.stem());
        pairs.into_iter().any(|(a, b)| a.folded == b.folded && lower(a.original) != lower(b.original))
    }
}

/// True if the folded letters equal this word.
fn equals(letters: &[WordLetter], word: &str) -> bool {
    let mut left = letters.iter();
    word.chars().all(|c| left.next().is_some_and(|l| l.folded == c)) && left.next().is_none()
}

/// True if the folded letters end in `tail` and are longer.
fn ends(letters: &[WordLetter], tail: &str) -> bool {
    let mut left = letters.iter().rev();
    tail.chars().rev().all(|c| left.next().is_some_and(|l| l.folded == c)) && left.next().is_some()
}
