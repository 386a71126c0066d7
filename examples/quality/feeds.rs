//! Feeds as bytes with the headers that came with them.

use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use marsad::address::Address;
use marsad::date::Moment;
use marsad::fetch::decode::{EncodingHints, decode, unpack};
use marsad::item::TitleFrom;
use marsad::parse::feed::{FeedReader, read_leniently, read_strictly};
use marsad::parse::{self, Document, Parsed};
use marsad::source::{Source, SourceKind};
use serde_json::{Value, json};

/// The body that a visit takes at most, in bytes.
const MAX_BODY: usize = 8 << 20;

/// What is read in the bytes of one row.
#[expect(clippy::disallowed_methods, reason = "measures real time")]
pub fn read(row: &Value, folder: &Path) -> Value {
    let file = folder.join(row["file"].as_str().unwrap_or_default());
    let bytes = match std::fs::read(&file) {
        Ok(bytes) => bytes,
        Err(error) => return json!({ "id": row["id"], "ok": false, "error": error.to_string(), "ms": 0 }),
    };
    reset_peak();
    let start = Instant::now();
    let outcome = parsed(row, &bytes);
    let ms = start.elapsed().as_secs_f64() * 1000.0;
    let peak = peak_kib();
    match outcome {
        Ok(parsed) => shown(row, &parsed, ms, peak),
        Err(error) => json!({ "id": row["id"], "ok": false, "error": error, "ms": ms, "peak_kib": peak }),
    }
}

/// Which reader reads the bytes of one row, and whether the other one reads the same.
pub fn readers(row: &Value, folder: &Path) -> Value {
    let file = folder.join(row["file"].as_str().unwrap_or_default());
    let read = std::fs::read(&file).map_err(|error| error.to_string()).and_then(|bytes| document(row, &bytes));
    let document = match read {
        Ok(document) => document,
        Err(error) => return json!({ "id": row["id"], "error": error }),
    };
    let source = Source::at(SourceKind::Feed, document.address.clone());
    let lenient = read_leniently(&document, &source, now());
    let (reader, refusal, same) = match (read_strictly(&document, &source, now()), &lenient) {
        (Ok(strict), Ok(lenient)) => ("strict", None, Some(strict.items == lenient.items)),
        (Ok(_), Err(_)) => ("strict", None, Some(false)),
        (Err(refusal), Ok(_)) => ("lenient", Some(refusal.to_string()), None),
        (Err(_), Err(_)) => ("none", None, None),
    };
    json!({ "id": row["id"], "origin": row["origin"], "reader": reader, "refusal": refusal, "same": same })
}

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse::<Timestamp>().unwrap_or_default()
}

fn document(row: &Value, bytes: &[u8]) -> Result<Document, String> {
    let address = Address::parse(row["base_url"].as_str().unwrap_or_default()).map_err(|error| error.to_string())?;
    let content_type = row["content_type"].as_str().unwrap_or_default();
    let bytes = &bytes[..bytes.len().min(MAX_BODY)];
    let (bytes, _) = unpack(bytes, MAX_BODY).map_err(|error| format!("{error:?}"))?;
    let host = address.host().to_owned();
    let decoded = decode(&bytes, &EncodingHints { content_type, host: &host, ..EncodingHints::default() });
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Ok(Document { address, media_type, text: decoded.text, encoding: decoded.encoding, replaced: decoded.replaced })
}

fn parsed(row: &Value, bytes: &[u8]) -> Result<Parsed, String> {
    let document = document(row, bytes)?;
    let source = Source::at(SourceKind::Feed, document.address.clone());
    parse::read(&document, &source, now()).map_err(|error| error.to_string())
}

fn shown(row: &Value, parsed: &Parsed, ms: f64, peak: Option<u64>) -> Value {
    let first = parsed.items.first();
    let published = first.and_then(|item| item.published.as_ref()).map(|published| match published.at {
        Moment::Day(day) => format!("{day}T00:00:00Z"),
        Moment::Instant(at) => Timestamp::from_second(at.as_second()).unwrap_or(at).to_string(),
    });
    json!({
        "id": row["id"],
        "ok": true,
        "kind": parsed.format.as_str(),
        "reader": parsed.reader.map(FeedReader::as_str),
        "entries": parsed.items.len() + parsed.left_out + parsed.empty,
        "title": first.filter(|item| item.title_from != TitleFrom::Text).map(|item| item.title.as_str()),
        "link": first.and_then(|item| item.address.as_ref()).map(Address::as_str),
        "published": published,
        "discover": parsed.feeds.iter().map(|feed| feed.address.as_str()).collect::<Vec<_>>(),
        "degraded": parsed.degraded,
        "ms": ms,
        "peak_kib": peak,
    })
}

/// Forgets the highest memory use so far, where the system can.
fn reset_peak() {
    drop(std::fs::write("/proc/self/clear_refs", "5"));
}

/// The highest memory use since then.
fn peak_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
