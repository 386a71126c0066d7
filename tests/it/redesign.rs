//! Tests a redesign of a site: its old items come under new addresses, and their alerts wait for a decision.

use jiff::{SignedDuration, Timestamp};
use marsad::store::DeliveryState;
use serde_json::Value;

use super::world::{World, body, feed, watch};

/// Serves a feed of these (path, title, day).
fn serve(world: &World, items: &[(String, String, Option<Timestamp>)]) {
    let items: String = items
        .iter()
        .map(|(path, title, day)| {
            let address = world.site.url(path);
            let date = day.map_or(String::new(), |day| {
                format!("<pubDate>{}</pubDate>", day.strftime("%a, %d %b %Y %H:%M:%S +0000"))
            });
            format!("<item><title>{title}</title><link>{address}</link><guid>{address}</guid>{date}</item>")
        })
        .collect();
    let link = world.site.url("/");
    let text = format!("<rss version=\"2.0\"><channel><title>t</title><link>{link}</link>{items}</channel></rss>");
    world.site.set("/feed", "application/rss+xml; charset=utf-8", &text);
}

fn days_ago(world: &World, days: i64) -> Option<Timestamp> {
    Some(world.clock.now() - SignedDuration::from_hours(24 * days))
}

/// A world after a quiet first visit of ten items that no watch matches, and an ordinary new item.
async fn world() -> World {
    let health = "\n[health]\nalert = [\"press\"]\n";
    let world = World::with(&format!("{health}{}{}", feed("wire", "/feed"), watch("all", "council", &["desk"]))).await;
    let old: Vec<_> =
        (0..10).map(|n| (format!("/a/{n}"), format!("Lighthouse number {n} reopens today"), None)).collect();
    serve(&world, &old);
    world.bring("wire").await;
    world.wait(SignedDuration::from_mins(10));
    world
}

/// Ten items about the council, this many days old, under addresses that no visit has seen.
fn archive(world: &World, days: i64) -> Vec<(String, String, Option<Timestamp>)> {
    let item = |n| (format!("/b/{n}"), format!("The council meets for session {n}"), days_ago(world, days));
    (0..10).map(item).collect()
}

/// The flood events that were raised, as the receiver of mail gets them.
fn floods(world: &World) -> usize {
    world.mailbox.mails().iter().filter(|mail| mail.text().contains("source.flood")).count()
}

/// How many alerts the receiver got in digests.
fn gathered(world: &World) -> u64 {
    let letters = world.receiver.letters();
    letters.iter().filter_map(|letter| body(letter)["data"]["total"].as_u64()).sum()
}

#[tokio::test]
async fn f35_old_items_at_new_addresses_wait_until_they_are_accepted() {
    let mut world = world().await;
    serve(&world, &archive(&world, 40));
    let visit = world.bring("wire").await;
    assert_eq!((visit.admitted.new, visit.admitted.held, visit.admitted.alerts), (10, 10, 0));
    world.restart().await;
    world.wait(SignedDuration::from_mins(10));
    world.bring("wire").await;
    assert_eq!((world.alerted().len(), floods(&world)), (0, 1));
    let source = world.setup.config.source("wire").unwrap();
    let accepted = world.pipeline.accept_flood(source, &world.setup.config).await.unwrap();
    world.deliver().await;
    assert_eq!((accepted.alerts, gathered(&world), world.receiver.letters().len()), (10, 10, 1));
    let again = world.pipeline.accept_flood(source, &world.setup.config).await.unwrap();
    assert_eq!(again.alerts, 0);
}

#[tokio::test]
async fn discarded_items_are_seen_and_never_alert() {
    let world = world().await;
    serve(&world, &archive(&world, 40));
    world.bring("wire").await;
    let source = &world.setup.config.source("wire").unwrap().id;
    assert_eq!(world.pipeline.discard_flood(source).await.unwrap(), 10);
    world.wait(SignedDuration::from_hours(7));
    world.pipeline.accept_overdue_floods(&world.setup.config).await.unwrap();
    world.bring("wire").await;
    assert_eq!(world.alerted().len(), 0);
    let mut newer = archive(&world, 40);
    newer.insert(0, ("/b/11".to_owned(), "The council meets once more today".to_owned(), days_ago(&world, 0)));
    serve(&world, &newer);
    world.bring("wire").await;
    assert_eq!(world.alerted(), ["The council meets once more today"]);
}

#[tokio::test]
async fn without_a_decision_the_alerts_leave_after_six_hours() {
    let world = world().await;
    serve(&world, &archive(&world, 40));
    world.bring("wire").await;
    world.wait(SignedDuration::from_mins(5 * 60 + 59));
    world.pipeline.accept_overdue_floods(&world.setup.config).await.unwrap();
    assert_eq!(world.count(DeliveryState::Pending).await, 0);
    world.wait(SignedDuration::from_mins(1));
    world.pipeline.accept_overdue_floods(&world.setup.config).await.unwrap();
    world.deliver().await;
    assert_eq!(gathered(&world), 10);
}

#[tokio::test]
async fn recent_items_do_not_wait_however_many_there_are() {
    let world = world().await;
    serve(&world, &archive(&world, 0));
    let visit = world.bring("wire").await;
    assert_eq!((visit.admitted.held, floods(&world)), (0, 0));
}

#[tokio::test]
async fn undated_items_wait_if_they_resemble_those_that_were_listed_before() {
    let world = world().await;
    let titles: Vec<(String, Option<Timestamp>)> =
        (0..10).map(|n| (format!("The council meets for session {n}"), None)).collect();
    let at = |folder: &str| -> Vec<_> {
        titles.iter().enumerate().map(|(n, (title, day))| (format!("/{folder}/{n}"), title.clone(), *day)).collect()
    };
    serve(&world, &at("b"));
    world.bring("wire").await;
    let before = world.alerted().len();
    world.wait(SignedDuration::from_mins(10));
    serve(&world, &at("new/c"));
    let visit = world.bring("wire").await;
    assert_eq!((visit.admitted.new, visit.admitted.held), (10, 10));
    assert_eq!(world.alerted().len(), before);
}

#[tokio::test]
async fn the_event_names_the_items_and_the_commands() {
    let health = "\n[health]\nalert = [\"desk\"]\n";
    let world = World::with(&format!("{health}{}{}", feed("wire", "/feed"), watch("all", "council", &["press"]))).await;
    let old: Vec<_> =
        (0..10).map(|n| (format!("/a/{n}"), format!("Lighthouse number {n} reopens today"), None)).collect();
    serve(&world, &old);
    world.bring("wire").await;
    world.wait(SignedDuration::from_mins(10));
    serve(&world, &archive(&world, 40));
    world.bring("wire").await;
    let events: Vec<Value> = world.receiver.letters().iter().map(body).collect();
    let flood = events.iter().find(|event| event["type"] == "source.flood").unwrap();
    assert_eq!((&flood["data"]["items"], flood["data"]["samples"].as_array().unwrap().len()), (&Value::from(10), 3));
    let message = flood["data"]["message"].as_str().unwrap();
    assert!(message.contains("marsad sources accept wire") && message.contains("marsad sources discard wire"));
    assert!(!events.iter().any(|event| event["type"] == "source.gap"), "the event says more than source.gap");
}

#[tokio::test]
async fn an_accepted_flood_leaves_as_one_digest_however_many_items_waited() {
    let world = world().await;
    let item = |n: usize| {
        let title = format!("The council meets for session {n} of the {}", ["islands", "ports", "hills"][n % 3]);
        (format!("/b/{n}"), title, days_ago(&world, 40))
    };
    serve(&world, &(0..120).map(item).collect::<Vec<_>>());
    assert_eq!(world.bring("wire").await.admitted.held, 120);
    let source = world.setup.config.source("wire").unwrap();
    let accepted = world.pipeline.accept_flood(source, &world.setup.config).await.unwrap();
    world.deliver().await;
    let letters = world.receiver.letters();
    let totals: Vec<_> = letters.iter().map(|letter| body(letter)["data"]["total"].clone()).collect();
    assert_eq!((accepted.alerts, totals), (120, vec![120.into()]));
}
