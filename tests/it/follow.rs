//! Tests items whose full text is on their own page.

use std::time::Duration;

use jiff::SignedDuration;
use marsad::store::ItemQuery;

use super::site::Page;
use super::world::{World, body, source, watch};

const LEAD: &str = "The harbour council met for two days about the pier …";
const TEXT: &str = "The harbour council met for two days about the pier and the boats that cannot land there.";
const PLAN: &str = "It agreed on a plan for clinics and schools along the coast, to be paid from the harbour dues.";

/// A listing without selectors of these (slug, title, excerpt).
fn listing(world: &World, items: &[(&str, &str, &str)]) {
    let items: String = items
        .iter()
        .map(|(slug, title, lead)| format!("<article><h2><a href=\"/{slug}\">{title}</a></h2><p>{lead}</p></article>"))
        .collect();
    let page = format!(
        "<html lang=en><head><title>Harbour news</title></head><body><nav><a href=/>Home</a> <a href=/about>About</a></nav>\
         <main>{items}</main></body></html>"
    );
    world.site.set("/list", "text/html", &page);
}

/// An article page.
fn article(title: &str, text: &[&str]) -> String {
    let text: String = text.iter().map(|paragraph| format!("<p>{paragraph}</p>")).collect();
    format!(
        "<html lang=en><head><title>{title} - Harbour news</title></head><body><nav><a href=/>Home</a></nav>\
         <article><h1>{title}</h1>{text}</article><footer>All rights reserved</footer></body></html>"
    )
}

const BEFORE: [(&str, &str, &str); 3] = [
    ("before-1", "Old lighthouse opens its doors", "Lamps and charts from a hundred years are shown there now."),
    ("before-2", "Ferry keeps its winter hours", "The last boat leaves at six and the first one comes at seven."),
    ("before-3", "Fish market moves to the east quay", "Traders have until spring to find a stand of their own."),
];

/// A world whose source `page` lists items without texts, after a quiet first visit.
async fn world(keys: &str, watched: &str) -> World {
    let source = source("page", "page", "/list", keys);
    let world = World::with(&format!("{source}{}", watch("watched", watched, &["desk"]))).await;
    listing(&world, &BEFORE);
    world.bring("page").await;
    world
}

fn with_news(world: &World) {
    let mut items = vec![("news", "Harbour council meets about the pier", LEAD)];
    items.extend(BEFORE);
    listing(world, &items);
}

fn page(world: &World) {
    world.site.set("/news", "text/html", &article("Harbour council meets about the pier", &[TEXT, PLAN]));
}

async fn newest(world: &World) -> marsad::store::StoredItem {
    let query = ItemQuery { limit: 1, ..ItemQuery::default() };
    world.pipeline.store.items(&query).await.unwrap().remove(0).1
}

async fn waiting(world: &World) -> u64 {
    world.pipeline.store.counts().await.unwrap().waiting
}

#[tokio::test]
async fn a_word_that_is_only_in_the_full_text_alerts() {
    let world = world("", "clinics").await;
    page(&world);
    with_news(&world);
    let visit = world.bring("page").await;
    assert_eq!((visit.admitted.new, visit.admitted.followed, visit.admitted.known), (0, 1, 3));
    assert_eq!(world.alerted(), ["Harbour council meets about the pier"]);
    let sent = body(&world.receiver.letters()[0]);
    assert_eq!(sent["data"]["item"]["text_state"], "full", "{sent:#}");
    assert_eq!(sent["data"]["matches"][0]["field"], "text");
    assert_eq!(world.site.times("/before-1"), 0, "the baseline is not followed");
}

#[tokio::test]
async fn an_unchanged_excerpt_in_a_listing_is_not_a_revision() {
    let mut world = world("", "clinics").await;
    page(&world);
    with_news(&world);
    world.bring("page").await;
    world.restart().await;
    for lead in [LEAD, "The harbour council met for two days about the pier and the boats …"] {
        world.wait(SignedDuration::from_mins(10));
        // A new headline below makes the listing another document.
        let older = ("older", "Ropes get dearer this winter", "The rope walk says that hemp has doubled in price.");
        world.site.set(
            "/older",
            "text/html",
            &article(older.1, &["The rope walk says that hemp has doubled in price."]),
        );
        let mut items = vec![("news", "Harbour council meets about the pier", lead), older];
        items.extend(BEFORE);
        listing(&world, &items);
        let visit = world.bring("page").await;
        assert_eq!((visit.admitted.revised, visit.error), (0, None));
    }
    let found = newest(&world).await;
    assert_eq!(found.revision, 1);
    assert_eq!(world.alerted().len(), 1);
    assert_eq!(world.site.times("/news"), 1);
}

#[tokio::test]
async fn a_changed_headline_revises_the_item_and_keeps_its_text() {
    let world = world("", "clinics").await;
    page(&world);
    with_news(&world);
    world.bring("page").await;
    let mut items = vec![("news", "Harbour council meets again about the pier", LEAD)];
    items.extend(BEFORE);
    listing(&world, &items);
    let visit = world.bring("page").await;
    assert_eq!(visit.admitted.revised, 1);
    let item = newest(&world).await;
    assert_eq!((item.revision, item.item.title.as_str()), (2, "Harbour council meets again about the pier"));
    assert!(item.item.text.contains("clinics"), "{:?}", item.item);
}

#[tokio::test]
async fn a_waiting_item_is_not_queued_or_admitted_twice() {
    let world = world("", "clinics").await;
    with_news(&world);
    world.site.put("/news", Page { status: 503, ..Page::default() });
    assert_eq!(world.bring("page").await.admitted.followed, 1);
    assert_eq!((waiting(&world).await, world.site.times("/news")), (1, 1));
    let mut items = vec![("news", "Harbour council meets about the pier", LEAD)];
    items.extend(&BEFORE[1..]);
    listing(&world, &items);
    let visit = world.bring("page").await;
    assert_eq!((visit.admitted.new, visit.admitted.followed, visit.admitted.known), (0, 0, 3));
    assert_eq!(waiting(&world).await, 1);
}

#[tokio::test]
async fn a_failing_page_delays_an_item_by_three_tries_and_late_text_still_alerts() {
    let watches = format!("{}{}", watch("pier", "pier", &["desk"]), watch("clinics", "clinics", &["desk"]));
    let world = World::with(&format!("{}{watches}", source("page", "page", "/list", ""))).await;
    listing(&world, &BEFORE);
    world.bring("page").await;
    with_news(&world);
    world.site.put("/news", Page { status: 503, ..Page::default() });
    world.bring("page").await;
    for _ in 0..7 {
        assert_eq!(world.alerted().len(), 0);
        world.wait(SignedDuration::from_secs(7));
        world.follow().await;
    }
    world.deliver().await;
    assert_eq!(world.site.times("/news"), 3);
    assert_eq!(body(&world.receiver.letters()[0])["data"]["watches"], serde_json::json!(["pier"]));
    assert_eq!(newest(&world).await.item.text_state.as_str(), "excerpt");
    page(&world);
    world.wait(SignedDuration::from_mins(10));
    world.follow().await;
    world.deliver().await;
    assert_eq!(world.receiver.letters().len(), 2);
    assert_eq!(body(&world.receiver.letters()[1])["data"]["watches"], serde_json::json!(["clinics"]));
    let item = newest(&world).await;
    assert_eq!((item.revision, item.item.text_state.as_str()), (1, "full"));
    let visit = world.bring("page").await;
    assert_eq!((visit.admitted.revised, world.receiver.letters().len()), (0, 2));
    assert_eq!(world.pipeline.store.follows(10).await.unwrap(), []);
}

#[tokio::test]
async fn a_hanging_page_delays_an_item_by_two_minutes_at_most() {
    let mut world = world("", "pier").await;
    world.impatient(Duration::from_millis(200));
    world.site.put("/news", Page::hanging());
    with_news(&world);
    world.bring("page").await;
    assert_eq!((world.alerted().len(), world.site.times("/news")), (0, 1));
    world.wait(SignedDuration::from_secs(121));
    world.follow().await;
    world.deliver().await;
    assert_eq!(world.alerted(), ["Harbour council meets about the pier"]);
    assert_eq!((world.site.times("/news"), waiting(&world).await), (1, 0));
    let seen = newest(&world).await.first_seen;
    assert_eq!(
        world.clock.now().duration_since(seen),
        SignedDuration::from_secs(121),
        "it is as old as its first sight"
    );
}

#[tokio::test]
async fn a_page_that_is_gone_forbidden_or_not_a_page_is_not_requested_again() {
    for page in ["gone", "robots", "pdf", "other"] {
        let world = world("", "pier").await;
        with_news(&world);
        match page {
            "robots" => world.site.set("/robots.txt", "text/plain", "User-agent: *\nDisallow: /news\n"),
            "pdf" => world.site.set("/news", "application/pdf", "%PDF-1.7"),
            "other" => world.site.set("/news", "text/html", &article("Welcome", &["Tides and weather for today."])),
            _ => {}
        }
        // What robots.txt said before still holds.
        world.wait(SignedDuration::from_hours(25));
        world.bring("page").await;
        assert_eq!(world.alerted(), ["Harbour council meets about the pier"], "{page}");
        assert_eq!(world.pipeline.store.follows(10).await.unwrap(), [], "{page}");
        assert_eq!(world.site.times("/news"), usize::from(page != "robots"), "{page}");
        assert_eq!(newest(&world).await.item.text_state.as_str(), "excerpt", "{page}");
    }
}

#[tokio::test]
async fn a_link_to_another_private_host_is_not_followed() {
    let other = super::site::Site::open().await;
    other.set("/news", "text/html", &article("Harbour council meets about the pier", &[TEXT, PLAN]));
    let world = world("", "pier").await;
    let there = other.url("/news");
    let items = BEFORE
        .map(|(slug, title, lead)| format!("<article><h2><a href=\"/{slug}\">{title}</a></h2><p>{lead}</p></article>"));
    let news = format!(
        "<article><h2><a href=\"{there}\">Harbour council meets about the pier</a></h2><p>{LEAD}</p></article>"
    );
    world.site.set(
        "/list",
        "text/html",
        &format!("<html lang=en><body><main>{news}{}</main></body></html>", items.concat()),
    );
    world.bring("page").await;
    assert_eq!(other.asked().len(), 0);
    assert_eq!(world.alerted(), ["Harbour council meets about the pier"]);
}

#[tokio::test]
async fn a_process_killed_between_queueing_and_reading_a_page_loses_and_repeats_nothing() {
    let mut world = world("", "clinics").await;
    page(&world);
    with_news(&world);
    world.visit("page").await;
    world.restart().await;
    // The listing has not changed since: only the queue has the item.
    let visit = world.bring("page").await;
    assert_eq!(visit.format, None);
    assert_eq!(world.alerted(), ["Harbour council meets about the pier"]);
    world.restart().await;
    world.wait(SignedDuration::from_mins(10));
    world.bring("page").await;
    assert_eq!((world.alerted().len(), world.site.times("/news")), (1, 1));
}

#[tokio::test]
async fn an_item_that_another_source_published_meanwhile_alerts_once_without_its_page() {
    let sources =
        format!("{}{}", source("page", "page", "/list", ""), source("wire", "feed", "/feed", "follow = \"never\""));
    let world = World::with(&format!("{sources}{}", watch("watched", "pier", &["desk"]))).await;
    listing(&world, &BEFORE);
    world.site.feed("/feed", &[("old", "Something else", "An older text.")]);
    world.bring("page").await;
    world.bring("wire").await;
    page(&world);
    with_news(&world);
    world.visit("page").await;
    world.site.feed("/feed", &[("news", "Harbour council meets about the pier", TEXT)]);
    world.visit("wire").await;
    world.follow().await;
    world.deliver().await;
    assert_eq!(world.alerted().len(), 1);
    assert_eq!(world.site.times("/news"), 0);
}

#[tokio::test]
async fn a_removed_source_drops_its_waiting_items_and_finds_them_again_when_it_returns() {
    for has_validators in [true, false] {
        removed_and_back(has_validators).await;
    }
}

async fn removed_and_back(has_validators: bool) {
    let more = |source: &str| format!("{source}{}", watch("watched", "clinics", &["desk"]));
    let mut world = world("", "clinics").await;
    if !has_validators {
        world.site.drop_validators();
    }
    page(&world);
    with_news(&world);
    world.visit("page").await;
    world.reconfigure(&more("")).await;
    world.follow().await;
    assert_eq!((waiting(&world).await, world.site.times("/news")), (1, 0), "it may come back in a moment");
    world.wait(SignedDuration::from_mins(11));
    world.follow().await;
    assert_eq!((waiting(&world).await, world.site.times("/news")), (0, 0));
    world.reconfigure(&more(&source("page", "page", "/list", ""))).await;
    world.bring("page").await;
    assert_eq!(world.alerted(), ["Harbour council meets about the pier"]);
}

#[tokio::test]
async fn a_briefly_removed_source_keeps_its_waiting_items() {
    let more = |source: &str| format!("{source}{}", watch("watched", "clinics", &["desk"]));
    let mut world = world("", "clinics").await;
    page(&world);
    with_news(&world);
    world.visit("page").await;
    world.reconfigure(&more("")).await;
    world.follow().await;
    // The site no longer lists it when the source returns.
    listing(&world, &BEFORE);
    world.reconfigure(&more(&source("page", "page", "/list", ""))).await;
    world.wait(SignedDuration::from_secs(20));
    world.bring("page").await;
    assert_eq!(world.alerted(), ["Harbour council meets about the pier"]);
}

#[tokio::test]
async fn items_that_alert_at_a_first_visit_wait_for_their_page() {
    let source = source("page", "page", "/list", "first_visit = \"latest:1\"");
    let world = World::with(&format!("{source}{}", watch("watched", "clinics", &["desk"]))).await;
    page(&world);
    with_news(&world);
    let visit = world.bring("page").await;
    assert_eq!((visit.admitted.new, visit.admitted.followed), (3, 1));
    assert_eq!(world.alerted(), ["Harbour council meets about the pier"]);
    assert_eq!(world.site.times("/before-1"), 0);
}

#[tokio::test]
async fn follow_never_admits_an_item_without_its_page() {
    let world = world("follow = \"never\"", "pier").await;
    page(&world);
    with_news(&world);
    assert_eq!(world.bring("page").await.admitted.new, 1);
    assert_eq!((world.alerted().len(), world.site.times("/news")), (1, 0));
}

#[tokio::test]
async fn text_that_followed_pages_share_matches_no_watch_from_the_third_page_on() {
    let world = world("", "subscribers").await;
    let appeal = "This paper lives from its subscribers, and from nobody else along the coast.";
    let news = [
        ("one", "Harbour council meets about the pier", TEXT),
        (
            "two",
            "Ferry gets a new engine",
            "The new engine of the ferry was lifted into the hull on Sunday, and hums quietly.",
        ),
        (
            "three",
            "Lighthouse keeper retires",
            "The keeper of the lighthouse retires after thirty years of storms and of calm.",
        ),
        (
            "four",
            "Fish prices rise again",
            "The prices of fish rise again as the boats stay in port for a third week in a row.",
        ),
    ];
    let mut alerted = Vec::new();
    for count in 1..=news.len() {
        world.wait(SignedDuration::from_mins(10));
        let (slug, title, text) = news[count - 1];
        world.site.set(&format!("/{slug}"), "text/html", &article(title, &[text, PLAN, appeal]));
        let mut items: Vec<_> = news[..count].iter().rev().map(|(slug, title, _)| (*slug, *title, LEAD)).collect();
        items.extend(BEFORE);
        listing(&world, &items);
        world.bring("page").await;
        alerted.push(world.alerted().len());
    }
    assert_eq!(alerted, [1, 2, 2, 2], "{:?}", world.alerted());
    assert!(newest(&world).await.item.text.ends_with(news[3].2), "the news itself stays");
}
