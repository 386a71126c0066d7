//! Draws one problem: message, place, line, caret, remedy.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level as Named, Renderer, Snippet};
use unicode_width::UnicodeWidthChar;

use super::{Problem, Report};

/// How many columns of a quoted line are shown; a longer line is cut on both sides of the caret. Chosen by hand.
const WIDTH: usize = 100;

/// The severity of a problem.
#[derive(Clone, Copy)]
pub(super) enum Severity {
    Error,
    Warning,
}

/// Draws one problem.
pub(super) fn problem(report: &Report, problem: &Problem, level: Severity, color: bool) -> String {
    let level = match level {
        Severity::Error => Named::ERROR,
        Severity::Warning => Named::WARNING,
    };
    let quoted = problem.place.as_ref().and_then(|place| {
        let text = report.texts.get(place.file)?;
        let (line, column) = text.redacted.position(place.span.start);
        let (quote, marked) = text.redacted.quote(&place.span);
        Some((shown(&text.path.display().to_string()), line, column, cut(&quote, marked)))
    });
    let mut group = Group::with_title(level.primary_title(shown(&problem.message)));
    if let Some((path, line, _, (quote, marked))) = &quoted {
        let label = repeated(&quote[marked.clone()]);
        let mark = AnnotationKind::Primary.span(marked.clone()).label(label);
        group = group.element(Snippet::source(quote.as_str()).path(path.as_str()).line_start(*line).annotation(mark));
    }
    if !problem.remedy.is_empty() {
        group = group.element(Named::HELP.message(shown(&problem.remedy)));
    }
    let renderer = if color { Renderer::styled() } else { Renderer::plain() };
    let drawn = renderer.decor_style(DecorStyle::Ascii).render(&[group]);
    match quoted {
        // The column in the file, not in a line that was cut or redacted.
        Some((path, line, column, (quote, marked))) => {
            let drawn_column = quote[..marked.start].chars().count() + 1;
            drawn.replacen(&format!("{path}:{line}:{drawn_column}"), &format!("{path}:{line}:{column}"), 1)
        }
        None => drawn,
    }
}

/// A terminal that reorders right-to-left text puts the caret under other letters, so the marked words are repeated
/// where no other text is next to them.
fn repeated(marked: &str) -> Option<String> {
    let rtl =
        marked.chars().any(|c| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'));
    rtl.then(|| shown(&marked.chars().take(WIDTH).collect::<String>()))
}

/// Text that moves no cursor: symbols replace control characters.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// Cuts a line to [`WIDTH`] columns around the marked bytes, at a character boundary.
fn cut(line: &str, marked: Range<usize>) -> (String, Range<usize>) {
    let columns = |text: &str| text.chars().map(|c| c.width().unwrap_or(1)).sum::<usize>();
    if columns(line) <= WIDTH {
        return (line.to_owned(), marked);
    }
    let before = tail(&line[..marked.start], WIDTH / 3);
    let room = WIDTH - columns(before);
    let middle = head(&line[marked.clone()], room);
    let after =
        if middle.len() == marked.len() { head(&line[marked.end..], room.saturating_sub(columns(middle))) } else { "" };
    let front = if before.len() < marked.start { "…" } else { "" };
    let end = marked.start + middle.len() + after.len();
    let back = if end < line.len() { "…" } else { "" };
    let start = front.len() + before.len();
    (format!("{front}{before}{middle}{after}{back}"), start..start + middle.len())
}

fn head(text: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(1);
        if used > width {
            return &text[..at];
        }
    }
    text
}

fn tail(text: &str, width: usize) -> &str {
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += c.width().unwrap_or(1);
        if used > width {
            return &text[at + c.len_utf8()..];
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_around_its_caret() {
        let line = format!("any = [{}\"خطأ\"{}]", "\"ا\", ".repeat(500), ", \"ب\"".repeat(500));
        let start = line.find("\"خطأ\"").unwrap();
        let (quote, marked) = cut(&line, start..start + "\"خطأ\"".len());
        assert_eq!(&quote[marked], "\"خطأ\"");
        assert!(quote.starts_with('…') && quote.ends_with('…'));
        assert!(quote.chars().count() <= WIDTH + 2);
    }

    #[test]
    fn a_mark_wider_than_the_page_is_cut() {
        let line = format!("any = \"{}\"", "x".repeat(10_000));
        let (quote, marked) = cut(&line, 6..line.len());
        assert_eq!(marked.start, 6);
        assert!(quote.ends_with('…') && quote.chars().count() <= WIDTH + 2);
    }
}
