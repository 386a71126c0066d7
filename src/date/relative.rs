//! Parses dates relative to the time of reading: `منذ ساعتين`, `۲۰ دقیقه پیش`, `il y a 40 min`, `dün 14:05`.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::civil::{Date, DateTime};
use jiff::{Span, ToSpan, Zoned};

use super::token::DateToken;
use super::weekday::weekday;

/// The result of counting back.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RelativeTo {
    /// An instant, from hours, minutes and seconds.
    Instant(Zoned),
    /// A day, from days, weeks, months and years, and the token after the words.
    Day(Date, usize),
}

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TimeUnit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

const UNITS: &[(TimeUnit, &str)] = &[
    (TimeUnit::Second, "ثانيه ثواني ثوان سيكند سيكنڈ saniye sn seconde secondes second seconds sec secs s"),
    (TimeUnit::Minute, "دقيقه دقايق دقايقي منٹ منت dakika dk minute minutes min mins mn m"),
    (TimeUnit::Hour, "ساعه ساعات ساعت گهنٹه گهنٹي گهنٹون saat sa heure heures h hour hours hr hrs"),
    (TimeUnit::Day, "يوم يوما ايام روز دن دنون gun jour jours j day days d"),
    (TimeUnit::Week, "اسبوع اسبوعا اسابيع هفته هفتي hafta semaine semaines week weeks w"),
    (TimeUnit::Month, "شهر شهرا اشهر شهور ماه مهينه مهيني ay mois month months"),
    (TimeUnit::Year, "سنه سنوات سنين عام عاما اعوام سال yil sene an ans annee annees year years"),
];

static UNIT_NAMES: LazyLock<HashMap<&'static str, TimeUnit>> = LazyLock::new(|| {
    UNITS.iter().flat_map(|(unit, names)| names.split_whitespace().map(|name| (name, *unit))).collect()
});

/// Arabic dual forms, which mean two of a unit.
const DUALS: &[(TimeUnit, &str)] = &[
    (TimeUnit::Second, "ثانيتين ثانيتان"),
    (TimeUnit::Minute, "دقيقتين دقيقتان"),
    (TimeUnit::Hour, "ساعتين ساعتان"),
    (TimeUnit::Day, "يومين يومان"),
    (TimeUnit::Week, "اسبوعين اسبوعان"),
    (TimeUnit::Month, "شهرين شهران"),
    (TimeUnit::Year, "سنتين سنتان عامين عامان"),
];

/// Numbers in words.
const NUMBERS: [&str; 13] = [
    "",
    "واحد واحده احدي احد يك ايك bir un une one a an",
    "اثنين اثنان اثنتين اثني اثنا دو iki deux two",
    "ثلاث ثلاثه سه تين uc trois three",
    "اربع اربعه چهار چار dort quatre four",
    "خمس خمسه پنج پانچ bes cinq five",
    "ست سته شش چه alti six",
    "سبع سبعه هفت سات yedi sept seven",
    "ثماني ثمانيه ثمان هشت اته sekiz huit eight",
    "تسع تسعه نه نو dokuz neuf nine",
    "عشر عشره ده دس on dix ten",
    "يازده گياره onze eleven",
    "دوازده باره douze twelve",
];

const AGO_BEFORE: &[&str] = &["منذ", "قبل", "مضي", "مضت", "من"];
const AGO_AFTER: &[&str] = &["مضت", "مضي", "پيش", "قبل", "پهلي", "پهلے", "once", "evvel", "ago"];

/// The point in time that the words at token `at` refer to, relative to `now`.
pub(super) fn back(tokens: &[DateToken], at: usize, now: &Zoned) -> Option<RelativeTo> {
    french(tokens, at, now)
        .or_else(|| prefixed(tokens, at, now))
        .or_else(|| suffixed(tokens, at, now))
        .or_else(|| named(tokens, at, now))
        .or_else(|| weekday_before(tokens, at, now))
}

fn has(names: &str, word: &str) -> bool {
    !word.is_empty() && names.split(' ').any(|name| name == word)
}

fn unit(token: Option<&DateToken>) -> Option<TimeUnit> {
    UNIT_NAMES.get(token?.word()).copied()
}

/// The count and unit at token `at`, and the token after them; a unit alone counts one, a dual two.
fn amount(tokens: &[DateToken], at: usize) -> Option<(i64, TimeUnit, usize)> {
    let token = tokens.get(at)?;
    if let Some((count, digits)) = token.number() {
        let next = at + 1 + usize::from(tokens.get(at + 1).is_some_and(|next| next.is_mark("+")));
        let unit = unit(tokens.get(next))?;
        let dot = usize::from(tokens.get(next).is_some_and(|unit| unit.word().is_ascii()));
        let dot = dot * usize::from(tokens.get(next + 1).is_some_and(|mark| mark.is_mark(".") && !mark.gap));
        return (digits <= 4).then_some((i64::try_from(count).ok()?, unit, next + 1 + dot));
    }
    if let Some((unit, _)) = DUALS.iter().find(|(_, names)| has(names, token.word())) {
        return Some((2, *unit, at + 1));
    }
    if let Some(count) = NUMBERS.iter().position(|names| has(names, token.word())) {
        let teen = usize::from(tokens.get(at + 1).is_some_and(|next| matches!(next.word(), "عشر" | "عشره")));
        if let Some(unit) = unit(tokens.get(at + 1 + teen)) {
            return Some((i64::try_from(count + 10 * teen).ok()?, unit, at + 2 + teen));
        }
    }
    if matches!(token.word(), "نصف" | "نيم" | "yarim" | "half" | "demi") {
        let next =
            at + 1 + usize::from(tokens.get(at + 1).is_some_and(|next| next.word() == "an" || next.is_mark("-")));
        return (unit(tokens.get(next)) == Some(TimeUnit::Hour)).then_some((30, TimeUnit::Minute, next + 1));
    }
    unit(Some(token)).map(|unit| (1, unit, at + 1))
}

/// `منذ ٣ ساعات`; but `منذ عام 1948` and `قبل ثلاثة أيام من القمة` are relative to something else.
fn prefixed(tokens: &[DateToken], at: usize, now: &Zoned) -> Option<RelativeTo> {
    let word = tokens.get(at)?.word();
    if !AGO_BEFORE.contains(&word) || word == "من" && tokens.get(at + 1)?.number().is_none() {
        return None;
    }
    let (count, unit, end) = amount(tokens, at + 1)?;
    if word == "من" || tokens.get(end).is_some_and(|next| next.number().is_some() || has_reference_after(next)) {
        return None;
    }
    if is_duration(unit, tokens.get(end)) {
        return None;
    }
    back_by(now, count, unit, end)
}

/// True for words after a duration that name its reference point.
fn has_reference_after(next: &DateToken) -> bool {
    matches!(next.word(), "من" | "علي" | "عن" | "از" | "before" | "avant" | "de")
}

/// True for words before a duration that name its reference point: `seçimden 3 gün önce`, `اجلاس سے 3 دن قبل`.
fn has_reference_before(before: &str) -> bool {
    before == "سي" || ["den", "dan", "ten", "tan"].iter().any(|ablative| before.len() > 4 && before.ends_with(ablative))
}

/// `3 hours ago`, `۲۰ دقیقه پیش`, `دو دن قبل`, `32 dakika önce`.
fn suffixed(tokens: &[DateToken], at: usize, now: &Zoned) -> Option<RelativeTo> {
    // A unit alone is part of something vaguer: چند گھنٹے قبل.
    let (count, unit, end) = amount(tokens, at).filter(|(.., end)| *end > at + 1 || is_dual(&tokens[at]))?;
    let word = tokens.get(end)?.word();
    let before = at.checked_sub(1).map_or("", |before| tokens[before].word());
    if !AGO_AFTER.contains(&word)
        || tokens.get(end + 1).is_some_and(has_reference_after)
        || has_reference_before(before)
        || is_duration(unit, tokens.get(end + 1))
    {
        return None;
    }
    back_by(now, count, unit, end + 1)
}

/// `il y a 40 min`.
fn french(tokens: &[DateToken], at: usize, now: &Zoned) -> Option<RelativeTo> {
    let word = |n: usize| tokens.get(at + n).map_or("", |token| token.word());
    if (word(0), word(1), word(2)) != ("il", "y", "a") {
        return None;
    }
    let (count, unit, end) = amount(tokens, at + 3).filter(|(_, unit, end)| !is_duration(*unit, tokens.get(*end)))?;
    back_by(now, count, unit, end)
}

/// True for months and years that express in a sentence how long something has lasted: `منذ 3 سنوات والحرب مستمرة`.
fn is_duration(unit: TimeUnit, next: Option<&DateToken>) -> bool {
    matches!(unit, TimeUnit::Month | TimeUnit::Year)
        && next.is_some_and(|next| !next.word().is_empty() || next.is_mark(","))
}

fn is_dual(token: &DateToken) -> bool {
    DUALS.iter().any(|(_, names)| has(names, token.word()))
}

/// The most years that are counted back. Chosen by hand: longer spans are history, not dates of publication.
const MAX_YEARS: i64 = 20;

fn back_by(now: &Zoned, count: i64, unit: TimeUnit, end: usize) -> Option<RelativeTo> {
    if unit == TimeUnit::Year && count > MAX_YEARS {
        return None;
    }
    let span: Span = match unit {
        TimeUnit::Second => Span::new().try_seconds(count).ok()?,
        TimeUnit::Minute => Span::new().try_minutes(count).ok()?,
        TimeUnit::Hour => Span::new().try_hours(count).ok()?,
        TimeUnit::Day => Span::new().try_days(count).ok()?,
        TimeUnit::Week => Span::new().try_weeks(count).ok()?,
        TimeUnit::Month => Span::new().try_months(count).ok()?,
        TimeUnit::Year => Span::new().try_years(count).ok()?,
    };
    let then = now.checked_sub(span).ok()?;
    Some(if matches!(unit, TimeUnit::Second | TimeUnit::Minute | TimeUnit::Hour) {
        RelativeTo::Instant(then)
    } else {
        RelativeTo::Day(then.date(), end)
    })
}

/// The most tokens of a text that is only "now". Chosen by hand: in a longer one the word tells something.
const MAX_NOW_TOKENS: usize = 3;

/// `أمس`, `امروز`, `bugün`, `avant-hier`.
fn named(tokens: &[DateToken], at: usize, now: &Zoned) -> Option<RelativeTo> {
    let word = |n: usize| tokens.get(at + n).map_or("", |token| token.word());
    let mark = |n: usize, marks: &str| tokens.get(at + n).is_some_and(|token| token.is_mark(marks));
    let (days, length) = match (word(0), word(1)) {
        ("اول", "من") if word(2) == "امس" => (2, 3),
        ("اول", "امس") | ("امس", "الاول") | ("onceki" | "evvelki" | "evvelsi", "gun") => (2, 2),
        ("گزشته" | "گذشته", "روز") | ("روز", "گذشته") => (1, 2),
        ("يوم", "امس") => (1, 2),
        ("الان", _) if tokens.len() <= MAX_NOW_TOKENS => (0, 1),
        ("پريروز", _) => (2, 1),
        ("avant", _) if mark(1, "-") && word(2) == "hier" => (2, 3),
        ("aujourd", _) if mark(1, "'") && word(2) == "hui" => (0, 3),
        ("az", "once")
        | ("just", "now")
        | ("لحظاتي" | "دقايقي" | "ساعتي", "پيش")
        | ("منذ" | "قبل", "قليل" | "لحظات" | "دقايق" | "ساعات" | "ثوان") => (0, 2),
        ("اليوم" | "امروز" | "اج" | "bugun" | "today" | "امشب" | "الليله", _) => (0, 1),
        ("امس" | "البارحه" | "ديروز" | "ديشب" | "dun" | "hier" | "yesterday", _) => (1, 1),
        _ => return None,
    };
    Some(RelativeTo::Day(now.date().checked_sub(days.days()).ok()?, at + length))
}

/// `الخميس الماضي`, `jeudi dernier`, `last Thursday`: the last such weekday before today. A weekday alone is the last one
/// up to today, if it is the whole text apart from a time.
fn weekday_before(tokens: &[DateToken], at: usize, now: &Zoned) -> Option<RelativeTo> {
    const LAST_AFTER: &[&str] =
        &["الماضي", "الماضيه", "المنصرم", "الفايت", "الفارط", "گذشته", "كذشته", "dernier", "passe"];
    const LAST_BEFORE: &[&str] = &["last", "gecen"];
    let word = |at: usize| tokens.get(at).map_or("", DateToken::word);
    let leads = LAST_BEFORE.contains(&word(at));
    let start = at + usize::from(leads || word(at) == "يوم");
    let (named, length) = weekday(tokens, start)?;
    let end = start + length;
    let follows = LAST_AFTER.contains(&word(end));
    if leads || follows {
        let before = now.date().yesterday().ok()?;
        return Some(RelativeTo::Day(last(before, named)?, end + usize::from(follows)));
    }
    let alone = at == 0 && word(start).starts_with("ال") && tokens[end..].iter().all(is_time_token);
    alone.then(|| last(now.date(), named)).flatten().map(|day| RelativeTo::Day(day, end))
}

/// True for a token of a time of day.
fn is_time_token(token: &DateToken) -> bool {
    token.number().is_some() || token.is_mark(":,-|") || matches!(token.word(), "ص" | "م" | "صباحا" | "مساء" | "الساعه")
}

/// The last day up to `day` that falls on `weekday`, from 0 for Monday: "today, Thursday" read on Friday.
pub(super) fn last(day: Date, weekday: i8) -> Option<Date> {
    let behind = (day.weekday().to_monday_zero_offset() - weekday).rem_euclid(7);
    day.checked_sub(i64::from(behind).days()).ok()
}

/// The instant of a local time in the time zone of `now`.
pub(super) fn at_time(day: Date, time: jiff::civil::Time, now: &Zoned) -> Option<Zoned> {
    DateTime::from_parts(day, time).to_zoned(now.time_zone().clone()).ok()
}
