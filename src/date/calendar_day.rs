//! Parses written calendar days: `21 نوفمبر 2025`, `November 21, 2025`, `۱۴۰۴/۸/۳۰`, `14 – 18 ديسمبر`.

use jiff::civil;

use super::DateContext;
use super::calendar::Calendar;
use super::month::{FoundMonth, month};
use super::token::DateToken;
use super::weekday::weekday;

/// A day found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WrittenDay {
    pub(super) calendar: Calendar,
    pub(super) date: civil::Date,
    /// Its first token, and one past its last.
    pub(super) start: usize,
    pub(super) end: usize,
    /// The alternative date, if day and month may be swapped.
    pub(super) swapped: Option<civil::Date>,
    /// The year has four digits, or its calendar is certain.
    pub(super) sure: bool,
}

/// Words and marks that join the two ends of a range.
const RANGE: &[&str] =
    &["الي", "حتي", "to", "au", "تا", "و", "سي", "ve", "et", "and", "ile", "until", "till", "اور", "bis"];
/// Words between a day and its month, or a month and its year.
const BETWEEN: &[&str] = &["من", "de", "of", "del", "شهر", "ماه", "عام", "سنه", "سال", "لعام", "لسنه", "di", "d"];
/// Calendar marks after a year.
const LUNAR: &[&str] = &["ه", "هجري", "هجريه", "هق", "ق", "ah", "الهجري", "قمري"];
const SOLAR: &[&str] = &["ش", "شمسي", "خورشيدي", "هش"];

/// The day that begins at token `at`.
pub(super) fn written(tokens: &[DateToken], at: usize, context: &DateContext<'_>) -> Option<WrittenDay> {
    numeric(tokens, at, context)
        .or_else(|| labelled(tokens, at))
        .or_else(|| day_first(tokens, at))
        .or_else(|| month_first(tokens, at))
}

/// `2025年11月21日`, `2025년 11월 21일`: each number has its unit.
fn labelled(tokens: &[DateToken], at: usize) -> Option<WrittenDay> {
    let part = |n: usize, units: [char; 3]| {
        let unit = tokens.get(at + n + 1)?.word();
        units.iter().any(|mark| unit.starts_with(*mark)).then(|| tokens[at + n].number()).flatten()
    };
    let (year, 4) = part(0, ['年', '년', '年'])? else { return None };
    let ((month, _), (day, _)) = (part(2, ['月', '월', '月'])?, part(4, ['日', '일', '号'])?);
    let (year, month, day) = (i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
    let date = Calendar::Gregorian.day(year, month, day).filter(|_| Calendar::Gregorian.has_year(year))?;
    let end = at + 6;
    Some(WrittenDay { calendar: Calendar::Gregorian, date, start: at, end, swapped: None, sure: true })
}

/// A day of a month, as one or two digits or an ordinal in words, and the token after it.
fn day(tokens: &[DateToken], at: usize) -> Option<(i8, usize)> {
    let token = tokens.get(at)?;
    let Some((value, digits)) = token.number() else {
        return ordinal(tokens, at).or_else(|| super::arabic_ordinal::day(tokens, at));
    };
    if digits > 2 || !(1..=31).contains(&value) {
        return None;
    }
    let suffix = tokens.get(at + 1).is_some_and(|next| {
        matches!(next.word(), "st" | "nd" | "rd" | "th" | "er" | "ere" | "ام" | "م" | "امين")
            && (!next.gap || next.word() == "ام")
            || next.is_mark(".º°") && !next.gap
    });
    Some((i8::try_from(value).ok()?, at + 1 + usize::from(suffix)))
}

/// Persian ordinals: `شانزدهم`, `بیست و پنجم`, `سی‌ام`.
fn ordinal(tokens: &[DateToken], at: usize) -> Option<(i8, usize)> {
    const ONES: [&str; 20] = [
        "يكم",
        "دوم",
        "سوم",
        "چهارم",
        "پنجم",
        "ششم",
        "هفتم",
        "هشتم",
        "نهم",
        "دهم",
        "يازدهم",
        "دوازدهم",
        "سيزدهم",
        "چهاردهم",
        "پانزدهم",
        "شانزدهم",
        "هفدهم",
        "هجدهم",
        "نوزدهم",
        "بيستم",
    ];
    let word = tokens.get(at)?.word();
    if let Some(index) = ONES.iter().position(|name| *name == word) {
        return Some((i8::try_from(index + 1).ok()?, at + 1));
    }
    let tens = match word {
        "اول" => return Some((1, at + 1)),
        "سيام" => return Some((30, at + 1)),
        "بيست" => 20,
        "سي" => 30,
        _ => return None,
    };
    if tens == 30 && tokens.get(at + 1).is_some_and(|next| next.word() == "ام") {
        return Some((30, at + 2));
    }
    let next = tokens.get(at + 1).filter(|next| next.word() == "و").and_then(|_| tokens.get(at + 2))?;
    let ones = ONES.iter().take(9).position(|name| *name == next.word())?;
    Some((tens + i8::try_from(ones + 1).ok()?, at + 3))
}

/// Skips words and marks that may separate the parts of a date.
fn skip_separators(tokens: &[DateToken], mut at: usize, marks: &str) -> usize {
    for _ in 0..3 {
        if tokens.get(at).is_some_and(|token| token.is_mark(marks) || BETWEEN.contains(&token.word())) {
            at += 1;
        }
    }
    at
}

/// The month at `at` with an optional second name (`أيلول/سبتمبر`, `نيسان (أبريل)`), and the token after both.
fn named_month(tokens: &[DateToken], at: usize) -> Option<(FoundMonth, usize)> {
    let first = month(tokens, at)?;
    let mut end = at + first.length;
    let joint = tokens.get(end).is_some_and(|token| token.is_mark("/(-")) as usize;
    if joint == 1
        && let Some(second) = month(tokens, end + 1)
        && second.calendar == first.calendar
    {
        if second.number != first.number {
            return Some((first, end));
        }
        end += 1 + second.length;
        end += usize::from(tokens.get(end).is_some_and(|token| token.is_mark(")")));
    }
    Some((first, end))
}

/// `21 نوفمبر 2025`, `14 – 18 ديسمبر 2025`, `30 نوفمبر – 2 ديسمبر 2025`.
fn day_first(tokens: &[DateToken], at: usize) -> Option<WrittenDay> {
    if at > 0
        && tokens[at - 1].is_mark("/.:-")
        && !tokens[at - 1].gap
        && !tokens[at].gap
        && at > 1
        && tokens[at - 2].number().is_some()
    {
        return None;
    }
    let (first, next) = day(tokens, at)?;
    let next = skip_days(tokens, next);
    let (month, mut end) = named_month(tokens, skip_separators(tokens, next, ",/-."))?;
    let mut later = month;
    if is_range(tokens, end)
        && let Some((_, after)) = day(tokens, end + 1)
        && let Some((second, after)) = named_month(tokens, skip_separators(tokens, after, ",/-."))
    {
        (later, end) = (second, after);
    }
    let year = year(tokens, skip_separators(tokens, end, ",/-.'("), later.calendar)?;
    let crosses_year = later.calendar == month.calendar && later.number < month.number;
    build(month, first, &year, crosses_year, at)
}

/// `November 21, 2025`, `Nov 14-18, 2025`.
fn month_first(tokens: &[DateToken], at: usize) -> Option<WrittenDay> {
    let (month, next) = named_month(tokens, at)?;
    let (first, next) = day(tokens, skip_separators(tokens, next, ",-/"))?;
    let mut next = skip_days(tokens, next);
    let mut later = month;
    if is_range(tokens, next)
        && let Some((second, after)) = named_month(tokens, next + 1)
        && let Some((_, after)) = day(tokens, after)
    {
        (later, next) = (second, after);
    }
    let year = year(tokens, skip_separators(tokens, next, ",-/"), later.calendar)?;
    let crosses_year = later.calendar == month.calendar && later.number < month.number;
    build(month, first, &year, crosses_year, at).filter(|written| written.sure)
}

fn build(month: FoundMonth, day: i8, year: &YearToken, crosses_year: bool, start: usize) -> Option<WrittenDay> {
    let value = if crosses_year { year.value - 1 } else { year.value };
    let date = month.calendar.day(value, i8::try_from(month.number).ok()?, day)?;
    Some(WrittenDay { calendar: month.calendar, date, start, end: year.end, swapped: None, sure: year.sure })
}

fn is_range(tokens: &[DateToken], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| token.is_mark("-/") || RANGE.contains(&token.word()))
}

/// Skips the further days of a range or a list: `5 و6 و7`, `4, 5 et 6`.
fn skip_days(tokens: &[DateToken], mut at: usize) -> usize {
    for _ in 0..4 {
        let listed = tokens.get(at).filter(|token| token.is_mark(",")).and_then(|_| day(tokens, at + 1));
        let listed = listed.filter(|(_, end)| is_range(tokens, *end) && day(tokens, end + 1).is_some());
        match range_end(tokens, at).or(listed) {
            Some((_, end)) => at = end,
            None => break,
        }
    }
    at
}

/// The second day of a range, and the token after it.
fn range_end(tokens: &[DateToken], at: usize) -> Option<(i8, usize)> {
    // du samedi 15 au lundi 17 mars
    let next = at + 1 + weekday(tokens, at + 1).map_or(0, |(_, length)| length);
    is_range(tokens, at).then(|| day(tokens, next)).flatten()
}

/// Years of two digits above this belong to the century before: 1361 to 1460 in the solar calendar (chosen by hand),
/// 1969 to 2068 in the Gregorian one (POSIX strptime).
const JALALI_PIVOT: i16 = 60;
const GREGORIAN_PIVOT: i16 = 68;

/// A year, and the token after its calendar mark.
struct YearToken {
    value: i16,
    end: usize,
    sure: bool,
}

fn year(tokens: &[DateToken], at: usize, calendar: Calendar) -> Option<YearToken> {
    let (value, digits) = tokens.get(at)?.number()?;
    let value = i16::try_from(value).ok()?;
    let (value, sure) = match (digits, calendar) {
        (4, _) => (value, true),
        (2, Calendar::Jalali) => (if value > JALALI_PIVOT { 1300 + value } else { 1400 + value }, true),
        (2, Calendar::Gregorian) => (if value > GREGORIAN_PIVOT { 1900 + value } else { 2000 + value }, false),
        _ => return None,
    };
    if digits == 2 && tokens.get(at + 1).is_some_and(|next| next.is_mark(":") && !next.gap) {
        return None;
    }
    calendar.has_year(value).then(|| YearToken { value, end: skip_marks(tokens, at + 1), sure })
}

/// Skips `م`, `هـ`, `A.H.` and similar marks.
fn skip_marks(tokens: &[DateToken], at: usize) -> usize {
    let Some(token) = tokens.get(at) else { return at };
    let word = token.word();
    let mark = LUNAR.contains(&word)
        || SOLAR.contains(&word)
        || matches!(word, "ميلادي" | "ميلاديه" | "ad" | "ce")
        || word == "م" && !is_hour_mark(tokens, at);
    if mark { at + 1 + usize::from(tokens.get(at + 1).is_some_and(|next| next.is_mark("."))) } else { at }
}

/// True for `م` after a time, where it means p.m.; in `2025 م 10:30` it marks the era.
fn is_hour_mark(tokens: &[DateToken], at: usize) -> bool {
    at >= 3 && tokens[at - 2].is_mark(":")
}

/// `21/11/2025`, `2025-11-21`, `۱۴۰۴/۸/۳۰`, `17-01-1437 هـ`.
fn numeric(tokens: &[DateToken], at: usize, context: &DateContext<'_>) -> Option<WrittenDay> {
    let part = |n: usize| tokens.get(at + n).and_then(DateToken::number);
    let (first, second, third) = (part(0)?, part(2)?, part(4)?);
    let joined =
        tokens[at + 1].is_mark("/-.") && tokens[at + 3].is_mark("/-.") && tokens[at + 1].kind == tokens[at + 3].kind;
    let longer = tokens.get(at + 5).is_some_and(|next| next.is_mark("/-.") && !next.gap) && part(6).is_some();
    let inner = at > 1 && tokens[at - 1].is_mark("/-.") && !tokens[at].gap && tokens[at - 2].number().is_some();
    // `2025-11-21-10:30` continues with a time; other continuations may be telephone numbers.
    let timed = longer && tokens[at + 5].is_mark("-") && tokens.get(at + 7).is_some_and(|next| next.is_mark(":"));
    if !joined || longer && !timed || inner || second.1 > 2 {
        return None;
    }
    let end = at + 5;
    if first.1 == 4 && third.1 <= 2 {
        return with_year(tokens, at, end, context, first.0, (third.0, second.0), false);
    }
    if third.1 == 4 && first.1 <= 2 {
        return with_year(tokens, at, end, context, third.0, (first.0, second.0), true);
    }
    short(tokens, at, end, context, [first.0, second.0, third.0], first.1 == 2 && third.1 == 2)
}

/// `21/11/25`: accepted only as the whole text, because a year of two digits is ambiguous.
fn short(
    tokens: &[DateToken],
    at: usize,
    end: usize,
    context: &DateContext<'_>,
    parts: [u64; 3],
    padded: bool,
) -> Option<WrittenDay> {
    let alone = at == 0 && tokens.len() <= end + 6;
    if !alone || !padded || tokens[at + 1].is_mark(".") && parts[1] > 12 {
        return None;
    }
    if context.lang.is_some_and(|lang| matches!(lang.as_str(), "fa" | "prs" | "ps")) {
        // 99/05/20 begins with the year; 04/05/20 is ambiguous.
        let year = (parts[0] > 60).then_some(1300 + parts[0])?;
        let found = with_year(tokens, at, end, context, year, (parts[2], parts[1]), false)?;
        return Some(WrittenDay { sure: false, ..found });
    }
    let found = with_year(tokens, at, end, context, 2000 + parts[2], (parts[0], parts[1]), true)?;
    Some(WrittenDay { sure: false, ..found })
}

fn with_year(
    tokens: &[DateToken],
    start: usize,
    end: usize,
    context: &DateContext<'_>,
    year: u64,
    (day, month): (u64, u64),
    day_leads: bool,
) -> Option<WrittenDay> {
    let (year, day, month) = (i16::try_from(year).ok()?, i8::try_from(day).ok()?, i8::try_from(month).ok()?);
    let calendar = calendar_of(tokens, end, year, context)?;
    let written = |day, month| calendar.has_year(year).then(|| calendar.day(year, month, day)).flatten();
    let (straight, swapped) = (written(day, month), day_leads.then(|| written(month, day)).flatten());
    let (date, swapped) = match (straight, swapped) {
        (Some(date), Some(other)) if date != other && calendar == Calendar::Gregorian => (date, Some(other)),
        (Some(date), _) => (date, None),
        (None, Some(date)) if calendar == Calendar::Gregorian => (date, None),
        (None, _) => return None,
    };
    Some(WrittenDay { calendar, date, start, end: skip_marks(tokens, end), swapped, sure: true })
}

/// The first numeric year that is Gregorian in any language: no lunar or solar year is that high.
const FIRST_GREGORIAN: i16 = 1900;
/// The first numeric year that is lunar in Arabic: 1985, before any news on the web. Chosen by hand.
const FIRST_HIJRI: i16 = 1406;

/// The calendar of a numeric year: from its mark, else from the language.
fn calendar_of(tokens: &[DateToken], end: usize, year: i16, context: &DateContext<'_>) -> Option<Calendar> {
    if year >= FIRST_GREGORIAN {
        return Some(Calendar::Gregorian);
    }
    let word = |n: usize| tokens.get(end + n).map_or("", |token| token.word());
    let after = if tokens.get(end + 1).is_some_and(|token| token.is_mark(".")) { word(2) } else { word(1) };
    if SOLAR.contains(&word(0)) || LUNAR.contains(&word(0)) && SOLAR.contains(&after) {
        return Some(Calendar::Jalali);
    }
    if LUNAR.contains(&word(0)) {
        return Some(Calendar::Hijri);
    }
    match context.lang.map_or("", |lang| lang.as_str()) {
        "fa" | "prs" | "ps" => Some(Calendar::Jalali),
        "ar" if year >= FIRST_HIJRI => Some(Calendar::Hijri),
        _ => None,
    }
}
