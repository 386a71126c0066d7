//! Dates that programs write: the date elements of feeds and the metadata of pages.

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, fmt::rfc2822};

use crate::date::{Moment, Setting};

/// The moment that `text` says; none where that is not sure, or where it lies in the future.
#[must_use]
pub fn read(text: &str, setting: &Setting<'_>) -> Option<Moment> {
    let text = text.trim();
    let instant = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok());
    if let Some(instant) = instant {
        return Some(Moment::Instant(instant));
    }
    let bare = text.replacen(' ', "T", 1);
    if let Ok(local) = bare.parse::<DateTime>()
        && bare.contains('T')
    {
        return local.to_zoned(setting.zone.clone()).ok().map(|zoned| Moment::Instant(zoned.timestamp()));
    }
    text.parse::<Date>().ok().map(Moment::Day)
}
