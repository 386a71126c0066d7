//! Recognizes what kind of document a text is, without its media type.

use crate::parse::xml_tokenizer::{XmlToken, XmlTokens};

/// How many tags are searched for a root. Chosen by hand.
const MAX_TAGS: usize = 4_000;
/// How much of a document is searched for tags of HTML, in characters. Chosen by hand.
const MAX_HEAD: usize = 2_000;

/// The kind of a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::parse) enum DocumentKind {
    /// JSON Feed or WordPress JSON.
    Json,
    /// RSS, RDF or Atom, whose root begins at this byte.
    Feed {
        /// Where the root begins.
        from: usize,
    },
    /// A web page.
    Html,
    /// A sitemap or an index of sitemaps.
    Sitemap,
    /// None of these, with what it looks like.
    Nothing(&'static str),
}

/// The kind of `text`, by its root, even if other text precedes that.
pub(in crate::parse) fn kind(text: &str) -> DocumentKind {
    let start = text.trim_start_matches(|c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '\u{feff}' | '\u{200b}' | '\u{fffd}')
    });
    if start.is_empty() {
        return DocumentKind::Nothing("an empty document");
    }
    if start.starts_with('{') || start.starts_with('[') && start[1..].trim_start().starts_with(['{', ']']) {
        return DocumentKind::Json;
    }
    if start.starts_with("%PDF-") {
        return DocumentKind::Nothing("a PDF file");
    }
    root(text)
}

/// The kind of a text that begins with the root of a feed or sitemap, or with JSON; `None` for anything else. Unlike
/// [`kind`], it does not search the text.
pub(in crate::parse) fn of_root(text: &str) -> Option<DocumentKind> {
    let mut rest = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    while let Some(end) = ["?>", "-->"].into_iter().zip(["<?", "<!--"]).find_map(|(end, begin)| {
        let inner = rest.strip_prefix(begin)?;
        inner.find(end).map(|at| begin.len() + at + end.len())
    }) {
        rest = rest[end..].trim_start();
    }
    if rest.starts_with(['{', '[']) {
        return Some(DocumentKind::Json);
    }
    let name = rest.strip_prefix('<')?.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next()?;
    match name.rsplit(':').next()?.to_ascii_lowercase().as_str() {
        "rss" | "rdf" | "feed" => Some(DocumentKind::Feed { from: text.len() - rest.len() }),
        "urlset" | "sitemapindex" => Some(DocumentKind::Sitemap),
        _ => None,
    }
}

fn root(text: &str) -> DocumentKind {
    let mut tokens = XmlTokens::new(text, 0);
    let (mut html, mut seen, mut hidden) = (false, 0, None::<&str>);
    loop {
        let from = tokens.at();
        let Some(token) = tokens.next() else { break };
        match token {
            XmlToken::Close(name) if hidden.is_some_and(|open| open.eq_ignore_ascii_case(name)) => hidden = None,
            XmlToken::Open(tag) if hidden.is_none() => {
                let lower = tag.name.to_ascii_lowercase();
                let local = lower.rsplit(':').next().unwrap_or_default();
                match local {
                    "rss" | "rdf" | "channel" => return DocumentKind::Feed { from },
                    "feed" if !html => return DocumentKind::Feed { from },
                    "item" | "entry" if !html => return DocumentKind::Feed { from },
                    "urlset" | "sitemapindex" if !html => return DocumentKind::Sitemap,
                    "html" | "head" | "body" | "meta" => html = true,
                    "script" | "style" if !tag.closed => hidden = Some(tag.name),
                    _ => {}
                }
                seen += 1;
            }
            _ => {}
        }
        if seen > MAX_TAGS {
            break;
        }
    }
    if html || looks_like_html(text) {
        DocumentKind::Html
    } else if seen > 0 {
        DocumentKind::Nothing("XML of another kind")
    } else {
        DocumentKind::Nothing("neither XML, JSON nor HTML")
    }
}

fn looks_like_html(text: &str) -> bool {
    let head: String = text.chars().take(MAX_HEAD).collect::<String>().to_ascii_lowercase();
    ["<!doctype html", "<html", "<head", "<body", "<title", "<div", "<p>", "<a href", "<script", "<link", "<br"]
        .iter()
        .any(|mark| head.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_found_after_junk() {
        assert!(matches!(kind("\u{feff}\n <?xml version='1.0'?><rss version='2.0'>"), DocumentKind::Feed { .. }));
        assert!(matches!(kind("<br /><b>Warning</b>: x in y<rss>"), DocumentKind::Feed { from: 28 }));
        assert!(matches!(kind("<script>var a = '<html>';</script><feed>"), DocumentKind::Feed { .. }));
        assert_eq!(kind("\u{feff}{\"version\": 1}"), DocumentKind::Json);
        assert_eq!(kind("<!doctype html><html><head><title>x"), DocumentKind::Html);
        assert_eq!(kind("<?xml version='1.0'?><urlset>"), DocumentKind::Sitemap);
        assert!(matches!(kind("\u{fffd}PNG\r\n"), DocumentKind::Nothing(_)));
        assert_eq!(kind(" \0 "), DocumentKind::Nothing("an empty document"));
    }
}
