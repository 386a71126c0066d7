//! Tests sources of each kind, and sources that misbehave.

use std::time::Duration;

use jiff::SignedDuration;

use super::site::{Page, Rude};
use super::world::{TEXT, World, feed, source, watch};

async fn world_with(source: &str) -> World {
    World::with(&format!("{source}{}", watch("all", "council", &["desk"]))).await
}

#[tokio::test]
async fn an_unchanged_feed_is_fetched_conditionally_and_not_read_again() {
    let world = World::watching("council").await;
    let visit = world.visit("wire").await;
    assert_eq!(visit.format, None);
    assert_eq!(
        world.site.asked().iter().filter(|asked| asked.path == "/feed").map(|a| a.status).collect::<Vec<_>>(),
        [200, 304]
    );
}

#[tokio::test]
async fn atom_json_and_rdf_are_read_like_rss() {
    let atom = |entry: &str| {
        format!(
            "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>t</title><id>x</id><updated>2026-01-01T00:00:00Z</updated>{entry}</feed>"
        )
    };
    let rdf = |item: &str| {
        format!(
            "<rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\" xmlns=\"http://purl.org/rss/1.0/\"><channel rdf:about=\"x\"><title>t</title><link>http://x.example/</link></channel>{item}</rdf:RDF>"
        )
    };
    let json =
        |item: &str| format!("{{\"version\":\"https://jsonfeed.org/version/1.1\",\"title\":\"t\",\"items\":[{item}]}}");
    let old = [
        ("application/atom+xml", atom("<entry><title>old</title><id>o</id><link href=\"/o\"/></entry>")),
        ("application/rdf+xml", rdf("<item rdf:about=\"o\"><title>old</title><link>/o</link></item>")),
        ("application/feed+json", json("{\"id\":\"o\",\"url\":\"http://x.example/o\",\"title\":\"old\"}")),
    ];
    let new = [
        atom(&format!(
            "<entry><title>The council meets</title><id>n</id><link href=\"/n\"/><content>{TEXT}</content></entry>"
        )),
        rdf(&format!(
            "<item rdf:about=\"n\"><title>The council meets</title><link>/n</link><description>{TEXT}</description></item>"
        )),
        json(&format!(
            "{{\"id\":\"n\",\"url\":\"http://x.example/n\",\"title\":\"The council meets\",\"content_text\":\"{TEXT}\"}}"
        )),
    ];
    for ((media_type, old), new) in old.iter().zip(&new) {
        let world = world_with(&feed("wire", "/feed")).await;
        world.site.set("/feed", media_type, old);
        world.visit("wire").await;
        world.site.set("/feed", media_type, new);
        world.bring("wire").await;
        assert_eq!(world.alerted(), ["The council meets"], "{media_type}");
    }
}

#[tokio::test]
async fn a_listing_is_read_by_its_selectors() {
    let keys = "follow = \"never\"\nitem = \"li.news\"\ntitle = \"a\"\nlink = \"a@href\"\nsummary = \"p\"";
    let world = world_with(&source("page", "page", "/list", keys)).await;
    let page = |items: &str| {
        format!("<html lang=en><body><ul>{items}</ul><aside><a href=/x>The council elsewhere</a></aside></body></html>")
    };
    let old = "<li class=news><a href=/old>Old lighthouse reopens</a><p>Lamps and charts.</p></li>";
    world.site.set("/list", "text/html", &page(old));
    world.visit("page").await;
    world.site.set(
        "/list",
        "text/html",
        &page(&format!("<li class=news><a href=/new>The council meets</a><p>{TEXT}</p></li>{old}")),
    );
    world.bring("page").await;
    assert_eq!(world.alerted(), ["The council meets"]);
}

#[tokio::test]
async fn a_feed_that_recovers_from_failure_loses_no_item() {
    let world = World::watching("council").await;
    world.site.put("/feed", Page { status: 500, ..Page::default() });
    assert!(world.bring("wire").await.error.is_some());
    world.wait(SignedDuration::from_mins(30));
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    assert_eq!(world.alerted(), ["The council meets"]);
}

#[tokio::test]
async fn an_answer_that_is_not_http_affects_only_its_source() {
    let rude = Rude::sending(b"\x00\x01 this is no HTTP\r\n\r\n").await;
    let bad =
        format!("\n[[source]]\nid = \"rude\"\nfeed = \"{}\"\nallow_networks = [\"127.0.0.0/8\"]\n", rude.url("/feed"));
    let world = world_with(&format!("{}{bad}", feed("wire", "/feed"))).await;
    assert!(world.visit("rude").await.error.is_some());
    world.site.feed("/feed", &[("old", "Something else", "An older text.")]);
    assert_eq!(world.visit("wire").await.error, None);
}

#[tokio::test]
async fn a_private_address_is_rejected_without_allow_networks() {
    let world = World::with(&watch("all", "council", &["desk"])).await;
    let text = std::fs::read_to_string(world.path()).unwrap();
    let bare = format!("{text}\n[[source]]\nid = \"inside\"\nfeed = \"{}\"\n", world.site.url("/feed"));
    std::fs::write(world.path(), bare).unwrap();
    let report = marsad::config::Config::load(Some(&world.path())).unwrap_err().render(false);
    assert!(report.contains("allow_networks"), "{report}");
    assert_eq!(world.site.asked().len(), 0);
}

#[tokio::test]
async fn a_silent_site_is_abandoned_after_the_time_limit() {
    let rude = Rude::falling_silent_after(b"HTTP/1.1 200 OK\r\ncontent-type: application/rss+xml\r\n\r\n<rss>").await;
    let bad =
        format!("\n[[source]]\nid = \"rude\"\nfeed = \"{}\"\nallow_networks = [\"127.0.0.0/8\"]\n", rude.url("/feed"));
    let mut world = world_with(&bad).await;
    world.impatient(Duration::from_millis(300));
    let visit = world.visit("rude").await;
    assert!(visit.error.is_some());
    assert_eq!(visit.found, 0);
}

#[tokio::test]
async fn requests_send_the_user_agent_and_accepted_types() {
    let world = World::watching("council").await;
    let asked = world.site.asked().into_iter().find(|asked| asked.path == "/feed").unwrap();
    assert_eq!(asked.headers["user-agent"], "marsad/test");
    assert!(asked.headers["accept"].to_str().unwrap().contains("application/atom+xml"));
    assert!(!asked.headers.contains_key("cookie") && !asked.headers.contains_key("referer"));
}

/// The rest is served later with the same ETag: a 304 must not hide it.
#[tokio::test]
async fn a_truncated_document_is_fetched_again_unconditionally() {
    let world = World::watching("council").await;
    let item = |n: usize| {
        format!("<item><title>The council meets, part {n}</title><link>https://example.org/{n}</link></item>")
    };
    let feed = format!("<rss version=\"2.0\"><channel>{}{}<item><title>The coun", item(1), item(2));
    let json = "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"id\":\"1\",\"title\":\"The council\"},{\"id\":";
    for (media_type, text) in [("application/rss+xml", feed.as_str()), ("application/feed+json", json)] {
        world.site.set("/feed", media_type, text);
        for _ in 0..2 {
            assert!(world.bring("wire").await.degraded.is_some(), "{text}");
            assert_eq!(world.site.asked().last().unwrap().status, 200, "{text}");
        }
    }
}
