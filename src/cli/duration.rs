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
        for text in ["1mo", "1y", "2 months"] {
            let error = parse(text).unwrap_err();
            assert_eq!(error, "months and years differ in length; write days, such as 30d or 365d", "{text}");
        }
        for text in ["", "soon", "1.5.2h", "٣٠"] {
            assert_eq!(parse(text).unwrap_err(), "not a duration; write 30s, 12h, 30d or 8w", "{text}");
        }
    }
}
