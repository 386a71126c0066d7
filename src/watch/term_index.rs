//! Indexes terms: maps a stem in a text to the terms that may occur there.
//!
//! Every term is indexed under its rarest word, in every form of that word. A look-up costs one probe of an
//! open-addressed table, whatever the number of terms; the candidate is then compared letter by letter.

use std::collections::HashMap;

use super::term::{JoinedSpelling, JoinedWords, Term, TermMode, parts, spellings};
use crate::text::morphology;
use crate::text::words::{WordLetter, WordList};

/// A candidate: a term that may occur where a stem was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct IndexedTerm {
    /// The term.
    pub(crate) term: u32,
    spelling: u8,
    /// The part of it that was found.
    pub(crate) part: u8,
    last: bool,
}

impl IndexedTerm {
    /// The spelling of the term that the text must have.
    pub(crate) fn spelling(self) -> JoinedSpelling {
        match self.spelling {
            0 => JoinedSpelling::Apart,
            255 => JoinedSpelling::Joined,
            n => JoinedSpelling::Pair(n - 1),
        }
    }
}

/// The index: an open-addressed hash table behind a Bloom filter.
#[derive(Clone, Debug, Default)]
pub(super) struct TermIndex {
    /// Pairs of a hash tag and the first entry in `entries`; an index of `u32::MAX` marks an empty slot.
    slots: Vec<(u32, u32)>,
    entries: Vec<IndexedTerm>,
    /// A Bloom filter with eight bits for each hash: it rejects most stems of a text, and fits into the processor's
    /// cache where the table does not.
    filter: Vec<u64>,
    /// Prefix terms by the hash of their letters.
    prefixes_by_hash: HashMap<u64, Vec<IndexedTerm>>,
    /// Bit n: some prefix has n letters.
    pub(crate) prefix_lengths: u128,
}

/// The hash of no letters: 2^64 divided by the golden ratio.
pub(super) const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// Adds one letter to the hash (FxHash of rustc).
pub(super) fn step(hash: u64, letter: char) -> u64 {
    (hash.rotate_left(5) ^ u64::from(letter)).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// The hash of a sequence of letters.
pub(super) fn hash(letters: impl IntoIterator<Item = char>) -> u64 {
    letters.into_iter().fold(SEED, step)
}

impl TermIndex {
    /// Indexes every term.
    pub fn new(terms: &[Term], weights: &WordFrequencies) -> Self {
        let mut index = Self::default();
        let mut keys: Vec<(u64, IndexedTerm)> = Vec::with_capacity(terms.len() * 4);
        let (mut words, mut run, mut forms) = (WordList::default(), Vec::new(), Vec::new());
        for (number, term) in (0u32..).zip(terms) {
            words.reread(&term.text);
            for spelling in spellings(&words) {
                if term.mode == TermMode::Exact && spelling != JoinedSpelling::Apart {
                    continue;
                }
                parts(&words, spelling, &mut run);
                let (part, is_prefix) = anchor(term.mode, &run, &words, weights);
                let spelling = match spelling {
                    JoinedSpelling::Apart => 0,
                    JoinedSpelling::Pair(n) => n + 1,
                    JoinedSpelling::Joined => 255,
                };
                let entry = IndexedTerm { term: number, spelling, part: u8::try_from(part).unwrap_or(0), last: false };
                let letters = words.letters(&run[part].token);
                if is_prefix {
                    index.add_prefix(letters, entry);
                } else {
                    morphology::forms(run[part].token.script, letters, &mut forms);
                    keys.extend(forms.iter().map(|form| (hash(form.letters(letters)), entry)));
                }
            }
        }
        index.fill(keys);
        index
    }

    fn add_prefix(&mut self, letters: &[WordLetter], entry: IndexedTerm) {
        self.prefix_lengths |= 1 << letters.len().min(127);
        self.prefixes_by_hash.entry(hash(letters.iter().map(|l| l.folded))).or_default().push(entry);
    }

    fn fill(&mut self, mut keys: Vec<(u64, IndexedTerm)>) {
        keys.sort_unstable();
        keys.dedup();
        let distinct = keys.chunk_by(|a, b| a.0 == b.0).count();
        self.slots = vec![(0, u32::MAX); (distinct * 3 / 2).next_power_of_two().max(2)];
        self.entries.reserve_exact(keys.len());
        self.filter = vec![0; (distinct / 8).next_power_of_two()];
        for run in keys.chunk_by(|a, b| a.0 == b.0) {
            let (tag, mut at) = self.place(run[0].0);
            let (word, bit) = self.filter_bit(run[0].0);
            self.filter[word] |= bit;
            while self.slots[at].1 != u32::MAX {
                at = (at + 1) & (self.slots.len() - 1);
            }
            self.slots[at] = (tag, u32::try_from(self.entries.len()).unwrap_or(u32::MAX - 1));
            self.entries.extend(run.iter().map(|(_, entry)| *entry));
            if let Some(last) = self.entries.last_mut() {
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

    fn filter_bit(&self, hash: u64) -> (usize, u64) {
        let word = usize::try_from(hash >> 38).unwrap_or(0) & (self.filter.len() - 1);
        (word, 1 << (hash >> 32 & 63))
    }

    /// Adds the candidates for a stem with this hash. Two stems may share a tag, so the caller compares letters.
    pub(crate) fn look_up(&self, hash: u64, out: &mut Vec<IndexedTerm>) {
        if self.slots.is_empty() {
            return;
        }
        let (word, bit) = self.filter_bit(hash);
        if self.filter[word] & bit == 0 {
            return;
        }
        let (tag, mut at) = self.place(hash);
        while self.slots[at].1 != u32::MAX {
            if self.slots[at].0 == tag {
                for entry in &self.entries[self.slots[at].1 as usize..] {
                    out.push(*entry);
                    if entry.last {
                        break;
                    }
                }
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// Adds the candidates for a prefix with this hash.
    pub(crate) fn prefixes(&self, hash: u64, out: &mut Vec<IndexedTerm>) {
        if let Some(entry) = self.prefixes_by_hash.get(&hash) {
            out.extend(entry);
        }
    }
}

/// Counts approximately in how many phrases each word occurs, in a table by hash. Words that share a slot look more
/// frequent; at worst a phrase is indexed under its second rarest word.
pub(super) struct WordFrequencies(Vec<u16>);

/// The number of slots, a power of two. Chosen by hand.
const SLOTS: usize = 1 << 18;

impl Default for WordFrequencies {
    fn default() -> Self {
        Self(vec![0; SLOTS])
    }
}

impl WordFrequencies {
    /// Counts the words of a phrase. Single words are skipped: they have only one possible index word.
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
    usize::try_from(hash >> 40).unwrap_or(0) & (SLOTS - 1)
}

/// Chooses the part that a term is indexed under: a joined one, else the rarest and longest. The second value is true
/// for a prefix.
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
