//! Recognises the names of weekdays, folded as by [`super::token`].

use std::collections::HashMap;
use std::sync::LazyLock;

use super::token::DateToken;

/// Weekdays, Monday first.
const WEEKDAYS: [&str; 7] = [
    "الاثنين الإثنين اثنين دوشنبه پير سوموار دوشنبه monday mon pazartesi pzt lundi lun",
    "الثلاثاء ثلاثاء سهشنبه منگل tuesday tue tues sali mardi",
    "الاربعاء اربعاء چهارشنبه بده wednesday wed carsamba car mercredi mer",
    "الخميس خميس پنجشنبه پنجشنبه جمعرات thursday thu thur thurs persembe per jeudi jeu",
    "الجمعه جمعه ادينه friday fri cuma vendredi ven",
    "السبت سبت شنبه هفته سنيچر saturday sat cumartesi cmt samedi sam",
    "الاحد احد يكشنبه يكشنبه اتوار sunday sun pazar paz dimanche dim",
];

static DAYS: LazyLock<HashMap<&'static str, i8>> = LazyLock::new(|| {
    (0..).zip(WEEKDAYS).flat_map(|(day, names)| names.split_whitespace().map(move |name| (name, day))).collect()
});

/// The weekday at token `at`, from 0 for Monday, and its number of tokens.
pub(super) fn weekday(tokens: &[DateToken], at: usize) -> Option<(i8, usize)> {
    let word = tokens.get(at)?.word();
    if word.is_empty() {
        return None;
    }
    if let Some(next) = tokens.get(at + 1)
        && next.word() == "شنبه"
    {
        let index = match word {
            "دو" => 0,
            "سه" => 1,
            "چهار" => 2,
            "پنج" => 3,
            "يك" => 6,
            _ => return None,
        };
        return Some((index, 2));
    }
    DAYS.get(word).map(|day| (*day, 1))
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    #[test]
    fn a_weekday_of_two_words_is_not_saturday() {
        let read = |text: &str| weekday(&tokens(text), 0);
        assert_eq!(read("سه شنبه"), Some((1, 2)));
        assert_eq!((read("شنبه"), read("Salı"), read("خبر")), (Some((5, 1)), Some((1, 1)), None));
    }
}
