//! Strips the tags of HTML in one linear pass.

use super::character_references::{is_dropped, reference, valid_char};
use super::html_elements::{ElementKind, kind};

/// White space between two characters, in rising strength.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PendingBreak {
    None,
    Space,
    Line,
}

/// One linear pass over HTML.
struct TagStripper {
    out: String,
    room: usize,
    /// The white space to write before the next character.
    pending: PendingBreak,
    saw_tag: bool,
}

pub(super) fn strip(html: &str, limit: usize) -> String {
    let mut strip = TagStripper {
        out: String::with_capacity(html.len().min(limit)),
        room: limit.saturating_add(1),
        pending: PendingBreak::None,
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
                self.flush_break();
                self.out.push_str(&rest[..end]);
                self.room = self.room.saturating_sub(count);
                rest = &rest[end..];
                blank = false;
                continue;
            }
            let Some(c) = rest.chars().next() else { return };
            if c == '\n' && blank && !self.saw_tag || matches!(c, '\u{2028}' | '\u{2029}') {
                self.pending = PendingBreak::Line;
            }
            blank = c == '\n' || blank && c.is_whitespace();
            self.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }

    /// Writes the pending space or line feed.
    fn flush_break(&mut self) {
        if !self.out.is_empty() && self.pending != PendingBreak::None {
            self.out.push(if self.pending == PendingBreak::Line { '\n' } else { ' ' });
            self.room = self.room.saturating_sub(1);
        }
        self.pending = PendingBreak::None;
    }

    fn push(&mut self, c: char) {
        if c.is_whitespace() && !is_dropped(c) {
            self.pending = self.pending.max(PendingBreak::Space);
            return;
        }
        let Some(c) = valid_char(u32::from(c)) else { return };
        self.flush_break();
        self.out.push(c);
        self.room = self.room.saturating_sub(1);
    }

    /// Reads the reference at the start of `text`; returns its length in bytes.
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

    /// Reads the tag, comment or bare `<` at the start of `text`; returns its length in bytes.
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
            ElementKind::Block => self.pending = PendingBreak::Line,
            ElementKind::Cell => self.pending = self.pending.max(PendingBreak::Space),
            ElementKind::Inline | ElementKind::Hidden => {}
        }
        let end = tag_end(text, quotes);
        if kind == ElementKind::Hidden && !text.starts_with("</") && !text[..end].ends_with("/>") {
            return end + hidden_end(&text[end..], name);
        }
        end
    }
}

/// How many bytes at the start are printable characters of the commonest blocks with at most one space between them, and
/// how many characters that makes. Most of a text is copied this way. The blocks (ASCII, Latin to Hebrew, Arabic, Han)
/// contain no space and nothing that is dropped, except the Arabic letter mark.
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

/// Where the tag at the start of `text` ends. After one quotation mark that is never closed, quotation marks are ignored:
/// otherwise each tag could cause another pass over the rest of the document.
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

/// How many bytes at the start of `text` belong to the hidden element `name`.
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
