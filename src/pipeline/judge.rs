//! Which of a document's items are new, and which watches they hit.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use jiff::Timestamp;

use super::{LayoutDrift, Pipeline, SourceContent};
use crate::address::Address;
use crate::alert::Hit;
use crate::clock::later;
use crate::config::Config;
use crate::date::Moment;
use crate::dedupe::volatile_parts::SeenAgain;
use crate::dedupe::{self, KeyKind, KeyRules, Seen, SourceRecord, Verdict, keys};
use crate::item::{ContentHash, Item, TextState};
use crate::parse::page::merge::with_stored_text;
use crate::source::{FirstVisit, Follow, Source, SourceKind};
use crate::store::{Candidate, ItemProbe, SourceState, StoreError};
use crate::watch::compile::Watches;

/// A document's items, judged and matched.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// The items, in the order of the document.
    pub candidates: Vec<Candidate>,
    /// How many items stood in the document twice.
    pub repeated: usize,
    /// What is known of this source's keys.
    pub identity: KeyRules,
    /// The items whose matching ended in a panic, twice.
    pub unmatched: Vec<(Item, StoreError)>,
    /// Where the items stand instead of where they used to; as [`Pipeline::look`] finds it.
    pub moved: Option<LayoutDrift>,
}

/// A document's items, with what the store knows of each.
struct Asked {
    probes: Vec<ItemProbe>,
    repeated: usize,
    seen: Vec<Vec<Seen>>,
    /// The stored items with which each shares a key, whoever of the document holds them.
    shared: Vec<Vec<i64>>,
}

/// The most hosts beside its own that the items of one visit may lead to; the default of `max_items`, so that no item
/// of an honest source goes without its page.
const MAX_HOSTS: usize = 500;

impl Pipeline {
    /// Asks the store what it knows of each item, judges it, and matches what may have to be told.
    pub(super) async fn judge(
        &self,
        source: &Arc<Source>,
        config: &Config,
        state: &SourceState,
        reading: &SourceContent,
        at: Timestamp,
    ) -> Result<Judged, StoreError> {
        let items = &reading.parsed.items;
        let mut identity = identity(state, items);
        let mut asked = self.lookup(items, source, &identity, at).await?;
        let layout = identity.volatile.clone().after(&again(&asked, &identity));
        if layout != identity.volatile {
            identity.volatile = layout;
            asked = self.lookup(items, source, &identity, at).await?;
        }
        let Asked { probes, repeated, seen, shared } = asked;
        let mut candidates = Vec::with_capacity(probes.len());
        for (n, ((probe, seen), shared)) in probes.into_iter().zip(seen).zip(shared).enumerate() {
            let tells = state.activated_at.is_some()
                || tells_at_first(source.first_visit, &probe.item, n, at)
                || came_after_empty(state, &probe.item);
            let mut candidate = Candidate { ruled_out: shared, ..candidate(probe, &seen, tells, &identity) };
            candidate.follows =
                candidate.verdict == Verdict::New && tells && wants_page(source, &candidate.probe.item, &identity);
            candidates.push(candidate);
        }
        self.quiet_baseline(source, state, reading, &mut candidates).await?;
        let left = bound_hosts(source, &mut candidates);
        if left > 0 {
            tracing::warn!(
                items = left,
                hosts = MAX_HOSTS,
                "items lead to too many hosts; the others are taken as they came"
            );
        }
        let unmatched = self.find(source, config, &mut candidates, &identity).await?;
        Ok(Judged { candidates, repeated, identity, unmatched, moved: None })
    }

    /// Asks the store what shares a key with each item, and leaves each stored item to one of them.
    async fn lookup(
        &self,
        items: &[Item],
        source: &Source,
        identity: &KeyRules,
        at: Timestamp,
    ) -> Result<Asked, StoreError> {
        let (probes, repeated) = probes(items, source, identity);
        let mut seen = self.store.seen(&source.id, &probes, at).await?;
        let shared = seen.iter().map(|seen| seen.iter().map(|seen| seen.item).collect()).collect();
        dedupe::claims::settle(&mut seen, &identity.volatile);
        Ok(Asked { probes, repeated, seen, shared })
    }

    /// Matches the items that may have to be told, off the threads that wait for the network. An item whose matching
    /// panics twice is taken out and answered with.
    pub(super) async fn find(
        &self,
        source: &Arc<Source>,
        config: &Config,
        candidates: &mut Vec<Candidate>,
        identity: &KeyRules,
    ) -> Result<Vec<(Item, StoreError)>, StoreError> {
        let mut texts = Vec::new();
        for (n, candidate) in candidates.iter_mut().enumerate() {
            match candidate.verdict {
                Verdict::New => texts.push((n, candidate.probe.item.clone(), None)),
                Verdict::Known(_) if candidate.probe.keys.is_empty() => {}
                Verdict::Known(_) => texts.push((n, candidate.probe.item.clone(), None)),
                Verdict::Revised(item) => {
                    let before = self.store.content(item).await?;
                    if let Some(before) = &before {
                        keep_text(candidate, item, before, source, identity);
                    }
                    texts.push((n, candidate.probe.item.clone(), before));
                }
            }
        }
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let (watches, source) = (Arc::clone(&config.watches), Arc::clone(source));
        let hits = tokio::task::spawn_blocking(move || {
            let evaluate = |item: &Item| evaluate(&watches, &source, item);
            let both = |now: &Item, before: &Option<Item>| (evaluate(now), before.as_ref().map(evaluate));
            texts.iter().map(|(n, now, before)| (*n, calmly(|| both(now, before)))).collect::<Vec<_>>()
        });
        let hits = hits.await.map_err(|error| match error.is_panic() {
            true => StoreError::Panicked(error.to_string()),
            false => StoreError::Closed,
        })?;
        let mut unmatched = Vec::new();
        for (n, hits) in hits.into_iter().rev() {
            match hits {
                Ok((hits, before)) => {
                    candidates[n].hits = hits;
                    candidates[n].hit_before = before.unwrap_or_default();
                }
                Err(error) => unmatched.push((candidates.remove(n).probe.item, error)),
            }
        }
        Ok(unmatched)
    }
}

/// What a computation gives; one that panics twice gives the panic.
fn calmly<T>(compute: impl Fn() -> T) -> Result<T, StoreError> {
    let tried = || catch_unwind(AssertUnwindSafe(&compute));
    tried().or_else(|_| tried()).map_err(|panic| StoreError::panicked(panic.as_ref()))
}

/// What the watches find in an item of this source.
pub(super) fn evaluate(watches: &Watches, source: &Source, item: &Item) -> Vec<Hit> {
    let tags: Vec<String> = source.tags.iter().chain(&item.tags).cloned().collect();
    watches.evaluate(&crate::watch::WatchInput {
        title: &item.title,
        summary: &item.summary,
        text: &item.text,
        lang: item.lang.as_ref(),
        source: &source.id,
        tags: &tags,
    })
}

/// A revision of an item whose own page was read keeps the text that was read there; without another headline it is
/// none.
fn keep_text(candidate: &mut Candidate, item: i64, before: &Item, source: &Source, identity: &KeyRules) {
    let whole = with_stored_text(&candidate.probe.item, before);
    if whole == candidate.probe.item {
        return;
    }
    candidate.probe = with_page(&candidate.probe, whole, source, identity);
    if candidate.probe.hash == ContentHash::of(before) {
        candidate.verdict = Verdict::Known(item);
    }
}

/// Whether a new item's own page is to be read. Where addresses do not tell the items of a source apart, or lead back
/// to the source's own page, there is none.
fn wants_page(source: &Source, item: &Item, identity: &KeyRules) -> bool {
    let wanted = match source.follow {
        Follow::Never => false,
        Follow::Auto => item.text_state != TextState::Full,
        Follow::Always => true,
    };
    let listed = matches!(source.kind, SourceKind::Feed | SourceKind::Page(_) | SourceKind::Sitemap);
    let part = |address: &Address| identity.volatile.fragments() && address.url().fragment().is_some();
    let elsewhere = |address: &Address| address.key() != source.address.key() && !part(address);
    wanted && listed && !identity.ambiguous.contains(&KeyKind::Address) && item.address.as_ref().is_some_and(elsewhere)
}

/// Keeps the new items' own pages of one visit to [`MAX_HOSTS`] hosts; how many items go on without theirs.
fn bound_hosts(source: &Source, candidates: &mut [Candidate]) -> usize {
    let mut hosts = HashSet::from([source.address.host().to_owned()]);
    let mut left = 0;
    for candidate in candidates.iter_mut().filter(|candidate| candidate.follows) {
        let host = candidate.probe.item.address.as_ref().map_or("", Address::host);
        if !hosts.contains(host) && hosts.len() > MAX_HOSTS {
            candidate.follows = false;
            left += 1;
        } else {
            hosts.insert(host.to_owned());
        }
    }
    left
}

/// An item as its source brings it.
pub(super) fn probe(item: Item, source: &Source, identity: &KeyRules) -> ItemProbe {
    let hash = ContentHash::of(&item);
    let keys = keys::keys(&item, &hash, &source.id, identity);
    ItemProbe { item, hash, content: hash, keys }
}

/// The same item as its own page made it: it is known again by what its source says and by what its page says.
pub(super) fn with_page(brought: &ItemProbe, whole: Item, source: &Source, identity: &KeyRules) -> ItemProbe {
    let mut probe = ItemProbe { content: brought.content, ..probe(whole, source, identity) };
    let more: Vec<_> = brought.keys.iter().copied().filter(|key| !probe.keys.contains(key)).collect();
    probe.keys.extend(more);
    probe
}

/// The same item, known also by the address that its page calls its own.
pub(super) fn at_home(mut probe: ItemProbe, home: Option<Address>, source: &Source, identity: &KeyRules) -> ItemProbe {
    if let Some(home) = home {
        let there = Item { address: Some(home), ..Item::default() };
        let keys = keys::keys(&there, &ContentHash::of(&there), &source.id, identity);
        let new = |key: &dedupe::Key| key.kind == KeyKind::Address && !probe.keys.contains(key);
        let new: Vec<_> = keys.into_iter().filter(new).collect();
        probe.keys.extend(new);
    }
    probe
}

/// What is known of the keys. Once a kind of key has failed to tell a source's items apart, it stays ambiguous there.
fn identity(state: &SourceState, items: &[Item]) -> KeyRules {
    let mut identity = state.identity();
    if dedupe::keys::fragments_distinguish(items) {
        identity.volatile = identity.volatile.with_fragments();
    }
    identity.volatile = identity.volatile.with_document(items.iter());
    identity.ambiguous.extend(dedupe::keys::ambiguous_kinds(items));
    identity.ambiguous.sort_unstable();
    identity.ambiguous.dedup();
    identity
}

/// The items that the source has brought before.
fn again<'a>(asked: &'a Asked, identity: &KeyRules) -> Vec<SeenAgain<'a>> {
    let again = |(probe, seen): (&'a ItemProbe, &'a Vec<Seen>)| {
        let by = |kind: KeyKind| {
            seen.iter().any(|seen| seen.by == kind && seen.here != SourceRecord::Never && !seen.is_weak())
        };
        let judged = match dedupe::judge_at(seen, &identity.volatile) {
            Verdict::Known(item) | Verdict::Revised(item) => Some(item),
            Verdict::New => None,
        };
        let of = |of: Option<i64>| {
            let mut seen = seen.iter().filter(|seen| of.is_none_or(|item| seen.item == item));
            seen.find_map(|seen| seen.remembered.as_ref())
        };
        let remembered = of(judged).or_else(|| of(None));
        let meets = by(KeyKind::Address) || remembered.is_some();
        meets.then(|| SeenAgain { item: &probe.item, remembered, guid_stays: by(KeyKind::Guid) })
    };
    asked.probes.iter().zip(&asked.seen).filter_map(again).collect()
}

/// The items with their keys; one that stands in the document twice (a picture and a headline that both link to it)
/// is taken once.
fn probes(items: &[Item], source: &Source, identity: &KeyRules) -> (Vec<ItemProbe>, usize) {
    let mut met = HashSet::new();
    let mut probes = Vec::with_capacity(items.len());
    for item in items {
        let probe = probe(item.clone(), source, identity);
        let keys = &probe.keys;
        let key = |address: &Address| match identity.volatile.fragments() {
            true => address.key_with_fragment(&|_| false),
            false => address.key(),
        };
        let place = (item.address.as_ref().map(key), crate::text::fold::key(&item.title));
        // A long headline alone may recur within a document.
        let strong = |kind: KeyKind| kind == KeyKind::Guid || kind == KeyKind::Text && !item.body().is_empty();
        let repeated = keys.iter().any(|key| strong(key.kind) && met.contains(key));
        met.extend(keys.iter().copied().filter(|key| strong(key.kind)));
        if !repeated && !probes.iter().any(|(_, known)| *known == place) {
            probes.push((probe, place));
        }
    }
    let repeated = items.len() - probes.len();
    let mut probes: Vec<ItemProbe> = probes.into_iter().map(|(probe, _)| probe).collect();
    keys::remove_shared(probes.iter_mut().map(|probe| (&mut probe.keys, probe.item.title.as_str())));
    (probes, repeated)
}

fn candidate(mut probe: ItemProbe, seen: &[Seen], tells: bool, identity: &KeyRules) -> Candidate {
    let verdict = dedupe::judge_at(seen, &identity.volatile);
    let Verdict::Known(item) = verdict else { return Candidate::new(probe, verdict, tells) };
    if !seen.iter().any(|seen| seen.item == item && seen.here != SourceRecord::Never) {
        return Candidate::new(probe, verdict, tells);
    }
    // One more sighting is of the same place, whatever changes in the address from visit to visit.
    probe.item.address = probe.item.address.map(|address| address.without(&|name| identity.volatile.has(name)));
    if probe.keys.iter().all(|key| seen.iter().any(|seen| seen.item == item && seen.by == key.kind)) {
        // Everything about it is known here: there is nothing to add but one more sighting.
        probe.keys.clear();
    }
    Candidate::new(probe, verdict, tells)
}

/// Whether an item claims a time after the last visit to a page on which no item has been found so far: whatever the
/// reader missed there, it did not stand there yet.
fn came_after_empty(state: &SourceState, item: &Item) -> bool {
    let empty = state.last_success_at.filter(|_| state.whole && state.activated_at.is_none());
    empty.zip(item.published.as_ref()).is_some_and(|(empty, published)| match published.at {
        Moment::Instant(at) => at >= empty,
        Moment::Day(day) => day >= empty.to_zoned(jiff::tz::TimeZone::UTC).date(),
    })
}

/// Whether an item that stands at place `n` of a source's first document is told.
pub(super) fn tells_at_first(first: FirstVisit, item: &Item, n: usize, at: Timestamp) -> bool {
    match first {
        FirstVisit::Quiet => false,
        FirstVisit::All => true,
        FirstVisit::Latest(most) => n < most,
        FirstVisit::Since(age) => {
            let oldest = later(at, -age);
            item.published.as_ref().is_some_and(|published| match published.at {
                Moment::Instant(instant) => instant >= oldest,
                Moment::Day(day) => day >= oldest.to_zoned(jiff::tz::TimeZone::UTC).date(),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::date::{DateEvidence, Published};

    #[test]
    fn the_items_of_one_visit_lead_to_a_bounded_number_of_hosts() {
        let source = Source::at(SourceKind::Feed, Address::parse("https://news.example.org/feed").unwrap());
        let led = |host: String| {
            let address = Address::parse(&format!("https://{host}/item")).ok();
            let probe = probe(Item { address, ..Item::default() }, &source, &KeyRules::default());
            let mut led = candidate(probe, &[], true, &KeyRules::default());
            led.follows = true;
            led
        };
        let hosts = (0..MAX_HOSTS + 20).map(|n| format!("{n}.example.com"));
        let more = ["news.example.org".to_owned(), "7.example.com".to_owned()];
        let mut candidates: Vec<_> = hosts.chain(more).map(led).collect();
        assert_eq!(bound_hosts(&source, &mut candidates), 20);
        assert!(candidates.iter().rev().take(2).all(|candidate| candidate.follows), "hosts that count already");
        assert_eq!(candidates.iter().filter(|candidate| candidate.follows).count(), MAX_HOSTS + 2);
    }

    #[test]
    fn a_first_visit_tells_what_it_was_told_to() {
        let at: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let dated = |day: &str| Item {
            published: Some(Published { at: Moment::Day(day.parse().unwrap()), from: DateEvidence::Feed }),
            ..Item::default()
        };
        let day = FirstVisit::Since(jiff::SignedDuration::from_hours(24));
        assert!(tells_at_first(day, &dated("2026-11-20"), 0, at));
        assert!(!tells_at_first(day, &dated("2026-11-18"), 0, at));
        assert!(!tells_at_first(day, &Item::default(), 0, at));
        assert!(tells_at_first(FirstVisit::Latest(2), &Item::default(), 1, at));
        assert!(!tells_at_first(FirstVisit::Latest(2), &Item::default(), 2, at));
        assert!(!tells_at_first(FirstVisit::Quiet, &Item::default(), 0, at));
    }
}
