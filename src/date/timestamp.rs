//! Dates that programs write: the date elements of feeds and the metadata of pages.

use jiff::Timestamp;
use jiff::civil::{self, DateTime, Time};
use jiff::tz::TimeZone;

use super::month::month;
use super::text_date::{FoundDate, past_day, past_instant, scanned};
use super::time_of_day::zone;
use super::token::{DateToken, tokens};
use super::{DateContext, Moment};

/// The longest text that is looked at, in bytes: no date is longer.
const MAX_LENGTH: usize = 256;

/// The moment that `text`, which is a date and nothing else, says; none where that is not sure, or where it lies in
/// the future.
#[must_use]
pub fn read(text: &str, setting: &DateContext<'_>) -> Option<Moment> {
    found(text, setting).map(|found| found.moment)
}

/// The same, with the day as it was written.
#[must_use]
pub fn found(text: &str, setting: &DateContext<'_>) -> Option<FoundDate> {
    let text = text.trim();
    if text.is_empty() || text.len() > MAX_LENGTH {
        return None;
    }
    let pieces = tokens(text);
    compact(&pieces, setting)
        .or_else(|| epoch(&pieces, setting))
        .or_else(|| clock_style(&pieces, setting))
        .or_else(|| scanned(text, setting, false))
        .or_else(|| partial(&pieces, setting))
}

fn number(pieces: &[DateToken], at: usize) -> Option<(u64, usize)> {
    pieces.get(at).and_then(DateToken::number)
}

/// `20251121T071500Z`, `20251121`, `20251121071500`.
fn compact(pieces: &[DateToken], setting: &DateContext<'_>) -> Option<FoundDate> {
    let first = pieces.first()?;
    let (_, digits) = first.number()?;
    let (date, mut rest) = match digits {
        8 if pieces.len() == 1 || pieces.get(1).is_some_and(|next| next.word() == "t") => (ymd(first.number()?.0)?, 1),
        _ => return None,
    };
    rest += usize::from(pieces.get(rest).is_some_and(|next| next.word() == "t"));
    let Some((time, 4 | 6)) = number(pieces, rest) else { return past_day(date, setting) };
    let time = if pieces[rest].number()?.1 == 4 { time * 100 } else { time };
    let part = |value: u64| i8::try_from(value).ok();
    let time = Time::new(part(time / 10_000)?, part(time / 100 % 100)?, part(time % 100)?, 0).ok()?;
    instant(date, time, zone(pieces, rest + 1).map(|(offset, _)| TimeZone::fixed(offset)), setting)
}

fn ymd(value: u64) -> Option<civil::Date> {
    civil::Date::new(
        i16::try_from(value / 10_000).ok()?,
        i8::try_from(value / 100 % 100).ok()?,
        i8::try_from(value % 100).ok()?,
    )
    .ok()
}

fn instant(date: civil::Date, time: Time, zone: Option<TimeZone>, setting: &DateContext<'_>) -> Option<FoundDate> {
    let zoned = DateTime::from_parts(date, time).to_zoned(zone.unwrap_or_else(|| setting.zone.clone())).ok()?;
    past_instant(zoned.timestamp(), date, setting)
}

/// Seconds or milliseconds since 1970: alone, or as .NET writes them, `/Date(1763709300000)/`.
fn epoch(pieces: &[DateToken], setting: &DateContext<'_>) -> Option<FoundDate> {
    let dotnet = pieces.len() > 3 && pieces.get(1).is_some_and(|piece| piece.word() == "date");
    let piece = if dotnet { pieces.get(3)? } else { pieces.first().filter(|_| pieces.len() == 1)? };
    let (_, digits) = piece.number()?;
    let value = i64::try_from(piece.number()?.0).ok()?;
    let timestamp = match digits {
        9..=10 => Timestamp::from_second(value),
        12..=13 => Timestamp::from_millisecond(value),
        _ => return None,
    };
    let timestamp = timestamp.ok()?;
    past_instant(timestamp, timestamp.to_zoned(setting.zone.clone()).date(), setting)
}

/// `Fri Nov 21 07:15:00 UTC 2025`, as C and Unix print it.
fn clock_style(pieces: &[DateToken], setting: &DateContext<'_>) -> Option<FoundDate> {
    let at = (0..pieces.len().min(4)).find(|at| month(pieces, *at).is_some())?;
    let found = month(pieces, at)?;
    let day = number(pieces, at + found.length).filter(|(_, digits)| *digits <= 2)?.0;
    let time = super::time_of_day::hour(pieces, at + found.length + 1)?;
    let year_at = (time.end..pieces.len().min(time.end + 3))
        .find(|at| number(pieces, *at).is_some_and(|(_, digits)| digits == 4))?;
    let date = civil::Date::new(
        i16::try_from(number(pieces, year_at)?.0).ok()?,
        i8::try_from(found.number).ok()?,
        i8::try_from(day).ok()?,
    )
    .ok()?;
    let after = zone(pieces, year_at + 1).map(|(offset, _)| offset);
    instant(date, time.time, time.offset.or(after).map(TimeZone::fixed), setting)
}

/// `2025-11`, `2025`: the first day of what is named.
fn partial(pieces: &[DateToken], setting: &DateContext<'_>) -> Option<FoundDate> {
    let (year, 4) = number(pieces, 0)? else { return None };
    let month = match (pieces.get(1), number(pieces, 2), pieces.len()) {
        (None, ..) => 1,
        (Some(dash), Some((month, 2)), 3) if dash.is_mark("-") => month,
        _ => return None,
    };
    if !(1900..2200).contains(&year) {
        return None;
    }
    past_day(civil::Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?, setting)
}
