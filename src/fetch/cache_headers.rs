//! Reads the caching headers of an answer: freshness, `Retry-After` and validators.

use jiff::{SignedDuration, Timestamp};

use crate::cadence::{CacheRules, MAX_RETRY_AFTER};
use crate::date::http_date;
use crate::net::{Headers, is_header_value};
use crate::source::{BodyHash, MAX_VALIDATOR, Validators};

/// The longest accepted freshness. Chosen by hand: some servers declare a year for a front page.
const MAX_AGE: SignedDuration = SignedDuration::from_hours(24 * 7);

/// How long the answer stays fresh (RFC 9111 §4.2.1), and how long the server asks to wait.
pub(super) fn cache_rules(headers: &Headers, now: Timestamp) -> CacheRules {
    CacheRules { max_age: max_age(headers, now), retry_after: retry_after(headers, now) }
}

/// How long the server asks to wait, at most one day; `None` if it does not say, or the value is invalid.
pub(super) fn retry_after(headers: &Headers, now: Timestamp) -> Option<SignedDuration> {
    http_date::retry_after(headers.get("retry-after")?, now, MAX_RETRY_AFTER)
}

/// The validators of a document that the server sent, whose hash is `body`.
pub(super) fn validators(headers: &Headers, body: Option<BodyHash>) -> Validators {
    let kept = |name: &str| headers.get(name).filter(|value| is_sendable(value)).map(str::to_owned);
    Validators { etag: kept("etag"), last_modified: kept("last-modified"), body, reading: None }
}

/// The validators after a 304: what it leaves out keeps its old value.
pub(super) fn kept_validators(headers: &Headers, before: &Validators) -> Validators {
    let new = validators(headers, before.body);
    Validators {
        etag: new.etag.or_else(|| before.etag.clone()),
        last_modified: new.last_modified.or_else(|| before.last_modified.clone()),
        ..new
    }
}

/// The stored validators without those that no request can carry. If none is left, the document is fetched in full.
pub(super) fn sendable(stored: &Validators) -> Validators {
    let kept = |value: &Option<String>| value.clone().filter(|value| is_sendable(value));
    Validators { etag: kept(&stored.etag), last_modified: kept(&stored.last_modified), ..stored.clone() }
}

fn is_sendable(validator: &str) -> bool {
    !validator.is_empty() && validator.len() <= MAX_VALIDATOR && is_header_value(validator)
}

fn max_age(headers: &Headers, now: Timestamp) -> Option<SignedDuration> {
    let control = headers.get("cache-control").unwrap_or_default().to_ascii_lowercase();
    let mut directives = control.split(',').map(str::trim);
    if control.contains("no-store") || control.contains("no-cache") {
        return Some(SignedDuration::ZERO);
    }
    let declared = directives.find_map(|directive| directive.strip_prefix("max-age="));
    let age = match declared {
        Some(value) => http_date::seconds(value.trim_matches('"'))?,
        None => {
            let date = headers.get("date").and_then(http_date::read).unwrap_or(now);
            // `0` and other invalid values mean: already stale.
            http_date::read(headers.get("expires")?).map_or(SignedDuration::ZERO, |at| at.duration_since(date))
        }
    };
    Some(age.clamp(SignedDuration::ZERO, MAX_AGE))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-11-21T12:00:00Z";

    fn headers(lines: &[(&str, &str)]) -> Headers {
        lines.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect()
    }

    #[test]
    fn a_source_that_asks_for_a_week_gets_a_day() {
        for (value, wait) in [("604800", Some(86_400)), ("Sat, 21 Nov 2026 13:00:00 GMT", Some(3600)), ("soon", None)] {
            let found = retry_after(&headers(&[("retry-after", value)]), NOW.parse().unwrap());
            assert_eq!(found.map(|wait| wait.as_secs()), wait, "{value}");
        }
    }

    #[test]
    fn freshness_is_what_the_server_says_within_reason() {
        let date = ("date", "Sat, 21 Nov 2026 10:00:00 GMT");
        for (lines, age) in [
            (vec![("cache-control", "public, max-age=900")], Some(900)),
            (vec![("cache-control", "max-age=0, no-cache")], Some(0)),
            (vec![("cache-control", "max-age=31536000")], Some(604_800)),
            (vec![("cache-control", "max-age=x")], None),
            (vec![date, ("expires", "Sat, 21 Nov 2026 10:30:00 GMT")], Some(1800)),
            (vec![date, ("expires", "Saturday, 21-Nov-26 10:30:00 GMT")], Some(1800)),
            (vec![date, ("expires", "0")], Some(0)),
            (vec![("cache-control", "max-age=60"), ("expires", "Sat, 21 Nov 2026 18:30:00 GMT")], Some(60)),
            (vec![], None),
        ] {
            let found = cache_rules(&headers(&lines), NOW.parse().unwrap()).max_age;
            assert_eq!(found.map(|age| age.as_secs()), age, "{lines:?}");
        }
    }

    #[test]
    fn validators_are_kept_exactly_or_not_at_all() {
        let long = "x".repeat(2000);
        let body = Some(BodyHash::of("", "", b""));
        let then = Some("then".to_owned());
        let before = Validators { etag: Some("old".to_owned()), last_modified: then.clone(), body, reading: None };
        let answer = headers(&[("etag", "W/\"a b\""), ("last-modified", &long)]);
        let new = Validators { etag: Some("W/\"a b\"".to_owned()), ..Validators::default() };
        assert_eq!(validators(&answer, None), new);
        assert_eq!(kept_validators(&answer, &before), Validators { last_modified: then, body, ..new });
    }
}
