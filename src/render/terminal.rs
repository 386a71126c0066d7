//! Formats a delivery for a terminal or the journal.
//!
//! Every text is on a line of its own, so that a terminal with support for right-to-left text finds the direction of
//! each line. Matched words are coloured only on a terminal.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

use super::highlights::{TextSpan, around, pieces};
use super::sanitize;
use crate::alert::HealthEventKind;

/// The colours of matches, headlines, details, removed and added words, and the code that ends each (ECMA-48, SGR).
const MATCH: &str = "\x1b[1;33m";
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const REMOVED: &str = "\x1b[31m";
const ADDED: &str = "\x1b[32m";
const END: &str = "\x1b[0m";

/// The longest summary, in characters. Chosen by hand.
const SUMMARY: usize = 400;

/// How the lines look.
#[derive(Clone, Debug)]
pub struct TerminalStyle {
    /// Whether to use colours.
    pub color: bool,
    /// Whether each delivery begins with its time. The journal adds one itself.
    pub timed: bool,
    /// The zone of every time.
    pub zone: TimeZone,
}

/// Formats a standard body as lines, each ended by a line feed.
///
/// ```
/// use jiff::tz::TimeZone;
/// use marsad::render::terminal::{TerminalStyle, lines};
///
/// let body = br#"{"type":"test.ping","timestamp":"2026-11-21T12:00:00Z","data":{"message":"hello"}}"#;
/// let style = TerminalStyle { color: false, timed: true, zone: TimeZone::UTC };
/// assert_eq!(lines(body, &style), "2026-11-21 12:00:00 +00:00 test.ping hello\n");
/// assert_eq!(lines(body, &TerminalStyle { timed: false, ..style }), "test.ping hello\n");
/// ```
#[must_use]
pub fn lines(body: &[u8], style: &TerminalStyle) -> String {
    let Ok(document) = serde_json::from_slice::<Value>(body) else {
        return format!("{}\n", sanitize::line(&String::from_utf8_lossy(body)));
    };
    let painter = Painter { color: style.color };
    let data = &document["data"];
    let when = || format!("{} ", painter.paint(DIM, &time(&document["timestamp"], &style.zone)));
    let when = if style.timed { when() } else { String::new() };
    let mut out = Vec::new();
    if data["item"].is_object() {
        out.push(format!("{when}{}", painter.paint(BOLD, &head(&document))));
        item(data, &painter, &style.zone, &mut out);
    } else {
        let head = painter.paint(BOLD, &event_head(&document));
        out.push(format!("{when}{head} {}", text(&data["message"])));
        digest(data, &painter, &style.zone, &mut out);
    }
    out.join("\n") + "\n"
}

/// An instant of the body in this zone, as lists write it; a day as it is.
fn time(value: &Value, zone: &TimeZone) -> String {
    let at = value.as_str().and_then(|at| at.parse::<Timestamp>().ok());
    at.map_or_else(|| text(value), |at| at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string())
}

fn head(document: &Value) -> String {
    let watches: Vec<String> = list(&document["data"]["watches"]).map(text).collect();
    format!("{} {}", text(&document["type"]), watches.join(", ")).trim_end().to_owned()
}

/// The type of an event, and of a test also the channel: every channel gets the same one.
fn event_head(document: &Value) -> String {
    let (kind, channel) = (text(&document["type"]), text(&document["data"]["channel"]));
    if kind == HealthEventKind::TestPing.as_str() && !channel.is_empty() {
        format!("{kind} to {channel}")
    } else {
        kind
    }
}

fn item(data: &Value, painter: &Painter, zone: &TimeZone, out: &mut Vec<String>) {
    let item = &data["item"];
    let title = item["title"].as_str().unwrap_or_default();
    out.push(format!("  {}", painter.pieces(&pieces(title, &ranges(data, "title")), BOLD)));
    let published = time(&item["published"]["at"], zone);
    let facts = [text(&item["source"]), text(&item["agency"]), published];
    let facts: Vec<String> = facts.into_iter().filter(|text| !text.is_empty()).collect();
    out.push(format!("  {}", painter.paint(DIM, &facts.join(" · "))));
    if let Some(url) = item["url"].as_str() {
        out.push(format!("  {}", sanitize::line(url)));
    }
    let summary = sanitize::cut(item["summary"].as_str().unwrap_or_default(), SUMMARY);
    if !summary.trim().is_empty() {
        out.push(format!("  {}", painter.pieces(&pieces(&summary, &ranges(data, "summary")), "")));
    }
    changes(data, painter, out);
    for found in list(&data["matches"]).filter(|found| found["field"] == "text") {
        let start = found["start"].as_u64().and_then(|start| usize::try_from(start).ok()).unwrap_or(0);
        let context =
            around(found["context"].as_str().unwrap_or_default(), found["text"].as_str().unwrap_or_default(), start);
        out.push(format!("  {}{}", painter.paint(DIM, "> "), painter.pieces(&context, "")));
    }
}

/// The alerts of a digest, below the names of their watches; nothing for another event.
fn digest(data: &Value, painter: &Painter, zone: &TimeZone, out: &mut Vec<String>) {
    out.extend(data["note"].as_str().map(|note| format!("  {}", painter.paint(DIM, &sanitize::line(note)))));
    let items = || list(&data["items"]).filter(|item| item.is_object());
    for group in list(&data["groups"]) {
        out.push(format!("  {}", painter.paint(BOLD, &text(&group["name"]))));
        for item in items().filter(|item| item["watch"] == group["watch"]) {
            out.push(format!("    {}", text(&item["title"])));
            let published = Some(&item["published"]["at"]).filter(|at| at.is_string()).unwrap_or(&item["first_seen"]);
            let facts = [text(&item["source_name"]), time(published, zone), text(&item["url"])];
            let facts: Vec<String> = facts.into_iter().filter(|text| !text.is_empty()).collect();
            out.push(format!("    {}", painter.paint(DIM, &facts.join(" · "))));
        }
        if let Some(more) = group["left_out"].as_u64().filter(|more| *more > 0) {
            out.push(format!("    {}", text(&data["labels"]["more"]).replace("{}", &more.to_string())));
        }
    }
    out.extend(data["health"]["text"].as_str().map(|health| format!("  {}", sanitize::line(health))));
}

/// The changes of a revision, one line for each field, in the style of `wdiff`.
fn changes(data: &Value, painter: &Painter, out: &mut Vec<String>) {
    for field in ["title", "summary", "text"] {
        let runs: Vec<String> = list(&data["difference"][field]).map(|run| format_run(run, painter)).collect();
        if !runs.is_empty() {
            out.push(format!("  {}{}", painter.paint(DIM, "~ "), runs.join(" ")));
        }
    }
}

fn format_run(run: &Value, painter: &Painter) -> String {
    let isolated = |text: String| format!("\u{2068}{text}\u{2069}");
    if run["removed"].is_string() {
        painter.paint(REMOVED, &isolated(format!("[-{}-]", text(&run["removed"]))))
    } else if run["added"].is_string() {
        painter.paint(ADDED, &isolated(format!("{{+{}+}}", text(&run["added"]))))
    } else if run["kept"].is_string() {
        text(&run["kept"])
    } else {
        painter.paint(DIM, "[…]")
    }
}

fn ranges(data: &Value, field: &str) -> Vec<(usize, usize)> {
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

/// Adds colours, or leaves the text as it is.
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
    use crate::alert::{Alert, HealthEvent};
    use crate::channel::{Channel, ChannelId, ChannelKind};
    use crate::render::{RenderSettings, json, sample};

    fn styled(body: &[u8], color: bool) -> String {
        lines(body, &TerminalStyle { color, timed: true, zone: TimeZone::UTC })
    }

    fn body() -> Vec<u8> {
        json::body(&sample::item(), &sample::stamp(), &ChannelId::new("ops"))
    }

    #[test]
    fn a_delivery_shows_headline_link_and_match() {
        let lines = styled(&body(), false);
        assert!(lines.contains("item.matched gaza\n"));
        assert!(lines.contains("\n  تحذير من تفاقم الأزمة في \"غزة\" <وأثرها> & ما بعدها\n"));
        assert!(lines.contains("\n  una-ar · SPA · 2026-11-21\n"));
        assert!(lines.contains("\n  https://example.org/news/41?lan=ar\n"));
        assert!(!lines.contains('\x1b'));
    }

    #[test]
    fn matched_words_are_coloured_on_a_terminal() {
        assert!(styled(&body(), true).contains("\x1b[1;33mغزة\x1b[0m"));
    }

    #[test]
    fn a_revision_shows_removed_and_added_words() {
        let body = json::body(&sample::revised(), &sample::stamp(), &ChannelId::new("ops"));
        let plain = styled(&body, false);
        assert!(plain.contains("\n  ~ ") && plain.contains("\u{2068}[-القدس-]\u{2069}"), "{plain}");
        assert!(plain.contains("\u{2068}{+غزة+}\u{2069}"), "{plain}");
        assert!(styled(&body, true).contains("\x1b[31m\u{2068}[-القدس-]\u{2069}\x1b[0m"));
    }

    #[test]
    fn an_event_is_one_line() {
        let body = json::body(&sample::event(), &sample::stamp(), &ChannelId::new("ops"));
        let event = "source.failing una-ar cannot be read: una-oic.org answers with status 503\n";
        assert_eq!(styled(&body, false), format!("2026-11-21 12:00:00 +00:00 {event}"));
        let riyadh = TerminalStyle { color: false, timed: true, zone: TimeZone::get("Asia/Riyadh").unwrap() };
        assert_eq!(lines(&body, &riyadh), format!("2026-11-21 15:00:00 +03:00 {event}"));
        assert_eq!(lines(&body, &TerminalStyle { timed: false, ..riyadh }), event, "the journal adds the time");
    }

    #[test]
    fn a_test_names_its_channel_and_is_in_its_language() {
        let Alert::Event(event) = sample::event() else { panic!("an event") };
        let message = "TEST: nothing".to_owned();
        let test = Alert::Event(HealthEvent { kind: HealthEventKind::TestPing, message, ..event });
        for (lang, expected) in [
            ("en", "test.ping to desk TEST: nothing\n"),
            ("fr", "test.ping to desk Test : Ceci est un test du canal. Il ne s’est rien passé.\n"),
        ] {
            let channel = Channel { kind: ChannelKind::Print, ..Channel::clone(&sample::channel(lang)) };
            let body = crate::render::body(&test, &sample::stamp(), &channel, &RenderSettings::default()).body;
            // French has a narrow space that does not break before a colon.
            let line = styled(&body, false).replace(['\u{a0}', '\u{202f}'], " ");
            assert!(line.ends_with(&expected.replace("desk", channel.id.as_str())), "{line:?}");
        }
    }

    #[test]
    fn text_from_a_site_cannot_move_the_cursor() {
        let hostile = r#"{"type":"item.matched","timestamp":"x","data":{"watches":["w"],"item":{"title":"a\u001b]0;b\u0007\u202ec","url":"https://x/\u009b1m"},"matches":[]}}"#;
        let lines = styled(hostile.as_bytes(), false);
        assert!(!lines.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'), "{lines:?}");
        assert_eq!(styled(b"not \x1b json", false), "not  json\n".replace("  ", " "));
    }
}
