//! Reads `[[watch]]` into a [`Watch`], and finds the place of a watch's problem.

use super::concept::terms;
use super::context::LoadContext;
use super::keys;
use super::node::{KeyedValue, SpannedValue, Table, ValueKind};
use super::report::{FileSpan, InvalidValue, wrong};
use super::scalars::{called, display_name, lang, name, one_of};
use crate::alert::{Field, WatchId};
use crate::channel::ChannelId;
use crate::source::SourceId;
use crate::watch::{OncePer, Revisions, SourceFilter, Watch, WatchProblem};

/// Reads one watch; its problems go into the report.
pub(super) fn read(table: &Table<'_>, loading: &mut LoadContext) -> Option<Watch> {
    table.expect(&keys::WATCH, &mut loading.report);
    let id = loading.id(table, "a watch");
    if let Some(name) = table.read("name", &mut loading.report, |value| display_name(value.text()?)) {
        loading.display.add_watch(id, name);
    }
    let mut list = |key: &str| table.get(key).map(|value| terms(&value, loading)).unwrap_or_default();
    let (any, all, none) = (list("any"), list("all"), list("none"));
    let report = &mut loading.report;
    let fields = [("title", Field::Title), ("summary", Field::Summary), ("text", Field::Text)];
    let once_per = [("text", OncePer::Text), ("story", OncePer::Story), ("item", OncePer::Item)];
    let revisions = [
        ("never", Revisions::Never),
        ("title", Revisions::Title),
        ("terms", Revisions::Terms),
        ("any", Revisions::Any),
    ];
    let watch = Watch {
        id: WatchId::new(id),
        any,
        all,
        none,
        query: table.read("query", report, |value| value.text().map(ToOwned::to_owned)),
        plurals: table.read("plurals", report, KeyedValue::boolean),
        lang: table.list("lang", report, |value| lang(value.text()?)),
        sources: table.list("sources", report, |value| filter(value.text()?)),
        fields: table.list("fields", report, |value| one_of(value.text()?, &fields)),
        once_per: table.read("once_per", report, |value| one_of(value.text()?, &once_per)).unwrap_or_default(),
        revisions: table.read("revisions", report, |value| one_of(value.text()?, &revisions)).unwrap_or_default(),
        urgent: table.read("urgent", report, KeyedValue::boolean).unwrap_or(false),
        alert: table.list("alert", report, |value| name(value.text()?).map(ChannelId::new)),
    };
    expect_channels(table, watch.id.as_str(), loading);
    has_terms(table, watch.id.as_str(), loading).then_some(watch)
}

/// Rejects a watch without terms, and warns about an empty list of terms beside other keys.
fn has_terms(table: &Table<'_>, id: &str, loading: &mut LoadContext) -> bool {
    let is_bare = |key: &str| table.get(key).is_none_or(|value| is_empty_list(&value));
    let empty = ["any", "all"].iter().find_map(|key| table.get(key).filter(is_empty_list));
    let bare = ["any", "all", "none", "query", "sources"].into_iter().all(is_bare);
    if bare {
        let why = empty.map(|value| format!(": `{}` is empty", value.key)).unwrap_or_default();
        let what = format!("the watch `{}` has nothing to match{why}", called(id));
        let remedy = "add any = [\"…\"] or query = '…'; to match every item of some sources, list them in `sources`";
        loading.report.error(empty.map_or_else(|| table.place(), |value| value.place()), wrong(what, remedy));
    } else if let Some(value) = empty {
        let every = ["any", "all", "query"].into_iter().all(is_bare);
        let effect = if every { "the watch matches every item of its sources" } else { "it has no effect" };
        let what =
            wrong(format!("`{}` is empty: {effect}", value.key), format!("add terms, or remove `{}`", value.key));
        loading.report.warn(value.place(), what);
    }
    !bare
}

fn is_empty_list(value: &KeyedValue<'_>) -> bool {
    matches!(&value.node.kind, ValueKind::List(list) if list.is_empty())
}

/// Warns about a watch without channels.
fn expect_channels(table: &Table<'_>, id: &str, loading: &mut LoadContext) {
    if table.get("alert").is_none_or(|value| is_empty_list(&value)) {
        let what =
            wrong(format!("the watch `{}` alerts no channel", called(id)), "add alert = [\"…\"] with the channels");
        loading.report.warn(table.place(), what);
    }
}

fn filter(text: &str) -> Result<SourceFilter, InvalidValue> {
    match text.strip_prefix("tag:") {
        Some(tag) if !tag.trim().is_empty() => Ok(SourceFilter::Tag(tag.trim().to_owned())),
        Some(_) => Err(wrong("the tag is empty", "write \"tag:official\"")),
        None => name(text).map(|id| SourceFilter::Id(SourceId::new(id))),
    }
}

/// The place in the files of a compiler's problem with a watch or a concept.
pub(super) fn find(problem: &WatchProblem, table: &Table<'_>, text: &str) -> FileSpan {
    let Some(value) = table.get(&problem.key) else { return table.place() };
    let value = match (&value.node.kind, problem.index) {
        (ValueKind::List(list), Some(index)) => list.get(index).map_or(value, |node| KeyedValue { node, ..value }),
        _ => value,
    };
    let mut place = value.place();
    if let (Some((start, length)), ValueKind::Text(_)) = (problem.span, &value.node.kind) {
        place.span = within(value.node, text, start, length);
    }
    place
}

/// The bytes in the file of some characters of a text, whose escapes are longer there.
fn within(node: &SpannedValue, file: &str, start: usize, length: usize) -> std::ops::Range<usize> {
    let raw = file.get(node.span.clone()).unwrap_or_default();
    let quote = raw.chars().next().unwrap_or('"');
    let long = raw.len() >= 6 && raw.starts_with(&quote.to_string().repeat(3));
    let mut open = if long { 3 } else { 1 };
    // A newline right after the opening delimiter is not part of the text.
    if long {
        open += if raw[open..].starts_with("\r\n") { 2 } else { usize::from(raw[open..].starts_with('\n')) };
    }
    let inner = raw.get(open..raw.len().saturating_sub(if long { 3 } else { 1 })).unwrap_or_default();
    let starts = characters(inner, quote == '"');
    let at = |n: usize| starts.get(n).copied().unwrap_or(inner.len());
    let base = node.span.start + open;
    base + at(start)..base + at(start + length.max(1))
}

/// Where each character of a text begins in its raw spelling.
fn characters(raw: &str, escapes: bool) -> Vec<usize> {
    let (mut starts, mut at) = (Vec::new(), 0);
    while let Some(c) = raw[at..].chars().next() {
        let rest = &raw[at + c.len_utf8()..];
        if !(escapes && c == '\\') {
            starts.push(at);
            at += c.len_utf8();
            continue;
        }
        let mark = rest.chars().next().unwrap_or('\\');
        if mark.is_whitespace() {
            // A backslash at a line's end swallows all white space up to the next character.
            at += 1 + rest.len() - rest.trim_start().len();
            continue;
        }
        starts.push(at);
        let digits = match mark {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        at += 1 + mark.len_utf8() + digits;
        at = (at..=raw.len()).find(|at| raw.is_char_boundary(*at)).unwrap_or(raw.len());
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(file: &str, start: usize, length: usize) -> &str {
        let node = SpannedValue { span: 0..file.len(), kind: ValueKind::Text(String::new()) };
        &file[within(&node, file, start, length)]
    }

    #[test]
    fn a_character_is_found_behind_escapes() {
        assert_eq!(marked("'غزة OR x'", 4, 2), "OR");
        assert_eq!(marked("\"\\\"a b\\\" NERA c\"", 6, 4), "NERA");
        assert_eq!(marked("\"\\u063A\\u0632 OR\"", 3, 2), "OR");
        assert_eq!(marked("\"\"\"\nab OR\"\"\"", 3, 2), "OR");
        assert_eq!(marked("\"\"\"a \\\n   b\"\"\"", 2, 1), "b");
        assert_eq!(marked("'ab'", 2, 5), "");
    }
}
