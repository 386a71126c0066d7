//! The headline of a page: what the page shows, as its metadata confirms it, without the site's name.

use crate::parse::limits::MAX_TITLE;
use crate::parse::page::dom::metadata::Metadata;
use crate::parse::page::dom::outline::Outline;
use crate::text::fold;

/// What separates a headline from the site's name.
const SEPARATORS: &[&str] =
    &[" | ", " - ", " – ", " — ", " :: ", " » ", " • ", " · ", " / ", " ‹ ", " « ", "|", " ~ ", " ⋆ "];
/// The most words that a site's name has where nothing else tells that it is one.
const MAX_NAME: usize = 5;

/// A headline, and the part of the page that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageHeadline {
    /// The text.
    pub text: String,
    /// The heading; none where only the metadata has one.
    pub part: Option<usize>,
}

/// The headline of the page; none where it has none.
#[must_use]
pub fn title(outline: &Outline<'_>, head: &Metadata, host: &str) -> Option<PageHeadline> {
    let site = site(head, host);
    let told: Vec<String> =
        told(head).iter().map(|text| stripped(text, &site)).filter(|text| !text.is_empty()).collect();
    let headings = headings(outline);
    let best = headings
        .iter()
        .map(|(at, text)| (*at, text, told.iter().map(|told| likeness(text, told)).max().unwrap_or(0)))
        .filter(|(_, text, likeness)| *likeness >= 60 && !is_site(text, &site))
        .max_by_key(|(at, _, likeness)| (*likeness, std::cmp::Reverse(*at)));
    if let Some((at, text, _)) = best {
        return Some(PageHeadline { text: text.clone(), part: Some(at) });
    }
    if let Some(text) = told.into_iter().next() {
        return Some(PageHeadline { text, part: None });
    }
    headings.into_iter().find(|(_, text)| !is_site(text, &site)).map(|(at, text)| PageHeadline { text, part: Some(at) })
}

/// What the metadata calls the page, most believed first.
fn told(head: &Metadata) -> Vec<String> {
    let metas = ["og:title", "twitter:title", "dc.title", "sailthru.title", "parsely-title"];
    let mut told: Vec<String> = head.text(&metas[..2], MAX_TITLE).into_iter().collect();
    told.extend(head.article.headline.clone());
    told.extend(head.title.clone());
    told.extend(head.text(&metas[2..], MAX_TITLE));
    told
}

/// Headings of the first rank, then what is marked as the headline.
fn headings(outline: &Outline<'_>) -> Vec<(usize, String)> {
    let marked = |at: usize| {
        let prop = outline.attr(at, "itemprop").unwrap_or_default();
        let heading = matches!(outline.name(at), "h2" | "h3" | "div" | "span" | "p");
        heading && (prop == "headline" || is_title_hint(&outline.parts[at].hints))
    };
    let all = 0..outline.parts.len();
    let inner = |at: usize| {
        (at..outline.parts[at].end).find(|at| outline.attr(*at, "itemprop") == Some("headline")).unwrap_or(at)
    };
    let first = all.clone().filter(|at| outline.name(*at) == "h1").map(inner);
    let rest = all.filter(|at| outline.letters(*at) < 400 && marked(*at));
    first
        .chain(rest)
        .take(60)
        .map(|at| (at, outline.text(at, MAX_TITLE)))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

fn is_title_hint(hints: &str) -> bool {
    hints.contains(" headline ")
        || [
            " entry title ",
            " post title ",
            " article title ",
            " news title ",
            " story title ",
            " single title ",
            " page title ",
        ]
        .iter()
        .any(|pair| hints.contains(pair))
}

/// The folded names of the site.
fn site(head: &Metadata, host: &str) -> Vec<String> {
    let label = host.trim_start_matches("www.").split('.').next().unwrap_or_default().to_owned();
    let names = head.site_names().into_iter().chain([label, host.trim_start_matches("www.").to_owned()]);
    names.map(|name| squeezed(&name)).filter(|name| !name.is_empty()).collect()
}

fn is_site(text: &str, site: &[String]) -> bool {
    site.contains(&squeezed(text))
}

fn squeezed(text: &str) -> String {
    fold::key(text).replace(' ', "")
}

/// A title without the site's name before or behind it.
fn stripped(text: &str, site: &[String]) -> String {
    let mut text = text.trim();
    for _ in 0..3 {
        let Some(shorter) = once(text, site) else { break };
        text = shorter.trim();
    }
    text.to_owned()
}

fn once<'t>(text: &'t str, site: &[String]) -> Option<&'t str> {
    for separator in SEPARATORS {
        if let Some((front, back)) = text.rsplit_once(separator)
            && (is_site(back, site) || is_name(back, front))
        {
            return Some(front);
        }
        if let Some((front, back)) = text.split_once(separator)
            && is_site(front, site)
        {
            return Some(back);
        }
    }
    None
}

/// True where `name` is short beside a `rest` that is a headline.
fn is_name(name: &str, rest: &str) -> bool {
    let (name, rest) = (name.split_whitespace().count(), rest.split_whitespace().count());
    name <= MAX_NAME && rest >= 4 && rest > name
}

/// How much two titles share, in hundredths of the longer one's words.
fn likeness(one: &str, other: &str) -> usize {
    let (one, other) = (fold::key(one), fold::key(other));
    if one == other {
        return 100;
    }
    let (a, b): (Vec<&str>, Vec<&str>) = (one.split(' ').collect(), other.split(' ').collect());
    let shared = a.iter().filter(|word| b.contains(word)).count();
    shared * 99 / a.len().max(b.len()).max(1)
}
