//! Splits a text into pieces, with the matched words marked, for a page or a terminal.

use serde::Serialize;

use super::sanitize;
use crate::alert::{Field, Hit, Match};

/// How many characters of context precede a match.
const BEFORE: usize = 60;

/// A piece of text, matched or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct TextSpan {
    /// The text, sanitised but not escaped.
    pub text: String,
    /// True if it is a match.
    pub(crate) mark: bool,
}

/// Splits a text into pieces on one line, with the given ranges (in characters) marked; ranges may overlap.
pub(crate) fn pieces(text: &str, ranges: &[(usize, usize)]) -> Vec<TextSpan> {
    let mut pieces: Vec<TextSpan> = Vec::new();
    for (index, c) in text.chars().enumerate() {
        let mark = ranges.iter().any(|(start, end)| (*start..*end).contains(&index));
        match pieces.last_mut() {
            Some(last) if last.mark == mark => last.text.push(c),
            _ => pieces.push(TextSpan { text: c.to_string(), mark }),
        }
    }
    for piece in &mut pieces {
        piece.text = spaced(&piece.text);
    }
    pieces
}

/// The ranges in `field` where a watch matched.
pub(crate) fn ranges(hits: &[Hit], field: Field) -> Vec<(usize, usize)> {
    hits.iter().flat_map(|hit| &hit.matches).filter(|m| m.field == field).map(|m| (m.start, m.end)).collect()
}

/// The context of a match in pieces, with the match marked.
pub fn context(found: &Match) -> Vec<TextSpan> {
    around(&found.context, &found.text, found.start)
}

/// Splits `context` into pieces, with the occurrence of `text` marked that a match at `start` refers to.
pub(crate) fn around(context: &str, text: &str, start: usize) -> Vec<TextSpan> {
    let expected = start.min(BEFORE);
    let place = (!text.is_empty())
        .then(|| context.match_indices(text).map(|(at, _)| context[..at].chars().count()))
        .and_then(|places| places.min_by_key(|at| at.abs_diff(expected)));
    let marked = place.map(|at| (at, at + text.chars().count()));
    pieces(context, marked.as_slice())
}

/// Sanitised, with single white space, which is kept at the ends, where the next piece begins.
fn spaced(text: &str) -> String {
    let line = sanitize::line(text);
    let (front, back) = (text.starts_with(char::is_whitespace), text.ends_with(char::is_whitespace));
    match (line.is_empty(), front, back) {
        (true, front, back) => if front || back { " " } else { "" }.to_owned(),
        (false, front, back) => format!("{}{line}{}", if front { " " } else { "" }, if back { " " } else { "" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(pieces: &[TextSpan]) -> String {
        pieces.iter().map(|p| if p.mark { format!("[{}]", p.text) } else { p.text.clone() }).collect()
    }

    #[test]
    fn ranges_are_counted_in_characters_and_may_overlap() {
        assert_eq!(shown(&pieces("حذر لغزة اليوم", &[(4, 8)])), "حذر [لغزة] اليوم");
        assert_eq!(shown(&pieces("abcdef", &[(1, 3), (2, 5)])), "a[bcde]f");
        assert_eq!(shown(&pieces("abc", &[(2, 99), (50, 60)])), "ab[c]");
    }

    #[test]
    fn pieces_are_sanitised_and_on_one_line() {
        assert_eq!(shown(&pieces("a\u{202e}\n b\u{1b}c", &[(4, 5)])), "a [b]c");
    }

    #[test]
    fn the_right_one_of_equal_words_is_marked() {
        assert_eq!(shown(&around("OIC and OIC", "OIC", 8)), "OIC and [OIC]");
        assert_eq!(shown(&around("OIC and OIC", "OIC", 0)), "[OIC] and OIC");
        assert_eq!(shown(&around("nothing here", "OIC", 4)), "nothing here");
        assert_eq!(shown(&around("nothing here", "", 4)), "nothing here");
    }
}
