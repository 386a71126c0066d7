//! The date that a text says it was published: a dateline, a label, an element beside a headline.
//!
//! No evidence, no date: a wrong day misleads a reader more than a missing one. Bare years, counts, durations and
//! session numbers are no dates; weekdays check and never found; what lies in the future was not published then.

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

/// How far past `now` an instant may lie before it is no slip of a clock or a zone any more.
const SLIP: SignedDuration = SignedDuration::from_hours(24);
/// How near to the start of a text "today" must stand to be said of the text itself, in tokens.
const RELATIVE_WITHIN: usize = 12;
/// How many tokens may stand between the two halves of a double date.
const DOUBLE_WITHIN: usize = 4;

/// A date that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FoundDate {
    /// The moment, no more precise than it was written.
    pub moment: Moment,
    /// The calendar day as it was written, in the publisher's own zone.
    pub day: civil::Date,
}

/// The first date in `text` that can be the date of the text. A day beside a weekday that it does not fall on is none:
/// one of the two is wrong.
#[must_use]
pub fn find(text: &str, setting: &DateContext<'_>) -> Option<FoundDate> {
    scanned(text, setting, true)
}

/// The same, for a `text` that is a date and nothing else: what a program writes may have a wrong weekday.
pub(super) fn scanned(text: &str, setting: &DateContext<'_>, weekdays: bool) -> Option<FoundDate> {
    let persian = Lang::parse("fa")
        .ok()
        .filter(|_| setting.lang.is_none() && text.contains(|c| matches!(c, '\u{6f0}'..='\u{6f9}')));
    let setting = &DateContext { lang: setting.lang.or(persian.as_ref()), ..*setting };
    let tokens = tokens(text);
    let found = absolute(&tokens, setting);
    if found.is_empty() {
        return relative(&tokens, setting);
    }
    let mut rest = found.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let (chosen, used) = match after.first().filter(|second| is_double(&tokens, first, second)) {
            Some(second) => (agreed(&tokens, first, second), 2),
            None => (alone(&tokens, first, setting).filter(|one| !weekdays || !is_contradicted(&tokens, one)), 1),
        };
        if let Some(found) = chosen.and_then(|chosen| moment(&tokens, &chosen, setting)) {
            return Some(found);
        }
        rest = &rest[used..];
    }
    None
}

/// Every written date, left to right, none within another.
fn absolute(tokens: &[DateToken], setting: &DateContext<'_>) -> Vec<WrittenDay> {
    let (mut found, mut at) = (Vec::new(), 0);
    while at < tokens.len() && found.len() < 16 {
        match written(tokens, at, setting) {
            Some(one) if one.sure || stands_alone(tokens, &one) => {
                at = one.end.max(at + 1);
                found.push(one);
            }
            _ => at += 1,
        }
    }
    found
}

/// True where a year of two digits cannot be a count of something: the text is a date and at most a time.
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

/// The Gregorian half, where the other half is the same day by any sighting of the moon.
fn agreed(tokens: &[DateToken], first: &WrittenDay, second: &WrittenDay) -> Option<WrittenDay> {
    let (chosen, other) = if second.calendar == Calendar::Gregorian { (second, first) } else { (first, second) };
    let apart = chosen.date.until(other.date).ok()?.get_days().abs();
    let named = beside(tokens, chosen).or_else(|| beside(tokens, other));
    let weekday_agrees = named.is_some_and(|weekday| chosen.date.weekday().to_monday_zero_offset() == weekday);
    let mut chosen = WrittenDay { end: chosen.end.max(other.end), start: chosen.start.min(other.start), ..*chosen };
    if let Some(swapped) = chosen.doubtful
        && swapped.until(other.date).ok()?.get_days().abs() <= 2
    {
        chosen.date = swapped;
        return Some(chosen);
    }
    (apart <= 2 || weekday_agrees).then_some(chosen)
}

/// A date by itself, with its weekday as a check.
fn alone(tokens: &[DateToken], one: &WrittenDay, setting: &DateContext<'_>) -> Option<WrittenDay> {
    let named = beside(tokens, one);
    let falls_on = |date: civil::Date| named.is_some_and(|weekday| date.weekday().to_monday_zero_offset() == weekday);
    let mut one = *one;
    if let Some(swapped) = one.doubtful {
        if falls_on(swapped) && !falls_on(one.date) {
            one.date = swapped;
        } else if !falls_on(one.date) && setting.lang.is_some_and(|lang| lang.as_str() == "en") {
            one.date = american(tokens, &one).then_some(swapped)?;
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

/// The weekdays right before or behind a day are all others.
fn is_contradicted(tokens: &[DateToken], one: &WrittenDay) -> bool {
    let between = |at: &usize| {
        tokens[*at].is_mark(",-/|(")
            || matches!(tokens[*at].word(), "و" | "and" | "et" | "ve" | "to" | "الي" | "تا" | "au")
    };
    let (mut named, mut at) = (Vec::new(), one.start);
    while let Some(before) = at.checked_sub(1) {
        // سه شنبه is Tuesday, not Saturday.
        let longer = before.checked_sub(1).filter(|at| weekday(tokens, *at).is_some_and(|(_, length)| length == 2));
        match weekday(tokens, longer.unwrap_or(before)) {
            Some((day, length)) => {
                named.push(day);
                at = before + 1 - length;
                continue;
            }
            None if between(&before) && one.start - before < 6 => {}
            None => break,
        }
        at = before;
    }
    let closed = |end: usize| tokens.get(end).is_none_or(|next| next.word().is_empty());
    named.extend(weekday(tokens, one.end).filter(|(_, length)| closed(one.end + length)).map(|(day, _)| day));
    let falls = one.date.weekday().to_monday_zero_offset();
    !named.is_empty() && !named.contains(&falls)
}

/// `11/06/2025 7:15 AM` is written so where the month leads.
fn american(tokens: &[DateToken], one: &WrittenDay) -> bool {
    tokens.iter().skip(one.end).take(8).any(|token| matches!(token.word(), "am" | "pm"))
}

/// The weekday that stands beside a date.
fn beside(tokens: &[DateToken], one: &WrittenDay) -> Option<i8> {
    let before = (one.start.saturating_sub(4)..one.start).rev().find_map(|at| weekday(tokens, at).map(|(day, _)| day));
    before.or_else(|| weekday(tokens, one.end).map(|(day, _)| day))
}

/// The moment of a written date with the time beside it; none where it lies in the future.
fn moment(tokens: &[DateToken], one: &WrittenDay, setting: &DateContext<'_>) -> Option<FoundDate> {
    let end = weekday(tokens, one.end).map_or(one.end, |(_, length)| one.end + length);
    let time = hour(tokens, end).or_else(|| before(tokens, one.start));
    let Some(time) = time.filter(|time| time.offset.is_some() || !names_place(tokens, time.end)) else {
        return past_day(one.date, setting);
    };
    let zone = time.offset.map_or_else(|| setting.zone.clone(), TimeZone::fixed);
    let instant = DateTime::from_parts(one.date, time.time).to_zoned(zone).ok()?.timestamp();
    past_instant(instant, one.date, setting)
}

/// `Asia/Riyadh`, `[Asia/Riyadh]`: the time is that of a place, and no offset says which instant it is.
fn names_place(tokens: &[DateToken], at: usize) -> bool {
    let at = at + usize::from(tokens.get(at).is_some_and(|token| token.is_mark("[(")));
    let word = |at: usize| tokens.get(at).is_some_and(|token| token.word().is_ascii() && token.word().len() > 2);
    word(at) && word(at + 2) && tokens.get(at + 1).is_some_and(|token| token.is_mark("/") && !token.gap)
}

/// A time that ends where the date begins: `10:30 - 21/11/2025`.
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

/// A day, unless it has not come yet.
pub(super) fn past_day(day: civil::Date, setting: &DateContext<'_>) -> Option<FoundDate> {
    let today = setting.now.to_zoned(setting.zone.clone()).date();
    (day <= today).then_some(FoundDate { moment: Moment::Day(day), day })
}

/// An instant, unless it has not come yet; one that a zone or a clock has moved past `now` is only believed as a day.
pub(super) fn past_instant(instant: Timestamp, day: civil::Date, setting: &DateContext<'_>) -> Option<FoundDate> {
    if instant <= setting.now.saturating_add(SignedDuration::from_mins(10)).unwrap_or(Timestamp::MAX) {
        return Some(FoundDate { moment: Moment::Instant(instant), day });
    }
    let today = setting.now.to_zoned(setting.zone.clone()).date();
    let slipped = instant <= setting.now.saturating_add(SLIP).unwrap_or(Timestamp::MAX);
    slipped.then(|| FoundDate { moment: Moment::Day(day.min(today)), day: day.min(today) })
}

/// True where "yesterday" is said of the text itself: it begins with it, or labels and a mark lead to it. In a
/// sentence it is the day of an event.
fn is_led(before: &[DateToken]) -> bool {
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

/// What is counted back from `now`.
fn relative(tokens: &[DateToken], setting: &DateContext<'_>) -> Option<FoundDate> {
    let now = setting.now.to_zoned(setting.zone.clone());
    let (at, found) =
        (0..tokens.len().min(RELATIVE_WITHIN)).find_map(|at| back(tokens, at, &now).map(|found| (at, found)))?;
    match found {
        RelativeTo::Instant(then) => Some(FoundDate { moment: Moment::Instant(then.timestamp()), day: then.date() }),
        RelativeTo::Day(day, end) => {
            let told_today = now.date() == day;
            if !told_today && !is_led(&tokens[..at]) {
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
                .filter(|instant| *instant <= setting.now);
            Some(FoundDate { moment: instant.map_or(Moment::Day(day), Moment::Instant), day })
        }
    }
}
