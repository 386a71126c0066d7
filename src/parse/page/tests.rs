//! Tests how pages are read: articles, listings and bulletins.

mod article_dates;
mod article_texts;
mod bulletins;
mod listing_blocks;
mod short_headlines;
mod single_parse;

use jiff::Timestamp;

use super::Page;
use super::article::{self, Article};
use crate::address::Address;
use crate::date::{DateEvidence, Moment};
use crate::item::TextState;
use crate::parse::{self, Document, ParseError, Parsed};
use crate::source::{Source, SourceKind};

const PROSE: &str = "عقدت اللجنة الدائمة اجتماعها اليوم في مقر الأمانة العامة، وبحثت سبل دعم التعليم في الدول الأعضاء، \
    وأكد المشاركون أهمية العمل المشترك من أجل التنمية المستدامة في المنطقة كلها.";
const OTHER: &str = "أعلنت الهيئة العامة للطيران في بيان لها اليوم عن بدء تشغيل رحلات جديدة إلى عدد من العواصم الآسيوية \
    خلال الموسم المقبل، بأسعار مخفضة للمسافرين من الطلاب وكبار السن.";

fn document(body: &str) -> Document {
    Document {
        address: Address::parse("https://news.example.org/ar/2025/11/42").unwrap(),
        media_type: "text/html".to_owned(),
        text: body.to_owned(),
        encoding: "UTF-8",
        replaced: 0,
    }
}

fn source(kind: SourceKind) -> Source {
    Source::at(kind, Address::parse("https://news.example.org/ar/").unwrap())
}

fn now() -> Timestamp {
    "2025-11-21T12:00:00Z".parse().unwrap()
}

fn read(kind: SourceKind, body: &str) -> Result<Parsed, ParseError> {
    parse::read(&document(body), &source(kind), now())
}

fn an_article(body: &str) -> Article {
    article::read(&Page::open(&document(body)).unwrap(), &source(SourceKind::Article), now()).unwrap()
}

fn listing(body: &str) -> Parsed {
    read(SourceKind::Page(None), body).unwrap()
}

fn bulletin(split: Option<&str>, body: &str) -> Parsed {
    read(SourceKind::Bulletin { split: split.map(str::to_owned) }, body).unwrap()
}

fn titles(parsed: &Parsed) -> Vec<&str> {
    parsed.items.iter().map(|item| item.title.as_str()).collect()
}

#[test]
fn an_article_ends_where_another_one_is_announced() {
    for marker in
        ["إقرأ أيضاً:", "مواضيع ذات صلة", "بیشتر بخوانید", "İlgili haberler", "À lire aussi", "Related articles"]
    {
        let article = an_article(&format!(
            "<html lang=ar><h1>اجتماع اللجنة الدائمة لدعم التعليم</h1><div class=article-content><p>{PROSE}<p>{PROSE}\
             <h3>{marker}</h3><p>{OTHER}<p>{OTHER}</div>"
        ));
        assert!(article.text.contains("اللجنة الدائمة"), "{marker}");
        assert!(!article.text.contains("الآسيوية"), "{marker}");
        assert!(!article.text.contains(marker), "{marker}");
    }
}

#[test]
fn tickers_share_buttons_and_comments_are_not_text() {
    let article = an_article(&format!(
        "<div class=newsticker><a href=/1>خبر عاجل من العاصمة</a></div><article><h1>اجتماع اللجنة الدائمة لدعم التعليم</h1>\
         <div class=share-box>شارك الخبر مع أصدقائك على المنصات</div><p>{PROSE}</p>\
         <div class=comments><p>{OTHER}</p></div></article><footer>جميع الحقوق محفوظة</footer>"
    ));
    assert_eq!(article.text, PROSE.split_whitespace().collect::<Vec<_>>().join(" "));
    assert_eq!(article.text_state, TextState::Full);
}

#[test]
fn a_short_article_has_no_text_from_outside_it() {
    let ticker = format!("<div class=ticker><ul><li>{OTHER}<li>{OTHER}<li>{OTHER}</ul></div>");
    let second =
        format!("<h3>إقرأ أيضاً:</h3><div><h2>شركة الطيران تعلن خطتها</h2><p>{OTHER}<p>{OTHER}<p>{OTHER}</div>");
    for (before, after) in [(ticker.as_str(), ""), ("", second.as_str())] {
        let article = an_article(&format!(
            "<html lang=ar>{before}<article><h1>اجتماع اللجنة الدائمة لدعم التعليم</h1>\
             <div class=entry-content><p>{PROSE}{after}</div></article>"
        ));
        assert!(article.text.contains("اللجنة الدائمة"), "{}", article.text);
        assert!(!article.text.contains("الآسيوية"), "{}", article.text);
    }
}

#[test]
fn a_title_is_read_without_the_name_of_the_site() {
    let article = an_article(&format!(
        "<title>اجتماع اللجنة الدائمة لدعم التعليم - وكالة الأنباء</title><div class=post-content><p>{PROSE}<p>{PROSE}</div>"
    ));
    assert_eq!(article.title, "اجتماع اللجنة الدائمة لدعم التعليم");
}

#[test]
fn without_evidence_there_is_no_date() {
    let body = |more: &str| {
        format!("<h1>اجتماع اللجنة الدائمة لدعم التعليم</h1>{more}<p>{PROSE}<p>في عام 1948 قال.<p>{PROSE}")
    };
    assert_eq!(an_article(&body("")).published, None);
    assert_eq!(an_article(&body("<meta property='article:published_time' content='soon'>")).published, None);
    let seen = an_article(&body("<div class=date>الجمعة 14 تشرين الثاني 2025</div>"));
    assert_eq!(seen.published.as_ref().map(|published| published.from), Some(DateEvidence::Text));
    assert_eq!(seen.day.unwrap().to_string(), "2025-11-14");
    let future = an_article(&body("<meta property='article:published_time' content='2031-01-01T00:00:00Z'>"));
    assert_eq!(future.published, None);
}

#[test]
fn the_date_of_a_comment_a_change_or_another_article_is_not_the_articles() {
    let page = |before: &str, after: &str| {
        format!(
            "<h1>اجتماع اللجنة الدائمة لدعم التعليم</h1>{before}<div class=entry-content><p>{PROSE}<p>{PROSE}<p>{PROSE}</div>{after}"
        )
    };
    for (before, after) in [
        ("", "<ol class=commentlist><li><time datetime='2025-11-19'>19 نوفمبر 2025</time> شكرا</ol>"),
        ("<time class=updated datetime='2025-11-19'>19 نوفمبر 2025</time>", ""),
        ("<span class=date>آخر تحديث: 19 نوفمبر 2025</span>", ""),
        ("<div class=meta><time>Today 7:30AM</time></div>", ""),
        (
            "<div class=related><a href=/news/9>خبر آخر</a> <time itemprop=datePublished datetime='2025-11-19'></time></div>",
            "",
        ),
        ("", "<aside><h3>الأحدث</h3><span class=date>19 نوفمبر 2025</span></aside>"),
    ] {
        assert_eq!(an_article(&page(before, after)).day, None, "{before}{after}");
    }
    let both = page("<span class=date>نشر: 18 نوفمبر 2025 | آخر تحديث: 19 نوفمبر 2025</span>", "");
    assert_eq!(an_article(&both).day.map(|day| day.day()), Some(18));
}

#[test]
fn the_day_is_that_of_the_pages_own_time_zone() {
    let article = an_article(&format!(
        "<meta property='article:published_time' content='2025-11-13T22:30:00Z'><h1>اجتماع اللجنة الدائمة لدعم التعليم</h1>\
         <time datetime='14 نوفمبر 2025'>14 نوفمبر 2025</time><p>{PROSE}<p>{PROSE}"
    ));
    assert_eq!(article.day.unwrap().to_string(), "2025-11-14");
    assert!(matches!(article.published.unwrap().at, Moment::Instant(at) if at.to_string() == "2025-11-13T22:30:00Z"));
}

#[test]
fn a_text_that_is_about_something_else_is_not_read() {
    let article = an_article(&format!(
        "<title>Ministers conclude emergency summit concerning humanitarian corridors</title>\
         <meta name=description content='What was decided.'><div class=entry-content><p>{OTHER}<p>{OTHER}</div>"
    ));
    assert_eq!((article.text.as_str(), article.text_state), ("", TextState::Excerpt));
    assert_eq!(article.description, "What was decided.");
}

#[test]
fn a_text_in_the_article_element_of_its_headline_need_not_repeat_its_words() {
    let title = "Ministers conclude emergency summit concerning humanitarian corridors";
    let page = |open: &str, close: &str| {
        format!("<title>{title}</title><body>{open}<h1>{title}</h1><p>{OTHER}</p><p>{OTHER}</p>{close}")
    };
    assert_eq!(an_article(&page("<article>", "</article>")).text_state, TextState::Full);
    let other = an_article(&page("<div><header>", "</header></div>"));
    assert_ne!(other.text_state, TextState::Full, "{}", other.text);
}

#[test]
fn a_page_cannot_call_itself_another_sites_page() {
    let page = |canonical: &str| {
        let html =
            format!("<link rel=canonical href='{canonical}'><h1>اجتماع اللجنة الدائمة لدعم التعليم</h1><p>{PROSE}");
        read(SourceKind::Article, &html).unwrap().items.remove(0).address.unwrap().as_str().to_owned()
    };
    let own = "https://news.example.org/ar/2025/11/42";
    assert_eq!(page("https://news.example.org/ar/n/42"), "https://news.example.org/ar/n/42");
    for other in ["https://elsewhere.example/42", "http://127.0.0.1/", "javascript:alert(1)", "/"] {
        assert_eq!(page(other), own, "{other}");
    }
}

#[test]
fn markup_and_overrides_reach_no_field() {
    let article = an_article(&format!(
        "<h1>اجتماع \u{202e}اللجنة\u{2066} &lt;script&gt; {{{{7*7}}}} \u{1b}]0;x\u{7}</h1><script>alert(1)</script>\
         <p onclick=x>{PROSE}<iframe srcdoc='<p>x'></iframe><svg><text>draw</text></svg><p>{PROSE}"
    ));
    assert_eq!(article.title, "اجتماع اللجنة <script> {{7*7}} ]0;x");
    assert!(!article.text.contains("alert") && !article.text.contains("draw"));
}

fn card(n: usize) -> String {
    format!(
        "<article class=post><a href='/news/{n}42'><img alt=''></a><h2><a href='/news/{n}42'>عنوان الخبر الطويل رقم {n} من أخبار اليوم</a></h2>\
         <span class=date>1{n} نوفمبر 2025</span><p>{PROSE}</p><a href='/news/{n}42'>اقرأ المزيد</a></article>"
    )
}

#[test]
fn a_listing_gives_each_item_once_with_its_date_and_excerpt() {
    let cards: String = (0..6).map(card).collect();
    let parsed = listing(&format!(
        "<nav><ul><li><a href=/c/1>أخبار العالم الإسلامي اليوم</a><li><a href=/c/2>مقالات وبحوث ودراسات</a></ul></nav>\
         <main>{cards}</main><aside><h3>الأكثر قراءة</h3><ul><li><a href=/m/901>خبر قديم قرأه كثير من الناس</a>\
         <li><a href=/m/902>خبر آخر قديم قرأه كثير من الناس</a></ul></aside>"
    ));
    assert_eq!(parsed.items.len(), 6, "{:?}", titles(&parsed));
    let first = &parsed.items[1];
    assert_eq!(first.title, "عنوان الخبر الطويل رقم 1 من أخبار اليوم");
    assert_eq!(first.address.as_ref().unwrap().as_str(), "https://news.example.org/news/142");
    assert!(first.summary.starts_with("عقدت اللجنة"));
    assert_eq!(
        first.published.as_ref().map(|date| (date.at.to_string(), date.from)),
        Some(("2025-11-11".to_owned(), DateEvidence::Listing))
    );
    assert_eq!(parsed.layout.unwrap().places()[0].items, 6);
}

#[test]
fn a_front_page_gives_all_its_blocks() {
    let block = |name: &str, from: usize| -> String {
        let rows: String = (from..from + 4)
            .map(|n| {
                format!("<li><h4><a href='/n/{n}00{n}'>Headline of the {name} desk about event number {n}</a></h4>")
            })
            .collect();
        format!("<div class='{name}'><h3><a href='/{name}'>{name}</a></h3><ul class='{name}-list'>{rows}</ul></div>")
    };
    let parsed = listing(&format!("{}{}{}", block("world", 10), block("economy", 20), block("culture", 30)));
    assert_eq!(parsed.items.len(), 12, "{:?}", titles(&parsed));
}

#[test]
fn a_front_page_gives_the_links_under_a_block_and_not_the_most_read() {
    let link = |n: usize| format!("<li><a href=/news/{n}>الأمين العام يلتقي رئيس الوفد رقم {n} في مقر المنظمة</a></li>");
    let links = |from: usize| (from..from + 4).map(link).collect::<String>();
    let block = |n: usize| {
        format!(
            "<section><div><h3><a href=/news/{n}00>افتتاح المؤتمر الوزاري رقم {n} في العاصمة</a></h3><p>{PROSE}</p></div><ul>{}</ul></section>",
            links(n * 100 + 1)
        )
    };
    let page = format!(
        "<main>{}{}{}</main><div><h4>الأكثر قراءة</h4><ul>{}</ul></div>",
        block(1),
        block(2),
        block(3),
        links(901)
    );
    let parsed = listing(&page);
    assert_eq!(parsed.items.len(), 15, "{:?}", titles(&parsed));
}

#[test]
fn a_date_next_to_the_headline_in_its_line_or_link_is_the_items() {
    let rows = |row: &dyn Fn(usize) -> String| format!("<main><ul>{}</ul></main>", (1..7).map(row).collect::<String>());
    let title = |n: usize| format!("الأمين العام يلتقي رئيس الوفد رقم {n} في مقر المنظمة");
    for page in [
        rows(&|n| format!("<li><a href=/news/{n}00>{}</a> <span>(1{n} نوفمبر 2025)</span></li>", title(n))),
        rows(&|n| {
            format!("<a href=/news/{n}00><span>أخبار</span><span>1{n} نوفمبر 2025</span><div>{}</div></a>", title(n))
        }),
    ] {
        let parsed = listing(&page);
        let days: Vec<String> =
            parsed.items.iter().map(|item| item.published.as_ref().unwrap().at.to_string()).collect();
        assert_eq!(days.first().map(String::as_str), Some("2025-11-11"), "{page}");
        assert_eq!(days.len(), 6);
    }
}

#[test]
fn links_to_other_sites_are_not_items() {
    let cards: String = (0..5).map(card).collect();
    let foreign: String = (0..40)
        .map(|n| {
            format!("<li><a href='https://elsewhere.example/{n}00'>A headline of another site, number {n} of many</a>")
        })
        .collect();
    let parsed = listing(&format!("<div>{cards}</div><div class=feedzy><ul>{foreign}</ul></div>"));
    assert_eq!(parsed.items.len(), 5, "{:?}", titles(&parsed));
}

#[test]
fn a_login_page_lists_nothing() {
    let parsed = read(
        SourceKind::Page(None),
        "<title>Sign in</title><form action=/login><input name=user><input type=password><button>Sign in</button></form>\
         <a href=/reset>Forgot password?</a>",
    );
    assert!(parsed.is_err() || parsed.is_ok_and(|parsed| parsed.items.is_empty() && parsed.degraded.is_some()));
}

/// Pages that are made to cost much: refused by a bound, or read within it.
#[test]
fn hostile_pages_are_refused_or_read_within_bounds() {
    let times = |text: &str, n: usize| text.repeat(n);
    let pages = [
        (0..5_000).map(|n| format!("<font a{n}=1><p>")).collect::<String>(),
        times("<div>", 100_000),
        times("<b><p>", 100_000),
        times("<table>x", 10_000),
        format!("{}{}{}", times("<a href=/1>", 20_000), times("<i>", 20_000), times("</a>", 20_000)),
        times("<a href='/news/1234'>A headline that is long enough to be one</a> ", 30_000),
        (0..30_000).map(|n| format!("<div class=c{n}><a href='/news/{n}'><img></a></div>")).collect(),
        (0..5_000)
            .map(|n| {
                format!(
                    "<h2 class='x{n} y'><a href='/news/{n}00'>Headline number {n} of too many headlines</a></h2><p>{n}"
                )
            })
            .collect(),
        "\0\u{fffd}<p>\u{fffd}\0".repeat(1_000),
        times("***<br>", 50_000),
        format!("<script type='application/ld+json'>{}</script>", times("[", 50_000)),
    ];
    for (n, page) in pages.iter().enumerate() {
        for kind in [SourceKind::Article, SourceKind::Page(None), SourceKind::Bulletin { split: None }] {
            match read(kind, page) {
                Ok(parsed) => assert!(parsed.items.len() <= 500, "page {n}"),
                Err(error) => assert!(matches!(error, ParseError::TooCostly { .. }), "page {n}: {error}"),
            }
        }
    }
}

#[test]
fn the_same_bytes_give_the_same_items() {
    let cards: String = (0..6).map(card).collect();
    let page = format!("<main>{cards}\u{fffd}\u{fffd}</main>");
    assert_eq!(listing(&page), listing(&page));
}
