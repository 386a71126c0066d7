//! Judges which of a document's items are new, and matches them against the watches.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;

use super::matching::MatchScope;
use super::probe::probes;
use super::{LayoutDrift, Pipeline, SourceContent};
use crate::address::Address;
use crate::clock::later;
use crate::config::Config;
use crate::date::Moment;
use crate::dedupe::volatile_parts::SeenAgain;
use crate::dedupe::{self, KeyKind, KeyRules, Seen, SourceRecord, Verdict};
use crate::item::{Item, TextState};
use crate::source::{FirstVisit, Follow, Source, SourceKind};
use crate::store::{Candidate, ItemProbe, SourceState, StoreError};
use crate::story::placement;

/// A document's items, judged and matched.
#[derive(Clone, Debug, Default)]
pub struct Judged {
    /// The items, in the order of the document.
    pub(crate) candidates: Vec<Candidate>,
    /// The rules for this source's keys.
    pub(crate) identity: KeyRules,
    /// The items whose matching panicked twice.
    pub(crate) unmatched: Vec<(Item, StoreError)>,
    /// The layout drift that [`Pipeline::look`] finds.
    pub(crate) drift: Option<LayoutDrift>,
}

/// A document's items, with what the store knows about each.
struct LookedUp {
    probes: Vec<ItemProbe>,
    seen: Vec<Vec<Seen>>,
    /// The stored items that share a key with each, before each stored item is assigned to one of them.
    shared: Vec<Vec<i64>>,
}

/// The most other hosts that the items of one visit may link to. It equals the default of `max_items`, so that every
/// item of an honest source gets its page.
const MAX_HOSTS: usize = 500;

impl Pipeline {
    /// Looks each item up in the store, judges it, and matches those in `scope`.
    pub(super) async fn judge(
        &self,
        source: &Arc<Source>,
        (config, scope): (&Config, MatchScope),
        state: &SourceState,
        reading: &SourceContent,
        at: Timestamp,
    ) -> Result<Judged, StoreError> {
        let items = &reading.parsed.items;
        let mut identity = identity(state, items);
        let mut found = self.lookup(items, source, &identity, at).await?;
        let layout = identity.volatile.clone().after(&again(&found, &identity));
        if layout != identity.volatile {
            identity.volatile = layout;
            found = self.lookup(items, source, &identity, at).await?;
        }
        let LookedUp { probes, seen, shared } = found;
        let notices = placement::notices(items);
        let mut candidates = Vec::with_capacity(probes.len());
        for (n, ((probe, seen), shared)) in probes.into_iter().zip(seen).zip(shared).enumerate() {
            let may_alert = state.activated_at.is_some()
                || alerts_at_first_visit(source.first_visit, &probe.item, n, at)
                || is_after_empty_visits(state, &probe.item);
            let mut candidate = Candidate { ruled_out: shared, ..candidate(probe, &seen, may_alert, &identity) };
            candidate.is_notice = notices.contains(candidate.probe.item.body());
            candidate.waits_for_page =
                candidate.verdict == Verdict::New && may_alert && wants_page(source, &candidate.probe.item, &identity);
            candidates.push(candidate);
        }
        self.suppress_baseline(source, state, reading, &mut candidates).await?;
        limit_hosts(source, &mut candidates);
        let unmatched = self.match_watches(source, (config, scope), &mut candidates, &identity).await?;
        Ok(Judged { candidates, identity, unmatched, drift: None })
    }

    /// Looks up what shares a key with each item, and assigns each stored item to one of them.
    async fn lookup(
        &self,
        items: &[Item],
        source: &Source,
        identity: &KeyRules,
        at: Timestamp,
    ) -> Result<LookedUp, StoreError> {
        let probes = probes(items, source, identity);
        let mut seen = self.store.seen(&source.id, &probes, at).await?;
        let shared = seen.iter().map(|seen| seen.iter().map(|seen| seen.item).collect()).collect();
        dedupe::claims::settle(&mut seen, &identity.volatile);
        Ok(LookedUp { probes, seen, shared })
    }
}

/// Whether to read a new item's own page. There is none if addresses do not distinguish the source's items, or if the
/// address is the source's own page.
pub(super) fn wants_page(source: &Source, item: &Item, identity: &KeyRules) -> bool {
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

/// Limits the new items' own pages of one visit to [`MAX_HOSTS`] hosts. Returns how many items go without their page,
/// and warns of them.
fn limit_hosts(source: &Source, candidates: &mut [Candidate]) -> usize {
    let mut hosts = HashSet::from([source.address.host().to_owned()]);
    let mut left = 0;
    for candidate in candidates.iter_mut().filter(|candidate| candidate.waits_for_page) {
        let host = candidate.probe.item.address.as_ref().map_or("", Address::host);
        if !hosts.contains(host) && hosts.len() > MAX_HOSTS {
            candidate.waits_for_page = false;
            left += 1;
        } else {
            hosts.insert(host.to_owned());
        }
    }
    if left > 0 {
        tracing::warn!(
            items = left,
            hosts = MAX_HOSTS,
            "items link to too many hosts; the remaining items are stored without their pages"
        );
    }
    left
}

/// The rules for the source's keys. A kind of key that once failed to distinguish its items stays ambiguous.
fn identity(state: &SourceState, items: &[Item]) -> KeyRules {
    let mut identity = state.identity();
    if dedupe::keys::fragments_distinguish(items) {
        identity.volatile = identity.volatile.with_fragments();
    }
    identity.volatile = identity.volatile.with_document(items.iter());
    identity.ambiguous.extend(dedupe::keys::ambiguous_kinds(items));
    identity
}

/// The items that the source has published before.
fn again<'a>(found: &'a LookedUp, identity: &KeyRules) -> Vec<SeenAgain<'a>> {
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
    found.probes.iter().zip(&found.seen).filter_map(again).collect()
}

fn candidate(mut probe: ItemProbe, seen: &[Seen], may_alert: bool, identity: &KeyRules) -> Candidate {
    let verdict = dedupe::judge_at(seen, &identity.volatile);
    let Verdict::Known(item) = verdict else { return Candidate::new(probe, verdict, may_alert) };
    if !seen.iter().any(|seen| seen.item == item && seen.here != SourceRecord::Never) {
        return Candidate::new(probe, verdict, may_alert);
    }
    // A further sighting keeps the same address, without the parts that change from visit to visit.
    probe.item.address = probe.item.address.map(|address| address.without(&|name| identity.volatile.has(name)));
    if probe.keys.iter().all(|key| seen.iter().any(|seen| seen.item == item && seen.by == key.kind)) {
        // All keys are known at this source: only the sighting is added.
        probe.keys.clear();
    }
    Candidate::new(probe, verdict, may_alert)
}

/// Whether an item is dated after the last visit to a source that had no items so far: it was not there before.
fn is_after_empty_visits(state: &SourceState, item: &Item) -> bool {
    let empty = state.last_success_at.filter(|_| state.whole && state.activated_at.is_none());
    empty.zip(item.published.as_ref()).is_some_and(|(empty, published)| match published.at {
        Moment::Instant(at) => at >= empty,
        Moment::Day(day) => day >= empty.to_zoned(jiff::tz::TimeZone::UTC).date(),
    })
}

/// Whether the item at index `n` of a source's first document alerts.
pub(super) fn alerts_at_first_visit(first: FirstVisit, item: &Item, n: usize, at: Timestamp) -> bool {
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
    use crate::pipeline::probe::probe;

    #[test]
    fn the_items_of_one_visit_link_to_a_bounded_number_of_hosts() {
        let source = Source::at(SourceKind::Feed, Address::parse("https://news.example.org/feed").unwrap());
        let led = |host: String| {
            let address = Address::parse(&format!("https://{host}/item")).ok();
            let probe = probe(Item { address, ..Item::default() }, &source, &KeyRules::default());
            let mut led = candidate(probe, &[], true, &KeyRules::default());
            led.waits_for_page = true;
            led
        };
        let hosts = (0..MAX_HOSTS + 20).map(|n| format!("{n}.example.com"));
        let more = ["news.example.org".to_owned(), "7.example.com".to_owned()];
        let mut candidates: Vec<_> = hosts.chain(more).map(led).collect();
        assert_eq!(limit_hosts(&source, &mut candidates), 20);
        assert!(candidates.iter().rev().take(2).all(|candidate| candidate.waits_for_page), "hosts that count already");
        assert_eq!(candidates.iter().filter(|candidate| candidate.waits_for_page).count(), MAX_HOSTS + 2);
    }

    #[test]
    fn first_visit_decides_which_items_of_the_first_document_alert() {
        let at: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        let dated = |day: &str| Item {
            published: Some(Published { at: Moment::Day(day.parse().unwrap()), from: DateEvidence::Feed }),
            ..Item::default()
        };
        let day = FirstVisit::Since(jiff::SignedDuration::from_hours(24));
        assert!(alerts_at_first_visit(day, &dated("2026-11-20"), 0, at));
        assert!(!alerts_at_first_visit(day, &dated("2026-11-18"), 0, at));
        assert!(!alerts_at_first_visit(day, &Item::default(), 0, at));
        assert!(alerts_at_first_visit(FirstVisit::Latest(2), &Item::default(), 1, at));
        assert!(!alerts_at_first_visit(FirstVisit::Latest(2), &Item::default(), 2, at));
        assert!(!alerts_at_first_visit(FirstVisit::Quiet, &Item::default(), 0, at));
    }
}
