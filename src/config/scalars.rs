//! Parses durations, sizes, times and other small values.

use jiff::SignedDuration;
use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

use super::form::{is_choice, is_name, is_prose};
use super::report::{InvalidValue, wrong};
use super::spelling::nearest;
use crate::channel::{QuietHours, SendSchedule};
use crate::source::{FirstVisit, VisitInterval};
use crate::text::lang::Lang;

/// The longest duration. Chosen by hand.
const CENTURY: SignedDuration = SignedDuration::from_hours(100 * 366 * 24);

/// Seconds of a minute and a day.
const MINUTE: i64 = 60;
const DAY: i64 = 86_400;
/// The most times of day of `daily`. Chosen by hand: one each half hour.
const MAX_TIMES: usize = 48;
/// The most items of `latest`. Chosen by hand.
const MAX_LATEST: usize = 500;
/// The longest age of `since`, in seconds. Chosen by hand: a year.
const MAX_SINCE: i64 = 366 * DAY;
/// The longest name, in bytes. Chosen by hand.
const MAX_NAME: usize = 64;
/// The longest display name, in characters. Chosen by hand: it stands in the subject of mails.
const MAX_DISPLAY_NAME: usize = 80;
/// The longest excerpt in a message, in characters. Chosen by hand.
const MAX_EXCERPT: usize = 40;

/// `30s`, `10m`, `48h`, `365d`, `2w`, or several of them: `1h30m`.
pub(super) fn duration(text: &str) -> Result<SignedDuration, InvalidValue> {
    let bad = || wrong(format!("invalid duration {:?}", short(text)), "write 30s, 10m, 48h, 365d or 1h30m");
    let (mut total, mut digits) = (0_i64, String::new());
    for c in text.chars().filter(|c| *c != ' ') {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let unit = match c {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return Err(bad()),
        };
        let number: i64 = digits.parse().map_err(|_| bad())?;
        total = number.checked_mul(unit).and_then(|more| total.checked_add(more)).ok_or_else(bad)?;
        digits.clear();
    }
    if text.is_empty() || !digits.is_empty() {
        return Err(bad());
    }
    let total = SignedDuration::from_secs(total);
    if total > CENTURY { Err(wrong("the duration exceeds 100 years", "give a shorter one")) } else { Ok(total) }
}

/// A duration of `min` to `max` seconds.
pub(super) fn duration_within(text: &str, min: i64, max: i64) -> Result<SignedDuration, InvalidValue> {
    let duration = duration(text)?;
    if (min..=max).contains(&duration.as_secs()) {
        return Ok(duration);
    }
    Err(wrong(
        format!("{:?} is out of bounds", short(text)),
        format!("give {} to {}", duration_text(min), duration_text(max)),
    ))
}

/// Seconds in the largest unit without a remainder: `10m`.
pub(super) fn duration_text(seconds: i64) -> String {
    let unit = [(86_400, 'd'), (3600, 'h'), (60, 'm')].into_iter().find(|(n, _)| seconds != 0 && seconds % n == 0);
    unit.map_or_else(|| format!("{seconds}s"), |(n, unit)| format!("{}{unit}", seconds / n))
}

/// `8 MiB`, `512 kB`, `1 GiB`, or bare bytes.
pub(super) fn size(text: &str) -> Result<usize, InvalidValue> {
    let bad = || wrong(format!("invalid size {:?}", short(text)), "write 512 KiB, 8 MiB or 1 GiB");
    let text_ = text.trim();
    let split = text_.find(|c: char| !c.is_ascii_digit()).unwrap_or(text_.len());
    let (number, unit) = text_.split_at(split);
    let factor: usize = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" => 1_000,
        "kib" => 1 << 10,
        "mb" => 1_000_000,
        "mib" => 1 << 20,
        "gb" => 1_000_000_000,
        "gib" => 1 << 30,
        _ => return Err(bad()),
    };
    number.parse::<usize>().ok().and_then(|n| n.checked_mul(factor)).ok_or_else(bad)
}

/// `07:00`.
pub(super) fn time(text: &str) -> Result<Time, InvalidValue> {
    let bad = || wrong(format!("invalid time of day {:?}", short(text)), "write HH:MM from 00:00 to 23:59");
    let (hour, minute) = text.split_once(':').ok_or_else(bad)?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let two = |part: &str| digits(part).then(|| part.parse::<i8>().ok()).flatten();
    let (hour, minute) = (two(hour).ok_or_else(bad)?, two(minute).ok_or_else(bad)?);
    Time::new(hour, minute, 0, 0).map_err(|_| bad())
}

/// `10m`, or `daily 07:00 19:00`.
pub(super) fn every(text: &str) -> Result<VisitInterval, InvalidValue> {
    let mut words = text.split_whitespace();
    if words.clone().next() != Some("daily") {
        return duration(text).map(VisitInterval::Pause).map_err(|wrong| InvalidValue {
            remedy: "write a pause such as \"10m\", or \"daily 07:00 19:00\"".into(),
            ..wrong
        });
    }
    words.next();
    let mut times = words.map(time).collect::<Result<Vec<_>, _>>()?;
    times.sort();
    times.dedup();
    match times.len() {
        1..=MAX_TIMES => Ok(VisitInterval::Daily(times)),
        _ => Err(wrong("`daily` needs 1 to 48 times of day", "write \"daily 07:00 19:00\"")),
    }
}

/// `at-once`, `every 30m`, `daily 08:00` or `weekly Sun 08:00`.
pub(super) fn send(text: &str) -> Result<SendSchedule, InvalidValue> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words.as_slice() {
        ["at-once"] => Ok(SendSchedule::AtOnce),
        ["every", pause] => duration_within(pause, MINUTE, DAY).map(SendSchedule::Every),
        ["daily", at] => time(at).map(SendSchedule::Daily),
        ["weekly", day, at] => Ok(SendSchedule::Weekly(weekday(day)?, time(at)?)),
        _ => Err(wrong(
            format!("invalid `send` {:?}", short(text)),
            "write \"at-once\", \"every 30m\", \"daily 08:00\" or \"weekly Sun 08:00\"",
        )),
    }
}

fn weekday(text: &str) -> Result<Weekday, InvalidValue> {
    let known = match text.to_ascii_lowercase().as_str() {
        "sun" | "sunday" => Weekday::Sunday,
        "mon" | "monday" => Weekday::Monday,
        "tue" | "tuesday" => Weekday::Tuesday,
        "wed" | "wednesday" => Weekday::Wednesday,
        "thu" | "thursday" => Weekday::Thursday,
        "fri" | "friday" => Weekday::Friday,
        "sat" | "saturday" => Weekday::Saturday,
        _ => {
            return Err(wrong(
                format!("invalid weekday {:?}", short(text)),
                "write Sun, Mon, Tue, Wed, Thu, Fri or Sat",
            ));
        }
    };
    Ok(known)
}

/// `22:00-06:00`.
pub(super) fn quiet(text: &str) -> Result<QuietHours, InvalidValue> {
    let (from, to) = text
        .split_once(['-', '–'])
        .ok_or_else(|| wrong(format!("invalid quiet hours {:?}", short(text)), "write \"22:00-06:00\""))?;
    let (from, to) = (time(from.trim())?, time(to.trim())?);
    if from == to {
        return Err(wrong("the quiet hours end when they begin", "remove `quiet`, or give two different times"));
    }
    Ok(QuietHours { from, to })
}

/// `quiet`, `latest:5`, `since:24h` or `all`.
pub(super) fn first_visit(text: &str) -> Result<FirstVisit, InvalidValue> {
    let remedy = "write \"quiet\", \"latest:5\", \"since:24h\" or \"all\"";
    let bad = || wrong(format!("invalid `first_visit` {:?}", short(text)), remedy);
    match text.split_once(':') {
        None if text == "quiet" => Ok(FirstVisit::Quiet),
        None if text == "all" => Ok(FirstVisit::All),
        Some(("latest", n)) => {
            let n = n.trim().parse().ok().filter(|n| (1..=MAX_LATEST).contains(n)).ok_or_else(bad)?;
            Ok(FirstVisit::Latest(n))
        }
        Some(("since", age)) => duration_within(age.trim(), MINUTE, MAX_SINCE).map(FirstVisit::Since),
        _ => Err(bad()),
    }
}

/// A zone by its IANA name.
pub(super) fn timezone(text: &str) -> Result<TimeZone, InvalidValue> {
    TimeZone::get(text).map_err(|_| {
        let remedy = "give an IANA name such as \"Asia/Riyadh\"; if it is one, install the system's tzdata";
        wrong(format!("unknown timezone {:?}", short(text)), remedy)
    })
}

/// A language by its tag.
pub(super) fn lang(text: &str) -> Result<Lang, InvalidValue> {
    Lang::parse(text).map_err(|_| {
        wrong(
            format!("{:?} is not a language tag such as \"ar\" or \"fr\"", short(text)),
            "give a tag such as \"ar\", \"fa\", \"ur\", \"tr\", \"fr\" or \"en\"",
        )
    })
}

/// A name for logs, addresses and file names.
pub(super) fn name(text: &str) -> Result<&str, InvalidValue> {
    let valid = text.len() <= MAX_NAME
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if valid {
        return Ok(text);
    }
    let remedy = "use 1 to 64 of a-z, A-Z, 0-9, '-', '_' and '.', and begin with a letter or digit";
    Err(wrong(format!("invalid id {:?}", called(text)), remedy))
}

/// A name for readers: any text on one line.
pub(super) fn display_name(text: &str) -> Result<&str, InvalidValue> {
    let remedy = format!("write 1 to {MAX_DISPLAY_NAME} characters on one line, or remove `name`");
    if text.trim().is_empty() {
        return Err(wrong("the name is empty", remedy));
    }
    if text.chars().count() > MAX_DISPLAY_NAME || text.chars().any(char::is_control) {
        return Err(wrong(format!("the name {:?} is too long or not on one line", short(text)), remedy));
    }
    Ok(text.trim())
}

/// One of some words.
pub(super) fn one_of<T: Copy>(text: &str, choices: &[(&'static str, T)]) -> Result<T, InvalidValue> {
    let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
    choices.iter().find(|(word, _)| *word == text).map(|(_, what)| *what).ok_or_else(|| {
        let remedy = match nearest(text, words.iter().copied()) {
            Some(meant) => format!("did you mean {meant:?}?"),
            None => format!("give one of: {}", words.join(", ")),
        };
        wrong(format!("unknown value {:?}", short(text)), remedy)
    })
}

/// A value for a message, if its form proves that it is not a secret.
pub(super) fn short(text: &str) -> &str {
    if is_choice(text) { text } else { "…" }
}

/// A name for a message, if its form proves that it is not a secret.
pub(super) fn called(text: &str) -> &str {
    if is_name(text) { text } else { "…" }
}

/// The beginning of a selector or a term for a message; nothing of an address, a mailbox or a signing secret.
pub(super) fn excerpt(text: &str) -> String {
    if !is_prose(text) {
        return "…".to_owned();
    }
    let mut short: String = text.chars().take(MAX_EXCERPT).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_are_parsed() {
        for (text, seconds) in [("30s", 30), ("10m", 600), ("48h", 172_800), ("365d", 31_536_000), ("1h 30m", 5400)] {
            assert_eq!(duration(text).unwrap().as_secs(), seconds, "{text}");
        }
        for text in ["", "10", "m", "1.5h", "-1m", "10 minutes", "99999999999999999999s", "1000000w", "١٠m"] {
            assert!(duration(text).is_err(), "{text}");
        }
        for (text, bytes) in [("8 MiB", 8 << 20), ("512KiB", 512 << 10), ("1 kB", 1000), ("77", 77)] {
            assert_eq!(size(text).unwrap(), bytes, "{text}");
        }
        for text in ["", "MiB", "8 MiX", "-1", "99999999999999 GiB"] {
            assert!(size(text).is_err(), "{text}");
        }
        assert_eq!(
            [duration_text(0), duration_text(90), duration_text(600), duration_text(86_400)],
            ["0s", "90s", "10m", "1d"]
        );
    }

    #[test]
    fn times_have_two_digits_and_exist() {
        assert_eq!(
            every("daily 19:00 07:00 07:00").unwrap(),
            VisitInterval::Daily(vec![Time::constant(7, 0, 0, 0), Time::constant(19, 0, 0, 0)])
        );
        assert_eq!(
            send("weekly Sun 08:00").unwrap(),
            SendSchedule::Weekly(Weekday::Sunday, Time::constant(8, 0, 0, 0))
        );
        assert_eq!(quiet("22:00-06:00").unwrap().to, Time::constant(6, 0, 0, 0));
        for text in ["24:00", "7:00", "07:60", "0700", "07:00:00", "+1:00"] {
            assert!(time(text).is_err(), "{text}");
        }
        for text in ["every", "every 10s", "daily", "weekly 08:00", "hourly", "weekly Xyz 08:00"] {
            assert!(send(text).is_err(), "{text}");
        }
        assert!(quiet("22:00").is_err() && quiet("06:00-06:00").is_err() && every("daily").is_err());
    }

    #[test]
    fn a_first_visit_is_one_of_four_forms() {
        assert_eq!(first_visit("latest:5").unwrap(), FirstVisit::Latest(5));
        assert_eq!(first_visit("since:24h").unwrap(), FirstVisit::Since(SignedDuration::from_hours(24)));
        for text in ["loud", "latest", "latest:0", "latest:-1", "since:", "since:1s", "quiet:1"] {
            assert!(first_visit(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_name_is_valid_in_a_file_name_and_an_address() {
        assert!(name("una-ar").is_ok() && name("OIC.2_x").is_ok());
        for text in ["", "-a", "..", "a/b", "a b", "غزة", &"x".repeat(65)] {
            assert!(name(text).is_err(), "{text}");
        }
    }
}
