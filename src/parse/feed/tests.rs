//! Tests how feeds and sitemaps are read.

use jiff::Timestamp;

use crate::address::Address;
use crate::item::{TextState, TitleFrom};
use crate::parse::{Document, DocumentFormat, ParseError, Parsed, read};
use crate::source::{Source, SourceKind};

fn source() -> Source {
    Source::at(SourceKind::Feed, Address::parse("https://news.example.org/ar/feed/").unwrap())
}

pub(super) fn try_read(text: &str) -> Result<Parsed, ParseError> {
    let document = Document {
        address: source().address,
        media_type: String::new(),
        text: text.to_owned(),
        encoding: "UTF-8",
        replaced: 0,
    };
    read(&document, &source(), Timestamp::from_second(1_800_000_000).unwrap())
}

fn parsed(text: &str) -> Parsed {
    try_read(text).unwrap()
}

fn rss(items: &str) -> Parsed {
    parsed(&format!(
        "<?xml version=\"1.0\"?>\n<rss version=\"2.0\"><channel><title>c</title><link>https://news.example.org/</link>{items}</channel></rss>"
    ))
}

fn link(parsed: &Parsed) -> &str {
    parsed.items[0].address.as_ref().map_or("", |address| address.as_str())
}

#[test]
fn an_ordinary_item_is_read_completely() {
    let text = "كلمة ".repeat(100);
    let parsed = rss(&format!(
        "<item><title>القمة &amp;amp; البيان</title><link>/ar/1</link><guid isPermaLink=\"false\">urn:1</guid><dc:creator>واس</dc:creator>
        <category>غزة</category><pubDate>Fri, 21 Nov 2025 10:15:00 +0300</pubDate><description>&lt;p&gt;موجز&lt;/p&gt;</description>
        <content:encoded><![CDATA[<p>{text}</p><p>خاتمة</p>]]></content:encoded></item>"
    ));
    let item = &parsed.items[0];
    assert_eq!((item.title.as_str(), item.title_from), ("القمة & البيان", TitleFrom::Feed));
    assert_eq!(link(&parsed), "https://news.example.org/ar/1");
    assert_eq!(
        (item.guid.as_deref(), item.author.as_deref(), item.tags.as_slice()),
        (Some("urn:1"), Some("واس"), &["غزة".to_owned()][..])
    );
    assert_eq!(item.published.as_ref().unwrap().at.to_string(), "2025-11-21T07:15:00Z");
    assert_eq!((item.summary.as_str(), item.text_state), ("موجز", TextState::Full));
    assert!(item.text.ends_with("كلمة\nخاتمة"));
    assert_eq!((parsed.format, parsed.degraded.as_deref()), (DocumentFormat::Rss, None));
}

#[test]
fn one_broken_item_costs_no_other() {
    let parsed = rss(
        "<item><title>a & b<link>https://x.org/1</link></item>\n<item><title>c<b>d</title><link>https://x.org/2</item>",
    );
    let titles: Vec<_> = parsed.items.iter().map(|item| item.title.as_str()).collect();
    assert_eq!(titles, ["a & b", "cd"]);
    assert_eq!(link(&parsed), "https://x.org/1");
    assert_eq!(parsed.degraded.as_deref(), Some("line 2: the element <title> is not closed"));
}

#[test]
fn a_feed_that_is_cut_off_gives_its_complete_items() {
    let parsed = parsed(
        "<rss><channel><item><title>a</title><link>https://x.org/1</link></item><item><title>b</title><link>https://x.o",
    );
    assert_eq!(parsed.items.len(), 1);
    assert!(parsed.degraded.unwrap().starts_with("the feed is cut off"));
}

#[test]
fn an_item_is_read_at_its_alternate_link_else_at_its_permalink() {
    let atom = |links: &str| {
        parsed(&format!(
            "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://b.org/n/'><entry><title>t</title>{links}<id>https://b.org/id</id></entry></feed>"
        ))
    };
    assert_eq!(
        link(&atom(
            "<link rel='self' href='s'/><link rel='alternate' type='application/pdf' href='p'/><link href='a'/>"
        )),
        "https://b.org/n/a"
    );
    assert_eq!(link(&atom("<link rel='enclosure' href='e'/>")), "https://b.org/id");
    assert_eq!(link(&rss("<item><title>t</title><guid>https://b.org/1</guid></item>")), "https://b.org/1");
    assert_eq!(link(&rss("<item><title>t</title><guid isPermaLink='false'>https://b.org/1</guid></item>")), "");
    assert_eq!(link(&rss("<item><title>t</title><link>javascript:x</link></item>")), "");
}

#[test]
fn invisible_letters_around_a_link_or_permalink_are_removed() {
    for mark in ["&#8203;", "&#x200f;", "\u{202a}", "\u{2069}", "\u{feff}", "&#173;"] {
        for item in [
            format!("<link>{mark}https://b.org/1{mark} </link>"),
            format!("<link>{mark} /1{mark}</link>"),
            format!("<guid>{mark}https://b.org/1{mark}</guid>"),
        ] {
            let feed =
                format!("<rss><channel><link>https://b.org/</link><item><title>t</title>{item}</item></channel></rss>");
            let read = parsed(&feed);
            let found = link(&read);
            assert!(found.ends_with("/1"), "{item}: {found}");
        }
    }
}

#[test]
fn old_versions_and_odd_prefixes_are_feeds_too() {
    for text in [
        "<rdf:RDF xmlns='http://my.netscape.com/rdf/simple/0.9/'><channel/><item><title>t</title><link>https://x.org/</link></item></rdf:RDF>",
        "<feed version='0.3' xmlns='http://purl.org/atom/ns#'><entry><title>t</title><link rel='alternate' href='https://x.org/'/></entry></feed>",
        "<a:feed xmlns:a='http://www.w3.org/2005/Atom'><a:entry><a:title>t</a:title><a:link href='https://x.org/'/></a:entry></a:feed>",
        "<RSS VERSION='0.94'><CHANNEL><ITEM><TITLE>t</TITLE><LINK>https://x.org/</LINK></ITEM></CHANNEL></RSS>",
        "{\"version\":\"https://jsonfeed.org/version/1.1\",\"items\":[{\"title\":\"t\",\"url\":\"https://x.org/\"}]}",
        "[{\"title\":{\"rendered\":\"t\"},\"link\":\"https://x.org/\"}]",
    ] {
        let parsed = parsed(text);
        assert_eq!((parsed.items[0].title.as_str(), link(&parsed)), ("t", "https://x.org/"), "{text}");
    }
}

#[test]
fn links_are_found_in_the_forms_that_tools_write() {
    let wrapped = "<item><title>t</title><link><a href='https://x.org/1?a=1&amp;b=2'>x</a></link></item>";
    assert_eq!(link(&rss(wrapped)), "https://x.org/1?a=1&b=2");
    assert_eq!(link(&rss("<item><title>t</title><link/>https://x.org/1<guid>2</guid></item>")), "https://x.org/1");
    assert_eq!(
        link(&rss("<item><title>t</title><guid isPermaLink='true'>/ar/1</guid></item>")),
        "https://news.example.org/ar/1"
    );
    let prefixed = "<q:rss xmlns:q='urn:own'><q:channel><q:item><q:title>t</q:title><q:link>https://x.org/1</q:link></q:item></q:channel></q:rss>";
    assert_eq!(link(&parsed(prefixed)), "https://x.org/1");
    assert_eq!(
        link(&rss("<item xmlns='urn:own'><title>t</title><link>https://x.org/1</link></item>")),
        "https://x.org/1"
    );
}

#[test]
fn nothing_is_expanded_fetched_or_multiplied() {
    let bomb = "<!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'><!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss><channel><item><title>1&b;&x;&a;</title><link>https://x.org/</link></item></channel></rss>";
    assert_eq!(parsed(bomb).items[0].title, "1ha");
}

#[test]
fn fields_and_items_are_bounded() {
    let long = "م".repeat(1 << 20);
    let parsed_long =
        rss(&format!("<item><title>{long}</title><guid>{long}</guid><description>{long}</description></item>"));
    let item = &parsed_long.items[0];
    assert_eq!((item.title.chars().count(), item.summary.chars().count()), (1_000, 10_000));
    assert!(item.guid.as_ref().unwrap().len() < 100);
    let many = rss(&"<item><title>t</title></item>".repeat(2_000));
    assert_eq!((many.items.len(), many.left_out), (500, 1_500));
}

#[test]
fn depth_attributes_and_unclosed_marks_cost_one_pass() {
    for bomb in [
        "<a>".repeat(200_000),
        "<![CDATA[</title>".repeat(50_000),
        "<!--".repeat(200_000),
        format!("<i{}>", " a='1'".repeat(50_000)),
        "<?".repeat(100_000),
        "&#1;&".repeat(200_000),
        "<a b='".repeat(50_000),
    ] {
        let parsed = rss(&format!("<item><title>t</title>{bomb}</item>"));
        assert!(parsed.items.len() <= 1);
    }
}

#[test]
fn a_document_that_is_not_a_feed_is_named() {
    assert!(matches!(try_read("%PDF-1.4"), Err(ParseError::NotAFeed { found: "a PDF file" })));
    assert!(matches!(try_read("<html><title>Just a moment...</title></html>"), Err(ParseError::Blocked { .. })));
    let page = parsed(
        "<html><link rel=alternate type='application/rss+xml' title='Comments' href='/comments/feed/'><link rel=alternate type='application/rss+xml' href='/ar/rss'></html>",
    );
    assert_eq!(page.feeds[0].address.as_str(), "https://news.example.org/ar/rss");
}

#[test]
fn a_news_sitemap_gives_its_headlines_newest_first() {
    let page = |n: u8, more: &str| format!("<url><loc>https://x.org/a-b-{n}.html</loc>{more}</url>");
    let news = |n: u8| {
        page(
            n,
            &format!(
                "<news:news><news:publication><news:name>X</news:name><news:language>ar</news:language></news:publication><news:publication_date>2025-11-2{n}</news:publication_date><news:title>خبر {n}</news:title></news:news><image:image><image:loc>https://x.org/i.png</image:loc></image:image>"
            ),
        )
    };
    let read = parsed(&format!("<urlset xmlns:news='n'>{}{}</urlset>", news(1), news(2)));
    let titles: Vec<_> = read.items.iter().map(|item| item.title.as_str()).collect();
    assert_eq!(
        (titles.as_slice(), read.items[0].lang.as_ref().map(|lang| lang.as_str())),
        (&["خبر 2", "خبر 1"][..], Some("ar"))
    );
    assert_eq!(link(&read), "https://x.org/a-b-2.html");
    assert_eq!(parsed(&format!("<urlset>{}</urlset>", page(3, ""))).items[0].title, "a b 3");
    let index = parsed("<sitemapindex><sitemap><loc>/news.xml</loc></sitemap></sitemapindex>");
    assert_eq!(index.feeds[0].address.as_str(), "https://news.example.org/news.xml");
}

#[test]
fn ten_thousand_items_with_one_guid_are_bounded_and_empty_items_are_counted() {
    let same = rss(&"<item><title>t</title><guid>1</guid></item>".repeat(10_000));
    assert_eq!((same.items.len(), same.left_out), (500, 9_500));
    let bare =
        rss("<item><title></title></item><item><link>https://x.org/1</link></item><item><guid>abc</guid></item>");
    assert_eq!((bare.items.len(), bare.empty), (2, 1));
    assert!(bare.items.iter().all(|item| item.title_from == TitleFrom::Text && !item.title.is_empty()));
    assert_eq!(bare.degraded.as_deref(), Some("1 empty item was left out"));
}

#[test]
fn countless_declarations_cost_one_pass() {
    let spaces: String = (0..100_000).map(|n| format!(" xmlns:p{n}='urn:{n}'")).collect();
    let parsed_spaces = parsed(&format!("<rss{spaces}><channel><item><title>t</title></item></channel></rss>"));
    assert_eq!(parsed_spaces.items.len(), 1);
    let entities: String = (0..50_000).map(|n| format!("<!ENTITY e{n} 'x'>")).collect();
    let read =
        parsed(&format!("<!DOCTYPE rss [{entities}]><rss><channel><item><title>t&e1;</title></item></channel></rss>"));
    assert_eq!(read.items[0].title, "tx");
}

#[test]
fn an_impossible_date_is_ignored_and_the_item_stays() {
    for date in [
        "Thu, 00 Foo 0000 99:99:99 +9999",
        "9999-12-31T23:59:59Z",
        "32 رمضان 1447",
        "Fri, 21 Nov 2036 10:00:00 GMT",
        "",
    ] {
        let parsed = rss(&format!("<item><title>t</title><pubDate>{date}</pubDate></item>"));
        assert_eq!((parsed.items.len(), &parsed.items[0].published), (1, &None), "{date}");
    }
}

#[test]
fn a_json_feed_that_is_cut_off_gives_its_complete_items() {
    let read = parsed(
        "{\"version\":\"https://jsonfeed.org/version/1\",\"items\":[{\"id\":\"1\",\"title\":\"a\"},{\"id\":\"2\",\"ti",
    );
    assert_eq!((read.items.len(), read.items[0].title.as_str()), (1, "a"));
    assert!(read.degraded.unwrap().contains("cut off"));
    assert!(matches!(try_read(&"[".repeat(100_000)), Err(ParseError::NotAFeed { .. })));
    assert!(matches!(try_read(&format!("{{\"items\":{}", "[".repeat(100_000))), Err(ParseError::NotAFeed { .. })));
}
