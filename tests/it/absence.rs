//! Tests watches, channels and sources that were removed briefly and then returned.

use jiff::SignedDuration;
use marsad::store::DeliveryState;

use super::world::{TEXT, World, feed, watch};

const OTHER: &str = "Another text with other words, about harbours, lamps, clinics and the price of ropes in winter.";
const OLD: (&str, &str, &str) = ("before", "Old lighthouse reopens", "What stood there before the first visit.");

fn wire(more: &str) -> String {
    format!("{}{more}", feed("wire", "/feed"))
}

/// A world whose watch for clinics is removed; an item is published meanwhile.
async fn without_its_watch(more: &str) -> World {
    let mut world = World::watching("clinics").await;
    world.reconfigure(&wire(more)).await;
    world.wait(SignedDuration::from_secs(30));
    world.site.feed("/feed", &[("one", "The council meets", TEXT), OLD]);
    assert_eq!(world.bring("wire").await.admitted.alerts, 0);
    world
}

async fn back(world: &mut World, more: &str) {
    world.reconfigure(&wire(&format!("{}{more}", watch("watched", "clinics", &["desk"])))).await;
    world.deliver().await;
}

#[tokio::test]
async fn a_briefly_removed_watch_alerts_once_for_items_it_missed() {
    let mut world = without_its_watch("").await;
    back(&mut world, "").await;
    assert_eq!(world.alerted(), ["The council meets"]);
    back(&mut world, "").await;
    world.restart().await;
    world.bring("wire").await;
    assert_eq!(world.alerted().len(), 1);
    world.site.feed("/feed", &[("two", "A second council", OTHER), ("one", "The council meets", TEXT), OLD]);
    world.bring("wire").await;
    assert_eq!(world.alerted().len(), 2);
}

#[tokio::test]
async fn a_watch_that_returns_with_a_restart_looks_back_too() {
    let mut world = without_its_watch("").await;
    world.restart().await;
    back(&mut world, "").await;
    assert_eq!(world.alerted(), ["The council meets"]);
}

#[tokio::test]
async fn a_watch_that_was_removed_for_long_looks_forward_only() {
    let mut world = without_its_watch("").await;
    world.wait(SignedDuration::from_mins(11));
    back(&mut world, "").await;
    assert!(world.alerted().is_empty(), "{:?}", world.alerted());
}

#[tokio::test]
async fn a_new_watch_looks_forward_only() {
    let mut world = without_its_watch(&watch("other", "lighthouse", &["desk"])).await;
    world.reconfigure(&wire(&watch("new", "clinics", &["desk"]))).await;
    world.deliver().await;
    assert!(world.alerted().is_empty(), "{:?}", world.alerted());
}

#[tokio::test]
async fn an_item_that_alerted_before_a_watch_was_removed_does_not_alert_again() {
    let mut world = World::watching("clinics").await;
    world.site.feed("/feed", &[("one", "The council meets", TEXT), OLD]);
    world.bring("wire").await;
    world.reconfigure(&format!("{}{}", wire(""), feed("paper", "/paper"))).await;
    world.site.feed("/paper", &[OLD]);
    world.bring("paper").await;
    world.site.feed("/paper", &[("copy", "The council meets", TEXT), OLD]);
    world.bring("paper").await;
    back(&mut world, &feed("paper", "/paper")).await;
    assert_eq!(world.alerted(), ["The council meets"]);
}

#[tokio::test]
async fn items_of_a_quiet_first_visit_during_an_absence_do_not_alert() {
    let mut world = without_its_watch(&feed("paper", "/paper")).await;
    world.site.feed("/paper", &[("stood", "Clinics reopen", OTHER)]);
    world.bring("paper").await;
    back(&mut world, &feed("paper", "/paper")).await;
    assert_eq!(world.alerted(), ["The council meets"]);
}

#[tokio::test]
async fn a_returning_watch_alerts_for_a_revision_that_first_matched_during_its_absence() {
    let mut world = World::watching("envoy").await;
    world.site.feed("/feed", &[("one", "The council meets", TEXT), OLD]);
    world.bring("wire").await;
    world.reconfigure(&wire("")).await;
    world.wait(SignedDuration::from_secs(30));
    world.site.feed("/feed", &[("one", "The council meets", &format!("{TEXT} The envoy was there.")), OLD]);
    assert_eq!(world.bring("wire").await.admitted.revised, 1);
    world.reconfigure(&wire(&watch("watched", "envoy", &["desk"]))).await;
    world.deliver().await;
    assert_eq!(world.alerted(), ["The council meets"]);
}

#[tokio::test]
async fn a_briefly_removed_channel_gets_each_missed_alert_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("archive.jsonl");
    let archive = format!("\n[[channel]]\nid = \"archive\"\nfile = {file:?}\n");
    let both = wire(&format!("{}{archive}", watch("watched", "clinics", &["desk", "archive"])));
    let mut world = World::with(&both).await;
    world.site.feed("/feed", &[OLD]);
    world.visit("wire").await;
    world.reconfigure(&wire(&watch("watched", "clinics", &["desk"]))).await;
    world.site.feed("/feed", &[("one", "The council meets", TEXT), OLD]);
    world.bring("wire").await;
    for _ in 0..2 {
        world.reconfigure(&both).await;
        world.deliver().await;
    }
    let lines = std::fs::read_to_string(&file).unwrap();
    assert_eq!((world.alerted().len(), lines.lines().count()), (1, 1), "{lines}");
    assert_eq!(world.count(DeliveryState::Delivered).await, 2);
}

#[tokio::test]
async fn a_briefly_removed_source_alerts_for_items_published_meanwhile() {
    let mut world = World::watching("clinics").await;
    world.reconfigure(&watch("watched", "clinics", &["desk"])).await;
    world.site.feed("/feed", &[("one", "The council meets", TEXT), OLD]);
    back(&mut world, "").await;
    world.bring("wire").await;
    assert_eq!(world.alerted(), ["The council meets"]);
}
