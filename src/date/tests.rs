//! Tests which dates are parsed, in every language and calendar.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::text_date::find;
use super::{DateContext, timestamp};
use crate::text::lang::Lang;

/// Saturday, 21 November 2026, at noon.
pub(super) fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub(super) fn day(lang: &str, text: &str) -> Option<String> {
    let lang = Lang::parse(lang).ok();
    let context = DateContext { now: now(), zone: &TimeZone::UTC, lang: lang.as_ref() };
    find(text, &context).map(|found| found.day.to_string())
}

fn instant(text: &str) -> Option<String> {
    let context = DateContext { now: now(), zone: &TimeZone::UTC, lang: None };
    timestamp::read(text, &context).map(|moment| moment.to_string())
}

fn assert_days(cases: &[(&str, &str, &str)]) {
    for (lang, text, expected) in cases {
        assert_eq!(day(lang, text).as_deref(), Some(*expected), "{text}");
    }
}

#[test]
fn arabic_datelines_of_every_region_are_parsed() {
    assert_days(&[
        ("ar", "جدة، ١٢ مايو ٢٠٢٥م (يونا)", "2025-05-12"),
        ("ar", "السبت 22 تشرين الثاني/نوفمبر 2025", "2025-11-22"),
        ("ar", "24 نيسان (أبريل) 2020", "2020-04-24"),
        ("ar", "بيروت في 3 كانون الثاني، 2025", "2025-01-03"),
        ("ar", "الرباط، 20 غشت 2025", "2025-08-20"),
        ("ar", "الجزائر 25 جويلية 2025", "2025-07-25"),
        ("ar", "تونس في 9 فيفري 2025", "2025-02-09"),
        ("ar", "نواكشوط، 12 دجنبر 2024", "2024-12-12"),
        ("ar", "نُشر يوم الأحد 23 فبراير 2025 | 10:15 مساء", "2025-02-23"),
        ("ar", "آخر تحديث: 10:30 ص - 2025/11/21", "2025-11-21"),
    ]);
}

#[test]
fn hijri_and_jalali_days_are_civil_days() {
    assert_days(&[
        ("ar", "1 رمضان 1445هـ", "2024-03-11"),
        ("ar", "30/5/1447 هـ", "2025-11-21"),
        ("ar", "١٤٤٧/٠٥/٣٠", "2025-11-21"),
        ("fa", "سه‌شنبه ۲۷ آبان ۱۴۰۴ - ۱۰:۳۰", "2025-11-18"),
        ("fa", "تاریخ انتشار: ۱۴۰۴/۰۸/۳۰", "2025-11-21"),
        ("fa", "بیست و پنجم مهر ماه ۱۴۰۴", "2025-10-17"),
        ("fa", "۱۲ سنبله ۱۴۰۴", "2025-09-03"),
        ("fa", "٣٠ آبان ١٤٠٤", "2025-11-21"),
        ("ur", "12 ربیع الاول 1447ھ", "2025-09-04"),
        ("en", "15 Ramadan 1446", "2025-03-15"),
    ]);
}

#[test]
fn the_gregorian_half_of_a_double_date_counts_and_the_other_half_checks_it() {
    assert_days(&[
        ("ar", "الرياض 15 محرم 1447 هـ الموافق 10 يوليو 2025 م", "2025-07-10"),
        ("ar", "الخميس ١١ سبتمبر ٢٠٢٥ - ١٩ ربيع الأول ١٤٤٧ هـ", "2025-09-11"),
        ("fa", "جمعه ۳۰ آبان ۱۴۰۴ (۲۱ نوامبر ۲۰۲۵)", "2025-11-21"),
    ]);
    assert_eq!(day("ar", "15 محرم 1447 هـ الموافق 10 يوليو 2021 م"), None, "four years apart: one half is wrong");
}

#[test]
fn the_weekday_corrects_a_lunar_date() {
    assert_eq!(day("ar", "الثلاثاء 1 شوال 1445هـ").as_deref(), Some("2024-04-09"));
    assert_eq!(day("ar", "الأربعاء 1 شوال 1445هـ").as_deref(), Some("2024-04-10"));
}

#[test]
fn a_range_begins_on_its_first_day() {
    assert_days(&[
        ("ar", "من 14 إلى 18 ديسمبر 2025", "2025-12-14"),
        ("ar", "30 نوفمبر – 2 ديسمبر 2025", "2025-11-30"),
        ("ar", "28 ديسمبر 2024 - 3 يناير 2025", "2024-12-28"),
        ("tr", "14-18 Aralık 2025", "2025-12-14"),
        ("fr", "du 14 au 18 décembre 2025", "2025-12-14"),
        ("en", "Nov 14-18, 2025", "2025-11-14"),
        ("fa", "۲۹ تا ۳۰ آبان ۱۴۰۴", "2025-11-20"),
        ("ar", "أيام 9 و10 و11 مارس 2025", "2025-03-09"),
        ("fr", "les 9, 10 et 11 mars 2025", "2025-03-09"),
        ("en", "March 30 - April 2, 2025", "2025-03-30"),
        ("fr", "du dimanche 9 au mardi 11 mars 2025", "2025-03-09"),
        ("en", "Sunday to Tuesday, 9-11 March 2025", "2025-03-09"),
        ("fa", "۲۹ آبان‌ماه ۱۴۰۴", "2025-11-20"),
        ("en", "Dec 30 - Jan 2, 2025", "2024-12-30"),
    ]);
}

#[test]
fn a_complete_date_counts_whatever_its_weekday() {
    assert_days(&[
        ("ar", "الأحد 9 مارس 2025", "2025-03-09"),
        ("ar", "الأحد والاثنين 9 و10 مارس 2025", "2025-03-09"),
        ("fa", "سه شنبه ۲۷ آبان ۱۴۰۴", "2025-11-18"),
        ("tr", "9 Mart 2025 Pazar 10:15", "2025-03-09"),
        ("ar", "الاثنين 9 مارس 2025", "2025-03-09"),
        ("fa", "دوشنبه ۲۷ آبان ۱۴۰۴", "2025-11-18"),
        ("tr", "9 Mart 2025 Salı", "2025-03-09"),
        ("en", "Tuesday, March 9, 2025", "2025-03-09"),
        ("ar", "الثلاثاء 1 رمضان 1446هـ", "2025-03-01"),
    ]);
    assert_eq!(instant("Mon, 9 Mar 2025 10:00:00 GMT").as_deref(), Some("2025-03-09T10:00:00Z"));
}

#[test]
fn dates_in_further_languages_are_parsed() {
    assert_days(&[
        ("zh", "2025年11月21日 10:15", "2025-11-21"),
        ("zh", "发布时间：2025年1月2日", "2025-01-02"),
        ("ko", "2025년 11월 21일", "2025-11-21"),
        ("pl", "21 listopada 2025", "2025-11-21"),
        ("cs", "21. listopadu 2025", "2025-11-21"),
        ("sv", "21 maj 2025", "2025-05-21"),
        ("ro", "21 noiembrie 2025", "2025-11-21"),
        ("uk", "21 листопада 2025", "2025-11-21"),
        ("fi", "21. marraskuuta 2025", "2025-11-21"),
    ]);
    assert_eq!(day("zh", "2025年13月21日"), None);
    assert_eq!(day("zh", "2025年11月"), None);
}

#[test]
fn arabic_days_in_words_are_parsed() {
    assert_days(&[
        ("ar", "الحادي والعشرون من نوفمبر 2025", "2025-11-21"),
        ("ar", "الخامس عشر من تشرين الأول 2025", "2025-10-15"),
        ("ar", "الثاني من شهر مارس عام 2024", "2024-03-02"),
        ("ar", "الجمعة الأول من آب/أغسطس 2025", "2025-08-01"),
        ("ar", "30-02-1433 هـ", "2012-01-24"),
    ]);
    for text in ["كانون الأول/ديسمبر 2024", "تشرين الثاني 2024", "المركز الثاني في 2024", "الدورة الحادية والعشرون"]
    {
        assert_eq!(day("ar", text), None, "{text}");
    }
}

#[test]
fn a_weekday_alone_or_the_last_one_is_a_day_before_the_time_of_reading() {
    assert_days(&[
        ("ar", "الخميس الماضي", "2026-11-19"),
        ("ar", "يوم السبت الماضي", "2026-11-14"),
        ("ar", "الخميس", "2026-11-19"),
        ("ar", "يوم السبت 10:15 ص", "2026-11-21"),
        ("ar", "يوم أمس", "2026-11-20"),
        ("ar", "الآن", "2026-11-21"),
        ("fr", "jeudi dernier", "2026-11-19"),
        ("en", "last Thursday", "2026-11-19"),
    ]);
    for (lang, text) in [
        ("ar", "يعقد المجلس الخميس جلسة"),
        ("ar", "وصل الوزير الخميس الماضي إلى العاصمة"),
        ("ar", "الآن يمكنكم متابعة القمة"),
        ("ar", "الخميس الأسود"),
        ("en", "Sunday"),
    ] {
        assert_eq!(day(lang, text), None, "{text}");
    }
}

#[test]
fn lunar_months_in_latin_letters_are_parsed() {
    assert_days(&[
        ("en", "12 Rabi' al-Awwal 1446 AH", "2024-09-15"),
        ("en", "10 Dhul Hijjah 1446", "2025-06-06"),
        ("en", "15 Sha'ban 1444", "2023-03-07"),
        ("tr", "10 Zilhicce 1446", "2025-06-06"),
    ]);
}

#[test]
fn a_date_inside_a_sentence_is_not_the_date_of_the_text() {
    for (lang, text) in [
        ("ar", "أعلن المتحدث أمس الأربعاء أن الاجتماع تأجل"),
        ("ar", "منذ 4 سنوات والحصار قائم"),
        ("ar", "منذ 80 عاما"),
        ("fa", "۲ سال پیش در کابل"),
        ("ur", "انتخابات سے 2 دن قبل"),
        ("ur", "چند گھنٹے قبل"),
        ("tr", "zirveden 2 gün önce"),
        ("fr", "il y a 4 ans, la crise"),
        ("en", "The envoy said yesterday that talks go on"),
        ("fa", "۰۴/۰۸/۳۰"),
        ("en", "call 12-05-2025-33"),
    ] {
        assert_eq!(day(lang, text), None, "{text}");
    }
    assert_days(&[
        ("ar", "آخر تحديث: أمس 10:30", "2026-11-20"),
        ("ar", "أول من أمس", "2026-11-19"),
        ("ar", "منذ نصف ساعة", "2026-11-21"),
        ("tr", "5 dk. önce", "2026-11-21"),
        ("fa", "99/05/20", "2020-08-10"),
    ]);
}

#[test]
fn relative_dates_count_from_the_time_of_reading() {
    assert_days(&[
        ("ar", "منذ ثلاث ساعات", "2026-11-21"),
        ("ar", "قبل خمسة عشر يوما", "2026-11-06"),
        ("ar", "أول أمس", "2026-11-19"),
        ("ar", "اليوم الخميس", "2026-11-19"),
        ("fa", "یک هفته پیش", "2026-11-14"),
        ("ur", "3 گھنٹے پہلے", "2026-11-21"),
        ("tr", "dün 14:05", "2026-11-20"),
        ("fr", "avant-hier", "2026-11-19"),
        ("en", "an hour ago", "2026-11-21"),
    ]);
}

#[test]
fn no_evidence_gives_no_date() {
    for (lang, text) in [
        ("ar", "منذ العام 1948"),
        ("ar", "قبل ثلاثة أيام من القمة"),
        ("ar", "القرار رقم 12/50 للدورة 51"),
        ("ar", "أصيب 21 نوفمبر 25 شخصا"),
        ("ar", "30 فبراير 2025"),
        ("ar", "32 رمضان 1446"),
        ("ar", "الهاتف +966 12 651 5222"),
        ("ar", "بعد غد"),
        ("fa", "۳۰ اسفند ۱۴۰۴"),
        ("fa", "در سال ۱۴۰۴"),
        ("fa", "کد خبر: 1404083012"),
        ("ur", "کل"),
        ("tr", "2025 yılında"),
        ("fr", "depuis 1969"),
        ("en", "Resolution 2334 (2016)"),
        ("en", "05/06/2025"),
        ("en", "November 2025"),
    ] {
        assert_eq!(day(lang, text), None, "{text}");
    }
}

#[test]
fn future_dates_are_rejected() {
    assert_eq!(day("ar", "22 نوفمبر 2026"), None);
    assert_eq!(day("fa", "۱۴۰۵/۱۲/۰۱"), None);
    assert_eq!(instant("Thu, 21 Nov 2126 07:15:00 GMT"), None);
    assert_eq!(instant("2026-11-21T14:00:00Z").as_deref(), Some("2026-11-21"), "a zone that was forgotten");
}

#[test]
fn machine_timestamps_are_parsed() {
    for text in [
        "Fri, 21 Nov 2025 10:15:00 +0300",
        "Fri, 21 Nov 2025 07:15 GMT",
        "21 Nov 25 07:15:00 UT",
        "2025-11-21T07:15:00Z",
        "2025-11-21 10:15:00 +03:00",
        "2025-11-21T07:15:00.000000Z",
        "20251121T071500Z",
        "Fri Nov 21 07:15:00 UTC 2025",
        "Fri Nov 21 2025 10:15:00 GMT+0300 (Arabian Standard Time)",
        "11/21/2025 7:15:00 AM",
        "1763709300",
        "1763709300000",
        "/Date(1763709300000)/",
        "الجمعة, 21 نوفمبر 2025 07:15:00 +0000",
        "Cum, 21 Kas 2025 07:15:00 +0000",
        "ven., 21 nov. 2025 07:15:00 +0000",
        "٢١/١١/٢٠٢٥ ٠٧:١٥ ص",
        "21 Kasım 2025 Cuma 07:15",
    ] {
        assert_eq!(instant(text).as_deref(), Some("2025-11-21T07:15:00Z"), "{text}");
    }
    for text in ["2025-11-21", "2025-11-21T10:15:00[Asia/Riyadh]", "Fri, 21 Nov 2025 24:00:00 GMT"] {
        assert_eq!(instant(text).as_deref(), Some("2025-11-21"), "of {text} only the day is sure");
    }
    assert_eq!(instant("0000-00-00T00:00:00"), None);
    for unset in
        ["1970-01-01T00:00:00Z", "1969-12-31 19:00:00 -05:00", "0", "0001-01-01T00:00:00", "1900-01-01", "1899-12-30"]
    {
        assert_eq!(instant(unset), None, "{unset}");
    }
    assert_eq!(instant("Mon, 99 Foo 2025 99:99:99 +99:99"), None);
}
