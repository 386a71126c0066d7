//! Finds the date of publication in a text: a dateline, a label, an element next to a headline.
//!
//! A wrong day misleads more than a missing one, so only clear evidence counts. Bare years, counts, durations and
//! session numbers are not dates; weekdays decide between two readings of a date; future dates are rejected.

use jiff::civil::{self, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use super::calendar::Calendar;
use super::calendar_day::{WrittenDay, written};
use super::relative::{RelativeTo, at_time, back, last};
use super::time_of_day::{TimeOfDay, hour};
use super::token::{DateToken, tokens};
use super::weekday::weekday;
use super::{DateContext, Moment};
use crate::text::lang::Lang;

/// The largest distance of a future instant that is explained by a wrong clock or zone. Chosen by hand.
const MAX_CLOCK_ERROR: SignedDuration = SignedDuration::from_hours(24);
/// How far after `now` an instant is still accepted as it is. Chosen by hand: clocks differ by minutes.
const TOLERANCE: SignedDuration = SignedDuration::from_mins(10);
/// The most dates that are read in one text. Chosen by hand.
const MAX_DATES: usize = 16;
/// The most days by which sightings of the moon differ. Chosen by hand.
const MAX_SIGHTING_DAYS: i32 = 2;
/// The tokens at the start of a text in which "today" may refer to the text itself. Chosen by hand.
const RELATIVE_WITHIN: usize = 12;
/// The tokens after a date in which its time is searched. Chosen by hand.
const TIME_WITHIN: usize = 8;
/// The most tokens between the two halves of a double date. Chosen by hand.
const DOUBLE_WITHIN: usize = 4;

/// A date found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundDate {
    /// The moment, with the precision of the text.
    pub moment: Moment,
    /// The written calendar day, in the publisher's time zone.
    pub day: civil::Date,
}

/// Finds the first date in `text` that can be its date of publication. A complete date counts even with a wrong weekday.
///
/// ```
/// use jiff::tz::TimeZone;
/// use marsad::date::{DateContext, text_date::find};
///
/// let now = "2026-11-21T12:00:00Z".parse().unwrap();
/// let found = find("جدة، ١٢ مايو ٢٠٢٥م (يونا)", &DateContext { now, zone: &TimeZone::UTC, lang: None });
/// assert_eq!(found.unwrap().day.to_string(), "2025-05-12");
/// ```
#[must_use]
pub fn find(text: &str, context: &DateContext<'_>) -> Option<FoundDate> {
    let persian = Lang::parse("fa")
        .ok()
        .filter(|_| context.lang.is_none() && text.contains(|c| matches!(c, '\u{6f0}'..='\u{6f9}')));
    let context = &DateContext { lang: context.lang.or(persian.as_ref()), ..*context };
    let tokens = tokens(text);
    let found = absolute_dates(&tokens, context);
    if found.is_empty() {
        return relative_date(&tokens, context);
    }
    let mut rest = found.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let (chosen, used) = match after.first().filter(|second| is_double(&tokens, first, second)) {
            Some(second) => (double(&tokens, first, second), 2),
            None => (single(&tokens, first, context), 1),
        };
        if let Some(found) = chosen.and_then(|chosen| moment(&tokens, &chosen, context)) {
            return Some(found);
        }
        rest = &rest[used..];
    }
    None
}

/// Every written date, from left to right, without overlaps.
fn absolute_dates(tokens: &[DateToken], context: &DateContext<'_>) -> Vec<WrittenDay> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < tokens.len() && found.len() < MAX_DATES {
        match written(tokens, at, context) {
            Some(one) if one.sure || stands_alone(tokens, &one) => {
                at = one.end.max(at + 1);
                found.push(one);
            }
            _ => at += 1,
        }
    }
    found
}

/// True if a year of two digits cannot be a count: the text is only a date and an optional time.
fn stands_alone(tokens: &[DateToken], one: &WrittenDay) -> bool {
    let led = (0..one.start).all(|at| tokens[at].word().is_empty() || weekday(tokens, at).is_some());
    led && tokens.len() <= one.end + 8 && tokens.get(one.end).is_none_or(|next| next.word().is_empty())
}

/// True for one day in two calendars: `الجمعة 30 جمادى الأولى 1447هـ الموافق 21 نوفمبر 2025م`.
fn is_double(tokens: &[DateToken], first: &WrittenDay, second: &WrittenDay) -> bool {
    let between = tokens.get(first.end..second.start).unwrap_or_default();
    let linked = between.iter().all(|token| {
        token.is_mark("/-(،,=|")
            || matches!(
                token.word(),
                "الموافق"
                    | "الموافقه"
                    | "مطابق"
                    | "برابر"
                    | "المصادف"
                    | "ل"
                    | "با"
                    | "ه"
                    | "م"
                    | "بمطابق"
                    | "يوافق"
            )
            || token.word().is_empty()
    });
    first.calendar != second.calendar && between.len() <= DOUBLE_WITHIN && linked
}

/// The Gregorian half, if the other half is the same day within the variation of moon sighting.
fn double(tokens: &[DateToken], first: &WrittenDay, second: &WrittenDay) -> Option<WrittenDay> {
    let (chosen, other) = if second.calendar == Calendar::Gregorian { (second, first) } else { (first, second) };
    let apart = chosen.date.until(other.date).ok()?.get_days().abs();
    let named = adjacent_weekday(tokens, chosen).or_else(|| adjacent_weekday(tokens, other));
    let weekday_agrees = named.is_some_and(|weekday| chosen.date.weekday().to_monday_zero_offset() == weekday);
    let mut chosen = WrittenDay { end: chosen.end.max(other.end), start: chosen.start.min(other.start), ..*chosen };
    if let Some(swapped) = chosen.swapped
        && swapped.until(other.date).ok()?.get_days().abs() <= MAX_SIGHTING_DAYS
    {
        chosen.date = swapped;
        return Some(chosen);
    }
    (apart <= MAX_SIGHTING_DAYS || weekday_agrees).then_some(chosen)
}

/// A single date, checked against its weekday.
fn single(tokens: &[DateToken], one: &WrittenDay, context: &DateContext<'_>) -> Option<WrittenDay> {
    let named = adjacent_weekday(tokens, one);
    let falls_on = |date: civil::Date| named.is_some_and(|weekday| date.weekday().to_monday_zero_offset() == weekday);
    let mut one = *one;
    if let Some(swapped) = one.swapped {
        if falls_on(swapped) && !falls_on(one.date) {
            one.date = swapped;
        } else if !falls_on(one.date) && context.lang.is_some_and(|lang| lang.as_str() == "en") {
            one.date = is_month_first(tokens, &one).then_some(swapped)?;
        }
        return Some(one);
    }
    if one.calendar == Calendar::Hijri && named.is_some() && !falls_on(one.date) {
        let near = [1, -1]
            .into_iter()
            .filter_map(|days: i64| one.date.checked_add(days.days()).ok())
            .find(|date| falls_on(*date));
        one.date = near.unwrap_or(one.date);
    }
    Some(one)
}

/// True for `11/06/2025 7:15 AM`, where the month comes first.
fn is_month_first(tokens: &[DateToken], one: &WrittenDay) -> bool {
    tokens.iter().skip(one.end).take(TIME_WITHIN).any(|token| matches!(token.word(), "am" | "pm"))
}

/// The weekday next to a date.
fn adjacent_weekday(tokens: &[DateToken], one: &WrittenDay) -> Option<i8> {
    let before = (one.start.saturating_sub(4)..one.start).rev().find_map(|at| weekday(tokens, at).map(|(day, _)| day));
    before.or_else(|| weekday(tokens, one.end).map(|(day, _)| day))
}

/// The moment of a written date with the time next to it; none if it is in the future.
fn moment(tokens: &[DateToken], one: &WrittenDay, context: &DateContext<'_>) -> Option<FoundDate> {
    let end = weekday(tokens, one.end).map_or(one.end, |(_, length)| one.end + length);
    let time = hour(tokens, end).or_else(|| before(tokens, one.start));
    let Some(time) = time.filter(|time| time.offset.is_some() || !names_place(tokens, time.end)) else {
        return past_day(one.date, context);
    };
    let zone = time.offset.map_or_else(|| context.zone.clone(), TimeZone::fixed);
    let instant = DateTime::from_parts(one.date, time.time).to_zoned(zone).ok()?.timestamp();
    past_instant(instant, one.date, context)
}

/// True for `Asia/Riyadh`, `[Asia/Riyadh]`: the time is local to a place, and without an offset its instant is unknown.
fn names_place(tokens: &[DateToken], at: usize) -> bool {
    let at = at + usize::from(tokens.get(at).is_some_and(|token| token.is_mark("[(")));
    let word = |at: usize| tokens.get(at).is_some_and(|token| token.word().is_ascii() && token.word().len() > 2);
    word(at) && word(at + 2) && tokens.get(at + 1).is_some_and(|token| token.is_mark("/") && !token.gap)
}

/// A time directly before the date: `10:30 - 21/11/2025`.
fn before(tokens: &[DateToken], start: usize) -> Option<TimeOfDay> {
    (2..=9).filter_map(|back| hour(tokens, start.checked_sub(back)?)).find(|hour| {
        let between = tokens.get(hour.end..start);
        between.is_some_and(|between| {
            between.len() <= 2
                && between.iter().enumerate().all(|(n, token)| {
                    token.is_mark(",-|/•·")
                        || weekday(between, n).is_some()
                        || matches!(token.word(), "في" | "يوم" | "on" | "le")
                })
        })
    })
}

/// A day, unless it is in the future.
pub(super) fn past_day(day: civil::Date, context: &DateContext<'_>) -> Option<FoundDate> {
    let today = context.now.to_zoned(context.zone.clone()).date();
    (day <= today).then_some(FoundDate { moment: Moment::Day(day), day })
}

/// An instant, unless it is in the future; one within [`MAX_CLOCK_ERROR`] after `now` counts only as a day.
pub(super) fn past_instant(instant: Timestamp, day: civil::Date, context: &DateContext<'_>) -> Option<FoundDate> {
    if instant <= context.now.saturating_add(TOLERANCE).unwrap_or(Timestamp::MAX) {
        return Some(FoundDate { moment: Moment::Instant(instant), day });
    }
    let today = context.now.to_zoned(context.zone.clone()).date();
    let slipped = instant <= context.now.saturating_add(MAX_CLOCK_ERROR).unwrap_or(Timestamp::MAX);
    slipped.then(|| FoundDate { moment: Moment::Day(day.min(today)), day: day.min(today) })
}

/// True if "yesterday" refers to the text itself: the text begins with it, or only labels and marks precede it. In a
/// sentence it is the day of an event.
fn refers_to_text(before: &[DateToken]) -> bool {
    const LABELS: &[&str] = &[
        "تم",
        "اضيف",
        "نشر",
        "نشرت",
        "النشر",
        "اخر",
        "تحديث",
        "حدث",
        "مساء",
        "صباح",
        "ظهر",
        "عصر",
        "فجر",
        "ليل",
        "published",
        "posted",
        "updated",
        "on",
        "le",
        "publie",
        "mis",
        "a",
        "jour",
        "modifie",
        "yayin",
        "yayinlandi",
        "guncellendi",
        "منتشر",
        "انتشار",
        "شده",
        "شائع",
    ];
    let label = |token: &DateToken| LABELS.contains(&token.word()) || token.number().is_some();
    before.last().is_none_or(|last| last.is_mark(":-|•·,–"))
        || before
            .iter()
            .enumerate()
            .all(|(at, token)| label(token) || token.word().is_empty() || weekday(before, at).is_some())
}

/// A date relative to `now`.
fn relative_date(tokens: &[DateToken], context: &DateContext<'_>) -> Option<FoundDate> {
    let now = context.now.to_zoned(context.zone.clone());
    let (at, found) =
        (0..tokens.len().min(RELATIVE_WITHIN)).find_map(|at| back(tokens, at, &now).map(|found| (at, found)))?;
    match found {
        RelativeTo::Instant(then) => Some(FoundDate { moment: Moment::Instant(then.timestamp()), day: then.date() }),
        RelativeTo::Day(day, end) => {
            let is_today = now.date() == day;
            if !is_today && !refers_to_text(&tokens[..at]) {
                return None;
            }
            let named = weekday(tokens, end).or_else(|| at.checked_sub(1).and_then(|before| weekday(tokens, before)));
            let day = match named {
                Some((named, _)) => last(day, named)?,
                None => day,
            };
            let end = named.map_or(end, |(_, length)| end + length);
            let time = hour(tokens, end).or_else(|| hour(tokens, end.saturating_sub(1)));
            let instant = time
                .and_then(|time| at_time(day, time.time, &now))
                .map(|zoned| zoned.timestamp())
                .filter(|instant| *instant <= context.now);
            Some(FoundDate { moment: instant.map_or(Moment::Day(day), Moment::Instant), day })
        }
    }
}
