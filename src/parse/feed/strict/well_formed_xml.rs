//! Scans XML up to the first construct that is not well-formed, or that two readers could interpret differently.
//!
//! It accepts less than the specification: names are ASCII, references are the five predefined entities and character
//! numbers, and the document declares no entities.

use crate::parse::feed::strict::StrictRefusal;
use crate::parse::plain_text;

/// The most attributes of one tag, the longest name in bytes and the deepest nesting: within the lenient reader's bounds.
const MAX_ATTRIBUTES: usize = 63;
const MAX_NAME: usize = 128;
const MAX_DEPTH: usize = 59;
/// The most elements of a document. Chosen by hand: a feed of 500 items with 50 elements each has half as many.
const MAX_ELEMENTS: usize = 50_000;
/// The most digits of a character number: the largest one, 1114111, has seven.
const MAX_DIGITS: usize = 7;

/// One piece of the document.
#[derive(Debug)]
pub(super) enum XmlEvent<'a> {
    /// The start of an element; for an empty-element tag also its end.
    Open(OpenTag<'a>),
    /// The end of the innermost element.
    Close,
    /// Text with valid references.
    Text(&'a str),
    /// Text without references.
    Cdata(&'a str),
}

/// The start of an element.
#[derive(Debug)]
pub(super) struct OpenTag<'a> {
    /// Its name with its prefix.
    pub(super) name: &'a str,
    /// Names and values as written.
    pub(super) attributes: Vec<(&'a str, &'a str)>,
    /// True for an empty-element tag.
    pub(super) closed: bool,
}

impl<'a> OpenTag<'a> {
    /// The value of an attribute as written.
    pub(super) fn attribute(&self, name: &str) -> Option<&'a str> {
        self.attributes.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// Refuses an attribute in another letter case, which only the lenient reader recognizes.
    pub(super) fn plainly_spelled(&self, names: &[&str]) -> Result<(), StrictRefusal> {
        let odd = |known: &str| names.iter().any(|name| known.eq_ignore_ascii_case(name) && known != *name);
        if self.attributes.iter().any(|(known, _)| odd(known)) {
            return Err(StrictRefusal::Lossy("an attribute in unusual letter case"));
        }
        Ok(())
    }
}

/// The events of a document, from its root on.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    open: Vec<&'a str>,
    elements: usize,
}

/// Where the root begins, after a byte-order mark, declaration, comments and a document type without declarations.
pub(super) fn root(text: &str) -> Result<usize, StrictRefusal> {
    let mut scanner = Scanner { text, at: 0, open: Vec::new(), elements: 0 };
    if text.starts_with('\u{feff}') {
        scanner.at = '\u{feff}'.len_utf8();
    }
    loop {
        let rest = scanner.rest();
        scanner.at += rest.len() - rest.trim_ascii_start().len();
        let rest = scanner.rest();
        if rest.starts_with("<!--") {
            scanner.comment()?;
        } else if rest.starts_with("<?") {
            scanner.instruction()?;
        } else if rest.starts_with("<!DOCTYPE") {
            let end = rest.find(['[', '>']).filter(|at| rest.as_bytes()[*at] == b'>');
            scanner.at += end.ok_or(StrictRefusal::Malformed("a document type with declarations"))? + 1;
        } else {
            return Ok(scanner.at);
        }
    }
}

impl<'a> Scanner<'a> {
    /// The events of `text`, which begins with the root.
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0, open: Vec::new(), elements: 0 }
    }

    /// The next event; none at the end of the document.
    pub(super) fn next(&mut self) -> Result<Option<XmlEvent<'a>>, StrictRefusal> {
        loop {
            let rest = self.rest();
            if rest.is_empty() {
                return if self.open.is_empty() { Ok(None) } else { Err(StrictRefusal::Malformed("cut off")) };
            }
            if !rest.starts_with('<') {
                return self.text().map(Some);
            }
            if rest.starts_with("<!--") {
                self.comment()?;
            } else if rest.starts_with("<?") {
                self.instruction()?;
            } else if let Some(content) = rest.strip_prefix("<![CDATA[") {
                return self.cdata(content).map(Some);
            } else if let Some(name) = rest.strip_prefix("</") {
                return self.close(name).map(Some);
            } else {
                return self.open().map(Some);
            }
        }
    }

    /// What follows the last event.
    pub(super) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn text(&mut self) -> Result<XmlEvent<'a>, StrictRefusal> {
        let rest = self.rest();
        let text = &rest[..rest.find('<').unwrap_or(rest.len())];
        self.at += text.len();
        if self.open.is_empty() && !text.trim_ascii().is_empty() {
            return Err(StrictRefusal::Malformed("text after the root"));
        }
        check_references(text)?;
        Ok(XmlEvent::Text(text))
    }

    fn cdata(&mut self, content: &'a str) -> Result<XmlEvent<'a>, StrictRefusal> {
        let end = content.find("]]>").ok_or(StrictRefusal::Malformed("an open CDATA section"))?;
        let content = &content[..end];
        if content.contains("<![CDATA[") || self.open.is_empty() {
            return Err(StrictRefusal::Malformed("a CDATA section out of place"));
        }
        self.at += "<![CDATA[]]>".len() + end;
        Ok(XmlEvent::Cdata(content))
    }

    fn comment(&mut self) -> Result<(), StrictRefusal> {
        let body = &self.rest()["<!--".len()..];
        let end = body.find("--").filter(|end| body[*end..].starts_with("-->") && !body.starts_with('>'));
        let end = end.ok_or(StrictRefusal::Malformed("a malformed comment"))?;
        self.at += "<!---->".len() + end;
        Ok(())
    }

    fn instruction(&mut self) -> Result<(), StrictRefusal> {
        let body = &self.rest()["<?".len()..];
        if self.elements > 0 && body.starts_with("xml") || name(body).is_none() {
            return Err(StrictRefusal::Malformed("a processing instruction out of place"));
        }
        let end = body.find("?>").ok_or(StrictRefusal::Malformed("an open processing instruction"))?;
        self.at += "<??>".len() + end;
        Ok(())
    }

    fn close(&mut self, rest: &'a str) -> Result<XmlEvent<'a>, StrictRefusal> {
        let end = rest.find('>').ok_or(StrictRefusal::Malformed("an open tag"))?;
        let name = rest[..end].trim_ascii_end();
        if self.open.pop() != Some(name) {
            return Err(StrictRefusal::Malformed("an end tag that closes another element"));
        }
        self.at += "</>".len() + end;
        Ok(XmlEvent::Close)
    }

    fn open(&mut self) -> Result<XmlEvent<'a>, StrictRefusal> {
        let rest = self.rest();
        let name = name(&rest[1..]).ok_or(StrictRefusal::Malformed("a `<` that begins no tag"))?;
        self.elements += 1;
        if self.elements > 1 && self.open.is_empty() {
            return Err(StrictRefusal::Malformed("a second root"));
        }
        if self.elements > MAX_ELEMENTS || self.open.len() > MAX_DEPTH {
            return Err(StrictRefusal::TooLarge("elements"));
        }
        let mut attributes = Vec::new();
        let mut at = 1 + name.len();
        let closed = loop {
            let blank = rest[at..].len() - rest[at..].trim_ascii_start().len();
            at += blank;
            match rest.as_bytes().get(at) {
                Some(b'>') => break false,
                Some(b'/') if rest[at..].starts_with("/>") => break true,
                Some(_) if blank > 0 => at += attribute(&rest[at..], &mut attributes)?,
                _ => return Err(StrictRefusal::Malformed("a malformed tag")),
            }
        };
        self.at += at + if closed { "/>".len() } else { ">".len() };
        if !closed {
            self.open.push(name);
        }
        Ok(XmlEvent::Open(OpenTag { name, attributes, closed }))
    }
}

/// Reads the attribute at the start of `text`; returns its length in bytes.
fn attribute<'a>(text: &'a str, into: &mut Vec<(&'a str, &'a str)>) -> Result<usize, StrictRefusal> {
    const MALFORMED: StrictRefusal = StrictRefusal::Malformed("a malformed attribute");
    let name = name(text).ok_or(MALFORMED)?;
    let rest = text[name.len()..].trim_ascii_start().strip_prefix('=').ok_or(MALFORMED)?.trim_ascii_start();
    let mark = rest.chars().next().filter(|mark| matches!(mark, '"' | '\'')).ok_or(MALFORMED)?;
    let value = &rest[1..][..rest[1..].find(mark).ok_or(MALFORMED)?];
    // A `>` before a line feed makes the lenient reader look for a missing quotation mark.
    if value.contains('<') || value.contains(">\n") || into.iter().any(|(known, _)| *known == name) {
        return Err(MALFORMED);
    }
    if into.len() >= MAX_ATTRIBUTES {
        return Err(StrictRefusal::TooLarge("attributes"));
    }
    check_references(value)?;
    into.push((name, value));
    Ok(text.len() - rest.len() + value.len() + 2)
}

/// The name at the start of `text`: ASCII, with at most one colon.
fn name(text: &str) -> Option<&str> {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':');
    let name = &text[..text.bytes().position(|b| !is_part(b)).unwrap_or(text.len())];
    let starts = |part: &str| part.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let mut parts = name.split(':');
    let sound = parts.by_ref().take(2).all(starts) && parts.next().is_none();
    (sound && name.len() <= MAX_NAME).then_some(name)
}

/// Refuses text with a malformed reference, or one whose character the lenient reader drops or replaces.
fn check_references(text: &str) -> Result<(), StrictRefusal> {
    for (at, _) in text.match_indices('&') {
        let rest = &text[at + 1..];
        let end = rest.bytes().take(MAX_DIGITS + "#x;".len()).position(|b| b == b';');
        let reference = end.map(|end| &rest[..end]).ok_or(StrictRefusal::Malformed("a bare `&`"))?;
        let number = match reference.strip_prefix('#') {
            None if matches!(reference, "amp" | "lt" | "gt" | "quot" | "apos") => continue,
            None => return Err(StrictRefusal::Malformed("an entity that is not declared")),
            Some(digits) => match digits.strip_prefix('x') {
                Some(digits) => hexadecimal(digits),
                None => decimal(digits),
            },
        };
        let kept = |code: u32| plain_text::valid_char(code).is_some_and(|c| u32::from(c) == code);
        if !number.is_some_and(kept) {
            return Err(StrictRefusal::Malformed("a reference to no character"));
        }
    }
    Ok(())
}

fn hexadecimal(digits: &str) -> Option<u32> {
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
}

fn decimal(digits: &str) -> Option<u32> {
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_sound(text: &str) -> bool {
        let mut scanner = Scanner::new(text);
        loop {
            match scanner.next() {
                Ok(Some(_)) => {}
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    }

    #[test]
    fn well_formed_xml_passes() {
        for text in [
            "<a><b c='1' d = \"&amp;\"/>x &lt; &#1575;&#x627;<![CDATA[<c> & ]]><!-- d --></a>",
            "<a:b xmlns:a='u'>\n</a:b >\n<!-- e -->",
        ] {
            assert!(is_sound(text), "{text}");
        }
    }

    #[test]
    fn xml_that_is_not_well_formed_is_refused() {
        for text in [
            "<a>&</a>",
            "<a>&nbsp;</a>",
            "<a>&#1;</a>",
            "<a>&#146;</a>",
            "<a>&#xD800;</a>",
            "<a b=c/>",
            "<a b='<'/>",
            "<a b='1' b='2'/>",
            "<a><b></a></b>",
            "<a>",
            "<a/>x",
            "<a/><b/>",
            "<a><!-- -- --></a>",
            "<a><![CDATA[</a>",
            "<a><?xml version='1.0'?></a>",
            "<a><!DOCTYPE b></a>",
            "< a/>",
            "<a b='1'c='2'/>",
            "<a:b:c/>",
        ] {
            assert!(!is_sound(text), "{text}");
        }
        assert!(!is_sound(&"<a>".repeat(100)) && !is_sound(&format!("{}{}", "<a>".repeat(100), "</a>".repeat(100))));
    }

    #[test]
    fn the_root_follows_its_declarations() {
        let text = "\u{feff}<?xml version='1.0' encoding='windows-1256'?>\n<!-- c -->\n<!DOCTYPE rss>\n<rss/>";
        assert_eq!(root(text), Ok(text.len() - "<rss/>".len()));
        assert!(root("<!DOCTYPE r [<!ENTITY a 'x'>]><rss/>").is_err());
    }
}
