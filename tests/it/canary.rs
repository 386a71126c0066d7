//! Tests the daily test of every channel.

use jiff::{SignedDuration, Timestamp};
use marsad::store::{DeliveryState, ItemQuery};
use serde_json::Value;

use super::site::Page;
use super::world::{SECRET, World, body, feed, watch};

/// The clock of a world begins on 15 January 2027 at 08:00 UTC.
const MORE: &str = "\n[health]\nalert = [\"desk\"]\ncanary = \"daily 06:00\"\n";

fn broken_channel() -> String {
    format!("\n[[channel]]\nid = \"broken\"\nwebhook = \"{{site}}/hook\"\nsecret = {{ value = \"{SECRET}\" }}\n")
}

async fn world(more: &str) -> World {
    let watch = watch("all", "test", &["desk", "press"]);
    World::with(&format!("{MORE}{more}{}{watch}", feed("wire", "/feed"))).await
}

async fn step(world: &World, since: Timestamp) {
    world.pipeline.step_canary(&world.setup.config, since).await.unwrap();
    world.deliver().await;
}

fn events(world: &World, kind: &str) -> Vec<Value> {
    world.receiver.letters().iter().map(body).filter(|event| event["type"] == kind).collect()
}

#[tokio::test]
async fn every_channel_gets_one_test_a_day_and_nothing_else_knows_of_it() {
    let mut world = world("").await;
    let since = world.clock.now();
    step(&world, since).await;
    assert_eq!(events(&world, "test.ping").len(), 0, "the time had passed before the start");
    for day in 1..=2 {
        world.wait(SignedDuration::from_hours(23));
        for _ in 0..4 {
            step(&world, since).await;
            world.wait(SignedDuration::from_mins(15));
        }
        world.restart().await;
        assert_eq!((events(&world, "test.ping").len(), world.mailbox.mails().len()), (day, day));
    }
    let tests = events(&world, "test.ping");
    assert_eq!(
        (&tests[0]["data"]["test"], &tests[0]["data"]["canary"]),
        (&true.into(), &"canary-2027-01-16T06:00Z".into())
    );
    assert!(tests[0]["data"]["message"].as_str().unwrap().starts_with("TEST: daily test of marsad"));
    assert!(
        world.mailbox.mails()[0].subject().starts_with("[marsad] Test: "),
        "{}",
        world.mailbox.mails()[0].subject()
    );
    assert_eq!(events(&world, "canary.failed").len(), 0);
    assert_eq!(world.pipeline.store.items(&ItemQuery { limit: 9, ..ItemQuery::default() }).await.unwrap().len(), 0);
    assert_eq!(world.pipeline.store.stories(None, 9).await.unwrap().len(), 0);
    assert_eq!(world.pipeline.store.counts().await.unwrap().alerts, 0);
}

#[tokio::test]
async fn a_channel_that_does_not_deliver_the_test_is_named_once_through_the_others() {
    let world = world(&broken_channel()).await;
    world.site.put("/hook", Page { status: 503, ..Page::default() });
    let since = world.clock.now();
    world.wait(SignedDuration::from_hours(23));
    for _ in 0..20 {
        step(&world, since).await;
        world.wait(SignedDuration::from_mins(1));
    }
    let failed = events(&world, "canary.failed");
    assert_eq!(failed.len(), 1);
    let channel = &failed[0]["data"]["channels"][0];
    assert_eq!((&channel["channel"], &channel["delivered"]), (&"broken".into(), &0.into()));
    assert!(
        failed[0]["data"]["message"].as_str().unwrap().starts_with("1 of 3 channels did not deliver the daily test")
    );
    assert_eq!(world.count(DeliveryState::Cancelled).await, 1, "a late test is not sent");
    assert_eq!(world.mailbox.mails().len(), 1, "only health.alert is told");
}

#[tokio::test]
async fn a_channel_of_health_alert_that_fails_is_named_through_all_that_work() {
    let more = format!("{}{}", broken_channel(), watch("other", "council", &["broken"]));
    let mut world = world(&more).await;
    let text = std::fs::read_to_string(world.path()).unwrap();
    std::fs::write(world.path(), text.replace("alert = [\"desk\"]\ncanary", "alert = [\"broken\"]\ncanary")).unwrap();
    world.restart().await;
    world.site.put("/hook", Page { status: 503, ..Page::default() });
    let since = world.clock.now();
    world.wait(SignedDuration::from_hours(23));
    step(&world, since).await;
    world.wait(SignedDuration::from_mins(15));
    step(&world, since).await;
    assert_eq!((events(&world, "canary.failed").len(), world.mailbox.mails().len()), (1, 2));
}

#[tokio::test]
async fn a_missed_test_is_made_up_for_at_the_start() {
    let mut world = world("").await;
    let since = world.clock.now();
    world.wait(SignedDuration::from_hours(23));
    step(&world, since).await;
    world.wait(SignedDuration::from_hours(50));
    world.restart().await;
    let since = world.clock.now();
    step(&world, since).await;
    step(&world, since).await;
    assert_eq!(events(&world, "test.ping").len(), 2);
}
