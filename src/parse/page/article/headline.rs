//! Finds the headline of a page: the heading that its metadata confirms, without the site's name.

use crate::parse::item_limits::MAX_TITLE;
use crate::parse::page::dom::flat_tree::Outline;
use crate::parse::page::dom::metadata::Metadata;
use crate::text::fold;

/// Marks between a headline and the site's name.
const SEPARATORS: &[&str] =
    &[" | ", " - ", " – ", " — ", " :: ", " » ", " • ", " · ", " / ", " ‹ ", " « ", "|", " ~ ", " ⋆ "];
/// The most words of a site's name that the metadata does not confirm. Chosen by hand.
const MAX_NAME_WORDS: usize = 5;
/// The fewest words of a headline before such a name. Chosen by hand.
const MIN_HEADLINE_WORDS: usize = 4;
/// How many names of the site are removed from one title. Chosen by hand.
const MAX_NAMES: usize = 3;
/// The share of words that a heading must have in common with a title of the metadata, in percent. Chosen by hand.
const MIN_LIKENESS: usize = 60;
/// The likeness of titles with the same words in another order, in percent: below that of equal titles.
const MAX_UNEQUAL: usize = 99;
const EQUAL: usize = 100;
/// The longest element that is marked as the headline, in letters, and the most headings that are compared. Chosen by
/// hand.
const MAX_LETTERS: u32 = 400;
const MAX_HEADINGS: usize = 60;

/// A headline, and the node of the page that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageHeadline {
    /// The text.
    pub text: String,
    /// The heading; none if only the metadata has the headline.
    pub(crate) node: Option<usize>,
}

/// The headline of the page, if it has one.
#[must_use]
pub fn title(outline: &Outline, head: &Metadata, host: &str) -> Option<PageHeadline> {
    let site = site(head, host);
    let declared: Vec<String> =
        declared_titles(head).iter().map(|text| stripped(text, &site)).filter(|text| !text.is_empty()).collect();
    let headings = headings(outline);
    let best = headings
        .iter()
        .map(|(at, text)| (*at, text, declared.iter().map(|title| likeness(text, title)).max().unwrap_or(0)))
        .filter(|(_, text, likeness)| *likeness >= MIN_LIKENESS && !is_site(text, &site))
        .max_by_key(|(at, _, likeness)| (*likeness, std::cmp::Reverse(*at)));
    if let Some((at, text, _)) = best {
        return Some(PageHeadline { text: text.clone(), node: Some(at) });
    }
    if let Some(text) = declared.into_iter().next() {
        return Some(PageHeadline { text, node: None });
    }
    headings.into_iter().find(|(_, text)| !is_site(text, &site)).map(|(at, text)| PageHeadline { text, node: Some(at) })
}

/// The titles in the metadata, the most reliable first.
fn declared_titles(head: &Metadata) -> Vec<String> {
    let metas = ["og:title", "twitter:title", "dc.title", "sailthru.title", "parsely-title"];
    let mut titles: Vec<String> = head.text(&metas[..2], MAX_TITLE).into_iter().collect();
    titles.extend(head.article.headline.clone());
    titles.extend(head.title.clone());
    titles.extend(head.text(&metas[2..], MAX_TITLE));
    titles
}

/// The `h1` elements, then the elements that are marked as the headline.
fn headings(outline: &Outline) -> Vec<(usize, String)> {
    let marked = |at: usize| {
        let prop = outline.attr(at, "itemprop").unwrap_or_default();
        let heading = matches!(outline.name(at), "h2" | "h3" | "div" | "span" | "p");
        heading && (prop == "headline" || is_title_hint(&outline.nodes[at].hints))
    };
    let all = 0..outline.nodes.len();
    let inner = |at: usize| {
        (at..outline.nodes[at].end).find(|at| outline.attr(*at, "itemprop") == Some("headline")).unwrap_or(at)
    };
    let first = all.clone().filter(|at| outline.name(*at) == "h1").map(inner);
    let rest = all.filter(|at| outline.letters(*at) < MAX_LETTERS && marked(*at));
    first
        .chain(rest)
        .take(MAX_HEADINGS)
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

/// A title without the site's name before or after it.
fn stripped(text: &str, site: &[String]) -> String {
    let mut text = text.trim();
    for _ in 0..MAX_NAMES {
        let Some(shorter) = without_name(text, site) else { break };
        text = shorter.trim();
    }
    text.to_owned()
}

/// A title without one name of the site; none if it has none.
fn without_name<'t>(text: &'t str, site: &[String]) -> Option<&'t str> {
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

/// True if `name` is short and `rest` is long enough for a headline.
fn is_name(name: &str, rest: &str) -> bool {
    let (name, rest) = (name.split_whitespace().count(), rest.split_whitespace().count());
    name <= MAX_NAME_WORDS && rest >= MIN_HEADLINE_WORDS && rest > name
}

/// The words that two titles have in common, in percent of the longer one's.
fn likeness(one: &str, other: &str) -> usize {
    let (one, other) = (fold::key(one), fold::key(other));
    if one == other {
        return EQUAL;
    }
    let (a, b): (Vec<&str>, Vec<&str>) = (one.split(' ').collect(), other.split(' ').collect());
    let shared = a.iter().filter(|word| b.contains(word)).count();
    shared * MAX_UNEQUAL / a.len().max(b.len()).max(1)
}
