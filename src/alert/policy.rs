//! Who is alerted, once per what, under which revision rule and over which channel.
//!
//! The rules are pure: the store remembers the keys that a watch has alerted for, hands them in, and writes down the
//! keys that a decision returns. A second store needs no rule of its own.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::SignedDuration;

use super::{Hit, ItemAlert, WatchId};
use crate::channel::{Channel, ChannelId};
use crate::item::{ContentHash, ItemId, derived, hex};
use crate::source::SourceId;
use crate::watch::compile::Watches;
use crate::watch::{OncePer, Revisions, Watch};

/// Characters of the hash that represents a key in the store.
const KEY_LENGTH: usize = 16;

/// How often an item changes within [`TICKER_WINDOW`] before it counts as a ticker. Chosen by hand: once an hour.
const TICKER_EDITS: u32 = 24;

/// The time in which the changes of an item are counted.
pub(crate) const TICKER_WINDOW: SignedDuration = SignedDuration::from_hours(24);

/// What a watch alerted for: an item, a text, a story, an item at one source, or a revision.
///
/// A watch alerts once for each key. Keys are kept longer than the items they belong to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AlertKey(Vec<u8>);

impl AlertKey {
    fn new(what: &str) -> Self {
        Self(derived(&[what], KEY_LENGTH).into_bytes())
    }

    /// The item, wherever it appears.
    fn item(id: &ItemId) -> Self {
        Self::new(&format!("item {id}"))
    }

    /// The story.
    fn story(revision: &ItemRevision<'_>) -> Self {
        Self::new(&format!("story {}", revision.story))
    }

    /// The item at the source that brings it.
    fn item_at_source(revision: &ItemRevision<'_>) -> Self {
        Self::new(&format!("item {} {}", revision.id, revision.source))
    }

    /// The text; `None` if it is too short to identify an item.
    fn text(revision: &ItemRevision<'_>) -> Option<Self> {
        revision.hash.identifies().then(|| Self::new(&format!("text {}", hex(revision.hash.digest()))))
    }

    /// This revision of the item.
    fn revision(revision: &ItemRevision<'_>) -> Self {
        Self::new(&format!("revision {} {}", revision.id, revision.revision))
    }

    /// The bytes that are stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// An item revision that watches may alert for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ItemRevision<'a> {
    /// The stored item.
    pub id: &'a ItemId,
    /// The hash of its content.
    pub hash: &'a ContentHash,
    /// Counts from 1.
    pub revision: u32,
    /// The source that brings it now.
    pub source: &'a SourceId,
    /// The hits of the revision before it; `None` for a first revision.
    pub before: Option<&'a [Hit]>,
    /// True when the headline differs from the revision before it.
    pub(crate) new_title: bool,
    /// The item whose text it copies; `None` if it is no copy.
    pub(crate) copy_of: Option<&'a ItemId>,
    /// The first item of its story.
    pub(crate) story: &'a ItemId,
    /// True when the revision before it was a copy of another text.
    pub(crate) left_copy: bool,
    /// How often the item has changed within [`TICKER_WINDOW`].
    pub(crate) edits: u32,
}

/// True for an item that has changed so often that further revisions of it do not alert.
#[must_use]
pub(crate) fn is_ticker(edits: u32) -> bool {
    edits > TICKER_EDITS
}

/// True for the revision that makes an item a ticker.
#[must_use]
pub(crate) fn becomes_ticker(edits: u32) -> bool {
    edits == TICKER_EDITS + 1
}

impl ItemRevision<'_> {
    /// Every key that a decision about this revision may need: the store looks up which of them a watch has.
    #[must_use]
    pub(crate) fn keys(&self) -> Vec<AlertKey> {
        let mut keys = self.item_and_text();
        keys.push(AlertKey::item_at_source(self));
        keys.push(AlertKey::revision(self));
        keys.extend(self.original_and_story());
        keys
    }

    /// The item is always a key: its excerpt and its full text are two texts and one item.
    fn item_and_text(&self) -> Vec<AlertKey> {
        std::iter::once(AlertKey::item(self.id)).chain(AlertKey::text(self)).collect()
    }

    /// The text that it copies, and its story.
    fn original_and_story(&self) -> impl Iterator<Item = AlertKey> {
        self.copy_of.map(AlertKey::item).into_iter().chain([AlertKey::story(self)])
    }

    /// True when the watch has alerted for what it counts as the same, and not for this item.
    fn is_covered(&self, once_per: OncePer, alerted: &BTreeSet<AlertKey>) -> bool {
        let is_copy = self.copy_of.is_some_and(|root| alerted.contains(&AlertKey::item(root)));
        let covered = match once_per {
            OncePer::Item => false,
            OncePer::Text => is_copy,
            OncePer::Story => is_copy || alerted.contains(&AlertKey::story(self)),
        };
        covered && !alerted.contains(&AlertKey::item(self.id))
    }
}

/// Whether a watch alerts, and the keys to remember in either case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    /// True: the hit is part of the alert.
    pub alerts: bool,
    /// Keys to remember for the watch.
    pub(crate) remember: Vec<AlertKey>,
}

/// Decides whether `watch` alerts for a revision, given those of [`ItemRevision::keys`] that it has alerted for.
#[must_use]
pub(crate) fn decide(watch: &Watch, hit: &Hit, revision: &ItemRevision<'_>, alerted: &BTreeSet<AlertKey>) -> Decision {
    if revision.is_covered(watch.once_per, alerted) {
        return Decision::default();
    }
    let before = revision.before.and_then(|hits| hits.iter().find(|before| before.watch == hit.watch));
    // A watch whose terms left the text and came back has alerted for the item, although the revision before was no hit.
    let has_alerted = alerted.contains(&AlertKey::item(revision.id));
    // The text that was copied alerted for the revision before; the item's own text is new.
    let is_repeat = before.is_some() && !revision.left_copy || revision.before.is_some() && has_alerted;
    if is_repeat && (is_ticker(revision.edits) || !wants_revision(watch.revisions, before, hit, revision.new_title)) {
        return Decision::default();
    }
    let keys = match watch.once_per {
        _ if is_repeat => vec![AlertKey::revision(revision)],
        OncePer::Text | OncePer::Story => revision.item_and_text(),
        OncePer::Item => vec![AlertKey::item_at_source(revision)],
    };
    let alerts = !keys.iter().any(|key| alerted.contains(key));
    // `once_per` may change later: an alert is remembered by item, text and story whatever the watch counts by today.
    let also = alerts.then(|| revision.item_and_text().into_iter().chain(revision.original_and_story()));
    let keys = keys.into_iter().chain(also.into_iter().flatten());
    let remember: BTreeSet<AlertKey> = keys.filter(|key| !alerted.contains(key)).collect();
    Decision { alerts, remember: remember.into_iter().collect() }
}

fn wants_revision(rule: Revisions, before: Option<&Hit>, now: &Hit, new_title: bool) -> bool {
    match rule {
        Revisions::Never => false,
        Revisions::Title => new_title,
        Revisions::Terms => before.map(terms).unwrap_or_default() != terms(now),
        Revisions::Any => true,
    }
}

fn terms(hit: &Hit) -> BTreeSet<&str> {
    hit.matches.iter().map(|found| found.term.as_str()).collect()
}

/// Every hit that may alert: those of the revision, and an empty one for each watch that only the revision before
/// hit, because lost terms may be news too.
#[must_use]
pub(crate) fn hits(now: &[Hit], before: &[Hit]) -> Vec<Hit> {
    let is_lost = |hit: &&Hit| !now.iter().any(|kept| kept.watch == hit.watch);
    let lost = before.iter().filter(is_lost).map(|hit| Hit { watch: hit.watch.clone(), matches: Vec::new(), total: 0 });
    now.iter().cloned().chain(lost).collect()
}

/// True where one of these watches is urgent.
#[must_use]
pub(crate) fn is_urgent<'a>(watches: &Watches, hits: impl IntoIterator<Item = &'a WatchId>) -> bool {
    hits.into_iter().filter_map(|watch| watches.watch(watch)).any(|watch| watch.urgent)
}

/// The alert as a channel gets it: with the hits of the watches that name the channel, `None` without any.
#[must_use]
pub(crate) fn for_channel(watches: &Watches, channel: &ChannelId, alert: &ItemAlert) -> Option<ItemAlert> {
    let names_it = |hit: &&Hit| watches.watch(&hit.watch).is_some_and(|watch| watch.alert.contains(channel));
    let hits: Vec<Hit> = alert.hits.iter().filter(names_it).cloned().collect();
    (!hits.is_empty()).then(|| ItemAlert { hits, ..alert.clone() })
}

/// The channels that get an alert, each with its part of it, in the order of the configuration.
pub(crate) fn by_channel<'a>(
    watches: &'a Watches,
    channels: &'a [Arc<Channel>],
    alert: &'a ItemAlert,
) -> impl Iterator<Item = (&'a Arc<Channel>, ItemAlert)> {
    channels.iter().filter_map(|channel| Some((channel, for_channel(watches, &channel.id, alert)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::{Field, Match, MatchForm};
    use crate::item::Item;

    const LONG: &str =
        "The council of ministers met in the harbour and spoke for hours about the new pier and its cost.";

    fn hit(terms: &[&str]) -> Hit {
        let found = |term: &&str| Match {
            watch: WatchId::new("harbour"),
            term: (*term).to_owned(),
            concept: None,
            field: Field::Text,
            start: 0,
            end: 1,
            text: String::new(),
            how: MatchForm::default(),
            context: String::new(),
        };
        Hit { watch: WatchId::new("harbour"), matches: terms.iter().map(found).collect(), total: terms.len() }
    }

    fn watch(once_per: OncePer, revisions: Revisions) -> Watch {
        Watch { once_per, revisions, ..Watch::named(WatchId::new("harbour")) }
    }

    fn hash(text: &str) -> ContentHash {
        ContentHash::of(&Item { text: text.to_owned(), ..Item::default() })
    }

    /// The first revision of an item that is no copy and begins a story.
    fn revision<'a>(id: &'a ItemId, hash: &'a ContentHash, source: &'a SourceId) -> ItemRevision<'a> {
        let (before, copy_of, new_title, left_copy) = (None, None, false, false);
        ItemRevision { id, hash, revision: 1, source, before, new_title, copy_of, story: id, left_copy, edits: 0 }
    }

    /// What a watch with these rules decides about one revision after another, each with the terms it has.
    fn decisions(once_per: OncePer, revisions: Revisions, terms: &[&[&str]]) -> Vec<bool> {
        let watch = watch(once_per, revisions);
        let (id, source) = (ItemId::derive(&["one"]), SourceId::new("una"));
        let mut alerted = BTreeSet::new();
        let mut before: Option<Vec<Hit>> = None;
        let mut decided = Vec::new();
        for (number, terms) in terms.iter().enumerate() {
            let hash = hash(&format!("{LONG} {number}"));
            let revision = ItemRevision {
                id: &id,
                hash: &hash,
                revision: u32::try_from(number).unwrap() + 1,
                source: &source,
                before: before.as_deref(),
                new_title: false,
                copy_of: None,
                story: &id,
                left_copy: false,
                edits: 0,
            };
            let now: Vec<Hit> = if terms.is_empty() { Vec::new() } else { vec![hit(terms)] };
            let mut any_alert = false;
            for hit in hits(&now, before.as_deref().unwrap_or_default()) {
                let decision = decide(&watch, &hit, &revision, &alerted);
                any_alert |= decision.alerts;
                alerted.extend(decision.remember);
            }
            decided.push(any_alert);
            before = Some(now);
        }
        decided
    }

    #[test]
    fn a_revision_alerts_by_the_rule_of_its_watch() {
        let edits: &[&[&str]] = &[&["pier"], &["pier"], &["pier", "harbour"]];
        assert_eq!(decisions(OncePer::Text, Revisions::Never, edits), [true, false, false]);
        assert_eq!(decisions(OncePer::Text, Revisions::Terms, edits), [true, false, true]);
        assert_eq!(decisions(OncePer::Text, Revisions::Any, edits), [true, true, true]);
        assert_eq!(decisions(OncePer::Text, Revisions::Title, edits), [true, false, false]);
    }

    #[test]
    fn terms_that_leave_a_text_and_return_are_a_revision() {
        let edits: &[&[&str]] = &[&["pier"], &[], &["pier"]];
        assert_eq!(decisions(OncePer::Text, Revisions::Never, edits), [true, false, false]);
        assert_eq!(decisions(OncePer::Item, Revisions::Terms, edits), [true, true, true]);
    }

    #[test]
    fn a_watch_that_counts_by_item_alerts_for_the_same_item_at_another_source() {
        let watch = |once_per| watch(once_per, Revisions::Never);
        let (id, hash) = (ItemId::derive(&["one"]), hash(LONG));
        let (here, elsewhere) = (SourceId::new("una"), SourceId::new("wafa"));
        let at = |source| ItemRevision { source, ..revision(&id, &hash, &here) };
        let first = decide(&watch(OncePer::Item), &hit(&["pier"]), &at(&here), &BTreeSet::new());
        let alerted: BTreeSet<AlertKey> = first.remember.into_iter().collect();
        assert!(first.alerts && decide(&watch(OncePer::Item), &hit(&["pier"]), &at(&elsewhere), &alerted).alerts);
        assert!(!decide(&watch(OncePer::Text), &hit(&["pier"]), &at(&elsewhere), &alerted).alerts);
    }

    /// Decides about several items in turn, and returns which alert.
    fn decide_all(watches: &[Watch], items: &[ItemRevision<'_>]) -> Vec<bool> {
        let mut alerted = BTreeSet::new();
        let mut decide_next = |watch: &Watch, revision: &ItemRevision<'_>| {
            let decision = decide(watch, &hit(&["pier"]), revision, &alerted);
            alerted.extend(decision.remember);
            decision.alerts
        };
        watches.iter().zip(items).map(|(watch, revision)| decide_next(watch, revision)).collect()
    }

    #[test]
    fn a_copy_alerts_once_per_item_and_a_story_once_per_story() {
        let ids = ["root", "copy", "further"].map(|name| ItemId::derive(&[name]));
        let hashes = ["", " and so on", " and more"].map(|more| hash(&format!("{LONG}{more}")));
        let source = SourceId::new("una");
        let root = revision(&ids[0], &hashes[0], &source);
        let copy = ItemRevision { copy_of: Some(&ids[0]), story: &ids[0], ..revision(&ids[1], &hashes[1], &source) };
        let further = ItemRevision { story: &ids[0], ..revision(&ids[2], &hashes[2], &source) };
        let with = |once_per| watch(once_per, Revisions::Never);
        let decided = |once_per| decide_all(&[with(once_per), with(once_per), with(once_per)], &[root, copy, further]);
        assert_eq!(decided(OncePer::Text), [true, false, true]);
        assert_eq!(decided(OncePer::Item), [true, true, true]);
        assert_eq!(decided(OncePer::Story), [true, false, false]);
        // A watch that did not match the text alerts for its copy, and then not for the text or for another copy.
        assert_eq!(decide_all(&[with(OncePer::Text), with(OncePer::Text)], &[copy, root]), [true, false]);
        let other = ItemRevision { id: &ids[2], ..copy };
        assert_eq!(decide_all(&[with(OncePer::Text), with(OncePer::Text)], &[copy, other]), [true, false]);
    }

    #[test]
    fn what_alerted_under_one_rule_does_not_alert_again_under_another() {
        let ids = ["root", "copy", "further"].map(|name| ItemId::derive(&[name]));
        let hashes = ["", " and so on", " and more"].map(|more| hash(&format!("{LONG}{more}")));
        let source = SourceId::new("una");
        let root = revision(&ids[0], &hashes[0], &source);
        let copy = ItemRevision { copy_of: Some(&ids[0]), story: &ids[0], ..revision(&ids[1], &hashes[1], &source) };
        let further = ItemRevision { story: &ids[0], ..revision(&ids[2], &hashes[2], &source) };
        for before in [OncePer::Text, OncePer::Item, OncePer::Story] {
            let with = |once_per| watch(once_per, Revisions::Never);
            assert_eq!(
                decide_all(&[with(before), with(OncePer::Story)], &[root, further]),
                [true, false],
                "{before:?}"
            );
            assert_eq!(decide_all(&[with(before), with(OncePer::Text)], &[root, copy]), [true, false], "{before:?}");
            // An item that only its story kept from alerting is not known as alerted.
            let rules = [with(before), with(OncePer::Story), with(OncePer::Text)];
            assert_eq!(decide_all(&rules, &[root, further, further]), [true, false, true], "{before:?}");
        }
    }

    #[test]
    fn a_revision_of_a_copy_alerts_when_it_is_a_copy_no_more() {
        let (root, id) = (ItemId::derive(&["root"]), ItemId::derive(&["copy"]));
        let hashes = ["", " and so on", " and more"].map(|more| hash(&format!("{LONG}{more}")));
        let source = SourceId::new("una");
        let before = [hit(&["pier"])];
        let original = revision(&root, &hashes[0], &source);
        let copy = ItemRevision { copy_of: Some(&root), story: &root, ..revision(&id, &hashes[1], &source) };
        let edited = ItemRevision { revision: 2, before: Some(&before), hash: &hashes[2], ..copy };
        let own = ItemRevision { copy_of: None, left_copy: true, ..edited };
        for revisions in [Revisions::Never, Revisions::Any] {
            let watch = || watch(OncePer::Text, revisions);
            assert_eq!(decide_all(&[watch(), watch(), watch()], &[original, copy, edited]), [true, false, false]);
            assert_eq!(decide_all(&[watch(), watch(), watch()], &[original, copy, own]), [true, false, true]);
        }
    }
}
