//! Session ids in addresses: what a site adds to its links anew for each visitor.

use std::borrow::Cow;

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

/// A path without the session id that ASP.NET keeps in a segment of its own: `/(S(lit3py55))/news`.
pub(super) fn without_segment(path: &str) -> Cow<'_, str> {
    let is_session = |part: &&str| part.len() > 4 && part.starts_with("(S(") && part.ends_with("))");
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
