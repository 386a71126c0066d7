//! Wraps running text between words.

use super::table;

/// `text` in lines of at most `columns` columns, each with the indent of the first. A longer word has a line of its own.
pub(super) fn wrapped(text: &str, columns: usize) -> String {
    if table::width(text) <= columns {
        return text.to_owned();
    }
    let words = text.trim_start_matches(' ');
    let indent = " ".repeat(text.len() - words.len());
    let (mut lines, mut line) = (String::new(), indent.clone());
    for word in words.split(' ') {
        let is_first = line.len() == indent.len();
        if !is_first && table::width(&line) + 1 + table::width(word) > columns {
            lines.push_str(line.trim_end());
            lines.push('\n');
            line.clone_from(&indent);
        } else if !is_first {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines + &line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_breaks_between_words_and_keeps_its_indent() {
        assert_eq!(wrapped("  one two", 20), "  one two");
        assert_eq!(wrapped("  one two three four", 10), "  one two\n  three\n  four");
        assert_eq!(wrapped("see https://example.org/a/b now", 10), "see\nhttps://example.org/a/b\nnow");
        assert_eq!(wrapped("ニュース ニュース", 10), "ニュース\nニュース", "columns, not characters");
    }
}
