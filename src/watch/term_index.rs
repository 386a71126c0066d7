//! Where to begin: from a stem in a text to the terms that may stand there.
//!
//! Every term is filed under one of its words, the rarest, in every form that the word can take. A look-up costs
//! one probe of an open-addressed table, whatever the number of terms; the term is then compared letter by letter.

use std::collections::HashMap;

use super::term::{JoinedSpelling, JoinedWords, Term, TermMode, parts, writings};
use crate::text::morphology;
use crate::text::words::{WordLetter, WordList};

/// A term that may stand where a stem was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct IndexedTerm {
    /// The term.
    pub term: u32,
    writing: u8,
    /// Which part of it was found.
    pub part: u8,
    last: bool,
}

impl IndexedTerm {
    /// How the text would have to write the term.
    pub fn writing(self) -> JoinedSpelling {
        match self.writing {
            0 => JoinedSpelling::Apart,
            255 => JoinedSpelling::Whole,
            n => JoinedSpelling::Pair(n - 1),
        }
    }
}

/// The table.
#[derive(Clone, Debug, Default)]
pub(super) struct TermIndex {
    /// Pairs of a hash and where its terms begin in `filed`; a start of `u32::MAX` is a free place.
    slots: Vec<(u32, u32)>,
    filed: Vec<IndexedTerm>,
    /// A bit for each hash, eight times as many as there are: most stems of a text are turned away by it, and it
    /// stays in the processor's cache where the table does not.
    door: Vec<u64>,
    /// Beginnings of words, by hash.
    beginnings: HashMap<u64, Vec<IndexedTerm>>,
    /// Bit n: a beginning of n letters is watched for.
    pub beginning_lengths: u128,
}

/// The hash of no letters.
pub(super) const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash with one letter more.
pub(super) fn step(hash: u64, letter: char) -> u64 {
    (hash.rotate_left(5) ^ u64::from(letter)).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// The hash of letters in a row.
pub(super) fn hash(letters: impl IntoIterator<Item = char>) -> u64 {
    letters.into_iter().fold(SEED, step)
}

impl TermIndex {
    /// Files every term.
    pub fn new(terms: &[Term], weights: &WordFrequencies) -> Self {
        let mut index = Self::default();
        let mut keys: Vec<(u64, IndexedTerm)> = Vec::with_capacity(terms.len() * 4);
        let (mut words, mut run, mut forms) = (WordList::default(), Vec::new(), Vec::new());
        for (number, term) in (0u32..).zip(terms) {
            words.read_again(&term.text);
            for writing in writings(&words) {
                if term.mode == TermMode::Exact && writing != JoinedSpelling::Apart {
                    continue;
                }
                parts(&words, writing, &mut run);
                let (part, beginning) = anchor(term.mode, &run, &words, weights);
                let writing = match writing {
                    JoinedSpelling::Apart => 0,
                    JoinedSpelling::Pair(n) => n + 1,
                    JoinedSpelling::Whole => 255,
                };
                let filed = IndexedTerm { term: number, writing, part: u8::try_from(part).unwrap_or(0), last: false };
                let letters = words.letters(&run[part].token);
                if beginning {
                    index.begin(letters, filed);
                } else {
                    morphology::forms(run[part].token.script, letters, &mut forms);
                    keys.extend(forms.iter().map(|form| (hash(form.letters(letters)), filed)));
                }
            }
        }
        index.fill(keys);
        index
    }

    fn begin(&mut self, letters: &[WordLetter], filed: IndexedTerm) {
        self.beginning_lengths |= 1 << letters.len().min(127);
        self.beginnings.entry(hash(letters.iter().map(|l| l.folded))).or_default().push(filed);
    }

    fn fill(&mut self, mut keys: Vec<(u64, IndexedTerm)>) {
        keys.sort_unstable();
        keys.dedup();
        let distinct = keys.chunk_by(|a, b| a.0 == b.0).count();
        self.slots = vec![(0, u32::MAX); (distinct * 3 / 2).next_power_of_two().max(2)];
        self.filed.reserve_exact(keys.len());
        self.door = vec![0; (distinct / 8).next_power_of_two()];
        for run in keys.chunk_by(|a, b| a.0 == b.0) {
            let (tag, mut at) = self.place(run[0].0);
            let (word, bit) = self.knock(run[0].0);
            self.door[word] |= bit;
            while self.slots[at].1 != u32::MAX {
                at = (at + 1) & (self.slots.len() - 1);
            }
            self.slots[at] = (tag, u32::try_from(self.filed.len()).unwrap_or(u32::MAX - 1));
            self.filed.extend(run.iter().map(|(_, filed)| *filed));
            if let Some(last) = self.filed.last_mut() {
                last.last = true;
            }
        }
    }

    fn place(&self, hash: u64) -> (u32, usize) {
        let mixed = hash ^ (hash >> 29);
        let low = usize::try_from(mixed & 0xffff_ffff).unwrap_or(0);
        let tag = u32::try_from(mixed >> 32).unwrap_or(0);
        (tag, low & (self.slots.len() - 1))
    }

    fn knock(&self, hash: u64) -> (usize, u64) {
        let word = usize::try_from(hash >> 38).unwrap_or(0) & (self.door.len() - 1);
        (word, 1 << (hash >> 32 & 63))
    }

    /// The terms filed under a stem with this hash. Two stems may share a tag: the caller compares letters.
    pub fn filed(&self, hash: u64, out: &mut Vec<IndexedTerm>) {
        if self.slots.is_empty() {
            return;
        }
        let (word, bit) = self.knock(hash);
        if self.door[word] & bit == 0 {
            return;
        }
        let (tag, mut at) = self.place(hash);
        while self.slots[at].1 != u32::MAX {
            if self.slots[at].0 == tag {
                for filed in &self.filed[self.slots[at].1 as usize..] {
                    out.push(*filed);
                    if filed.last {
                        break;
                    }
                }
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// The terms filed under a beginning with this hash.
    pub fn begun(&self, hash: u64, out: &mut Vec<IndexedTerm>) {
        if let Some(filed) = self.beginnings.get(&hash) {
            out.extend(filed);
        }
    }
}

/// About how many phrases each word occurs in: a table by hash without a look at the words themselves. Two words that
/// share a place weigh too much, and a phrase is at worst filed under its second rarest word.
pub(super) struct WordFrequencies(Vec<u16>);

/// How many places the table has, a power of two.
const PLACES: usize = 1 << 18;

impl Default for WordFrequencies {
    fn default() -> Self {
        Self(vec![0; PLACES])
    }
}

impl WordFrequencies {
    /// Counts the words of a phrase; a single word has no choice where it is filed.
    pub fn add(&mut self, words: &WordList) {
        for token in words.all().iter().filter(|_| words.all().len() > 1) {
            let weight = &mut self.0[place(words.letters(token))];
            *weight = weight.saturating_add(1);
        }
    }

    fn of(&self, letters: &[WordLetter]) -> u16 {
        self.0[place(letters)]
    }
}

fn place(letters: &[WordLetter]) -> usize {
    let hash = hash(letters.iter().map(|l| l.folded));
    usize::try_from(hash >> 40).unwrap_or(0) & (PLACES - 1)
}

/// The part that a term is filed under: a joined one, else the rarest and longest; and whether only its beginning counts.
fn anchor(mode: TermMode, run: &[JoinedWords], words: &WordList, weights: &WordFrequencies) -> (usize, bool) {
    let last = run.len() - 1;
    let rarity = |part: &JoinedWords| {
        let letters = words.letters(&part.token);
        (!part.joined, weights.of(letters), usize::MAX - letters.len())
    };
    let whole = if mode == TermMode::Prefix { &run[..last] } else { run };
    let best = (0..whole.len()).min_by_key(|i| rarity(&whole[*i]));
    best.map_or((last, true), |i| (i, false))
}
