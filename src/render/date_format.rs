//! Formats days and times for the readers of each language, in their calendars.

use icu_calendar::Date;
use icu_calendar::cal::{Hijri, Persian};
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;

use crate::date::Moment;
use crate::text::lang::Lang;

type MonthNames = [&'static str; 12];

const ENGLISH: MonthNames = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const FRENCH: MonthNames = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];
const TURKISH: MonthNames =
    ["Ocak", "Şubat", "Mart", "Nisan", "Mayıs", "Haziran", "Temmuz", "Ağustos", "Eylül", "Ekim", "Kasım", "Aralık"];
const ARABIC: MonthNames =
    ["يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"];
const PERSIAN: MonthNames =
    ["ژانویه", "فوریه", "مارس", "آوریل", "مه", "ژوئن", "ژوئیه", "اوت", "سپتامبر", "اکتبر", "نوامبر", "دسامبر"];
const URDU: MonthNames =
    ["جنوری", "فروری", "مارچ", "اپریل", "مئی", "جون", "جولائی", "اگست", "ستمبر", "اکتوبر", "نومبر", "دسمبر"];
const HIJRI_ARABIC: MonthNames = [
    "محرم",
    "صفر",
    "ربيع الأول",
    "ربيع الآخر",
    "جمادى الأولى",
    "جمادى الآخرة",
    "رجب",
    "شعبان",
    "رمضان",
    "شوال",
    "ذو القعدة",
    "ذو الحجة",
];
const HIJRI_URDU: MonthNames = [
    "محرم",
    "صفر",
    "ربیع الاول",
    "ربیع الثانی",
    "جمادی الاول",
    "جمادی الثانی",
    "رجب",
    "شعبان",
    "رمضان",
    "شوال",
    "ذوالقعدہ",
    "ذوالحجہ",
];
const JALALI: MonthNames =
    ["فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند"];

/// A claimed date, no more precise than the claim: a day stays a day.
pub fn moment(moment: Moment, lang: &Lang, zone: &TimeZone) -> String {
    match moment {
        Moment::Day(day) => self::day(day, lang),
        Moment::Instant(at) => instant(at, lang, zone),
    }
}

/// An instant in the reader's zone: the day in the reader's calendars, then hours and minutes.
pub(crate) fn instant(at: Timestamp, lang: &Lang, zone: &TimeZone) -> String {
    let local = zone.to_datetime(at);
    let comma = if matches!(lang.as_str(), "ar" | "fa" | "ur") { '،' } else { ',' };
    let time = digits(&format!("{:02}:{:02}", local.hour(), local.minute()), lang);
    format!("{}{comma} {time} {}", day(local.date(), lang), offset(zone.to_offset(at).seconds()))
}

/// The offset of a zone from UTC: `UTC`, `UTC+3` or `UTC-3:30`.
fn offset(seconds: i32) -> String {
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.unsigned_abs() / 60);
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

/// A day in the Gregorian calendar, with Umm al-Qura (Arabic, Urdu) or Jalali (Persian) next to it.
pub fn day(day: civil::Date, lang: &Lang) -> String {
    let (year, month, date) = (i32::from(day.year()), index(day.month()), day.day());
    match lang.as_str() {
        "ar" => both(written(date, ARABIC[month], year), hijri(day, &HIJRI_ARABIC, "هـ")),
        "ur" => both(written(date, URDU[month], year), hijri(day, &HIJRI_URDU, "ھ")),
        "fa" => {
            let gregorian = digits(&written(date, PERSIAN[month], year), lang);
            match jalali(day) {
                Some(jalali) => format!("{} ({gregorian})", digits(&jalali, lang)),
                None => gregorian,
            }
        }
        "fr" if date == 1 => format!("1er {} {year}", FRENCH[month]),
        "fr" => written(date, FRENCH[month], year),
        "tr" => written(date, TURKISH[month], year),
        _ => written(date, ENGLISH[month], year),
    }
}

fn written(day: i8, month: &str, year: i32) -> String {
    format!("{day} {month} {year}")
}

fn both(first: String, second: Option<String>) -> String {
    match second {
        Some(second) => format!("{first} ({second})"),
        None => first,
    }
}

fn hijri(day: civil::Date, months: &MonthNames, era: &str) -> Option<String> {
    let date = iso(day)?.to_calendar(Hijri::new_umm_al_qura());
    let month = months.get(usize::from(date.month().ordinal).checked_sub(1)?)?;
    Some(format!("{} {month} {} {era}", date.day_of_month().0, date.year().extended_year()))
}

fn jalali(day: civil::Date) -> Option<String> {
    let date = iso(day)?.to_calendar(Persian);
    let month = JALALI.get(usize::from(date.month().ordinal).checked_sub(1)?)?;
    Some(format!("{} {month} {}", date.day_of_month().0, date.year().extended_year()))
}

fn iso(day: civil::Date) -> Option<Date<icu_calendar::Iso>> {
    let (month, date) = (u8::try_from(day.month()).ok()?, u8::try_from(day.day()).ok()?);
    Date::try_new_iso(i32::from(day.year()), month, date).ok()
}

fn index(month: i8) -> usize {
    usize::try_from(month - 1).unwrap_or(0).min(11)
}

/// Persian readers write numbers in their own digits; the others read European digits as readily.
fn digits(text: &str, lang: &Lang) -> String {
    if lang.as_str() != "fa" {
        return text.to_owned();
    }
    text.chars().map(|c| c.to_digit(10).and_then(|digit| char::from_u32(0x06F0 + digit)).unwrap_or(c)).collect()
}

/// An instant to the second, as RFC 3339 in UTC.
pub(super) fn second(at: Timestamp) -> String {
    Timestamp::from_second(at.as_second()).unwrap_or(at).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lang(tag: &str) -> Lang {
        Lang::parse(tag).unwrap()
    }

    #[test]
    fn each_reader_gets_a_day_in_familiar_calendars() {
        let day = civil::date(2026, 11, 21);
        for (tag, expected) in [
            ("en", "21 November 2026"),
            ("fr", "21 novembre 2026"),
            ("tr", "21 Kasım 2026"),
            ("ar", "21 نوفمبر 2026 (11 جمادى الآخرة 1448 هـ)"),
            ("ur", "21 نومبر 2026 (11 جمادی الثانی 1448 ھ)"),
            ("fa", "۳۰ آبان ۱۴۰۵ (۲۱ نوامبر ۲۰۲۶)"),
            ("id", "21 November 2026"),
        ] {
            assert_eq!(super::day(day, &lang(tag)), expected);
        }
        assert_eq!(super::day(civil::date(2026, 5, 1), &lang("fr")), "1er mai 2026");
    }

    #[test]
    fn an_instant_is_shown_in_the_readers_zone_and_a_day_stays_a_day() {
        let zone = TimeZone::get("Asia/Riyadh").unwrap();
        let at: Timestamp = "2026-11-21T21:30:00Z".parse().unwrap();
        assert_eq!(instant(at, &lang("en"), &zone), "22 November 2026, 00:30 UTC+3");
        for (seconds, text) in [(0, "UTC"), (-12_600, "UTC-3:30"), (20_700, "UTC+5:45")] {
            assert_eq!(offset(seconds), text);
        }
        let claim = Moment::Day(civil::date(2026, 11, 21));
        assert_eq!(moment(claim, &lang("en"), &zone), "21 November 2026");
    }

    #[test]
    fn extreme_days_are_formatted_too() {
        for day in [civil::Date::MIN, civil::Date::MAX, civil::date(0, 1, 1)] {
            for tag in ["ar", "fa", "ur", "en"] {
                assert!(!super::day(day, &lang(tag)).is_empty());
            }
        }
    }
}
