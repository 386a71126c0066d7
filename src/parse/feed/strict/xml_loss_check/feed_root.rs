//! The root of a feed, and the root that feed-rs is given in its place.

use super::namespaces::{ATOM, canonical};
use crate::parse::feed::element_names::{Namespace, by_uri};
use crate::parse::feed::strict::StrictRefusal;
use crate::parse::feed::strict::well_formed_xml::OpenTag;
use crate::text::lang::Lang;

/// The namespace under which feed-rs knows the elements of RDF.
const RSS_1: &str = "http://purl.org/rss/1.0/";
const RDF: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";

/// The feed formats that feed-rs can read without loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FeedFormat {
    Rss,
    Atom,
    Rdf,
}

/// The properties of a root that the check needs.
#[derive(Debug)]
pub(super) struct FeedRoot {
    pub(super) format: FeedFormat,
    /// The language that it declares; only Atom has one.
    pub(super) lang: Option<Lang>,
    /// The start tag that feed-rs gets: it knows few versions of RSS, and the check treats all alike.
    pub(super) tag: String,
}

/// Accepts a root that feed-rs knows, or one with the same meaning.
pub(super) fn root(tag: &OpenTag<'_>) -> Result<FeedRoot, StrictRefusal> {
    tag.plainly_spelled(&["version", "xmlns", "xml:lang", "xml:base"])?;
    let space = tag.attribute("xmlns");
    let is_rss = |uri: &str| matches!(by_uri(uri), Namespace::Feed | Namespace::Unknown);
    let prefix = tag.name.strip_suffix(":RDF").unwrap_or_default();
    let (format, own) = match tag.name {
        "rss" if space.is_none_or(is_rss) => (FeedFormat::Rss, " version=\"2.0\"".to_owned()),
        "feed" if space.is_none_or(|uri| uri == ATOM) => (FeedFormat::Atom, format!(" xmlns=\"{ATOM}\"")),
        _ if tag.attributes.contains(&(&format!("xmlns:{prefix}"), RDF)) && space.is_some_and(is_rss) => {
            (FeedFormat::Rdf, format!(" xmlns=\"{RSS_1}\""))
        }
        _ => return Err(StrictRefusal::Lossy("a root that is neither RSS nor Atom 1.0")),
    };
    let lang = tag.attribute("xml:lang");
    if lang.is_some_and(|lang| format != FeedFormat::Atom || Lang::parse(lang).is_err()) {
        return Err(StrictRefusal::Lossy("`xml:lang`"));
    }
    let kept = tag.attributes.iter().filter(|(name, _)| !matches!(*name, "version" | "xmlns"));
    let spelled = |name: &str, value| if name.starts_with("xmlns:") { canonical(value) } else { value };
    let kept: String =
        kept.map(|(name, value)| format!(" {name}=\"{}\"", spelled(name, *value).replace('"', "&quot;"))).collect();
    let end = if tag.closed { "/>" } else { ">" };
    let lang = lang.and_then(|lang| Lang::parse(lang).ok());
    Ok(FeedRoot { format, lang, tag: format!("<{}{own}{kept}{end}", tag.name) })
}
