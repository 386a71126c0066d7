//! Evaluates an item: which watches it hits, and where.

use std::collections::{BTreeMap, HashMap};

use super::compile::{NONE, WatchCondition, Watches, bit};
use super::concept::NEAR;
use super::search::TermSearch;
use super::term_hit::TermHit;
use super::{SourceFilter, WatchInput, acronym, web_address};
use crate::alert::{Field, Hit, MAX_MATCHES, Match, MatchForm};

/// Characters of context shown on either side of a match. Chosen by hand.
pub(crate) const CONTEXT: usize = 60;

/// A place in the item that counts for a watch.
#[derive(Clone, Debug, PartialEq, Eq)]
struct MatchPosition {
    field: Field,
    from: u32,
    to: u32,
    term: MatchedBy,
    concept: u32,
    how: MatchForm,
    first: u32,
    last: u32,
}

/// Converts byte offsets of a text to character offsets.
struct CharacterIndex {
    /// The number of characters before each block of bytes.
    blocks: Vec<usize>,
}

/// The size of a block, in bytes. Chosen by hand.
const BLOCK: usize = 1024;

/// The most matches of one regular expression in one field. Chosen by hand.
const MAX_REGEX_MATCHES: usize = 1_000;

/// More words than any phrase has.
const MAX_PHRASE: u32 = super::term::MAX_WORDS as u32 + 1;

impl CharacterIndex {
    fn new(text: &str) -> Self {
        let counts = text.as_bytes().chunks(BLOCK).scan(0, |sum, block| {
            let before = *sum;
            *sum += count_characters(block);
            Some(before)
        });
        Self { blocks: counts.collect() }
    }

    fn up_to(&self, text: &str, bytes: usize) -> usize {
        let block = bytes / BLOCK;
        self.blocks.get(block).map_or_else(
            || count_characters(text.as_bytes()),
            |before| before + count_characters(&text.as_bytes()[block * BLOCK..bytes]),
        )
    }
}

/// Counts the characters that begin in these bytes of UTF-8.
fn count_characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// The term or expression that a place matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MatchedBy {
    Term(u32),
    Regex(u32),
}

impl Watches {
    /// The watches that an item hits, in the order of the configuration.
    #[must_use]
    pub fn evaluate(&self, input: &WatchInput<'_>) -> Vec<Hit> {
        let state = Occurrences::read(self, input);
        let mut numbers: Vec<u32> = self.unconditional.clone();
        numbers.extend(state.groups.keys().map(|g| &self.groups[*g as usize]).filter(|g| g.wanted).map(|g| g.watch));
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().filter_map(|number| self.hit(number, input, &state)).collect()
    }

    fn hit(&self, number: u32, input: &WatchInput<'_>, state: &Occurrences<'_>) -> Option<Hit> {
        let watch = &self.watches[number as usize];
        let from = watch.sources.is_empty() || watch.sources.iter().any(|s| passes_filter(s, input));
        let lang = watch.lang.is_empty() || input.lang.is_none_or(|l| watch.lang.contains(l));
        let mut places = Vec::new();
        if !from || !lang || !state.holds(&self.roots[number as usize], &mut places) {
            return None;
        }
        sort_and_dedup(&mut places);
        let total = places.len();
        places.truncate(MAX_MATCHES);
        let matches = places.into_iter().map(|p| self.to_match(number, p, input, &state.counted)).collect();
        Some(Hit { watch: watch.id.clone(), matches, total })
    }

    fn to_match(&self, number: u32, place: MatchPosition, input: &WatchInput<'_>, counted: &CharacterCounts) -> Match {
        let text = field(input, place.field);
        let (from, to) = (place.from as usize, place.to as usize);
        let start = counted[place.field as usize].get_or_init(|| CharacterIndex::new(text)).up_to(text, from);
        let end = start + text[from..to].chars().count();
        let term = match place.term {
            MatchedBy::Term(t) => self.terms[t as usize].written(),
            MatchedBy::Regex(r) => self.regexes[r as usize].text.clone(),
        };
        Match {
            watch: self.watches[number as usize].id.clone(),
            term,
            concept: self.concepts.get(place.concept as usize).cloned(),
            field: place.field,
            start,
            end,
            text: text[from..to].to_owned(),
            how: place.how,
            context: context(text, from, to),
        }
    }
}

pub(super) fn passes_filter(filter: &SourceFilter, input: &WatchInput<'_>) -> bool {
    match filter {
        SourceFilter::Id(id) => id == input.source,
        SourceFilter::Tag(tag) => input.tags.contains(tag),
    }
}

pub(super) fn field<'a>(input: &WatchInput<'a>, field: Field) -> &'a str {
    match field {
        Field::Title => input.title,
        Field::Summary => input.summary,
        Field::Text => input.text,
    }
}

/// Sorts places by position, removes duplicates, and keeps the longest of overlapping names of one concept.
fn sort_and_dedup(places: &mut Vec<MatchPosition>) {
    places.sort_by_key(|p| (p.field, p.from, u32::MAX - p.to));
    places.dedup_by(|next, first| {
        let same = (next.field, next.from, next.to) == (first.field, first.from, first.to) && next.term == first.term;
        let inside =
            next.field == first.field && next.to <= first.to && next.concept == first.concept && first.concept != NONE;
        same || inside
    });
}

/// The text around a match on one line, with an ellipsis where it is cut.
fn context(text: &str, from: usize, to: usize) -> String {
    let before = text[..from].char_indices().rev().take(CONTEXT).last().map_or(from, |(at, _)| at);
    let after = text[to..].char_indices().nth(CONTEXT).map_or(text.len(), |(at, _)| to + at);
    let (before, after) = (word_start(text, before, from), word_end(text, to, after));
    let mut out = String::new();
    out.push_str(if before > 0 { "…" } else { "" });
    for c in text[before..after].chars() {
        match c {
            c if c.is_whitespace() || c.is_control() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            c => out.push(c),
        }
    }
    out.push_str(if after < text.len() { "…" } else { "" });
    out
}

/// `at`, or the start of the next word up to `limit` if `at` is within a word that is not the only one.
fn word_start(text: &str, at: usize, limit: usize) -> usize {
    if at == 0 || text[..at].ends_with(char::is_whitespace) {
        return at;
    }
    text[at..limit].find(char::is_whitespace).map_or(at, |space| at + space)
}

/// `at`, or the end of the last word from `limit` on if `at` is within a word that is not the only one.
fn word_end(text: &str, limit: usize, at: usize) -> usize {
    if at == text.len() || text[at..].starts_with(char::is_whitespace) {
        return at;
    }
    text[limit..at].rfind(char::is_whitespace).map_or(at, |space| limit + space)
}

/// Everything found in an item.
struct Occurrences<'a> {
    watches: &'a Watches,
    input: &'a WatchInput<'a>,
    found: Vec<TermHit>,
    /// The range of each term's hits in `found`.
    terms: BTreeMap<u32, (usize, usize)>,
    /// The terms found for each group, with their concept and gate.
    groups: HashMap<u32, Vec<(u32, u32, u32)>>,
    counted: CharacterCounts,
}

/// The indexes of title, summary and text, built when a match is first shown there.
type CharacterCounts = [std::cell::OnceCell<CharacterIndex>; 3];

impl<'a> Occurrences<'a> {
    fn read(watches: &'a Watches, input: &'a WatchInput<'a>) -> Self {
        let mut scan = TermSearch::new(&watches.terms, &watches.index, input);
        for name in [Field::Title, Field::Summary, Field::Text] {
            scan.field(name, field(input, name));
        }
        let found = acronym::retain_acronyms(scan.found, &watches.terms, input);
        let mut found = web_address::retain_outside(found, &watches.terms, |name| field(input, name));
        found.sort_by_key(|f| (f.term, f.field, f.from, u32::MAX - f.to));
        found.dedup_by_key(|f| (f.term, f.field, f.from));
        let mut state = Self {
            watches,
            input,
            found,
            terms: BTreeMap::new(),
            groups: HashMap::new(),
            counted: CharacterCounts::default(),
        };
        let mut start = 0;
        for run in state.found.chunk_by(|a, b| a.term == b.term) {
            let term = run[0].term;
            state.terms.insert(term, (start, start + run.len()));
            start += run.len();
            let members = watches.offsets[term as usize] as usize..watches.offsets[term as usize + 1] as usize;
            for member in &watches.members[members] {
                state.groups.entry(member.group).or_default().push((term, member.concept, member.gate));
            }
        }
        state
    }

    fn of_term(&self, term: u32) -> &[TermHit] {
        self.terms.get(&term).map_or(&[], |(from, to)| &self.found[*from..*to])
    }

    /// Returns whether a condition holds, and adds the places that satisfy it.
    fn holds(&self, node: &WatchCondition, places: &mut Vec<MatchPosition>) -> bool {
        let mark = places.len();
        let holds = match node {
            WatchCondition::All(parts) => parts.iter().all(|p| self.holds(p, places)),
            // Every branch is evaluated, so that every place is reported.
            WatchCondition::Any(parts) => parts.iter().filter(|p| self.holds(p, places)).count() > 0,
            WatchCondition::Not(inner) => !self.is_certain(inner),
            WatchCondition::Group(group) => self.group(*group, places),
            WatchCondition::Near(reach, parts) => self.near(*reach, parts, places),
            WatchCondition::Regex(number, fields) => self.regex(*number, *fields, places),
            WatchCondition::Lang(lang) => self.input.lang.is_none_or(|l| l == lang),
            WatchCondition::From(filter) => passes_filter(filter, self.input),
        };
        if !holds {
            places.truncate(mark);
        }
        holds
    }

    /// Evaluates the operand of NOT: an unknown language never counts as the excluded one.
    fn is_certain(&self, node: &WatchCondition) -> bool {
        match node {
            WatchCondition::Lang(lang) => self.input.lang == Some(lang),
            _ => self.holds(node, &mut Vec::new()),
        }
    }

    fn group(&self, group: u32, places: &mut Vec<MatchPosition>) -> bool {
        let mark = places.len();
        let fields = self.watches.groups[group as usize].fields;
        for (term, concept, gate) in self.groups.get(&group).into_iter().flatten() {
            let hits = self.of_term(*term).iter().filter(|f| bit(f.field) & fields != 0);
            places.extend(hits.filter(|f| self.passes(f, *gate)).map(|f| place(f, *concept)));
        }
        places.len() > mark
    }

    /// True if an ambiguous name counts: one of its words occurs near it, or an unambiguous name occurs anywhere.
    fn passes(&self, found: &TermHit, gate: u32) -> bool {
        let Some(gate) = self.watches.gates.get(gate as usize) else { return true };
        let near = |other: &TermHit| distance((found.first, found.last), (other.first, other.last)) <= NEAR;
        gate.sure.iter().any(|t| !self.of_term(*t).is_empty())
            || gate.near.iter().any(|t| self.of_term(*t).iter().any(near))
    }

    /// Adds the places of each part that lie within reach of the part before, in the same field.
    fn near(&self, reach: u32, parts: &[Vec<u32>], places: &mut Vec<MatchPosition>) -> bool {
        let mut chain: Vec<MatchPosition> = Vec::new();
        let mut kept: Vec<MatchPosition> = Vec::new();
        for (i, groups) in parts.iter().enumerate() {
            let mut candidates = Vec::new();
            for group in groups {
                self.group(*group, &mut candidates);
            }
            candidates.sort_by_key(|p| (p.field, p.first));
            if i > 0 {
                let reaches = |a: &MatchPosition, list: &[MatchPosition]| within(a, list, reach);
                let before: Vec<MatchPosition> = chain.iter().filter(|p| reaches(p, &candidates)).cloned().collect();
                candidates.retain(|p| reaches(p, &chain));
                kept.extend(before);
            }
            if candidates.is_empty() {
                return false;
            }
            chain = candidates;
        }
        kept.extend(chain);
        places.extend(kept);
        true
    }

    fn regex(&self, number: u32, fields: u8, places: &mut Vec<MatchPosition>) -> bool {
        let mark = places.len();
        let regex = &self.watches.regexes[number as usize].regex;
        for name in [Field::Title, Field::Summary, Field::Text].into_iter().filter(|f| bit(*f) & fields != 0) {
            let text = super::nfc_text::NfcText::new(field(self.input, name));
            for found in regex.find_iter(text.text()).filter(|m| !m.is_empty()).take(MAX_REGEX_MATCHES) {
                let range = text.original(found.range());
                let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                let (from, to, how) = (at(range.start), at(range.end), MatchForm::default());
                places.push(MatchPosition {
                    field: name,
                    from,
                    to,
                    term: MatchedBy::Regex(number),
                    concept: NONE,
                    how,
                    first: 0,
                    last: 0,
                });
            }
        }
        places.len() > mark
    }
}

fn place(found: &TermHit, concept: u32) -> MatchPosition {
    let TermHit { term, field, first, last, from, to, how, .. } = found.clone();
    MatchPosition { field, from, to, term: MatchedBy::Term(term), concept, how, first, last }
}

/// The distance between two runs of words, in words; 0 if they overlap.
fn distance(a: (u32, u32), b: (u32, u32)) -> u32 {
    b.0.saturating_sub(a.1).max(a.0.saturating_sub(b.1))
}

/// True if one of a sorted list is within reach of `place`, in the same field, and is not the same place.
fn within(place: &MatchPosition, list: &[MatchPosition], reach: u32) -> bool {
    // A phrase has at most `MAX_WORDS` words: nothing that begins earlier can reach this far.
    let from = list.partition_point(|p| (p.field, p.first + reach + MAX_PHRASE) < (place.field, place.first));
    let near = list[from..].iter().take_while(|p| p.field == place.field && p.first <= place.last + reach);
    near.into_iter().any(|p| {
        let apart = distance((place.first, place.last), (p.first, p.last));
        apart > 0 && apart <= reach
    })
}
