//! Tests which date of a page is that of its article.

use super::*;

const TITLE: &str = "Harbour council votes for a second lighthouse";

fn body() -> String {
    format!("<div class=entry-content><p>{OTHER}</p><p>{OTHER} {OTHER}</p><p>{PROSE}</p></div>")
}

fn day(page: &str) -> Option<String> {
    an_article(page).day.map(|day| day.to_string())
}

fn assert_day(page: &str, expected: Option<&str>) {
    assert_eq!(day(page).as_deref(), expected, "{page}");
}

#[test]
fn a_date_is_found_without_a_heading_that_is_the_title() {
    let page = format!(
        "<title>Votes on the lighthouse of the cape</title><div class=post><b>Harbour</b> <span class=date>14 November 2025</span>\
         {}</div>",
        body()
    );
    assert_day(&page, Some("2025-11-14"));
    let plain = format!(
        "<title>{TITLE} | The Courier</title><meta property=og:site_name content='The Courier'><h3>{TITLE}</h3>\
         <p>14 November 2025</p>{}",
        body()
    );
    assert_day(&plain, Some("2025-11-14"));
    let short = format!(
        "<title>Second lighthouse – At the Edge of Town</title><h1>Second lighthouse</h1>\
         <time class=published datetime=2025-11-14T22:10:00+01:00>14 November 2025</time>{}",
        body()
    );
    assert_day(&short, Some("2025-11-14"));
    assert_eq!(an_article(&short).title, "Second lighthouse");
}

#[test]
fn a_date_above_the_headline_is_read_and_todays_date_of_the_site_is_not() {
    let page = |before: &str| {
        format!("<title>{TITLE}</title><body><article>{before}<h1>{TITLE}</h1>{}</article></body>", body())
    };
    assert_day(
        &page("<div class=entry-meta><time datetime=2025-11-10T09:30:00Z>10 November 2025</time></div>"),
        Some("2025-11-10"),
    );
    for clock in [
        "<div class=topbar><time datetime=2025-11-20>20 November 2025</time></div>",
        "<nav><time datetime=2025-11-20></time></nav>",
    ] {
        assert_day(&page(clock), None);
    }
}

#[test]
fn dates_at_the_foot_and_in_a_machine_title_are_read() {
    let page =
        |after: &str| format!("<title>{TITLE}</title><div><h3 class=post-title>{TITLE}</h3>{}{after}</div>", body());
    assert_day(
        &page("<div class=post-footer>at <abbr class=published title='2025-11-19T05:11:00-05:00'>5:11 AM</abbr></div>"),
        Some("2025-11-19"),
    );
    assert_day(&page("<p>Published: 19 November 2025</p>"), Some("2025-11-19"));
    assert_day(&page("<ul><li><a href=/s>The Coast Farmer, 21 October 2024</a></ul>"), None);
    assert_day(&page("<p>The next vote is on 5 February 2025 in the hall of the town.</p>"), None);
}

#[test]
fn a_date_of_an_event_a_quotation_or_a_teaser_is_not_the_articles() {
    for other in [
        "<p>The next meeting is on Wed. 5 February 2025 at 7 p.m. in the town hall.</p>",
        "<blockquote><p>We will vote.</p><a href=/s>May 4, 2025</a></blockquote>",
        "<div class=card><h3><a href=/1>Museum shows maps</a></h3><time datetime=2025-05-04>4 May 2025</time></div>",
    ] {
        let page = format!("<title>{TITLE}</title><article><h1>{TITLE}</h1>{other}{}</article>", body());
        assert_day(&page, None);
    }
}

#[test]
fn a_labelled_day_corrects_an_uncertain_one() {
    let page = |head: &str, shown: &str| {
        format!(
            "<html lang=de><head><title>{TITLE}</title>{head}</head><article><h1>{TITLE}</h1>{shown}{}</article>",
            body()
        )
    };
    let marked = "<time itemprop=datePublished datetime=2025-01-27>27.01.2025</time>";
    assert_day(&page("<meta name=date content=2025-01-21T15:38:44+01:00>", marked), Some("2025-01-27"));
    assert_day(
        &page("<meta property='article:published_time' content=2025-01-21T15:38:44+01:00>", marked),
        Some("2025-01-21"),
    );
    assert_day(&page("<meta name=date content=2025-01-21T15:38:44+01:00>", ""), Some("2025-01-21"));
    let numeric = "<meta name=date content='11/01/2025 12:43:42'>";
    assert_day(&page(numeric, "<p>Erstellt am: 01.11.2025</p>"), Some("2025-11-01"));
    assert_day(&page(numeric, "<p>Erstellt am: 11.01.2025</p>"), Some("2025-01-11"));
    assert_day(
        &page("", "<div class=time><time datetime=2025-07-03T10:18:46Z>Published on 29 June 2025</time></div>"),
        Some("2025-06-29"),
    );
    assert_day(&page("", "<span class=date><span>28.09.19</span><span>12:44</span></span>"), Some("2019-09-28"));
}

#[test]
fn the_page_or_its_address_dates_an_article_without_a_date() {
    let ld = |kind: &str| {
        format!(
            "<script type='application/ld+json'>{{\"@type\":\"{kind}\",\"datePublished\":\"2025-11-12\"}}</script>\
             <title>{TITLE}</title><h1>{TITLE}</h1>{}",
            body()
        )
    };
    assert_day(&ld("WebPage"), Some("2025-11-12"));
    assert_day(&ld("Person"), None);
    let at = |address: &str| {
        let page = format!("<title>{TITLE}</title><h1>{TITLE}</h1>{}", body());
        let document = Document { address: Address::parse(address).unwrap(), ..document(&page) };
        let article = article::read(&Page::open(&document).unwrap(), &source(SourceKind::Article), now()).unwrap();
        article.day.map(|day| day.to_string())
    };
    for address in [
        "https://n.example.org/2025/11/07/vote",
        "https://n.example.org/n/2025-11-07-vote",
        "https://n.example.org/20251107_vote",
    ] {
        assert_eq!(at(address).as_deref(), Some("2025-11-07"), "{address}");
    }
    for address in [
        "https://n.example.org/2025/11/vote",
        "https://n.example.org/20259907",
        "https://n.example.org/2031/01/02/vote",
    ] {
        assert_eq!(at(address), None, "{address}");
    }
}

#[test]
fn the_second_half_of_a_headline_is_not_the_name_of_a_site() {
    let title = |page: &str| an_article(page).title;
    let long = "Harbour council votes for a lighthouse - skippers ask for more";
    let body = body();
    assert_eq!(title(&format!("<title>{long}</title><h1>{long}</h1>{body}")), long);
    assert_eq!(
        title(&format!("<title>{long} | The Coast Courier</title><meta property='og:title' content='{long}'>{body}")),
        long
    );
    assert_eq!(
        title(&format!("<title>Harbour council votes for a lighthouse - The Coast Courier</title>{body}")),
        "Harbour council votes for a lighthouse"
    );
}
