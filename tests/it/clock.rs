//! Tests deliveries after the clock was set or was wrong.

use jiff::SignedDuration;
use marsad::loopback::receiver::ScriptedReply;
use marsad::store::{DeliveryQuery, DeliveryState};

use super::world::{TEXT, World, feed, watch};

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A world in which one delivery failed and is to be retried.
async fn refused() -> World {
    let world = World::watching("council").await;
    world.receiver.answer_with([ScriptedReply::status(500)]);
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    world
}

/// Sends what is due after a few seconds; returns the number of requests so far.
async fn tried_after(world: &World, seconds: i64) -> usize {
    world.wait(SignedDuration::from_secs(seconds));
    world.deliver().await;
    world.receiver.letters().len()
}

#[tokio::test]
async fn a_clock_that_is_set_back_delays_no_retry() {
    for back in [HOUR, HOUR * 24, HOUR * 24 * 366 * 50] {
        let world = refused().await;
        world.hands.set_by(-back);
        world.bring_forward().await;
        assert_eq!(tried_after(&world, 4).await, 1, "no repeat comes sooner than 5 s");
        assert_eq!(tried_after(&world, 3).await, 2);
        assert_eq!(tried_after(&world, 3_600).await, 2, "one attempt was enough");
    }
}

#[tokio::test]
async fn a_clock_that_jumps_a_day_forward_and_back_delays_no_retry() {
    let world = World::watching("council").await;
    world.receiver.answer_with([ScriptedReply::status(500), ScriptedReply::status(500)]);
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    world.hands.set_by(HOUR * 24);
    world.deliver().await;
    assert_eq!(world.receiver.letters().len(), 2);
    world.hands.set_by(-HOUR * 24);
    world.bring_forward().await;
    assert_eq!(tried_after(&world, 200).await, 2, "the second pause is five minutes");
    assert_eq!(tried_after(&world, 200).await, 3);
}

#[tokio::test]
async fn a_first_attempt_that_a_wrong_clock_delayed_is_sent_in_its_slot() {
    let channel = "\n[[channel]]\nid = \"daily\"\nwebhook = \"{site}/hook\"\nsend = \"daily 08:00\"\n";
    let more = format!("{}{channel}{}", feed("wire", "/feed"), watch("watched", "council", &["daily"]));
    let mut world = World::with(&more).await;
    world.site.feed("/feed", &[("before", "Old lighthouse reopens", "What stood there before the first visit.")]);
    world.visit("wire").await;
    world.hands.set_by(HOUR * 24 * 3);
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    world.hands.set_by(-HOUR * 24 * 3);
    world.bring_forward().await;
    let (_, delivery) = world
        .pipeline
        .store
        .deliveries(&DeliveryQuery { limit: 1, ..DeliveryQuery::default() })
        .await
        .unwrap()
        .remove(0);
    let wait = delivery.next_attempt_at.unwrap().duration_since(world.clock.now());
    assert!(wait > SignedDuration::ZERO && wait <= HOUR * 24, "{wait:#}");
    assert_eq!(world.count(DeliveryState::Pending).await, 1);
    world.may_have_due_deliveries();
}
