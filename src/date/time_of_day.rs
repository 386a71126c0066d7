//! Parses times of day and time zones next to a date.

use jiff::civil::Time;
use jiff::tz::Offset;

use super::token::DateToken;

/// A time found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeOfDay {
    pub(super) time: Time,
    /// Its offset from UTC, if named.
    pub(super) offset: Option<Offset>,
    /// One past its last token.
    pub(super) end: usize,
}

/// Words before a time.
const LEADS: &[&str] = &[
    "الساعه",
    "ساعه",
    "ساعت",
    "saat",
    "at",
    "a",
    "heure",
    "t",
    "بوقت",
    "بجي",
    "um",
    "om",
    "kl",
    "على",
    "تمام",
    "عند",
    "في",
    "vers",
];
const BEFORE_NOON: &[&str] =
    &["am", "ص", "صباحا", "صباح", "الصباح", "صبح", "öö", "oo", "قبل", "فجرا", "بامداد", "matin", "قظ"];
const AFTER_NOON: &[&str] =
    &["pm", "م", "مساء", "المساء", "ظهرا", "الظهر", "عصرا", "عصر", "ليلا", "بعد", "شب", "ös", "os", "شام", "بظ", "soir"];

/// The time at token `at`, after optional words before a time.
pub(super) fn hour(tokens: &[DateToken], at: usize) -> Option<TimeOfDay> {
    let mut from = at;
    let mut introduced = false;
    while from < at + 5 {
        let token = tokens.get(from)?;
        if LEADS.contains(&token.word()) {
            introduced = true;
        } else if !token.is_mark(",-|@()•·/.:") {
            break;
        }
        from += 1;
    }
    if tokens.get(from)?.number().is_none() {
        return half_day_first(tokens, from);
    }
    let (parts, mut end) = clock_parts(tokens, from, introduced)?;
    let (mut hour, half) = (parts[0], half_day(tokens, end));
    if let Some((after_noon, length)) = half {
        if hour > 12 && hour != parts[0].min(23) {
            return None;
        }
        hour = match (after_noon, hour) {
            (true, 1..=11) => hour + 12,
            (false, 12) => 0,
            _ => hour,
        };
        end += length;
    } else if parts.len() < 2 && !introduced {
        return None;
    }
    let part = |at: usize| parts.get(at).copied().unwrap_or(0);
    let second = part(2).min(59);
    let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(part(1)).ok()?, i8::try_from(second).ok()?, 0).ok()?;
    let (offset, end) = zone(tokens, end).map_or((None, end), |(offset, end)| (Some(offset), end));
    Some(TimeOfDay { time, offset, end })
}

/// `ص 10:30`, `PM 05:16`: the half of the day comes first.
fn half_day_first(tokens: &[DateToken], at: usize) -> Option<TimeOfDay> {
    let (after_noon, length) = half_day(tokens, at)?;
    let (parts, end) = clock_parts(tokens, at + length, true).filter(|(parts, _)| parts.len() > 1)?;
    let hour = match (after_noon, parts[0]) {
        (true, hour @ 1..=11) => hour + 12,
        (false, 12) => 0,
        (_, hour) => hour,
    };
    let time = Time::new(i8::try_from(hour).ok()?, i8::try_from(parts[1]).ok()?, 0, 0).ok()?;
    Some(TimeOfDay { time, offset: None, end })
}

/// The numbers of a time, and the token after them.
fn clock_parts(tokens: &[DateToken], from: usize, introduced: bool) -> Option<(Vec<u64>, usize)> {
    let (first, digits) = tokens.get(from)?.number()?;
    if digits > 2 || first > 24 {
        return None;
    }
    let (mut parts, mut end) = (vec![first], from + 1);
    while parts.len() < 3 {
        let Some(skipped) = joint(tokens, from, end, introduced || parts.len() == 2) else { break };
        let Some((value, digits)) =
            tokens.get(end + skipped).and_then(DateToken::number).filter(|(value, _)| *value < 61)
        else {
            break;
        };
        if digits > 2 {
            break;
        }
        parts.push(value);
        end += skipped + 1;
    }
    while parts.len() > 1
        && tokens.get(end).is_some_and(|token| matches!(token.word(), "دقيقه" | "ثانيه" | "min" | "hrs" | "h"))
    {
        end += 1;
    }
    if parts.len() == 1 && tokens.get(end).is_some_and(|token| token.word() == "h") {
        parts.push(0);
        end += 1;
    }
    if parts.len() == 3
        && tokens.get(end).is_some_and(|token| token.is_mark(".,") && !token.gap)
        && tokens.get(end + 1).is_some_and(|token| token.number().is_some())
    {
        end += 2;
    }
    Some((parts, end))
}

/// The number of tokens between the numbers of a time at token `at`; none if they are not joined.
fn joint(tokens: &[DateToken], from: usize, at: usize, dots: bool) -> Option<usize> {
    let token = tokens.get(at)?;
    let point = token.is_mark(".") || token.is_mark("'");
    if token.is_mark(":") && !token.gap || point && (dots || is_dotted(tokens, from)) {
        return Some(1);
    }
    matches!(token.word(), "h" | "و" | "hrs" | "min" | "دقيقه").then(|| between_numbers(tokens, at))
}

/// The number of tokens between the numbers of `11 و 01 دقیقه و 47 ثانیه`.
fn between_numbers(tokens: &[DateToken], at: usize) -> usize {
    let words = ["h", "و", "دقيقه", "min"];
    (0..3).take_while(|n| tokens.get(at + n).is_some_and(|token| words.contains(&token.word()))).count().max(1)
}

/// True if `10.30` must be a time: two digits after the point.
fn is_dotted(tokens: &[DateToken], from: usize) -> bool {
    tokens.get(from + 2).and_then(DateToken::number).is_some_and(|(value, digits)| digits == 2 && value < 60)
        && !tokens.get(from + 3).is_some_and(|token| token.is_mark(".") && !token.gap)
}

/// The half of the day named at token `at` (true for the afternoon), and its number of tokens.
fn half_day(tokens: &[DateToken], at: usize) -> Option<(bool, usize)> {
    let word = tokens.get(at)?.word();
    let next = tokens.get(at + 1).map_or("", |token| token.word());
    match (word, next) {
        ("قبل" | "بعد", "الظهر" | "از") => {
            return Some((word == "بعد", if next == "از" { 3 } else { 2 }));
        }
        ("قبل" | "بعد", _) => return None,
        _ => {}
    }
    let dotted = tokens.get(at + 1).is_some_and(|token| token.is_mark("."))
        && tokens.get(at + 2).is_some_and(|token| matches!(token.word(), "m" | "ظ"));
    if dotted && matches!(word, "a" | "p" | "ق" | "ب") {
        let closed = usize::from(tokens.get(at + 3).is_some_and(|token| token.is_mark(".")));
        return Some((matches!(word, "p" | "ب"), 3 + closed));
    }
    if AFTER_NOON.contains(&word) { Some((true, 1)) } else { BEFORE_NOON.contains(&word).then_some((false, 1)) }
}

/// The time zone at token `at`, and the token after it.
pub(super) fn zone(tokens: &[DateToken], at: usize) -> Option<(Offset, usize)> {
    let mut at = at;
    while tokens.get(at).is_some_and(|token| {
        token.is_mark("([,") || matches!(token.word(), "بتوقيت" | "بوقت" | "حسب" | "توقيت" | "time")
    }) {
        at += 1;
    }
    let token = tokens.get(at)?;
    if token.is_mark("+-") {
        return numeric(tokens, at);
    }
    let minutes = named(token.word())?;
    if minutes == 0
        && tokens.get(at + 1).is_some_and(|next| next.is_mark("+-"))
        && let Some(found) = numeric(tokens, at + 1)
    {
        return Some(found);
    }
    Some((offset(minutes)?, at + 1))
}

/// `+03:00`, `+0300`, `+3`.
fn numeric(tokens: &[DateToken], at: usize) -> Option<(Offset, usize)> {
    let sign = if tokens.get(at)?.is_mark("-") { -1 } else { 1 };
    let next = tokens.get(at + 1).filter(|next| !next.gap)?;
    let (value, digits) = next.number()?;
    let (hours, minutes, end) = match digits {
        1 | 2 => match (tokens.get(at + 2), tokens.get(at + 3).and_then(DateToken::number)) {
            (Some(colon), Some((minutes, 2))) if colon.is_mark(":") => (value, minutes, at + 4),
            _ => (value, 0, at + 2),
        },
        3 | 4 => (value / 100, value % 100, at + 2),
        _ => return None,
    };
    let total = i32::try_from(hours * 60 + minutes).ok()?;
    (hours <= 15 && minutes < 60).then(|| offset(sign * total)).flatten().map(|offset| (offset, end))
}

fn offset(minutes: i32) -> Option<Offset> {
    Offset::from_seconds(minutes * 60).ok()
}

/// Minutes east of Greenwich. An ambiguous name has its meaning at the sources of this project.
fn named(word: &str) -> Option<i32> {
    let hours = |quarters: i32| Some(quarters * 15);
    match word {
        "z" | "utc" | "gmt" | "ut" | "wet" | "غرينتش" | "جرينتش" | "غرينيتش" | "azot" => Some(0),
        "bst" | "cet" | "mez" | "west" | "wat" => hours(4),
        "cest" | "eet" | "sast" | "cat" | "mesz" | "mest" | "met" => hours(8),
        "ast" | "ksa" | "eest" | "msk" | "eat" | "trt" | "tsi" | "السعوديه" | "مكه" | "الرياض" | "arabia" => {
            hours(12)
        }
        "irst" => hours(14),
        "gst" | "azt" | "irdt" | "sst" | "msd" => hours(if word == "irdt" { 18 } else { 16 }),
        "aft" => hours(18),
        "pkt" | "uzt" | "tmt" | "tjt" | "mvt" => hours(20),
        "ist" => hours(22),
        "bdt" | "almt" | "kgt" => hours(24),
        "wib" | "ict" => hours(28),
        "myt" | "sgt" | "hkt" | "wita" | "awst" => hours(32),
        "jst" | "kst" | "wit" => hours(36),
        "aest" => hours(40),
        "aedt" => hours(44),
        "nzst" => hours(48),
        "nzdt" => hours(52),
        "edt" => hours(-16),
        "est" | "cdt" | "et" => hours(-20),
        "cst" | "mdt" => hours(-24),
        "mst" | "pdt" => hours(-28),
        "pst" | "akdt" | "pt" => hours(-32),
        "akst" => hours(-36),
        "hst" => hours(-40),
        "adt" | "brt" | "art" => hours(-12),
        "nst" => hours(-14),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    fn read(text: &str) -> Option<(String, Option<i32>)> {
        hour(&tokens(text), 0).map(|hour| (hour.time.to_string(), hour.offset.map(|offset| offset.seconds() / 60)))
    }

    #[test]
    fn times_in_six_languages_are_parsed() {
        for (text, expected) in [
            ("الساعة ٥:١٦ مساءً", "17:16:00"),
            ("10:30 ص", "10:30:00"),
            ("ساعت 11 و 01 دقیقه و 47 ثانیه", "11:01:47"),
            ("saat 10.30", "10:30:00"),
            ("à 10h30", "10:30:00"),
            ("12:05 a.m.", "00:05:00"),
            ("at 5 pm", "17:00:00"),
            ("PM 05:16", "17:16:00"),
        ] {
            assert_eq!(read(text).map(|(time, _)| time).as_deref(), Some(expected), "{text}");
        }
        assert_eq!(read("25:10"), None);
        assert_eq!(read("7 members"), None);
    }

    #[test]
    fn zones_are_offsets_or_names() {
        for (text, minutes) in [
            ("10:30 +0300", 180),
            ("10:30+03:00", 180),
            ("10:30 GMT+3", 180),
            ("10:30Z", 0),
            ("10:30 EDT", -240),
            ("10:30 PKT", 300),
            ("10:30 بتوقيت مكة", 180),
        ] {
            assert_eq!(read(text).and_then(|(_, offset)| offset), Some(minutes), "{text}");
        }
        assert_eq!(read("10:30 +99:99").map(|(_, offset)| offset), Some(None));
    }
}
