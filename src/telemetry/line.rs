//! Formats log lines for a terminal, a file or the journal.

use std::fmt::{self, Write as _};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use crate::clock::Clock;

/// Formats events as lines. Values are escaped, so that an event stays one line and cannot move the cursor.
#[derive(Clone, Debug)]
pub(crate) struct LineFormatter {
    /// The audience of the lines.
    pub(crate) audience: LogAudience,
    /// The clock for the lines' times.
    pub clock: Clock,
}

/// The audience of log lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum LogAudience {
    /// A person at a terminal: time of day, with optional colours.
    Person {
        /// The time zone.
        zone: TimeZone,
        /// Whether to use colours.
        color: bool,
    },
    /// A file or a pipe: full times.
    File {
        /// The time zone.
        zone: TimeZone,
    },
    /// The journal, by its native protocol: the journal adds the time itself.
    Journal,
}

/// The longest value of a field, in characters, so that a site cannot fill the log. Chosen by hand.
const MAX_VALUE: usize = 2_000;

/// The longest message, in characters; a configuration report has many lines. Chosen by hand.
const MAX_MESSAGE: usize = 20_000;

/// Replaces line breaks within a journal field, which a line break would end; values cannot contain it.
pub(crate) const BREAK: char = '\u{2028}';

/// Separates the fields of a span; values cannot contain it, because control characters are escaped.
const FIELD_SEPARATOR: char = '\n';

impl<S, N> FormatEvent<S, N> for LineFormatter
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut fields = LineFields::default();
        event.record(&mut fields);
        let mut spans = Vec::new();
        for span in context.event_scope().into_iter().flat_map(tracing_subscriber::registry::Scope::from_root) {
            let extensions = span.extensions();
            let values = extensions.get::<FormattedFields<N>>().map(|f| f.fields.clone()).unwrap_or_default();
            spans.push((span.name(), values));
        }
        let (now, level) = (self.clock.now(), *event.metadata().level());
        match &self.audience {
            LogAudience::Person { zone, color } => {
                text(out, &time_of_day(now, zone), level, *color, &spans, &fields.within(zone))
            }
            LogAudience::File { zone } => text(out, &full_time(now, zone), level, false, &spans, &fields.within(zone)),
            LogAudience::Journal => journal(out, event, &spans, &fields),
        }
    }
}

fn time_of_day(now: Timestamp, zone: &TimeZone) -> String {
    now.to_zoned(zone.clone()).strftime("%H:%M:%S").to_string()
}

fn full_time(now: Timestamp, zone: &TimeZone) -> String {
    now.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M:%S%.3f%:z").to_string()
}

impl<'a> FormatFields<'a> for LineFormatter {
    fn format_fields<R: RecordFields>(&self, mut out: Writer<'a>, fields: R) -> fmt::Result {
        let mut read = LineFields::default();
        fields.record(&mut read);
        let pairs: Vec<String> = read.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
        write!(out, "{}", pairs.join(&FIELD_SEPARATOR.to_string()))
    }

    fn add_fields(&self, current: &'a mut FormattedFields<Self>, fields: &tracing::span::Record<'_>) -> fmt::Result {
        if !current.fields.is_empty() {
            current.fields.push(FIELD_SEPARATOR);
        }
        self.format_fields(current.as_writer(), fields)
    }
}

fn text(
    mut out: Writer<'_>,
    time: &str,
    level: Level,
    color: bool,
    spans: &[(&str, String)],
    fields: &LineFields,
) -> fmt::Result {
    let paint = |code: &'static str| if color { code } else { "" };
    let (dim, plain) = (paint("\x1b[2m"), paint("\x1b[0m"));
    let tone = paint(match level {
        Level::ERROR => "\x1b[31m",
        Level::WARN => "\x1b[33m",
        Level::INFO => "\x1b[32m",
        Level::DEBUG => "\x1b[34m",
        Level::TRACE => "\x1b[35m",
    });
    // Further lines are indented, so that none of them looks like a line of its own.
    write!(out, "{dim}{time}{plain} {tone}{level:>5}{plain} {}", fields.message.replace('\n', "\n    "))?;
    for (name, value) in &fields.values {
        write!(out, " {dim}{name}={plain}{}", quoted(value))?;
    }
    for pair in spans.iter().flat_map(|(_, values)| values.split(FIELD_SEPARATOR)).filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        write!(out, " {dim}{name}={plain}{}", quoted(value))?;
    }
    writeln!(out)
}

fn journal(mut out: Writer<'_>, event: &Event<'_>, spans: &[(&str, String)], fields: &LineFields) -> fmt::Result {
    let priority = match *event.metadata().level() {
        Level::ERROR => 3,
        Level::WARN => 4,
        Level::INFO => 6,
        _ => 7,
    };
    let mut message = fields.message.replace('\n', &BREAK.to_string());
    let mut named = String::new();
    let span_pairs =
        spans.iter().flat_map(|(_, values)| values.split(FIELD_SEPARATOR)).filter_map(|pair| pair.split_once('='));
    let own_pairs = fields.values.iter().map(|(name, value)| (*name, value.as_str()));
    for (name, value) in own_pairs.chain(span_pairs) {
        write!(message, " {name}={}", quoted(value))?;
        writeln!(named, "MARSAD_{}={value}", journal_name(name))?;
    }
    let target = event.metadata().target();
    write!(out, "MESSAGE={message}\nPRIORITY={priority}\nSYSLOG_IDENTIFIER=marsad\nMARSAD_TARGET={target}\n{named}")
}

/// A field's name in the journal: capitals, digits and underscores (systemd.journal-fields(7)).
fn journal_name(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' }).collect()
}

fn quoted(value: &str) -> String {
    if value.is_empty() || value.contains([' ', '"', '=']) {
        format!("\"{}\"", value.replace('"', "\\\""))
    } else {
        value.to_owned()
    }
}

/// Escapes line breaks, control characters and direction overrides in `text`, and cuts it at 2,000 characters.
///
/// ```
/// use marsad::telemetry::line::escaped;
///
/// assert_eq!(escaped("two\nlines \u{1b}[31m"), "two\\nlines \\u{1b}[31m");
/// ```
#[must_use]
pub fn escaped(text: &str) -> String {
    within(text, MAX_VALUE)
}

/// Escapes each line of a message.
fn escaped_message(text: &str) -> String {
    let mut lines = text.trim_end().split('\n').map(|line| within(line, MAX_MESSAGE));
    let first = lines.next().unwrap_or_default();
    let mut message = lines.fold(first, |message, line| message + "\n" + &line);
    if let Some((end, _)) = message.char_indices().nth(MAX_MESSAGE) {
        message.truncate(end);
    }
    message
}

fn within(text: &str, longest: usize) -> String {
    let mut safe = String::with_capacity(text.len());
    for (count, c) in text.chars().enumerate() {
        if count == longest {
            safe.push('…');
            break;
        }
        match c {
            '\n' => safe.push_str("\\n"),
            '\t' => safe.push_str("\\t"),
            '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' => safe.extend(c.escape_unicode()),
            c if c.is_control() => safe.extend(c.escape_unicode()),
            c => safe.push(c),
        }
    }
    safe
}

#[derive(Default)]
struct LineFields {
    message: String,
    values: Vec<(&'static str, String)>,
}

impl LineFields {
    /// The fields with each time in this zone, like the time of the line.
    fn within(self, zone: &TimeZone) -> Self {
        let shown = |value: String| match value.parse::<Timestamp>() {
            Ok(at) if value.ends_with('Z') => full_time(at, zone),
            _ => value,
        };
        Self { values: self.values.into_iter().map(|(name, value)| (name, shown(value))).collect(), ..self }
    }

    fn keep(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message = escaped_message(value);
        } else {
            self.values.push((field.name(), escaped(value)));
        }
    }
}

impl Visit for LineFields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.keep(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        let mut message = value.to_string();
        let mut source = value.source();
        while let Some(cause) = source {
            let _ = write!(message, ": {cause}");
            source = cause.source();
        }
        self.keep(field, &message);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.keep(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_end_a_line_or_colour_it() {
        assert_eq!(escaped("a\nb\u{1b}[31m\u{9b}x\u{202e}"), "a\\nb\\u{1b}[31m\\u{9b}x\\u{202e}");
        assert_eq!(escaped(&"x".repeat(5_000)).chars().count(), MAX_VALUE + 1);
    }

    #[test]
    fn a_report_keeps_its_lines() {
        assert_eq!(escaped_message("rejected:\nline\u{1b}[0m\n"), "rejected:\nline\\u{1b}[0m");
    }

    #[test]
    fn times_are_in_the_configured_zone() {
        let (noon, riyadh) = ("2026-11-21T12:00:00.25Z".parse().unwrap(), TimeZone::get("Asia/Riyadh").unwrap());
        assert_eq!(full_time(noon, &riyadh), "2026-11-21T15:00:00.250+03:00");
        assert_eq!(time_of_day(noon, &riyadh), "15:00:00");
    }

    #[test]
    fn a_time_in_a_field_is_in_the_zone_of_the_line() {
        let values = vec![("next", "2026-11-21T12:00:00.25Z".to_owned()), ("source.id", "una-Z".to_owned())];
        let fields = LineFields { message: String::new(), values };
        let shown = fields.within(&TimeZone::get("Asia/Riyadh").unwrap()).values;
        assert_eq!(shown, [("next", "2026-11-21T15:00:00.250+03:00".to_owned()), ("source.id", "una-Z".to_owned())]);
    }

    #[test]
    fn a_value_with_a_space_is_quoted() {
        assert_eq!(quoted("two words"), "\"two words\"");
        assert_eq!(quoted("one"), "one");
    }

    #[test]
    fn a_dotted_name_becomes_a_journal_field() {
        assert_eq!(journal_name("source.id"), "SOURCE_ID");
    }
}
