//! Properties of the two readers together, on generated feeds.
//!
//! Most generated parts are ordinary; the others are parts that feed-rs drops or changes. If the strict reader accepts a
//! feed, it gives the same items as the lenient one. Another property asserts that it accepts ordinary feeds; otherwise a
//! gate that refuses everything would pass.

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;

use super::StrictRefusal;
use crate::address::Address;
use crate::item::ContentHash;
use crate::parse::feed::{FeedReader, read, read_leniently, read_strictly};
use crate::parse::{Document, Parsed};
use crate::source::{Source, SourceKind};

mod generated_feed;

use generated_feed::{atom, json, rdf, rss};

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn document(text: &str) -> (Document, Source) {
    let source = Source::at(SourceKind::Feed, Address::parse("https://news.example.org/ar/feed/").unwrap());
    let address = source.address.clone();
    (Document { address, media_type: String::new(), text: text.to_owned(), encoding: "UTF-8", replaced: 0 }, source)
}

fn strict(text: &str) -> Result<Parsed, StrictRefusal> {
    let (document, source) = document(text);
    read_strictly(&document, &source, now())
}

fn lenient(text: &str) -> Parsed {
    let (document, source) = document(text);
    read_leniently(&document, &source, now()).unwrap()
}

/// Fails if the readers differ in anything but their name; true if the strict one accepted the feed.
fn agree(text: &str) -> bool {
    let Ok(strict) = strict(text) else { return false };
    let lenient = lenient(text);
    for (strict, lenient) in strict.items.iter().zip(&lenient.items) {
        assert_eq!(strict, lenient, "{text}");
        assert_eq!(ContentHash::of(strict), ContentHash::of(lenient), "{text}");
    }
    assert_eq!(Parsed { reader: None, ..strict }, Parsed { reader: None, ..lenient }, "{text}");
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_feed_of_rss_gives_the_same_items_with_both_readers(text in rss()) {
        agree(&text);
    }

    #[test]
    fn a_feed_of_atom_gives_the_same_items_with_both_readers(text in atom()) {
        agree(&text);
    }

    #[test]
    fn a_feed_of_rdf_gives_the_same_items_with_both_readers(text in rdf()) {
        agree(&text);
    }

    #[test]
    fn a_json_feed_gives_the_same_items_with_both_readers(text in json()) {
        agree(&text);
    }

    #[test]
    fn a_damaged_feed_gives_the_same_items_with_both_readers(text in prop_oneof![rss(), atom(), json()], at in any::<usize>(), cut in 0_usize..4, junk in select(vec!["", "&", "<", ">", "</item>", "<b>", "]]>", "<![CDATA[", "\"", "\u{0}", "<!--", "xml:base='/'"])) {
        let mut chars: Vec<char> = text.chars().collect();
        let at = at % chars.len();
        let end = (at + cut).min(chars.len());
        chars.splice(at..end, junk.chars());
        agree(&chars.into_iter().collect::<String>());
    }

    #[test]
    fn an_ordinary_feed_is_read_by_the_strict_reader(
        titles in vec("[a-zم-ي]{1,9}( [a-z]{1,9}){0,4}", 1..9),
        escaped in any::<bool>(),
    ) {
        let items: String = titles
            .iter()
            .enumerate()
            .map(|(n, title)| {
                let content = if escaped { format!("&lt;p&gt;{title}&lt;/p&gt;") } else { format!("<![CDATA[<p>{title}</p>]]>") };
                format!("<item><title>{title}</title><link>https://x.example/{n}</link><guid isPermaLink='false'>https://x.example/?p={n}</guid><dc:creator>a</dc:creator><pubDate>Fri, 21 Nov 2025 10:15:00 +0300</pubDate><category>c</category><description>{content}</description><content:encoded>{content}</content:encoded></item>")
            })
            .collect();
        let text = format!("<?xml version='1.0'?><rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:content='http://purl.org/rss/1.0/modules/content/'><channel><title>f</title><language>ar</language>{items}</channel></rss>");
        prop_assert!(agree(&text));
        prop_assert_eq!(strict(&text).unwrap().items.len(), titles.len());
    }
}

#[test]
fn feeds_that_feed_rs_reads_with_silent_loss_go_to_the_lenient_reader() {
    let item = |parts: &str| {
        format!(
            "<rss version='2.0' xmlns:atom='http://www.w3.org/2005/Atom'><channel><item>{parts}</item></channel></rss>"
        )
    };
    for text in [
        item("<title>before <b>in</b> after</title><link>https://x.example/1</link>"),
        item("<title>t</title><guid isPermaLink='false'>https://x.example/1</guid>"),
        item("<title>one</title><title>two</title><link>https://x.example/1</link>"),
        item("<title>t</title><atom:link rel='alternate' type='text/html' href='https://x.example/1'/>"),
        item("<title>t</title><link> </link>"),
        item("<title>t</title><atom:published>2025-11-21</atom:published><pubDate>2025-11-20</pubDate><link>https://x.example/1</link>"),
        "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='https://b.example/n/'><entry><title>t</title><link href='/a'/></entry></feed>".to_owned(),
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title type='text/plain'>t</title></entry></feed>".to_owned(),
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'><item><title>t</title></item></rdf:RDF>".to_owned(),
        "[{\"title\":{\"rendered\":\"t\"},\"link\":\"https://x.example/1\"}]".to_owned(),
        "{\"version\":\"https://jsonfeed.org/version/1\",\"title\":\"f\",\"items\":[{\"title\":\"t\",\"date\":\"2025-11-21\"}]}".to_owned(),
    ] {
        assert!(strict(&text).is_err(), "{text}");
        let (document, source) = document(&text);
        let parsed = read(&document, &source, now()).unwrap();
        assert_eq!((parsed.reader, parsed.items.len()), (Some(FeedReader::Lenient), 1), "{text}");
    }
}

#[test]
fn a_feed_that_feed_rs_cannot_read_is_not_an_error() {
    let text = "<rss version='2.0' xmlns:podcast='https://podcastindex.org/namespace/1.0'><channel><item><title>t</title><podcast:person role='none such'>x</podcast:person></item></channel></rss>";
    assert_eq!(strict(text), Err(StrictRefusal::Unread));
    assert_eq!(lenient(text).items.len(), 1);
}

#[test]
fn the_strict_reader_refuses_feeds_past_its_bounds() {
    let many = format!("<rss version='2.0'><channel>{}</channel></rss>", "<item><title>t</title></item>".repeat(1_001));
    assert!(matches!(strict(&many), Err(StrictRefusal::TooLarge(_))));
    let long = format!(
        "<rss version='2.0'><channel><item><title>{}</title></item></channel></rss>",
        "x".repeat((1 << 20) + 1)
    );
    assert!(matches!(strict(&long), Err(StrictRefusal::TooLarge(_))));
    let parts =
        format!("<rss version='2.0'><channel><item>{}</item></channel></rss>", "<category>c</category>".repeat(300));
    assert!(matches!(strict(&parts), Err(StrictRefusal::TooLarge(_))));
}

#[test]
fn a_declared_encoding_does_not_decode_a_text_twice() {
    let text = "<!-- a comment that stands before everything else --><?xml version='1.0' encoding='windows-1256'?><rss version='2.0'><channel><item><title>القمة</title></item></channel></rss>";
    assert_eq!(strict(text).unwrap().items[0].title, "القمة");
}
