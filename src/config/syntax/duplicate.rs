//! Explains a key or table that a file sets twice.

use std::ops::Range;

use crate::config::keys::{is_shown, named};
use crate::config::report::{InvalidValue, wrong};

/// The problem of the key at `span`, which is set twice.
pub(in crate::config) fn duplicate(text: &str, span: &Range<usize>) -> InvalidValue {
    let key = text.get(span.clone()).unwrap_or_default();
    let plain = key.trim_matches(['"', '\'']);
    let before = text.get(..span.start).unwrap_or_default();
    let line = before.matches('\n').count();
    let in_header = before.rsplit('\n').next().is_some_and(|begin| begin.trim_start().starts_with('['));
    let first = first_line(text, key, line, in_header);
    let place = first.map(|line| format!("; the first is in line {}", line + 1)).unwrap_or_default();
    if in_header {
        let shown = if is_shown(plain) { format!("[{plain}]") } else { "a table".to_owned() };
        return wrong(format!("{shown} is defined twice"), format!("put its keys under one header{place}"));
    }
    wrong(format!("{} is set twice", named(plain)), format!("remove one of them{place}"))
}

/// The line before `last` that sets `key` in the same table, or that has the same header.
fn first_line(text: &str, key: &str, last: usize, in_header: bool) -> Option<usize> {
    let lines: Vec<&str> = text.lines().take(last).collect();
    let sets = |line: &str| line.trim_start().strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('='));
    let heads = |line: &str| line.trim().trim_matches(['[', ']']).trim() == key && line.trim_start().starts_with('[');
    if in_header {
        return lines.iter().rposition(|line| heads(line));
    }
    let table = lines.iter().rposition(|line| line.trim_start().starts_with('[')).map_or(0, |at| at + 1);
    lines[table..].iter().rposition(|line| sets(line)).map(|at| table + at)
}
