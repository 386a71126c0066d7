//! Tests which feeds the strict reader accepts.

use jiff::Timestamp;

use super::StrictRefusal;
use crate::address::Address;
use crate::parse::feed::{FeedReader, read, read_leniently, read_strictly};
use crate::parse::{Document, Parsed};
use crate::source::{Source, SourceKind};

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn document(text: &str) -> (Document, Source) {
    let source = Source::at(SourceKind::Feed, Address::parse("https://news.example.org/ar/feed/").unwrap());
    let address = source.address.clone();
    (Document { address, media_type: String::new(), text: text.to_owned(), encoding: "UTF-8", replaced: 0 }, source)
}

pub(super) fn strict(text: &str) -> Result<Parsed, StrictRefusal> {
    let (document, source) = document(text);
    read_strictly(&document, &source, now())
}

pub(super) fn lenient(text: &str) -> Parsed {
    let (document, source) = document(text);
    read_leniently(&document, &source, now()).unwrap()
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
