//! Which way text runs, and how to keep one text from turning another round.

/// The text without characters that change the direction of what follows: overrides, embeddings, isolates, marks.
///
/// Every other invisible character stays, because ZWNJ and ZWJ are letters' business.
#[must_use]
pub fn strip(text: &str) -> String {
    text.chars().filter(|c| !is_control(*c)).collect()
}

/// The text in an isolate of its own (FSI … PDI), so that it may stand in a sentence of the other direction.
/// Direction characters inside it are taken out, because an unbalanced one would end the isolate.
#[must_use]
pub fn isolate(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 6);
    out.push('\u{2068}');
    out.extend(text.chars().filter(|c| !is_control(*c)));
    out.push('\u{2069}');
    out
}

/// The text fit for a terminal or a log line: no control character (C0, C1, DEL) and no direction override, each
/// run of them and of line ends one space; so a headline can neither move the cursor nor fake a line.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let space = c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
        match c {
            _ if space && !out.is_empty() && !out.ends_with(' ') => out.push(' '),
            _ if space || is_control(c) => {}
            _ => out.push(c),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// True for the characters that UAX #9 gives power over direction.
fn is_control(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_does_not_reach_what_follows() {
        assert_eq!(strip("a\u{202e}b\u{200f}c"), "abc");
        assert_eq!(strip("می\u{200c}شود"), "می\u{200c}شود");
        assert_eq!(isolate("x\u{2069}y"), "\u{2068}xy\u{2069}");
    }

    #[test]
    fn a_headline_cannot_move_the_cursor() {
        assert_eq!(plain("\u{1b}[2Jkind\r\nnews\u{9b}31m\u{7}"), "[2Jkind news 31m");
    }
}
