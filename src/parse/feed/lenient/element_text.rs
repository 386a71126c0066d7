//! Collects the text of one open element.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::parse::feed::element_names::ElementName;
use crate::parse::plain_text;
use crate::parse::xml_tokenizer::{XmlTag, XmlTokens};

/// The longest text of one element as HTML, in bytes. Chosen by hand.
const MAX_FIELD: usize = 1 << 20;

/// The open element.
pub(in crate::parse::feed) struct OpenField<'a> {
    pub(in crate::parse::feed) name: ElementName,
    /// Its name as written, which its end tag repeats.
    pub(in crate::parse::feed) raw: &'a str,
    pub(in crate::parse::feed) attributes: Vec<(&'a str, &'a str)>,
    /// Where it begins, in bytes.
    pub(in crate::parse::feed) at: usize,
    /// The base address and the language that apply to it, by index.
    pub(in crate::parse::feed) base: usize,
    pub(in crate::parse::feed) lang: Option<usize>,
    /// Its content as HTML.
    buffer: String,
    /// True if the content is markup with text that is escaped once, as in Atom's `xhtml`.
    xhtml: bool,
    /// How many elements are open within it, and how many of them have its own name.
    depth: usize,
    same: usize,
}

impl<'a> OpenField<'a> {
    pub(in crate::parse::feed) fn new(
        name: ElementName,
        tag: XmlTag<'a>,
        at: usize,
        base: usize,
        lang: Option<usize>,
    ) -> Self {
        let mut field = Self {
            name,
            raw: tag.name,
            attributes: tag.attributes,
            at,
            base,
            lang,
            buffer: String::new(),
            xhtml: false,
            depth: 0,
            same: 0,
        };
        field.xhtml = field.attribute("type").is_some_and(|kind| kind.to_ascii_lowercase().contains("xhtml"));
        field
    }

    /// The value of an attribute, decoded.
    pub(in crate::parse::feed) fn attribute(&self, name: &str) -> Option<String> {
        let (_, value) = self.attributes.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(plain_text::decoded(value))
    }

    /// True if the element `name` can be markup within this one; false if this one must have been left open.
    pub(in crate::parse::feed) fn accepts(&self, name: ElementName, tag: &XmlTag<'_>) -> bool {
        if name == ElementName::Item {
            return false;
        }
        if self.xhtml && self.depth > 0 || name == ElementName::Other {
            return true;
        }
        self.depth > 0 && name.is_html_too() || self.buffer.trim().is_empty() && tag.name.eq_ignore_ascii_case(self.raw)
    }

    /// Adds a tag as markup.
    pub(in crate::parse::feed) fn open(&mut self, tag: &XmlTag<'_>, is_html: bool) {
        self.xhtml |= is_html && self.depth == 0;
        self.push(tag.raw);
        if !tag.closed && !is_void(tag.name) {
            self.depth += 1;
            self.same += usize::from(tag.name.eq_ignore_ascii_case(self.raw));
        }
    }

    /// Adds an end tag; true if it ends this element.
    pub(in crate::parse::feed) fn ends_with(&mut self, name: &str) -> bool {
        if name.eq_ignore_ascii_case(self.raw) {
            if self.same == 0 {
                return true;
            }
            self.same -= 1;
        }
        if self.depth > 0 {
            self.depth -= 1;
            self.push("</");
            self.push(name);
            self.push(">");
        }
        false
    }

    /// True if an end tag of this name cannot belong to markup within it.
    pub(in crate::parse::feed) fn is_outside(&self, name: ElementName) -> bool {
        self.depth == 0 && (name.is_field() || name == ElementName::Author)
    }

    pub(in crate::parse::feed) fn text(&mut self, text: &str, tokens: &XmlTokens<'_>) {
        let text = expanded(text, tokens);
        if self.xhtml && self.depth > 0 {
            self.push(&text);
        } else if text.contains('&') {
            self.push(&plain_text::decoded(&text));
        } else {
            self.push(&text);
        }
    }

    pub(in crate::parse::feed) fn cdata(&mut self, text: &str) {
        if self.xhtml && self.depth > 0 {
            self.push(&text.replace('&', "&amp;").replace('<', "&lt;"));
        } else {
            self.push(text);
        }
    }

    fn push(&mut self, text: &str) {
        if self.buffer.len() + text.len() <= MAX_FIELD {
            self.buffer.push_str(text);
        } else if self.buffer.len() < MAX_FIELD {
            let room = MAX_FIELD - self.buffer.len();
            let end = (0..=room).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
            self.buffer.push_str(&text[..end]);
        }
    }

    /// The content, as HTML.
    pub(in crate::parse::feed) fn into_html(self) -> String {
        let encoded = self.attribute("mode").is_some_and(|mode| mode.eq_ignore_ascii_case("base64"));
        if encoded {
            let compact: String = self.buffer.split_whitespace().collect();
            if let Ok(bytes) = STANDARD.decode(compact) {
                return String::from_utf8_lossy(&bytes).into_owned();
            }
        }
        self.buffer
    }
}

/// The text with the entities of its document type expanded; entities that are not plain text become empty.
fn expanded<'t>(text: &'t str, tokens: &XmlTokens<'_>) -> Cow<'t, str> {
    if !tokens.has_entities() || !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let name = rest[1..].split([';', '&', ' ', '<']).next().unwrap_or_default();
        match tokens.entity(name).filter(|_| rest[1 + name.len()..].starts_with(';')) {
            Some(value) => {
                out.push_str(value);
                rest = &rest[name.len() + 2..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
        if out.len() > MAX_FIELD {
            break;
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Elements that have no end tag in HTML.
pub(in crate::parse::feed) fn is_void(name: &str) -> bool {
    ["br", "img", "hr", "input", "meta", "wbr", "area", "base", "col", "embed", "param", "track"]
        .iter()
        .any(|void| name.eq_ignore_ascii_case(void))
}
