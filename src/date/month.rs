//! Recognises the names of months, folded as by [`super::token`].

use std::collections::HashMap;
use std::sync::LazyLock;

use super::calendar::Calendar;
use super::token::DateToken;

/// Gregorian months: in Arabic (Mashriq, Levant and Maghreb), Persian, Urdu, Turkish, French, English, and related
/// languages whose feeds are read.
const GREGORIAN: [&str; 12] = [
    "يناير جانفي ينايير ژانويه جنوري january jan ocak oca janvier janv januar januari gennaio gen enero ene janeiro январь января янв كانون2 ianuarie stycznia ledna tammikuuta січня ιανουαρίου",
    "فبراير شباط فيفري فوريه فروري february feb subat sub fevrier fevr fev februar februari febbraio febrero fevereiro февраль февраля фев februarie lutego unora helmikuuta лютого φεβρουαρίου feber",
    "مارس اذار مارچ march mar mart mars marz maret marzo marco maart март марта marts martie marcius marca března maaliskuuta березня μαρτίου",
    "ابريل نيسان افريل ابرييل اوريل اپريل april apr nisan nis avril avr aprile abril abr апрель апреля апр aprilie aprilis kwietnia dubna huhtikuuta квітня απριλίου",
    "مايو ايار ماي مه مي ميي may mayis mai maggio mag mayo maio mei май мая maj majus maja května toukokuuta травня μαΐου",
    "يونيو يونيه حزيران جوان ژوين جون june jun haziran haz juin juni giugno giu junio junho июнь июня июн iunie junius czerwca června kesakuuta червня ιουνίου",
    "يوليو يوليه تموز يوليوز جويليه ژوييه جولاي جولايي july jul temmuz tem juillet juil juli luglio lug julio julho июль июля июл iulie julius lipca července heinakuuta липня ιουλίου",
    "اغسطس اب غشت اوت اغشت اگست اوگوست august aug agustos agu aout agosto ago agustus august август августа авг augusti augusztus sierpnia srpna elokuuta серпня αυγούστου",
    "سبتمبر ايلول شتنبر شتمبر سپتامبر ستمبر september sep sept eylul eyl septembre settembre set septiembre setiembre setembro сентябрь сентября сен septembrie szeptember września zaři syyskuuta вересня σεπτεμβρίου",
    "اكتوبر اكتبر october oct ekim eki octobre oktober okt ottobre ott octubre outubro out октябрь октября окт octombrie października řijna lokakuuta жовтня οκτωβρίου",
    "نوفمبر نونبر نوامبر نومبر november nov kasim kas novembre noviembre novembro ноябрь ноября ноя noiembrie listopada listopadu marraskuuta листопада νοεμβρίου",
    "ديسمبر دجنبر دجمبر دسامبر دسمبر december dec aralik ara decembre dezember dez dicembre dic diciembre dezembro desember des декабрь декабря дек decembrie grudnia prosince joulukuuta грудня δεκεμβρίου",
];

/// Solar Hijri months: Iranian, then Afghan.
const JALALI: [&str; 12] = [
    "فروردين حمل farvardin",
    "ارديبهشت ثور ordibehesht",
    "خرداد جوزا جوزاء khordad",
    "تير سرطان tir",
    "مرداد امرداد اسد mordad",
    "شهريور سنبله shahrivar",
    "مهر ميزان mehr",
    "ابان عقرب aban",
    "اذر قوس azar",
    "دي جدي dey",
    "بهمن دلو bahman",
    "اسفند حوت esfand",
];

/// Lunar Hijri months of one word, or of several in Latin letters written as one.
const HIJRI: [&str; 12] = [
    "محرم muharram muharrem moharram mouharram",
    "صفر safar safer",
    "rabialawwal rabiulawwal rabialawal rabiulawal rebiulevvel",
    "rabialthani rabiulthani rabiaththani rabiuththani rabialakhir rabiulakhir rebiulahir",
    "jumadaalawwal jumadaalula jumadaloula jumadalawwal jumadiulawwal jumadialawwal cemaziyelevvel",
    "jumadaalthani jumadaaththani jumadaalakhirah jumadaalakhira jumadialthani jumadiulthani cemaziyelahir",
    "رجب rajab recep",
    "شعبان shaban chaabane saban",
    "رمضان ramadan ramazan ramadhan",
    "شوال shawwal chawwal sevval",
    "ذوالقعده ذيقعده ذيالقعده ذوالقعد ذيقعد dhualqadah dhulqadah dhualqidah dhulqidah dhulqada zulqadah zilkade",
    "ذوالحجه ذيحجه ذيالحجه ذوالحج ذيحج dhualhijjah dhulhijjah dhualhijja dhulhijja zulhijjah zilhijjah zilhicce",
];

/// Honorifics that follow a lunar month.
const HONOURS: &[&str] = &["الحرام", "المظفر", "المرجب", "المعظم", "المبارك", "المكرم", "حرام", "مبارك", "القعده"];

/// Every month of one word; a name in two calendars belongs to the first one here.
static NAMES: LazyLock<HashMap<&'static str, (Calendar, u8)>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for (months, calendar) in
        [(&GREGORIAN, Calendar::Gregorian), (&JALALI, Calendar::Jalali), (&HIJRI, Calendar::Hijri)]
    {
        for (number, month) in (1..).zip(months) {
            for name in month.split_whitespace() {
                names.entry(name).or_insert((calendar, number));
            }
        }
    }
    names
});

/// A month found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FoundMonth {
    pub(super) calendar: Calendar,
    pub(super) number: u8,
    /// The number of tokens of its name.
    pub(super) length: usize,
}

/// The month that begins at token `at`.
pub(super) fn month(tokens: &[DateToken], at: usize) -> Option<FoundMonth> {
    let word = tokens.get(at)?.word();
    if word.is_empty() {
        return None;
    }
    let found = |calendar, number, length| Some(FoundMonth { calendar, number, length });
    if let Some((calendar, number)) = of_two_words(word, tokens.get(at + 1)) {
        return found(calendar, number, 2);
    }
    if let Some((number, length)) = of_joined_words(tokens, at) {
        return found(Calendar::Hijri, number, length);
    }
    // فروردین‌ماه
    let bare = || word.strip_suffix("ماه").and_then(|word| NAMES.get(word));
    let &(calendar, number) = NAMES.get(word).or_else(bare)?;
    let next = tokens.get(at + 1);
    let honoured = calendar == Calendar::Hijri && next.is_some_and(|next| HONOURS.contains(&next.word()));
    let dotted = calendar == Calendar::Gregorian && word.is_ascii() && next.is_some_and(|next| next.is_mark("."));
    found(calendar, number, 1 + usize::from(honoured || dotted))
}

/// A lunar month in Latin letters (`Rabi' al-Awwal`, `Dhul Hijjah`, `Sha'ban`), and its number of tokens.
fn of_joined_words(tokens: &[DateToken], at: usize) -> Option<(u8, usize)> {
    if !["rabi", "jumad", "dhu", "zul", "sha"].iter().any(|start| tokens[at].word().starts_with(start)) {
        return None;
    }
    (2..=6).rev().find_map(|length| {
        let parts = tokens.get(at..at + length)?;
        let joined = parts.iter().all(|part| !part.word().is_empty() || part.is_mark("'-ʿ"));
        let name: String = parts.iter().map(DateToken::word).collect();
        let &(calendar, number) =
            NAMES.get(name.as_str()).filter(|_| joined && !parts[length - 1].word().is_empty())?;
        (calendar == Calendar::Hijri).then_some((number, length))
    })
}

fn of_two_words(first: &str, second: Option<&DateToken>) -> Option<(Calendar, u8)> {
    let second = second?;
    let ordinal = match second.word() {
        "الاول" | "اول" | "الاولي" | "اولي" | "الاوله" | "i" => 1,
        "الثاني" | "ثاني" | "الثانيه" | "ثانيه" | "الاخر" | "الاخره" | "الاخري" | "اخر" | "ii" => {
            2
        }
        _ => match second.number() {
            Some((number @ 1..=2, 1)) => u8::try_from(number).unwrap_or(1),
            _ => 0,
        },
    };
    match (first, ordinal, second.word()) {
        ("كانون", 1, _) => Some((Calendar::Gregorian, 12)),
        ("كانون", 2, _) => Some((Calendar::Gregorian, 1)),
        ("تشرين", 1 | 2, _) => Some((Calendar::Gregorian, 9 + ordinal)),
        ("ربيع" | "rabi", 1 | 2, _) => Some((Calendar::Hijri, 2 + ordinal)),
        ("جمادي" | "جماد" | "jumada", 1 | 2, _) => Some((Calendar::Hijri, 4 + ordinal)),
        ("ذو" | "ذي" | "ذا", _, "القعده" | "قعده") => Some((Calendar::Hijri, 11)),
        ("ذو" | "ذي" | "ذا", _, "الحجه" | "حجه") => Some((Calendar::Hijri, 12)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    fn number(text: &str) -> Option<(Calendar, u8)> {
        month(&tokens(text), 0).map(|month| (month.calendar, month.number))
    }

    #[test]
    fn all_names_of_a_month_are_recognised() {
        for (name, expected) in [
            ("كانون الثاني", 1),
            ("كانون الأول", 12),
            ("تشرين الثاني", 11),
            ("آب", 8),
            ("غشت", 8),
            ("جويلية", 7),
            ("شتنبر", 9),
            ("ژوئیه", 7),
            ("مئی", 5),
            ("Ağustos", 8),
            ("AĞUSTOS", 8),
            ("août", 8),
            ("févr.", 2),
            ("Sept", 9),
        ] {
            assert_eq!(number(name), Some((Calendar::Gregorian, expected)), "{name}");
        }
        assert_eq!(number("جمادى الآخرة"), Some((Calendar::Hijri, 6)));
        assert_eq!(number("ذي الحجة"), Some((Calendar::Hijri, 12)));
        assert_eq!(number("رمضان المبارك"), Some((Calendar::Hijri, 9)));
        assert_eq!(number("اردیبهشت"), Some((Calendar::Jalali, 2)));
        assert_eq!(number("اردي‌بهشت"), Some((Calendar::Jalali, 2)));
        assert_eq!(number("حوت"), Some((Calendar::Jalali, 12)));
        assert_eq!(number("خبر"), None);
    }
}
