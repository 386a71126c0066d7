//! Lists the elements of HTML by their effect on the surrounding text.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The longest name that is looked up, in bytes: longer than any of HTML, with a prefix.
const MAX_NAME: usize = 16;

/// The effect of an element on the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ElementKind {
    /// Begins and ends a paragraph.
    Block,
    /// Is separated from its neighbour by a space.
    Cell,
    /// Changes nothing.
    Inline,
    /// Is not shown, nor is its content.
    Hidden,
}

const BLOCK: &[&str] = &[
    "p",
    "div",
    "br",
    "li",
    "ul",
    "ol",
    "dl",
    "dt",
    "dd",
    "tr",
    "table",
    "tbody",
    "thead",
    "tfoot",
    "caption",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "blockquote",
    "section",
    "article",
    "header",
    "footer",
    "figure",
    "figcaption",
    "pre",
    "form",
    "address",
    "main",
    "nav",
    "aside",
    "center",
    "fieldset",
    "legend",
    "details",
    "summary",
    "html",
    "body",
    "option",
    "select",
    "video",
    "audio",
    "object",
    "embed",
    "noscript",
    "frameset",
    "dir",
    "menu",
    "hgroup",
    "dialog",
];

const INLINE: &[&str] = &[
    "a", "abbr", "acronym", "b", "bdi", "bdo", "big", "button", "cite", "code", "data", "del", "dfn", "em", "font",
    "i", "img", "input", "ins", "kbd", "label", "mark", "q", "rp", "rt", "ruby", "s", "samp", "small", "span",
    "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "nobr", "area", "map", "meta", "link", "base",
    "source", "track", "picture", "param", "col", "colgroup", "o:p", "font", "blink", "marquee", "image", "amp-img",
    "head", "applet", "frame", "textarea", "meter", "progress", "output", "st1", "path",
];

const HIDDEN: &[&str] = &["script", "style", "template", "svg", "iframe", "xml"];

static KINDS: LazyLock<HashMap<&'static str, ElementKind>> = LazyLock::new(|| {
    let of = |names: &'static [&'static str], kind| names.iter().map(move |name| (*name, kind));
    let cells = of(&["td", "th"], ElementKind::Cell);
    of(BLOCK, ElementKind::Block)
        .chain(of(INLINE, ElementKind::Inline))
        .chain(of(HIDDEN, ElementKind::Hidden))
        .chain(cells)
        .collect()
});

/// The effect of the element `name`; none if HTML has no such element.
pub(super) fn kind(name: &str) -> Option<ElementKind> {
    if name.is_empty() || name.len() > MAX_NAME {
        return None;
    }
    if let Some(kind) = KINDS.get(name) {
        return Some(*kind);
    }
    let lower = name.to_ascii_lowercase();
    let name = lower.strip_prefix("xhtml:").or_else(|| lower.strip_prefix("html:")).unwrap_or(&lower);
    KINDS.get(name).copied()
}
