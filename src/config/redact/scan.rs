//! Finds what must not be quoted in the text of a file.
//!
//! Reads the text like TOML, but leniently, line by line: a file with invalid TOML is quoted too, and then the end of a
//! value is unknown. If in doubt, a range is hidden.

use std::ops::Range;

use crate::config::form::{Form, is_name};
use crate::config::keys::{form, is_section, is_shown};

/// The ranges of `text` that must not be quoted, in order.
pub(super) fn hidden(text: &str) -> Vec<Range<usize>> {
    let mut scan = SecretScan { text, at: 0, end: 0, header: Vec::new(), path: Vec::new(), found: Vec::new() };
    while scan.at < text.len() {
        scan.line();
    }
    scan.found
}

struct SecretScan<'a> {
    text: &'a str,
    at: usize,
    /// The end of the last scanned line; a line may be as long as a file.
    end: usize,
    /// The keys of the table in the last header.
    header: Vec<String>,
    /// The keys of the current value, after those of the header.
    path: Vec<String>,
    found: Vec<Range<usize>>,
}

impl<'a> SecretScan<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// The rest of the line.
    fn line_rest(&mut self) -> &'a str {
        if self.at > self.end || self.end == 0 {
            let rest = self.rest();
            self.end = self.at + rest.find('\n').unwrap_or(rest.len());
        }
        &self.text[self.at..self.end]
    }

    fn blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches([' ', '\t', '\r']).len();
    }

    fn hide(&mut self, range: Range<usize>) {
        if range.start < range.end {
            self.found.push(range);
        }
    }

    /// Hides the rest of the line except the white space around it; a comment keeps its sign.
    fn hide_line(&mut self) {
        self.blanks();
        if self.peek() == Some('#') {
            self.at += 1;
            self.blanks();
        }
        let line = self.line_rest();
        self.hide(self.at..self.at + line.trim_end().len());
        self.at = (self.at + line.len() + 1).min(self.text.len());
    }

    /// A line that begins outside every value.
    fn line(&mut self) {
        self.path.clear();
        self.blanks();
        match self.peek() {
            Some('[') => self.table_header(),
            Some('#' | '\n') | None => {}
            Some(_) => {
                if let Some(keys) = self.key(&['=']) {
                    self.path = keys;
                    self.value();
                }
            }
        }
        self.hide_line();
    }

    fn table_header(&mut self) {
        let line = self.line_rest();
        let open = line.len() - line.trim_start_matches(['[', ' ', '\t']).len();
        let name = &line[open..open + line[open..].find([']', '#', '=']).unwrap_or(line.len() - open)];
        let closed = line[open + name.len()..].starts_with(']');
        self.header = keys(name);
        let known = self.header.first().is_some_and(|key| is_section(key));
        if !(closed && known && self.header.iter().all(|key| is_shown(key))) {
            self.hide(self.at + open..self.at + open + name.trim_end().len());
        }
        self.at += open + name.len();
        self.at += self.rest().len() - self.rest().trim_start_matches(']').len();
    }

    /// A key and one of the signs that may end it; without a key, the rest is hidden. A key is quoted only if a value
    /// follows it: the end of a secret in base64 looks like `key=`.
    fn key(&mut self, ends: &[char]) -> Option<Vec<String>> {
        let line = self.line_rest();
        let raw = &line[..end_of_key(line, ends)?];
        let value = line[raw.len() + 1..].trim_start();
        let keys = keys(raw);
        if !keys.iter().all(|key| self.is_term(key) || is_shown(key)) || value.is_empty() || value.starts_with('=') {
            self.hide(self.at..self.at + raw.trim_end().len());
        }
        self.at += raw.len() + 1;
        Some(keys)
    }

    /// True if a key is one of the terms under `near`, which a report shows like other terms.
    fn is_term(&self, key: &str) -> bool {
        let mut path = self.header.iter().chain(&self.path);
        let near = path.next().is_some_and(|key| key == "concept") && path.nth(1).is_some_and(|key| key == "near");
        near && path.next().is_none() && is_name(key)
    }

    fn value(&mut self) {
        self.blanks();
        match self.peek() {
            Some('"' | '\'') => self.string(),
            Some('[') => self.list(),
            Some('{') => self.inline_table(),
            _ => self.bare(),
        }
    }

    fn form(&self) -> Form {
        form(&self.header.iter().chain(&self.path).map(String::as_str).collect::<Vec<_>>())
    }

    /// A string; one that must end on its line and does not is hidden with the rest of the line.
    fn string(&mut self) {
        let rest = self.rest();
        let quote = if rest.starts_with('"') { "\"" } else { "'" };
        let long = quote.repeat(3);
        let (mark, line) = if rest.starts_with(&long) { (long.as_str(), rest) } else { (quote, self.line_rest()) };
        let inner = &line[mark.len()..];
        let start = self.at + mark.len();
        let Some(length) = closing(inner, mark) else {
            self.hide(start..start + inner.trim_end().len());
            self.at = start + inner.len();
            return;
        };
        self.hide(start + self.form().shown(&inner[..length])..start + length);
        self.at = start + length + mark.len();
    }

    /// A number, or a word without quotes.
    fn bare(&mut self) {
        let line = self.line_rest();
        let word = line[..line.find([',', ']', '}', '#']).unwrap_or(line.len())].trim_end();
        let scalar = matches!(self.form(), Form::Choice | Form::Name | Form::Prose);
        if !(scalar && Form::Choice.shown(word) == word.len()) {
            self.hide(self.at..self.at + word.len());
        }
        self.at += word.len();
    }

    fn list(&mut self) {
        self.at += 1;
        while let Some(c) = self.peek() {
            match c {
                ']' => {
                    self.at += 1;
                    return;
                }
                ',' | ' ' | '\t' | '\r' => self.at += 1,
                '#' => self.hide_line(),
                '\n' => {
                    self.at += 1;
                    if self.begins_a_key() {
                        // The bracket was never closed: what follows is not an element.
                        self.at -= 1;
                        return;
                    }
                }
                '}' | '=' => return,
                _ => self.element(),
            }
        }
    }

    /// One element of a list. If it is a table, its keys replace those of the list.
    fn element(&mut self) {
        let (before, path) = (self.at, self.path.clone());
        self.value();
        self.path = path;
        // Whatever the text is, the scan moves on.
        if self.at == before {
            let width = self.peek().map_or(0, char::len_utf8);
            self.hide(before..before + width);
            self.at += width;
        }
    }

    fn inline_table(&mut self) {
        self.at += 1;
        let path = self.path.clone();
        while let Some(c) = self.peek() {
            match c {
                '}' => {
                    self.at += 1;
                    break;
                }
                ',' | ' ' | '\t' | '\r' => self.at += 1,
                '#' => self.hide_line(),
                '\n' => {
                    self.at += 1;
                    if self.begins_a_table() {
                        self.at -= 1;
                        break;
                    }
                }
                _ => match self.key(&['=', ',', '}']) {
                    Some(keys) if self.text[..self.at].ends_with('=') => {
                        self.path = path.iter().cloned().chain(keys).collect();
                        self.value();
                        self.path.clone_from(&path);
                    }
                    Some(_) => {}
                    None => self.hide_line(),
                },
            }
        }
        self.path = path;
    }

    /// True if this line begins with a key or the header of a table, which no line within a list does.
    fn begins_a_key(&mut self) -> bool {
        let line = self.line_rest().trim_start();
        let key = end_of_key(line, &['=']).is_some_and(|end| keys(&line[..end]).iter().all(|key| is_shown(key)));
        self.begins_a_table() || key
    }

    fn begins_a_table(&mut self) -> bool {
        let line = self.line_rest().trim_start();
        let name = line.trim_start_matches('[').split(']').next().unwrap_or_default();
        line.starts_with('[') && keys(name).first().is_some_and(|key| is_section(key))
    }
}

/// The end of the key at the beginning of a line; a sign within quotes does not end it.
fn end_of_key(line: &str, ends: &[char]) -> Option<usize> {
    let mut quote = None;
    for (at, c) in line.char_indices() {
        match quote {
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if ends.contains(&c) => return Some(at),
            None if c == '#' => return None,
            None => {}
        }
    }
    None
}

/// The parts of a dotted key, without their quotes.
fn keys(raw: &str) -> Vec<String> {
    raw.split('.').map(|part| part.trim().trim_matches(['"', '\'']).to_owned()).collect()
}

/// The length of the text before the closing mark; `None` if there is none.
fn closing(rest: &str, mark: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in rest.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' && mark.starts_with('"') {
            escaped = true;
        } else if rest[at..].starts_with(mark) {
            return Some(at);
        }
    }
    None
}
