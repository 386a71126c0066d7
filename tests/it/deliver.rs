//! Tests deliveries that the receiver does not accept.

use jiff::SignedDuration;
use marsad::loopback::mailbox::MailboxRefusal;
use marsad::loopback::receiver::ScriptedReply;
use marsad::store::DeliveryState;

use super::world::{TEXT, World, feed, watch};

#[tokio::test]
async fn a_retry_sends_the_same_bytes_with_the_same_id() {
    let world = World::watching("council").await;
    world.receiver.answer_with([ScriptedReply::status(500)]);
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    world.deliver().await;
    assert_eq!(world.receiver.letters().len(), 1, "nothing is tried again at once");
    world.wait(SignedDuration::from_secs(7));
    world.deliver().await;
    let letters = world.receiver.letters();
    assert_eq!(letters.len(), 2);
    assert_eq!((&letters[0].id, &letters[0].body), (&letters[1].id, &letters[1].body));
    assert!(letters.iter().all(|letter| letter.signature.is_ok()));
}

#[tokio::test]
async fn f07_a_receiver_that_asks_for_an_hour_gets_an_hour() {
    let world = World::watching("council").await;
    world.receiver.answer_with([ScriptedReply { status: 429, retry_after: Some("3600".into()), location: None }]);
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    world.wait(SignedDuration::from_mins(59));
    world.deliver().await;
    assert_eq!(world.receiver.letters().len(), 1);
    world.wait(SignedDuration::from_mins(2));
    world.deliver().await;
    assert_eq!(world.receiver.letters().len(), 2);
}

#[tokio::test]
async fn f12_a_redirect_is_a_failure_and_is_not_followed() {
    let mut world = World::watching("council").await;
    let elsewhere = world.site.url("/elsewhere");
    world.receiver.answer_with([ScriptedReply { status: 302, retry_after: None, location: Some(elsewhere) }]);
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    assert_eq!(world.site.times("/elsewhere"), 0);
    assert_eq!(world.count(DeliveryState::Delivered).await, 0);
    world.may_have_due_deliveries();
}

#[tokio::test]
async fn f06_a_delivery_is_dead_after_ten_failures_in_three_days() {
    let world = World::watching("council").await;
    world.receiver.answer_with((0..20).map(|_| ScriptedReply::status(500)));
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    for _ in 0..200 {
        world.wait(SignedDuration::from_mins(30));
        world.deliver().await;
    }
    assert_eq!(world.receiver.letters().len(), 10);
    assert_eq!(world.count(DeliveryState::Dead).await, 1);
}

#[tokio::test]
async fn first_attempts_are_sent_in_the_order_of_sequence_numbers() {
    let world = World::watching("council").await;
    let text = |n: &str| format!("Council paper {n} {n} speaks of {n} harbours, {n} lamps and the price of {n} ropes.");
    let (a, b, c) = (text("alpha"), text("beta"), text("gamma"));
    let items =
        [("c", "Council gamma", c.as_str()), ("b", "Council beta", b.as_str()), ("a", "Council alpha", a.as_str())];
    world.site.feed("/feed", &items);
    world.bring("wire").await;
    let numbers: Vec<_> =
        world.receiver.letters().iter().map(|letter| super::world::body(letter)["data"]["seq"].clone()).collect();
    assert_eq!(numbers, [1, 2, 3]);
}

#[tokio::test]
async fn a_mail_has_the_complete_headline_and_one_message_id() {
    let title = "الأمين العام لمنظمة التعاون الإسلامي يفتتح اجتماع خبراء المياه";
    let world =
        World::with(&format!("{}{}", feed("wire", "/feed"), watch("oic", "منظمة التعاون الإسلامي", &["press"]))).await;
    world.site.feed("/feed", &[("old", "خبر قديم", "نص قديم.")]);
    world.visit("wire").await;
    world.mailbox.refuse([MailboxRefusal { verb: "DATA", reply: "451 4.7.1 come back later" }]);
    world.site.feed("/feed", &[("one", title, "نص الخبر في سطر واحد.")]);
    world.bring("wire").await;
    assert!(world.mailbox.mails().is_empty());
    world.wait(SignedDuration::from_mins(20));
    world.deliver().await;
    let mails = world.mailbox.mails();
    assert_eq!(mails.len(), 1);
    let subject: String = mails[0].subject().chars().filter(|c| !('\u{2066}'..='\u{2069}').contains(c)).collect();
    assert!(subject.contains(title), "{subject}");
    assert!(mails[0].text().contains(&world.site.url("/one")));
    assert!(mails[0].message_id().starts_with('<'));
    assert_eq!(mails[0].to, ["press@example.org"]);
}

#[tokio::test]
async fn a_process_killed_after_sending_repeats_the_delivery_with_the_same_id() {
    let mut world = World::watching("council").await;
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.visit("wire").await;
    let desk = marsad::channel::ChannelId::new("desk");
    let store = &world.pipeline.store;
    let due = store.due_deliveries(&desk, world.clock.now(), 1).await.unwrap();
    let due = store.due_delivery(due[0], world.clock.now()).await.unwrap().unwrap();
    // The attempt is stored, the request was sent, and the process died before it could store the outcome.
    let next = marsad::clock::later(world.clock.now(), SignedDuration::from_secs(5));
    let claim = store.claim(&due.id).unwrap();
    assert_eq!(store.begin_attempt(&claim, world.clock.now(), next).await.unwrap(), Some(1));
    drop(claim);
    world.restart().await;
    world.deliver().await;
    assert_eq!(world.receiver.letters().len(), 0, "no second attempt sooner than five seconds");
    world.wait(SignedDuration::from_secs(6));
    world.deliver().await;
    let letters = world.receiver.letters();
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].id.as_str(), &letters[0].body), (due.id.as_str(), &due.body));
}
