//! Finds the replaced words that make two similar texts reports of different events.
//!
//! Reprints replace honorifics, verbs and days; the same template about another event replaces places, numbers and
//! names. Only words that stand in each other's place count: what an editor adds or cuts contradicts nothing,
//! and neither does a dateline.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

use super::alignment::{CommonRun, gaps};
use super::key_hash::KeySet;
use super::text_profile::{Fact, FactKind, ProfileWord, TextProfile};

/// The longest replacement in which words are compared: longer ones are rewritten passages. Chosen by hand.
const MAX_GAP: usize = 15;

/// The longest replacement at the end of a text: beyond it, one text ends and the other goes on. Chosen by hand.
const MAX_LAST_GAP: usize = 4;

/// The longest replacement that counts as a name for a name. Chosen by hand: given name, father's name, family name and
/// office.
const MAX_NAME_GAP: usize = 8;

/// The fewest words of a text in which one replaced word may stay unexplained. Chosen by hand: in a headline or a
/// summary, one word is the news.
const SHORT_TEXT: usize = 30;

/// Why a replacement means another event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Conflict {
    /// Another place, number, ordinal, month or day of the week.
    Fact(FactKind),
    /// Another capitalised word.
    Capital,
    /// Another name after a title.
    Person,
    /// Two or more other words in place of two or more.
    Name,
    /// The same replacement more than once.
    Repeated,
    /// A replaced word in a short text.
    ShortText,
}

/// The conflicts between two texts with these common runs: of all words of the older one and the body of the newer one.
#[must_use]
pub(crate) fn conflicts(older: &TextProfile, newer: &TextProfile, runs: &[CommonRun]) -> Vec<Conflict> {
    let (a, b) = (Side::of(older, older.words()), Side::of(newer, newer.body()));
    let (mut found, mut unexplained) = (Vec::new(), BTreeMap::<_, usize>::new());
    for gap in gaps(runs, a.body.len(), b.body.len()) {
        let Some(places) = gap.older else { continue };
        let replaced = Replacement { a: &a, b: &b, at: places, to: gap.newer };
        if !replaced.is_comparable() || replaced.is_dateline() || replaced.has_equal_letters() {
            continue;
        }
        found.extend(replaced.facts());
        let (before, after) = replaced.unexplained();
        if before.is_empty() || after.is_empty() {
            continue;
        }
        match replaced.names(&before, &after) {
            Some(conflict) => found.push(conflict),
            None => *unexplained.entry((words(&before), words(&after))).or_default() += 1,
        }
    }
    found.extend(unexplained.values().filter(|count| **count > 1).map(|_| Conflict::Repeated));
    if !unexplained.is_empty() && older.body_words().min(newer.body_words()) < SHORT_TEXT {
        found.push(Conflict::ShortText);
    }
    found
}

fn words(of: &[&ProfileWord]) -> Vec<String> {
    of.iter().map(|word| word.word.clone()).collect()
}

/// One of the two texts, with what it says anywhere, as far as a replacement asks for it.
struct Side<'t> {
    all: &'t [ProfileWord],
    body: &'t [ProfileWord],
    keys: OnceCell<KeySet>,
    facts: OnceCell<HashSet<Fact>>,
}

impl<'t> Side<'t> {
    fn of(profile: &'t TextProfile, body: &'t [ProfileWord]) -> Self {
        Self { all: profile.words(), body, keys: OnceCell::new(), facts: OnceCell::new() }
    }

    fn keys(&self) -> &KeySet {
        self.keys.get_or_init(|| self.all.iter().map(|word| word.key).collect())
    }

    fn facts(&self) -> &HashSet<Fact> {
        self.facts.get_or_init(|| self.all.iter().filter_map(|word| word.fact).collect())
    }
}

/// Words of the older text and the words of the newer text in their place.
struct Replacement<'t> {
    a: &'t Side<'t>,
    b: &'t Side<'t>,
    at: Range<usize>,
    to: Range<usize>,
}

impl<'t> Replacement<'t> {
    /// True if words of one text stand in place of words of the other, and not a passage in place of a passage.
    fn is_comparable(&self) -> bool {
        let is_last = self.at.end == self.a.body.len() || self.to.end == self.b.body.len();
        let longest = self.at.len().max(self.to.len());
        !self.at.is_empty() && !self.to.is_empty() && longest <= if is_last { MAX_LAST_GAP } else { MAX_GAP }
    }

    /// True for the place, date and agency before the first sentence.
    fn is_dateline(&self) -> bool {
        let ends = |side: &Side<'_>, range: &Range<usize>| {
            range.start == 0 && side.body[range.clone()].last().is_some_and(|word| word.ends_clause)
        };
        self.at.start == 0 && self.to.start == 0 && (ends(self.a, &self.at) || ends(self.b, &self.to))
    }

    /// True for the same words divided otherwise.
    fn has_equal_letters(&self) -> bool {
        let letters = |side: &Side<'_>, range: &Range<usize>| -> String {
            side.body[range.clone()].iter().map(|word| word.word.as_str()).collect()
        };
        letters(self.a, &self.at) == letters(self.b, &self.to)
    }

    /// The kinds of fact of which both texts have a different one here.
    fn facts(&self) -> impl Iterator<Item = Conflict> {
        let kinds = [FactKind::Place, FactKind::Number, FactKind::Ordinal, FactKind::Month, FactKind::Weekday];
        kinds.into_iter().filter(|kind| self.differs(*kind)).map(Conflict::Fact)
    }

    fn differs(&self, kind: FactKind) -> bool {
        let facts = |side: &Side<'_>, range: &Range<usize>| -> BTreeSet<Fact> {
            side.body[range.clone()].iter().filter_map(|word| word.fact).filter(|fact| fact.kind == kind).collect()
        };
        let (before, after) = (facts(self.a, &self.at), facts(self.b, &self.to));
        // One word in place of one word: that the text says the other elsewhere, too, is no excuse.
        let is_strict = kind == FactKind::Ordinal || self.at.len() == 1 && self.to.len() == 1;
        let lost = |own: &BTreeSet<Fact>, here: &BTreeSet<Fact>, all: &HashSet<Fact>| -> Vec<u64> {
            let is_lost = |fact: &&Fact| !here.contains(fact) && (is_strict || !all.contains(fact));
            own.iter().filter(is_lost).map(|fact| fact.value).collect()
        };
        let (lost, new) = (lost(&before, &after, self.b.facts()), lost(&after, &before, self.a.facts()));
        let is_other = kind != FactKind::Number || !is_same_number(&lost, &new);
        !lost.is_empty() && !new.is_empty() && is_other
    }

    /// The words of both sides that neither are stock nor occur in the other text nor resemble a word of the other side.
    fn unexplained(&self) -> (Vec<&'t ProfileWord>, Vec<&'t ProfileWord>) {
        let (before, after) = (&self.a.body[self.at.clone()], &self.b.body[self.to.clone()]);
        let is_new = |word: &ProfileWord, there: &Side<'_>, others: &[ProfileWord]| {
            let is_plain = word.is_stock || word.fact.is_some() || there.keys().contains(&word.key);
            !is_plain && !others.iter().any(|other| is_similar(word, other))
        };
        let lost = before.iter().filter(|word| is_new(word, self.b, after)).collect();
        (lost, after.iter().filter(|word| is_new(word, self.a, before)).collect())
    }

    /// Why the unexplained words are another name; `None` if they may be other words for the same.
    fn names(&self, before: &[&ProfileWord], after: &[&ProfileWord]) -> Option<Conflict> {
        let capital = |words: &[&ProfileWord]| words.iter().any(|word| word.is_capitalised);
        let titled = |side: &Side<'_>, range: &Range<usize>| {
            side.body[range.start.saturating_sub(1)..range.end.saturating_sub(1)].iter().any(|word| word.is_title)
        };
        let is_short = self.at.len().max(self.to.len()) <= MAX_NAME_GAP;
        if capital(before) && capital(after) {
            Some(Conflict::Capital)
        } else if titled(self.a, &self.at) && titled(self.b, &self.to) {
            Some(Conflict::Person)
        } else {
            (before.len() > 1 && after.len() > 1 && is_short).then_some(Conflict::Name)
        }
    }
}

/// True for one number in two spellings: "3 thousand" and "3000".
fn is_same_number(before: &[u64], after: &[u64]) -> bool {
    const SCALES: [u64; 4] = [1, 1_000, 1_000_000, 1_000_000_000];
    let scaled = |values: &[u64]| -> BTreeSet<u64> {
        values.iter().flat_map(|value| SCALES.iter().filter_map(|scale| value.checked_mul(*scale))).collect()
    };
    !scaled(before).is_disjoint(&scaled(after))
}

/// The first letters of two spellings of one word that are equal. Chosen by hand.
const SAME_START: usize = 4;

/// True for two spellings or forms of one word: equal cores, a common beginning of at least half of the longer one, or
/// one edit in three letters.
fn is_similar(a: &ProfileWord, b: &ProfileWord) -> bool {
    // Names that begin with "servant of the" differ in what follows.
    const SERVANT: &str = "عبدال";
    let bare = |word: &str| word.strip_prefix(SERVANT).unwrap_or(word).to_owned();
    let (a, b) = (bare(a.core()), bare(b.core()));
    let (short, long) = (a.chars().count().min(b.chars().count()), a.chars().count().max(b.chars().count()));
    let start = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    let edits = (long / 3).max(1);
    short > 2 && (start >= SAME_START && start * 2 >= long || strsim::levenshtein(&a, &b) <= edits) || a == b
}
