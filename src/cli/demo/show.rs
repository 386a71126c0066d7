//! Formats the demo's alerts, with the matched words marked, and its summary.

use jiff::tz::TimeZone;

use super::tally::{ReceivedAlert, ReceivedMatch, Summary};
use crate::cli::output::clean;
use crate::loopback::mailbox::ReceivedMail;

/// First strong isolate: the text up to [`POP`] has its own direction.
const ISOLATE: char = '\u{2068}';
/// Pop directional isolate.
const POP: char = '\u{2069}';

/// How matched words are marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HighlightStyle {
    /// By the terminal's bold yellow.
    Colour,
    /// By brackets, for files and pipes.
    Brackets,
}

/// An alert in two lines: the headline, then the matches and the delivery.
#[must_use]
pub fn alert(alert: &ReceivedAlert, marks: HighlightStyle) -> String {
    let time = alert.at.to_zoned(TimeZone::system()).strftime("%H:%M:%S");
    let in_title: Vec<&ReceivedMatch> = alert.matches.iter().filter(|found| found.field == "title").collect();
    let title = marked(&alert.title, &in_title, marks);
    let signature = if alert.verified { "webhook ✓ signature" } else { "webhook ✗ SIGNATURE" };
    let again = if alert.repeat { " · REPEATED" } else { "" };
    format!(
        "{time}  {:<3} {:<14} {ISOLATE}{title}{POP}\n{:28}{} · {signature} · {:.1} s{again}",
        alert.lang,
        alert.source,
        "",
        reasons(alert),
        alert.seconds,
    )
}

/// A mail in one line.
#[must_use]
pub fn mail(mail: &ReceivedMail, about_something: bool) -> String {
    let time = mail.at.to_zoned(TimeZone::system()).strftime("%H:%M:%S");
    let mark = if about_something { "mail ✓" } else { "mail" };
    format!("{time}  {mark:<18} {ISOLATE}{}{POP}", clean(&mail.subject()))
}

/// The summary in a few lines; the last is the verdict.
#[must_use]
pub fn summary(summary: &Summary) -> String {
    let list = |map: &std::collections::BTreeMap<String, usize>| {
        map.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", ")
    };
    let mut lines = vec![
        format!("{} sources, {} visits, {} unchanged", summary.sources, summary.visits, summary.unchanged),
        format!("{} items published, {} of them copies or revisions", summary.items, summary.copies),
        format!("{} alerts of {} expected: {}", summary.alerts, summary.expected, list(&summary.by_language)),
        format!("deliveries: {}; repeats: {}", list(&summary.deliveries), summary.repeats),
        format!(
            "from publication to alert: median {:.1} s, longest {:.1} s",
            summary.seconds_median, summary.seconds_max
        ),
    ];
    for (what, slugs) in [
        ("under way at the end", &summary.on_the_way),
        ("missing alerts", &summary.missing),
        ("unexpected alerts", &summary.unexpected),
    ] {
        if !slugs.is_empty() {
            lines.push(format!("{what}: {}", slugs.join(", ")));
        }
    }
    lines.push(match summary.fault() {
        None => "every alert arrived once with a valid signature".to_owned(),
        Some(fault) => format!("the demo failed: {fault}"),
    });
    lines.join("\n")
}

/// The distinct matched words, each with how it differs from the watched term.
fn reasons(alert: &ReceivedAlert) -> String {
    let mut reasons: Vec<String> = Vec::new();
    for found in &alert.matches {
        let how = if found.how.is_empty() { "as written".to_owned() } else { found.how.join(", ") };
        let reason = format!("{ISOLATE}{}{POP} ({ISOLATE}{how}{POP})", clean(&found.text));
        if !reasons.contains(&reason) && reasons.len() < 3 {
            reasons.push(reason);
        }
    }
    format!("{}: {}", alert.watches.join("+"), reasons.join(", "))
}

/// The text with the matches marked; positions count characters, as in the payload.
fn marked(text: &str, places: &[&ReceivedMatch], marks: HighlightStyle) -> String {
    let (open, close) = match marks {
        HighlightStyle::Colour => ("\x1b[1;33m", "\x1b[0m"),
        HighlightStyle::Brackets => ("[", "]"),
    };
    let mut out = String::new();
    let mut inside = false;
    for (place, c) in text.chars().chain(std::iter::once('\0')).enumerate() {
        let within = c != '\0' && places.iter().any(|found| (found.start..found.end).contains(&place));
        if within != inside {
            out.push_str(if within { open } else { close });
            inside = within;
        }
        if !hostile(c) {
            out.push(c);
        }
    }
    out
}

fn hostile(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(start: usize, end: usize) -> ReceivedMatch {
        let (field, text, context) = ("title".to_owned(), String::new(), String::new());
        ReceivedMatch { field, start, end, text, how: Vec::new(), context }
    }

    #[test]
    fn found_words_are_marked_by_characters_not_bytes() {
        assert_eq!(marked("قمة غزة", &[&found(4, 7)], HighlightStyle::Brackets), "قمة [غزة]");
        assert_eq!(marked("ab", &[&found(0, 1)], HighlightStyle::Colour), "\x1b[1;33ma\x1b[0mb");
        assert_eq!(marked("abcd", &[&found(0, 2), &found(1, 3)], HighlightStyle::Brackets), "[abc]d");
    }

    #[test]
    fn a_publishers_text_cannot_move_the_cursor_or_reverse_the_line() {
        assert_eq!(marked("a\x1b]0;x\u{202E}b", &[], HighlightStyle::Brackets), "a]0;xb");
    }
}
