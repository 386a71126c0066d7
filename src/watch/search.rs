//! One pass over a text: every place where a watched term stands.

use super::acronym;
use super::term::{JoinedWords, Term, TermMode, parts};
use super::term_hit::TermHit;
use super::term_index::{IndexedTerm, SEED, TermIndex, step};
use crate::alert::{Field, MatchForm};
use crate::text::lang::Lang;
use crate::text::morphology;
use crate::text::morphology::{Grammar, PhraseRole, StemEnd, StemStart, WordContext, WordMatch};
use crate::text::words::{Script, Word, WordLetter, WordList};

mod neighbours;

/// The most places that are kept of one field, so that no text can exhaust memory.
const MOST_PLACES: usize = 10_000;
/// Words of a text longer than this are no words, and are passed over.
const LONGEST_WORD: usize = 120;
/// How many parts that ZWNJ, a hyphen, an apostrophe or a point divides are read as one word: as many as the longest
/// acronym has letters.
const MOST_PARTS: usize = acronym::MAX_LETTERS;

/// The pass, with its memory.
pub(super) struct TermSearch<'a> {
    terms: &'a [Term],
    index: &'a TermIndex,
    lang: Option<&'a Lang>,
    words: WordList,
    watched: WordList,
    run: Vec<JoinedWords>,
    starts: Vec<StemStart>,
    cuts: Vec<StemEnd>,
    candidates: Vec<IndexedTerm>,
    /// The grammars of this field's Arabic and Latin words.
    grammars: [Grammar; 2],
    /// What was found.
    pub found: Vec<TermHit>,
    /// How many words the fields before this one have.
    before: u32,
}

impl<'a> TermSearch<'a> {
    pub fn new(terms: &'a [Term], index: &'a TermIndex, lang: Option<&'a Lang>) -> Self {
        let (words, watched) = (WordList::default(), WordList::default());
        let (run, starts, cuts, candidates, found) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self {
            terms,
            index,
            lang,
            words,
            watched,
            run,
            starts,
            cuts,
            candidates,
            grammars: [Grammar::Number; 2],
            found,
            before: 0,
        }
    }

    /// Reads one field.
    pub fn field(&mut self, field: Field, text: &str) {
        self.words.read_again(text);
        self.grammars =
            [Script::Arabic, Script::Latin].map(|s| morphology::grammar(s, self.lang, self.words.evidence()));
        let limit = self.found.len() + MOST_PLACES;
        let count = self.words.all().len();
        for first in 0..count {
            let mut last = first;
            loop {
                self.at(field, text, first, last);
                if last + 1 == count || last + 1 - first == MOST_PARTS || !self.is_one(first, last + 1) {
                    break;
                }
                last += 1;
            }
            if self.found.len() >= limit {
                break;
            }
        }
        self.before += u32::try_from(count).unwrap_or(u32::MAX / 4);
    }

    fn grammar(&self, script: Script) -> Grammar {
        match script {
            Script::Arabic => self.grammars[0],
            Script::Latin => self.grammars[1],
            Script::Digits => Grammar::Number,
        }
    }

    fn token(&self, first: usize, last: usize) -> Word {
        let (a, b) = (self.words.all()[first], self.words.all()[last]);
        Word { last: b.last, to: b.to, gap: b.gap, ..a }
    }

    /// Looks up every stem of a word.
    fn at(&mut self, field: Field, text: &str, first: usize, last: usize) {
        let token = self.token(first, last);
        let letters = self.words.letters(&token);
        if letters.len() > LONGEST_WORD {
            return;
        }
        let grammar = self.grammar(token.script);
        morphology::starts(grammar, letters, &mut self.starts);
        morphology::cuts(grammar, letters, &mut self.cuts);
        let ends: u128 = self.cuts.iter().fold(0, |bits, cut| bits | 1 << cut.at);
        let begun = self.index.beginning_lengths;
        self.candidates.clear();
        for start in &self.starts {
            let mut hash = SEED;
            for (i, letter) in letters.iter().enumerate().skip(start.at) {
                hash = step(hash, letter.folded);
                if ends >> (i + 1) & 1 == 1 {
                    self.index.filed(hash, &mut self.candidates);
                }
                if begun >> (i + 1 - start.at) & 1 == 1 {
                    self.index.begun(hash, &mut self.candidates);
                }
            }
        }
        if self.candidates.is_empty() {
            return;
        }
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.sort_unstable();
        candidates.dedup();
        for filed in &candidates {
            if let Some(found) = self.verify(*filed, field, text, first, last) {
                self.found.push(found);
            }
        }
        self.candidates = candidates;
    }

    /// Compares a term with the text from one of its parts outward.
    fn verify(&mut self, filed: IndexedTerm, field: Field, text: &str, first: usize, last: usize) -> Option<TermHit> {
        let term = &self.terms[filed.term as usize];
        self.watched.read_again(&term.text);
        parts(&self.watched, filed.writing(), &mut self.run);
        let anchor = usize::from(filed.part);
        let middle = self.part(term.mode, anchor, first, last)?;
        let (mut from, mut to) = ((first, middle), (last, middle));
        let mut variant = middle.variant;
        for part in (0..anchor).rev() {
            from = self.left(term.mode, part, from.0)?;
            variant = variant.or(from.1.variant);
        }
        for part in anchor + 1..self.run.len() {
            to = self.right(term.mode, part, to.0)?;
            variant = variant.or(to.1.variant);
        }
        if term.mode == TermMode::Exact && !self.is_exact(term, text, from.0, to.0) {
            return None;
        }
        let (first, last) = (from.0, to.0);
        let ends = (from.1.prefix, to.1.suffix);
        let variant = variant.filter(|_| !(to.1.suffix > 0 && variant == Some("spelling")));
        let (first, last, how) = self.how(text, (first, last), ends, variant);
        let (all, at) = (self.words.all(), |i: usize| self.before + u32::try_from(i).unwrap_or(0));
        let (from, to) = (all[first].from, all[last].to);
        let shouted = acronym::is_alone(term, &self.watched) && acronym::is_shouted(&self.words, first, last);
        let pronoun = shouted && acronym::is_pronoun(&self.words, first, last);
        Some(TermHit { term: filed.term, field, first: at(first), last: at(last), from, to, how, shouted, pronoun })
    }

    /// A part of the term against the words `first..=last` of the text.
    fn part(&self, mode: TermMode, part: usize, first: usize, last: usize) -> Option<WordMatch> {
        let run = &self.run[part];
        let token = self.token(first, last);
        if run.joined && run.spaced && token.script == Script::Latin && !token.hash && first == last {
            // Latin words run together only in a hashtag.
            return None;
        }
        let (watched, word) = (self.watched.letters(&run.token), self.words.letters(&token));
        let role = PhraseRole { first: part == 0, last: part + 1 == self.run.len() };
        let setting = self.setting(token.script, first, last);
        let fit = if mode == TermMode::Prefix && role.last {
            begins(watched, word, role, setting.grammar)?
        } else {
            morphology::fit(watched, run.token.script, word, role, &setting)?
        };
        let stem = &word[fit.prefix..word.len() - fit.suffix];
        let any_case = || self.is_tag(first, last) || acronym::is_foreign(&self.words, first, last);
        if acronym::is_acronym(&self.watched, &run.token)
            && !stem.iter().all(|l| l.original.is_uppercase())
            && !any_case()
        {
            return None;
        }
        if role.last && setting.grammar == Grammar::Persian && self.is_adjective(last, watched) {
            return None;
        }
        (mode != TermMode::Exact || (fit.prefix, fit.suffix) == (0, 0)).then_some(fit)
    }

    fn setting(&self, script: Script, first: usize, last: usize) -> WordContext {
        let evidence = self.words.evidence();
        let grammar = self.grammar(script);
        let capitals = |i: usize| {
            let token = self.words.all().get(i)?;
            let letters = self.words.letters(token);
            (letters.len() > 2).then(|| letters.iter().all(|l| l.original.is_uppercase()))
        };
        let around = [first.checked_sub(1).and_then(capitals), capitals(last + 1)];
        let shouted = around.iter().flatten().all(|c| *c) && around.iter().flatten().next().is_some();
        WordContext { grammar, writes_turkish: evidence.turkish, writes_accents: evidence.accents, shouted }
    }

    fn is_exact(&self, term: &Term, text: &str, first: usize, last: usize) -> bool {
        let (all, own) = (self.words.all(), self.watched.all());
        let (Some(head), Some(tail)) = (own.first(), own.last()) else { return false };
        let from = (all[first].from as usize).checked_sub(head.from as usize);
        let to = all[last].to as usize + (term.text.len() - tail.to as usize);
        let there = from.and_then(|from| text.get(from..to));
        let nfc = icu_normalizer::ComposingNormalizerBorrowed::new_nfc();
        there.is_some_and(|there| there == &*term.text || nfc.normalize(there) == nfc.normalize(&term.text))
    }

    /// The words `first` to `last` with what stands apart on either side and belongs to them, and how they differ
    /// from the term: `ends` letters are glued to the front and the end.
    fn how(
        &self,
        text: &str,
        run: (usize, usize),
        ends: (usize, usize),
        variant: Option<&'static str>,
    ) -> (usize, usize, MatchForm) {
        let all = self.words.all();
        let originals = |letters: &[WordLetter]| letters.iter().map(|l| l.original).collect::<String>();
        let (mut first, mut last) = run;
        let whole = self.token(first, last);
        let letters = self.words.letters(&whole);
        let mut prefix = originals(&letters[..ends.0.min(letters.len())]);
        let mut suffix = originals(&letters[letters.len() - ends.1.min(letters.len())..]);
        if prefix.is_empty() && self.is_elided(first) {
            first -= 1;
            prefix = text[all[first].from as usize..all[first + 1].from as usize].to_owned();
        }
        while self.goes_on(last) {
            let start = all[last].to as usize;
            last += 1;
            suffix.push_str(&text[start..all[last].to as usize]);
        }
        let some = |s: String| Some(s).filter(|s| !s.is_empty());
        (first, last, MatchForm { prefix: some(prefix), suffix: some(suffix), variant: variant.map(str::to_owned) })
    }
}

/// The word begins with these letters, clitics aside.
fn begins(watched: &[WordLetter], word: &[WordLetter], role: PhraseRole, grammar: Grammar) -> Option<WordMatch> {
    let mut starts = Vec::new();
    morphology::starts(grammar, word, &mut starts);
    let starts = starts.into_iter().filter(|s| role.first || s.clitic.is_none());
    let fits = |s: &StemStart| {
        let rest = &word[s.at..];
        rest.len() >= watched.len() && rest.iter().zip(watched).all(|(a, b)| a.folded == b.folded)
    };
    let start = starts.into_iter().find(fits)?;
    Some(WordMatch { prefix: start.at, suffix: word.len() - start.at - watched.len(), variant: None })
}
