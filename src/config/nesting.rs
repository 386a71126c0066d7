//! Rejects a file that nests deeper than any configuration: its tree is walked by recursion, and the stack is limited.

/// The deepest nesting of lists and inline tables, and the most parts of a dotted key. Chosen by hand: the keys of the
/// configuration nest four deep.
pub(super) const MAX_DEPTH: usize = 64;

/// The place where a text nests deeper than [`MAX_DEPTH`], if it does.
pub(super) fn too_deep(text: &str) -> Option<usize> {
    let (mut depth, mut dots) = (0_usize, 0_usize);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'"' | b'\'') => at = string_end(bytes, at, quote),
            b'#' => at += bytes[at..].iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len() - at) - 1,
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'.' => dots += 1,
            b'\n' | b'=' | b',' => dots = 0,
            _ => {}
        }
        if depth > MAX_DEPTH || dots >= MAX_DEPTH {
            return Some(at);
        }
        at += 1;
    }
    None
}

/// The last byte of the string that begins at `at`, or of its line if it is not closed.
fn string_end(bytes: &[u8], at: usize, quote: u8) -> usize {
    let long = bytes[at..].starts_with(&[quote; 3]);
    let mut end = at + if long { 3 } else { 1 };
    while end < bytes.len() {
        match bytes[end] {
            b'\\' if quote == b'"' => end += 1,
            b'\n' if !long => return end - 1,
            byte if byte == quote && !long => return end,
            _ if long && bytes[end..].starts_with(&[quote; 3]) => return end + 2,
            _ => {}
        }
        end += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_nesting_is_found_and_brackets_in_strings_and_comments_do_not_count() {
        let deep = |n: usize| format!("x = {}{}\n", "[".repeat(n), "]".repeat(n));
        assert_eq!(too_deep(&deep(MAX_DEPTH)), None);
        assert_eq!(too_deep(&deep(50_000)), Some(4 + MAX_DEPTH));
        assert!(too_deep(&format!("{}x = 1", "a.".repeat(4_000))).is_some());
        assert!(too_deep(&"a = {".repeat(4_000)).is_some());
        let marks = "[".repeat(200);
        for text in [
            format!("x = \"{marks}\""),
            format!("x = '{marks}'"),
            format!("x = \"\"\"\n{marks}\n\"\"\""),
            format!("x = \"a \\\" {marks}\""),
            format!("# {marks}\nx = 1"),
            "x = [1]\n".repeat(500),
        ] {
            assert_eq!(too_deep(&text), None, "{text}");
        }
    }
}
