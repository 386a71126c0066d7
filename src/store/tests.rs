//! Tests the store's use cases.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::address::Address;
use crate::alert::{DeliveryFate, Hit, Outcome, Reason, WatchId};
use crate::channel::{ChannelKind, SendSchedule};
use crate::dedupe::{KeyRules, Verdict, judge, keys};
use crate::item::FoldedContent;
use crate::source::{Follow, SourceKind};
use crate::watch::compile::Watches;
use crate::watch::{OncePer, Revisions, Watch};

mod backup;
mod digests;
mod expiry;
mod golden;
mod rows;
mod sources;
mod stories;

const LONG: &str =
    "the council of foreign ministers met today in the city and adopted a resolution on aid for the people";

struct StoreFixture {
    _folder: tempfile::TempDir,
    store: Store,
    at: Timestamp,
    watches: Arc<Watches>,
}

impl StoreFixture {
    async fn new(once_per: OncePer, revisions: Revisions) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).await.unwrap();
        let watch =
            Watch { once_per, revisions, alert: vec![ChannelId::new("ops")], ..Watch::named(WatchId::new("all")) };
        let watches = Arc::new(Watches::compile(&[watch], &[]).unwrap().0);
        Self { _folder: folder, store, at: Timestamp::from_second(1_800_000_000).unwrap(), watches }
    }

    async fn visit(&mut self, source: &str, items: Vec<Item>, may_alert: bool) -> Admitted {
        let mut admission = self.admission(source, items).await;
        admission.candidates.iter_mut().for_each(|candidate| candidate.may_alert = may_alert);
        self.store.admit(admission).await.unwrap()
    }

    /// What a visit ten minutes later admits; its items may alert.
    async fn admission(&mut self, source: &str, items: Vec<Item>) -> Admission {
        self.at = crate::clock::later(self.at, SignedDuration::from_mins(10));
        let source = source_named(source);
        let mut candidates = Vec::new();
        for item in items {
            let folded = FoldedContent::of(&item);
            let keys = keys::keys(&item, &folded, &source.id, &KeyRules::default());
            let probe = ItemProbe { item, hash: folded.hash, content: folded.hash, keys };
            let seen = self.store.seen(&source.id, std::slice::from_ref(&probe), self.at).await.unwrap();
            let verdict = judge(&seen[0]);
            let hit = Hit { watch: WatchId::new("all"), matches: Vec::new(), total: 0 };
            let hit_before = if matches!(verdict, Verdict::Revised(_)) { vec![hit.clone()] } else { Vec::new() };
            candidates.push(Candidate { hits: vec![hit], hit_before, ..Candidate::new(probe, verdict, true) });
        }
        Admission {
            source,
            at: self.at,
            seen_at: self.at,
            settle: None,
            new_items: None,
            is_flood: false,
            candidates,
            watches: Arc::clone(&self.watches),
            channels: vec![channel()],
            settings: render::RenderSettings::default(),
        }
    }

    /// Ends a visit to a healthy source; `read` if its document had changed.
    async fn ended(&self, source: &str, read: bool) {
        let end = VisitEnd {
            source: SourceId::new(source),
            at: self.at,
            next: crate::cadence::PlannedVisit::configured(self.at),
            rhythm: None,
            state: crate::health::Health::Healthy,
            validators: None,
            error: None,
            degraded: None,
            ambiguous_keys: std::collections::BTreeSet::new(),
            found: true,
            layout_changed: true,
            layout: None,
            volatile: None,
            baseline: Vec::new(),
            whole: read,
            sizes: Default::default(),
        };
        self.store.end_visit(end, None).await.unwrap();
    }

    /// Ends the first attempt.
    async fn settle(&self, id: &DeliveryId, outcome: Outcome, fate: DeliveryFate) {
        let end = AttemptEnd { outcome, fate, at: self.at, took: Duration::from_millis(3) };
        self.store.settle(&channel(), id, 1, &end).await.unwrap();
    }

    async fn retry(&self, id: &DeliveryId) -> DeliveryChanged {
        let changed = self.store.change_deliveries(std::slice::from_ref(id), DeliveryChange::Retry, self.at).await;
        changed.unwrap().remove(0)
    }

    async fn due(&self) -> Vec<Delivery> {
        due(&self.store, self.at).await
    }

    /// Begins an attempt that never ends.
    async fn begin(&self, id: &DeliveryId, next: Timestamp) -> Option<u32> {
        let claim = self.store.claim(id).unwrap();
        self.store.begin_attempt(&claim, self.at, next).await.unwrap()
    }
}

async fn due(store: &Store, at: Timestamp) -> Vec<Delivery> {
    let mut due = Vec::new();
    for number in store.due_deliveries(&ChannelId::new("ops"), at, 100).await.unwrap() {
        due.extend(store.due_delivery(number, at).await.unwrap());
    }
    due
}

fn source_named(name: &str) -> Arc<Source> {
    let address = Address::parse("https://example.org/feed").unwrap();
    let (id, first_visit) = (SourceId::new(name), crate::source::FirstVisit::All);
    Arc::new(Source { id, follow: Follow::Never, first_visit, ..Source::at(SourceKind::Feed, address) })
}

fn channel() -> Arc<Channel> {
    Arc::new(Channel {
        id: ChannelId::new("ops"),
        kind: ChannelKind::Print,
        send: SendSchedule::AtOnce,
        quiet: None,
        lang: crate::text::lang::Lang::parse("en").unwrap(),
        max_in_flight: 1,
        timezone: TimeZone::UTC,
    })
}

fn item(address: &str, text: &str) -> Item {
    Item {
        address: Address::parse(address).ok(),
        title: format!("Council meets: {}", text.len()),
        summary: text.to_owned(),
        ..Item::default()
    }
}

#[tokio::test]
async fn a_new_item_is_delivered_once_and_a_second_visit_queues_nothing() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let first = world.visit("una", vec![item("https://a.org/1", LONG)], true).await;
    assert_eq!((first.new, first.alerts, first.deliveries), (1, 1, 1));
    let again = world.visit("una", vec![item("https://a.org/1", LONG)], true).await;
    assert_eq!((again.new, again.known, again.alerts), (0, 1, 0));
    assert_eq!(world.due().await.len(), 1);
    assert!(world.store.check().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_item_with_only_a_short_title_alerts_once() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let bare = Item { title: "Council meets".to_owned(), ..Item::default() };
    assert_eq!(world.visit("una", vec![bare.clone()], true).await.alerts, 1);
    let again = world.visit("una", vec![bare], true).await;
    assert_eq!((again.new, again.known, again.alerts), (0, 1, 0));
}

#[tokio::test]
async fn a_wire_text_on_two_sites_is_one_item_and_one_alert() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    world.visit("una", vec![item("https://a.org/1", LONG)], true).await;
    let copy = world.visit("spa", vec![item("https://b.org/x", LONG)], true).await;
    assert_eq!((copy.new, copy.known, copy.alerts), (0, 1, 0));
    let items = world.store.items(&ItemQuery { limit: 10, ..ItemQuery::default() }).await.unwrap();
    assert_eq!((items.len(), items[0].1.sightings), (1, 2));
}

#[tokio::test]
async fn a_copy_alerts_under_once_per_item() {
    let mut world = StoreFixture::new(OncePer::Item, Revisions::Never).await;
    world.visit("una", vec![item("https://a.org/1", LONG)], true).await;
    let copy = world.visit("spa", vec![item("https://b.org/x", LONG)], true).await;
    assert_eq!((copy.new, copy.alerts), (0, 1));
    assert_eq!(world.visit("spa", vec![item("https://b.org/x", LONG)], true).await.alerts, 0);
}

#[tokio::test]
async fn an_item_that_was_quiet_at_one_source_alerts_when_another_publishes_it() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    assert_eq!(world.visit("una", vec![item("https://a.org/1", LONG)], false).await.alerts, 0);
    assert_eq!(world.visit("una", vec![item("https://a.org/1", LONG)], true).await.alerts, 0);
    assert_eq!(world.visit("spa", vec![item("https://b.org/x", LONG)], true).await.alerts, 1);
}

#[tokio::test]
async fn a_changed_address_alone_never_alerts() {
    let mut world = StoreFixture::new(OncePer::Item, Revisions::Any).await;
    world.visit("una", vec![item("https://a.org/1", LONG)], true).await;
    let moved = world.visit("una", vec![item("https://a.org/moved", LONG)], true).await;
    assert_eq!((moved.new, moved.revised, moved.alerts), (0, 0, 0));
}

#[tokio::test]
async fn a_revision_alerts_only_watches_that_ask_for_revisions() {
    let edited = format!("{LONG} and the statement was corrected later");
    for (revisions, alerts) in [(Revisions::Never, 0), (Revisions::Title, 1), (Revisions::Any, 1)] {
        let mut world = StoreFixture::new(OncePer::Text, revisions).await;
        world.visit("una", vec![item("https://a.org/1", LONG)], true).await;
        let revised = world.visit("una", vec![item("https://a.org/1", &edited)], true).await;
        assert_eq!((revised.new, revised.revised, revised.alerts), (0, 1, alerts), "{revisions:?}");
    }
}

#[tokio::test]
async fn an_attempt_is_durable_before_it_is_sent_and_pending_again_after_a_crash() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    world.visit("una", vec![item("https://a.org/1", LONG)], true).await;
    let delivery = world.due().await.remove(0);
    let next = crate::clock::later(world.at, SignedDuration::from_secs(5));
    assert_eq!(world.begin(&delivery.id, next).await, Some(1));
    assert_eq!(world.begin(&delivery.id, next).await, None);
    assert!(world.due().await.is_empty());
    let folder = world.store.path().parent().unwrap().to_owned();
    let StoreFixture { store, _folder, at, .. } = world;
    drop(store);
    let store = reopened(&folder).await;
    assert_eq!(store.requeue_stale(at).await.unwrap(), 1);
    let again = due(&store, next).await;
    assert_eq!((again.len(), &again[0].id, again[0].attempts), (1, &delivery.id, 1));
    assert!(due(&store, at).await.is_empty());
}

/// The lock is released when the writer has closed, shortly after the last handle is dropped.
async fn reopened(folder: &std::path::Path) -> Store {
    loop {
        match Store::open(folder).await {
            Err(error) if error.is_locked() => tokio::task::yield_now().await,
            other => return other.unwrap(),
        }
    }
}

#[tokio::test]
async fn a_dead_delivery_is_pending_again_after_a_manual_retry() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    world.visit("una", vec![item("https://a.org/1", LONG)], true).await;
    let delivery = world.due().await.remove(0);
    world.begin(&delivery.id, world.at).await;
    let reason = Reason { class: "status".to_owned(), status: Some(404), ..Reason::default() };
    let outcome = Outcome::Rejected { reason };
    world.settle(&delivery.id, outcome.clone(), DeliveryFate::Dead).await;
    let (dead, attempts) = world.store.delivery(&delivery.id).await.unwrap().unwrap();
    assert_eq!((dead.state, attempts.len(), &attempts[0].outcome), (DeliveryState::Dead, 1, &Some(outcome)));
    world.at = crate::clock::later(world.at, SignedDuration::from_mins(1));
    assert_eq!(world.retry(&delivery.id).await, DeliveryChanged::Due(world.at));
    let due = world.due().await;
    assert_eq!((due[0].state, due[0].replayed, &due[0].body), (DeliveryState::Pending, true, &delivery.body));
    assert!(world.store.check().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_pruned_item_does_not_count_as_new_again() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    world.visit("una", vec![item("https://a.org/1", LONG)], true).await;
    let delivery = world.due().await.remove(0);
    world.begin(&delivery.id, world.at).await;
    let delivered = Outcome::Delivered { status: None };
    world.settle(&delivery.id, delivered, DeliveryFate::Delivered).await;
    let (texts, deliveries) = (SignedDuration::from_hours(365 * 24), SignedDuration::from_hours(90 * 24));
    assert_eq!(world.store.prune(texts, deliveries, world.at).await.unwrap(), PruneReport::default());
    world.at = crate::clock::later(world.at, SignedDuration::from_hours(400 * 24));
    let pruned = world.store.prune(texts, deliveries, world.at).await.unwrap();
    assert_eq!(pruned, PruneReport { deliveries: 1, alerts: 1, texts: 1, items: 0, alerted: 0, index: pruned.index });
    assert_eq!(world.store.prune(texts, deliveries, world.at).await.unwrap(), PruneReport::default());
    let again = world.visit("una", vec![item("https://a.org/1", LONG)], true).await;
    assert_eq!((again.new, again.known, again.alerts), (0, 1, 0));
    assert!(world.store.check().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_text_of_an_item_stays_while_an_unchanged_document_lists_it() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    world.store.sync_sources(&[(source_named("una"), world.at)], world.at).await.unwrap();
    world.visit("una", vec![item("https://a.org/1", LONG)], true).await;
    world.ended("una", true).await;
    let (month, year) = (SignedDuration::from_hours(30 * 24), SignedDuration::from_hours(365 * 24));
    world.at = crate::clock::later(world.at, year);
    world.ended("una", false).await;
    let pruned = world.store.prune(month, year * 9, world.at).await.unwrap();
    assert_eq!(pruned, PruneReport { index: pruned.index, ..PruneReport::default() });
    // A document that was read without the item does not list it any more.
    world.at = crate::clock::later(world.at, month);
    world.ended("una", true).await;
    assert_eq!(world.store.prune(month, year * 9, world.at).await.unwrap().texts, 1);
}

#[tokio::test]
async fn an_upgrade_does_not_alert_known_items_again() {
    use sqlx::{Connection, Executor};

    let bare = |address: &str, title: &str| Item {
        address: Address::parse(address).ok(),
        title: title.to_owned(),
        ..Item::default()
    };
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let before = vec![
        bare("https://a.org/n?id=1&PHPSESSID=0a1b2c3d", "Council meets"),
        bare("https://a.org/n?z=1&a=2", "Talks"),
        bare("https://a.org/plain", "Plain"),
    ];
    assert_eq!(world.visit("una", before, true).await.new, 3);
    let folder = world.store.path().parent().unwrap().to_owned();
    let StoreFixture { store, _folder, at, watches } = world;
    drop(store);
    // As the previous version stored it: short titles have no key, and parameters are not normalized.
    let old = "delete from meta where key = 'key_version'; delete from item_key where kind in ('place', 'body');
               delete from item_key where kind = 'address' and item in (select number from item where instr(address, '?') > 0)";
    let path = folder.join("marsad.db");
    let mut connection = sqlx::SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    connection.execute(old).await.unwrap();
    connection.close().await.unwrap();
    let mut world = StoreFixture { store: reopened(&folder).await, _folder, at, watches };
    let after = vec![
        bare("https://a.org/n?id=1&PHPSESSID=9f8e7d6c", "Council meets"),
        bare("https://a.org/n?a=2&z=1", "Talks"),
        bare("https://a.org/plain", "Plain"),
    ];
    let again = world.visit("una", after, true).await;
    assert_eq!((again.new, again.known, again.alerts), (0, 3, 0));
}

#[tokio::test]
async fn f32_a_second_daemon_on_one_state_folder_is_rejected() {
    let world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let folder = world.store.path().parent().unwrap();
    assert!(Store::open(folder).await.unwrap_err().is_locked());
    assert!(Store::open_shared(folder).await.is_ok());
}

#[tokio::test]
async fn f21_a_file_that_is_no_database_is_rejected_and_not_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("marsad.db");
    std::fs::write(&path, b"this is no database, and it is longer than a header of one hundred bytes. ".repeat(20))
        .unwrap();
    let before = std::fs::read(&path).unwrap();
    let error = Store::open(folder.path()).await.unwrap_err();
    assert!(error.is_corrupt(), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn a_write_that_panics_rolls_back_only_itself() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let none = FoldedContent::of(&Item::default()).hash;
    let probe = ItemProbe { item: item("https://a.org/1", LONG), hash: none, content: none, keys: Vec::new() };
    let poison = Candidate::new(probe, Verdict::Known(404), true);
    let admission = Admission {
        source: source_named("una"),
        at: world.at,
        seen_at: world.at,
        settle: None,
        new_items: None,
        is_flood: false,
        candidates: vec![poison],
        watches: Arc::clone(&world.watches),
        channels: Vec::new(),
        settings: render::RenderSettings::default(),
    };
    assert!(world.store.admit(admission).await.is_err());
    assert_eq!(world.visit("una", vec![item("https://a.org/1", LONG)], true).await.new, 1);
}
