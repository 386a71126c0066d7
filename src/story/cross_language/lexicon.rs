//! Finds topics and places in a text: each entry of a table gives the words of one of them in six languages.

use std::collections::HashMap;

use super::event_language::{EventLanguage, LANGUAGES};
use crate::text::words::WordList;

/// The number of an entry: its line in the table.
pub(super) type EntryId = u16;

/// The letters of a stem under which it is looked up. Chosen by hand: the shortest stems have two or three.
const STEM_INDEX: usize = 3;

/// A table of topics or places.
pub(super) struct EventLexicon {
    entries: Vec<EventEntry>,
    languages: [LexiconIndex; LANGUAGES],
}

/// One line of a table.
struct EventEntry {
    name: &'static str,
    /// Many reports share it.
    is_general: bool,
    /// The name of a city's country.
    country: Option<&'static str>,
    /// The same by its number.
    country_id: Option<EntryId>,
}

/// The phrases of one language by their first word.
#[derive(Default)]
struct LexiconIndex {
    words: HashMap<String, Vec<LexiconPhrase>>,
    stems: HashMap<String, Vec<LexiconPhrase>>,
}

/// Words that name an entry.
struct LexiconPhrase {
    words: Vec<LexiconWord>,
    entry: EntryId,
}

/// One word of a phrase.
struct LexiconWord {
    letters: String,
    /// True if more letters may follow.
    is_stem: bool,
}

/// The entries of a phrase and its length in words.
#[derive(Default)]
pub(super) struct LexiconMatch {
    pub(super) length: usize,
    pub(super) entries: Vec<EntryId>,
}

impl EventLexicon {
    /// Reads a table.
    pub(super) fn parse(table: &'static str) -> Self {
        let mut languages: [LexiconIndex; LANGUAGES] = std::array::from_fn(|_| LexiconIndex::default());
        let mut entries: Vec<EventEntry> = Vec::new();
        let lines = table.lines().filter(|line| line.contains('|') && !line.starts_with('#'));
        for (entry, line) in (0..).zip(lines) {
            let mut columns = line.split('|').map(str::trim);
            entries.push(EventEntry::parse(columns.next().unwrap_or_default()));
            for (language, column) in languages.iter_mut().zip(columns) {
                column.split(',').for_each(|phrase| language.add(phrase, entry));
            }
        }
        for at in 0..entries.len() {
            let country = entries[at].country.and_then(|name| entries.iter().position(|other| other.name == name));
            entries[at].country_id = country.and_then(|at| at.try_into().ok());
        }
        Self { entries, languages }
    }

    /// The entries of the longest phrase that begins at word `at`. `forms` holds the forms of each word of the text.
    pub(super) fn find(&self, language: EventLanguage, forms: &[Vec<String>], at: usize) -> LexiconMatch {
        let index = &self.languages[language as usize];
        let mut found = LexiconMatch::default();
        for form in forms.get(at).into_iter().flatten() {
            index.candidates(form).filter(|phrase| phrase.stands_at(forms, at)).for_each(|phrase| found.take(phrase));
        }
        found
    }

    /// True for an entry that many reports share.
    pub(super) fn is_general(&self, entry: EntryId) -> bool {
        self.entries[usize::from(entry)].is_general
    }

    /// The country of a city.
    pub(super) fn country(&self, entry: EntryId) -> Option<EntryId> {
        self.entries[usize::from(entry)].country_id
    }

    /// The name of an entry in the table.
    pub(super) fn name(&self, entry: EntryId) -> &'static str {
        self.entries[usize::from(entry)].name
    }
}

impl EventEntry {
    fn parse(name: &'static str) -> Self {
        let (is_general, name) = name.strip_prefix('~').map_or((false, name), |name| (true, name));
        let (name, country) = name.split_once('<').map_or((name, None), |(name, country)| (name, Some(country)));
        Self { name, is_general, country, country_id: None }
    }
}

impl LexiconIndex {
    fn add(&mut self, phrase: &str, entry: EntryId) {
        let words: Vec<LexiconWord> = phrase.split_whitespace().flat_map(LexiconWord::parse).collect();
        let Some(first) = words.first() else { return };
        let (index, key) =
            if first.is_stem { (&mut self.stems, head(&first.letters)) } else { (&mut self.words, &*first.letters) };
        let key = key.to_owned();
        index.entry(key).or_default().push(LexiconPhrase { words, entry });
    }

    /// The phrases whose first word may be `form`.
    fn candidates<'a>(&'a self, form: &'a str) -> impl Iterator<Item = &'a LexiconPhrase> {
        let heads = form.char_indices().skip(1).map(|(at, _)| at).chain([form.len()]).take(STEM_INDEX);
        let stems = heads.filter_map(move |at| self.stems.get(&form[..at]));
        self.words.get(form).into_iter().chain(stems).flatten()
    }
}

impl LexiconPhrase {
    fn stands_at(&self, forms: &[Vec<String>], at: usize) -> bool {
        self.words
            .iter()
            .enumerate()
            .all(|(n, word)| forms.get(at + n).is_some_and(|forms| forms.iter().any(|form| word.is_form(form))))
    }
}

impl LexiconWord {
    /// The words of one written word: two where ZWNJ divides it.
    fn parse(word: &str) -> Vec<Self> {
        let (word, is_stem) = word.strip_suffix('*').map_or((word, false), |stem| (stem, true));
        let list = WordList::read(word);
        let last = list.all().len().saturating_sub(1);
        let part = |(n, token)| Self { letters: list.folded(token), is_stem: is_stem && n == last };
        list.all().iter().enumerate().map(part).collect()
    }

    fn is_form(&self, form: &str) -> bool {
        if self.is_stem { form.starts_with(&self.letters) } else { form == self.letters }
    }
}

impl LexiconMatch {
    fn take(&mut self, phrase: &LexiconPhrase) {
        if phrase.words.len() > self.length {
            *self = Self { length: phrase.words.len(), entries: vec![phrase.entry] };
        } else if phrase.words.len() == self.length && !self.entries.contains(&phrase.entry) {
            self.entries.push(phrase.entry);
        }
    }
}

/// The first letters of a stem.
fn head(stem: &str) -> &str {
    stem.char_indices().nth(STEM_INDEX).map_or(stem, |(at, _)| &stem[..at])
}
