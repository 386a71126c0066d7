//! Finds the date of publication of a page's article, from the most reliable evidence; without evidence there is none.
//!
//! 1. The metadata declares it. What the page shows corrects a declared day that is that of a change, that confuses day
//!    and month, or that is the day before or after in the page's own time zone.
//! 2. [`visible_date`] finds the date that the page shows near its headline or at the end of the article.
//! 3. [`dateline`] finds the date that the text states.
//! 4. The page as a whole has a date in its metadata or its address.

use jiff::civil::{self, Date};

use super::page_date::PageDate;
use super::visible_date::ShownDate;
use super::{dateline, visible_date};
use crate::address::Address;
use crate::date::{DateContext, DateEvidence, Moment, Published, timestamp};
use crate::parse::page::dom::flat_tree::Outline;
use crate::parse::page::dom::metadata::Metadata;

/// Names of `meta` elements with the date of publication, the most reliable first.
const METAS: &[&str] = &[
    "article:published_time",
    "article:published",
    "og:published_time",
    "og:article:published_time",
    "datepublished",
    "publish-date",
    "publishdate",
    "publish_date",
    "pubdate",
    "publication_date",
    "published_time",
    "parsely-pub-date",
    "sailthru.date",
    "cxenseparse:recs:publishtime",
    "dc.date.issued",
    "dcterms.issued",
    "dc.date.created",
    "dcterms.created",
    "article.published",
    "citation_date",
    "article_date_original",
    "originalpublicationdate",
    "displaydate",
    "rnews:datepublished",
    "shareaholic:article_published_time",
    "bt:pubdate",
    "datecreated",
    "og:pubdate",
];
/// Names of `meta` elements with a date that is often that of a change, the most reliable first.
const UNCERTAIN_METAS: &[&str] = &["dcterms.date", "dc.date", "article:date", "date", "ptime", "last-published"];
/// Seconds of a day and of an hour.
const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;
/// From this hour in UTC a place can be in the next day, and before this hour another in the day before: time zones
/// range from 12 hours behind UTC to 14 ahead.
const NEXT_DAY_FROM: i64 = 24 - 14;
const DAY_BEFORE_UNTIL: i64 = 12;
/// The digits of a date without marks in an address: `20251121`.
const DATE_DIGITS: usize = 8;
/// The first year of a date in an address. Chosen by hand: the same digits are more often an item's number before it.
const FIRST_ADDRESS_YEAR: i16 = 1995;

/// What is known about an article before its date is looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DateScope<'p> {
    /// The address of the page.
    pub(crate) address: &'p Address,
    /// The node of its headline.
    pub(crate) heading: Option<usize>,
    /// The nodes of its text; empty if it has none.
    pub(crate) nodes: (usize, usize),
    /// Its text.
    pub(crate) text: &'p str,
}

/// The date of publication of the page's article; none without evidence.
#[must_use]
pub(crate) fn published(
    outline: &Outline,
    head: &Metadata,
    scope: &DateScope<'_>,
    setting: &DateContext<'_>,
) -> Option<PageDate> {
    let visible = || visible_date::find(outline, scope.heading, scope.nodes, setting);
    let certain = head.article.published.iter().map(String::as_str).chain(head.metas(METAS)).map(|value| (value, true));
    let values = certain.chain(head.metas(UNCERTAIN_METAS).map(|value| (value, false)));
    let declared = values.filter_map(|(value, certain)| Some((from_meta(value, setting)?, value, certain))).next();
    if let Some((declared, value, certain)) = declared {
        return Some(corrected(declared, value, certain, visible));
    }
    let from_text = || dateline::find(scope.text, setting).map(|found| PageDate::new(&found, DateEvidence::Text));
    let from_page = || head.page_published.as_deref().and_then(|value| from_meta(value, setting));
    visible().map(|shown| shown.date).or_else(from_text).or_else(from_page).or_else(|| from_address(scope, setting))
}

/// The declared date, corrected by what the page shows.
fn corrected(declared: PageDate, value: &str, certain: bool, visible: impl FnOnce() -> Option<ShownDate>) -> PageDate {
    let (in_utc, numeric) = (is_utc(value), begins_with_day(value));
    if certain && !in_utc && !numeric {
        return declared;
    }
    let Some(shown) = visible() else { return declared };
    let swapped = Date::new(declared.day.year(), declared.day.day(), declared.day.month()).ok();
    if numeric && swapped == Some(shown.date.day) || !certain && shown.labelled && shown.date.day != declared.day {
        return if certain || !in_utc {
            shown.date
        } else {
            with_local_day(declared, &shown.date).unwrap_or(shown.date)
        };
    }
    if !in_utc {
        return declared;
    }
    with_local_day(declared.clone(), &shown.date).unwrap_or(declared)
}

/// A moment in UTC with the day that the page shows, if both can be the same moment in the page's own time zone.
fn with_local_day(declared: PageDate, visible: &PageDate) -> Option<PageDate> {
    let Moment::Instant(at) = declared.published.at else { return None };
    let hour = at.as_second().rem_euclid(DAY) / HOUR;
    let days = declared.day.until(visible.day).map_or(0, |span| span.get_days());
    let same = match visible.published.at {
        Moment::Instant(shown) => (shown.as_second() - at.as_second()).abs() < HOUR,
        Moment::Day(_) => true,
    };
    (same && (days == 1 && hour >= NEXT_DAY_FROM || days == -1 && hour < DAY_BEFORE_UNTIL))
        .then_some(PageDate { day: visible.day, ..declared })
}

/// True for a moment that is written in UTC.
fn is_utc(value: &str) -> bool {
    let value = value.trim_end();
    ["Z", "z", "+00:00", "+0000", "GMT", "UTC"].iter().any(|zone| value.ends_with(zone))
}

/// True for `11/01/2025`: either number may be the month.
fn begins_with_day(value: &str) -> bool {
    let digits = value.trim_start().bytes().take_while(u8::is_ascii_digit).count();
    (1..=2).contains(&digits)
}

fn from_meta(value: &str, setting: &DateContext<'_>) -> Option<PageDate> {
    Some(PageDate::new(&timestamp::found(value, setting)?, DateEvidence::Meta))
}

/// The day in the address: `/2025/11/21/`, `/2025-11-21-council`, `/20251121_council`.
fn from_address(scope: &DateScope<'_>, setting: &DateContext<'_>) -> Option<PageDate> {
    let segments: Vec<&str> = scope.address.url().path_segments()?.collect();
    let day = |year: &str, month: &str, day: &str| {
        let number = |text: &str, digits: std::ops::RangeInclusive<usize>| {
            (digits.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()))
                .then(|| text.parse().ok())
                .flatten()
        };
        let year: i16 = number(year, 4..=4)?;
        let month = i8::try_from(number(month, 1..=2)?).ok()?;
        let day = i8::try_from(number(day, 1..=2)?).ok()?;
        civil::Date::new(year, month, day).ok().filter(|_| year >= FIRST_ADDRESS_YEAR)
    };
    let joined = segments.windows(3).find_map(|parts| day(parts[0], parts[1], parts[2]));
    let single = || {
        segments.iter().find_map(|segment| {
            let parts: Vec<&str> = segment.split(|c: char| !c.is_ascii_digit()).collect();
            let run = parts.iter().find(|part| part.len() == DATE_DIGITS);
            let run = run.and_then(|run| day(&run[..4], &run[4..6], &run[6..]));
            run.or_else(|| parts.windows(3).find_map(|parts| day(parts[0], parts[1], parts[2])))
        })
    };
    let day = joined.or_else(single)?;
    let today = setting.now.to_zoned(setting.zone.clone()).date();
    (day <= today).then_some(PageDate { published: Published { at: Moment::Day(day), from: DateEvidence::Meta }, day })
}
