//! What must hold of everything that marsad reads, whatever the bytes: each function panics where it does not.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use marsad::address::Address;
use marsad::date::{DateContext, Moment, text_date, timestamp};
use marsad::fetch::decode::{Decoded, EncodingHints, decode as decoded, unpack};
use marsad::fetch::encoding_label;
use marsad::item::Item;
use marsad::parse::item_limits::{MAX_SUMMARY, MAX_TAGS, MAX_TEXT, MAX_TITLE, MAX_WORD};
use marsad::parse;
use marsad::parse::{Document, plain_text};
use marsad::source::{Source, SourceKind};
use marsad::text::lang::Lang;

/// The most items that a source of these targets brings.
const MAX_ITEMS: usize = 50;
/// What a body may unpack to, in bytes.
const MAX_BODY: usize = 1 << 20;

/// Bytes as a feed, a sitemap or what stands in their place.
pub fn feed(bytes: &[u8]) {
    read(SourceKind::Feed, bytes);
    read(SourceKind::Sitemap, bytes);
}

/// Bytes as a listing, an article and a bulletin.
pub fn page(bytes: &[u8]) {
    for kind in [SourceKind::Page(None), SourceKind::Article, SourceKind::Bulletin { split: None }] {
        read(kind, bytes);
    }
}

/// The first byte is the language, the rest a text in which a date may stand.
pub fn date(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let tag = ["ar", "fa", "ur", "tr", "fr", "en"][usize::from(*first) % 6];
    let (lang, zone, now) = (Lang::parse(tag).ok(), TimeZone::UTC, now());
    let setting = DateContext { now, zone: &zone, lang: lang.as_ref() };
    let (found, stamped) = (text_date::find(&text, &setting), timestamp::read(&text, &setting));
    assert_eq!(found, text_date::find(&text, &setting), "the same text gives the same day");
    for moment in found.iter().map(|found| &found.moment).chain(&stamped) {
        past(moment, now);
    }
}

/// The first byte chooses a label, the rest is a document in whatever encoding.
pub fn decode(bytes: &[u8]) {
    let Some((first, rest)) = bytes.split_first() else { return };
    let labels = ["", "text/html", "text/xml; charset=windows-1256", "text/html; charset=\"utf-16le\"", "a;charset=arabic"];
    let hints = EncodingHints {
        content_type: labels[usize::from(*first) % labels.len()],
        forced: (first % 16 == 15).then(|| encoding_label::encoding("windows-1256")).flatten(),
        host: ["", "news.example.sa", "haber.example.tr"][usize::from(first / 16) % 3],
        ..EncodingHints::default()
    };
    let Ok((body, _)) = unpack(rest, MAX_BODY) else { return };
    let once: Decoded = decoded(&body, &hints);
    assert_eq!(once, decoded(&body, &hints), "the same bytes give the same text");
    assert!(once.text.len() <= 4 + body.len() * 3, "a text is at most three times its bytes");
    assert!(once.replaced <= once.text.matches('\u{fffd}').count());
    for limit in [0, 1, 7, 1_000] {
        let line = plain_text::line(&once.text, limit);
        assert!(line.chars().count() <= limit && !line.contains('\n'));
        assert!(plain_text::text(&once.text, limit).chars().count() <= limit);
    }
}

fn read(kind: SourceKind, bytes: &[u8]) {
    let Ok(address) = Address::parse("https://news.example.org/ar/feed/") else { return };
    let Ok((body, _)) = unpack(bytes, MAX_BODY) else { return };
    let Decoded { text, encoding, replaced } = decoded(&body, &EncodingHints::default());
    let document = Document { address: address.clone(), media_type: String::new(), text, encoding, replaced };
    let source = Source { max_items: MAX_ITEMS, ..Source::at(kind, address) };
    let parsed = parse::read(&document, &source, now());
    assert_eq!(parsed, parse::read(&document, &source, now()), "the same document gives the same items");
    let Ok(parsed) = parsed else { return };
    assert!(parsed.items.len() <= MAX_ITEMS);
    parsed.items.iter().for_each(sane);
}

fn sane(item: &Item) {
    assert!(!item.title.trim().is_empty(), "an item without a title");
    for (text, most) in [(&item.title, MAX_TITLE), (&item.summary, MAX_SUMMARY), (&item.text, MAX_TEXT)] {
        assert!(text.chars().count() <= most, "{} characters, the bound is {most}", text.chars().count());
        let turning = |c: char| matches!(c, '\0' | '\u{1b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!text.contains(turning), "a control or override in {text:?}");
    }
    assert!(!item.title.contains(['\n', '\r']), "a headline is one line: {:?}", item.title);
    assert!(item.tags.len() <= MAX_TAGS && item.tags.iter().all(|tag| tag.chars().count() <= MAX_WORD));
    assert!(item.address.iter().all(|address| matches!(address.url().scheme(), "http" | "https")));
    if let Some(published) = &item.published {
        past(&published.at, now());
    }
}

/// Nothing was published in the future: a day may be today in the zone that is furthest ahead.
fn past(moment: &Moment, now: Timestamp) {
    let day = SignedDuration::from_hours(24);
    match moment {
        Moment::Instant(at) => assert!(*at <= now + day, "{at} is in the future"),
        Moment::Day(at) => assert!(*at <= (now + day).to_zoned(TimeZone::UTC).date(), "{at} is in the future"),
    }
}

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap_or_default()
}
