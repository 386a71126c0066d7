//! Tests what sites get wrong although browsers show them: each kind of fault has a test that is named after it.

use std::process::Command;

use marsad::store::ItemQuery;

use super::site::Page;
use super::world::{TEXT, World, feed, source, watch};

const OLD: (&str, &str, &str) = ("old", "Old lighthouse reopens", TEXT);

async fn world_with(source: &str) -> World {
    World::with(&format!("{source}{}", watch("all", "council", &["desk"]))).await
}

fn html(head: &str, body: &str) -> String {
    format!("<!doctype html><html><head><title>News</title>{head}</head><body>{body}</body></html>")
}

/// A source at `/`, which serves this page; the feed is at `/real`.
async fn world_of_page(page: &str) -> World {
    let world = world_with(&feed("wire", "/")).await;
    world.site.set("/", "text/html", page);
    world.site.feed("/real", &[OLD]);
    world
}

/// Asserts that a visit reads the one item of the feed at `/real`.
async fn assert_reads_the_feed(world: &World) {
    let visit = world.visit("wire").await;
    assert_eq!((visit.found, visit.error), (1, None));
    assert_eq!(world.site.times("/real"), 1);
}

#[tokio::test]
async fn a_meta_refresh_is_followed() {
    let refresh = "<meta http-equiv=\"refresh\" content=\"0; url=/real\">";
    assert_reads_the_feed(&world_of_page(&html(refresh, "<p>Welcome.</p>")).await).await;
}

#[tokio::test]
async fn a_refresh_header_is_followed() {
    let world = world_of_page("").await;
    let headers = vec![("content-type", "text/html".to_owned()), ("refresh", "0; url=/real".to_owned())];
    world.site.put("/", Page { status: 200, headers, bytes: html("", "<p>Welcome.</p>").into_bytes() });
    assert_reads_the_feed(&world).await;
}

#[tokio::test]
async fn a_feed_that_a_link_header_names_is_read() {
    let world = world_of_page("").await;
    let link = "</style.css>; rel=preload, </real>; rel=\"alternate\"; type=\"application/rss+xml\"";
    let headers = vec![("content-type", "text/html".to_owned()), ("link", link.to_owned())];
    world.site.put("/", Page { status: 200, headers, bytes: html("", "<p>Welcome.</p>").into_bytes() });
    assert_reads_the_feed(&world).await;
}

#[tokio::test]
async fn a_feed_that_a_page_only_links_as_an_xml_file_is_read() {
    let world = world_of_page(&html("", "<a href='/sitemap.xml'>Map</a> <a href='/export/all.xml'>All news</a>")).await;
    world.site.feed("/export/all.xml", &[OLD]);
    let visit = world.visit("wire").await;
    assert_eq!((visit.found, visit.error), (1, None));
    assert_eq!((world.site.times("/export/all.xml"), world.site.times("/sitemap.xml")), (1, 0));
}

#[tokio::test]
async fn a_feed_in_a_link_element_without_rel_is_read() {
    let link = "<link href='/style.css'><link type='application/rss+xml' href='/real'>";
    assert_reads_the_feed(&world_of_page(&html(link, "<p>Welcome.</p>")).await).await;
}

#[tokio::test]
async fn a_feed_on_a_page_of_feeds_is_read() {
    let world = world_of_page(&html("", "<h1>RSS</h1><ul><li><a href='/feeds/'>Our feeds</a></ul>")).await;
    world.site.set("/feeds/", "text/html", &html("", "<ul><li><a href='/rss/world.xml'>World</a></ul>"));
    world.site.feed("/rss/world.xml", &[OLD]);
    let visit = world.visit("wire").await;
    assert_eq!((visit.found, visit.error), (1, None));
}

#[tokio::test]
async fn a_feed_under_404_is_named_as_an_error_of_the_site() {
    let world = world_with(&feed("wire", "/feed")).await;
    let rss = b"<rss version=\"2.0\"><channel><title>t</title><item><title>a</title></item></channel></rss>";
    world.site.put("/feed", Page { status: 404, bytes: rss.to_vec(), ..Page::default() });
    let error = world.visit("wire").await.error.unwrap();
    assert!(error.contains("serves a feed, but with status 404") && error.contains("webmaster"), "{error}");
    world.site.put("/feed", Page { status: 404, bytes: html("", "Not found").into_bytes(), ..Page::default() });
    let error = world.visit("wire").await.error.unwrap();
    assert!(error.contains("has no page at this address"), "{error}");
}

#[tokio::test]
async fn a_sitemap_index_without_sitemaps_is_not_read_as_healthy() {
    let world = world_with(&source("map", "sitemap", "/index.xml", "follow = \"never\"")).await;
    for index in ["<sitemapindex></sitemapindex>", "<sitemapindex><sitemap><loc></loc></sitemap></sitemapindex>"] {
        world.site.set("/index.xml", "application/xml", index);
        let visit = world.visit("map").await;
        let reported = visit.error.or(visit.degraded);
        assert!(reported.is_some_and(|text| text.contains("sitemap")), "{index}");
    }
}

#[tokio::test]
async fn a_sitemap_whose_address_is_not_in_loc_is_read() {
    let world = world_with(&source("map", "sitemap", "/index.xml", "follow = \"never\"")).await;
    let address = world.site.url("/posts.xml");
    world.site.set(
        "/index.xml",
        "application/xml",
        &format!("<sitemapindex><sitemap>{address}</sitemap></sitemapindex>"),
    );
    let urls = format!("<urlset><url><loc>{}</loc></url></urlset>", world.site.url("/old-lighthouse-reopens"));
    world.site.set("/posts.xml", "application/xml", &urls);
    let visit = world.visit("map").await;
    assert_eq!((visit.found, visit.error), (1, None));
}

#[tokio::test]
async fn rows_without_links_are_items() {
    let keys = "follow = \"never\"\nitem = \"tr\"\ntitle = \"b\"\nfirst_visit = \"quiet\"";
    let world = world_with(&source("rows", "page", "/events", keys)).await;
    let rows = |titles: &[&str]| {
        let rows: String = titles.iter().map(|title| format!("<tr><td>Today<td><b>{title}</b>")).collect();
        html("", &format!("<table>{rows}</table>"))
    };
    world.site.set("/events", "text/html", &rows(&["The market of the old harbour opens"]));
    let first = world.visit("rows").await;
    assert_eq!((first.found, first.error, first.degraded), (1, None, None));
    let both = ["The council of the harbour meets in public", "The market of the old harbour opens"];
    world.site.set("/events", "text/html", &rows(&both));
    world.wait(jiff::SignedDuration::from_mins(10));
    world.bring("rows").await;
    assert_eq!(world.alerted(), [both[0]]);
}

/// The date of the only item of a feed whose `pubDate` is this.
async fn published(date: &str) -> Option<String> {
    let world = world_with(&feed("wire", "/feed")).await;
    let item = format!("<item><title>Old lighthouse reopens</title><guid>1</guid><pubDate>{date}</pubDate></item>");
    let rss = format!("<rss version=\"2.0\"><channel><title>t</title>{item}</channel></rss>");
    world.site.set("/feed", "application/rss+xml", &rss);
    assert_eq!(world.visit("wire").await.found, 1, "{date}");
    let query = ItemQuery { limit: 1, ..ItemQuery::default() };
    let (_, stored) = world.pipeline.store.items(&query).await.unwrap().remove(0);
    stored.item.published.map(|published| published.at.to_string())
}

#[tokio::test]
async fn seconds_since_the_epoch_are_a_date() {
    for date in ["1763709300", "1763709300000", "/Date(1763709300000)/"] {
        assert_eq!(published(date).await.as_deref(), Some("2025-11-21T07:15:00Z"), "{date}");
    }
}

#[tokio::test]
async fn the_epoch_itself_is_no_date() {
    for unset in ["Thu, 01 Jan 1970 00:00:00 GMT", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00", "0"] {
        assert_eq!(published(unset).await, None, "{unset}");
    }
    assert_eq!(published("Thu, 25 Sep 1969 10:00:00 GMT").await.as_deref(), Some("1969-09-25T10:00:00Z"));
}

/// Whether `marsad match` finds the query in the text.
async fn is_found(query: &str, text: &str) -> bool {
    let (query, text) = (query.to_owned(), text.to_owned());
    let run = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_marsad"));
        command.env_clear().current_dir(folder.path());
        command.args(["match", "--query", &query, "--lang", "en", &text]).output().unwrap()
    });
    let output = run.await.unwrap();
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    match output.status.code() {
        Some(0) => shown.contains("query: matches"),
        Some(1) => !shown.contains("query: no match"),
        other => panic!("{other:?}: {shown}{}", String::from_utf8_lossy(&output.stderr)),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn words_inside_web_addresses_do_not_match() {
    for text in [
        "Reach the newsroom at www.gaza-desk.example/contact today",
        "Photo: https://gaza.example.org/pictures/1.jpg",
        "Read on at https://news.example/gaza-today/12",
        "Read on at https://example.org/#gaza today",
    ] {
        assert!(!is_found("Gaza", text).await, "{text}");
    }
    assert!(is_found("Gaza", "Aid for Gaza: https://news.example/today").await);
    assert!(!is_found("\"#harbour\"", "A test at https://example.org/#harbour today").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_inside_mail_addresses_do_not_match() {
    assert!(!is_found("Gaza", "Write to press@gaza-fund.example for more").await);
    assert!(!is_found("Gaza", "Write to gaza@fund.example for more").await);
    assert!(is_found("Gaza", "Write to the fund for Gaza (press@fund.example)").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_inside_handles_do_not_match() {
    assert!(!is_found("Gaza", "Posted by @gaza_now this morning").await);
    assert!(!is_found("Mastodon", "Posted by @ann@mastodon.example about bread").await);
    assert!(is_found("Gaza", "Posted by @ann from Gaza").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn words_of_hashtags_match() {
    for text in ["Aid arrives #Gaza", "Aid arrives #GazaToday", "Aid arrives #aid_for_gaza"] {
        assert!(is_found("Gaza", text).await, "{text}");
    }
    assert!(is_found("\"#harbour\"", "A day at the #harbour in spring").await);
    assert!(!is_found("Gaza", "Aid arrives #Gazastan").await);
}
