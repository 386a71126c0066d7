//! Finds the headline of a page: the heading that its metadata confirms, without the site's name.

use crate::address::Address;
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
/// The shortest word of a second half that is looked for in the address, in bytes, and the fewest such words. Chosen by
/// hand.
const MIN_SLUG_WORD: usize = 3;
const MIN_SLUG_WORDS: usize = 2;
/// The fewest words of a heading that is the beginning of a title. Chosen by hand.
const MIN_BEGINNING_WORDS: usize = 2;
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

/// The headline of the page at `address`, if it has one.
#[must_use]
pub fn title(outline: &Outline, head: &Metadata, address: &Address) -> Option<PageHeadline> {
    let site = site(head, address.host());
    let (raw, headings) = (declared_titles(head), headings(outline));
    let complete = |title: &str| is_complete(title, &raw, &headings, address);
    let declared: Vec<String> =
        raw.iter().map(|text| stripped(text, &site, complete)).filter(|text| !text.is_empty()).collect();
    let like = |(at, text): &(usize, String)| {
        let like = declared.iter().map(|title| likeness(text, title)).max().unwrap_or(0);
        let begins = raw.iter().any(|title| begins_title(text, title)) && !is_linked(outline, *at);
        if begins { like.max(MAX_UNEQUAL) } else { like }
    };
    let best = headings
        .iter()
        .map(|heading| (heading.0, &heading.1, like(heading)))
        .filter(|(_, text, likeness)| *likeness >= MIN_LIKENESS && !is_site(text, &site))
        .max_by_key(|(at, _, likeness)| (*likeness, std::cmp::Reverse(*at)));
    if let Some((at, text, _)) = best {
        return Some(PageHeadline { text: text.clone(), node: Some(at) });
    }
    if let Some(text) = declared.into_iter().next() {
        let node = plain_heading(outline, &text);
        return Some(PageHeadline { text, node });
    }
    headings.into_iter().find(|(_, text)| !is_site(text, &site)).map(|(at, text)| PageHeadline { text, node: Some(at) })
}

/// True if a title declares no name of the site at its end, as far as the rest of the page shows: a heading is the whole
/// title, another title continues it, or the address contains the words of its second half.
fn is_complete(title: &str, titles: &[String], headings: &[(usize, String)], address: &Address) -> bool {
    let title = title.trim();
    let continued = |other: &String| other.len() > title.len() && begins_title(title, other);
    let second = || {
        let slug = address.url().path().to_ascii_lowercase();
        let separator = SEPARATORS.iter().filter_map(|mark| Some(title.rfind(mark)? + mark.len())).max();
        let back = fold::key(&title[separator.unwrap_or(title.len())..]);
        let words: Vec<&str> = back.split(' ').filter(|word| word.len() >= MIN_SLUG_WORD).collect();
        let named = words.iter().filter(|word| slug.split(|c: char| !c.is_alphanumeric()).any(|part| part == **word));
        words.len() >= MIN_SLUG_WORDS && named.count() == words.len()
    };
    headings.iter().any(|(_, heading)| heading == title) || titles.iter().any(continued) || second()
}

/// True if a title consists of a text, a separator, and more: `Harbour plan – The Courier`.
fn begins_title(text: &str, title: &str) -> bool {
    let rest =
        title.trim().strip_prefix(text.trim()).filter(|_| text.split_whitespace().count() >= MIN_BEGINNING_WORDS);
    rest.is_some_and(|rest| SEPARATORS.iter().any(|mark| rest.starts_with(mark)))
}

/// True for a heading that is a link, such as the name of the site.
fn is_linked(outline: &Outline, at: usize) -> bool {
    outline.letters(at) == outline.linked(at)
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

/// The heading below `h1` that is equal to a title, although no class names it a headline.
fn plain_heading(outline: &Outline, title: &str) -> Option<usize> {
    let title = squeezed(title);
    let headings = outline.named(0, &["h2", "h3", "h4"]).filter(|at| outline.letters(*at) < MAX_LETTERS);
    headings.take(MAX_HEADINGS).find(|at| squeezed(&outline.text(*at, MAX_TITLE)) == title)
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

/// A title without the site's name before or after it. From a `complete` one only confirmed names are removed.
fn stripped(text: &str, site: &[String], complete: impl Fn(&str) -> bool) -> String {
    let mut text = text.trim();
    for _ in 0..MAX_NAMES {
        let Some(shorter) = without_name(text, site, &complete) else { break };
        text = shorter.trim();
    }
    text.to_owned()
}

/// A title without one name of the site; none if it has none.
fn without_name<'t>(text: &'t str, site: &[String], complete: impl Fn(&str) -> bool) -> Option<&'t str> {
    for separator in SEPARATORS {
        if let Some((front, back)) = text.rsplit_once(separator)
            && (is_site(back, site) || is_name(back, front) && !complete(text))
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
