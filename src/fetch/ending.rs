//! Tells whether a document is whole by its own syntax.
//!
//! A server that frames its answers wrongly does so at every visit. What it served is read where the document itself
//! shows that nothing is missing.

/// True when `text` ends as its own syntax demands: with the end tag of its root element (blanks and comments may
/// follow), or as complete JSON. Plain text and pages without `</html>` have no end of their own.
pub(super) fn is_whole(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    match text.chars().next() {
        Some('{' | '[') => serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok(),
        Some('<') => root(text).is_some_and(|root| ends_with(text, root)),
        _ => false,
    }
}

/// The name of the root element, behind the prolog.
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

fn ends_with(text: &str, root: &str) -> bool {
    let mut rest = text.trim_end_matches(|c: char| c.is_whitespace() || c == '\0');
    while let Some(before) = rest.strip_suffix("-->") {
        let Some(start) = before.rfind("<!--") else { return false };
        rest = rest[..start].trim_end();
    }
    let tag = rest.strip_suffix('>').map(str::trim_end);
    let tag = tag.and_then(|tag| tag.rsplit_once("</")).map(|(_, name)| name);
    tag.is_some_and(|name| name.eq_ignore_ascii_case(root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_is_whole_when_its_root_is_closed() {
        for whole in [
            "<rss><channel/></rss>",
            "\u{feff}<?xml version=\"1.0\"?>\n<!-- x > y --><rss version='2.0'><channel/></rss>\n\n",
            "<feed xmlns='http://www.w3.org/2005/Atom'></feed>\0\0",
            "<rdf:RDF xmlns:rdf='x'></rdf:RDF>",
            "<?xml version='1.0'?><?xml-stylesheet href='a'?><urlset></urlset>",
            "<!DOCTYPE html><HTML lang=ar><p>x</p></html > <!-- cached --> <!-- 0.2 s -->",
            "{\"items\": []}",
            " [1, 2]\n",
        ] {
            assert!(is_whole(whole), "{whole}");
        }
    }

    #[test]
    fn a_document_that_goes_on_is_not_whole() {
        for half in [
            "",
            "plain text",
            "<rss><channel><item></item>",
            "<rss><channel></channel></rs",
            "<rss><channel></channel>",
            "<rss></rss><rss><item>",
            "<html><script>w('</html>')</script><p>more",
            "<html><p>no end is written",
            "<!-- </html>",
            "<!DOCTYPE html",
            "{\"items\": [",
            "[1, 2",
        ] {
            assert!(!is_whole(half), "{half}");
        }
    }
}
