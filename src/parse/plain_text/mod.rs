//! Converts HTML, and text that only looks like HTML, to plain text.
//!
//! Feeds put HTML, escaped HTML, doubly escaped HTML and plain text into the same elements without declaring which. One
//! linear pass removes known tags, decodes references, and keeps what only looks like a tag (`a < b`).
//!
//! 1. `html_elements` lists the elements and their effect on the text.
//! 2. `character_references` decodes character references.
//! 3. `strip` removes the tags.

use html_elements::kind;
use strip::strip;

mod character_references;
mod html_elements;
mod strip;

pub use character_references::decoded;
pub(crate) use character_references::{reference, valid_char};

/// True for the name of an element of HTML.
pub(super) fn is_html(name: &str) -> bool {
    kind(name).is_some()
}

/// The text of `html` on one line, cut after `limit` characters.
///
/// ```
/// use marsad::parse::plain_text::line;
/// assert_eq!(line("<b>Tom</b> &amp;amp;\n Jerry", 100), "Tom & Jerry");
/// ```
#[must_use]
pub fn line(html: &str, limit: usize) -> String {
    let text = strip_twice(html, limit.saturating_mul(2));
    let words: Vec<&str> = text.split_whitespace().collect();
    cut(&words.join(" "), limit).to_owned()
}

/// The text of `html` with a line feed between paragraphs, cut after `limit` characters.
///
/// ```
/// use marsad::parse::plain_text::text;
/// assert_eq!(text("<p>One</p><p>Two</p>", 100), "One\nTwo");
/// ```
#[must_use]
pub fn text(html: &str, limit: usize) -> String {
    let mut text = strip_twice(html, limit);
    text.truncate(cut(&text, limit).len());
    text
}

/// The first `limit` characters of `text`; combining marks and joiners stay with their letter.
#[must_use]
pub fn cut(text: &str, limit: usize) -> &str {
    let Some((mut end, _)) = text.char_indices().nth(limit) else { return text };
    while let Some(next) = text[end..].chars().next()
        && is_extender(next)
        && end > 0
    {
        end = text[..end].char_indices().next_back().map_or(0, |(at, _)| at);
    }
    text[..end].trim_end()
}

/// True for a character that modifies the one before it.
fn is_extender(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// Strips twice if references remain after the first pass: the publisher escaped them twice.
fn strip_twice(html: &str, limit: usize) -> String {
    let once = strip(html, limit);
    if !has_reference(&once) {
        return once;
    }
    let lines: Vec<String> = once.lines().map(|line| strip(line, limit)).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

fn has_reference(text: &str) -> bool {
    text.match_indices('&')
        .take(64)
        .any(|(at, _)| reference(&text[at..]).is_some_and(|(_, len)| text.as_bytes()[at + len - 1] == b';'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_paragraphs() {
        assert_eq!(text("<p>أول</p><p>ثان<br>ثالث</p>", 100), "أول\nثان\nثالث");
        assert_eq!(text("a <b>b</b> c<script>if (a < b) {}</script>d", 100), "a b cd");
        assert_eq!(text("one\n\ntwo\nthree", 100), "one\ntwo three");
    }

    #[test]
    fn references_are_decoded_even_if_they_were_escaped_twice() {
        assert_eq!(line("Tom &amp;amp; Jerry &amp;#8217;s &laquo;x&raquo;", 100), "Tom & Jerry ’s «x»");
        assert_eq!(text("<p>a &amp;amp; b</p><p>c</p>", 100), "a & b\nc");
        assert_eq!(line("caf&eacute &#146; &#xD83D;&#xDE00; &nbsp;", 100), "café ’ 😀");
        assert_eq!(line("?a=1&copy=2 &oicnews; &#0;x&", 100), "?a=1&copy=2 &oicnews; x&");
    }

    #[test]
    fn what_only_looks_like_a_tag_stays() {
        assert_eq!(line("a < b and <c> is << 5 >>", 100), "a < b and <c> is << 5 >>");
    }

    #[test]
    fn controls_and_direction_overrides_are_dropped_and_joiners_stay() {
        assert_eq!(line("a\u{0}\u{1b}[31mb\u{202e}c می\u{200c}آیند\r\nBcc: x", 100), "a[31mbc می\u{200c}آیند Bcc: x");
    }

    #[test]
    fn a_cut_keeps_marks_with_their_letters() {
        assert_eq!(cut("abc\u{301}d", 3), "ab");
        assert_eq!(cut("abc", 3), "abc");
        for limit in 0..6 {
            let text = text("a é b\u{7f} c", limit);
            assert!(text.chars().count() <= limit, "{limit}: {text:?}");
        }
        assert_eq!(line(&"x".repeat(5000), 1000).len(), 1000);
    }

    #[test]
    fn unclosed_quotes_and_comments_cost_one_pass() {
        let bomb = "<a href=\"x> ".repeat(100_000);
        assert!(text(&bomb, 100).len() <= 100);
        assert_eq!(text("<!-- never closed", 10), "");
    }
}
