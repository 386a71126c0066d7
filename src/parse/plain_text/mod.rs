//! Plain text from HTML, and from text that only looks like it.
//!
//! Feeds put HTML, escaped HTML, doubly escaped HTML and plain text into the same elements without saying which.
//! One linear pass takes known tags away, decodes references, and keeps what merely looks like a tag (`a < b`).

use html5ever::data::NAMED_ENTITIES;

use html_elements::{ElementKind, kind};

mod html_elements;

/// The longest name of a character reference that is looked up, in bytes.
const LONGEST_NAME: usize = 40;

/// True for the name of an element of HTML.
pub(super) fn is_html(name: &str) -> bool {
    kind(name).is_some()
}

/// The text of `html` in one line, cut after `limit` characters.
#[must_use]
pub fn line(html: &str, limit: usize) -> String {
    let text = twice(html, limit.saturating_mul(2));
    let words: Vec<&str> = text.split_whitespace().collect();
    cut(&words.join(" "), limit).to_owned()
}

/// The text of `html` with a line feed between its paragraphs, cut after `limit` characters.
#[must_use]
pub fn text(html: &str, limit: usize) -> String {
    let mut text = twice(html, limit);
    text.truncate(cut(&text, limit).len());
    text
}

/// `text` up to its `limit`th character; a combining mark or joiner is not torn from its letter.
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

/// True for what changes the character before it and is nothing alone.
fn is_extender(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}' | '\u{1f3fb}'..='\u{1f3ff}')
}

/// References that are still there after the first pass were escaped twice by the publisher.
fn twice(html: &str, limit: usize) -> String {
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

/// The text with every reference to a character decoded, and nothing else changed.
#[must_use]
pub fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match reference(rest) {
            Some((chars, len)) => {
                out.extend(chars.into_iter().flatten());
                rest = &rest[len..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The character that a publisher meant by code point `code`: what stands at 128–159 was windows-1252, and what
/// no document may carry is nothing.
#[must_use]
pub fn legal(code: u32) -> Option<char> {
    let code = match code {
        0x80..=0x9f => {
            let byte = [u8::try_from(code).unwrap_or(b'?')];
            return encoding_rs::WINDOWS_1252
                .decode_without_bom_handling(&byte)
                .0
                .chars()
                .next()
                .filter(|c| !c.is_control());
        }
        other => other,
    };
    char::from_u32(code).filter(|c| !is_dropped(*c))
}

/// What is never kept: control characters, byte-order marks, and the marks that turn the direction of a text.
fn is_dropped(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{200e}' | '\u{200f}' | '\u{61c}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// The characters that the reference at the start of `text` stands for, and its length in bytes; none where it is
/// no reference, or one to a name that nobody knows.
#[must_use]
pub fn reference(text: &str) -> Option<([Option<char>; 2], usize)> {
    let body = text.strip_prefix('&')?;
    if let Some(number) = body.strip_prefix('#') {
        return numeric(number).map(|(c, len)| ([c, None], len + 2));
    }
    let end = body.bytes().take(LONGEST_NAME).position(|b| !b.is_ascii_alphanumeric())?;
    if end == 0 {
        return None;
    }
    if body.as_bytes()[end] == b';' {
        let &(first, second) = NAMED_ENTITIES.get(&body[..=end])?;
        return (first != 0).then(|| ([legal(first), legal(second).filter(|_| second != 0)], end + 2));
    }
    let &(first, _) = NAMED_ENTITIES.get(&body[..end])?;
    (first != 0 && body.as_bytes()[end] != b'=' && first < 0x100).then(|| ([legal(first), None], end + 1))
}

fn numeric(text: &str) -> Option<(Option<char>, usize)> {
    let (digits, radix, mark) = match text.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16, 1),
        None => (text, 10, 0),
    };
    let len = digits.bytes().take(10).take_while(|b| char::from(*b).is_digit(radix)).count();
    let code = u32::from_str_radix(&digits[..len], radix).ok()?;
    let closed = usize::from(digits.as_bytes().get(len) == Some(&b';'));
    let used = mark + len + closed;
    if (0xd800..0xdc00).contains(&code)
        && let Some((low, more)) = low_surrogate(&text[used..])
    {
        return Some((char::from_u32(0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00)), used + more));
    }
    Some((legal(code), used))
}

/// The second half of a pair that was escaped as two references.
fn low_surrogate(text: &str) -> Option<(u32, usize)> {
    let body = text.strip_prefix("&#")?;
    let (digits, radix, mark) = match body.strip_prefix(['x', 'X']) {
        Some(hex) => (hex, 16, 3),
        None => (body, 10, 2),
    };
    let len = digits.bytes().take(8).take_while(|b| char::from(*b).is_digit(radix)).count();
    let code = u32::from_str_radix(&digits[..len], radix).ok().filter(|code| (0xdc00..0xe000).contains(code))?;
    (digits.as_bytes().get(len) == Some(&b';')).then_some((code, mark + len + 1))
}

/// One linear pass over HTML.
struct TagStripper {
    out: String,
    room: usize,
    /// A line feed (2) or a space (1) is owed before the next character.
    owed: u8,
    saw_tag: bool,
}

fn strip(html: &str, limit: usize) -> String {
    let mut strip = TagStripper {
        out: String::with_capacity(html.len().min(limit)),
        room: limit.saturating_add(1),
        owed: 0,
        saw_tag: false,
    };
    let mut rest = html;
    let mut quotes = true;
    while strip.room > 0 {
        let Some(at) = rest.find(['<', '&']) else {
            strip.plain(rest);
            break;
        };
        strip.plain(&rest[..at]);
        rest = &rest[at..];
        let used = if rest.starts_with('&') { strip.reference(rest) } else { strip.tag(rest, &mut quotes) };
        rest = &rest[used..];
    }
    strip.out
}

impl TagStripper {
    fn plain(&mut self, text: &str) {
        let (mut rest, mut blank) = (text, false);
        while self.room > 0 && !rest.is_empty() {
            let (end, count) = run(rest.as_bytes(), self.room);
            if end > 0 {
                self.pay();
                self.out.push_str(&rest[..end]);
                self.room = self.room.saturating_sub(count);
                rest = &rest[end..];
                blank = false;
                continue;
            }
            let Some(c) = rest.chars().next() else { return };
            if c == '\n' && blank && !self.saw_tag || matches!(c, '\u{2028}' | '\u{2029}') {
                self.owed = 2;
            }
            blank = c == '\n' || blank && c.is_whitespace();
            self.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }

    /// Writes the space or line feed that is owed.
    fn pay(&mut self) {
        if !self.out.is_empty() && self.owed > 0 {
            self.out.push(if self.owed == 2 { '\n' } else { ' ' });
            self.room = self.room.saturating_sub(1);
        }
        self.owed = 0;
    }

    fn push(&mut self, c: char) {
        if c.is_whitespace() && !is_dropped(c) {
            self.owed = self.owed.max(1);
            return;
        }
        let Some(c) = legal(u32::from(c)) else { return };
        self.pay();
        self.out.push(c);
        self.room = self.room.saturating_sub(1);
    }

    /// Takes the reference at the start of `text`; says how many bytes it used.
    fn reference(&mut self, text: &str) -> usize {
        match reference(text) {
            Some((chars, len)) => {
                chars.into_iter().flatten().for_each(|c| self.push(c));
                len
            }
            None => {
                self.push('&');
                1
            }
        }
    }

    /// Takes the tag or comment at the start of `text`, or the bare `<` that it is; says how many bytes it used.
    fn tag(&mut self, text: &str, quotes: &mut bool) -> usize {
        if let Some(comment) = text.strip_prefix("<!--") {
            self.saw_tag = true;
            return comment.find("-->").map_or(text.len(), |end| end + 7);
        }
        if let Some(data) = text.strip_prefix("<![CDATA[") {
            let end = data.find("]]>").unwrap_or(data.len());
            self.plain(&data[..end]);
            return (end + 12).min(text.len());
        }
        let inner = text[1..].trim_start_matches('/');
        let name: &str = &inner[..inner.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b':').count()];
        let Some(kind) = kind(name).or_else(|| text.starts_with("<!").then_some(ElementKind::Inline)) else {
            self.push('<');
            return 1;
        };
        self.saw_tag = true;
        match kind {
            ElementKind::Block => self.owed = 2,
            ElementKind::Cell => self.owed = self.owed.max(1),
            ElementKind::Inline | ElementKind::Hidden => {}
        }
        let end = tag_end(text, quotes);
        if kind == ElementKind::Hidden && !text.starts_with("</") && !text[..end].ends_with("/>") {
            return end + hidden_end(&text[end..], name);
        }
        end
    }
}

/// How many bytes at the start are letters, figures and marks of the commonest blocks with at most one space between
/// them, and how many characters that makes: the most of most texts, kept as they are. The blocks (ASCII, Latin to
/// Hebrew, Arabic, Han) hold nothing that is dropped and no space, but for the Arabic letter mark.
fn run(bytes: &[u8], room: usize) -> (usize, usize) {
    let width = |at: usize| match bytes.get(at) {
        Some(0x21..=0x7e) => 1,
        Some(0xd8) if bytes.get(at + 1) == Some(&0x9c) => 0,
        Some(0xc3..=0xdb) => 2,
        Some(0xe4..=0xe9) => 3,
        _ => 0,
    };
    let (mut at, mut count) = (0, 0);
    while count < room {
        match width(at) {
            0 if at > 0 && bytes.get(at) == Some(&b' ') && bytes[at - 1] != b' ' && width(at + 1) > 0 => at += 1,
            0 => break,
            wide => at += wide,
        }
        count += 1;
    }
    (at, count)
}

/// Where the tag at the start of `text` ends. A quotation mark that is never closed is not believed, and after one
/// such mark none is: otherwise each tag could make the rest of the document be read again.
fn tag_end(text: &str, quotes: &mut bool) -> usize {
    if *quotes {
        let mut open = None;
        for (at, b) in text.bytes().enumerate().skip(1) {
            match (open, b) {
                (None, b'"' | b'\'') => open = Some(b),
                (Some(mark), b) if b == mark => open = None,
                (None, b'>') => return at + 1,
                _ => {}
            }
        }
        *quotes = false;
    }
    text.find('>').map_or(text.len(), |at| at + 1)
}

/// How much of `text` belongs to an element that is never shown.
fn hidden_end(text: &str, name: &str) -> usize {
    let mut from = 0;
    while let Some(at) = text[from..].find("</") {
        let start = from + at;
        let after = &text.as_bytes()[start + 2..];
        if after.len() >= name.len() && after[..name.len()].eq_ignore_ascii_case(name.as_bytes()) {
            return text[start..].find('>').map_or(text.len(), |end| start + end + 1);
        }
        from = start + 2;
    }
    text.len()
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
    fn references_are_decoded_however_often_they_were_escaped() {
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
