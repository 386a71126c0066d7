//! Handles bidirectional text: removes or isolates control characters.

/// Removes characters that change the direction of what follows: overrides, embeddings, isolates, marks.
///
/// Other invisible characters stay, because ZWNJ and ZWJ belong to letters.
#[must_use]
pub(crate) fn strip(text: &str) -> String {
    text.chars().filter(|c| !is_direction_control(*c)).collect()
}

/// Wraps a text in an isolate (FSI … PDI), so that it can be embedded in a sentence of the other direction. Direction
/// characters inside are removed, because an unbalanced one would end the isolate.
///
/// ```
/// use marsad::text::bidi;
///
/// assert_eq!(bidi::isolate("غزة"), "\u{2068}غزة\u{2069}");
/// ```
#[must_use]
pub fn isolate(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 6);
    out.push('\u{2068}');
    out.extend(text.chars().filter(|c| !is_direction_control(*c)));
    out.push('\u{2069}');
    out
}

/// Makes a text safe for a terminal or a log line: removes direction overrides and replaces each run of control
/// characters (C0, C1, DEL) and line ends by one space, so that a headline can neither move the cursor nor fake a line.
///
/// ```
/// use marsad::text::bidi;
///
/// assert_eq!(bidi::plain("one\r\ntwo\u{1b}[2J"), "one two [2J");
/// ```
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let space = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        match c {
            _ if space && !out.is_empty() && !out.ends_with(' ') => out.push(' '),
            _ if space || is_direction_control(c) => {}
            _ => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// True for the directional formatting characters of UAX #9.
fn is_direction_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_does_not_affect_the_text_after_it() {
        assert_eq!(strip("a\u{202e}b\u{200f}c"), "abc");
        assert_eq!(strip("می\u{200c}شود"), "می\u{200c}شود");
        assert_eq!(isolate("x\u{2069}y"), "\u{2068}xy\u{2069}");
    }

    #[test]
    fn a_headline_cannot_move_the_cursor() {
        assert_eq!(plain("\u{1b}[2Jkind\r\nnews\u{9b}31m\u{7}"), "[2Jkind news 31m");
    }
}
