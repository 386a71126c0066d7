//! Tests date parsing with generated texts and days.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, civil};
use proptest::prelude::*;

use super::tests::{day, now};
use super::text_date::find;
use super::{DateContext, Moment, timestamp};

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_gives_a_past_date_or_none(text in "[0-9٠-٩۰-۹ /:.,+-]{0,24}(نوفمبر|آبان|رمضان|Nov|هـ|م|ago|منذ|T|Z|PM)?[0-9٠-٩۰-۹ /:.-]{0,24}\\PC{0,12}") {
        let context = DateContext { now: now(), zone: &TimeZone::UTC, lang: None };
        for moment in [find(&text, &context).map(|found| found.moment), timestamp::read(&text, &context)].into_iter().flatten() {
            match moment {
                Moment::Day(day) => prop_assert!(day <= civil::date(2026, 11, 21)),
                Moment::Instant(at) => prop_assert!(at <= now() + SignedDuration::from_mins(10)),
            }
        }
    }

    #[test]
    fn every_written_day_is_parsed_back(days in 0_i64..20_000, lang in prop_oneof![Just("ar"), Just("tr"), Just("fr")]) {
        let date = civil::date(2026, 11, 21).checked_sub(jiff::Span::new().days(days)).unwrap();
        let text = format!("{}/{}/{}", date.day(), date.month(), date.year());
        prop_assert_eq!(day(lang, &text), Some(date.to_string()));
    }
}
