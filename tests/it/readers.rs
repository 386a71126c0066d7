//! Compares the two feed readers: both give the same items for feeds that the strict one accepts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use marsad::address::Address;
use marsad::fetch::decode::{EncodingHints, decode};
use marsad::item::ContentHash;
use marsad::parse::feed::{FeedReader, read_leniently, read_strictly};
use marsad::parse::{Document, Parsed};
use marsad::source::{Source, SourceKind};

use super::world::{TEXT, World, feed, watch};

/// The folder of captured feeds: `MARSAD_FEEDS`, or next to the checkout.
fn folder() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/feeds");
    Some(std::env::var_os("MARSAD_FEEDS").map_or_else(beside, PathBuf::from)).filter(|folder| folder.is_dir())
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            collect(&path, into);
        } else if path.extension().is_none_or(|kind| kind != "jsonl") {
            into.push(path);
        }
    }
    into.sort();
}

fn document(bytes: &[u8]) -> Document {
    let decoded = decode(bytes, &EncodingHints::default());
    Document {
        address: Address::parse("https://news.example.org/ar/feed/").unwrap(),
        media_type: String::new(),
        text: decoded.text,
        encoding: decoded.encoding,
        replaced: decoded.replaced,
    }
}

/// Fails if the readers differ in anything but their name.
fn assert_same(strict: &Parsed, lenient: &Parsed, name: &str) {
    for (strict, lenient) in strict.items.iter().zip(&lenient.items) {
        assert_eq!(strict, lenient, "{name}");
        assert_eq!(ContentHash::of(strict), ContentHash::of(lenient), "{name}");
    }
    assert_eq!(Parsed { reader: None, ..strict.clone() }, Parsed { reader: None, ..lenient.clone() }, "{name}");
}

#[test]
fn both_readers_give_the_same_items_for_every_captured_feed() {
    let Some(folder) = folder() else { return };
    let mut files = Vec::new();
    collect(&folder, &mut files);
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let mut refusals: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files {
        let document = document(&std::fs::read(&file).unwrap());
        let source = Source::at(SourceKind::Feed, document.address.clone());
        let Ok(lenient) = read_leniently(&document, &source, now) else { continue };
        let name = file.strip_prefix(&folder).unwrap().display().to_string();
        match read_strictly(&document, &source, now) {
            Ok(strict) => {
                assert_same(&strict, &lenient, &name);
                refusals.entry("strict".to_owned()).or_default().push(name);
            }
            Err(refusal) => refusals.entry(refusal.to_string()).or_default().push(name),
        }
    }
    for (refusal, files) in refusals {
        println!("{:>4} {refusal}: {}", files.len(), files.iter().take(4).cloned().collect::<Vec<_>>().join(" "));
    }
}

/// An RSS feed of this many items, with `mark` in each headline.
fn rss(items: u8, mark: &str) -> String {
    let item = |n| {
        format!(
            "<item><title>The council {mark} its guests meet, part {n}</title><link>https://x.example/{n}?a=1&amp;b=2</link>\
             <guid isPermaLink=\"false\">https://x.example/?p={n}</guid><pubDate>Fri, 15 Jan 2027 0{n}:00:00 +0300</pubDate>\
             <description><![CDATA[<p>{TEXT} Part {n}.</p>]]></description></item>"
        )
    };
    let items: String = (1..=items).map(item).collect();
    format!("<rss version=\"2.0\"><channel><title>t</title><language>en</language>{items}</channel></rss>")
}

/// The same as Atom.
fn atom(items: u8, mark: &str) -> String {
    let entry = |n| {
        format!(
            "<entry><title>The council {mark} its guests meet, part {n}</title><id>urn:{n}</id><author><name>Desk</name></author>\
             <link href=\"https://x.example/{n}\"/><updated>2027-01-15T0{n}:00:00Z</updated><content type=\"html\">{TEXT} Part {n}.</content></entry>"
        )
    };
    let entries: String = (1..=items).map(entry).collect();
    format!("<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\"><title>t</title>{entries}</feed>")
}

#[tokio::test]
async fn a_broken_and_repaired_feed_makes_no_item_new() {
    let formats: [fn(u8, &str) -> String; 2] = [rss, atom];
    for format in formats {
        let world = World::with(&format!("{}{}", feed("wire", "/feed"), watch("all", "council", &["desk"]))).await;
        let serve = |text: &str| world.site.set("/feed", "application/xml", text);
        serve(&format(2, "&"));
        assert_eq!(world.bring("wire").await.reader, Some(FeedReader::Lenient));
        serve(&format(3, "&"));
        assert_eq!(world.bring("wire").await.admitted.new, 1);
        serve(&format(3, "&amp;"));
        let visit = world.bring("wire").await;
        assert_eq!(visit.reader, Some(FeedReader::Strict));
        assert_eq!((visit.admitted.new, visit.admitted.revised, visit.admitted.known), (0, 0, 3));
        serve(&format(4, "&amp;"));
        assert_eq!(world.bring("wire").await.admitted.new, 1);
        serve(&format(4, "&"));
        let visit = world.bring("wire").await;
        assert_eq!(visit.reader, Some(FeedReader::Lenient));
        assert_eq!((visit.admitted.new, visit.admitted.revised, visit.admitted.known), (0, 0, 4));
        assert_eq!(world.alerted().len(), 2);
    }
}
