//! The letter's text part.

use super::{ChangeSpan, MailChange, MailMatch, MailView, TextSpan};
use crate::render::sanitize::isolate;

/// The text part: short lines, a name never on the same line as another direction without isolates.
pub fn text(sheet: &MailView) -> String {
    let mut parts = vec![sheet.kicker.clone(), said(&sheet.headline)];
    let facts: Vec<String> = sheet.facts.iter().map(|(label, value)| fact(label, value)).collect();
    parts.push(facts.join("\n"));
    if let Some(url) = &sheet.url {
        parts.push(format!("{}:\n{url}", sheet.read));
    }
    parts.push(said(&sheet.lead));
    if !sheet.changes.is_empty() {
        let mut lines = vec![format!("{}:", sheet.changed)];
        lines.extend(sheet.changes.iter().map(altered));
        parts.push(lines.join("\n"));
    }
    if !sheet.matches.is_empty() {
        let mut lines = vec![format!("{}:", sheet.found)];
        lines.extend(sheet.matches.iter().map(place));
        lines.extend(sheet.more.clone());
        parts.push(lines.join("\n"));
    }
    parts.extend(sheet.remark.map(ToOwned::to_owned));
    parts.push(foot(sheet));
    parts.retain(|part| !part.trim().is_empty());
    parts.join("\n\n") + "\n"
}

/// A fact on its line; one of several lines (a report) under its label, as it is.
fn fact(label: &str, value: &str) -> String {
    if value.contains('\n') { format!("{label}:\n{value}") } else { format!("{label}: {}", isolate(value)) }
}

fn place(place: &MailMatch) -> String {
    let context: String =
        place.context.iter().map(|p| if p.mark { format!("*{}*", p.text) } else { p.text.clone() }).collect();
    format!("- {} / {} ({}):\n  {}", isolate(&place.watch), isolate(&place.term), place.field, isolate(&context))
}

/// A change as `wdiff` draws it; each stretch in an isolate of its own, so that words of one direction do not move
/// those of the other, and the line takes its direction from the field's own words.
fn altered(altered: &MailChange) -> String {
    let stretch = |stretch: &ChangeSpan| match stretch.is {
        "removed" => apart(&format!("[-{}-]", stretch.text)),
        "added" => apart(&format!("{{+{}+}}", stretch.text)),
        "skipped" => "[…]".to_owned(),
        _ => isolate(&stretch.text),
    };
    let runs: Vec<String> = altered.runs.iter().map(stretch).collect();
    format!("- {}:\n  {}", altered.field, apart(&runs.join(" ")))
}

/// In an isolate, whatever isolates it holds.
fn apart(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}

fn foot(sheet: &MailView) -> String {
    let console = sheet.console.as_ref().map(|(url, words)| format!("\n{words}: {url}")).unwrap_or_default();
    // "-- " and a line feed: what follows is a signature, and mail programs leave it out of replies (RFC 3676).
    format!("-- \n{} ({}){console}", sheet.sent, isolate(&sheet.delivery))
}

fn said(pieces: &[TextSpan]) -> String {
    pieces.iter().map(|piece| piece.text.as_str()).collect()
}
