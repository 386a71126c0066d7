//! Quotes lines of a file without what may be a secret.
//!
//! Works on the plain text, because a file with invalid TOML is quoted too.

use std::ops::Range;
use std::sync::OnceLock;

use super::nesting::too_deep;

mod scan;

/// The replacement for a value that is not quoted.
const REPLACEMENT: &str = "…";

/// How many bytes of a line before and after a mark are looked at. Chosen by hand: several times what is drawn.
const WINDOW: usize = 2000;

/// A text with the ranges that must not be quoted; they are found when something is quoted first.
pub(super) struct RedactedText {
    text: String,
    lines: OnceLock<Vec<usize>>,
    hidden: OnceLock<Vec<Range<usize>>>,
}

impl RedactedText {
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), lines: OnceLock::new(), hidden: OnceLock::new() }
    }

    fn lines(&self) -> &[usize] {
        let ends = || self.text.match_indices('\n').map(|(at, _)| at + 1);
        self.lines.get_or_init(|| std::iter::once(0).chain(ends()).collect())
    }

    /// Line and column of a byte, both from 1; columns count characters.
    pub(super) fn position(&self, at: usize) -> (usize, usize) {
        let at = self.floor(at);
        let lines = self.lines();
        let line = lines.partition_point(|start| *start <= at).max(1);
        let start = lines.get(line - 1).copied().unwrap_or(0);
        (line, self.text[start..at].chars().count() + 1)
    }

    /// The line in which `span` begins, without what must not be quoted, and the place of the span in it. Of a very
    /// long line it is the part around the span.
    pub(super) fn quote(&self, span: &Range<usize>) -> (String, Range<usize>) {
        let begin = self.floor(span.start);
        let lines = self.lines();
        let line = lines.partition_point(|start| *start <= begin).max(1);
        let start = lines.get(line - 1).copied().unwrap_or(0).max(self.floor(begin.saturating_sub(WINDOW)));
        let far = self.floor(begin + WINDOW);
        let end = self.text[start..far].find('\n').map_or(far, |at| start + at);
        let (from, to) = (begin.min(end), self.floor(span.end).clamp(begin.min(end), end));
        let (mut out, mut marked, mut at) = (String::new(), None, start);
        let mut mark_end = None;
        for hidden in self.hidden_in(start..end) {
            let (h_start, h_end) = (hidden.start.max(start), hidden.end.min(end));
            note(&mut marked, from, at, h_start, out.len());
            note(&mut mark_end, to, at, h_start, out.len());
            out.push_str(&self.text[at..h_start]);
            if from > h_start && from < h_end {
                marked = Some(out.len());
            }
            out.push_str(REPLACEMENT);
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

    /// The ranges within `range` that must not be quoted; the whole text if it nests too deep to be scanned.
    fn hidden_in(&self, range: Range<usize>) -> impl Iterator<Item = &Range<usize>> {
        let all = self.hidden.get_or_init(|| match too_deep(&self.text) {
            Some(_) => std::iter::once(0..self.text.len()).collect(),
            None => merged(scan::hidden(&self.text)),
        });
        let first = all.partition_point(|hidden| hidden.end <= range.start);
        all[first..].iter().take_while(move |hidden| hidden.start < range.end)
    }

    fn floor(&self, at: usize) -> usize {
        let at = at.min(self.text.len());
        (0..=at).rev().find(|at| self.text.is_char_boundary(*at)).unwrap_or(0)
    }
}

/// Sorted ranges with those that touch as one, so that one replacement stands for both.
fn merged(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.dedup_by(|next, last| {
        let touches = next.start <= last.end;
        if touches {
            last.end = last.end.max(next.end);
        }
        touches
    });
    ranges
}

/// Records where `wanted` is in the quote, if it lies in the range that is copied next.
fn note(found: &mut Option<usize>, wanted: usize, from: usize, to: usize, written: usize) {
    if found.is_none() && (from..=to).contains(&wanted) {
        *found = Some(written + wanted - from);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_touch_have_one_replacement() {
        assert_eq!(quoted("any = (\"@oic\", 'x')", "(").0, "any = …");
        assert_eq!(merged(vec![0..2, 2..4, 5..6]), [0..4, 5..6]);
    }

    fn quoted(text: &str, what: &str) -> (String, String) {
        let at = text.find(what).unwrap();
        let (line, marked) = RedactedText::new(text).quote(&(at..at + what.len()));
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
            "[[channel]]\nwebhook = \"https://example.org/hunter2\"",
            "webhook = { value = \"https://example.org/hunter2\" }",
            "[[channel]]\nwebhoook = \"https://hunter2.example.org/x\"",
            "passwrd = 1234hunter2",
            "hunter2",
            "hunter2==",
            "Authorization: Bearer hunter2",
            "every = \"10m\" # or hunter2",
            "[[source]]\nevery = \"10m, token = hunter2",
            "[[source]]\ntags = [\"x\"\ntoken = \"hunter2\"",
            "[[source]]\nid = \"a\" hunter2",
            "[[channel]]\nsecret = { file = \"hunter2\" }",
            "[[channel]]\nemail = [\"a@b.org\", \"hunter2@example.org\"]",
            "[hunter2 hunter2",
            "x = [[\"hunter2\"]]",
            "x = { y = { every = \"hunter2\" } }",
            "x = \"\"\"\nfirst\nhunter2\n\"\"\"",
            "\"https://hooks.example/hunter2\" = 1",
            "[hunter2]",
            "[[hunter2]]\nid = \"a\"",
            "[channel.hunter2]",
            "http.hunter2.x = 1",
            "[concept.hunter2]",
            "[[channel]]\nid = \"hunter2\"",
            "[[channel]]\nformat = \"hunter2\"",
            "[[channel]]\nquiet = \"hunter2\"",
            "[[channel]]\nlang = \"hunter2\"",
            "[[channel]]\nmax_in_flight = 7hunter2",
            "[[channel]]\nfile = \"a/hunter2\"",
            "[[channel]]\nsecret = { credential = \"hunter2\" }",
            "[[source]]\ntags = [\"hunter2\"]",
        ] {
            let (quote, _) = quoted(line, "hunter2");
            assert!(!quote.contains("hunter2") && quote.contains(REPLACEMENT), "{line}: {quote}");
        }
    }

    #[test]
    fn a_value_that_is_known_to_be_harmless_is_quoted() {
        let text = "[[channel]]\nid = \"desk\"\nwebhook = \"https://example.org/x\"\nsecret = { credential = \"desk\" }\n\
                    lang = \"ar\"\n[concept.oic]\nar = [\"ا\",\n  \"ب\"]\nnear = { OIC = [\"Jeddah\"] }\n";
        assert_eq!(quoted(text, "https"), ("webhook = \"https://example.org/…\"".into(), "https".into()));
        assert_eq!(quoted(text, "{ credential = \"desk\" }").0, "secret = { credential = \"desk\" }");
        assert_eq!(quoted(text, "\"ar\""), ("lang = \"ar\"".into(), "\"ar\"".into()));
        assert_eq!(quoted(text, "\"ب\"").0, "  \"ب\"]");
        assert_eq!(quoted(text, "Jeddah").0, "near = { OIC = [\"Jeddah\"] }");
    }

    #[test]
    fn a_mark_around_a_secret_follows_the_replacement() {
        let text = "token = { value = \"hunter2\" } # long";
        assert_eq!(quoted(text, "\"hunter2\"").1, "\"…\"");
        assert_eq!(quoted(text, "unter").1, "…");
    }

    #[test]
    fn columns_count_characters() {
        let masked = RedactedText::new("a = 1\nكلمة = \"x\"\n");
        let at = "a = 1\nكلمة = ".len();
        assert_eq!(masked.position(at), (2, 8));
    }
}
