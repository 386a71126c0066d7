//! Which watches an item hits, and where.

use std::collections::{BTreeMap, HashMap};

use super::compile::{NONE, WatchCondition, Watches, bit};
use super::concept::NEAR;
use super::search::TermSearch;
use super::term_hit::TermHit;
use super::{SourceFilter, WatchInput, acronym};
use crate::alert::{Field, Hit, MAX_MATCHES, Match, MatchForm};

/// How much of the text round a match is shown, in characters either side.
pub const CONTEXT: usize = 60;

/// A place that counts for a watch.
#[derive(Clone, Debug, PartialEq, Eq)]
struct MatchPosition {
    field: Field,
    from: u32,
    to: u32,
    term: PlaceLabel,
    concept: u32,
    how: MatchForm,
    first: u32,
    last: u32,
}

/// How many characters a text has up to any place in it.
struct CharacterIndex {
    /// How many there are before each block of bytes.
    blocks: Vec<usize>,
}

/// The size of a block, in bytes.
const BLOCK: usize = 1024;

impl CharacterIndex {
    fn new(text: &str) -> Self {
        let counts = text.as_bytes().chunks(BLOCK).scan(0, |sum, block| {
            let before = *sum;
            *sum += begun(block);
            Some(before)
        });
        Self { blocks: counts.collect() }
    }

    fn up_to(&self, text: &str, bytes: usize) -> usize {
        let block = bytes / BLOCK;
        self.blocks
            .get(block)
            .map_or_else(|| begun(text.as_bytes()), |before| before + begun(&text.as_bytes()[block * BLOCK..bytes]))
    }
}

/// How many characters begin in these bytes of UTF-8.
fn begun(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// What a place is a place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PlaceLabel {
    Term(u32),
    Regex(u32),
}

impl Watches {
    /// The watches that an item hits, in the order of the configuration.
    #[must_use]
    pub fn evaluate(&self, reading: &WatchInput<'_>) -> Vec<Hit> {
        let state = Occurrences::read(self, reading);
        let mut numbers: Vec<u32> = self.always.clone();
        numbers.extend(state.groups.keys().map(|g| &self.groups[*g as usize]).filter(|g| g.wanted).map(|g| g.watch));
        numbers.sort_unstable();
        numbers.dedup();
        numbers.into_iter().filter_map(|number| self.hit(number, reading, &state)).collect()
    }

    fn hit(&self, number: u32, reading: &WatchInput<'_>, state: &Occurrences<'_>) -> Option<Hit> {
        let watch = &self.watches[number as usize];
        let from = watch.sources.is_empty() || watch.sources.iter().any(|s| comes_from(s, reading));
        let lang = watch.lang.is_empty() || reading.lang.is_none_or(|l| watch.lang.contains(l));
        let mut places = Vec::new();
        if !from || !lang || !state.holds(&self.roots[number as usize], &mut places) {
            return None;
        }
        tidy(&mut places);
        let total = places.len();
        places.truncate(MAX_MATCHES);
        let matches = places.into_iter().map(|p| self.shown(number, p, reading, &state.counted)).collect();
        Some(Hit { watch: watch.id.clone(), matches, total })
    }

    fn shown(&self, number: u32, place: MatchPosition, reading: &WatchInput<'_>, counted: &CharacterCounts) -> Match {
        let text = field(reading, place.field);
        let (from, to) = (place.from as usize, place.to as usize);
        let start = counted[place.field as usize].get_or_init(|| CharacterIndex::new(text)).up_to(text, from);
        let end = start + text[from..to].chars().count();
        let term = match place.term {
            PlaceLabel::Term(t) => self.terms[t as usize].written(),
            PlaceLabel::Regex(r) => self.regexes[r as usize].text.clone(),
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

pub(super) fn comes_from(filter: &SourceFilter, reading: &WatchInput<'_>) -> bool {
    match filter {
        SourceFilter::Id(id) => id == reading.source,
        SourceFilter::Tag(tag) => reading.tags.contains(tag),
    }
}

pub(super) fn field<'a>(reading: &WatchInput<'a>, field: Field) -> &'a str {
    match field {
        Field::Title => reading.title,
        Field::Summary => reading.summary,
        Field::Text => reading.text,
    }
}

/// In the order of the text, each place once; of names of one concept that overlap, the longest.
fn tidy(places: &mut Vec<MatchPosition>) {
    places.sort_by_key(|p| (p.field, p.from, u32::MAX - p.to));
    places.dedup_by(|next, first| {
        let same = (next.field, next.from, next.to) == (first.field, first.from, first.to) && next.term == first.term;
        let inside =
            next.field == first.field && next.to <= first.to && next.concept == first.concept && first.concept != NONE;
        same || inside
    });
}

/// The text round a match on one line, with an ellipsis where it is cut.
fn context(text: &str, from: usize, to: usize) -> String {
    let before = text[..from].char_indices().rev().take(CONTEXT).last().map_or(from, |(at, _)| at);
    let after = text[to..].char_indices().nth(CONTEXT).map_or(text.len(), |(at, _)| to + at);
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

/// Everything that was found in an item.
struct Occurrences<'a> {
    watches: &'a Watches,
    reading: &'a WatchInput<'a>,
    found: Vec<TermHit>,
    /// Where each term's places lie in `found`.
    terms: BTreeMap<u32, (usize, usize)>,
    /// The terms found for each group, with their concept and gate.
    groups: HashMap<u32, Vec<(u32, u32, u32)>>,
    counted: CharacterCounts,
}

/// The counts of title, summary and text, made when a match is first shown there.
type CharacterCounts = [std::cell::OnceCell<CharacterIndex>; 3];

impl<'a> Occurrences<'a> {
    fn read(watches: &'a Watches, reading: &'a WatchInput<'a>) -> Self {
        let mut scan = TermSearch::new(&watches.terms, &watches.index, reading.lang);
        for name in [Field::Title, Field::Summary, Field::Text] {
            scan.field(name, field(reading, name));
        }
        let mut found = acronym::places(scan.found, &watches.terms, reading);
        found.sort_by_key(|f| (f.term, f.field, f.from, u32::MAX - f.to));
        found.dedup_by_key(|f| (f.term, f.field, f.from));
        let mut state = Self {
            watches,
            reading,
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
            let posts = watches.offsets[term as usize] as usize..watches.offsets[term as usize + 1] as usize;
            for post in &watches.posts[posts] {
                state.groups.entry(post.group).or_default().push((term, post.concept, post.gate));
            }
        }
        state
    }

    fn of_term(&self, term: u32) -> &[TermHit] {
        self.terms.get(&term).map_or(&[], |(from, to)| &self.found[*from..*to])
    }

    /// Whether a condition holds; the places that make it hold are added.
    fn holds(&self, node: &WatchCondition, places: &mut Vec<MatchPosition>) -> bool {
        let mark = places.len();
        let holds = match node {
            WatchCondition::All(parts) => parts.iter().all(|p| self.holds(p, places)),
            // Every branch is asked, so that every place is told.
            WatchCondition::Any(parts) => parts.iter().filter(|p| self.holds(p, places)).count() > 0,
            WatchCondition::Not(inner) => !self.holds_for_sure(inner),
            WatchCondition::Group(group) => self.group(*group, places),
            WatchCondition::Near(reach, parts) => self.near(*reach, parts, places),
            WatchCondition::Regex(number, fields) => self.regex(*number, *fields, places),
            WatchCondition::Lang(lang) => self.reading.lang.is_none_or(|l| l == lang),
            WatchCondition::From(filter) => comes_from(filter, self.reading),
        };
        if !holds {
            places.truncate(mark);
        }
        holds
    }

    /// For NOT: an unknown language is not the language that is ruled out.
    fn holds_for_sure(&self, node: &WatchCondition) -> bool {
        match node {
            WatchCondition::Lang(lang) => self.reading.lang == Some(lang),
            _ => self.holds(node, &mut Vec::new()),
        }
    }

    fn group(&self, group: u32, places: &mut Vec<MatchPosition>) -> bool {
        let mark = places.len();
        let fields = self.watches.groups[group as usize].fields;
        for (term, concept, gate) in self.groups.get(&group).into_iter().flatten() {
            let there = self.of_term(*term).iter().filter(|f| bit(f.field) & fields != 0);
            places.extend(there.filter(|f| self.passes(f, *gate)).map(|f| place(f, *concept)));
        }
        places.len() > mark
    }

    /// An ambiguous name counts where one of its words stands near, or a name that means only this stands anywhere.
    fn passes(&self, found: &TermHit, gate: u32) -> bool {
        let Some(gate) = self.watches.gates.get(gate as usize) else { return true };
        let near = |other: &TermHit| distance((found.first, found.last), (other.first, other.last)) <= NEAR;
        gate.sure.iter().any(|t| !self.of_term(*t).is_empty())
            || gate.near.iter().any(|t| self.of_term(*t).iter().any(near))
    }

    /// Places of each part that have one of the part before within reach, in one field.
    fn near(&self, reach: u32, parts: &[Vec<u32>], places: &mut Vec<MatchPosition>) -> bool {
        let mut chain: Vec<MatchPosition> = Vec::new();
        let mut kept: Vec<MatchPosition> = Vec::new();
        for (i, groups) in parts.iter().enumerate() {
            let mut here = Vec::new();
            for group in groups {
                self.group(*group, &mut here);
            }
            here.sort_by_key(|p| (p.field, p.first));
            if i > 0 {
                let reaches = |a: &MatchPosition, list: &[MatchPosition]| within(a, list, reach);
                let before: Vec<MatchPosition> = chain.iter().filter(|p| reaches(p, &here)).cloned().collect();
                here.retain(|p| reaches(p, &chain));
                kept.extend(before);
            }
            if here.is_empty() {
                return false;
            }
            chain = here;
        }
        kept.extend(chain);
        places.extend(kept);
        true
    }

    fn regex(&self, number: u32, fields: u8, places: &mut Vec<MatchPosition>) -> bool {
        let mark = places.len();
        let regex = &self.watches.regexes[number as usize].regex;
        for name in [Field::Title, Field::Summary, Field::Text].into_iter().filter(|f| bit(*f) & fields != 0) {
            let text = super::normalized::NormalizedText::new(field(self.reading, name));
            for found in regex.find_iter(text.text()).filter(|m| !m.is_empty()).take(1000) {
                let range = text.original(found.range());
                let at = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
                let (from, to, how) = (at(range.start), at(range.end), MatchForm::default());
                places.push(MatchPosition {
                    field: name,
                    from,
                    to,
                    term: PlaceLabel::Regex(number),
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
    MatchPosition { field, from, to, term: PlaceLabel::Term(term), concept, how, first, last }
}

/// How many words lie from one run of words to another; 0 where they overlap.
fn distance(a: (u32, u32), b: (u32, u32)) -> u32 {
    b.0.saturating_sub(a.1).max(a.0.saturating_sub(b.1))
}

/// One of a list in the order of the text stands within reach of a place, in the same field, and is not the same place.
fn within(place: &MatchPosition, list: &[MatchPosition], reach: u32) -> bool {
    // A phrase has at most 40 words, so that nothing that begins earlier can reach this far.
    let from = list.partition_point(|p| (p.field, p.first + reach + 41) < (place.field, place.first));
    let near = list[from..].iter().take_while(|p| p.field == place.field && p.first <= place.last + reach);
    near.into_iter().any(|p| {
        let apart = distance((place.first, place.last), (p.first, p.last));
        apart > 0 && apart <= reach
    })
}
