//! Tests the health of sources: which notices are raised, how often, and what replaces them.

use jiff::SignedDuration;
use serde_json::Value;

use super::site::Page;
use super::world::{World, body, feed, watch};

/// A configuration whose events go to `desk`.
fn with_events(sources: &str) -> String {
    format!("\n[health]\nalert = [\"desk\"]\n{sources}{}", watch("all", "council", &["press"]))
}

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// The events of these types that the receiver got, in the order of arrival.
fn events(world: &World, kinds: &[&str]) -> Vec<Value> {
    let all = world.receiver.letters().into_iter().map(|letter| body(&letter));
    all.filter(|event| kinds.contains(&event["type"].as_str().unwrap())).collect()
}

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

const STATES: [&str; 5] = ["source.failing", "source.blocked", "source.changed", "source.silent", "source.recovered"];

/// Serves a feed whose newest item is number `n`.
fn publish(world: &World, n: i64) {
    let items: Vec<(String, String)> =
        (0..=n).rev().take(10).map(|n| (format!("item-{n}"), format!("Report number {n} of the harbour"))).collect();
    let items: Vec<(&str, &str, &str)> =
        items.iter().map(|(slug, title)| (slug.as_str(), title.as_str(), "")).collect();
    world.site.feed("/feed", &items);
}

/// Publishes `number` items, one every `gap`, and visits after each; the last gap has passed at the end.
async fn rhythm(world: &World, number: i64, gap: SignedDuration) {
    for n in 0..number {
        publish(world, n);
        world.bring("wire").await;
        world.wait(gap);
    }
}

#[tokio::test]
async fn a_source_is_silent_by_its_own_rhythm_and_the_next_item_is_its_recovery() {
    let mut world = World::with(&with_events(&feed("wire", "/feed"))).await;
    rhythm(&world, 10, hours(24)).await;
    for _ in 0..2 {
        world.bring("wire").await;
        world.wait(hours(24));
    }
    world.bring("wire").await;
    assert_eq!(types(&events(&world, &STATES)), [""; 0], "three days are three times its longest pause");
    world.wait(hours(1));
    world.bring("wire").await;
    let raised = events(&world, &STATES);
    assert_eq!(types(&raised), ["source.silent"]);
    assert_eq!(
        raised[0]["data"]["message"],
        "wire has had no new item for 3 days, although its visits succeed; before, its longest pause was 24 h; run \
         marsad visit wire"
    );
    world.restart().await;
    world.bring("wire").await;
    assert_eq!(events(&world, &STATES).len(), 1, "a restart repeats nothing");
    world.wait(hours(24));
    world.bring("wire").await;
    let repeated = events(&world, &STATES);
    assert_eq!((types(&repeated)[1], &repeated[1]["data"]["repeat"]), ("source.silent", &Value::Bool(true)));
    publish(&world, 10);
    world.bring("wire").await;
    assert_eq!(types(&events(&world, &STATES)), ["source.silent", "source.silent", "source.recovered"]);
}

#[tokio::test]
async fn a_weekly_bulletin_is_not_silent_before_three_weeks() {
    let world = World::with(&with_events(&feed("wire", "/feed"))).await;
    rhythm(&world, 9, hours(7 * 24)).await;
    for _ in 7..21 {
        world.bring("wire").await;
        world.wait(hours(24));
    }
    assert_eq!(types(&events(&world, &STATES)), [""; 0]);
    world.wait(hours(1));
    world.bring("wire").await;
    assert_eq!(types(&events(&world, &STATES)), ["source.silent"]);
}

#[tokio::test]
async fn an_address_that_changes_is_no_sign_of_life() {
    let world = World::with(&with_events(&feed("wire", "/feed"))).await;
    let serve = |n: i64, day: i64| {
        let title = format!("Report number {n} of the harbour");
        let text = format!("number{n} ").repeat(30);
        world.site.feed("/feed", &[(&format!("item-{n}?sid={day:016x}"), title.as_str(), text.as_str())]);
    };
    for n in 0..10 {
        serve(n, n);
        world.bring("wire").await;
        world.wait(hours(24));
    }
    for day in 10..14 {
        serve(9, day);
        world.bring("wire").await;
        world.wait(hours(24));
    }
    assert_eq!(types(&events(&world, &STATES)), ["source.silent"]);
}

#[tokio::test]
async fn a_failing_source_is_reported_every_day_and_its_recovery_once() {
    let world = World::with(&with_events(&feed("wire", "/feed"))).await;
    publish(&world, 3);
    world.bring("wire").await;
    world.site.put("/feed", Page { status: 503, ..Page::default() });
    for _ in 0..50 {
        world.bring("wire").await;
        world.wait(hours(1));
    }
    publish(&world, 4);
    world.bring("wire").await;
    let raised = events(&world, &STATES);
    assert_eq!(types(&raised), ["source.failing", "source.failing", "source.failing", "source.recovered"]);
    assert!(raised[1]["data"]["message"].as_str().unwrap().contains("; reported first on "), "{}", raised[1]);
}

#[tokio::test]
async fn items_that_may_have_been_missed_do_not_hide_the_recovery() {
    let world = World::with(&with_events(&feed("wire", "/feed"))).await;
    publish(&world, 3);
    world.bring("wire").await;
    world.site.put("/feed", Page { status: 503, ..Page::default() });
    for _ in 0..4 {
        world.bring("wire").await;
        world.wait(hours(1));
    }
    publish(&world, 40);
    world.bring("wire").await;
    let kinds = [&STATES[..], &["source.gap"]].concat();
    assert_eq!(types(&events(&world, &kinds)), ["source.failing", "source.recovered", "source.gap"]);
}

#[tokio::test]
async fn half_of_the_sources_that_fail_at_once_are_one_notice_and_one_recovery() {
    let ids = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let sources: String = ids.iter().map(|id| feed(id, &format!("/{id}"))).collect();
    let mut world = World::with(&with_events(&sources)).await;
    let serve = |world: &World, id: &str| world.site.feed(&format!("/{id}"), &[(id, "Old lighthouse reopens", "")]);
    for id in ids {
        serve(&world, id);
        world.bring(id).await;
    }
    let failing = &ids[..4];
    for id in failing {
        world.site.put(&format!("/{id}"), Page { status: 503, ..Page::default() });
    }
    for round in 0..27 {
        for id in ids {
            world.bring(id).await;
        }
        world.wait(hours(1));
        if round == 5 {
            world.restart().await;
        }
    }
    let raised = events(&world, &STATES);
    assert_eq!(types(&raised), ["source.failing", "source.failing"], "one, and its daily repeat");
    assert_eq!(raised[0]["data"]["sources"], serde_json::json!(failing));
    for id in failing {
        serve(&world, id);
        world.bring(id).await;
    }
    assert_eq!(types(&events(&world, &STATES)), ["source.failing", "source.failing", "source.recovered"]);
    world.site.put("/h", Page { status: 503, ..Page::default() });
    for _ in 0..4 {
        world.bring("h").await;
        world.wait(hours(1));
    }
    let own = events(&world, &STATES).pop().unwrap();
    assert_eq!((own["type"].as_str(), own["data"]["source"].as_str()), (Some("source.failing"), Some("h")));
}

#[tokio::test]
async fn a_page_that_usually_has_few_items_may_be_empty() {
    let world = World::with(&with_events(&feed("wire", "/feed"))).await;
    let item = |n: usize| (format!("item-{n}"), format!("Report number {n} of the harbour"));
    for n in 0..6 {
        let (slug, title) = item(n);
        world.site.feed("/feed", &[(&slug, &title, "")]);
        world.bring("wire").await;
        world.wait(hours(1));
    }
    world.site.feed("/feed", &[]);
    for _ in 0..3 {
        world.bring("wire").await;
        world.wait(hours(1));
    }
    assert_eq!(types(&events(&world, &STATES)), [""; 0]);
    publish(&world, 40);
    world.bring("wire").await;
}

#[tokio::test]
async fn h27_a_parked_domain_alerts_nobody_and_is_reported() {
    let world = World::with(&with_events(&feed("wire", "/feed"))).await;
    publish(&world, 3);
    world.bring("wire").await;
    let links: String =
        (0..12).map(|n| format!("<li><a href=/ad/{n}>The council recommends offer number {n}</a></li>")).collect();
    world.site.set("/feed", "text/html", &format!("<html><title>For sale</title><body><ul>{links}</ul></body></html>"));
    for _ in 0..4 {
        world.wait(hours(1));
        world.bring("wire").await;
    }
    assert_eq!(types(&events(&world, &STATES)), ["source.failing"]);
    assert_eq!(world.mailbox.mails().len(), 0);
    publish(&world, 4);
    world.bring("wire").await;
    assert_eq!(types(&events(&world, &STATES)), ["source.failing", "source.recovered"]);
}
