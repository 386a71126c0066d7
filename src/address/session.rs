//! Recognises session ids and random tokens in addresses.

use std::borrow::Cow;

use super::decoded;

/// Parameters that always carry a session id. Chosen by hand.
const SESSIONS: &[&str] = &[
    "phpsessid",
    "phpsession",
    "jsessionid",
    "sessionid",
    "session_id",
    "sessid",
    "asp.net_sessionid",
    "cfid",
    "cftoken",
    "oscsid",
    "oscadminid",
    "zenid",
    "xtcsid",
    "modsid",
    "sesskey",
];

/// Parameters that carry a session id in some programs (phpBB, vBulletin) and something else in others: the value
/// decides. Chosen by hand.
const POSSIBLE_SESSIONS: &[&str] = &["sid", "s", "session", "sess", "ssid", "phpbb_sid", "sessionkey"];

/// The fewest characters of a session id. The shortest common ones have 24 characters in base 32; chosen by hand with
/// room for others.
const SESSION_LENGTH: usize = 16;

/// The fewest characters of a token in a parameter that has changed. Chosen by hand: shorter ones are item numbers.
const TOKEN_LENGTH: usize = 8;

/// The fewest digits of a numeric token. Chosen by hand: shorter ones are item numbers or dates.
const TOKEN_DIGITS: usize = 15;

/// True for a parameter that carries a session id.
pub(super) fn is_session(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if SESSIONS.contains(&name.as_str()) || name.starts_with("aspsessionid") {
        return value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.!~,:%".contains(c));
    }
    POSSIBLE_SESSIONS.contains(&name.as_str()) && value.len() >= SESSION_LENGTH && is_token(value)
}

/// True for a value that looks random: hexadecimal digits, a UUID, or alternating letters and digits.
///
/// ```
/// use marsad::address::is_token;
///
/// assert!(is_token("0c5f2a9be77d4e2288b1f0a1d9c3e4f5"));
/// assert!(!is_token("gaza-talks-2026"));
/// ```
#[must_use]
pub fn is_token(value: &str) -> bool {
    let has = |class: fn(&char) -> bool| value.chars().any(|c| class(&c));
    let hex = value.chars().all(|c| c.is_ascii_hexdigit());
    let digits = value.chars().filter(char::is_ascii_digit).count();
    if value.len() < TOKEN_LENGTH
        || digits == 0
        || !value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.~".contains(c))
    {
        return false;
    }
    if digits == value.len() {
        return digits >= TOKEN_DIGITS;
    }
    let class = |c: char| (c.is_ascii_lowercase(), c.is_ascii_uppercase(), c.is_ascii_digit());
    let class_changes = value.chars().zip(value.chars().skip(1)).filter(|(a, b)| class(*a) != class(*b)).count();
    // A word with a number (talks2026) alternates once, a slug at every hyphen.
    if has(|c| !c.is_ascii_alphanumeric()) {
        let mixed = has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase) && value.len() >= SESSION_LENGTH;
        return is_uuid(value) || mixed && class_changes > value.len() / 4;
    }
    hex && (class_changes > 1 || value.len() >= SESSION_LENGTH) || class_changes > 3
}

fn is_uuid(value: &str) -> bool {
    let parts: Vec<usize> = value.split('-').map(|part| part.bytes().filter(u8::is_ascii_hexdigit).count()).collect();
    value.len() == 36 && parts == [8, 4, 4, 4, 12]
}

/// The fewest digits of a number that may be a token if it has changed. Chosen by hand: shorter ones count items.
const MIN_RANDOM_DIGITS: usize = 10;

/// The fewest characters of a possibly random value in a parameter that does not identify an item. Chosen by hand.
const MIN_RANDOM_LENGTH: usize = 5;

/// The largest difference in length between values of one generator, such as numbers or base 64. Chosen by hand.
const MAX_LENGTH_DIFFERENCE: usize = 4;

/// True for a possibly random value: tokens as in [`is_token`], long numbers, random letters, base 64, and several of
/// them joined.
pub(super) fn resembles_token(value: &str) -> bool {
    let value = decoded(value);
    let value = value.trim_end_matches('=');
    is_token(value)
        || is_long_number(value)
        || is_random_letters(value)
        || is_base64(value)
        || value.split(['-', '_', '.', '~', ':']).any(is_token)
}

fn is_long_number(value: &str) -> bool {
    value.len() >= MIN_RANDOM_DIGITS && value.bytes().all(|b| b.is_ascii_digit()) && !begins_with_date(value)
}

fn begins_with_date(value: &str) -> bool {
    let number = |range: std::ops::Range<usize>| value.get(range).and_then(|digits| digits.parse::<u32>().ok());
    let within = |range, from, to| number(range).is_some_and(|number| (from..=to).contains(&number));
    within(0..4, 1900, 2099) && within(4..6, 1, 12) && within(6..8, 1, 31)
}

/// True for letters that cannot be a word: capitals inside, or too many consecutive consonants. Chosen by hand.
fn is_random_letters(value: &str) -> bool {
    if value.len() < TOKEN_LENGTH || !value.bytes().all(|b| b.is_ascii_alphabetic()) {
        return false;
    }
    let is_vowel = |b: &u8| b"aeiouy".contains(&b.to_ascii_lowercase());
    let vowels = value.bytes().filter(|b| is_vowel(b)).count();
    let run = value.as_bytes().split(is_vowel).map(<[u8]>::len).max().unwrap_or_default();
    class_changes(value) * 3 > value.len() || run >= 5 || run == 4 && vowels * 4 <= value.len()
}

/// True for base 64 (RFC 4648) with letters of both cases; a slug of words and numbers is not base 64.
fn is_base64(value: &str) -> bool {
    let has = |class: fn(&char) -> bool| value.chars().any(|c| class(&c));
    let plain = |part: &str| class_changes(part) <= 1;
    value.len() >= TOKEN_LENGTH
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "+/-_".contains(c))
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_uppercase)
        && class_changes(value) * 4 > value.len()
        && !value.split(['-', '_']).all(plain)
}

/// The number of changes of character class in a text.
fn class_changes(value: &str) -> usize {
    let class = |c: char| (c.is_ascii_lowercase(), c.is_ascii_uppercase(), c.is_ascii_digit());
    value.chars().zip(value.chars().skip(1)).filter(|(a, b)| class(*a) != class(*b)).count()
}

/// True if two values look like two values of one random generator.
pub(super) fn is_redrawn(before: &str, now: &str) -> bool {
    let digits = |value: &str| value.bytes().all(|b| b.is_ascii_digit());
    if digits(before) && digits(now) {
        return resembles_token(before) && resembles_token(now) && are_far_apart(before, now);
    }
    let (one, other) = (resembles_token(before), resembles_token(now));
    let lengths = before.len().abs_diff(now.len());
    one && other && lengths <= MAX_LENGTH_DIFFERENCE || (one || other) && lengths == 0 && are_unlike(before, now)
}

/// True if two values may come from one random generator, in a parameter that does not identify an item.
pub(super) fn may_be_redrawn(before: &str, now: &str) -> bool {
    let long = before.len() >= MIN_RANDOM_LENGTH && before.len() == now.len() && are_unlike(before, now);
    let letters = |value: &str| value.bytes().all(|b| b.is_ascii_alphabetic());
    let digits = |value: &str| value.bytes().all(|b| b.is_ascii_digit());
    is_redrawn(before, now)
        || long && digits(before) && digits(now) && are_far_apart(before, now) && !begins_with_date(before)
        || long && !digits(before) && !digits(now) && (before.len() >= TOKEN_LENGTH || !letters(before))
}

/// True if the words and numbers of two values of equal length differ in at least half of their characters, like random
/// values; those of neighbouring items differ only in the last ones.
fn are_unlike(before: &str, now: &str) -> bool {
    let joined = |c: char| matches!(c, '-' | '_' | '.' | '~' | ':');
    let (one, other): (Vec<&str>, Vec<&str>) = (before.split(joined).collect(), now.split(joined).collect());
    let unlike = |(one, other): (&&str, &&str)| {
        let words = [one, other].iter().all(|word| word.bytes().all(|b| b.is_ascii_alphanumeric()));
        let differing = one.bytes().zip(other.bytes()).filter(|(a, b)| a != b).count();
        one == other || words && one.len() == other.len() && differing * 2 >= one.len()
    };
    one.len() == other.len() && one.iter().zip(&other).all(unlike)
}

/// True if two numbers are further apart than those of neighbouring items or two instants of one month: a hundredth of
/// the greater one.
fn are_far_apart(before: &str, now: &str) -> bool {
    let number = |value: &str| value.get(..value.len().min(30)).and_then(|digits| digits.parse::<u128>().ok());
    let pair = number(before).zip(number(now));
    pair.is_some_and(|(before, now)| before.abs_diff(now) > before.max(now) / 100)
}

/// The path without ASP.NET tickets in a separate segment: `/(S(lit3py55))/news`, `/(F(c2lnbmVk))/news`, and several at
/// once, `/(X(1)S(lit3py55))/news`.
pub(super) fn without_tickets(path: &str) -> Cow<'_, str> {
    let is_session = |part: &&str| {
        let tickets = part.strip_prefix('(').and_then(|part| part.strip_suffix("))"));
        tickets.is_some_and(|tickets| {
            let mut tickets = tickets.split(')').map(|ticket| ticket.split_once('('));
            tickets.all(|ticket| matches!(ticket, Some(("A" | "S" | "F" | "X", id)) if !id.is_empty()))
        })
    };
    if path.split('/').any(|part| is_session(&part)) {
        Cow::Owned(path.split('/').filter(|part| !is_session(part)).collect::<Vec<_>>().join("/"))
    } else {
        Cow::Borrowed(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_distinguished_from_numbers_dates_words_and_slugs() {
        for token in [
            "0c5f2a9be77d4e2288b1f0a1d9c3e4f5",
            "9f8e7d6c",
            "65f1c0ffee12ab34",
            "550e8400-e29b-41d4-a716-446655440000",
            "Ab3dE5gH7jK9",
            "638412345678901234",
        ] {
            assert!(is_token(token), "{token}");
        }
        for other in [
            "",
            "41",
            "20261129",
            "2026-11-29",
            "1732881234",
            "gaza-talks-2026",
            "talks2026",
            "covid19-wave2-eu27-talks",
            "deadbeef",
            "ar",
            "غزة12",
        ] {
            assert!(!is_token(other), "{other}");
        }
    }
}
