//! Parses durations, sizes, names and other small values.

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use super::form::{is_choice, is_name, is_prose};
use super::report::{InvalidValue, wrong};
use super::spelling::nearest;
use super::syntax::is_invisible;
use crate::source::FirstVisit;
use crate::text::lang::Lang;

/// The longest duration. Chosen by hand.
const CENTURY: SignedDuration = SignedDuration::from_hours(100 * 366 * 24);

/// Seconds of a minute and a day.
const MINUTE: i64 = 60;
const DAY: i64 = 86_400;
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
    // UTC needs no database of zones, which a small system may lack.
    if ["UTC", "Etc/UTC"].iter().any(|utc| utc.eq_ignore_ascii_case(text)) {
        return Ok(TimeZone::UTC);
    }
    TimeZone::get(text).map_err(|_| match similar_zone(text) {
        // A text that is near a known name is no secret.
        Some(zone) => wrong(format!("unknown timezone {text:?}"), format!("did you mean {zone:?}?")),
        None => {
            let remedy = "give an IANA name such as \"Asia/Riyadh\"; if it is one, install the system's tzdata";
            wrong(format!("unknown timezone {:?}", short(text)), remedy)
        }
    })
}

/// The fewest letters of a city for which a zone is proposed. Chosen by hand: abbreviations such as AST are shorter.
const CITY_LETTERS: usize = 5;

/// The known zone whose name or city differs from a text by a typing error or two. None for an offset: the signs of
/// zones such as `Etc/GMT+3` are the opposite of what they seem.
fn similar_zone(text: &str) -> Option<String> {
    let word = text.trim().replace(' ', "_").to_lowercase();
    if word.contains(|c: char| c.is_ascii_digit()) || word.chars().count() < CITY_LETTERS {
        return None;
    }
    let zones: Vec<String> = jiff::tz::db().available().map(|zone| zone.to_string()).collect();
    let zones = || zones.iter().filter(|zone| zone.contains('/') && !zone.starts_with("Etc/"));
    if word.contains('/') {
        return nearest(&word, zones().map(String::as_str)).map(ToOwned::to_owned);
    }
    let city = |zone: &str| zone.rsplit('/').next().unwrap_or_default().to_lowercase();
    let same_letter = |city: &String| city.chars().next() == word.chars().next();
    let cities: Vec<String> = zones().map(|zone| city(zone)).filter(same_letter).collect();
    let meant = nearest(&word, cities.iter().map(String::as_str))?;
    zones().find(|zone| city(zone) == meant).cloned()
}

/// The names of languages with their tags: in English, and in the languages themselves.
const LANGUAGES: &[(&str, &str)] = &[
    ("arabic", "ar"),
    ("العربية", "ar"),
    ("persian", "fa"),
    ("farsi", "fa"),
    ("فارسی", "fa"),
    ("urdu", "ur"),
    ("اردو", "ur"),
    ("turkish", "tr"),
    ("türkçe", "tr"),
    ("french", "fr"),
    ("français", "fr"),
    ("english", "en"),
];

/// A language by its tag.
pub(super) fn lang(text: &str) -> Result<Lang, InvalidValue> {
    Lang::parse(text).map_err(|_| {
        let lower = text.trim().to_lowercase();
        if let Some((name, tag)) = LANGUAGES.iter().find(|(name, _)| *name == lower) {
            return wrong(format!("{name:?} is not a language tag"), format!("write {tag:?}"));
        }
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
    let strange = text.chars().find(|c| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let shown = called(&visible);
    Err(match strange {
        Some(c) if is_invisible(c) => wrong(
            format!("invalid id {shown:?}: it contains the invisible character U+{:04X}", u32::from(c)),
            "delete the id and type it again",
        ),
        Some(c) if !c.is_control() => wrong(format!("invalid id {shown:?}: `{c}` is not allowed"), remedy),
        _ => wrong(format!("invalid id {shown:?}"), remedy),
    })
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
    fn utc_needs_no_database_of_zones() {
        for text in ["UTC", "utc", "Etc/UTC"] {
            assert_eq!(timezone(text), Ok(TimeZone::UTC), "{text}");
        }
    }

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
    fn a_zone_or_language_by_another_name_is_recognised() {
        for (text, zone) in [
            ("Riyadh", "Asia/Riyadh"),
            ("asia/riad", "Asia/Riyadh"),
            ("cairo", "Africa/Cairo"),
            ("Teheran", "Asia/Tehran"),
        ] {
            let wrong = timezone(text).unwrap_err();
            assert_eq!(
                (wrong.message, wrong.remedy),
                (format!("unknown timezone {text:?}"), format!("did you mean {zone:?}?"))
            );
            assert!(timezone(zone).is_ok(), "{zone}");
        }
        assert_eq!(timezone("hunter2").unwrap_err().message, "unknown timezone \"…\"");
        for text in ["GMT+3", "UTC-5", "AST", "Mecca", "+03:00"] {
            assert!(timezone(text).unwrap_err().remedy.starts_with("give an IANA name"), "{text}");
        }
        for (text, tag) in [("Arabic", "ar"), ("العربية", "ar"), ("farsi", "fa"), ("Türkçe", "tr")] {
            assert_eq!(lang(text).unwrap_err().remedy, format!("write {tag:?}"));
            assert!(lang(tag).is_ok());
        }
        assert!(!lang("hunter2").unwrap_err().message.contains("hunter2"));
    }

    #[test]
    fn the_character_that_makes_an_id_invalid_is_named() {
        let message = |text: &str| name(text).unwrap_err().message;
        assert_eq!(message("una ar"), "invalid id \"una ar\": ` ` is not allowed");
        assert_eq!(message("una-ar\u{200f}"), "invalid id \"una-ar\": it contains the invisible character U+200F");
        assert_eq!(message("UNA/ar"), "invalid id \"…\": `/` is not allowed");
        assert_eq!(message("-una"), "invalid id \"-una\"");
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
