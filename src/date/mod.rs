//! Reads dates and times as publishers write them.
//!
//! 1. `token` splits a text into numbers, words and marks; `month` and `weekday` know their names, [`calendar`]
//!    converts days.
//! 2. `calendar_day` (with `arabic_ordinal`), `time_of_day` and `relative` parse days, times and phrases such as "2 hours ago".
//! 3. [`text_date`] finds the date of a text; [`timestamp`] parses a text that is only a date; [`http_date`] parses the
//!    dates of HTTP headers.

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::text::lang::Lang;

mod arabic_ordinal;
pub mod calendar;
mod calendar_day;
pub mod http_date;
mod month;
#[cfg(test)]
mod properties;
mod relative;
#[cfg(test)]
mod tests;
pub mod text_date;
mod time_of_day;
pub mod timestamp;
mod token;
mod weekday;

/// The context in which a date is read.
#[derive(Clone, Copy, Debug)]
pub struct DateContext<'a> {
    /// The instant from which "two hours ago" counts; later dates are rejected.
    pub now: Timestamp,
    /// The time zone of dates without one.
    pub zone: &'a TimeZone,
    /// The language of the text, if known.
    pub lang: Option<&'a Lang>,
}

/// The publication date that an item claims, and where it was read. Newness never depends on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The claimed day or instant.
    pub at: Moment,
    /// Where it was read.
    pub from: DateEvidence,
}

/// A point in time, with the precision of its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Moment {
    /// A calendar day in the publisher's time zone.
    Day(civil::Date),
    /// An instant, precise to the second or the minute.
    Instant(Timestamp),
}

/// Where a date was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DateEvidence {
    /// A date element of a feed.
    Feed,
    /// Metadata of a page: JSON-LD, `meta`, `time`.
    Meta,
    /// The element of a source's selector, or an element next to a listing's headline.
    Listing,
    /// The text itself, such as a dateline.
    Text,
}

impl Moment {
    /// The word `day` or `second` in the payload.
    #[must_use]
    pub fn precision(&self) -> &'static str {
        match self {
            Self::Day(_) => "day",
            Self::Instant(_) => "second",
        }
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Day(day) => day.fmt(f),
            Self::Instant(instant) => instant.fmt(f),
        }
    }
}

impl DateEvidence {
    /// The word in the payload.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Feed => "feed",
            Self::Meta => "meta",
            Self::Listing => "listing",
            Self::Text => "text",
        }
    }
}
