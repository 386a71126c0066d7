//! From bytes to items: how many megabytes of feed a second of one core reads, and whether the cost stays linear.
//!
//! `cargo bench --bench feed`. With `MARSAD_FEEDS=FOLDER` the feeds in that folder are read instead of the
//! doublings.

use std::path::Path;

use divan::Bencher;
use divan::counter::BytesCount;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use marsad::address::Address;
use marsad::date::{DateContext, text_date};
use marsad::fetch::decode::{EncodingHints, decode};
use marsad::parse::feed::{FeedReader, read_leniently, read_strictly};
use marsad::parse::{Document, Parsed, read};
use marsad::source::{Source, SourceKind};

mod captured;
mod cpu;

fn main() {
    match (std::env::var_os("MARSAD_FEEDS"), source(500)) {
        (Some(folder), Some(source)) => {
            captured::report(Path::new(&folder), &|bytes, reader| read_by(bytes, &source, reader))
        }
        _ => doublings(),
    }
    divan::main();
}

/// Prints what twice the items cost, up to the largest body that a visit takes: each ratio has to stay near two.
fn doublings() {
    let Some(source) = source(usize::MAX) else { return };
    for (name, made, from) in
        [("wordpress", wordpress as fn(usize) -> Vec<u8>, 120), ("headlines", headlines as fn(usize) -> Vec<u8>, 2_200)]
    {
        let mut last = None;
        for items_made in (0..5).map(|doubling| from << doubling) {
            let bytes = made(items_made);
            let took = cpu::best(5, || drop(divan::black_box(items(&bytes, &source)))).as_secs_f64();
            let ratio = last.map_or_else(String::new, |last: f64| format!(", {:.2} times the half", took / last));
            println!("{name}: {:>8} bytes in {:>7.2} ms of processor time{ratio}", bytes.len(), took * 1e3);
            last = Some(took);
        }
    }
}

/// An RSS feed of so many items as WordPress writes it: excerpt, full text, categories.
fn wordpress(items: usize) -> Vec<u8> {
    let text = "<p>أكد الأمين العام خلال الاجتماع أهمية <b>العمل المشترك</b> &#8211; ودعا الدول الأعضاء إلى الإسهام.</p>\n"
        .repeat(20);
    let mut feed = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><channel><title>أخبار</title><link>https://news.example.org/</link><language>ar</language>",
    );
    for n in 0..items {
        feed.push_str(&format!(
            "<item><title>خبر رقم {n} &amp; تفاصيله</title><link>https://news.example.org/ar/{n}/</link><dc:creator><![CDATA[المحرر]]></dc:creator>\
             <pubDate>Fri, 21 Nov 2025 {:02}:{:02}:00 +0000</pubDate><category><![CDATA[فلسطين]]></category><guid isPermaLink=\"false\">https://news.example.org/?p={n}</guid>\
             <description><![CDATA[<p>موجز الخبر رقم {n} [&#8230;]</p>]]></description><content:encoded><![CDATA[{text}]]></content:encoded></item>",
            n / 60 % 24,
            n % 60
        ));
    }
    feed.push_str("</channel></rss>");
    feed.into_bytes()
}

/// An Atom feed of headlines only: many items, little text.
fn headlines(items: usize) -> Vec<u8> {
    let mut feed = String::from("<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"en\"><title>n</title>");
    for n in 0..items {
        feed.push_str(&format!(
            "<entry><id>urn:{n}</id><title>Council meets for the {n}th time</title><link href=\"https://news.example.org/{n}\"/><updated>2025-11-21T07:15:00Z</updated><summary>The council met.</summary></entry>"
        ));
    }
    feed.push_str("</feed>");
    feed.into_bytes()
}

fn source(max_items: usize) -> Option<Source> {
    let address = Address::parse("https://news.example.org/feed/").ok()?;
    Some(Source { max_items, ..Source::at(SourceKind::Feed, address) })
}

fn items(bytes: &[u8], source: &Source) -> Option<Parsed> {
    read_by(bytes, source, None)
}

/// Reads a feed with `reader`, or with whichever takes it.
fn read_by(bytes: &[u8], source: &Source, reader: Option<FeedReader>) -> Option<Parsed> {
    let decoded = decode(bytes, &EncodingHints::default());
    let document = Document {
        address: source.address.clone(),
        media_type: String::new(),
        text: decoded.text,
        encoding: decoded.encoding,
        replaced: decoded.replaced,
    };
    let now = Timestamp::from_second(1_800_000_000).ok()?;
    match reader {
        None => read(&document, source, now).ok(),
        Some(FeedReader::Strict) => read_strictly(&document, source, now).ok(),
        Some(FeedReader::Lenient) => read_leniently(&document, source, now).ok(),
    }
}

/// Twice the items must take twice the time.
#[divan::bench(args = [10, 50, 100, 500])]
fn wordpress_bytes_to_items(bencher: Bencher<'_, '_>, count: usize) {
    let (bytes, Some(source)) = (wordpress(count), source(500)) else { return };
    bencher.counter(BytesCount::of_slice(&bytes)).bench_local(|| items(&bytes, &source));
}

#[divan::bench(args = [100, 500])]
fn headlines_bytes_to_items(bencher: Bencher<'_, '_>, count: usize) {
    let (bytes, Some(source)) = (headlines(count), source(500)) else { return };
    bencher.counter(BytesCount::of_slice(&bytes)).bench_local(|| items(&bytes, &source));
}

/// What lies beyond the source's bound is counted, not read.
#[divan::bench]
fn items_beyond_the_bound(bencher: Bencher<'_, '_>) {
    let (bytes, Some(source)) = (headlines(20_000), source(500)) else { return };
    bencher.counter(BytesCount::of_slice(&bytes)).bench_local(|| items(&bytes, &source));
}

#[divan::bench(args = ["الرياض 15 محرم 1447 هـ الموافق 10 يوليو 2025 م", "Fri, 21 Nov 2025 10:15:00 +0300", "۲۰ دقیقه پیش", "لا تاريخ في هذا النص على الإطلاق"])]
fn date_of_a_line(bencher: Bencher<'_, '_>, text: &str) {
    let zone = TimeZone::UTC;
    let setting =
        DateContext { now: Timestamp::from_second(1_800_000_000).unwrap_or_default(), zone: &zone, lang: None };
    bencher.counter(BytesCount::of_str(text)).bench_local(|| text_date::find(text, &setting));
}
