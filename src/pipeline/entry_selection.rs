//! Selects the entries to read from a document that has more than `max_items`.
//!
//! Sites add new entries at either end or in between, and not every document has dates. So a visit spends its
//! `max_items` on entries that the store does not know, wherever they are in the document. The first visit reads the
//! newest entries, as far as dates tell, and adds the keys of the rest to the baseline.

use std::collections::HashSet;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::judge::alerts_at_first_visit;
use super::probe::probe;
use super::{Pipeline, SourceContent};
use crate::date::Moment;
use crate::dedupe::{Key, KeyKind, KeyRules, Verdict, keys};
use crate::item::Item;
use crate::parse::{self, Parsed};
use crate::source::Source;
use crate::store::{Candidate, SourceState, StoreError};

impl Pipeline {
    /// Selects at most `max_items` of a document's entries. Returns the keys of unread entries that belong to the
    /// baseline.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(super) async fn select(
        &self,
        source: &Source,
        state: &SourceState,
        reading: &mut SourceContent,
        at: Timestamp,
    ) -> Result<Vec<Key>, StoreError> {
        let parsed = &mut reading.parsed;
        let rest = std::mem::take(&mut parsed.overflow);
        if rest.is_empty() {
            return Ok(Vec::new());
        }
        parsed.left_out -= rest.len();
        if state.whole {
            self.choose(source, state, reading, rest).await
        } else {
            let rest = with_keys(rest, source, state.identity()).await?;
            Ok(note_rest(source, state, &mut reading.parsed, rest, at))
        }
    }

    /// Selects the entries that the store does not know.
    async fn choose(
        &self,
        source: &Source,
        state: &SourceState,
        reading: &mut SourceContent,
        rest: Vec<Item>,
    ) -> Result<Vec<Key>, StoreError> {
        let parsed = &mut reading.parsed;
        let read = parsed.items.len();
        let entries = std::mem::take(&mut parsed.items).into_iter().chain(rest).collect();
        let entries = with_keys(entries, source, state.identity()).await?;
        let keys: Vec<Key> = entries.iter().flat_map(|(_, keys)| keys).copied().collect();
        let known = KnownEntries {
            brought: self.store.item_keys(&source.id, &keys).await?,
            noted: self.store.baseline_keys(&source.id, &keys).await?,
        };
        let strongly = |keys: &[Key]| keys.iter().any(|key| key.kind.is_strong() && known.has(key));
        let looks = entries.iter().filter(|(_, keys)| strongly(keys)).flat_map(|(_, keys)| look_of(keys));
        reading.known_looks = looks.collect();
        let known = KnownEntries { noted: known.noted.difference(&reading.known_looks).copied().collect(), ..known };
        // A sitemap that was named by an index but never read may hold a site's archive.
        let since = state.activated_at.filter(|_| parsed.is_index());
        let (past, entries): (Vec<_>, Vec<_>) = entries.into_iter().enumerate().partition(|(n, (item, keys))| {
            let old = since.is_some_and(|since| is_before(item, since));
            *n >= source.max_items && old && known.rank(keys) == EntryRank::New
        });
        let mut entries: Vec<(usize, (Item, Vec<Key>))> = entries;
        // Sorting is stable: among equals, the newest as far as dates tell come first.
        entries.sort_by_key(|(_, (_, keys))| known.rank(keys));
        let unread =
            entries.iter().skip(source.max_items).filter(|(_, (_, keys))| known.rank(keys) < EntryRank::Stored);
        parsed.left_out += unread.count();
        for (n, (mut item, _)) in entries.into_iter().take(source.max_items) {
            if n >= read {
                parse::find_lang(&mut item, source);
            }
            parsed.items.push(item);
        }
        Ok(past.into_iter().flat_map(|(_, (_, keys))| lasting(keys)).collect())
    }

    /// Suppresses the alerts of new items that belong to the baseline.
    pub(super) async fn suppress_baseline(
        &self,
        source: &Source,
        state: &SourceState,
        reading: &SourceContent,
        candidates: &mut [Candidate],
    ) -> Result<(), StoreError> {
        let new = |candidate: &&Candidate| candidate.verdict == Verdict::New;
        let look = |candidate: &Candidate| keys::look(&candidate.probe.item, &source.id);
        let keys = candidates.iter().filter(new).flat_map(|c| c.probe.keys.iter().copied().chain(look(c)));
        let keys: Vec<Key> = keys.collect();
        if !state.whole || keys.is_empty() {
            return Ok(());
        }
        let mut noted = self.store.baseline_keys(&source.id, &keys).await?;
        // An item that only looks like another entry, which is known by its address, is a different item.
        let known =
            |c: &&Candidate| !new(c) || c.probe.keys.iter().any(|key| key.kind.is_strong() && noted.contains(key));
        let looks: HashSet<Key> = candidates.iter().filter(known).filter_map(look).collect();
        noted.retain(|key| key.kind != KeyKind::Look || !looks.contains(key) && !reading.known_looks.contains(key));
        for candidate in candidates.iter_mut().filter(|candidate| new(&&**candidate)) {
            let look = look(candidate);
            if candidate.probe.keys.iter().chain(&look).any(|key| noted.contains(key)) {
                candidate.may_alert = false;
                candidate.waits_for_page = false;
            }
        }
        Ok(())
    }
}

/// What the store knows about a document's entries.
struct KnownEntries {
    /// The keys of items that the source has published before.
    brought: HashSet<Key>,
    /// The keys of its baseline.
    noted: HashSet<Key>,
}

/// How well an entry is known, least known first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum EntryRank {
    New,
    /// Only its title is known: a recurring headline, or a changed address.
    Titled,
    /// The source has published it before.
    Stored,
    /// It belongs to the baseline and was never read.
    Baseline,
}

impl KnownEntries {
    fn has(&self, key: &Key) -> bool {
        self.brought.contains(key) || self.noted.contains(key)
    }

    fn rank(&self, keys: &[Key]) -> EntryRank {
        // An entry without other keys is identified by its title.
        let titled = !keys.iter().any(|key| key.kind.is_strong());
        let proof = |key: &&Key| titled || key.kind.is_strong();
        if keys.iter().filter(proof).any(|key| self.brought.contains(key)) {
            EntryRank::Stored
        } else if keys.iter().filter(proof).chain(&look_of(keys)).any(|key| self.noted.contains(key)) {
            EntryRank::Baseline
        } else if keys.iter().any(|key| self.brought.contains(key)) {
            EntryRank::Titled
        } else {
            EntryRank::New
        }
    }
}

/// Adds the entries beyond the newest ones of a first document to the baseline, except those that `first_visit` alerts.
fn note_rest(
    source: &Source,
    state: &SourceState,
    parsed: &mut Parsed,
    rest: Vec<(Item, Vec<Key>)>,
    at: Timestamp,
) -> Vec<Key> {
    let first = parsed.items.len();
    let mut baseline = Vec::new();
    for (n, (item, keys)) in rest.into_iter().enumerate() {
        if state.activated_at.is_none() && alerts_at_first_visit(source.first_visit, &item, first + n, at) {
            parsed.left_out += 1;
        } else {
            baseline.extend(lasting(keys));
        }
    }
    baseline
}

/// Computes the entries' keys on a blocking thread, because this is CPU work.
async fn with_keys(
    entries: Vec<Item>,
    source: &Source,
    identity: KeyRules,
) -> Result<Vec<(Item, Vec<Key>)>, StoreError> {
    let source = source.clone();
    let keyed = tokio::task::spawn_blocking(move || {
        let probes = entries.into_iter().map(|item| probe(item, &source, &identity));
        let with_look = probes.map(|mut probe| {
            probe.keys.extend(keys::look(&probe.item, &source.id));
            (probe.item, probe.keys)
        });
        with_look.collect()
    });
    keyed.await.map_err(|panic| StoreError::Panicked(panic.to_string()))
}

/// The look key among an entry's keys.
fn look_of(keys: &[Key]) -> Option<Key> {
    keys.iter().copied().find(|key| key.kind == KeyKind::Look)
}

/// The keys that identify an entry at later visits; its title only if there is nothing else.
fn lasting(mut keys: Vec<Key>) -> Vec<Key> {
    if keys.iter().any(|key| key.kind.is_strong()) {
        keys.retain(|key| key.kind.is_strong() || key.kind == KeyKind::Look);
    } else {
        keys.retain(|key| matches!(key.kind, KeyKind::Title | KeyKind::Place));
    }
    keys
}

/// True if an entry is dated before the source was first read.
fn is_before(item: &Item, since: Timestamp) -> bool {
    let since = since.to_zoned(TimeZone::UTC).date();
    item.published.as_ref().is_some_and(|published| match published.at {
        Moment::Instant(at) => at.to_zoned(TimeZone::UTC).date() < since,
        Moment::Day(day) => day < since,
    })
}
