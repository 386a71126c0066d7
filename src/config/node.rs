//! A parsed file in which every value knows its place.

use std::ops::Range;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{KeySection, header, named};
use super::nesting::{MAX_DEPTH, too_deep};
use super::report::{FileSpan, InvalidValue, Report, wrong};
use super::syntax;

/// A value and its place in the file.
#[derive(Clone, Debug)]
pub(super) struct SpannedValue {
    pub(super) span: Range<usize>,
    pub(super) kind: ValueKind,
}

/// The keys that take a duration.
const DURATIONS: [&str; 7] = ["every", "min_every", "max_every", "timeout", "host_delay", "text", "deliveries"];

/// The keys that take one of a few texts, with these texts.
#[rustfmt::skip]
const TEXTS: &[(&str, &str)] = &[
    ("follow", "\"auto\", \"always\" or \"never\""),
    ("revisions", "\"never\", \"title\", \"terms\" or \"any\""),
    ("once_per", "\"text\", \"story\" or \"item\""),
    ("fields", "\"title\", \"summary\" or \"text\""),
    ("first_visit", "\"quiet\", \"latest:5\", \"since:24h\" or \"all\""),
    ("send", "\"at-once\", \"every 30m\", \"daily 08:00\" or \"weekly Sun 08:00\""),
    ("quiet", "a text such as \"22:00-06:00\""),
    ("listen", "a text such as \"127.0.0.1:8480\", or \"\" to turn it off"),
    ("timezone", "a text such as \"Asia/Riyadh\""),
    ("lang", "a text such as \"ar\""),
    ("encoding", "a text such as \"windows-1256\""),
];

/// The kinds of a value.
#[derive(Clone, Debug)]
pub(super) enum ValueKind {
    Text(String),
    /// `None` if it does not fit into 64 bits.
    Integer(Option<i64>),
    Boolean(bool),
    /// A float or a date; no key of the configuration takes one.
    Other(&'static str),
    List(Vec<SpannedValue>),
    Table(Vec<KeyValue>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub(super) struct KeyValue {
    pub(super) key: String,
    pub(super) span: Range<usize>,
    pub(super) node: SpannedValue,
}

/// A table of a file, to be read key by key.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'a> {
    pub(super) file: usize,
    /// The folder that its relative paths start from.
    pub(super) base: &'a Path,
    pub(super) span: &'a Range<usize>,
    pub(super) entries: &'a [KeyValue],
}

/// A value under its key.
#[derive(Clone, Copy, Debug)]
pub(super) struct KeyedValue<'a> {
    pub(super) file: usize,
    pub(super) base: &'a Path,
    pub(super) key: &'a str,
    pub(super) key_span: &'a Range<usize>,
    pub(super) node: &'a SpannedValue,
}

impl ValueKind {
    /// True for a list with a table in it, as `[[NAME]]` makes one.
    fn has_tables(&self) -> bool {
        matches!(self, Self::List(list) if list.iter().any(|one| matches!(one.kind, Self::Table(_))))
    }
}

impl SpannedValue {
    /// Parses a text and returns whether all of it could be read; invalid TOML goes into the report.
    pub(super) fn parse(text: &str, file: usize, report: &mut Report) -> (Self, bool) {
        if let Some(at) = too_deep(text) {
            let what = format!("lists, tables or dotted keys nest more than {MAX_DEPTH} deep");
            report.error(FileSpan { file, span: at..at + 1 }, wrong(what, "remove it: no key needs that"));
            return (Self { span: 0..0, kind: ValueKind::Table(Vec::new()) }, false);
        }
        let (root, errors) = DeTable::parse_recoverable(text);
        // Only the first error counts: an unclosed bracket turns every later line into an error.
        if let Some(error) = errors.first() {
            let (span, what) = syntax::explain(text).unwrap_or_else(|| {
                let span = error.span().unwrap_or(0..0);
                let what = match error.message() {
                    "duplicate key" => syntax::duplicate(text, &span),
                    message => wrong(message, "write each setting as KEY = VALUE on a line of its own"),
                };
                (span, what)
            });
            report.error(FileSpan { file, span }, what);
        }
        let span = root.span();
        (Self { span, kind: ValueKind::Table(entries(root.get_ref())) }, errors.is_empty())
    }
}

/// Rejects the sign of a shell for a home folder in the path under a key.
pub(super) fn home_is_written_out(key: &str, path: &str) -> Result<(), InvalidValue> {
    let example = match key {
        "state_dir" => "/var/lib/marsad",
        "include" => "/etc/marsad/conf.d/*.toml",
        "template" => "/etc/marsad/slack.json.j2",
        _ => "/etc/marsad/secret",
    };
    if path == "~" || path.starts_with("~/") {
        let remedy = format!("write the full path, such as {example}");
        return Err(wrong("`~` does not stand for a folder here", remedy));
    }
    Ok(())
}

fn node(value: &Spanned<DeValue<'_>>) -> SpannedValue {
    let kind = match value.get_ref() {
        DeValue::String(text) => ValueKind::Text(text.to_string()),
        DeValue::Integer(number) => ValueKind::Integer(i64::from_str_radix(number.as_str(), number.radix()).ok()),
        DeValue::Boolean(yes) => ValueKind::Boolean(*yes),
        DeValue::Float(_) => ValueKind::Other("a number with a fraction"),
        DeValue::Datetime(_) => ValueKind::Other("a date"),
        DeValue::Array(list) => ValueKind::List(list.iter().map(node).collect()),
        DeValue::Table(table) => ValueKind::Table(entries(table)),
    };
    SpannedValue { span: value.span(), kind }
}

/// The entries in the order of the file.
fn entries(table: &DeTable<'_>) -> Vec<KeyValue> {
    let entry = |(key, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| KeyValue {
        key: key.get_ref().to_string(),
        span: key.span(),
        node: node(value),
    };
    let mut entries: Vec<KeyValue> = table.iter().map(entry).collect();
    entries.sort_by_key(|entry| entry.span.start);
    entries
}

impl<'a> Table<'a> {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<KeyedValue<'a>> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        Some(self.value(entry))
    }

    /// Every key with its value, in the order of the file.
    pub(super) fn values(self) -> impl Iterator<Item = KeyedValue<'a>> {
        self.entries.iter().map(move |entry| self.value(entry))
    }

    fn value(&self, entry: &'a KeyValue) -> KeyedValue<'a> {
        KeyedValue { file: self.file, base: self.base, key: &entry.key, key_span: &entry.span, node: &entry.node }
    }

    pub(super) fn place(&self) -> FileSpan {
        FileSpan { file: self.file, span: self.span.clone() }
    }

    /// Reads a key if it is present; its problems go into the report.
    pub(super) fn read<T>(
        &self,
        key: &str,
        report: &mut Report,
        how: impl FnOnce(&KeyedValue<'a>) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        let value = self.get(key)?;
        how(&value).map_err(|wrong| report.error(value.place(), wrong)).ok()
    }

    /// Reads a key with one text or a list of them, each with `how`.
    pub(super) fn list<T>(
        &self,
        key: &str,
        report: &mut Report,
        how: impl Fn(&KeyedValue<'a>) -> Result<T, InvalidValue>,
    ) -> Vec<T> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let elements = value.elements().map_err(|wrong| report.error(value.place(), wrong)).unwrap_or_default();
        elements.iter().filter_map(|one| how(one).map_err(|wrong| report.error(one.place(), wrong)).ok()).collect()
    }

    /// Rejects every key that the section does not have.
    pub(super) fn expect(&self, section: &KeySection, report: &mut Report) {
        for value in self.values().filter(|value| !section.has(value.key)) {
            report.error_with(value.key_place(), || match &value.node.kind {
                ValueKind::Table(_) => section.unknown_table(value.key),
                kind if kind.has_tables() => section.unknown_table(value.key),
                _ => section.unknown(value.key),
            });
        }
    }
}

impl<'a> KeyedValue<'a> {
    pub(super) fn place(&self) -> FileSpan {
        FileSpan { file: self.file, span: self.node.span.clone() }
    }

    pub(super) fn key_place(&self) -> FileSpan {
        FileSpan { file: self.file, span: self.key_span.clone() }
    }

    /// The unit that a number without one probably has.
    fn unit(&self, number: i64) -> &'static str {
        /// Longer pauses than a day in minutes are meant in seconds.
        const DAY: i64 = 24 * 60;
        match self.key {
            "text" | "deliveries" => "d",
            "timeout" | "host_delay" => "s",
            _ if number > DAY => "s",
            _ => "m",
        }
    }

    pub(super) fn text(&self) -> Result<&'a str, InvalidValue> {
        match &self.node.kind {
            ValueKind::Text(text) => Ok(text),
            ValueKind::Integer(number) if DURATIONS.contains(&self.key) => {
                let number = number.filter(|number| *number > 0).unwrap_or(10);
                let remedy = format!("write a text with a unit: {} = \"{number}{}\"", self.key, self.unit(number));
                Err(InvalidValue { remedy, ..self.expected("a text in quotes") })
            }
            _ => {
                let wrong = self.expected("a text in quotes");
                let texts = TEXTS.iter().find(|(key, _)| *key == self.key).map(|(_, texts)| format!("write {texts}"));
                Err(InvalidValue { remedy: texts.unwrap_or(wrong.remedy), message: wrong.message })
            }
        }
    }

    /// A path; a relative one starts from the folder of its file.
    pub(super) fn path(&self) -> Result<PathBuf, InvalidValue> {
        match self.text()? {
            "" => Err(wrong(format!("{} is empty", named(self.key)), "give a path")),
            text if text.contains('\0') => Err(wrong("the path contains a NUL character", "remove it")),
            text => home_is_written_out(self.key, text).map(|()| self.base.join(text)),
        }
    }

    pub(super) fn boolean(&self) -> Result<bool, InvalidValue> {
        match self.node.kind {
            ValueKind::Boolean(yes) => Ok(yes),
            _ => Err(self.expected("true or false")),
        }
    }

    /// A whole number within `min..=max`.
    pub(super) fn number(&self, min: usize, max: usize) -> Result<usize, InvalidValue> {
        let ValueKind::Integer(number) = self.node.kind else { return Err(self.expected("a whole number")) };
        number
            .and_then(|n| usize::try_from(n).ok())
            .filter(|n| (min..=max).contains(n))
            .ok_or_else(|| wrong(format!("{} is out of bounds", named(self.key)), format!("give {min} to {max}")))
    }

    pub(super) fn table(&self) -> Result<Table<'a>, InvalidValue> {
        match &self.node.kind {
            ValueKind::Table(entries) => Ok(Table { file: self.file, base: self.base, span: &self.node.span, entries }),
            kind if kind.has_tables() => {
                let message = format!("{} is a list of tables, not a table", named(self.key));
                Err(wrong(message, format!("write {} once, with one bracket on each side", header(self.key))))
            }
            _ => Err(self.expected("a table")),
        }
    }

    /// The elements of a list; any other value is its only element.
    pub(super) fn elements(&self) -> Result<Vec<KeyedValue<'a>>, InvalidValue> {
        match &self.node.kind {
            ValueKind::List(list) => Ok(list.iter().map(|node| KeyedValue { node, ..*self }).collect()),
            ValueKind::Text(_) => Ok(vec![*self]),
            _ => Err(self.expected("a list of texts")),
        }
    }

    /// The tables of an array of tables.
    pub(super) fn tables(&self) -> Result<Vec<KeyedValue<'a>>, InvalidValue> {
        match &self.node.kind {
            ValueKind::List(list) => Ok(list.iter().map(|node| KeyedValue { node, ..*self }).collect()),
            _ => Err(wrong(format!("`{}` is a list of tables", self.key), format!("write [[{}]]", self.key))),
        }
    }

    fn expected(&self, what: &str) -> InvalidValue {
        let is = match &self.node.kind {
            ValueKind::Text(_) => "a text",
            ValueKind::Integer(_) => "a number",
            ValueKind::Boolean(_) => "true or false",
            ValueKind::Other(what) => what,
            ValueKind::List(_) => "a list",
            ValueKind::Table(_) => "a table",
        };
        wrong(format!("{} is {is}, not {what}", named(self.key)), format!("give {what}"))
    }
}
