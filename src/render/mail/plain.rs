//! Renders the text part of a mail.

use super::{ChangeSpan, MailChange, MailMatch, MailView, TextSpan};
use crate::render::sanitize::isolate;

/// The text part: short lines; a name is isolated from text of another direction on its line.
pub fn text(view: &MailView) -> String {
    let mut parts = vec![view.kicker.clone(), joined(&view.headline)];
    let facts: Vec<String> = view.facts.iter().map(|(label, value)| fact(label, value, view.colon)).collect();
    parts.push(facts.join("\n"));
    if let Some(url) = &view.url {
        parts.push(format!("{}{}\n{url}", view.read, view.colon));
    }
    parts.push(joined(&view.lead));
    if !view.changes.is_empty() {
        let mut lines = vec![format!("{}{}", view.changed, view.colon)];
        lines.extend(view.changes.iter().map(|change| altered(change, view.colon)));
        parts.push(lines.join("\n"));
    }
    if !view.matches.is_empty() {
        let mut lines = vec![format!("{}{}", view.found, view.colon)];
        lines.extend(view.matches.iter().map(|found| place(found, view.colon)));
        lines.extend(view.more.clone());
        parts.push(lines.join("\n"));
    }
    parts.extend(view.remark.map(ToOwned::to_owned));
    parts.push(foot(view));
    parts.retain(|part| !part.trim().is_empty());
    parts.join("\n\n") + "\n"
}

/// A fact on its line; one of several lines (a report) goes below its label, unchanged.
fn fact(label: &str, value: &str, colon: &str) -> String {
    if value.contains('\n') { format!("{label}{colon}\n{value}") } else { format!("{label}{colon} {}", isolate(value)) }
}

fn place(place: &MailMatch, colon: &str) -> String {
    let context: String =
        place.context.iter().map(|p| if p.mark { format!("*{}*", p.text) } else { p.text.clone() }).collect();
    let names = [Some(&place.watch), place.concept.as_ref(), Some(&place.term)];
    let names: Vec<String> = names.into_iter().flatten().map(|name| isolate(name)).collect();
    let line = format!("- {} ({})", names.join(" / "), place.field);
    if context.is_empty() { line } else { format!("{line}{colon}\n  {}", isolate(&context)) }
}

/// A change in the style of `wdiff`. Each run is in an isolate of its own, so that words of one direction do not move
/// those of the other, and the line takes its direction from the words of the field.
fn altered(altered: &MailChange, colon: &str) -> String {
    let format_run = |run: &ChangeSpan| match run.is {
        "removed" => isolated(&format!("[-{}-]", run.text)),
        "added" => isolated(&format!("{{+{}+}}", run.text)),
        "skipped" => "[…]".to_owned(),
        _ => isolate(&run.text),
    };
    let runs: Vec<String> = altered.runs.iter().map(format_run).collect();
    format!("- {}{colon}\n  {}", altered.field, isolated(&runs.join(" ")))
}

/// In an isolate, whatever isolates the text contains.
fn isolated(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}

fn foot(view: &MailView) -> String {
    let console =
        view.console.as_ref().map(|(url, words)| format!("\n{words}{} {url}", view.colon)).unwrap_or_default();
    // "-- " and a line feed: what follows is a signature, and mail programs leave it out of replies (RFC 3676).
    format!("-- \n{}{console}", view.sent)
}

fn joined(pieces: &[TextSpan]) -> String {
    pieces.iter().map(|piece| piece.text.as_str()).collect()
}
