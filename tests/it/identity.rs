//! Tests how items are recognized when their link, guid or headline changes.

use jiff::SignedDuration;

use super::world::{TEXT, World, feed, source, watch};

pub(super) const RSS: &str = "application/rss+xml; charset=utf-8";
pub(super) const HTML: &str = "text/html; charset=utf-8";
const OTHER_TEXT: &str = "Aid for Gaza is to pass through the harbour from spring on, and the crossings are to be open by day \
                          and by night, as the envoy told those who had come to hear of it.";

/// A feed of these (title, link, guid, text).
fn rss(items: &[(&str, &str, &str, &str)]) -> String {
    let items = items.iter().map(|(title, link, guid, text)| {
        let link = link.replace('&', "&amp;");
        let guid = if guid.is_empty() { String::new() } else { format!("<guid isPermaLink='false'>{guid}</guid>") };
        format!("<item><title>{title}</title><link>{link}</link>{guid}<description>{text}</description></item>")
    });
    format!("<rss version='2.0'><channel><title>t</title>{}</channel></rss>", items.collect::<String>())
}

/// A world that watches a source for Gaza.
pub(super) async fn watching(source: &str) -> World {
    World::with(&format!("{source}{}", watch("gaza", "Gaza", &["desk"]))).await
}

/// Serves a document and visits it; returns the counts of new items and alerts.
pub(super) async fn visit(world: &World, media_type: &str, text: &str) -> (usize, usize) {
    world.wait(SignedDuration::from_mins(10));
    world.site.set("/feed", media_type, text);
    let visit = world.bring("wire").await;
    assert_eq!(visit.error, None);
    (visit.admitted.new, visit.admitted.alerts)
}

/// The token that a site generates at the n-th visit for the i-th item.
fn token(n: usize, i: usize) -> String {
    format!("{:08x}f{i}", 0x9e37_79b9_u32.wrapping_mul(u32::try_from(n).unwrap() + 1))
}

#[tokio::test]
async fn a_short_headline_whose_link_and_guid_change_at_every_visit_alerts_once() {
    let titles = ["Gaza under fire", "Gaza talks", "Gaza: aid", "Gaza ceasefire talks resume in Cairo"];
    for link in ["https://n.example.org/click?tid={t}&c={c}", "https://n.example.org/r;k={t}"] {
        let world = watching(&feed("wire", "/feed")).await;
        let at = |n: usize, count: usize| {
            let items: Vec<[String; 3]> = (0..count)
                .map(|i| {
                    let number = format!("7{n}0{i}34512345678{n}");
                    let link = link.replace("{t}", &token(n, i)).replace("{c}", &number);
                    [titles[i].to_owned(), link, token(n + 9, i)]
                })
                .collect();
            rss(&items.iter().map(|[a, b, c]| (a.as_str(), b.as_str(), c.as_str(), "")).collect::<Vec<_>>())
        };
        assert_eq!(visit(&world, RSS, &at(0, 3)).await, (3, 0), "{link}");
        for n in 1..4 {
            assert_eq!(visit(&world, RSS, &at(n, 3)).await, (0, 0), "{link}: visit {n}");
        }
        assert_eq!(visit(&world, RSS, &at(4, 4)).await, (1, 1), "{link}: what is new alerts");
        assert_eq!(visit(&world, RSS, &at(5, 4)).await, (0, 0), "{link}");
    }
}

#[tokio::test]
async fn a_link_that_is_only_a_token_does_not_alert_again() {
    let world = watching(&feed("wire", "/feed")).await;
    let mut alerts = Vec::new();
    for n in 0..7 {
        let [one, two] = [0, 1].map(|i| format!("https://n.example.org/r/{}", token(n, i)));
        alerts
            .push(visit(&world, RSS, &rss(&[("Gaza today", &one, &one, ""), ("Gaza talks", &two, &two, "")])).await.1);
    }
    assert_eq!(alerts, [0; 7]);
}

#[tokio::test]
async fn a_session_id_in_links_does_not_alert_again() {
    for link in [
        "https://n.example.org/n.php?id={i}&PHPSESSID={t}",
        "https://n.example.org/n;jsessionid={t}.node1?id={i}",
        "https://n.example.org/n.asp?id={i}&ASPSESSIONIDQQCBSADT=KHFDNAM{t}",
        "https://n.example.org/n.cfm?CFID={t}&CFTOKEN={t}&id={i}",
        "https://n.example.org/t.php?id={i}&sid=0c5f2a9be77d4e2288b1f{t}",
        "https://n.example.org/t.php?s=0c5f2a9be77d4e2288b1f{t}&id={i}",
        "https://n.example.org/(S({t}55t21z5v55vlm25))/n.aspx?id={i}",
    ] {
        let at = |n: usize| [1, 2].map(|i| link.replace("{t}", &token(n, 0)).replace("{i}", &i.to_string()));
        for guid in [true, false] {
            let world = watching(&feed("wire", "/feed")).await;
            for n in 0..3 {
                let [one, two] = at(n);
                let guids = if guid { [one.as_str(), two.as_str()] } else { ["", ""] };
                let text = rss(&[("Gaza today", &one, guids[0], ""), ("Gaza talks", &two, guids[1], "")]);
                let expected = if n == 0 { (2, 0) } else { (0, 0) };
                assert_eq!(visit(&world, RSS, &text).await, expected, "{link}: visit {n}");
            }
        }
        let world = watching(&source("wire", "page", "/feed", "follow = \"never\"\nitem = \"article\"")).await;
        for n in 0..3 {
            let card = |link: &String| format!("<article><h3><a href='{link}'>Gaza today</a></h3></article>");
            let text = at(n).iter().map(card).collect::<String>();
            let expected = if n == 0 { (2, 0) } else { (0, 0) };
            assert_eq!(visit(&world, HTML, &text).await, expected, "{link}: visit {n} of the page");
        }
    }
}

#[tokio::test]
async fn the_next_bulletin_under_the_same_short_headline_alerts() {
    for (link, guid) in [
        ("https://n.example.org/2026/{n}/weekly", ""),
        ("https://n.example.org/show.php?id=4{n}", ""),
        ("https://n.example.org/show.php?id=4{n}", "4{n}"),
        ("https://n.example.org/show?date=2026-11-0{n}", ""),
        ("https://n.example.org/show?week={n}&PHPSESSID=0a1b2c3d{n}", "w{n}"),
        ("https://n.example.org/n/65f1c0ffee12ab3{n}", "65f1c0ffee12ab3{n}"),
    ] {
        for alone in [true, false] {
            let world = watching(&feed("wire", "/feed")).await;
            let made = |n: usize, title: &'static str| {
                let n = n.to_string();
                (title, link.replace("{n}", &n), guid.replace("{n}", &n))
            };
            for n in 1..6 {
                let newest = [made(n, "Gaza weekly"), made(n + 10, "Gaza press")];
                let older = (1..n).flat_map(|n| [made(n, "Gaza weekly"), made(n + 10, "Gaza press")]);
                let items: Vec<_> = newest.into_iter().chain(older.filter(|_| !alone)).collect();
                let items: Vec<_> = items.iter().map(|(a, b, c)| (*a, b.as_str(), c.as_str(), "")).collect();
                let expected = if n == 1 { (2, 0) } else { (2, 2) };
                assert_eq!(visit(&world, RSS, &rss(&items)).await, expected, "{link} {guid}: week {n}");
                assert_eq!(visit(&world, RSS, &rss(&items)).await, (0, 0), "{link} {guid}: week {n} again");
            }
        }
    }
}

#[tokio::test]
async fn an_edited_headline_address_and_guid_over_one_text_alert_once() {
    let world = watching(&feed("wire", "/feed")).await;
    visit(&world, RSS, &rss(&[("Before", "https://n.example.org/0", "0", "")])).await;
    let text = format!("{TEXT} The aid for Gaza will be the first point.");
    let first = rss(&[("Ministers meet over Gaza", "https://n.example.org/a", "a", &text)]);
    assert_eq!(visit(&world, RSS, &first).await, (1, 1));
    let second = rss(&[("Gaza: foreign ministers hold talks", "https://n.example.org/b", "b", &text)]);
    assert_eq!(visit(&world, RSS, &second).await, (0, 0), "the same text");
    assert_eq!(visit(&world, RSS, &second).await, (0, 0));
    let another = rss(&[("Gaza: foreign ministers part", "https://n.example.org/c", "c", "They left without a word.")]);
    assert_eq!(visit(&world, RSS, &another).await, (1, 1));
}

#[tokio::test]
async fn an_edited_headline_over_the_same_full_page_alerts_once() {
    let world = watching(&source("wire", "feed", "/feed", "")).await;
    visit(&world, RSS, &rss(&[("Before", "https://n.example.org/0", "0", "")])).await;
    let text = format!("{TEXT} The aid for Gaza will be the first point, and the harbours the second.");
    for (n, title) in
        ["Ministers meet over Gaza in the harbour", "Gaza: foreign ministers hold talks in Jeddah"].iter().enumerate()
    {
        let path = format!("/page-{n}");
        world.site.set(
            &path,
            HTML,
            &format!("<html><body><article><h1>{title}</h1><p>{text}</p></article></body></html>"),
        );
        let link = world.site.url(&path);
        visit(&world, RSS, &rss(&[(title, &link, &link, "Ministers speak of aid.")])).await;
    }
    assert_eq!(world.alerted(), ["Ministers meet over Gaza in the harbour"]);
}

#[tokio::test]
async fn a_headline_that_shares_a_short_name_or_nothing_with_a_full_text_is_a_revision() {
    let short = "Ministers of the OIC met for two days and agreed on a plan for clinics, water and schools; the next \
                 meeting will look at what was built and at what it cost.";
    let arabic = "التقى الوزراء يومين في جدة واتفقوا على خطة للعيادات والمياه والمدارس في غزة على أن ينظر الاجتماع \
                  المقبل فيما تم بناؤه وفي كلفته وفي موعد فتح الموانئ والمعابر والمطار من جديد أمام القوافل";
    let long = format!("{TEXT} {OTHER_TEXT}");
    for (text, titles) in [
        (short, ["Gaza: plan for clinics agreed", "Gaza, says OIC: yes"]),
        (arabic, ["الوزراء يتفقون على خطة للعيادات", "غزة: نعم"]),
        (&long, ["Gaza: plan for clinics agreed", "Yes, they can"]),
    ] {
        let world = watching(&feed("wire", "/feed")).await;
        visit(&world, RSS, &rss(&[("Before", "https://n.example.org/0", "0", "")])).await;
        let [first, second] = [0, 1].map(|n| {
            let link = format!("https://n.example.org/{n}x");
            rss(&[(titles[n], &link, &link, text)])
        });
        assert_eq!(visit(&world, RSS, &first).await.0, 1, "{titles:?}");
        assert_eq!(visit(&world, RSS, &second).await.0, 0, "{titles:?}");
    }
}

#[tokio::test]
async fn a_feed_that_is_empty_at_first_alerts_for_its_first_items() {
    for (kind, media_type, empty) in [
        ("feed", RSS, rss(&[])),
        (
            "feed",
            "application/atom+xml",
            "<feed xmlns='http://www.w3.org/2005/Atom'><title>t</title></feed>".to_owned(),
        ),
        ("feed", "application/feed+json", json(&[])),
        ("sitemap", "application/xml", sitemap(&[])),
    ] {
        let world = watching(&source("wire", kind, "/feed", "follow = \"never\"")).await;
        assert_eq!(visit(&world, media_type, &empty).await, (0, 0), "{empty}");
        let full = if kind == "sitemap" { sitemap(&[41]) } else { undated(&[41]) };
        let media_type = if kind == "sitemap" { media_type } else { RSS };
        assert_eq!(visit(&world, media_type, &full).await, (1, 1), "{empty}");
        assert_eq!(world.pipeline.store.source_states().await.unwrap()[0].state, marsad::health::Health::Healthy);
    }
}

#[tokio::test]
async fn a_feed_that_is_truncated_before_its_first_item_is_not_a_baseline() {
    let world = watching(&feed("wire", "/feed")).await;
    for text in ["<rss version='2.0'><channel><title>t</title>", "<rss version='2.0'><channel><item><ti"] {
        assert_eq!(visit(&world, RSS, text).await, (0, 0), "{text}");
    }
    assert_eq!(visit(&world, RSS, &undated(&[41, 42, 43])).await, (3, 0));
}

#[tokio::test]
async fn a_listing_without_items_is_not_a_baseline_but_later_dated_items_alert() {
    let selectors = "follow = \"never\"\nitem = \"article\"\ndate = \"time\"";
    let world = watching(&source("wire", "page", "/feed", selectors)).await;
    let page = |cards: &str| format!("<html><body><main>{cards}</main></body></html>");
    assert_eq!(visit(&world, HTML, &page("<p>Nothing yet</p>")).await, (0, 0));
    let card = |n: usize, day: &str| {
        format!("<article><a href='/a/{n}'>Gaza report number {n} of the list</a><time>{day}</time></article>")
    };
    let cards = [card(1, "2027-01-02"), card(2, ""), card(3, "2027-01-15")].concat();
    assert_eq!(visit(&world, HTML, &page(&cards)).await, (3, 1), "one is dated after the empty page");
    assert_eq!(visit(&world, HTML, &page(&format!("{}{cards}", card(4, "")))).await, (1, 1));
}

#[tokio::test]
async fn a_text_under_every_headline_does_not_identify_an_item() {
    const TEASER: &str = "To read on, please log in with your account or take out a subscription, which gives you every \
                          article of this site and of its archive, on every device, for a month, without any cost.";
    let world = watching(&feed("wire", "/feed")).await;
    visit(&world, RSS, &rss(&[("Before", "https://n.example.org/0", "0", TEASER)])).await;
    let titles = ["Gaza talks resume in Cairo", "Harbour of Gaza opens", "Clinics in Gaza reopen"];
    for (n, title) in titles.into_iter().enumerate() {
        let link = format!("https://n.example.org/{n}x");
        assert_eq!(visit(&world, RSS, &rss(&[(title, &link, &link, TEASER)])).await, (1, 1), "{title}");
    }
    let both = rss(&[
        ("Gaza: log in at last", "https://n.example.org/p", "p", TEASER),
        ("Gaza: a subscription for all", "https://n.example.org/q", "q", TEASER),
    ]);
    assert_eq!(visit(&world, RSS, &both).await, (2, 2), "the site's words in a headline prove nothing");
}

/// How the entries of a long document are ordered and dated.
type Document = fn(&[usize]) -> String;

fn entry(n: usize, day: &str) -> String {
    let date = if day.is_empty() { String::new() } else { format!("<pubDate>{day}</pubDate>") };
    let word = if n > 40 { "Gaza" } else { "Older" };
    format!(
        "<item><title>{word} report number {n} of the list</title><link>https://n.example.org/a/{n}</link>{date}</item>"
    )
}

fn undated(numbers: &[usize]) -> String {
    let items = numbers.iter().map(|n| entry(*n, "")).collect::<String>();
    format!("<rss version='2.0'><channel><title>t</title>{items}</channel></rss>")
}

fn dated_alike(numbers: &[usize]) -> String {
    let items = numbers.iter().map(|n| entry(*n, "Mon, 02 Nov 2026 00:00:00 GMT")).collect::<String>();
    format!("<rss version='2.0'><channel><title>t</title>{items}</channel></rss>")
}

fn dated_wrongly(numbers: &[usize]) -> String {
    let day = |n: usize| format!("{} Nov 2026 00:00:00 GMT", 28 - n % 28);
    let items = numbers.iter().map(|n| entry(*n, &day(*n))).collect::<String>();
    format!("<rss version='2.0'><channel><title>t</title>{items}</channel></rss>")
}

fn sitemap(numbers: &[usize]) -> String {
    let word = |n: usize| if n > 40 { "gaza" } else { "older" };
    let urls = numbers.iter().map(|n| format!("<url><loc>https://n.example.org/{}-report-{n}</loc></url>", word(*n)));
    format!("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{}</urlset>", urls.collect::<String>())
}

fn json(numbers: &[usize]) -> String {
    let word = |n: usize| if n > 40 { "Gaza" } else { "Older" };
    let items = numbers.iter().map(|n| {
        format!(r#"{{"id":"{n}","url":"https://n.example.org/{n}","title":"{} report number {n} of it"}}"#, word(*n))
    });
    let items = items.collect::<Vec<_>>().join(",");
    format!(r#"{{"version":"https://jsonfeed.org/version/1.1","title":"t","items":[{items}]}}"#)
}

fn cards(numbers: &[usize]) -> String {
    let word = |n: usize| if n > 40 { "Gaza" } else { "Older" };
    let card =
        |n: &usize| format!("<article><a href='/a/{n}'>{} report number {n} of the list</a></article>", word(*n));
    format!("<html><body><main>{}</main></body></html>", numbers.iter().map(card).collect::<String>())
}

const LONG: &[(&str, &str, &str, Document)] = &[
    ("undated", "feed", RSS, undated),
    ("dated alike", "feed", RSS, dated_alike),
    ("dated wrongly", "feed", RSS, dated_wrongly),
    ("sitemap", "sitemap", "application/xml", sitemap),
    ("JSON", "feed", "application/feed+json", json),
    ("listing", "page", HTML, cards),
];

pub(super) fn long_source(kind: &str) -> String {
    let item = if kind == "page" { "item = \"article\"\n" } else { "" };
    source("wire", kind, "/feed", &format!("{item}follow = \"never\"\nmax_items = 20"))
}

#[tokio::test]
async fn an_entry_added_anywhere_in_a_long_document_alerts_once() {
    for (name, kind, media_type, document) in LONG {
        let world = watching(&long_source(kind)).await;
        let mut numbers: Vec<usize> = (1..=40).collect();
        assert_eq!(visit(&world, media_type, &document(&numbers)).await, (20, 0), "{name}");
        for (n, at) in [(41, 40), (42, 0), (43, 20)] {
            numbers.insert(at, n);
            assert_eq!(visit(&world, media_type, &document(&numbers)).await, (1, 1), "{name}: entry {n} at {at}");
            assert_eq!(visit(&world, media_type, &document(&numbers)).await, (0, 0), "{name}: entry {n} again");
        }
        let states = world.pipeline.store.source_states().await.unwrap();
        assert_eq!((states[0].state.as_str(), &states[0].degraded), ("healthy", &None), "{name}");
    }
}

#[tokio::test]
async fn entries_beyond_max_items_at_the_first_visit_do_not_alert_later() {
    for (name, kind, media_type, document) in LONG {
        let world = watching(&long_source(kind)).await;
        let numbers: Vec<usize> = (30..=70).collect();
        assert_eq!(visit(&world, media_type, &document(&numbers)).await.1, 0, "{name}");
        for range in [40..=70, 50..=70, 65..=70] {
            let numbers: Vec<usize> = range.collect();
            assert_eq!(visit(&world, media_type, &document(&numbers)).await.1, 0, "{name}: {} are left", numbers.len());
        }
        let numbers: Vec<usize> = (65..=71).collect();
        assert_eq!(visit(&world, media_type, &document(&numbers)).await, (1, 1), "{name}");
    }
}

#[tokio::test]
async fn new_entries_beyond_max_items_alert_at_the_next_visits_and_the_source_is_not_healthy_until_then() {
    let world = watching(&long_source("feed")).await;
    visit(&world, RSS, &undated(&(1..=40).collect::<Vec<_>>())).await;
    let numbers: Vec<usize> = (1..=85).collect();
    let mut alerts = Vec::new();
    for _ in 0..4 {
        alerts.push(visit(&world, RSS, &undated(&numbers)).await.1);
        let state = &world.pipeline.store.source_states().await.unwrap()[0];
        let whole = alerts.iter().sum::<usize>() == 45;
        assert_eq!(
            (state.state == marsad::health::Health::Healthy, state.degraded.is_none()),
            (whole, whole),
            "{alerts:?}: {state:?}"
        );
    }
    assert_eq!(alerts, [20, 20, 5, 0]);
}
