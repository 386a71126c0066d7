//! Whether a word of a text is a word that is watched for: what may be glued to its front and end, how it inflects,
//! and which look-alikes are other words.
//!
//! Two steps. The folded letters find a candidate: [`starts`] and [`cuts`] say where a stem may begin and end in a
//! word of the text, [`forms`] which stems a watched word has. Then [`fit`] looks at the letters as they came and
//! accepts or refuses, and says what it saw.

use crate::text::lang::Lang;
use crate::text::words::{LanguageEvidence, Script, WordLetter};

pub mod arabic;
mod exceptions;
pub mod latin;
pub mod persian;
pub mod turkish;
pub mod urdu;

/// The grammar that a word of a text is read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Grammar {
    /// Arabic.
    Arabic,
    /// Persian, and what is written like it.
    Persian,
    /// Urdu.
    Urdu,
    /// Turkish.
    Turkish,
    /// French.
    French,
    /// English.
    English,
    /// Latin letters of an unknown language: what French and English share.
    Latin,
    /// A number: it is itself and nothing else.
    Number,
}

/// What is known of the text round a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WordContext {
    /// The grammar.
    pub grammar: Grammar,
    /// The text has letters that only Turkish has, so a letter without its dot or cedilla is another letter.
    pub writes_turkish: bool,
    /// The text has letters with French accents, so an `e` at the end of a word is no `é`.
    pub writes_accents: bool,
    /// The words round it are in capitals throughout, so capitals say nothing.
    pub shouted: bool,
}

/// Where in a phrase a watched word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PhraseRole {
    /// It is the first, which proclitics are glued to.
    pub first: bool,
    /// It is the last, which pronouns are glued to.
    pub last: bool,
}

/// How a word of a text was recognised as the watched word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WordMatch {
    /// How many letters are glued to its front.
    pub prefix: usize,
    /// How many letters are glued to its end.
    pub suffix: usize,
    /// The kind of inflection or spelling, if any.
    pub variant: Option<&'static str>,
}

/// A place where a stem may begin in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StemStart {
    /// The first letter of the stem.
    pub at: usize,
    /// The article before it.
    pub article: ArabicArticle,
    /// The one-letter clitic nearest to the stem (before the article, if there is one).
    pub clitic: Option<char>,
}

/// The Arabic article before a stem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArabicArticle {
    /// None.
    No,
    /// `ال`
    Whole,
    /// `لل`, which is `ل` and the article without its alef.
    Contracted,
}

/// A place where a stem may end in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StemEnd {
    /// One past the last letter of the stem.
    pub at: usize,
    /// What follows it.
    pub suffix: WordSuffix,
}

/// What follows a stem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordSuffix {
    /// Nothing.
    None,
    /// An Arabic pronoun: `ها`, `هم`, `نا`.
    Pronoun,
    /// The Arabic dual: `ان`, `ين`.
    Dual,
    /// The Arabic masculine plural `ون`; `ين` counts as a dual.
    Masculine,
    /// `و`, `ي`, `ا`: a dual or plural whose noon the next noun takes away.
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

/// One stem of a watched word, under which it is looked up: the word but for its last letters, or for one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StemForm {
    /// How many of the word's letters it has.
    kept: usize,
    /// A letter that stands for the one at this place.
    other: Option<(usize, char)>,
    /// A letter that follows.
    more: Option<char>,
    /// How it is made.
    pub kind: StemKind,
    /// The word's own article is left out: only `لل` may stand before it.
    pub bare: bool,
}

/// How a stem is made from a watched word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StemKind {
    /// It is the word.
    Whole,
    /// With another seat of a hamza.
    Seat,
    /// `ة` as `ت`, before a pronoun or dual.
    Open,
    /// Without its `ة` or `ہ`, before a plural.
    Short,
    /// With the seat that a final hamza takes before a pronoun.
    Hamza,
    /// `ى` as `ا` before a pronoun.
    Alef,
    /// A final consonant softened before a Turkish vowel.
    Soft,
    /// Without the vowel that a Turkish word loses before another: `şehr-`.
    Dropped,
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
pub fn grammar(script: Script, lang: Option<&Lang>, evidence: LanguageEvidence) -> Grammar {
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

/// Where a stem may begin in a word of a text.
pub fn starts(grammar: Grammar, word: &[WordLetter], out: &mut Vec<StemStart>) {
    out.clear();
    out.push(StemStart { at: 0, article: ArabicArticle::No, clitic: None });
    match grammar {
        Grammar::Arabic => arabic::starts(word, out),
        Grammar::Persian | Grammar::Urdu => arabic::article(word, 0, None, out),
        _ => {}
    }
}

/// Where a stem may end in a word of a text.
pub fn cuts(grammar: Grammar, word: &[WordLetter], out: &mut Vec<StemEnd>) {
    out.clear();
    out.push(StemEnd { at: word.len(), suffix: WordSuffix::None });
    match grammar {
        Grammar::Arabic => arabic::cuts(word, out),
        Grammar::Persian => persian::cuts(word, out),
        Grammar::Urdu => urdu::cuts(word, out),
        Grammar::Turkish => turkish::cuts(word, out),
        Grammar::French | Grammar::English | Grammar::Latin => latin::cuts(grammar, word, out),
        Grammar::Number => {}
    }
}

/// The stems of a watched word, whatever the language of the text.
pub fn forms(script: Script, word: &[WordLetter], out: &mut Vec<StemForm>) {
    out.clear();
    out.push(StemForm::kept(word.len(), StemKind::Whole));
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
    /// So many of the word's letters.
    fn kept(kept: usize, kind: StemKind) -> Self {
        Self { kept, other: None, more: None, kind, bare: false }
    }

    /// So many of the word's letters, and one more.
    fn with(kept: usize, more: char, kind: StemKind) -> Self {
        Self { more: Some(more), ..Self::kept(kept, kind) }
    }

    /// The folded letters of the stem of `word`.
    pub fn letters(self, word: &[WordLetter]) -> impl Iterator<Item = char> {
        let kept = word.iter().take(self.kept).enumerate().skip(if self.bare { 2 } else { 0 });
        let kept = kept.map(move |(i, l)| self.other.filter(|(at, _)| *at == i).map_or(l.folded, |(_, other)| other));
        kept.chain(self.more)
    }

    fn is_spelt(self, word: &[WordLetter], stem: &[WordLetter]) -> bool {
        let count = self.kept + usize::from(self.more.is_some()) - if self.bare { 2 } else { 0 };
        stem.len() == count && self.letters(word).zip(stem).all(|(own, there)| own == there.folded)
    }
}

/// Whether a word of a text is the watched word, and how.
#[must_use]
pub fn fit(
    watched: &[WordLetter],
    script: Script,
    word: &[WordLetter],
    role: PhraseRole,
    setting: &WordContext,
) -> Option<WordMatch> {
    let (mut begins, mut ends, mut stems) = (Vec::with_capacity(8), Vec::with_capacity(8), Vec::with_capacity(8));
    starts(setting.grammar, word, &mut begins);
    cuts(setting.grammar, word, &mut ends);
    forms(script, watched, &mut stems);
    for start in begins.iter().filter(|s| role.first || s.clitic.is_none()) {
        for cut in ends.iter().filter(|c| c.at > start.at) {
            for form in &stems {
                let candidate = StemCandidate { watched, form: *form, word, start: *start, cut: *cut, role };
                if form.is_spelt(watched, candidate.stem()) && candidate.stands(setting) {
                    return Some(candidate.fit());
                }
            }
        }
    }
    None
}

/// A stem found by its folded letters, on trial.
#[derive(Clone, Copy, Debug)]
pub struct StemCandidate<'a> {
    /// The watched word.
    pub watched: &'a [WordLetter],
    /// The stem of it that was found.
    pub form: StemForm,
    /// The whole word of the text.
    pub word: &'a [WordLetter],
    /// Where the stem begins in it.
    pub start: StemStart,
    /// Where the stem ends in it.
    pub cut: StemEnd,
    /// Where the watched word stands in its phrase.
    pub role: PhraseRole,
}

impl StemCandidate<'_> {
    /// The letters of the stem as the text has them.
    #[must_use]
    pub fn stem(&self) -> &[WordLetter] {
        &self.word[self.start.at..self.cut.at]
    }

    /// The letters after the stem.
    #[must_use]
    pub fn tail(&self) -> &[WordLetter] {
        &self.word[self.cut.at..]
    }

    fn stands(&self, setting: &WordContext) -> bool {
        match setting.grammar {
            Grammar::Arabic => arabic::stands(self),
            Grammar::Persian => persian::stands(self),
            Grammar::Urdu => urdu::stands(self),
            Grammar::Turkish => turkish::stands(self, setting),
            Grammar::French | Grammar::English | Grammar::Latin => latin::stands(self, setting),
            Grammar::Number => true,
        }
    }

    fn fit(&self) -> WordMatch {
        let variant = match (self.cut.suffix, self.form.kind) {
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
            _ if self.form.kind == StemKind::Seat || self.spelt_otherwise() => Some("spelling"),
            _ => None,
        };
        WordMatch { prefix: self.start.at, suffix: self.word.len() - self.cut.at, variant }
    }

    fn spelt_otherwise(&self) -> bool {
        let skip = if self.form.bare { 2 } else { 0 };
        let lower = |c: char| c.to_lowercase().next().unwrap_or(c);
        let pairs = self.watched.iter().skip(skip).zip(self.stem());
        pairs.into_iter().any(|(a, b)| a.folded == b.folded && lower(a.original) != lower(b.original))
    }
}

/// The folded letters of a stem equal this word.
fn spells(letters: &[WordLetter], word: &str) -> bool {
    let mut left = letters.iter();
    word.chars().all(|c| left.next().is_some_and(|l| l.folded == c)) && left.next().is_none()
}

/// The folded letters end in this, and begin before it.
fn ends(letters: &[WordLetter], tail: &str) -> bool {
    let mut left = letters.iter().rev();
    tail.chars().rev().all(|c| left.next().is_some_and(|l| l.folded == c)) && left.next().is_some()
}
