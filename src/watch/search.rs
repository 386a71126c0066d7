//! Finds every watched term in a text, in one pass.

use super::WatchInput;
use super::acronym;
use super::term::{JoinedWords, Term, TermMode, parts};
use super::term_hit::TermHit;
use super::term_index::{IndexedTerm, SEED, TermIndex, step};
use crate::alert::{Field, MatchForm};
use crate::text::lang::Lang;
use crate::text::morphology;
use crate::text::morphology::{Grammar, PhraseRole, StemEnd, StemStart, WordContext, WordMatch};
use crate::text::words::{Script, Word, WordGap, WordLetter, WordList};

mod adjacent_words;

/// The most hits in one field, so that no text can exhaust memory. Chosen by hand.
const MAX_HITS: usize = 10_000;
/// The longest word that is looked up, in letters; longer ones are skipped. Chosen by hand, below the 128 bits of the
/// length masks.
const MAX_WORD_LENGTH: usize = 120;
/// The most parts, divided by ZWNJ, hyphen, apostrophe or full stop, that are read as one word: as many as the longest
/// acronym has letters.
const MAX_JOINED: usize = acronym::MAX_LETTERS;

/// The state of one search, with its reused buffers.
pub(super) struct TermSearch<'a> {
    terms: &'a [Term],
    index: &'a TermIndex,
    lang: Option<&'a Lang>,
    /// A field of the item has ة: the writer distinguishes it from ه.
    writes_teh: bool,
    words: WordList,
    watched: WordList,
    run: Vec<JoinedWords>,
    starts: Vec<StemStart>,
    ends: Vec<StemEnd>,
    candidates: Vec<IndexedTerm>,
    /// The grammars of this field's Arabic and Latin words.
    grammars: [Grammar; 2],
    /// The hits.
    pub found: Vec<TermHit>,
    /// The number of words in the fields before this one.
    before: u32,
}

impl<'a> TermSearch<'a> {
    pub fn new(terms: &'a [Term], index: &'a TermIndex, input: &WatchInput<'a>) -> Self {
        let (words, watched) = (WordList::default(), WordList::default());
        let (run, starts, ends, candidates, found) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self {
            terms,
            index,
            lang: input.lang,
            writes_teh: [input.title, input.summary, input.text].iter().any(|text| text.contains('ة')),
            words,
            watched,
            run,
            starts,
            ends,
            candidates,
            grammars: [Grammar::Number; 2],
            found,
            before: 0,
        }
    }

    /// Searches one field.
    pub(crate) fn field(&mut self, field: Field, text: &str) {
        self.words.reread(text);
        self.grammars =
            [Script::Arabic, Script::Latin].map(|s| morphology::grammar(s, self.lang, self.words.evidence()));
        let limit = self.found.len() + MAX_HITS;
        let count = self.words.all().len();
        for first in 0..count {
            let mut last = first;
            loop {
                self.look_up(field, text, first, last);
                if last + 1 == count || last + 1 - first == MAX_JOINED || !self.reads_as_one_word(first, last + 1) {
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
    fn look_up(&mut self, field: Field, text: &str, first: usize, last: usize) {
        let token = self.token(first, last);
        let letters = self.words.letters(&token);
        if letters.len() > MAX_WORD_LENGTH {
            return;
        }
        let grammar = self.grammar(token.script);
        morphology::stem_starts(grammar, letters, &mut self.starts);
        morphology::stem_ends(grammar, letters, &mut self.ends);
        let end_bits: u128 = self.ends.iter().fold(0, |bits, end| bits | 1 << end.at);
        let prefix_lengths = self.index.prefix_lengths;
        self.candidates.clear();
        for start in &self.starts {
            let mut hash = SEED;
            for (i, letter) in letters.iter().enumerate().skip(start.at) {
                hash = step(hash, letter.folded);
                if end_bits >> (i + 1) & 1 == 1 {
                    self.index.look_up(hash, &mut self.candidates);
                }
                if prefix_lengths >> (i + 1 - start.at) & 1 == 1 {
                    self.index.prefixes(hash, &mut self.candidates);
                }
            }
        }
        if self.candidates.is_empty() {
            return;
        }
        let mut candidates = std::mem::take(&mut self.candidates);
        candidates.sort_unstable();
        candidates.dedup();
        for candidate in &candidates {
            if let Some(found) = self.verify(*candidate, field, text, first, last) {
                self.found.push(found);
            }
        }
        self.candidates = candidates;
    }

    /// Verifies a candidate: compares the term with the text from its indexed part outward.
    fn verify(&mut self, entry: IndexedTerm, field: Field, text: &str, first: usize, last: usize) -> Option<TermHit> {
        let term = &self.terms[entry.term as usize];
        self.watched.reread(&term.text);
        parts(&self.watched, entry.spelling(), &mut self.run);
        let anchor = usize::from(entry.part);
        let middle = self.match_part(term.mode, anchor, first, last)?;
        let (mut from, mut to) = ((first, middle), (last, middle));
        let mut variant = middle.variant;
        for part in (0..anchor).rev() {
            from = self.match_before(term.mode, part, from.0)?;
            variant = variant.or(from.1.variant);
        }
        for part in anchor + 1..self.run.len() {
            to = self.match_after(term.mode, part, to.0)?;
            variant = variant.or(to.1.variant);
        }
        let (first, last) = (from.0, to.0);
        if !self.is_whole_term(term, text, first, last) {
            return None;
        }
        let ends = (from.1.prefix, to.1.suffix);
        let variant = reported_variant(term, variant, to.1.suffix);
        let (first, last, how) = self.form(text, (first, last), ends, variant);
        let (all, at) = (self.words.all(), |i: usize| self.before + u32::try_from(i).unwrap_or(0));
        let (from, to) = (all[first].from, all[last].to);
        let among_capitals =
            acronym::is_single_acronym(term, &self.watched) && acronym::is_among_capitals(&self.words, first, last);
        let pronoun = among_capitals && acronym::is_pronoun(&self.words, first, last);
        Some(TermHit {
            term: entry.term,
            field,
            first: at(first),
            last: at(last),
            from,
            to,
            how,
            among_capitals,
            pronoun,
        })
    }

    /// Compares a part of the term with the words `first..=last` of the text.
    fn match_part(&self, mode: TermMode, part: usize, first: usize, last: usize) -> Option<WordMatch> {
        let run = &self.run[part];
        let token = self.token(first, last);
        if run.joined && run.spaced && token.script == Script::Latin && !token.hash && first == last {
            // Latin words are joined only in hashtags.
            return None;
        }
        let (watched, word) = (self.watched.letters(&run.token), self.words.letters(&token));
        let role = PhraseRole { first: part == 0, last: part + 1 == self.run.len() };
        let context = self.context(token.script, first, last);
        let matched = if mode == TermMode::Prefix && role.last {
            begins(watched, word, role, context.grammar)?
        } else {
            morphology::match_word(watched, run.token.script, word, role, &context)?
        };
        let stem = &word[matched.prefix..word.len() - matched.suffix];
        let any_case = || self.is_whole_hashtag(first, last) || acronym::is_in_other_script(&self.words, first, last);
        if acronym::is_acronym(&self.watched, &run.token)
            && !stem.iter().all(|l| l.original.is_uppercase())
            && !any_case()
        {
            return None;
        }
        if context.grammar == Grammar::Persian
            && ((role.last && self.is_adjective(last, watched)) || self.splits_suffix(first, last, matched.suffix))
        {
            return None;
        }
        (mode != TermMode::Exact || (matched.prefix, matched.suffix) == (0, 0)).then_some(matched)
    }

    fn context(&self, script: Script, first: usize, last: usize) -> WordContext<'_> {
        let capitals = |i: usize| {
            let token = self.words.all().get(i)?;
            let letters = self.words.letters(token);
            (letters.len() > 2).then(|| letters.iter().all(|l| l.original.is_uppercase()))
        };
        let around = [first.checked_sub(1).and_then(capitals), capitals(last + 1)];
        let among_capitals = around.iter().flatten().all(|c| *c) && around.iter().flatten().next().is_some();
        let before = first.checked_sub(1).map_or(&[][..], |before| self.neighbour(before, before));
        let next = self.neighbour(last, last + 1);
        let second = if next.is_empty() { next } else { self.neighbour(last + 1, last + 2) };
        let alone = WordContext::alone(self.grammar(script), self.words.evidence());
        WordContext { writes_teh: self.writes_teh, among_capitals, before, next, second, ..alone }
    }

    /// The letters of a word, unless the clause ends after the word `gap`.
    fn neighbour(&self, gap: usize, word: usize) -> &[WordLetter] {
        let all = self.words.all();
        let within = all.get(gap).is_some_and(|w| w.gap != WordGap::Stop);
        all.get(word).filter(|_| within).map_or(&[], |w| self.words.letters(w))
    }

    /// True unless an exact term differs in a letter, or a single word is a part of a compound.
    fn is_whole_term(&self, term: &Term, text: &str, first: usize, last: usize) -> bool {
        match term.mode {
            TermMode::Exact => self.is_exact(term, text, first, last),
            TermMode::Words => self.run.len() > 1 || !self.is_part_of_compound(text, first, last),
            TermMode::Prefix => true,
        }
    }

    fn is_exact(&self, term: &Term, text: &str, first: usize, last: usize) -> bool {
        let (all, own) = (self.words.all(), self.watched.all());
        let (Some(head), Some(tail)) = (own.first(), own.last()) else { return false };
        let from = (all[first].from as usize).checked_sub(head.from as usize);
        let to = all[last].to as usize + (term.text.len() - tail.to as usize);
        let original = from.and_then(|from| text.get(from..to));
        let nfc = icu_normalizer::ComposingNormalizerBorrowed::new_nfc();
        original.is_some_and(|text| text == &*term.text || nfc.normalize(text) == nfc.normalize(&term.text))
    }

    /// Extends a hit by what belongs to its words although it is detached, and describes how it differs from the term.
    /// `ends` is the number of letters attached at the front and at the end.
    fn form(
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
        while self.has_detached_suffix(last) {
            let start = all[last].to as usize;
            last += 1;
            suffix.push_str(&text[start..all[last].to as usize]);
        }
        let some = |s: String| Some(s).filter(|s| !s.is_empty());
        (first, last, MatchForm { prefix: some(prefix), suffix: some(suffix), variant: variant.map(str::to_owned) })
    }
}

/// The variant that a match reports: a suffix says more than a spelling.
fn reported_variant(term: &Term, variant: Option<&'static str>, suffix: usize) -> Option<&'static str> {
    match variant {
        _ if term.singular.is_some() => Some("broken plural"),
        Some("spelling") if suffix > 0 => None,
        _ => variant,
    }
}

/// Matches the beginning of a word, ignoring prefixes.
fn begins(watched: &[WordLetter], word: &[WordLetter], role: PhraseRole, grammar: Grammar) -> Option<WordMatch> {
    let mut starts = Vec::new();
    morphology::stem_starts(grammar, word, &mut starts);
    let starts = starts.into_iter().filter(|s| role.first || s.prefix.is_none());
    let fits = |s: &StemStart| {
        let rest = &word[s.at..];
        rest.len() >= watched.len() && rest.iter().zip(watched).all(|(a, b)| a.folded == b.folded)
    };
    let start = starts.into_iter().find(fits)?;
    Some(WordMatch { prefix: start.at, suffix: word.len() - start.at - watched.len(), variant: None })
}
