//! Keeps secrets out of quoted lines: a report may show a line of the file, never a password in it.
//!
//! Works on the bare text, because a file that is no TOML is quoted too.

use std::ops::Range;

/// Keys whose strings are secrets wherever they stand.
const SECRET: &[&str] =
    &["value", "secret", "previous_secret", "token", "password", "store", "webhook", "headers", "ping"];

/// What stands for a secret.
const MASK: &str = "•••";

/// A text with the places of its secrets.
pub(super) struct Masked {
    text: String,
    lines: Vec<usize>,
    hidden: Vec<Range<usize>>,
}

impl Masked {
    pub(super) fn new(text: &str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Self { hidden: Scan::new(text).secrets(), lines, text: text.to_owned() }
    }

    /// Line and column of a byte, both from 1; columns count characters.
    pub(super) fn position(&self, at: usize) -> (usize, usize) {
        let at = self.floor(at);
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        (line, self.text[start..at].chars().count() + 1)
    }

    /// The line in which `span` begins, without its secrets, and where in it the span stands.
    pub(super) fn quote(&self, span: &Range<usize>) -> (String, Range<usize>) {
        let begin = self.floor(span.start);
        let (line, _) = self.position(begin);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let end = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at);
        let (from, to) = (begin.min(end), self.floor(span.end).clamp(begin.min(end), end));
        let (mut out, mut marked, mut at) = (String::new(), None, start);
        let mut mark_end = None;
        for hidden in self.hidden.iter().filter(|h| h.start < end && h.end > start) {
            let (h_start, h_end) = (hidden.start.max(start), hidden.end.min(end));
            note(&mut marked, from, at, h_start, out.len());
            note(&mut mark_end, to, at, h_start, out.len());
            out.push_str(&self.text[at..h_start]);
            if from > h_start && from < h_end {
                marked = Some(out.len());
            }
            out.push_str(MASK);
            if to > h_start && to < h_end {
                mark_end = Some(out.len());
            }
            at = h_end;
        }
        note(&mut marked, from, at, end, out.len());
        note(&mut mark_end, to, at, end, out.len());
        out.push_str(&self.text[at..end]);
        let shown = out.trim_end_matches('\r').len();
        out.truncate(shown);
        let marked = marked.unwrap_or(0).min(shown);
        (out, marked..mark_end.unwrap_or(shown).clamp(marked, shown))
    }

    fn floor(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        (0..=at).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0)
    }
}

/// Notes where `wanted` comes to stand in the quote, if it stands in the stretch that is copied next.
fn note(found: &mut Option<usize>, wanted: usize, from: usize, to: usize, written: usize) {
    if found.is_none() && (from..=to).contains(&wanted) {
        *found = Some(written + wanted - from);
    }
}

/// Reads a text as TOML would, but forgivingly, and remembers under which keys it is.
struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// The last words read: the key, once `=` comes.
    word: String,
    header: bool,
    keys: Vec<String>,
    key: String,
    found: Vec<Range<usize>>,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        let (word, key) = (String::new(), String::new());
        Self { text, at: 0, word, header: false, keys: Vec::new(), key, found: Vec::new() }
    }

    fn secrets(mut self) -> Vec<Range<usize>> {
        while let Some(c) = self.text[self.at..].chars().next() {
            match c {
                '"' | '\'' => self.string(c),
                '#' => self.at += self.text[self.at..].find('\n').unwrap_or(self.text.len() - self.at),
                _ => self.sign(c),
            }
        }
        self.found
    }

    fn sign(&mut self, c: char) {
        match c {
            '=' => self.key = std::mem::take(&mut self.word),
            '{' => self.keys.push(std::mem::take(&mut self.key)),
            '}' => self.key = self.keys.pop().unwrap_or_default(),
            ',' => self.word.clear(),
            '\n' => {
                if self.header {
                    self.keys = vec![std::mem::take(&mut self.word)];
                }
                self.header = false;
                self.word.clear();
            }
            '[' if self.word.is_empty() && self.starts_a_line() => {
                self.header = true;
                self.key.clear();
            }
            c if c.is_whitespace() || c == ']' => {}
            c => self.word.push(c),
        }
        self.at += c.len_utf8();
    }

    fn starts_a_line(&self) -> bool {
        self.text[..self.at].rsplit('\n').next().is_none_or(|line| line.trim_matches([' ', '\t', '[']).is_empty())
    }

    /// A string: a key where one is due, otherwise a value that may be a secret.
    fn string(&mut self, quote: char) {
        let rest = &self.text[self.at..];
        let long = rest.starts_with(&quote.to_string().repeat(3));
        let width = if long { 3 } else { 1 };
        let length = closing(&rest[width..], quote, long);
        let inner = self.at + width..self.at + width + length;
        let value = &self.text[inner.clone()];
        if self.is_secret() {
            self.hide(inner.clone(), value);
        } else if let Some((scheme, authority)) =
            value.find("://").and_then(|at| Some((at, value[at + 3..].find('@')?)))
        {
            let from = inner.start + scheme + 3;
            self.found.push(from..from + authority);
        }
        self.word.push_str(value);
        self.at = (inner.end + width).min(self.text.len());
        self.at = (self.at..=self.text.len()).find(|at| self.text.is_char_boundary(*at)).unwrap_or(self.text.len());
    }

    /// Hides a secret; of an address the host is left.
    fn hide(&mut self, inner: Range<usize>, value: &str) {
        let host = value.find("://").filter(|_| value.starts_with("http") && !value.contains('@')).map(|at| {
            let rest = &value[at + 3..];
            at + 3 + rest.find(['/', '?', '#']).map_or(rest.len(), |slash| slash + 1)
        });
        let from = inner.start + host.unwrap_or(0);
        if from < inner.end {
            self.found.push(from..inner.end);
        }
    }

    fn is_secret(&self) -> bool {
        let secret = |key: &String| key.split('.').any(|part| SECRET.contains(&part.trim_matches(['"', '\'', ' '])));
        let reference = matches!(self.key.as_str(), "file" | "credential" | "template");
        !reference && !self.key.is_empty() && (secret(&self.key) || self.keys.iter().any(secret)) && self.key != "id"
    }
}

/// The length of what stands before the closing quote; all of the line, or of the text, where there is none.
fn closing(rest: &str, quote: char, long: bool) -> usize {
    let mut escaped = false;
    let end = quote.to_string().repeat(3);
    for (at, c) in rest.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote == '"' {
            escaped = true;
        } else if (long && rest[at..].starts_with(&end)) || (!long && (c == quote || c == '\n')) {
            return at;
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str, what: &str) -> (String, String) {
        let at = text.find(what).unwrap();
        let (line, marked) = Masked::new(text).quote(&(at..at + what.len()));
        (line.clone(), line[marked].to_owned())
    }

    #[test]
    fn no_secret_is_quoted() {
        for line in [
            "secret = { value = \"hunter2\" }",
            "token = \"hunter2\"",
            "token = 'hunter2",
            "password = \"\"\"hunter2\"\"\"",
            "headers = { Authorization = \"hunter2\", \"X-Y\" = 'hunter2' }",
            "[source.headers]\nX-Key = \"hunter2\"",
            "http.token = { value = \"hunter2\" }",
            "url = \"smtp://a:hunter2@b\"",
            "store = \"postgres://a:hunter2@b/c\"",
            "webhook = \"https://example.org/hunter2\"",
            "webhook = { value = \"https://example.org/hunter2\" }",
        ] {
            let (quote, _) = quoted(line, "hunter2");
            assert!(!quote.contains("hunter2") && quote.contains(MASK), "{line}: {quote}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        let text =
            "id = \"desk\"\nwebhook = \"https://example.org/x\"\nsecret = { credential = \"desk\" }\nlang = \"ar\"\n";
        assert_eq!(quoted(text, "https"), ("webhook = \"https://example.org/•••\"".into(), "https".into()));
        assert_eq!(quoted(text, "{ credential = \"desk\" }").0, "secret = { credential = \"desk\" }");
        assert_eq!(quoted(text, "\"ar\""), ("lang = \"ar\"".into(), "\"ar\"".into()));
    }

    #[test]
    fn a_mark_round_a_secret_follows_the_mask() {
        let text = "token = { value = \"hunter2\" } # long";
        assert_eq!(quoted(text, "\"hunter2\"").1, "\"•••\"");
        assert_eq!(quoted(text, "# long").1, "# long");
        assert_eq!(quoted(text, "unter").1, "•••");
    }

    #[test]
    fn columns_count_characters() {
        let masked = Masked::new("a = 1\nكلمة = \"x\"\n");
        let at = "a = 1\nكلمة = ".len();
        assert_eq!(masked.position(at), (2, 8));
    }
}
