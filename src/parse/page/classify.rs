//! Classifies a page as a listing, a bulletin or an article.

use std::collections::HashSet;

use jiff::Timestamp;

use super::listing::detect;
use super::listing::listing_item::is_item_address;
use super::{Page, article, bulletin};
use crate::address::Address;
use crate::parse::share::is_at_least;
use crate::parse::{ParseError, Parsed};
use crate::source::{Source, SourceKind};
use crate::text::fold;

/// The length from which a text counts as an article, in characters. Chosen by hand.
const ARTICLE_LENGTH: usize = 500;
/// The length from which a text counts twice, in characters. Chosen by hand.
const LONG_ARTICLE_LENGTH: usize = 4 * ARTICLE_LENGTH;
/// The number of items from which a list counts. Chosen by hand.
const LIST_LENGTH: usize = 4;

/// The most sections of a bulletin that may also be headlines with links on the page, in percent: beyond that the page
/// is a listing with excerpts. Chosen by hand.
const MAX_LINKED_SECTIONS: u8 = 50;

/// How much each kind of evidence counts, in points. Chosen by hand; evidence without a constant counts one point.
mod points {
    /// The page declares itself an article.
    pub(super) const DECLARED: u8 = 2;
    /// The page declares itself an article, and its address looks like an item's.
    pub(super) const DECLARED_WITH_ITEM_ADDRESS: u8 = 2;
    /// The address is that of the front page.
    pub(super) const FRONT_PAGE: u8 = 2;
    /// Listed items have dates.
    pub(super) const DATED_ITEMS: u8 = 2;
    /// The page's text consists of the excerpts of its items.
    pub(super) const EXCERPTS: u8 = 4;
}

/// How much of an excerpt is searched for in the text, and the shortest that is searched for, in characters. Chosen by
/// hand.
const EXCERPT_START: usize = 60;
const MIN_EXCERPT: usize = 20;
/// The fewest items whose excerpts make up the text, and their share of all items in percent. Chosen by hand.
const MIN_EXCERPTS: usize = 3;
const EXCERPTS_SHARE: u8 = 50;

/// What kind of page it is, with what was read in it as that kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageType {
    /// The kind of source that watches it best; none if there is nothing to watch on it.
    pub kind: Option<SourceKind>,
    /// The evidence, in one sentence.
    pub(crate) why: String,
    /// What the reader for that kind found.
    pub parsed: Parsed,
}

/// Classifies a page.
///
/// # Errors
/// A challenge in its place.
pub fn classify(page: &Page<'_>, source: &Source, now: Timestamp) -> Result<PageType, ParseError> {
    let list = detect::read(page, source, now)?;
    // A page that lists items is not a login page, even with a login form in its corner.
    let or_none = |read: Result<Parsed, ParseError>| match read {
        Err(_) if !list.items.is_empty() => Ok(Parsed::default()),
        read => read,
    };
    let parts = or_none(bulletin::read(page, source, None, now))?;
    let one = or_none(article::item(page, source, now))?;
    let titles: HashSet<String> = list.items.iter().map(|item| fold::key(&item.title)).collect();
    let linked = parts.items.iter().filter(|part| titles.contains(&fold::key(&part.title))).count();
    if parts.degraded.is_none() && parts.items.len() > 1 && !is_at_least(linked, MAX_LINKED_SECTIONS, parts.items.len())
    {
        let why = format!("{} dated texts, one after the other", parts.items.len());
        return Ok(PageType { kind: Some(SourceKind::Bulletin { split: None }), why, parsed: parts });
    }
    let text = one.items.first().map_or("", |item| item.text.as_str());
    let declared = is_declared(page);
    if is_article(page.address(), &list, text, declared) {
        let text = text.chars().count();
        let declaration = if declared { ", and the page declares itself an article" } else { "" };
        let why = format!("one text of {text} characters under its headline{declaration}");
        return Ok(PageType { kind: Some(SourceKind::Article), why, parsed: one });
    }
    let items = list.items.len();
    if items == 0 {
        let why = "the page has no list of items and no text under a headline".to_owned();
        return Ok(PageType { kind: None, why, parsed: list });
    }
    let why = format!("{items} headlines with links in a repeating layout");
    Ok(PageType { kind: Some(SourceKind::Page(None)), why, parsed: list })
}

/// True if the evidence for an article outweighs that for a listing; `text` is the text under the page's headline.
fn is_article(address: &Address, list: &Parsed, text: &str, declared: bool) -> bool {
    // On a listing, the text under the page's headline consists of the excerpts of its items.
    let excerpts = consists_of_excerpts(list, text);
    let (text, items) = (text.chars().count(), list.items.len());
    let own = is_item_address(address);
    let front = address.url().path().trim_end_matches('/').is_empty();
    let dated = list.items.iter().any(|item| item.published.is_some());
    let for_article = u8::from(declared) * points::DECLARED
        + u8::from(own)
        + u8::from(declared && own) * points::DECLARED_WITH_ITEM_ADDRESS
        + u8::from(text >= ARTICLE_LENGTH)
        + u8::from(text >= LONG_ARTICLE_LENGTH);
    let for_list = u8::from(front) * points::FRONT_PAGE
        + u8::from(items >= LIST_LENGTH)
        + u8::from(dated) * points::DATED_ITEMS
        + u8::from(excerpts) * points::EXCERPTS;
    text > 0 && (for_article > for_list || for_article == for_list && own || items == 0 && text >= ARTICLE_LENGTH)
}

/// True if the text contains the excerpts or headlines of half of the listed items.
fn consists_of_excerpts(list: &Parsed, text: &str) -> bool {
    let text = fold::key(text);
    let contains = |excerpt: &str| {
        let start: String = fold::key(excerpt).chars().take(EXCERPT_START).collect();
        start.chars().count() >= MIN_EXCERPT && text.contains(&start)
    };
    let count = list.items.iter().filter(|item| contains(&item.summary) || contains(&item.title)).count();
    count >= MIN_EXCERPTS && is_at_least(count, EXCERPTS_SHARE, list.items.len())
}

/// True if the page declares itself an article.
fn is_declared(page: &Page<'_>) -> bool {
    let head = page.metadata();
    let kind = head.metas(&["og:type"]).next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "article" || head.article.headline.is_some() && kind != "website"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::Document;

    fn classified(address: &str, html: &str) -> (Option<SourceKind>, usize) {
        let address = Address::parse(address).unwrap();
        let source = Source::at(SourceKind::Page(None), address.clone());
        let (media_type, text) = ("text/html".to_owned(), html.to_owned());
        let document = Document { address, media_type, text, encoding: "UTF-8", replaced: 0 };
        let page = classify(&Page::open(&document).unwrap(), &source, "2026-11-21T12:00:00Z".parse().unwrap()).unwrap();
        (page.kind, page.parsed.items.len())
    }

    const PARAGRAPH: &str = "<p>The council of the northern harbours met for two days and agreed on a plan for lamps, \
        charts and schools; the next meeting will look at what was built and at what it cost the towns.</p>";

    #[test]
    fn a_listing_an_article_and_a_bulletin_are_distinguished() {
        let card = |n: u8| {
            format!(
                "<article><h2><a href=/news/{n}00-a-council>The council of harbours meets for the {n}th time</a></h2>\
                 <time>2026-11-0{n}</time>{PARAGRAPH}</article>"
            )
        };
        let cards: String = (1..7).map(card).collect();
        let list =
            format!("<html><head><title>News</title></head><body><main><h1>News</h1>{cards}</main></body></html>");
        assert_eq!(classified("https://news.example.org/category/council/", &list), (Some(SourceKind::Page(None)), 6));
        let one = format!(
            "<html><head><meta property='og:type' content='article'></head><body><h1>The council of harbours meets</h1>\
             {}<aside class=related><ul><li><a href=/news/1-a>What the council said in the spring</a></ul></aside></body></html>",
            PARAGRAPH.repeat(6)
        );
        assert_eq!(
            classified("https://news.example.org/2026/11/the-council-meets", &one),
            (Some(SourceKind::Article), 1)
        );
        let part = |n: u8| format!("<h3>The {n}th thing that the council did</h3><p>2026-11-0{n}</p>{PARAGRAPH}<hr>");
        let parts: String = (1..6).map(part).collect();
        let bulletin = format!("<html><body><main><h1>Bulletin</h1>{parts}</main></body></html>");
        assert_eq!(
            classified("https://news.example.org/bulletin", &bulletin),
            (Some(SourceKind::Bulletin { split: None }), 5)
        );
        assert_eq!(classified("https://news.example.org/x", "<html><body><p>Soon.</p></body></html>"), (None, 0));
    }
}
