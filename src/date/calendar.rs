//! Converts days of the lunar and solar Hijri calendars to Gregorian days.

use icu_calendar::cal::Hijri;
use icu_calendar::{Date, Iso};
use jiff::civil;

/// The calendar of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calendar {
    /// The civil calendar of most of the world.
    Gregorian,
    /// The lunar calendar of Umm al-Qura; elsewhere a date may differ by a day with the sighting of the moon.
    Hijri,
    /// The solar calendar of Iran and Afghanistan.
    Jalali,
}

impl Calendar {
    /// True for years in which news may be dated. Chosen by hand: from 1900, with room for the next generations.
    #[must_use]
    pub(crate) fn has_year(self, year: i16) -> bool {
        match self {
            Self::Gregorian => (1900..=2200).contains(&year),
            Self::Hijri => (1318..=1500).contains(&year),
            Self::Jalali => (1279..=1500).contains(&year),
        }
    }

    /// The Gregorian day; none if the calendar has no such day.
    ///
    /// ```
    /// use jiff::civil::date;
    /// use marsad::date::calendar::Calendar;
    ///
    /// assert_eq!(Calendar::Jalali.day(1405, 8, 30), Some(date(2026, 11, 21)));
    /// assert_eq!(Calendar::Gregorian.day(2025, 2, 29), None);
    /// ```
    #[must_use]
    pub fn day(self, year: i16, month: i8, day: i8) -> Option<civil::Date> {
        if self == Self::Gregorian {
            return civil::Date::new(year, month, day).ok();
        }
        let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        if self == Self::Hijri {
            return lunar(year, month, day);
        }
        gregorian(&Date::try_new_persian(i32::from(year), month, day).ok()?.to_calendar(Iso))
    }
}

/// The days of the longest lunar month.
const LONGEST_LUNAR_MONTH: u8 = 30;

fn hijri(year: i16, month: u8, day: u8) -> Option<Date<Iso>> {
    Date::try_new_hijri_with_calendar(i32::from(year), month, day, Hijri::new_umm_al_qura())
        .ok()
        .map(|date| date.to_calendar(Iso))
}

/// The Gregorian day of a lunar day. A month of 29 days in this calendar has 30 where the moon was sighted a day later.
fn lunar(year: i16, month: u8, day: u8) -> Option<civil::Date> {
    if let Some(date) = hijri(year, month, day) {
        return gregorian(&date);
    }
    let before = hijri(year, month, day.checked_sub(1)?).filter(|_| day == LONGEST_LUNAR_MONTH)?;
    gregorian(&before)?.tomorrow().ok()
}

fn gregorian(iso: &Date<Iso>) -> Option<civil::Date> {
    let year = i16::try_from(iso.year().extended_year()).ok()?;
    civil::Date::new(year, i8::try_from(iso.month().number()).ok()?, i8::try_from(iso.day_of_month().0).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_day_in_three_calendars() {
        let day = civil::date(2026, 11, 21);
        assert_eq!(Calendar::Jalali.day(1405, 8, 30), Some(day));
        assert_eq!(Calendar::Hijri.day(1448, 6, 11), Some(day));
        assert_eq!(Calendar::Gregorian.day(2026, 11, 21), Some(day));
    }

    #[test]
    fn a_lunar_month_can_have_a_day_more_where_the_moon_was_sighted_later() {
        assert_eq!(Calendar::Hijri.day(1433, 2, 29), Some(civil::date(2012, 1, 23)));
        assert_eq!(Calendar::Hijri.day(1433, 2, 30), Some(civil::date(2012, 1, 24)));
        assert_eq!(Calendar::Hijri.day(1433, 2, 31), None);
    }

    #[test]
    fn a_day_that_does_not_exist_is_none() {
        assert_eq!(Calendar::Jalali.day(1404, 12, 30), None);
        assert_eq!(Calendar::Hijri.day(1447, 9, 32), None);
        assert_eq!(Calendar::Gregorian.day(2025, 2, 29), None);
    }
}
