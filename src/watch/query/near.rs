//! Reads NEAR with its distance, and the forms that search engines have for it.

use super::{MAX_NEAR, QueryError, QuerySpan, error};

/// The distance that a remedy proposes, in words. Chosen by hand.
pub(super) const DISTANCE: u32 = 5;

/// The first digits of Arabic and of Persian and Urdu.
const ZEROS: [char; 2] = ['٠', '۰'];

/// The distance of `NEAR/5`.
pub(super) fn distance(text: &str, span: QuerySpan) -> Result<u32, QueryError> {
    let number = text.strip_prefix("NEAR/").unwrap_or_default();
    if let Some(distance) = number.parse().ok().filter(|n| (1..=MAX_NEAR).contains(n)) {
        return Ok(distance);
    }
    let western = western_digits(number);
    let is_number = !western.is_empty() && western.bytes().all(|b| b.is_ascii_digit());
    if is_number && western.parse::<u32>().is_ok_and(|n| (1..=MAX_NEAR).contains(&n)) {
        return Err(error(span, "the distance of NEAR has no Western digits", format!("write NEAR/{western}")));
    }
    if is_number && western.bytes().any(|b| b != b'0') {
        let message = format!("the distance of NEAR is larger than {MAX_NEAR} words");
        return Err(error(span, message, format!("write NEAR/{MAX_NEAR} or less")));
    }
    let remedy = format!("write the greatest distance in words, from 1 to {MAX_NEAR}: NEAR/{DISTANCE}");
    Err(error(span, format!("{text} has no distance"), remedy))
}

/// Arabic and Persian digits as Western ones.
pub(super) fn western_digits(text: &str) -> String {
    let western = |c: char| {
        let digit = ZEROS.iter().find_map(|zero| u32::from(c).checked_sub(u32::from(*zero)).filter(|n| *n < 10));
        digit.and_then(|digit| char::from_digit(digit, 10)).unwrap_or(c)
    };
    text.chars().map(western).collect()
}

/// The remedy for words with a distance, `a b` and 5, as `a NEAR/5 b`; none for a single word.
pub(super) fn joined<'a>(words: impl Iterator<Item = &'a str>, distance: Option<u32>) -> Option<String> {
    let distance = distance.filter(|n| (1..=MAX_NEAR).contains(n)).unwrap_or(DISTANCE);
    let words: Vec<&str> = words.filter(|word| word.contains(char::is_alphanumeric)).collect();
    (words.len() > 1).then(|| format!("write {}", words.join(&format!(" NEAR/{distance} "))))
}

/// The remedy for the function of search engines: `a NEAR/5 b` for the rest `(a b, 5)` after its name.
pub(super) fn function(rest: &str) -> Option<String> {
    let inside = rest.strip_prefix('(')?.split(')').next()?;
    let words = inside.split([' ', ',', '،', ';', '؛']).filter(|word| !word.is_empty());
    let operator = |word: &str| matches!(word, "AND" | "OR" | "NOT") || word.starts_with("NEAR/");
    if words.clone().any(operator) {
        return None;
    }
    let numbers = words.clone().next_back().map(western_digits).and_then(|word| word.parse().ok());
    joined(words.filter(|word| !word.chars().all(char::is_numeric)), numbers)
}
