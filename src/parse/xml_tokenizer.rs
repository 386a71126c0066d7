//! Splits XML, even if it is broken, into tags, text and CDATA, in one linear pass.
//!
//! Comments, declarations, processing instructions and document types are skipped; nothing external is ever read.

use std::collections::HashMap;

/// The most attributes of one tag. Chosen by hand.
const MAX_ATTRIBUTES: usize = 64;
/// The most entities of a document type, and the longest of them, in bytes. Chosen by hand.
const MAX_ENTITIES: usize = 64;
const MAX_ENTITY: usize = 256;
/// The longest name of an element or attribute, in bytes. Chosen by hand.
const MAX_NAME: usize = 128;

/// One piece of the document.
#[derive(Debug)]
pub(in crate::parse) enum XmlToken<'a> {
    /// The start of an element.
    Open(XmlTag<'a>),
    /// The end of an element, by its name.
    Close(&'a str),
    /// Text with its references still in it.
    Text(&'a str),
    /// Text in which nothing is escaped.
    Cdata(&'a str),
}

/// The start of an element.
#[derive(Debug)]
pub(in crate::parse) struct XmlTag<'a> {
    /// Its name with its prefix, as written.
    pub(in crate::parse) name: &'a str,
    /// Names and values as written, the first of each name.
    pub(in crate::parse) attributes: Vec<(&'a str, &'a str)>,
    /// True for an empty-element tag: `<br/>`.
    pub(in crate::parse) closed: bool,
    /// The tag as written.
    pub(in crate::parse) raw: &'a str,
}

/// The tokens of a text.
pub(in crate::parse) struct XmlTokens<'a> {
    text: &'a str,
    at: usize,
    /// Set once the end mark of a comment, an instruction or CDATA was not found.
    unclosed: [bool; 3],
    /// Where the next CDATA section ends, once known.
    cdata_end: Option<usize>,
    quotes: bool,
    entities: HashMap<&'a str, &'a str>,
    /// True if the document ends inside a tag.
    pub(in crate::parse) torn: bool,
}

impl<'a> XmlTokens<'a> {
    pub(in crate::parse) fn new(text: &'a str, from: usize) -> Self {
        Self {
            text,
            at: from,
            unclosed: [false; 3],
            cdata_end: None,
            quotes: true,
            entities: HashMap::new(),
            torn: false,
        }
    }

    /// How far the document has been read, in bytes.
    pub(in crate::parse) fn at(&self) -> usize {
        self.at
    }

    /// The value of the entity `name`; empty if it is nested or too long.
    pub(in crate::parse) fn entity(&self, name: &str) -> Option<&'a str> {
        self.entities.get(name).copied()
    }

    /// True if the document type declares entities.
    pub(in crate::parse) fn has_entities(&self) -> bool {
        !self.entities.is_empty()
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Skips past the next `mark`; if there is none, stays and never looks for it again.
    fn skip(&mut self, kind: usize, mark: &str) -> Option<&'a str> {
        if self.unclosed[kind] {
            return None;
        }
        let rest = self.rest();
        match rest.find(mark) {
            Some(end) => {
                self.at += end + mark.len();
                Some(&rest[..end])
            }
            None => {
                self.unclosed[kind] = true;
                None
            }
        }
    }

    /// The CDATA section whose content starts here. One that contains the end of its item was never closed: it ends at the
    /// next end tag.
    fn cdata(&mut self) -> &'a str {
        let start = self.at;
        let end = match self.cdata_end.filter(|end| *end >= start) {
            Some(end) => Some(end),
            None => self.skip(2, "]]>").map(|content| start + content.len()),
        };
        self.cdata_end = end;
        if let Some(end) = end {
            let content = &self.text[start..end];
            if !is_unclosed_cdata(content) {
                self.at = end + "]]>".len();
                return content;
            }
        }
        self.at = start;
        let content = &self.rest()[..self.rest().find("</").unwrap_or(self.rest().len())];
        self.at += content.len();
        content
    }

    fn doctype(&mut self) {
        let rest = self.rest();
        let subset = rest.find(['[', '>']).filter(|at| rest.as_bytes()[*at] == b'[');
        let end = match subset {
            Some(open) => rest[open..].find("]>").or_else(|| rest[open..].find(']')).map(|at| open + at),
            None => rest.find('>'),
        };
        let Some(end) = end else {
            self.at += "<!".len();
            return;
        };
        self.declare(&rest[..end]);
        self.at += end + rest[end..].find('>').map_or(1, |at| at + 1);
    }

    fn declare(&mut self, subset: &'a str) {
        for declaration in subset.split("<!ENTITY").skip(1).take(MAX_ENTITIES) {
            let Some((name, rest)) = declaration.trim_start().split_once(char::is_whitespace) else { continue };
            let rest = rest.trim_start();
            let value = rest
                .chars()
                .next()
                .filter(|mark| matches!(mark, '"' | '\''))
                .and_then(|mark| rest[1..].split(mark).next());
            let plain = value
                .filter(|value| value.len() <= MAX_ENTITY && !value.contains(['&', '<', '%']) || is_reference(value));
            self.entities.insert(name, plain.unwrap_or_default());
        }
    }

    /// Reads the tag at `self.at`; none if the `<` is text.
    fn tag(&mut self) -> Option<XmlToken<'a>> {
        let start = self.at;
        let rest = self.rest();
        let closing = rest.starts_with("</");
        let name_at = if closing { 2 } else { 1 };
        let name = name(&rest[name_at..]);
        if name.is_empty() {
            return None;
        }
        let mut at = name_at + name.len();
        let mut attributes = Vec::new();
        let bytes = rest.as_bytes();
        let mut closed = false;
        loop {
            match bytes.get(at) {
                None => {
                    self.torn = true;
                    break;
                }
                Some(b'>') => {
                    at += 1;
                    break;
                }
                Some(b'<') => break,
                Some(b'/') => {
                    closed = bytes.get(at + 1) == Some(&b'>');
                    at += 1;
                }
                Some(b) if b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'=') => at += 1,
                Some(_) => at = self.attribute(rest, at, &mut attributes),
            }
        }
        self.at = start + at;
        Some(if closing {
            XmlToken::Close(cap(name))
        } else {
            XmlToken::Open(XmlTag { name: cap(name), attributes, closed, raw: &rest[..at] })
        })
    }

    /// Reads the attribute at `at`; returns where it ends.
    fn attribute(&mut self, rest: &'a str, at: usize, into: &mut Vec<(&'a str, &'a str)>) -> usize {
        let bytes = rest.as_bytes();
        let length = bytes[at..]
            .iter()
            .position(|b| b.is_ascii_whitespace() || b"=<>/\"'".contains(b))
            .unwrap_or(bytes.len() - at);
        let key = &rest[at..at + length.max(1).min(bytes.len() - at)];
        let mut at = at + key.len();
        let spaces = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        let equals = at + spaces(at);
        let mut value = "";
        if bytes.get(equals) == Some(&b'=') {
            at = equals + 1 + spaces(equals + 1);
            (value, at) = self.value(rest, at);
        }
        if into.len() < MAX_ATTRIBUTES && !into.iter().any(|(known, _)| *known == key) {
            into.push((cap(key), value));
        }
        at
    }

    /// The value of an attribute, quoted or not, and where it ends.
    fn value(&mut self, rest: &'a str, at: usize) -> (&'a str, usize) {
        let bytes = rest.as_bytes();
        if let Some(mark @ (b'"' | b'\'')) = bytes.get(at)
            && self.quotes
        {
            let body = &bytes[at + 1..];
            match body.iter().position(|b| b == mark) {
                Some(end) if !looks_unclosed(&rest[at + 1..at + 1 + end]) => {
                    return (&rest[at + 1..at + 1 + end], at + end + 2);
                }
                Some(_) => {}
                None => self.quotes = false,
            }
            let end = body.iter().position(|b| matches!(b, b'<' | b'>')).unwrap_or(body.len());
            return (rest[at + 1..at + 1 + end].trim_end_matches('/'), at + 1 + end);
        }
        let end = bytes[at..]
            .iter()
            .position(|b| b.is_ascii_whitespace() || matches!(b, b'>' | b'<'))
            .unwrap_or(bytes.len() - at);
        let value = &rest[at..at + end];
        let value = if bytes.get(at + end) == Some(&b'>') { value.strip_suffix('/').unwrap_or(value) } else { value };
        (value.trim_matches(['"', '\'']), at + value.len())
    }

    fn markup(&mut self) -> Option<XmlToken<'a>> {
        let rest = self.rest();
        if rest.starts_with("<!--") {
            return self.skip(0, "-->").map(|_| XmlToken::Text(""));
        }
        if rest.starts_with("<![CDATA[") {
            self.at += "<![CDATA[".len();
            return Some(XmlToken::Cdata(self.cdata()));
        }
        if rest.starts_with("<?") {
            return self.skip(1, "?>").map(|_| XmlToken::Text(""));
        }
        if rest.starts_with("<!") && rest.as_bytes().get(2).is_some_and(u8::is_ascii_alphabetic) {
            self.doctype();
            return Some(XmlToken::Text(""));
        }
        self.tag()
    }
}

impl<'a> Iterator for XmlTokens<'a> {
    type Item = XmlToken<'a>;

    fn next(&mut self) -> Option<XmlToken<'a>> {
        let rest = self.rest();
        if rest.is_empty() {
            return None;
        }
        if rest.starts_with('<') {
            if let Some(token) = self.markup() {
                return Some(token);
            }
            let more = self.rest()[1..].find('<').map_or(self.rest().len(), |at| at + 1);
            let text = &self.rest()[..more];
            self.at += more;
            return Some(XmlToken::Text(text));
        }
        let end = rest.find('<').unwrap_or(rest.len());
        self.at += end;
        Some(XmlToken::Text(&rest[..end]))
    }
}

/// The name at the start of `text`; empty if there is none.
fn name(text: &str) -> &str {
    let starts = text.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_');
    let length =
        text.bytes().position(|b| b.is_ascii_whitespace() || b"/><=\"'&;,!?()[]{}".contains(&b)).unwrap_or(text.len());
    if starts { &text[..length] } else { "" }
}

/// Cuts a name that is too long: no known name is.
fn cap(name: &str) -> &str {
    if name.len() <= MAX_NAME { name } else { crate::parse::plain_text::cut(&name[..floor(name, MAX_NAME)], MAX_NAME) }
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// True for CDATA in which elements of a feed end before another section begins: it was never closed.
fn is_unclosed_cdata(content: &str) -> bool {
    let Some(inner) = content.find("<![CDATA[") else { return false };
    ["</item", "</entry", "</title", "</link", "</description", "</guid"]
        .iter()
        .any(|end| content[..inner].contains(end))
}

/// True for a value that contains other tags: its closing mark is missing.
fn looks_unclosed(value: &str) -> bool {
    value.contains("</") || value.contains(">\n") || value.contains("=") && value.contains('<')
}

/// True for a single character reference, as entity sets declare it.
fn is_reference(value: &str) -> bool {
    value.starts_with("&#") && value.find(';') == Some(value.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(text: &str) -> Vec<String> {
        XmlTokens::new(text, 0)
            .filter_map(|token| match token {
                XmlToken::Open(tag) => {
                    Some(format!("<{}{:?}{}", tag.name, tag.attributes, if tag.closed { "/" } else { "" }))
                }
                XmlToken::Close(name) => Some(format!("</{name}")),
                XmlToken::Text("") => None,
                XmlToken::Text(text) => Some(text.to_owned()),
                XmlToken::Cdata(text) => Some(format!("[{text}]")),
            })
            .collect()
    }

    #[test]
    fn tags_text_and_cdata_are_separated() {
        assert_eq!(
            tokens("<?xml?><!-- c --><a b='1' c=2 d/>x<![CDATA[<y>]]></a>"),
            [r#"<a[("b", "1"), ("c", "2"), ("d", "")]/"#, "x", "[<y>]", "</a"]
        );
    }

    #[test]
    fn broken_markup_stays_readable() {
        assert_eq!(tokens("a < b <<c>> & d"), ["a ", "< b ", "<", "<c[]", "> & d"]);
        assert_eq!(tokens("<a href=http://x/>t"), [r#"<a[("href", "http://x")]/"#, "t"]);
        assert_eq!(tokens("<t><![CDATA[open</t>"), ["<t[]", "[open]", "</t"]);
        assert_eq!(tokens("<!-- open <a>"), ["<!-- open ", "<a[]"]);
    }

    #[test]
    fn an_entity_is_what_its_document_says_unless_it_nests() {
        let mut tokens = XmlTokens::new(
            "<!DOCTYPE r [<!ENTITY a 'x'><!ENTITY b '&a;&a;'><!ENTITY c SYSTEM 'file:///etc/passwd'>]><r/>",
            0,
        );
        assert!(tokens.by_ref().count() > 0);
        assert_eq!(
            (tokens.entity("a"), tokens.entity("b"), tokens.entity("c"), tokens.entity("d")),
            (Some("x"), Some(""), Some(""), None)
        );
    }
}
