//! Decodes the character references of HTML.

use html5ever::data::NAMED_ENTITIES;

/// The longest name of a character reference that is looked up, in bytes. Chosen by hand: longer than any of HTML.
const LONGEST_NAME: usize = 40;

/// Decodes the character references of `text` and changes nothing else.
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

/// The character that a publisher meant by code point `code`: 128–159 are windows-1252, and characters that no document
/// may contain are none.
#[must_use]
pub(crate) fn valid_char(code: u32) -> Option<char> {
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

/// True for characters that are never kept: controls, byte-order marks, and marks that change the text direction.
pub(super) fn is_dropped(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}' | '\u{200e}' | '\u{200f}' | '\u{61c}'
        | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// The characters of the reference at the start of `text`, and its length in bytes; none if it is not a reference, or
/// has an unknown name.
#[must_use]
pub(crate) fn reference(text: &str) -> Option<([Option<char>; 2], usize)> {
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
        return (first != 0).then(|| ([valid_char(first), valid_char(second).filter(|_| second != 0)], end + 2));
    }
    let &(first, _) = NAMED_ENTITIES.get(&body[..end])?;
    (first != 0 && body.as_bytes()[end] != b'=' && first < 0x100).then(|| ([valid_char(first), None], end + 1))
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
    Some((valid_char(code), used))
}

/// The second half of a surrogate pair that was escaped as two references.
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
