//! Finds the feeds that a web page advertises, if a feed's address serves a page.

use url::Url;

use crate::address::Address;
use crate::parse::feed::link::resolve;
use crate::parse::item_limits::MAX_WORD;
use crate::parse::xml_tokenizer::{XmlTag, XmlToken, XmlTokens};
use crate::parse::{Advertised, Document, DocumentFormat, ParseError, Parsed, challenge, plain_text};
use crate::source::Source;

/// The most feeds that are returned. Chosen by hand.
const MAX_FEEDS: usize = 20;
/// The most links of a page that are examined. Chosen by hand.
const MAX_LINKS: usize = 5_000;

/// What counts against a candidate, in points: a feed of comments, another site, another language. Chosen by hand, so
/// that each outweighs all that follow.
const COMMENTS_COST: u32 = 10_000;
const OTHER_SITE_COST: u32 = 1_000;
const OTHER_LANG_COST: u32 = 200;
/// The cost of another section, and how much of it each path segment in common saves, in points. Chosen by hand.
const SECTION_COST: u32 = 100;
const SEGMENT_VALUE: u32 = 10;
/// The most path segments that are compared. Chosen by hand.
const MAX_SEGMENTS: usize = 9;

/// Why a link may be a feed, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum FeedEvidence {
    /// The page says so in a `link` element.
    Advertised,
    /// Its address looks like a feed's.
    Path,
    /// Its address is that of an XML file of the same site.
    Xml,
}

/// A link that may be a feed.
struct FeedCandidate {
    address: Address,
    evidence: FeedEvidence,
    title: String,
    lang: String,
}

/// Reads a page for the feeds that it advertises, best first.
///
/// # Errors
/// [`ParseError::Blocked`] for a challenge or a login page.
pub(in crate::parse) fn read(document: &Document, source: &Source) -> Result<Parsed, ParseError> {
    let mut found = candidates(document);
    if let Some(strongest) = found.iter().map(|one| one.evidence).min() {
        found.retain(|one| one.evidence == strongest);
    }
    if found.is_empty()
        && let Some(sign) = challenge::find(&document.text)
    {
        return Err(ParseError::Blocked { sign });
    }
    found.sort_by_key(|one| cost(one, document, source));
    let mut feeds: Vec<Advertised> = Vec::new();
    for one in found {
        if feeds.len() < MAX_FEEDS && feeds.iter().all(|known| known.address != one.address) {
            let (title, lang) = (plain_text::line(&one.title, MAX_WORD), plain_text::line(&one.lang, MAX_WORD));
            feeds.push(Advertised { address: one.address, title, lang, modified: None });
        }
    }
    Ok(Parsed { feeds, ..Parsed::of(DocumentFormat::Html) })
}

fn candidates(document: &Document) -> Vec<FeedCandidate> {
    let mut base = document.address.url().clone();
    let mut found = Vec::new();
    let mut seen = 0;
    for token in XmlTokens::new(&document.text, 0) {
        let XmlToken::Open(tag) = token else { continue };
        let name = tag.name.to_ascii_lowercase();
        match name.as_str() {
            "base" => {
                if let Some(url) =
                    attribute(&tag, "href").and_then(|href| base.join(crate::address::stripped(&href)).ok())
                {
                    base = url;
                }
            }
            "link" => found.extend(advertised(&tag, &base)),
            "a" => found.extend(anchor(&tag, &base)),
            _ => continue,
        }
        seen += 1;
        if seen > MAX_LINKS {
            break;
        }
    }
    found
}

fn attribute(tag: &XmlTag<'_>, name: &str) -> Option<String> {
    tag.attributes
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, value)| plain_text::decoded(value))
}

/// The feed of a `link` element.
fn advertised(tag: &XmlTag<'_>, base: &Url) -> Option<FeedCandidate> {
    let rel = attribute(tag, "rel").map(|rel| rel.to_ascii_lowercase());
    let is_alternate = |rel: &str| rel.split_whitespace().any(|word| matches!(word, "alternate" | "feed"));
    let kind = attribute(tag, "type").unwrap_or_default().to_ascii_lowercase();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let is_vague = matches!(kind, "text/xml" | "application/xml" | "application/json" | "");
    let feed = match &rel {
        // Without a relation, only the type of a feed tells it from a stylesheet or an icon.
        None => is_feed_type(kind),
        Some(rel) => {
            is_alternate(rel)
                && (is_feed_type(kind) || is_vague && attribute(tag, "href").is_some_and(|href| is_feed_path(&href)))
        }
    };
    if !feed {
        return None;
    }
    let address = resolve(base, &attribute(tag, "href")?)?;
    Some(FeedCandidate {
        address,
        evidence: FeedEvidence::Advertised,
        title: attribute(tag, "title").unwrap_or_default(),
        lang: attribute(tag, "hreflang").unwrap_or_default(),
    })
}

/// The feed of an anchor, if its address looks like a feed's.
fn anchor(tag: &XmlTag<'_>, base: &Url) -> Option<FeedCandidate> {
    let href = attribute(tag, "href")?;
    let evidence = match is_feed_path(&href) {
        true => FeedEvidence::Path,
        false if is_xml_path(&href) => FeedEvidence::Xml,
        false => return None,
    };
    let address = resolve(base, &href)?;
    if evidence == FeedEvidence::Xml && !same_domain(base.host_str().unwrap_or_default(), address.host()) {
        return None;
    }
    Some(FeedCandidate {
        address,
        evidence,
        title: attribute(tag, "title").unwrap_or_default(),
        lang: attribute(tag, "hreflang").unwrap_or_default(),
    })
}

/// True for a media type that only feeds have, in lower case and without parameters.
#[must_use]
pub(crate) fn is_feed_type(media_type: &str) -> bool {
    matches!(
        media_type,
        "application/rss+xml"
            | "application/atom+xml"
            | "application/rdf+xml"
            | "application/feed+json"
            | "text/rss+xml"
            | "text/rss"
            | "application/x.atom+xml"
            | "application/x-atom+xml"
            | "application/rss"
            | "application/atom"
            | "application/rdf"
    )
}

/// True for the address of an XML file that is no sitemap.
fn is_xml_path(href: &str) -> bool {
    let lower = href.trim().to_ascii_lowercase();
    let path = lower.split(['?', '#']).next().unwrap_or_default();
    path.ends_with(".xml") && !path.contains("sitemap")
}

/// True for an address that looks like a feed's.
///
/// ```
/// use marsad::parse::feed::is_feed_path;
/// assert!(is_feed_path("/ar/rss.xml") && is_feed_path("/?feed=rss2"));
/// assert!(!is_feed_path("/feedback"));
/// ```
#[must_use]
pub fn is_feed_path(href: &str) -> bool {
    let lower = href.trim().to_ascii_lowercase();
    if lower.starts_with("javascript:") || lower.starts_with("mailto:") {
        return false;
    }
    let (path, query) = lower.split_once('?').unwrap_or((&lower, ""));
    let path = path.split('#').next().unwrap_or_default().trim_end_matches('/');
    let last = path.rsplit('/').next().unwrap_or_default();
    matches!(last, "rss" | "feed" | "feeds" | "atom" | "rdf" | "rss2")
        || [
            ".rss",
            ".rdf",
            ".atom",
            "rss.xml",
            "feed.xml",
            "atom.xml",
            "index.xml",
            "feed.json",
            "rss.php",
            "rss.aspx",
            "feed.php",
        ]
        .iter()
        .any(|end| last.ends_with(end))
        || path.contains("/rss/")
        || query.split('&').any(|pair| {
            matches!(
                pair,
                "feed=rss2"
                    | "feed=rss"
                    | "feed=atom"
                    | "format=feed"
                    | "type=rss"
                    | "alt=rss"
                    | "format=rss"
                    | "output=rss"
            )
        })
}

/// How badly a candidate fits the source, in points: comments fit worst, then other sites, languages and sections.
fn cost(found: &FeedCandidate, document: &Document, source: &Source) -> u32 {
    let address = found.address.as_str().to_ascii_lowercase();
    let title = found.title.to_lowercase();
    let comments = ["comment", "تعليق", "دیدگاه", "commentaire", "yorum"].iter().any(|word| title.contains(word))
        || address.contains("/comments");
    let lang = source.lang.as_ref().map(|lang| lang.as_str());
    let speaks = |lang: &str| {
        found.lang.to_ascii_lowercase().starts_with(lang)
            || address.contains(&format!("/{lang}/"))
            || address.contains(&format!("lang={lang}"))
    };
    let other_lang = lang.is_some_and(|lang| !speaks(lang));
    let shared = shared_segments(document.address.url(), found.address.url());
    let other_site = !same_domain(document.address.host(), found.address.host());
    u32::from(comments) * COMMENTS_COST
        + u32::from(other_site) * OTHER_SITE_COST
        + u32::from(other_lang) * OTHER_LANG_COST
        + SECTION_COST.saturating_sub(SEGMENT_VALUE * shared)
}

fn shared_segments(a: &Url, b: &Url) -> u32 {
    let segments =
        |url: &Url| url.path().split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let count = segments(a).iter().zip(segments(b).iter()).take(MAX_SEGMENTS).take_while(|(a, b)| a == b).count();
    u32::try_from(count).unwrap_or(0)
}

fn same_domain(a: &str, b: &str) -> bool {
    let bare = |host: &str| host.strip_prefix("www.").unwrap_or(host).to_owned();
    let (a, b) = (bare(a), bare(b));
    a == b || a.ends_with(&format!(".{b}")) || b.ends_with(&format!(".{a}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feeds(head: &str) -> Vec<String> {
        let address = Address::parse("https://news.example.org/ar/").unwrap();
        let source = Source::at(crate::source::SourceKind::Feed, address.clone());
        let (media_type, text) = ("text/html".to_owned(), format!("<html><head>{head}"));
        let document = Document { address, media_type, text, encoding: "UTF-8", replaced: 0 };
        let feeds = read(&document, &source).unwrap().feeds;
        feeds.iter().map(|feed| feed.address.url().path().to_owned()).collect()
    }

    #[test]
    fn a_link_without_relation_is_a_feed_by_its_type_alone() {
        assert_eq!(feeds("<link type='application/rss+xml' href='/news'>"), ["/news"]);
        assert_eq!(feeds("<link type='text/css' href='/feed.css'><link href='/feed'>"), [] as [&str; 0]);
        assert_eq!(feeds("<link rel=stylesheet type='application/rss+xml' href='/news'>"), [] as [&str; 0]);
    }

    #[test]
    fn an_xml_file_of_the_site_is_a_feed_if_nothing_else_is() {
        let page =
            "<a href='/data/news.xml'>News</a><a href='/sitemap.xml'>Map</a><a href='https://o.example/b.xml'>B</a>";
        assert_eq!(feeds(page), ["/data/news.xml"]);
        assert_eq!(feeds(&format!("{page}<a href='/rss'>RSS</a>")), ["/rss"]);
        assert_eq!(feeds(&format!("{page}<link rel=alternate type='application/rss+xml' href='/f'>")), ["/f"]);
    }

    #[test]
    fn an_address_that_looks_like_a_feed_is_recognized() {
        for yes in ["/rss", "/feed/", "https://a.org/ar/rss.xml", "/?feed=rss2", "/rss/world.aspx", "news.rdf"] {
            assert!(is_feed_path(yes), "{yes}");
        }
        for no in ["/feedback", "/news/", "javascript:rss", "/dress", "/?p=1"] {
            assert!(!is_feed_path(no), "{no}");
        }
    }
}
