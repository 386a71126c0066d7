//! Parses machine timestamps: the date elements of feeds and the metadata of pages.

use jiff::Timestamp;
use jiff::civil::{self, DateTime, Time};
use jiff::tz::TimeZone;

use super::month::month;
use super::text_date::{FoundDate, find, past_day, past_instant};
use super::time_of_day::zone;
use super::token::{DateToken, tokens};
use super::{DateContext, Moment};

/// The longest text that is parsed, in bytes. Chosen by hand: no date is longer.
const MAX_LENGTH: usize = 256;

/// Parses a `text` that is only a date; none if it is uncertain or in the future.
///
/// ```
/// use jiff::tz::TimeZone;
/// use marsad::date::{DateContext, timestamp};
///
/// let now = "2026-11-21T12:00:00Z".parse().unwrap();
/// let context = DateContext { now, zone: &TimeZone::UTC, lang: None };
/// let moment = timestamp::read("Fri, 21 Nov 2025 10:15:00 +0300", &context).unwrap();
/// assert_eq!(moment.to_string(), "2025-11-21T07:15:00Z");
/// ```
#[must_use]
pub fn read(text: &str, context: &DateContext<'_>) -> Option<Moment> {
    found(text, context).map(|found| found.moment)
}

/// [`read`], with the written day.
#[must_use]
pub fn found(text: &str, context: &DateContext<'_>) -> Option<FoundDate> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_LENGTH {
        return None;
    }
    let tokens = tokens(text);
    compact(&tokens, context)
        .or_else(|| epoch(&tokens, context))
        .or_else(|| clock_style(&tokens, context))
        .or_else(|| find(text, context))
        .or_else(|| partial(&tokens, context))
        .filter(|found| !is_unset(found.day))
}

/// True for a day that programs write for a date that was never set: zero in the clocks of .NET, spreadsheets, SQL Server
/// and Unix, the last also in zones west of Greenwich.
fn is_unset(day: civil::Date) -> bool {
    const UNSET: [(i16, i8, i8); 5] = [(1, 1, 1), (1899, 12, 30), (1900, 1, 1), (1969, 12, 31), (1970, 1, 1)];
    UNSET.contains(&(day.year(), day.month(), day.day()))
}

fn number(tokens: &[DateToken], at: usize) -> Option<(u64, usize)> {
    tokens.get(at).and_then(DateToken::number)
}

/// `20251121T071500Z`, `20251121`, `20251121071500`.
fn compact(tokens: &[DateToken], context: &DateContext<'_>) -> Option<FoundDate> {
    let first = tokens.first()?;
    let (_, digits) = first.number()?;
    let (date, mut rest) = match digits {
        8 if tokens.len() == 1 || tokens.get(1).is_some_and(|next| next.word() == "t") => (ymd(first.number()?.0)?, 1),
        _ => return None,
    };
    rest += usize::from(tokens.get(rest).is_some_and(|next| next.word() == "t"));
    let Some((time, 4 | 6)) = number(tokens, rest) else { return past_day(date, context) };
    let time = if tokens[rest].number()?.1 == 4 { time * 100 } else { time };
    let part = |value: u64| i8::try_from(value).ok();
    let time = Time::new(part(time / 10_000)?, part(time / 100 % 100)?, part(time % 100)?, 0).ok()?;
    instant(date, time, zone(tokens, rest + 1).map(|(offset, _)| TimeZone::fixed(offset)), context)
}

fn ymd(value: u64) -> Option<civil::Date> {
    civil::Date::new(
        i16::try_from(value / 10_000).ok()?,
        i8::try_from(value / 100 % 100).ok()?,
        i8::try_from(value % 100).ok()?,
    )
    .ok()
}

fn instant(date: civil::Date, time: Time, zone: Option<TimeZone>, context: &DateContext<'_>) -> Option<FoundDate> {
    let zoned = DateTime::from_parts(date, time).to_zoned(zone.unwrap_or_else(|| context.zone.clone())).ok()?;
    past_instant(zoned.timestamp(), date, context)
}

/// Seconds or milliseconds since 1970: alone, or as .NET writes them, `/Date(1763709300000)/`.
fn epoch(tokens: &[DateToken], context: &DateContext<'_>) -> Option<FoundDate> {
    let dotnet = tokens.len() > 3 && tokens.get(1).is_some_and(|token| token.word() == "date");
    let token = if dotnet { tokens.get(3)? } else { tokens.first().filter(|_| tokens.len() == 1)? };
    let (_, digits) = token.number()?;
    let value = i64::try_from(token.number()?.0).ok()?;
    let timestamp = match digits {
        9..=10 => Timestamp::from_second(value),
        12..=13 => Timestamp::from_millisecond(value),
        _ => return None,
    };
    let timestamp = timestamp.ok()?;
    past_instant(timestamp, timestamp.to_zoned(context.zone.clone()).date(), context)
}

/// `Fri Nov 21 07:15:00 UTC 2025`, the format of C and Unix.
fn clock_style(tokens: &[DateToken], context: &DateContext<'_>) -> Option<FoundDate> {
    let at = (0..tokens.len().min(4)).find(|at| month(tokens, *at).is_some())?;
    let found = month(tokens, at)?;
    let day = number(tokens, at + found.length).filter(|(_, digits)| *digits <= 2)?.0;
    let time = super::time_of_day::hour(tokens, at + found.length + 1)?;
    let year_at = (time.end..tokens.len().min(time.end + 3))
        .find(|at| number(tokens, *at).is_some_and(|(_, digits)| digits == 4))?;
    let date = civil::Date::new(
        i16::try_from(number(tokens, year_at)?.0).ok()?,
        i8::try_from(found.number).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()?;
    let after = zone(tokens, year_at + 1).map(|(offset, _)| offset);
    instant(date, time.time, time.offset.or(after).map(TimeZone::fixed), context)
}

/// `2025-11`, `2025`: the first day of the period.
fn partial(tokens: &[DateToken], context: &DateContext<'_>) -> Option<FoundDate> {
    let (year, 4) = number(tokens, 0)? else { return None };
    let month = match (tokens.get(1), number(tokens, 2), tokens.len()) {
        (None, ..) => 1,
        (Some(dash), Some((month, 2)), 3) if dash.is_mark("-") => month,
        _ => return None,
    };
    if !(1900..2200).contains(&year) {
        return None;
    }
    past_day(civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?, context)
}
