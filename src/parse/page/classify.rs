//! What a page is for: to list items, to carry several, or to be one.

use std::collections::HashSet;

use jiff::Timestamp;

use super::dom::metadata::Metadata;
use super::dom::tree;
use super::listing::detect;
use super::listing::teaser::is_item_address;
use super::{article, bulletin};
use crate::parse::{Document, ParseError, Parsed};
use crate::source::{Source, SourceKind};
use crate::text::fold;

/// A text of fewer characters is no article by itself.
const ARTICLE: usize = 500;
/// A list of fewer items says little about what a page is for.
const LIST: usize = 4;

/// What a page is for, with how it is read as that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageType {
    /// The kind of source that watches it best; none where nothing on it can be watched.
    pub kind: Option<SourceKind>,
    /// By what that was told, in one sentence.
    pub why: String,
    /// What was read in it as that kind.
    pub parsed: Parsed,
}

/// What the page is for.
///
/// # Errors
/// A page past the bounds of [`tree::read`], or a challenge in its place.
pub fn nature(document: &Document, source: &Source, now: Timestamp) -> Result<PageType, ParseError> {
    let list = detect::read(document, source, now)?;
    // A page that lists items is no login, whatever stands in its corner.
    let or_none = |read: Result<Parsed, ParseError>| match read {
        Err(_) if !list.items.is_empty() => Ok(Parsed::default()),
        read => read,
    };
    let parts = or_none(bulletin::read(document, source, None, now))?;
    let one = or_none(article::item(document, source, now))?;
    let items = list.items.len();
    let titles: HashSet<String> = list.items.iter().map(|item| fold::key(&item.title)).collect();
    let linked = parts.items.iter().filter(|part| titles.contains(&fold::key(&part.title))).count();
    if parts.degraded.is_none() && parts.items.len() > 1 && linked * 2 < parts.items.len() {
        let why = format!("it carries {} dated texts one after the other", parts.items.len());
        return Ok(PageType { kind: Some(SourceKind::Bulletin { split: None }), why, parsed: parts });
    }
    let text = one.items.first().map_or("", |item| item.text.as_str());
    // What stands on a listing under its own headline are the excerpts of its items.
    let excerpts = excerpts(&list, text);
    let text = text.chars().count();
    let declared = is_declared(document)?;
    let own = is_item_address(&document.address);
    let front = document.address.url().path().trim_end_matches('/').is_empty();
    let dated = list.items.iter().any(|item| item.published.is_some());
    let long = u8::from(text >= ARTICLE) + u8::from(text >= ARTICLE * 4);
    let for_one = u8::from(declared) * 2 + u8::from(own) + u8::from(declared && own) * 2 + long;
    let for_list = u8::from(front) * 2 + u8::from(items >= LIST) + u8::from(dated) * 2 + u8::from(excerpts) * 4;
    let is_one = text > 0 && (for_one > for_list || for_one == for_list && own || items == 0 && text >= ARTICLE);
    if is_one {
        let said = if declared { ", and declares itself an article" } else { "" };
        let why = format!("one text of {text} characters under its headline{said}");
        return Ok(PageType { kind: Some(SourceKind::Article), why, parsed: one });
    }
    if items == 0 {
        let why = "it neither lists items nor carries a text under a headline".to_owned();
        return Ok(PageType { kind: None, why, parsed: list });
    }
    let why = format!("{items} headlines with links in a repeating layout");
    Ok(PageType { kind: Some(SourceKind::Page(None)), why, parsed: list })
}

/// True where the text holds what half of the listed items say of themselves.
fn excerpts(list: &Parsed, text: &str) -> bool {
    let text = fold::key(text);
    let held = |said: &str| {
        let start: String = fold::key(said).chars().take(60).collect();
        start.chars().count() >= 20 && text.contains(&start)
    };
    let count = list.items.iter().filter(|item| held(&item.summary) || held(&item.title)).count();
    count >= 3 && count * 2 >= list.items.len()
}

/// True where the page calls itself an article.
fn is_declared(document: &Document) -> Result<bool, ParseError> {
    let head = Metadata::of(&tree::read(&document.text)?);
    let kind = head.metas(&["og:type"]).next().unwrap_or_default().trim().to_ascii_lowercase();
    Ok(kind == "article" || head.article.headline.is_some() && kind != "website")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::Address;

    fn told(address: &str, html: &str) -> (Option<SourceKind>, usize) {
        let address = Address::parse(address).unwrap();
        let source = Source::at(SourceKind::Page(None), address.clone());
        let (media_type, text) = ("text/html".to_owned(), html.to_owned());
        let document = Document { address, media_type, text, encoding: "UTF-8", replaced: 0 };
        let nature = nature(&document, &source, "2026-11-21T12:00:00Z".parse().unwrap()).unwrap();
        (nature.kind, nature.parsed.items.len())
    }

    const PARAGRAPH: &str = "<p>The council of the northern harbours met for two days and agreed on a plan for lamps, \
        charts and schools; the next meeting will look at what was built and at what it cost the towns.</p>";

    #[test]
    fn a_listing_an_article_and_a_bulletin_are_told_apart() {
        let card = |n: u8| {
            format!(
                "<article><h2><a href=/news/{n}00-a-council>The council of harbours meets for the {n}th time</a></h2>\
                 <time>2026-11-0{n}</time>{PARAGRAPH}</article>"
            )
        };
        let cards: String = (1..7).map(card).collect();
        let list =
            format!("<html><head><title>News</title></head><body><main><h1>News</h1>{cards}</main></body></html>");
        assert_eq!(told("https://news.example.org/category/council/", &list), (Some(SourceKind::Page(None)), 6));
        let one = format!(
            "<html><head><meta property='og:type' content='article'></head><body><h1>The council of harbours meets</h1>\
             {}<aside class=related><ul><li><a href=/news/1-a>What the council said in the spring</a></ul></aside></body></html>",
            PARAGRAPH.repeat(6)
        );
        assert_eq!(told("https://news.example.org/2026/11/the-council-meets", &one), (Some(SourceKind::Article), 1));
        let part = |n: u8| format!("<h3>The {n}th thing that the council did</h3><p>2026-11-0{n}</p>{PARAGRAPH}<hr>");
        let parts: String = (1..6).map(part).collect();
        let bulletin = format!("<html><body><main><h1>Bulletin</h1>{parts}</main></body></html>");
        assert_eq!(
            told("https://news.example.org/bulletin", &bulletin),
            (Some(SourceKind::Bulletin { split: None }), 5)
        );
        assert_eq!(told("https://news.example.org/x", "<html><body><p>Soon.</p></body></html>"), (None, 0));
    }
}
