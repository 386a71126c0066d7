//! Pages as bytes, decoded as a visit decodes them.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use marsad::address::Address;
use marsad::date::{Moment, Published};
use marsad::fetch::decode::{EncodingHints, decode};
use marsad::parse::Document;
use marsad::source::{Source, SourceKind};
use marsad::text::lang::Lang;
use serde_json::Value;

/// The page of one row.
pub fn document(row: &Value, folder: &Path) -> Result<Document, String> {
    let file = folder.join(row["file"].as_str().unwrap_or_default());
    let bytes = std::fs::read(&file).map_err(|error| error.to_string())?;
    let address = Address::parse(row["url"].as_str().unwrap_or_default()).map_err(|error| error.to_string())?;
    let host = address.host().to_owned();
    let decoded = decode(&bytes, &EncodingHints { content_type: "text/html", host: &host, ..EncodingHints::default() });
    Ok(Document {
        address,
        media_type: "text/html".to_owned(),
        text: decoded.text,
        encoding: decoded.encoding,
        replaced: decoded.replaced,
    })
}

/// The instant of reading.
pub fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap_or_default()
}

/// A source as a configuration of three lines makes it.
pub fn source(row: &Value, address: Address, kind: SourceKind) -> Source {
    let lang = row["lang"].as_str().and_then(|lang| Lang::parse(lang).ok());
    Source { lang, ..Source::at(kind, address) }
}

/// The day of a date, as the row's label names one.
pub fn day(published: Option<&Published>) -> Option<String> {
    published.map(|published| match published.at {
        Moment::Day(day) => day.to_string(),
        Moment::Instant(at) => at.to_zoned(TimeZone::UTC).date().to_string(),
    })
}
