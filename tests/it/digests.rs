//! Tests digests from a site to its readers.

use jiff::SignedDuration;
use marsad::store::DeliveryState;
use serde_json::Value;

use super::world::{World, body, feed, source, watch};

const MORNING: &str = "\n[[channel]]\nid = \"morning\"\nfile = \"morning.jsonl\"\nsend = \"daily 20:00\"\n";

fn wire(follow: &str) -> String {
    source("wire", "feed", "/feed", &format!("follow = \"{follow}\""))
}

/// A sentence about the council that shares no other word with that of another number.
fn sentence(n: usize) -> String {
    let letter = |bits: usize| char::from(b"abcdefghijklmnop"[bits % 16]);
    let word = |k: usize| {
        let mixed = (n * 16 + k + 1).wrapping_mul(2_654_435_761) % (1 << 32);
        (0..8).map(|at| letter(mixed >> (4 * at))).collect::<String>()
    };
    format!("The council met for {}.", (0..16).map(word).collect::<Vec<_>>().join(" "))
}

/// Serves items of different texts, newest first, all about the council.
fn serve(world: &World, numbers: std::ops::Range<usize>) {
    let items: Vec<(String, String, String)> =
        numbers.rev().map(|n| (format!("paper-{n}"), format!("Council paper {n}"), sentence(n))).collect();
    let items: Vec<_> =
        items.iter().map(|(slug, title, text)| (slug.as_str(), title.as_str(), text.as_str())).collect();
    world.site.feed("/feed", &items);
}

/// The bodies that the channel `morning` wrote.
fn written(world: &World) -> Vec<Value> {
    let path = world.path().with_file_name("morning.jsonl");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

async fn quiet_start(more: &str) -> World {
    let world = World::with(more).await;
    world.site.feed("/feed", &[("before", "Old lighthouse reopens", "What stood there before the first visit.")]);
    world.visit("wire").await;
    world
}

#[tokio::test]
async fn f36_a_site_that_returns_with_500_items_is_one_digest_per_channel() {
    let world =
        quiet_start(&format!("{}{}", feed("wire", "/feed"), watch("council", "council", &["desk", "press"]))).await;
    world.wait(SignedDuration::from_hours(24));
    serve(&world, 0..500);
    let visit = world.bring("wire").await;
    assert_eq!(visit.admitted.alerts, 500);
    let letters = world.receiver.letters();
    assert_eq!(letters.len(), 1);
    let data = &body(&letters[0])["data"];
    assert_eq!((&data["reason"], &data["total"], &data["left_out"]), (&"flood".into(), &500.into(), &400.into()));
    assert_eq!(data["items"][0]["title"], "Council paper 499", "the newest first");
    let mails = world.mailbox.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].subject().contains("500 alerts"), "{}", mails[0].subject());
    assert!(mails[0].text().contains("and 400 more"));
    // What follows is no flood.
    world.wait(SignedDuration::from_mins(10));
    serve(&world, 1..501);
    world.bring("wire").await;
    assert_eq!((world.receiver.letters().len(), world.mailbox.mails().len()), (2, 2));
}

#[tokio::test]
async fn f36_items_of_a_flood_that_wait_for_their_pages_are_in_the_same_digest() {
    let world = quiet_start(&format!("{}{}", wire("always"), watch("council", "council", &["desk"]))).await;
    world.wait(SignedDuration::from_hours(24));
    serve(&world, 0..40);
    for n in 0..40 {
        let page = format!(
            "<html><body><article><h1>Council paper {n}</h1><p>{} {}</p></article></body></html>",
            sentence(n),
            sentence(n + 1_000)
        );
        world.site.set(&format!("/paper-{n}"), "text/html", &page);
    }
    let visit = world.visit("wire").await;
    assert_eq!((visit.admitted.followed, visit.admitted.alerts), (40, 0));
    world.deliver().await;
    for _ in 0..30 {
        world.wait(SignedDuration::from_secs(6));
        world.follow().await;
        world.deliver().await;
    }
    let letters = world.receiver.letters();
    assert_eq!(letters.len(), 1, "{:?}", letters.iter().map(|l| body(l)["data"]["total"].clone()).collect::<Vec<_>>());
    assert_eq!(body(&letters[0])["data"]["total"], 40);
}

#[tokio::test]
async fn a_daily_digest_gathers_a_day_and_urgent_alerts_pass_by() {
    let urgent = watch("urgent", "lighthouse", &["morning"]).replace("\nany", "\nurgent = true\nany");
    let watches = format!("{}{urgent}", watch("council", "council", &["morning"]));
    let world = quiet_start(&format!("{MORNING}{}{watches}", feed("wire", "/feed"))).await;
    serve(&world, 0..2);
    world.bring("wire").await;
    assert_eq!(written(&world), Vec::<Value>::new());
    world.site.feed("/feed", &[("light", "A new lighthouse", "The port of the north gets a lighthouse of its own.")]);
    world.bring("wire").await;
    assert_eq!(written(&world).len(), 1);
    assert_eq!(written(&world)[0]["type"], "item.matched");
    world.wait(SignedDuration::from_hours(24));
    world.deliver().await;
    let digest = written(&world).pop().unwrap();
    assert_eq!((&digest["type"], &digest["data"]["total"]), (&"digest".into(), &2.into()));
    assert_eq!(digest["data"]["health"]["sources"], 1);
    world.wait(SignedDuration::from_hours(24));
    world.deliver().await;
    let empty = written(&world).pop().unwrap();
    assert_eq!((&empty["type"], &empty["data"]["total"]), (&"digest".into(), &0.into()));
    assert_eq!(written(&world).len(), 3);
}

#[tokio::test]
async fn a_slot_that_is_missed_while_marsad_is_stopped_runs_once() {
    let watches = watch("council", "council", &["morning"]);
    let mut world = quiet_start(&format!("{MORNING}{}{watches}", feed("wire", "/feed"))).await;
    serve(&world, 0..3);
    world.bring("wire").await;
    world.wait(SignedDuration::from_hours(24 * 3));
    world.restart().await;
    world.deliver().await;
    world.deliver().await;
    assert_eq!(written(&world).len(), 1);
    assert_eq!(written(&world)[0]["data"]["total"], 3);
    assert_eq!(world.count(DeliveryState::Delivered).await, 1);
}

#[tokio::test]
async fn a_reload_that_changes_send_loses_and_doubles_nothing() {
    let rest = format!("{}{}", feed("wire", "/feed"), watch("council", "council", &["morning"]));
    let mut world = quiet_start(&format!("{MORNING}{rest}")).await;
    serve(&world, 0..3);
    world.bring("wire").await;
    world.reconfigure(&format!("{}{rest}", MORNING.replace("daily 20:00", "weekly Sun 08:00"))).await;
    world.deliver().await;
    assert!(written(&world).is_empty());
    world.reconfigure(&format!("{}{rest}", MORNING.replace("daily 20:00", "at-once"))).await;
    world.deliver().await;
    world.deliver().await;
    assert_eq!(written(&world).len(), 1);
    assert_eq!(written(&world)[0]["data"]["total"], 3);
    serve(&world, 3..4);
    world.bring("wire").await;
    assert_eq!(written(&world).pop().unwrap()["type"], "item.matched");
}

#[tokio::test]
async fn a_removed_channel_keeps_what_waits_and_gets_it_when_it_returns() {
    let rest = format!("{}{}", feed("wire", "/feed"), watch("council", "council", &["desk"]));
    let with = rest.replace("[\"desk\"]", "[\"desk\", \"morning\"]");
    let mut world = quiet_start(&format!("{MORNING}{with}")).await;
    serve(&world, 0..2);
    world.bring("wire").await;
    world.reconfigure(&rest).await;
    world.wait(SignedDuration::from_mins(5));
    world.deliver().await;
    serve(&world, 2..3);
    world.bring("wire").await;
    assert!(written(&world).is_empty());
    world.reconfigure(&format!("{MORNING}{with}")).await;
    world.wait(SignedDuration::from_hours(24));
    world.deliver().await;
    assert_eq!(written(&world).len(), 1);
    assert_eq!(written(&world)[0]["data"]["total"], 3, "with the alert that came while it was removed");
}
