//! Dates in text.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use marsad::date::{DateContext, Moment, text_date, timestamp};
use marsad::text::lang::Lang;
use serde_json::{Value, json};

/// The day that stands in `text`, read at `reference_now`.
pub fn read(row: &Value) -> Value {
    let text = row["text"].as_str().unwrap_or_default();
    let lang = row["lang"].as_str().and_then(|lang| Lang::parse(lang).ok());
    let zone = TimeZone::UTC;
    let now = row["reference_now"]
        .as_str()
        .and_then(|now| now.parse::<DateTime>().ok())
        .and_then(|now| now.to_zoned(zone.clone()).ok());
    let now = now.map(|now| now.timestamp()).unwrap_or_default();
    let setting = DateContext { now, zone: &zone, lang: lang.as_ref() };
    let found = text_date::find(text, &setting);
    json!({
        "id": row["id"],
        "day": found.map(|found| found.day.to_string()),
        "precision": found.map(|found| found.moment.precision()),
        "evidence": found.map(|_| "text"),
        "moment": found.map(|found| found.moment.to_string()),
        "stamp": timestamp::read(text, &setting).map(|moment| match moment { Moment::Day(day) => day.to_string(), Moment::Instant(at) => at.to_string() }),
    })
}
