//! Days and times as publishers write them.

use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::text::lang::Lang;

pub mod calendar;
mod calendar_day;
mod month;
#[cfg(test)]
mod properties;
mod relative;
pub mod text_date;
mod time_of_day;
pub mod timestamp;
mod token;
mod weekday;

/// What a date is read against.
#[derive(Clone, Copy, Debug)]
pub struct DateContext<'a> {
    /// The instant from which "two hours ago" counts; what lies after it was not published yet.
    pub now: Timestamp,
    /// The zone of dates that name none.
    pub zone: &'a TimeZone,
    /// The language of the text, where it is known.
    pub lang: Option<&'a Lang>,
}

/// When an item says that it was published: a claim, with where it was read. Newness never depends on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// The day, or the instant, that was claimed.
    pub at: Moment,
    /// Where the claim was read.
    pub from: DateEvidence,
}

/// A point in time, no more precise than what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Moment {
    /// A calendar day, in the publisher's own zone.
    Day(civil::Date),
    /// An instant, written to the second or the minute.
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
    /// The element that a source's selector names, or that stands beside a listing's headline.
    Listing,
    /// The text itself, such as a dateline.
    Text,
}

impl Moment {
    /// The words `day` or `second`, as receivers get them.
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
    /// The word that receivers get.
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
