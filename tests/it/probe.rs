//! Tests `marsad probe`.

use std::process::{Command, Output};

use marsad::config::Config;
use serde_json::Value;

use super::site::{Page, Site};
use super::world::source;

/// Runs `marsad probe` with a configuration that has no pauses.
async fn probe(more: &[&str], text: &str) -> Output {
    let more = ["probe"].iter().chain(more).map(|one| (*one).to_owned());
    marsad(more.chain([text.to_owned()]).collect(), "").await
}

/// Runs `marsad` with a configuration that has no pauses and these sources.
async fn marsad(arguments: Vec<String>, sources: &str) -> Output {
    let sources = sources.to_owned();
    let run = tokio::task::spawn_blocking(move || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("quick.toml");
        let text = format!("state_dir = {:?}\n[fetch]\nhost_delay = \"0s\"\n{sources}", folder.path());
        std::fs::write(&path, text).unwrap();
        Command::new(env!("CARGO_BIN_EXE_marsad"))
            .env_clear()
            .current_dir(folder.path())
            .args(&arguments)
            .arg("--config")
            .arg(&path)
            .output()
            .unwrap()
    });
    run.await.unwrap()
}

/// The JSON output and the exit code; the block of each choice is a valid configuration.
async fn probe_json(site: &Site, path: &str) -> (Value, i32) {
    let output = probe(&["--json", "--allow-network", "127.0.0.0/8"], &site.url(path)).await;
    let probed: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let folder = tempfile::tempdir().unwrap();
    for choice in probed["choices"].as_array().into_iter().flatten() {
        let file = folder.path().join("pasted.toml");
        let text = format!("state_dir = {:?}\n{}", folder.path(), choice["toml"].as_str().unwrap());
        std::fs::write(&file, &text).unwrap();
        let config = Config::load(Some(&file)).unwrap_or_else(|report| panic!("{text}\n{}", report.render(false)));
        assert_eq!(config.sources[0].kind.as_str(), choice["key"]);
    }
    (probed, output.status.code().unwrap())
}

fn card(n: u8) -> String {
    format!(
        "<article><h2><a href=/news/{n}00-a-harbour>A harbour of the north is dredged for the {n}th time</a></h2>\
         <time datetime=2026-01-0{n}>2026-01-0{n}</time><p>Engineers say that the work will take until spring.</p></article>"
    )
}

fn listing(head: &str) -> String {
    let cards: String = (1..7).map(card).collect();
    format!(
        "<html lang=en><head><title>News</title>{head}</head><body><nav><a href=/sport/>All about the sport of today</a>\
         </nav><main>{cards}</main></body></html>"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn probe_shows_a_feed_with_its_items_and_a_source_to_paste() {
    let site = Site::open().await;
    site.feed(
        "/feed",
        &[("one", "استقبال وفد في جدة", "نص الخبر الذي يصف الاستقبال."), ("two", "خبر آخر من جدة", "نص")],
    );
    let (probed, code) = probe_json(&site, "/feed").await;
    assert_eq!((probed["kind"].as_str(), code), (Some("rss"), 0));
    let choice = &probed["choices"][0];
    assert_eq!((choice["key"].as_str(), choice["items_total"].as_u64()), (Some("feed"), Some(2)));
    assert_eq!(choice["items"][0]["title"], "استقبال وفد في جدة");
    assert_eq!(choice["reader"], "strict");
    assert!(choice["toml"].as_str().unwrap().contains("lang           = \"ar\""), "{choice:#}");
    assert_eq!(site.asked().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_home_page_leads_to_its_feed_and_is_offered_as_a_listing_after_it() {
    let site = Site::open().await;
    site.set(
        "/",
        "text/html",
        &listing(
            "<link rel=alternate type='application/rss+xml' title='Comments' href='/comments/feed'>\
             <link rel=alternate type='application/rss+xml' title='News in English' hreflang=en href='/real'>",
        ),
    );
    site.feed("/real", &[("one", "The council meets", "A text.")]);
    let (probed, code) = probe_json(&site, "/").await;
    let keys: Vec<_> = probed["choices"].as_array().unwrap().iter().map(|choice| choice["key"].clone()).collect();
    assert_eq!((keys, code), (vec!["feed".into(), "page".into()], 0));
    assert_eq!(probed["choices"][0]["url"], site.url("/real"));
    assert_eq!(
        (probed["feeds"][0]["title"].as_str(), probed["feeds"][0]["items"].as_u64()),
        (Some("News in English"), Some(1))
    );
    assert_eq!((probed["feeds"][1]["title"].as_str(), site.times("/comments/feed")), (Some("Comments"), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn probe_tries_the_usual_feed_addresses_of_a_home_page() {
    let site = Site::open().await;
    site.set("/", "text/html", &listing(""));
    site.feed("/rss.xml", &[("one", "The council meets", "A text.")]);
    let (probed, code) = probe_json(&site, "/").await;
    assert_eq!((probed["choices"][0]["url"].clone(), code), (site.url("/rss.xml").into(), 0));
    assert_eq!(probed["places"].as_array().unwrap().len(), 3, "{probed:#}");
    assert_eq!(site.times("/atom.xml"), 0, "what comes after a feed that works is not asked for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_feeds_leads_to_the_best_one_and_a_refusing_host_is_not_asked_again() {
    let site = Site::open().await;
    site.set("/", "text/html", &listing(""));
    site.set("/rss", "text/html", "<html><body><a href=/rss/world.xml>World</a></body></html>");
    site.feed("/rss/world.xml", &[("one", "The council meets", "A text.")]);
    let (found, _) = probe_json(&site, "/").await;
    assert_eq!(found["choices"][0]["url"], site.url("/rss/world.xml"), "{found:#}");
    site.put("/feed/", Page { status: 429, ..Page::default() });
    let (left, code) = probe_json(&site, "/").await;
    assert_eq!((left["places"].as_array().map(Vec::len), left["choices"][0]["key"].as_str()), (Some(1), Some("page")));
    assert_eq!((site.times("/rss"), code), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn probe_shows_a_listing_with_its_blocks_and_what_was_left_out() {
    let site = Site::open().await;
    site.set("/news/", "text/html", &listing(""));
    let (probed, code) = probe_json(&site, "/news/").await;
    let choice = &probed["choices"][0];
    assert_eq!((choice["key"].as_str(), choice["items_total"].as_u64(), code), (Some("page"), Some(6), 0));
    assert_eq!(choice["items"][0]["published"]["from"], "listing");
    let blocks = choice["blocks"].as_array().unwrap();
    assert!(blocks[0]["taken"] == true && blocks[0]["items"] == 6, "{choice:#}");
    assert!(blocks.iter().any(|block| block["left_out"] == "navigation: inside nav"), "{choice:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_with_a_login_in_its_corner_is_a_listing() {
    let site = Site::open().await;
    let login = "<form action=/login><input name=user><input type=\"password\" name=pass></form></body>";
    site.set("/news/", "text/html", &listing("").replace("</body>", login));
    let (probed, code) = probe_json(&site, "/news/").await;
    assert_eq!((probed["choices"][0]["key"].as_str(), code), (Some("page"), 0), "{probed:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_article_is_distinguished_from_a_listing() {
    let site = Site::open().await;
    let text =
        "<p>The council of the northern harbours met for two days and agreed on a plan for lamps and schools.</p>";
    let page = format!(
        "<html lang=en><head><meta property='og:type' content='article'><title>The council of harbours meets</title>\
         </head><body><h1>The council of harbours meets</h1>{}</body></html>",
        text.repeat(8)
    );
    site.set("/2026/the-council-of-harbours", "text/html", &page);
    let (probed, code) = probe_json(&site, "/2026/the-council-of-harbours").await;
    let choice = &probed["choices"][0];
    assert_eq!((choice["key"].as_str(), code), (Some("article"), 0));
    assert_eq!(choice["items"][0]["title"], "The council of harbours meets");
}

#[tokio::test(flavor = "multi_thread")]
async fn probe_shows_a_sitemap_index_with_the_items_of_its_sitemaps() {
    let site = Site::open().await;
    let index = format!("<sitemapindex><sitemap><loc>{}</loc></sitemap></sitemapindex>", site.url("/posts.xml"));
    site.set("/sitemap.xml", "application/xml", &index);
    let urls =
        format!("<urlset><url><loc>{}</loc><lastmod>2026-01-02</lastmod></url></urlset>", site.url("/a-harbour"));
    site.set("/posts.xml", "application/xml", &urls);
    let (probed, code) = probe_json(&site, "/sitemap.xml").await;
    let choice = &probed["choices"][0];
    assert_eq!((probed["kind"].as_str(), choice["key"].as_str(), code), (Some("sitemap index"), Some("sitemap"), 0));
    assert_eq!(choice["items"][0]["title"], "a harbour");
}

#[tokio::test(flavor = "multi_thread")]
async fn probe_explains_an_unreadable_address_and_what_to_do() {
    let site = Site::open().await;
    site.set("/wall", "text/html", "<html><head><title>Just a moment...</title></head><body>Checking</body></html>");
    let (wall, code) = probe_json(&site, "/wall").await;
    assert_eq!((wall["class"].as_str(), code), (Some("blocked"), 1));
    let (gone, code) = probe_json(&site, "/gone").await;
    assert_eq!((gone["class"].as_str(), code), (Some("gone"), 1));
    let inside = probe(&[], &site.url("/wall")).await;
    let output = String::from_utf8_lossy(&inside.stderr).into_owned();
    assert!(output.contains("--allow-network 127.0.0.1") && inside.status.code() == Some(1), "{output}");
    let wrong = probe(&[], "ftp://example.org/").await;
    assert_eq!(wrong.status.code(), Some(2));
    site.set("/empty", "text/html", "<html><body><p>Soon.</p></body></html>");
    let (empty, code) = probe_json(&site, "/empty").await;
    assert_eq!((empty["choices"].as_array().map(Vec::len), code), (Some(0), 3), "{empty:#}");
    site.set("/file", "application/pdf", "%PDF-1.7");
    let (file, code) = probe_json(&site, "/file").await;
    assert!(file["error"].as_str().unwrap().contains("a PDF file") && code == 1, "{file:#}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_robots_txt_forbids_is_not_a_source() {
    let site = Site::open().await;
    site.set("/robots.txt", "text/plain", "User-agent: *\nDisallow: /news/\n");
    site.set("/news/", "text/html", &listing(""));
    let (probed, code) = probe_json(&site, "/news/").await;
    assert_eq!((probed["choices"].as_array().map(Vec::len), code), (Some(0), 3));
    assert!(probed["remarks"][0].as_str().unwrap().contains("robots.txt"), "{probed:#}");
    assert_eq!(site.times("/news/feed/"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn right_to_left_headlines_do_not_reorder_the_output() {
    let site = Site::open().await;
    site.put("/empty", Page { status: 404, ..Page::default() });
    site.feed("/feed", &[("one", "\u{202e}استقبال وفد في جدة", "نص الخبر الذي يصف الاستقبال.")]);
    let bare = site.url("/feed").replace("http://", "");
    let output = probe(&["--allow-network", "127.0.0.1"], &bare).await;
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("  1. \u{2068}استقبال وفد في جدة\u{2069}\n"), "{shown}");
    assert!(shown.contains("no answer over https; used http"), "{shown}");
    assert!(shown.contains("\n[[source]]\nid ") && !shown.contains(['\u{202e}', '\u{1b}']), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_names_the_reader_of_a_feed() {
    let site = Site::open().await;
    let served = [("&amp;", "rss; strict reader (feed-rs); 1 item;"), ("&", "rss; lenient reader (built in); 1 item;")];
    for (mark, expected) in served {
        site.feed("/feed", &[("one", &format!("Bread {mark} salt"), "A text.")]);
        let source = source("wire", "feed", "/feed", "").replace("{site}", &site.url(""));
        let output = marsad(vec!["visit".to_owned(), "wire".to_owned()], &source).await;
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(shown.starts_with(&format!("ok    wire: {expected}")), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_shows_what_was_found_on_a_page_and_why() {
    let site = Site::open().await;
    site.set("/news/", "text/html", &listing(""));
    let source = source("news", "page", "/news/", "").replace("{site}", &site.url(""));
    let output = marsad(vec!["visit".to_owned(), "news".to_owned()], &source).await;
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.starts_with("ok    news: listing; 6 items; dates: 6 from the listing; languages: 6 en"), "{shown}");
    assert!(
        shown.contains("used      6  main > article > h2 > a") && shown.contains("navigation: inside nav"),
        "{shown}"
    );
    assert!(shown.contains("new      A harbour of the north"), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn probe_finds_the_feed_of_a_site_whose_front_page_is_missing() {
    let site = Site::open().await;
    let (probed, code) = probe_json(&site, "/").await;
    assert_eq!((probed["choices"].as_array().map_or(0, Vec::len), code), (0, 1));
    site.feed("/feed/", &[("one", "A harbour of the north is dredged", "Engineers say so.")]);
    let (probed, code) = probe_json(&site, "/").await;
    assert_eq!((probed["choices"][0]["key"].as_str(), code), (Some("feed"), 0));
    assert!(probed["error"].as_str().unwrap().contains("status 404"), "{probed}");
    assert_eq!((&probed["kind"], probed["remarks"].as_array().map(Vec::len)), (&Value::Null, Some(0)));
    let output = probe(&["--allow-network", "127.0.0.0/8"], &site.url("/")).await;
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.starts_with(&format!("warn  {}: ", site.url("/"))) && !shown.contains("0 B"), "{shown}");
    assert!(shown.contains("\ntried the usual paths:\n") && shown.contains("\nread as feed "), "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_front_page_that_leads_on_is_probed_at_the_usual_paths_of_the_site_too() {
    let site = Site::open().await;
    site.set("/", "text/html", "<meta http-equiv=refresh content='0;url=/ar/'>");
    site.set("/ar/", "text/html", &listing(""));
    site.feed("/feed/", &[("one", "A harbour of the north is dredged", "Engineers say so.")]);
    let output = probe(&["--allow-network", "127.0.0.0/8"], &site.url("/")).await;
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("no feed is advertised; tried the usual paths:"), "{shown}");
    assert!(shown.contains(&format!("read as feed {}", site.url("/feed/"))), "{shown}");
    assert_eq!(site.times("/ar/feed/"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_leads_on_twice_names_where_it_leads() {
    let site = Site::open().await;
    site.set("/", "text/html", "<meta http-equiv=refresh content='0;url=/ar/'>");
    site.set("/ar/", "text/html", "<meta http-equiv=refresh content='0;url=/ar/home'>");
    let output = probe(&["--allow-network", "127.0.0.0/8"], &site.url("/")).await;
    let (shown, code) = (String::from_utf8_lossy(&output.stderr).into_owned(), output.status.code());
    assert!(shown.contains(&format!("such as {}", site.url("/ar/home"))) && code == Some(1), "{shown}");
}
