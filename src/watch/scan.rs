//! One pass over a text: every place where a watched term stands.

use super::acronym;
use super::index::{Filed, Index, SEED, step};
use super::term::{Mode, Part, Term, parts};
use crate::alert::{Field, How};
use crate::text::clitic::{self, Cut, Fit, Grammar, Role, Setting, Start, latin, persian, turkish};
use crate::text::lang::Lang;
use crate::text::token::{Gap, Letter, Script, Token, Tokens};

/// A place where a term stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The term.
    pub term: u32,
    /// The field.
    pub field: Field,
    /// The first word, counted through all fields.
    pub first: u32,
    /// The last word.
    pub last: u32,
    /// The first byte in the field.
    pub from: u32,
    /// One past the last byte.
    pub to: u32,
    /// How it differs from the term.
    pub how: How,
    /// It is an acronym among words in capitals, which may be a word.
    pub shouted: bool,
}

/// The most places that are kept of one field, so that no text can exhaust memory.
const MOST_PLACES: usize = 10_000;
/// Words of a text longer than this are no words, and are passed over.
const LONGEST_WORD: usize = 120;
/// How many parts that ZWNJ, a hyphen or an apostrophe divides are read as one word.
const MOST_PARTS: usize = 4;

/// The pass, with its memory.
pub(super) struct Scan<'a> {
    terms: &'a [Term],
    index: &'a Index,
    lang: Option<&'a Lang>,
    words: Tokens,
    watched: Tokens,
    run: Vec<Part>,
    starts: Vec<Start>,
    cuts: Vec<Cut>,
    candidates: Vec<Filed>,
    /// The grammars of this field's Arabic and Latin words.
    grammars: [Grammar; 2],
    /// What was found.
    pub found: Vec<Found>,
    /// How many words the fields before this one have.
    before: u32,
}

impl<'a> Scan<'a> {
    pub fn new(terms: &'a [Term], index: &'a Index, lang: Option<&'a Lang>) -> Self {
        let (words, watched) = (Tokens::default(), Tokens::default());
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
        self.grammars = [Script::Arabic, Script::Latin].map(|s| clitic::grammar(s, self.lang, self.words.evidence()));
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

    fn token(&self, first: usize, last: usize) -> Token {
        let (a, b) = (self.words.all()[first], self.words.all()[last]);
        Token { last: b.last, to: b.to, gap: b.gap, ..a }
    }

    /// Looks up every stem of a word.
    fn at(&mut self, field: Field, text: &str, first: usize, last: usize) {
        let token = self.token(first, last);
        let letters = self.words.letters(&token);
        if letters.len() > LONGEST_WORD {
            return;
        }
        let grammar = self.grammar(token.script);
        clitic::starts(grammar, letters, &mut self.starts);
        clitic::cuts(grammar, letters, &mut self.cuts);
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
    fn verify(&mut self, filed: Filed, field: Field, text: &str, first: usize, last: usize) -> Option<Found> {
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
        if term.mode == Mode::Exact && !self.is_exact(term, text, from.0, to.0) {
            return None;
        }
        let (first, last) = (from.0, to.0);
        let ends = (from.1.prefix, to.1.suffix);
        let variant = variant.filter(|_| !(to.1.suffix > 0 && variant == Some("spelling")));
        let (first, last, how) = self.how(text, (first, last), ends, variant);
        let (all, at) = (self.words.all(), |i: usize| self.before + u32::try_from(i).unwrap_or(0));
        let (from, to) = (all[first].from, all[last].to);
        let shouted = acronym::is_alone(term, &self.watched) && acronym::is_shouted(&self.words, first, last);
        Some(Found { term: filed.term, field, first: at(first), last: at(last), from, to, how, shouted })
    }

    /// A part of the term against the words `first..=last` of the text.
    fn part(&self, mode: Mode, part: usize, first: usize, last: usize) -> Option<Fit> {
        let run = &self.run[part];
        let token = self.token(first, last);
        if run.joined && run.spaced && token.script == Script::Latin && !token.hash && first == last {
            // Latin words run together only in a hashtag.
            return None;
        }
        let (watched, word) = (self.watched.letters(&run.token), self.words.letters(&token));
        let role = Role { first: part == 0, last: part + 1 == self.run.len() };
        let setting = self.setting(token.script, first, last);
        let fit = if mode == Mode::Prefix && role.last {
            begins(watched, word, role, setting.grammar)?
        } else {
            clitic::fit(watched, run.token.script, word, role, &setting)?
        };
        let stem = &word[fit.prefix..word.len() - fit.suffix];
        let any_case = || token.hash || acronym::is_foreign(&self.words, first, last);
        if acronym::is_acronym(&self.watched, &run.token)
            && !stem.iter().all(|l| l.original.is_uppercase())
            && !any_case()
        {
            return None;
        }
        if role.last && setting.grammar == Grammar::Persian && self.is_adjective(last, watched) {
            return None;
        }
        (mode != Mode::Exact || (fit.prefix, fit.suffix) == (0, 0)).then_some(fit)
    }

    fn setting(&self, script: Script, first: usize, last: usize) -> Setting {
        let evidence = self.words.evidence();
        let grammar = self.grammar(script);
        let capitals = |i: usize| {
            let token = self.words.all().get(i)?;
            let letters = self.words.letters(token);
            (letters.len() > 2).then(|| letters.iter().all(|l| l.original.is_uppercase()))
        };
        let around = [first.checked_sub(1).and_then(capitals), capitals(last + 1)];
        let shouted = around.iter().flatten().all(|c| *c) && around.iter().flatten().next().is_some();
        Setting { grammar, writes_turkish: evidence.turkish, writes_accents: evidence.accents, shouted }
    }

    /// The part before the word `at`; a Persian plural may stand between them.
    fn left(&self, mode: Mode, part: usize, at: usize) -> Option<(usize, Fit)> {
        let mut at = at;
        for _ in 0..2 {
            let before = at.checked_sub(1).filter(|b| self.passes(*b, part))?;
            let joined = (before.saturating_sub(MOST_PARTS - 1)..=before).rev();
            for first in joined.filter(|f| self.is_one(*f, before)) {
                if let Some(fit) = self.part(mode, part, first, before) {
                    return Some((first, fit));
                }
            }
            if !self.is_loose_suffix(before) && !self.is_loose_article(before) {
                return None;
            }
            at = before;
        }
        None
    }

    /// The part after the word `at`.
    fn right(&self, mode: Mode, part: usize, at: usize) -> Option<(usize, Fit)> {
        let mut at = at;
        for _ in 0..2 {
            let next = Some(at + 1).filter(|n| *n < self.words.all().len() && self.passes(at, part - 1))?;
            let until = (next + MOST_PARTS).min(self.words.all().len());
            for last in (next..until).filter(|l| self.is_one(next, *l)) {
                if let Some(fit) = self.part(mode, part, next, last) {
                    return Some((last, fit));
                }
            }
            if !self.is_loose_suffix(next) && !self.is_loose_article(next) {
                return None;
            }
            at = next;
        }
        None
    }

    /// What follows a word of the text may lie inside the phrase; a comma only where the term has one.
    fn passes(&self, at: usize, part: usize) -> bool {
        self.words.all()[at].gap != Gap::Stop || self.run[part].token.gap == Gap::Stop
    }

    /// The words may be read as one: what divides them is no more than a ZWNJ, a hyphen or an apostrophe; or they are
    /// two, and the space between them is one that spelling may leave out.
    fn is_one(&self, first: usize, last: usize) -> bool {
        (first..last).all(|i| self.is_divided(i)) || (last == first + 1 && self.is_spaced(first))
    }

    fn is_divided(&self, at: usize) -> bool {
        let token = &self.words.all()[at];
        matches!(token.gap, Gap::Soft | Gap::Apostrophe | Gap::Hyphen) && token.script != Script::Digits
    }

    /// A compound of Persian or Urdu, a name such as عبد اللطيف or أبو ظبي, or COP 28, written apart.
    fn is_spaced(&self, at: usize) -> bool {
        let all = self.words.all();
        let (token, Some(next)) = (&all[at], all.get(at + 1)) else { return false };
        if token.gap == Gap::Space && (token.script, next.script) == (Script::Latin, Script::Digits) {
            return true;
        }
        if token.gap != Gap::Space || token.script != Script::Arabic || next.script != Script::Arabic {
            return false;
        }
        let letters = self.words.letters(token);
        let compound = self.grammars[0] != Grammar::Arabic && letters.len() > 1 && next.last - next.first > 1;
        let parted = |a: &[Letter]| matches!(a, [.., a, b, c] if matches!([a.folded, b.folded, c.folded], ['ع', 'ب', 'د'] | ['ا', 'ب', 'و' | 'ي' | 'ا']));
        compound || (letters.len() <= 5 && parted(letters))
    }

    /// A Persian suffix that stands apart from its noun.
    fn is_loose_suffix(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        let (token, gap) = (&self.words.all()[at], self.words.all()[before].gap);
        let persian = token.script == Script::Arabic && self.grammars[0] == Grammar::Persian;
        persian && gap != Gap::Stop && persian::is_loose_suffix(self.words.letters(token), gap == Gap::Space)
    }

    /// What follows the word after a ZWNJ makes the adjective of the place that is watched for.
    fn is_adjective(&self, at: usize, watched: &[Letter]) -> bool {
        let all = self.words.all();
        let after = all.get(at + 1).filter(|_| all[at].gap == Gap::Soft);
        after.is_some_and(|after| persian::is_adjective(watched, self.words.letters(after)))
    }

    /// The article before a number: الدورة الـ76.
    fn is_loose_article(&self, at: usize) -> bool {
        let all = self.words.all();
        let article = matches!(self.words.letters(&all[at]), [alef, lam] if (alef.original, lam.folded) == ('ا', 'ل'));
        article && all[at].gap != Gap::Stop && all.get(at + 1).is_some_and(|n| n.script == Script::Digits)
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
    ) -> (usize, usize, How) {
        let all = self.words.all();
        let originals = |letters: &[Letter]| letters.iter().map(|l| l.original).collect::<String>();
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
        (first, last, How { prefix: some(prefix), suffix: some(suffix), variant: variant.map(str::to_owned) })
    }

    /// The word before is an elided article or the like.
    fn is_elided(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else { return false };
        let token = &self.words.all()[before];
        token.gap == Gap::Apostrophe && latin::is_elided(self.words.letters(token))
    }

    /// The word after belongs to this one: an English `'s`, a Turkish case, a Persian plural.
    fn goes_on(&self, at: usize) -> bool {
        let all = self.words.all();
        let Some(next) = all.get(at + 1) else { return false };
        let letters = self.words.letters(next);
        match all[at].gap {
            Gap::Apostrophe => {
                let s = matches!(letters, [one] if one.folded == 's');
                next.script == Script::Latin && (s || turkish::is_inflection(letters))
            }
            Gap::Soft | Gap::Space => self.is_loose_suffix(at + 1),
            _ => false,
        }
    }
}

/// The word begins with these letters, clitics aside.
fn begins(watched: &[Letter], word: &[Letter], role: Role, grammar: Grammar) -> Option<Fit> {
    let mut starts = Vec::new();
    clitic::starts(grammar, word, &mut starts);
    let starts = starts.into_iter().filter(|s| role.first || s.clitic.is_none());
    let fits = |s: &Start| {
        let rest = &word[s.at..];
        rest.len() >= watched.len() && rest.iter().zip(watched).all(|(a, b)| a.folded == b.folded)
    };
    let start = starts.into_iter().find(fits)?;
    Some(Fit { prefix: start.at, suffix: word.len() - start.at - watched.len(), variant: None })
}
