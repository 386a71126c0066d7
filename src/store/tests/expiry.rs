//! Tests retention over years.

use super::*;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const TEXTS: SignedDuration = SignedDuration::from_hours(365 * 24);
const DELIVERIES: SignedDuration = SignedDuration::from_hours(90 * 24);

async fn pruned(world: &StoreFixture) -> PruneReport {
    let mut sum = PruneReport::default();
    loop {
        let step = world.store.prune(TEXTS, DELIVERIES, world.at).await.unwrap();
        if step == PruneReport::default() {
            return sum;
        }
        sum.texts += step.texts;
        sum.items += step.items;
        sum.alerted += step.alerted;
        sum.deliveries += step.deliveries;
    }
}

/// Delivers everything that is due.
async fn delivered(world: &StoreFixture) {
    for delivery in world.due().await {
        let number = world.begin(&delivery.id, world.at).await.unwrap();
        let (outcome, fate) = (Outcome::Delivered { status: None }, DeliveryFate::Delivered);
        let end = AttemptEnd { outcome, fate, at: world.at, took: Duration::ZERO };
        world.store.settle(&channel(), &delivery.id, number, &end).await.unwrap();
    }
}

#[tokio::test]
async fn nothing_comes_back_as_new_within_a_year_after_its_last_listing() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    world.store.sync_sources(&[(source_named("una"), world.at)], world.at).await.unwrap();
    let listed = || vec![item("https://a.org/1", LONG)];
    assert_eq!(world.visit("una", listed(), true).await.alerts, 1);
    delivered(&world).await;
    // A page that stays in the list of its site for three years.
    for _ in 0..36 {
        world.at = crate::clock::later(world.at, DAY * 30);
        assert_eq!(world.visit("una", listed(), true).await.alerts, 0);
        world.ended("una", true).await;
        let report = pruned(&world).await;
        assert_eq!((report.items, report.texts, report.alerted), (0, 0, 0));
    }
    // Then it leaves the list; its text is deleted after a year, the memory of it after two.
    for month in 1..=23 {
        world.at = crate::clock::later(world.at, DAY * 30);
        world.ended("una", true).await;
        let report = pruned(&world).await;
        assert_eq!(report.items, 0, "in month {month}");
    }
    assert_eq!(world.store.counts().await.unwrap().items, 1);
    assert!(world.store.content(1).await.unwrap().unwrap().summary.is_empty());
    let again = world.visit("una", listed(), true).await;
    assert_eq!((again.new, again.alerts), (0, 0), "it was listed less than two years ago");
}

#[tokio::test]
async fn what_was_alerted_is_forgotten_only_with_the_item() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    world.store.sync_sources(&[(source_named("una"), world.at)], world.at).await.unwrap();
    let listed = || vec![item("https://a.org/1", LONG)];
    assert_eq!(world.visit("una", listed(), true).await.alerts, 1);
    delivered(&world).await;
    for _ in 0..60 {
        world.at = crate::clock::later(world.at, DAY * 30);
        world.visit("una", listed(), true).await;
        world.ended("una", true).await;
        pruned(&world).await;
    }
    // After five years in the list, another source links to it for the first time.
    let linked = world.visit("wire", listed(), true).await;
    assert_eq!((linked.alerts, world.store.counts().await.unwrap().items), (0, 1));
    // Two years and a month after its last listing, nothing of it is left.
    for _ in 0..26 {
        world.at = crate::clock::later(world.at, DAY * 30);
        world.ended("una", true).await;
        pruned(&world).await;
    }
    let left = world.store.counts().await.unwrap();
    assert_eq!((left.items, left.alerts, left.deliveries.len()), (0, 0, 0));
    assert!(world.store.check().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_item_is_known_as_long_as_its_alerts_are_kept() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let listed = || vec![item("https://a.org/1", LONG)];
    assert_eq!(world.visit("una", listed(), true).await.alerts, 1);
    delivered(&world).await;
    world.at = crate::clock::later(world.at, DAY * 1_000);
    let kept = world.store.prune(DAY, DAY * 3_650, world.at).await.unwrap();
    assert_eq!((kept.items, kept.alerts), (0, 0));
    assert_eq!(world.visit("una", listed(), true).await.new, 0);
    // Without its alerts it is forgotten, and is news under its old id.
    world.at = crate::clock::later(world.at, DAY * 4_000);
    world.store.prune(DAY, DAY * 3_650, world.at).await.unwrap();
    assert_eq!(world.store.counts().await.unwrap().items, 0);
    let again = world.visit("una", listed(), true).await;
    assert_eq!((again.new, again.alerts), (1, 1));
}
