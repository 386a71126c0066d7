//! Parses Arabic ordinals of days in words: `الحادي والعشرون`, `الخامس عشر`.

use super::token::DateToken;

/// The ordinals from one to ten, folded as by [`super::token`], and the first of the compound ones.
const ONES: [&str; 10] =
    ["الاول", "الثاني", "الثالث", "الرابع", "الخامس", "السادس", "السابع", "الثامن", "التاسع", "العاشر"];
const ONE_IN_COMPOUNDS: &str = "الحادي";
/// Words before an ordinal that belongs to the name of a month: `كانون الأول`, `ربيع الثاني`.
const MONTHS: &[&str] = &["كانون", "تشرين", "ربيع", "جمادي", "جماد"];

/// The day that begins at token `at`, and the token after it.
pub(super) fn day(tokens: &[DateToken], at: usize) -> Option<(i8, usize)> {
    let word = |at: usize| tokens.get(at).map_or("", DateToken::word);
    if at > 0 && MONTHS.contains(&word(at - 1)) {
        return None;
    }
    if let Some(tens) = tens(word(at)) {
        return Some((tens, at + 1));
    }
    let ones = match word(at) {
        ONE_IN_COMPOUNDS => 1,
        other => ONES.iter().position(|name| *name == other).and_then(|index| i8::try_from(index + 1).ok())?,
    };
    if matches!(word(at + 1), "عشر" | "عشره") && ones < 10 {
        return Some((ones + 10, at + 2));
    }
    if let Some(tens) = word(at + 1).strip_prefix('و').and_then(tens) {
        return (ones < 10 && tens + ones <= 31).then_some((tens + ones, at + 2));
    }
    (word(at) != ONE_IN_COMPOUNDS).then_some((ones, at + 1))
}

fn tens(word: &str) -> Option<i8> {
    match word {
        "العشرون" | "العشرين" => Some(20),
        "الثلاثون" | "الثلاثين" => Some(30),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::token::tokens;
    use super::*;

    #[test]
    fn ordinals_of_days_are_numbers() {
        for (text, expected) in [
            ("الأول", 1),
            ("العاشر", 10),
            ("الحادي عشر", 11),
            ("التاسع عشر", 19),
            ("العشرين", 20),
            ("الحادي والعشرون", 21),
            ("الثامن والعشرين", 28),
            ("الثلاثون", 30),
            ("الحادي والثلاثين", 31),
        ] {
            let found = day(&tokens(text), 0);
            assert_eq!(found, Some((expected, tokens(text).len())), "{text}");
        }
        for text in ["الثاني والثلاثين", "الحادي", "كتاب"] {
            assert_eq!(day(&tokens(text), 0), None, "{text}");
        }
        assert_eq!(day(&tokens("كانون الأول"), 1), None);
    }
}
