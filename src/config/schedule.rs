//! Parses times of day and schedules.

use jiff::civil::{Time, Weekday};

use super::report::{InvalidValue, wrong};
use super::scalars::{duration, duration_within, short};
use crate::channel::{QuietHours, SendSchedule};
use crate::source::VisitInterval;

/// Seconds of a minute and a day.
const MINUTE: i64 = 60;
const DAY: i64 = 86_400;
/// The most times of day of `daily`. Chosen by hand: one each half hour.
const MAX_TIMES: usize = 48;

/// `07:00`.
pub(super) fn time(text: &str) -> Result<Time, InvalidValue> {
    let bad = || {
        let written = proposed(text).unwrap_or_else(|| "HH:MM from 00:00 to 23:59".to_owned());
        wrong(format!("invalid time of day {:?}", short(text)), format!("write {written}"))
    };
    let (hour, minute) = text.split_once(':').ok_or_else(bad)?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    let two = |part: &str| digits(part).then(|| part.parse::<i8>().ok()).flatten();
    let (hour, minute) = (two(hour).ok_or_else(bad)?, two(minute).ok_or_else(bad)?);
    Time::new(hour, minute, 0, 0).map_err(|_| bad())
}

/// A time that is written in another way, as it must be written: `07:00` for `7`, `7:00`, `7.00` or `0700`.
fn proposed(text: &str) -> Option<String> {
    let digits = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let (hour, minute) = match text.split_once([':', '.', 'h']) {
        Some((hour, minute)) => (hour, if minute.is_empty() { "00" } else { minute }),
        None if text.len() == 4 && text.is_ascii() => text.split_at(2),
        None => (text, "00"),
    };
    let (hour, minute) = (digits(hour).then(|| hour.parse().ok())??, digits(minute).then(|| minute.parse().ok())??);
    Time::new(hour, minute, 0, 0).ok().map(|_| format!("{hour:02}:{minute:02}"))
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
    let mut times = words.map(time).collect::<Result<Vec<_>, _>>().map_err(|wrong| {
        let times: Option<Vec<String>> = text
            .trim_start()
            .trim_start_matches("daily")
            .split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '،' | '؛'))
            .filter(|word| !matches!(*word, "" | "at" | "and"))
            .map(proposed)
            .collect();
        let times = times.filter(|times| !times.is_empty());
        let times = times.map_or_else(|| "07:00 19:00".to_owned(), |times| times.join(" "));
        InvalidValue { remedy: format!("write \"daily {times}\", with spaces between the times"), ..wrong }
    })?;
    times.sort();
    times.dedup();
    match times.len() {
        1..=MAX_TIMES => Ok(VisitInterval::Daily(times)),
        _ => Err(wrong("`daily` needs 1 to 48 times of day", "write \"daily 07:00 19:00\"")),
    }
}

/// `daily 06:00`.
pub(super) fn daily(text: &str) -> Result<Vec<Time>, InvalidValue> {
    match every(text)? {
        VisitInterval::Daily(times) => Ok(times),
        VisitInterval::Pause(_) => {
            Err(wrong("the daily test needs a time of day, not a pause", "write \"daily 06:00\""))
        }
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
    let both = time(from.trim()).and_then(|from| Ok((from, time(to.trim())?)));
    let (from, to) = both.map_err(|wrong| {
        let written = proposed(from.trim()).zip(proposed(to.trim()));
        let (from, to) = written.unwrap_or_else(|| ("22:00".to_owned(), "06:00".to_owned()));
        InvalidValue { remedy: format!("write \"{from}-{to}\""), ..wrong }
    })?;
    if from == to {
        return Err(wrong("the quiet hours end when they begin", "remove `quiet`, or give two different times"));
    }
    Ok(QuietHours { from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(daily("daily 06:00").unwrap(), [Time::constant(6, 0, 0, 0)]);
        assert!(daily("10m").is_err() && daily("06:00").is_err() && daily("daily").is_err());
        assert!(quiet("22:00").is_err() && quiet("06:00-06:00").is_err() && every("daily").is_err());
    }

    #[test]
    fn a_time_in_another_form_is_written_out() {
        let remedy = |result: Result<(), InvalidValue>| result.unwrap_err().remedy;
        for (text, written) in [
            ("daily 07:00,19:00", "daily 07:00 19:00"),
            ("daily 07:00, 19:00", "daily 07:00 19:00"),
            ("daily at 7 and 19", "daily 07:00 19:00"),
            ("daily 7:00", "daily 07:00"),
            ("daily noon", "daily 07:00 19:00"),
        ] {
            let expected = format!("write \"{written}\", with spaces between the times");
            assert_eq!(remedy(every(text).map(drop)), expected, "{text}");
            assert!(every(written).is_ok(), "{written}");
        }
        for (text, written) in [
            ("22-6", "22:00-06:00"),
            ("22:00-6:00", "22:00-06:00"),
            ("22h-6h30", "22:00-06:30"),
            ("late-6", "22:00-06:00"),
        ] {
            assert_eq!(remedy(quiet(text).map(drop)), format!("write \"{written}\""), "{text}");
            assert!(quiet(written).is_ok(), "{written}");
        }
        assert_eq!(remedy(time("0730").map(drop)), "write 07:30");
        assert_eq!(remedy(time("25:00").map(drop)), "write HH:MM from 00:00 to 23:59");
    }
}
