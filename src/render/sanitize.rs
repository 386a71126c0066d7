//! Makes text from publishers safe for a screen: it cannot forge a line, a colour or a direction.

use unicode_width::UnicodeWidthChar as _;

use crate::text::bidi;

/// The most marks and joiners in a row; more is "zalgo". Chosen by hand, above what any script needs.
const MARKS: usize = 4;

/// The text without control characters, bidi overrides and floods of invisible marks; line feeds stay.
pub fn plain(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut marks = 0;
    for c in bidi::strip(text).chars() {
        let Some(c) = harmless(c) else { continue };
        marks = if c.width() == Some(0) { marks + 1 } else { 0 };
        if marks <= MARKS {
            kept.push(c);
        }
    }
    kept
}

/// [`plain`] on one line, with runs of white space made one space.
pub fn line(text: &str) -> String {
    plain(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// [`line`] in an isolate, apart from the text around it.
pub fn isolate(text: &str) -> String {
    bidi::isolate(&line(text))
}

/// At most `most` characters of the text, cut before a whole letter, with an ellipsis.
pub fn cut(text: &str, most: usize) -> String {
    let Some((mut end, _)) = text.char_indices().nth(most) else { return text.to_owned() };
    // A letter keeps its marks: the cut moves back to before the letter that the next mark belongs to.
    while text[end..].chars().next().is_some_and(|c| c.width() == Some(0)) {
        match text[..end].char_indices().next_back() {
            Some((before, _)) => end = before,
            None => break,
        }
    }
    format!("{}…", text[..end].trim_end())
}

/// Replaces control characters with U+FFFD, one for one: receivers choke on U+0000, and offsets must not move.
pub(super) fn without_controls(text: &str) -> String {
    text.chars().map(visible).collect()
}

/// U+FFFD for a control character.
pub(super) fn visible(c: char) -> char {
    if c.is_control() && !matches!(c, '\n' | '\t' | '\r') { '\u{FFFD}' } else { c }
}

fn harmless(c: char) -> Option<char> {
    match c {
        '\n' => Some('\n'),
        '\t' | '\u{2028}' | '\u{2029}' | '\u{85}' => Some(' '),
        '\u{FEFF}' | '\u{E0000}'..='\u{E007F}' => None,
        c if c.is_control() => None,
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_forge_a_line_a_colour_or_a_direction() {
        let text = "a\u{1b}[31mb\r\nc\u{202e}d\u{2066}e\0f\u{9b}g\u{7}\u{2028}h";
        assert_eq!(plain(text), "a[31mb\ncdefg h");
        assert_eq!(line(text), "a[31mb cdefg h");
    }

    #[test]
    fn joiners_and_vowel_marks_stay_and_floods_go() {
        assert_eq!(plain("می\u{200c}رود مُحَمَّد"), "می\u{200c}رود مُحَمَّد");
        let flood = format!("a{}b", "\u{301}".repeat(50));
        assert_eq!(plain(&flood).chars().count(), 2 + MARKS);
    }

    #[test]
    fn a_cut_keeps_whole_letters() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "abc…");
        assert_eq!(cut("abe\u{301}", 3), "ab…");
        assert_eq!(cut("\u{301}\u{301}", 1), "…");
        assert_eq!(cut("", 0), "");
    }
}
