//! Reads durations of the command line.

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// `30s`, `12h`, `30d` or `8w`. The error says what to type.
///
/// # Errors
/// If the text is no duration, has no unit, or has one without a fixed length.
pub(crate) fn parse(text: &str) -> Result<SignedDuration, String> {
    let bare = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if bare {
        return Err(format!("the number has no unit; write {text}s, {text}m, {text}h or {text}d"));
    }
    if let Some(amount) = text.strip_prefix('-').filter(|amount| amount.starts_with(|c: char| c.is_ascii_digit())) {
        return Err(format!("a duration has no sign; write {amount}"));
    }
    let span: Span = text.parse().map_err(|_| "not a duration; write 30s, 12h, 30d or 8w".to_owned())?;
    if span.get_months() != 0 || span.get_years() != 0 {
        return Err("months and years differ in length; write days, such as 30d or 365d".to_owned());
    }
    span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|_| "the duration is too long; write 365d".to_owned())
}

/// A time that reaches back from now: as [`parse`], but longer than nothing.
///
/// # Errors
/// As for [`parse`], and for `0s`.
pub(crate) fn since(text: &str) -> Result<SignedDuration, String> {
    let since = parse(text)?;
    if since.is_zero() { Err("must be longer than 0 s; write 12h or 7d".to_owned()) } else { Ok(since) }
}

/// A duration as it is typed: `30d`, `12h`.
#[must_use]
pub(crate) fn shown(duration: SignedDuration) -> String {
    let hours = duration.as_hours();
    let whole_days = hours > 0 && hours % 24 == 0 && duration == SignedDuration::from_hours(hours);
    if whole_days { format!("{}d", hours / 24) } else { format!("{duration:#}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_has_a_unit_of_fixed_length() {
        for (text, hours) in [("12h", 12), ("30d", 720), ("8w", 1344), ("1d 2h", 26)] {
            assert_eq!(parse(text), Ok(SignedDuration::from_hours(hours)), "{text}");
        }
        assert_eq!(parse("30").unwrap_err(), "the number has no unit; write 30s, 30m, 30h or 30d");
        assert_eq!(parse("-1d").unwrap_err(), "a duration has no sign; write 1d");
        assert_eq!(since("0s").unwrap_err(), "must be longer than 0 s; write 12h or 7d");
        assert_eq!([48, 36].map(|hours| shown(SignedDuration::from_hours(hours))), ["2d", "36h"]);
        assert_eq!(since("1s"), Ok(SignedDuration::from_secs(1)));
        for text in ["1mo", "1y", "2 months"] {
            let error = parse(text).unwrap_err();
            assert_eq!(error, "months and years differ in length; write days, such as 30d or 365d", "{text}");
        }
        for text in ["", "soon", "1.5.2h", "٣٠"] {
            assert_eq!(parse(text).unwrap_err(), "not a duration; write 30s, 12h, 30d or 8w", "{text}");
        }
    }
}
