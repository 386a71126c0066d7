//! The output of commands: lines, verdicts, tables, times and JSON lines, safe for a terminal.

use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

pub(crate) use table::Column;

mod table;
mod wrap;

/// Buffered standard output. Dropping it flushes it.
#[derive(Debug)]
pub struct Output {
    to: BufWriter<OutputSink>,
    /// The width of a line in columns; `None` if the output is not a terminal and COLUMNS is not set.
    width: Option<usize>,
    /// Whether to use colours.
    pub(crate) color: bool,
    /// The timezone of absolute times.
    pub zone: TimeZone,
}

/// The fewest columns that a table is cut to. Chosen by hand.
const MIN_COLUMNS: usize = 20;

/// The width of a terminal that does not tell it.
const USUAL_COLUMNS: usize = 80;

/// Where the lines go.
#[derive(Debug)]
enum OutputSink {
    Stdout(Stdout),
    /// For tests.
    #[cfg(test)]
    Memory(Vec<u8>),
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The severity of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Tone {
    /// Nothing to do.
    Ok,
    /// Worth a look.
    Warn,
    /// Needs action.
    Bad,
}

impl Color {
    /// Whether a stream gets colours; `terminal` is whether it is a terminal.
    #[must_use]
    pub fn on(self, terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        }
    }
}

impl Output {
    /// Standard output.
    #[must_use]
    pub fn new(color: Color) -> Self {
        let stdout = io::stdout();
        let terminal = stdout.is_terminal();
        let columns = || rustix::termios::tcgetwinsize(io::stdout()).ok().map(|size| usize::from(size.ws_col));
        let width = width(std::env::var("COLUMNS").ok().as_deref(), terminal.then(columns));
        let to = BufWriter::new(OutputSink::Stdout(stdout));
        Self { to, width, color: color.on(terminal), zone: TimeZone::system() }
    }

    /// Output that stays in memory; with a `width`, it is formatted as on a terminal.
    #[cfg(test)]
    pub(super) fn in_memory(width: Option<usize>) -> Self {
        let to = BufWriter::new(OutputSink::Memory(Vec::new()));
        Self { to, width, color: false, zone: TimeZone::UTC }
    }

    /// What was written to memory.
    #[cfg(test)]
    pub(super) fn written(mut self) -> String {
        self.to.flush().unwrap();
        match self.to.get_ref() {
            OutputSink::Stdout(_) => String::new(),
            OutputSink::Memory(bytes) => String::from_utf8(bytes.clone()).unwrap(),
        }
    }

    /// Writes one line.
    ///
    /// # Errors
    /// If standard output is closed.
    pub fn line(&mut self, text: impl AsRef<str>) -> io::Result<()> {
        writeln!(self.to, "{}", text.as_ref())
    }

    /// Writes one object as a line of JSON.
    ///
    /// # Errors
    /// If standard output is closed.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.to, value).map_err(io::Error::from)?;
        self.to.write_all(b"\n")
    }

    /// Writes a line that begins with `ok`, `warn` or `bad`.
    ///
    /// # Errors
    /// If standard output is closed.
    pub(crate) fn verdict(&mut self, tone: Tone, text: &str) -> io::Result<()> {
        let (word, code) = match tone {
            Tone::Ok => ("ok  ", "\x1b[32m"),
            Tone::Warn => ("warn", "\x1b[33m"),
            Tone::Bad => ("bad ", "\x1b[31m"),
        };
        let text = self.wrapped(&format!("      {text}"));
        let text = text.trim_start();
        if self.color {
            self.line(format!("{code}{word}\x1b[0m  {text}"))
        } else {
            self.line(format!("{word}  {text}"))
        }
    }

    /// Writes a line of running text. On a terminal it is wrapped between words and keeps its indent.
    ///
    /// # Errors
    /// If standard output is closed.
    pub(crate) fn prose(&mut self, text: impl AsRef<str>) -> io::Result<()> {
        self.line(self.wrapped(text.as_ref()))
    }

    fn wrapped(&self, text: &str) -> String {
        self.width.map_or_else(|| text.to_owned(), |width| wrap::wrapped(text, width))
    }

    /// Writes a table. On a terminal its cells are cut so that no line is wrapped.
    ///
    /// # Errors
    /// If standard output is closed.
    pub(crate) fn table(&mut self, columns: &[Column], mut rows: Vec<Vec<String>>) -> io::Result<()> {
        for cell in rows.iter_mut().flatten() {
            *cell = clean(cell);
        }
        for line in table::lines(columns, &rows, self.width) {
            self.line(line)?;
        }
        Ok(())
    }

    /// A time: on a terminal how long ago or how soon, elsewhere in full in the configured zone.
    #[must_use]
    pub fn time(&self, at: Option<Timestamp>, now: Timestamp) -> String {
        let Some(at) = at else { return "-".to_owned() };
        if self.width.is_some() { relative(at, now) } else { self.absolute(at) }
    }

    /// A time in full, in the configured zone.
    #[must_use]
    pub(crate) fn absolute(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%Y-%m-%d %H:%M:%S %:z").to_string()
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.to.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

impl Write for OutputSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(stdout) => stdout.write(bytes),
            #[cfg(test)]
            Self::Memory(memory) => memory.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(stdout) => stdout.flush(),
            #[cfg(test)]
            Self::Memory(_) => Ok(()),
        }
    }
}

/// Writes a line to standard error. A failure to write is ignored.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// The width of a line: that of the environment's COLUMNS, else that of the terminal (`None` within if it does not
/// tell), else none. A width at which no table can be read is ignored.
fn width(columns: Option<&str>, terminal: Option<Option<usize>>) -> Option<usize> {
    let wide = |columns: &usize| *columns >= MIN_COLUMNS;
    let asked = columns.and_then(|columns| columns.trim().parse().ok()).filter(wide);
    asked.or_else(|| terminal.map(|told| told.filter(wide).unwrap_or(USUAL_COLUMNS)))
}

/// A number with its noun, in the singular or the plural: "1 mailbox", "2 watches", "0 deliveries".
///
/// ```
/// use marsad::cli::output::counted;
///
/// assert_eq!((counted(1, "watch"), counted(2, "watch")), ("1 watch".to_owned(), "2 watches".to_owned()));
/// ```
#[must_use]
pub fn counted(number: usize, noun: &str) -> String {
    match noun {
        _ if number == 1 => format!("{number} {noun}"),
        _ if noun.ends_with("ch") || noun.ends_with('x') => format!("{number} {noun}es"),
        _ => match noun.strip_suffix('y') {
            Some(stem) => format!("{number} {stem}ies"),
            None => format!("{number} {noun}s"),
        },
    }
}

/// Cuts `text` to this many columns; an ellipsis marks the cut.
///
/// ```
/// assert_eq!(marsad::cli::output::cut("newspaper", 5), "news…");
/// ```
#[must_use]
pub fn cut(text: &str, columns: usize) -> String {
    if table::width(text) <= columns {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        let mut longer = kept.clone();
        longer.push(c);
        if table::width(&longer) >= columns {
            break;
        }
        kept = longer;
    }
    kept.truncate(kept.trim_end_matches('…').len());
    kept.push('…');
    kept
}

/// `text` on one line, without control characters, terminal sequences and marks that reverse directions.
///
/// ```
/// assert_eq!(marsad::cli::output::clean("a\u{1b}[31mb"), "ab");
/// ```
#[must_use]
pub fn clean(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_sequence(&mut chars),
            '\u{9b}' => skip_until_final(&mut chars),
            '\n' | '\t' | '\r' | '\u{2028}' | '\u{2029}' => safe.push(' '),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {}
            c if c.is_control() => {}
            c => safe.push(c),
        }
    }
    safe.trim().to_owned()
}

/// What follows an escape character (ECMA-48): a control sequence, a string up to its end, or one character.
fn skip_sequence(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    match chars.next() {
        Some('[') => skip_until_final(chars),
        Some(']' | 'P' | '^' | '_' | 'X') => {
            while let Some(c) = chars.next() {
                if matches!(c, '\u{7}' | '\u{9c}') || (c == '\u{1b}' && chars.next_if_eq(&'\\').is_some()) {
                    break;
                }
            }
        }
        _ => {}
    }
}

fn skip_until_final(chars: &mut std::iter::Peekable<std::str::Chars<'_>>) {
    let _ = chars.find(|c| ('\u{40}'..='\u{7e}').contains(c));
}

/// `text` in an isolate (FSI … PDI) if it has a right-to-left letter, so that it moves nothing around it.
#[must_use]
pub(crate) fn isolated(text: &str) -> String {
    let rtl = |c: char| matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}');
    if text.contains(rtl) { format!("\u{2068}{text}\u{2069}") } else { text.to_owned() }
}

/// How long ago or how soon, in the largest unit that fits; `now` within a second.
///
/// ```
/// use jiff::Timestamp;
/// use marsad::cli::output::relative;
///
/// let now = Timestamp::from_second(7_200).unwrap();
/// assert_eq!(relative(Timestamp::UNIX_EPOCH, now), "2h ago");
/// assert_eq!(relative(Timestamp::from_second(7_260).unwrap(), now), "in 1m");
/// ```
#[must_use]
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.as_second() - at.as_second();
    let (size, ago) = (seconds.unsigned_abs(), seconds >= 0);
    let amount = match size {
        0 => return "now".to_owned(),
        1..60 => format!("{size}s"),
        60..3_600 => format!("{}m", size / 60),
        3_600..172_800 => format!("{}h", size / 3_600),
        _ => format!("{}d", size / 86_400),
    };
    if ago { format!("{amount} ago") } else { format!("in {amount}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_are_singular_for_one_and_plural_for_any_other_number() {
        let all = [(1, "mailbox"), (2, "mailbox"), (0, "source"), (2, "watch"), (3, "delivery"), (1, "delivery")];
        let all: Vec<String> = all.iter().map(|(number, noun)| counted(*number, noun)).collect();
        assert_eq!(all.join(", "), "1 mailbox, 2 mailboxes, 0 sources, 2 watches, 3 deliveries, 1 delivery");
    }

    #[test]
    fn a_headline_cannot_colour_the_terminal_or_reverse_a_row() {
        assert_eq!(clean("a\u{1b}[31mb\u{1b}]0;title\u{7}c\u{9b}2Jd\u{202e}e\nf\u{0}"), "abcde f");
        assert_eq!(clean("\u{1b}]8;;http://x\u{1b}\\link"), "link");
        assert_eq!(isolated("غزة"), "\u{2068}غزة\u{2069}");
        assert_eq!(isolated("Gaza"), "Gaza");
    }

    #[test]
    fn a_cut_counts_columns_and_not_characters() {
        assert_eq!(cut("ニュース", 5), "ニュ…");
        assert_eq!(cut("news", 4), "news");
        assert_eq!(cut("newspaper", 5), "news…");
        assert_eq!(cut("new… paper", 5), "new…");
    }

    #[test]
    fn columns_of_the_environment_are_obeyed_on_a_terminal_and_in_a_pipe() {
        assert_eq!((width(Some("72"), Some(Some(120))), width(Some("72"), None)), (Some(72), Some(72)));
        assert_eq!(
            (width(None, Some(Some(120))), width(None, Some(None)), width(None, None)),
            (Some(120), Some(80), None)
        );
        for unusable in ["", "wide", "-1", "0", "7"] {
            assert_eq!((width(Some(unusable), Some(Some(120))), width(Some(unusable), None)), (Some(120), None));
        }
    }

    #[test]
    fn a_time_is_shown_in_the_largest_unit_that_fits() {
        let now = Timestamp::from_second(1_700_000_000).unwrap();
        let at = |seconds: i64| Timestamp::from_second(1_700_000_000 + seconds).unwrap();
        assert_eq!((relative(at(-59), now), relative(now, now)), ("59s ago".to_owned(), "now".to_owned()));
        assert_eq!(relative(at(-7_300), now), "2h ago");
        assert_eq!(relative(at(600), now), "in 10m");
        assert_eq!(relative(at(-864_000), now), "10d ago");
    }
}
