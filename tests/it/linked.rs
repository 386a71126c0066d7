//! Tests documents that point to others: a page with a feed, a sitemap index.

use jiff::SignedDuration;

use super::site::Page;
use super::world::{TEXT, World, feed, source, watch};
use marsad::parse::DocumentFormat;

const OLD: (&str, &str, &str) = ("old", "Old lighthouse reopens", "What stood there before the first visit.");

async fn world_with(source: &str) -> World {
    World::with(&format!("{source}{}", watch("all", "council", &["desk"]))).await
}

fn page(head: &str) -> String {
    format!(
        "<!doctype html><html><head><title>News</title>{head}</head><body><p>Welcome to the news.</p></body></html>"
    )
}

const LINKS: &str = "<link rel=alternate type='application/rss+xml' title='Comments' href='/comments/feed'>\
                     <link rel=alternate type='application/rss+xml' title='News' href='/real'>";

#[tokio::test]
async fn a_page_at_a_feed_address_leads_to_the_feed_that_it_advertises() {
    let world = world_with(&feed("wire", "/")).await;
    world.site.set("/", "text/html", &page(LINKS));
    world.site.feed("/real", &[OLD]);
    let first = world.bring("wire").await;
    assert_eq!((first.format, first.found, first.error), (Some(DocumentFormat::Rss), 1, None));
    let degraded = first.degraded.unwrap();
    assert!(degraded.contains(&format!("write feed = \"{}\"", world.site.url("/real"))), "{degraded}");
    assert_eq!(world.site.times("/comments/feed"), 0);
}

#[tokio::test]
async fn an_unchanged_page_does_not_hide_new_items_of_its_feed() {
    let world = world_with(&feed("wire", "/")).await;
    world.site.set("/", "text/html", &page(LINKS));
    world.site.feed("/real", &[OLD]);
    world.bring("wire").await;
    world.site.feed("/real", &[("one", "The council meets", TEXT), OLD]);
    world.wait(SignedDuration::from_mins(10));
    world.bring("wire").await;
    assert_eq!(world.alerted(), ["The council meets"]);
    assert!(world.site.asked().iter().all(|asked| asked.status != 304));
}

#[tokio::test]
async fn a_page_without_a_feed_fails_and_says_what_to_write() {
    let world = world_with(&feed("wire", "/")).await;
    world.site.set("/", "text/html", &page(""));
    for _ in 0..2 {
        let visit = world.visit("wire").await;
        let error = visit.error.unwrap();
        assert!(error.contains("`page = …` instead of `feed = …`") && error.contains("marsad probe"), "{error}");
    }
}

#[tokio::test]
async fn a_page_of_feeds_is_followed_one_step_and_no_further() {
    let world = world_with(&feed("wire", "/")).await;
    world.site.set("/", "text/html", &page(LINKS));
    world.site.set("/real", "text/html", &page("<link rel=alternate type='application/rss+xml' href='/third'>"));
    world.site.feed("/third", &[OLD]);
    let visit = world.visit("wire").await;
    assert_eq!((visit.found, visit.error), (1, None));
    assert!(visit.degraded.unwrap().contains("/third"));
    world.site.set("/third", "text/html", &page("<link rel=alternate type='application/rss+xml' href='/fourth'>"));
    world.site.feed("/fourth", &[OLD]);
    world.wait(SignedDuration::from_mins(10));
    let error = world.visit("wire").await.error.unwrap();
    assert!(error.contains("/third") && error.contains("expected a feed, found a web page"), "{error}");
    assert_eq!(world.site.times("/fourth"), 0);
}

fn index(site: &World, children: &[(&str, &str)]) -> String {
    let child = |(path, at): &(&str, &str)| {
        format!("<sitemap><loc>{}</loc><lastmod>{at}</lastmod></sitemap>", site.site.url(path))
    };
    format!("<sitemapindex>{}</sitemapindex>", children.iter().map(child).collect::<String>())
}

fn sitemap(site: &World, items: &[(&str, &str)]) -> String {
    let item = |(slug, title): &(&str, &str)| {
        format!(
            "<url><loc>{}</loc><news:news><news:publication_date>2026-11-20</news:publication_date>\
             <news:title>{title}</news:title></news:news></url>",
            site.site.url(&format!("/{slug}"))
        )
    };
    format!("<urlset xmlns:news='n'>{}</urlset>", items.iter().map(item).collect::<String>())
}

/// An index of a settled archive and two sitemaps that change; the clock of the world shows 2027-01-15.
async fn indexed(children: &[(&str, &str)]) -> World {
    let world = world_with(&source("map", "sitemap", "/index.xml", "")).await;
    world.site.set("/index.xml", "application/xml", &index(&world, children));
    world.site.set("/archive.xml", "application/xml", &sitemap(&world, &[("a-1", "An older headline of long ago")]));
    world.site.set("/posts.xml", "application/xml", &sitemap(&world, &[("p-1", "A harbour is dredged at last")]));
    world.site.set("/news.xml", "application/xml", &sitemap(&world, &[("n-1", "Old lighthouse reopens")]));
    world
}

#[tokio::test]
async fn the_sitemaps_of_an_index_are_read_in_one_visit_and_unchanged_ones_only_once() {
    let children = [("/archive.xml", "2020-01-01"), ("/posts.xml", "2027-01-15"), ("/news.xml", "2027-01-15")];
    let world = indexed(&children).await;
    let first = world.bring("map").await;
    assert_eq!((first.format, first.found, first.degraded), (Some(DocumentFormat::SitemapIndex), 3, None));
    world.site.set(
        "/news.xml",
        "application/xml",
        &sitemap(&world, &[("n-2", "The council meets in Jeddah"), ("n-1", "Old lighthouse reopens")]),
    );
    world.wait(SignedDuration::from_mins(10));
    world.bring("map").await;
    assert_eq!(world.alerted(), ["The council meets in Jeddah"]);
    let times = |path| world.site.times(path);
    assert_eq!((times("/index.xml"), times("/archive.xml"), times("/news.xml")), (2, 1, 2));
}

#[tokio::test]
async fn a_failing_sitemap_is_named_and_does_not_block_the_others() {
    let world =
        indexed(&[("/news.xml", "2027-01-15"), ("/posts.xml", "2027-01-15"), ("/inner.xml", "2027-01-14")]).await;
    world.site.put("/posts.xml", Page { status: 500, ..Page::default() });
    world.site.set("/inner.xml", "application/xml", &index(&world, &[("/archive.xml", "2020-01-01")]));
    let visit = world.bring("map").await;
    assert_eq!((visit.found, visit.error), (1, None));
    let degraded = visit.degraded.unwrap();
    assert!(
        degraded.contains("/posts.xml: ") && degraded.contains("/inner.xml: it is another sitemap index"),
        "{degraded}"
    );
    assert_eq!(world.site.times("/archive.xml"), 0);
    world.site.set("/posts.xml", "application/xml", &sitemap(&world, &[("p-2", "The council sets a date")]));
    world.bring("map").await;
    assert_eq!(world.alerted(), ["The council sets a date"]);
}

#[tokio::test]
async fn an_index_without_readable_sitemaps_is_a_failure() {
    let world = indexed(&[("/gone.xml", "2027-01-15")]).await;
    let error = world.visit("map").await.error.unwrap();
    assert!(error.contains("cannot read any sitemap of the index") && error.contains("404"), "{error}");
}
