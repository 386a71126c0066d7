//! Tells whether a document is complete by its own syntax.
//!
//! A server that frames its answers wrongly does so at every visit. Its document is read if the document's own syntax
//! shows that nothing is missing.

use crate::net::{NetError, StreamEnd};

/// True if `text` ends as its syntax requires: with the end tag of its root element (a server may append more), or as
/// complete JSON. Plain text and pages without `</html>` have no end of their own.
pub(super) fn is_complete(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.chars().next() {
        Some('{' | '[') => serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok(),
        Some('<') => root(text).is_some_and(|root| is_closed(text, root)),
        _ => false,
    }
}

/// A note on a complete document whose answer broke off or is damaged; `None` for a sound answer.
pub(super) fn note(broken: Option<&NetError>, end: StreamEnd) -> Option<String> {
    let why = match (broken, end) {
        (Some(why), _) => why.to_string(),
        (None, StreamEnd::Damaged(damage)) => damage.to_string(),
        (None, StreamEnd::CutOff) => "the compressed stream breaks off".to_owned(),
        (None, StreamEnd::Plain | StreamEnd::Complete) => return None,
    };
    Some(format!("the document is complete, but its answer is not: {why}"))
}

/// The name of the root element, after the prolog.
fn root(text: &str) -> Option<&str> {
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let end = match rest {
            _ if rest.starts_with("<!--") => rest.find("-->")? + 3,
            _ if rest.starts_with("<?") || rest.starts_with("<!") => rest.find('>')? + 1,
            _ => break,
        };
        rest = &rest[end..];
    }
    let name = rest.strip_prefix('<')?.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next()?;
    (!name.is_empty()).then_some(name)
}

/// True if the root element is closed as often as it is opened. What a server appends after that does not matter. A tag
/// within a comment, a CDATA section, a script or an attribute does not count.
fn is_closed(text: &str, root: &str) -> bool {
    let (mut rest, mut open, mut closed) = (text, 0_usize, false);
    while let Some(at) = rest.find('<') {
        rest = &rest[at..];
        let end = match rest {
            _ if rest.starts_with("<!--") => after(rest, "-->"),
            _ if rest.starts_with("<![CDATA[") => after(rest, "]]>"),
            _ => tag_end(rest),
        };
        let Some(end) = end else { break };
        let (tag, behind) = rest.split_at(end);
        rest = behind;
        if is_tag(tag, "</", root) {
            open = open.saturating_sub(1);
            closed = true;
        } else if is_tag(tag, "<", root) {
            open += usize::from(!tag.ends_with("/>"));
        } else if let Some(name) = ["script", "style"].iter().find(|name| is_tag(tag, "<", name)) {
            rest = element_end(rest, name);
        }
    }
    closed && open == 0
}

fn after(text: &str, mark: &str) -> Option<usize> {
    Some(text.find(mark)? + mark.len())
}

/// One past the `>` of the tag that `text` begins with; a `>` within quotes is part of a value.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') if text.as_bytes().get(at.wrapping_sub(1)) == Some(&b'=') => quote = Some(byte),
            (Some(mark), byte) if mark == byte => quote = None,
            _ => {}
        }
    }
    None
}

fn is_tag(tag: &str, opening: &str, name: &str) -> bool {
    let inner = tag.strip_prefix(opening).unwrap_or_default();
    inner.get(..name.len()).is_some_and(|own| own.eq_ignore_ascii_case(name))
        && inner[name.len()..].starts_with(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))
}

/// The text from the end tag of an element whose content is not markup; empty if there is no end tag.
fn element_end<'t>(text: &'t str, name: &str) -> &'t str {
    let mut from = 0;
    while let Some(at) = text[from..].find("</") {
        let tag = &text[from + at..];
        if is_tag(tag, "</", name) {
            return tag;
        }
        from += at + 2;
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_complete_when_its_root_is_closed() {
        for whole in [
            "<rss><channel/></rss>",
            "\u{feff}<?xml version=\"1.0\"?>\n<!-- x > y --><rss version='2.0'><channel/></rss>\n\n",
            "<feed xmlns='http://www.w3.org/2005/Atom'></feed>\0\0",
            "<rdf:RDF xmlns:rdf='x'></rdf:RDF>",
            "<rss><channel/></rss><!-- WP Super Ca",
            "<rss><channel/></rss>\n<br />\n<b>Warning</b>: x in y.php on line 3",
            "<html><body a=\"it's\"><p>x</body></html><script>var a = '<",
            "<?xml version='1.0'?><?xml-stylesheet href='a'?><urlset></urlset>",
            "<!DOCTYPE html><HTML lang=ar><p>x</p></html > <!-- cached --> <!-- 0.2 s -->",
            "{\"items\": []}",
            " [1, 2]\n",
        ] {
            assert!(is_complete(whole), "{whole}");
        }
    }

    #[test]
    fn an_unfinished_document_is_not_complete() {
        for half in [
            "",
            "plain text",
            "<rss><channel><item></item>",
            "<rss><channel></channel></rs",
            "<rss><channel></channel>",
            "<rss></rss><rss><item>",
            "<html><script>w('</html>')</script><p>more",
            "<html><p>no end is written",
            "<rss><channel><item><description><![CDATA[see </rss>",
            "<rss><channel><!-- </rss>",
            "<html><body><iframe srcdoc=\"<html></html>",
            "<html><body><script>document.write('</body></html>",
            "<!-- </html>",
            "<!DOCTYPE html",
            "{\"items\": [",
            "[1, 2",
        ] {
            assert!(!is_complete(half), "{half}");
        }
    }
}
