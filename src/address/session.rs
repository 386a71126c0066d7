//! Session ids in addresses: what a site adds to its links anew for each visitor.

use std::borrow::Cow;

use super::decoded;

/// Parameters that carry a session id whatever their value.
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

/// Parameters that carry a session id in some programs (phpBB, vBulletin) and something else in others: their value
/// decides.
const PERHAPS: &[&str] = &["sid", "s", "session", "sess", "ssid", "phpbb_sid", "sessionkey"];

/// The fewest characters of a session id. The shortest in use are those of 24 characters in base 32; chosen by hand with
/// room for home-made ones.
const SESSION_LENGTH: usize = 16;

/// The fewest characters of a token, in a parameter that has been seen to change. Chosen by hand: shorter ones are
/// numbers of items.
const TOKEN_LENGTH: usize = 8;

/// The fewest digits of a number that is a token: shorter ones are numbers of items or dates.
const TOKEN_DIGITS: usize = 15;

/// True for a parameter that carries a session id.
pub(super) fn is_session(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if SESSIONS.contains(&name.as_str()) || name.starts_with("aspsessionid") {
        return value.chars().all(|c| c.is_ascii_alphanumeric() || "-_.!~,:%".contains(c));
    }
    PERHAPS.contains(&name.as_str()) && value.len() >= SESSION_LENGTH && is_token(value)
}

/// True for a value that looks drawn at random: hexadecimal digits, a UUID, or letters and digits in turn.
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
    let turns = value.chars().zip(value.chars().skip(1)).filter(|(a, b)| class(*a) != class(*b)).count();
    // A word with a number (talks2026) turns once, a slug at every hyphen.
    if has(|c| !c.is_ascii_alphanumeric()) {
        let mixed = has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase) && value.len() >= SESSION_LENGTH;
        return is_uuid(value) || mixed && turns > value.len() / 4;
    }
    hex && (turns > 1 || value.len() >= SESSION_LENGTH) || turns > 3
}

fn is_uuid(value: &str) -> bool {
    let parts: Vec<usize> = value.split('-').map(|part| part.bytes().filter(u8::is_ascii_hexdigit).count()).collect();
    value.len() == 36 && parts == [8, 4, 4, 4, 12]
}

/// The fewest digits of a number that may be a token where it is seen to change: shorter ones count items.
const DRAWN_DIGITS: usize = 10;

/// The fewest characters of a value that may be drawn at random in a parameter that names no item. Chosen by hand.
const MAYBE_LENGTH: usize = 5;

/// The most by which draws of one generator differ in length: what draws numbers or base 64 varies a little.
const LENGTHS: usize = 4;

/// True for a value that may be drawn at random: besides what [`is_token`] takes, long numbers, letters alone, base 64,
/// and several of them joined.
pub(super) fn resembles_token(value: &str) -> bool {
    let value = decoded(value);
    let value = value.trim_end_matches('=');
    is_token(value)
        || is_long_number(value)
        || is_letters_at_random(value)
        || is_base64(value)
        || value.split(['-', '_', '.', '~', ':']).any(is_token)
}

fn is_long_number(value: &str) -> bool {
    value.len() >= DRAWN_DIGITS && value.bytes().all(|b| b.is_ascii_digit()) && !begins_with_date(value)
}

fn begins_with_date(value: &str) -> bool {
    let number = |range: std::ops::Range<usize>| value.get(range).and_then(|digits| digits.parse::<u32>().ok());
    let within = |range, from, to| number(range).is_some_and(|number| (from..=to).contains(&number));
    within(0..4, 1900, 2099) && within(4..6, 1, 12) && within(6..8, 1, 31)
}

/// Letters that make no word: capitals in its midst, or more consonants in a row than words have.
fn is_letters_at_random(value: &str) -> bool {
    if value.len() < TOKEN_LENGTH || !value.bytes().all(|b| b.is_ascii_alphabetic()) {
        return false;
    }
    let is_vowel = |b: &u8| b"aeiouy".contains(&b.to_ascii_lowercase());
    let vowels = value.bytes().filter(|b| is_vowel(b)).count();
    let run = value.as_bytes().split(is_vowel).map(<[u8]>::len).max().unwrap_or_default();
    turns(value) * 3 > value.len() || run >= 5 || run == 4 && vowels * 4 <= value.len()
}

/// Base 64 (RFC 4648) with letters of both cases; a slug, whose parts are words and numbers, is none.
fn is_base64(value: &str) -> bool {
    let has = |class: fn(&char) -> bool| value.chars().any(|c| class(&c));
    let plain = |part: &str| turns(part) <= 1;
    value.len() >= TOKEN_LENGTH
        && value.chars().all(|c| c.is_ascii_alphanumeric() || "+/-_".contains(c))
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_uppercase)
        && turns(value) * 4 > value.len()
        && !value.split(['-', '_']).all(plain)
}

/// How often the class of characters changes in a text.
fn turns(value: &str) -> usize {
    let class = |c: char| (c.is_ascii_lowercase(), c.is_ascii_uppercase(), c.is_ascii_digit());
    value.chars().zip(value.chars().skip(1)).filter(|(a, b)| class(*a) != class(*b)).count()
}

/// Whether two values look like two draws of one generator.
pub(super) fn is_redrawn(before: &str, now: &str) -> bool {
    let digits = |value: &str| value.bytes().all(|b| b.is_ascii_digit());
    if digits(before) && digits(now) {
        return resembles_token(before) && resembles_token(now) && are_far_apart(before, now);
    }
    let (one, other) = (resembles_token(before), resembles_token(now));
    let lengths = before.len().abs_diff(now.len());
    one && other && lengths <= LENGTHS || (one || other) && lengths == 0 && are_unlike(before, now)
}

/// Whether two values may be two draws of one generator, in a parameter that names no item.
pub(super) fn may_be_redrawn(before: &str, now: &str) -> bool {
    let long = before.len() >= MAYBE_LENGTH && before.len() == now.len() && are_unlike(before, now);
    let letters = |value: &str| value.bytes().all(|b| b.is_ascii_alphabetic());
    let digits = |value: &str| value.bytes().all(|b| b.is_ascii_digit());
    is_redrawn(before, now)
        || long && digits(before) && digits(now) && are_far_apart(before, now) && !begins_with_date(before)
        || long && !digits(before) && !digits(now) && (before.len() >= TOKEN_LENGTH || !letters(before))
}

/// Whether the words and numbers of which two values of one length consist differ in half of their characters or more,
/// as draws do: those of neighbouring items differ in the last ones.
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

/// Whether two numbers are further apart than those of neighbouring items, or than two instants of one month, are: a
/// hundredth of the greater.
fn are_far_apart(before: &str, now: &str) -> bool {
    let number = |value: &str| value.get(..value.len().min(30)).and_then(|digits| digits.parse::<u128>().ok());
    let pair = number(before).zip(number(now));
    pair.is_some_and(|(before, now)| before.abs_diff(now) > before.max(now) / 100)
}

/// A path without the tickets that ASP.NET keeps in a segment of its own: `/(S(lit3py55))/news`, `/(F(c2lnbmVk))/news`,
/// and several at once, `/(X(1)S(lit3py55))/news`.
pub(super) fn without_segment(path: &str) -> Cow<'_, str> {
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
    fn a_token_is_told_from_numbers_dates_words_and_slugs() {
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
