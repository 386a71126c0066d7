//! A delivery as a person reads it in a terminal or the journal.
//!
//! Every text stands on a line of its own, so that a terminal that knows right-to-left text finds each line's
//! direction; the watched words are painted only where somebody looks.

use serde_json::Value;

use super::highlights::{TextSpan, around, pieces};
use super::sanitize;

/// The colours of a match, a headline, what is beside the point, and what went and came; and the end of each
/// (ECMA-48, SGR).
const MATCH: &str = "\x1b[1;33m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const REMOVED: &str = "\x1b[31m";
const ADDED: &str = "\x1b[32m";
const END: &str = "\x1b[0m";

/// The longest summary, in characters.
const SUMMARY: usize = 400;

/// Lines, each ended by a line feed, that say what the standard body says; `color` paints them.
#[must_use]
pub fn lines(body: &[u8], color: bool) -> String {
    let Ok(document) = serde_json::from_slice::<Value>(body) else {
        return format!("{}\n", sanitize::line(&String::from_utf8_lossy(body)));
    };
    let brush = Painter { color };
    let data = &document["data"];
    let when = text(&document["timestamp"]);
    let mut out = Vec::new();
    if data["item"].is_object() {
        out.push(format!("{} {}", brush.paint(DIM, &when), brush.paint(BOLD, &head(&document))));
        item(data, &brush, &mut out);
    } else {
        let head = format!("{} {}", brush.paint(DIM, &when), brush.paint(BOLD, &text(&document["type"])));
        out.push(format!("{head} {}", text(&data["message"])));
    }
    out.join("\n") + "\n"
}

fn head(document: &Value) -> String {
    let watches: Vec<String> = list(&document["data"]["watches"]).map(text).collect();
    format!("{} {}", text(&document["type"]), watches.join(", ")).trim_end().to_owned()
}

fn item(data: &Value, brush: &Painter, out: &mut Vec<String>) {
    let item = &data["item"];
    let title = item["title"].as_str().unwrap_or_default();
    out.push(format!("  {}", brush.pieces(&pieces(title, &stretches(data, "title")), BOLD)));
    let facts: Vec<String> = [&item["source"], &item["agency"], &item["published"]["at"]]
        .into_iter()
        .map(text)
        .filter(|t| !t.is_empty())
        .collect();
    out.push(format!("  {}", brush.paint(DIM, &facts.join(" · "))));
    if let Some(url) = item["url"].as_str() {
        out.push(format!("  {}", sanitize::line(url)));
    }
    let summary = sanitize::cut(item["summary"].as_str().unwrap_or_default(), SUMMARY);
    if !summary.trim().is_empty() {
        out.push(format!("  {}", brush.pieces(&pieces(&summary, &stretches(data, "summary")), "")));
    }
    changes(data, brush, out);
    for found in list(&data["matches"]).filter(|found| found["field"] == "text") {
        let start = found["start"].as_u64().and_then(|start| usize::try_from(start).ok()).unwrap_or(0);
        let context =
            around(found["context"].as_str().unwrap_or_default(), found["text"].as_str().unwrap_or_default(), start);
        out.push(format!("  {}{}", brush.paint(DIM, "> "), brush.pieces(&context, "")));
    }
}

/// What a revision says otherwise, a line for each field, as `wdiff` draws it; painted where somebody looks.
fn changes(data: &Value, brush: &Painter, out: &mut Vec<String>) {
    for field in ["title", "summary", "text"] {
        let runs: Vec<String> = list(&data["difference"][field]).map(|run| stretch(run, brush)).collect();
        if !runs.is_empty() {
            out.push(format!("  {}{}", brush.paint(DIM, "~ "), runs.join(" ")));
        }
    }
}

fn stretch(run: &Value, brush: &Painter) -> String {
    let apart = |text: String| format!("\u{2068}{text}\u{2069}");
    if run["removed"].is_string() {
        brush.paint(REMOVED, &apart(format!("[-{}-]", text(&run["removed"]))))
    } else if run["added"].is_string() {
        brush.paint(ADDED, &apart(format!("{{+{}+}}", text(&run["added"]))))
    } else if run["kept"].is_string() {
        text(&run["kept"])
    } else {
        brush.paint(DIM, "[…]")
    }
}

fn stretches(data: &Value, field: &str) -> Vec<(usize, usize)> {
    let number = |value: &Value| value.as_u64().and_then(|number| usize::try_from(number).ok());
    list(&data["matches"])
        .filter(|found| found["field"] == field)
        .filter_map(|found| Some((number(&found["start"])?, number(&found["end"])?)))
        .collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    sanitize::line(value.as_str().unwrap_or_default())
}

/// Paints, or does not.
struct Painter {
    color: bool,
}

impl Painter {
    fn paint(&self, code: &str, text: &str) -> String {
        if self.color && !code.is_empty() { format!("{code}{text}{END}") } else { text.to_owned() }
    }

    fn pieces(&self, pieces: &[TextSpan], base: &str) -> String {
        pieces.iter().map(|piece| self.paint(if piece.mark { MATCH } else { base }, &piece.text)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::ChannelId;
    use crate::render::{json, sample};

    fn body() -> Vec<u8> {
        json::body(&sample::item(), &sample::stamp(), &ChannelId::new("ops"))
    }

    #[test]
    fn a_reader_sees_headline_link_and_why() {
        let lines = lines(&body(), false);
        assert!(lines.contains("item.matched gaza\n"));
        assert!(lines.contains("\n  تحذير من تفاقم الأزمة في \"غزة\" <وأثرها> & ما بعدها\n"));
        assert!(lines.contains("\n  una-ar · SPA · 2026-11-21\n"));
        assert!(lines.contains("\n  https://example.org/news/41?lan=ar\n"));
        assert!(!lines.contains('\x1b'));
    }

    #[test]
    fn the_watched_word_is_painted_where_somebody_looks() {
        assert!(lines(&body(), true).contains("\x1b[1;33mغزة\x1b[0m"));
    }

    #[test]
    fn a_revision_shows_what_went_and_what_came() {
        let body = json::body(&sample::revised(), &sample::stamp(), &ChannelId::new("ops"));
        let plain = lines(&body, false);
        assert!(plain.contains("\n  ~ ") && plain.contains("\u{2068}[-القدس-]\u{2069}"), "{plain}");
        assert!(plain.contains("\u{2068}{+غزة+}\u{2069}"), "{plain}");
        assert!(lines(&body, true).contains("\x1b[31m\u{2068}[-القدس-]\u{2069}\x1b[0m"));
    }

    #[test]
    fn an_event_is_one_line() {
        let body = json::body(&sample::event(), &sample::stamp(), &ChannelId::new("ops"));
        let lines = lines(&body, false);
        assert_eq!(lines, "2026-11-21T12:00:00Z source.failing source una-ar fails: the host answers 503\n");
    }

    #[test]
    fn nothing_a_site_wrote_moves_the_cursor() {
        let hostile = r#"{"type":"item.matched","timestamp":"x","data":{"watches":["w"],"item":{"title":"a\u001b]0;b\u0007\u202ec","url":"https://x/\u009b1m"},"matches":[]}}"#;
        let lines = lines(hostile.as_bytes(), false);
        assert!(!lines.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{lines:?}");
        assert_eq!(super::lines(b"not \x1b json", false), "not  json\n".replace("  ", " "));
    }
}
