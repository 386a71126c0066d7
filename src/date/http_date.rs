//! Parses the dates and waiting times of HTTP headers.

use jiff::{SignedDuration, Timestamp};

/// Parses an HTTP date (RFC 9110 §5.6.7) in any of its three forms. Some servers write it less strictly, as mail does
/// (RFC 2822: another zone, a wrong weekday, one digit for the day) or with dashes; those are parsed too.
///
/// ```
/// use marsad::date::http_date;
///
/// let date = http_date::read("Sun, 06 Nov 1994 08:49:37 GMT");
/// assert_eq!(date, Some("1994-11-06T08:49:37Z".parse().unwrap()));
/// assert_eq!(http_date::read("Sunday, 06-Nov-94 08:49:37 GMT"), date);
/// assert_eq!(http_date::read("Sun Nov  6 08:49:37 1994"), date);
/// assert_eq!(http_date::read("0"), None);
/// ```
#[must_use]
pub fn read(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let strict = || Timestamp::try_from(httpdate::parse_http_date(text).ok()?).ok();
    strict().or_else(|| mail_date(text)).or_else(|| mail_date(&text.replace('-', " ")))
}

fn mail_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::DateTimeParser::new().relaxed_weekday(true).parse_timestamp(text).ok()
}

/// Parses a number of seconds (RFC 9111 §1.2.2). A number too large for a duration is a very long time; a sign or a
/// fraction is invalid.
#[must_use]
pub(crate) fn seconds(text: &str) -> Option<SignedDuration> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().map_or(SignedDuration::MAX, SignedDuration::from_secs))
}

/// Parses `Retry-After` (RFC 9110 §10.2.3): seconds, or the time from `now` until a date. The result is between zero and
/// `longest`; `None` if the value is invalid.
///
/// ```
/// use jiff::{SignedDuration, Timestamp};
/// use marsad::date::http_date::retry_after;
///
/// let (now, day) = (Timestamp::UNIX_EPOCH, SignedDuration::from_hours(24));
/// assert_eq!(retry_after("120", now, day), Some(SignedDuration::from_secs(120)));
/// assert_eq!(retry_after("Thu, 01 Jan 1970 00:01:00 GMT", now, day), Some(SignedDuration::from_secs(60)));
/// assert_eq!(retry_after("soon", now, day), None);
/// ```
#[must_use]
pub fn retry_after(value: &str, now: Timestamp, longest: SignedDuration) -> Option<SignedDuration> {
    let wait = seconds(value).or_else(|| read(value).map(|at| at.duration_since(now)))?;
    Some(wait.clamp(SignedDuration::ZERO, longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date_within_the_limit_or_nothing() {
        let now = "1994-11-06T08:48:37Z".parse().unwrap();
        let minute = Some(60);
        for (value, expected) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", minute),
            ("Sunday, 06-Nov-94 08:49:37 GMT", minute),
            ("Sun Nov  6 08:49:37 1994", minute),
            ("Sun, 6 Nov 1994 08:49:37 GMT", minute),
            ("Mon, 06 Nov 1994 08:49:37 GMT", minute),
            ("Sun, 06 Nov 1994 11:49:37 +0300", minute),
            ("Sun, 06-Nov-1994 08:49:37 GMT", minute),
            ("Sun, 06 Nov 1994 08:47:37 GMT", Some(0)),
            ("Fri, 06 Nov 2054 08:49:37 GMT", Some(86_400)),
            ("1000000000000", Some(86_400)),
            ("99999999999999999999999999", Some(86_400)),
            ("-5", None),
            ("+5", None),
            ("1.5", None),
            ("٥", None),
            ("Sun, 31 Feb 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 25:49:37 GMT", None),
            ("soon", None),
            ("", None),
        ] {
            let found = retry_after(value, now, SignedDuration::from_hours(24));
            assert_eq!(found.map(|wait| wait.as_secs()), expected, "{value:?}");
        }
    }

    #[test]
    fn garbage_of_every_length_is_no_date() {
        for text in ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"] {
            // The first letter of a zone may be one itself, in mail.
            for end in 0..text.len() - 3 {
                assert_eq!(read(&text[..end]), None, "{}", &text[..end]);
                assert_eq!(read(&format!("{}\u{fffd}{}", &text[..end], &text[end..])), None);
            }
        }
    }
}
