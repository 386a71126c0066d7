//! Reads a listing by the selectors of its source.

use std::collections::HashSet;

use jiff::Timestamp;
use scraper::{ElementRef, Selector};

use crate::address::Address;
use crate::date::{DateContext, DateEvidence, Published, timestamp};
use crate::item::{Item, TextState, TitleFrom};
use crate::parse::item_limits::{MAX_SUMMARY, MAX_TITLE};
use crate::parse::page::Page;
use crate::parse::page::dom::bounded_tree;
use crate::parse::{DocumentFormat, ParseError, Parsed};
use crate::source::{ElementSelector, Selectors, Source};

/// The longest selector that is compiled, in bytes. Chosen by hand.
const MAX_SELECTOR: usize = 1024;
/// The most `:has()` in one selector: nested ones cost more with each level. Chosen by hand.
const MAX_HAS: usize = 2;
/// How many nodes the items of one page may have in all, if items contain items. Chosen by hand.
const MAX_VISITED: usize = 2_000_000;
/// How many elements that a selector matches within one item are tried. Chosen by hand.
const MAX_CANDIDATES: usize = 8;
/// The longest text that is read as a date, in characters. Chosen by hand.
const MAX_DATE: usize = 200;
/// How much of a selector an error quotes, in characters. Chosen by hand.
const MAX_QUOTED: usize = 80;

/// The compiled selectors of a source.
struct CompiledSelectors {
    item: Selector,
    title: Option<CompiledSelector>,
    link: Option<CompiledSelector>,
    summary: Option<CompiledSelector>,
    date: Option<CompiledSelector>,
}

/// One compiled selector with its attribute.
struct CompiledSelector {
    /// None for the item's own element.
    css: Option<Selector>,
    attribute: Option<String>,
}

/// Reads a listing. Rows without a link are items only if no row has one and no selector promises one: next to rows with
/// links they are headings.
///
/// # Errors
/// A challenge in its place, or an invalid selector.
pub fn read(page: &Page<'_>, source: &Source, selectors: &Selectors, now: Timestamp) -> Result<Parsed, ParseError> {
    let rules = CompiledSelectors::compile(selectors)?;
    let base = page.base();
    let setting = DateContext { now, zone: &source.timezone, lang: source.lang.as_ref() };
    let mut parsed = Parsed::of(DocumentFormat::Listing);
    let (mut found, mut untitled, mut visited) = (0_usize, 0_usize, 0_usize);
    let mut seen = HashSet::new();
    let mut unlinked = Vec::new();
    for element in page.html().select(&rules.item) {
        found += 1;
        visited += element.descendants().take(MAX_VISITED - visited).count();
        if visited >= MAX_VISITED {
            parsed.left_out += 1;
            continue;
        }
        match rules.item(element, &base, &setting) {
            Some(item) if item.address.is_none() => unlinked.push(item),
            Some(item) if seen.insert((item.address.clone(), item.title.clone())) => parsed.take(item, source),
            Some(_) => {}
            None => untitled += 1,
        }
    }
    if found == 0 {
        page.refuse_challenge()?;
    }
    let without_link = unlinked.len();
    let reads_unlinked = seen.is_empty() && selectors.link.is_none();
    if reads_unlinked {
        unlinked.into_iter().for_each(|item| parsed.take(item, source));
    }
    parsed.degraded = match (found, untitled, without_link) {
        (0, ..) => Some(format!("the item selector {:?} matches nothing on the page", selectors.item)),
        (_, 1.., _) => Some(format!("{untitled} of {found} items have no headline: check the selector `title`")),
        (_, _, 1..) if !reads_unlinked => {
            Some(format!("{without_link} of {found} items have no link: check the selector `link`"))
        }
        _ => None,
    };
    Ok(parsed)
}

impl CompiledSelectors {
    fn compile(selectors: &Selectors) -> Result<Self, ParseError> {
        let pick = |pick: &Option<ElementSelector>| pick.as_ref().map(CompiledSelector::compile).transpose();
        Ok(Self {
            item: selector(&selectors.item)?,
            title: pick(&selectors.title)?,
            link: pick(&selectors.link)?,
            summary: pick(&selectors.summary)?,
            date: pick(&selectors.date)?,
        })
    }

    /// The item in `element`; none without a headline.
    fn item(&self, element: ElementRef<'_>, base: &Address, setting: &DateContext<'_>) -> Option<Item> {
        let anchor = first_link(element);
        let link = match &self.link {
            Some(rule) => rule.address(element),
            None => anchor.and_then(|anchor| anchor.attr("href")).map(str::to_owned),
        };
        let address = link.and_then(|link| base.join(&link).ok());
        let title = match &self.title {
            Some(rule) => rule.text(element, MAX_TITLE),
            None => heading(element).or(anchor).map(|element| text_or_label(element, MAX_TITLE)),
        };
        let title = title.filter(|title| !title.is_empty())?;
        let summary = self.summary.as_ref().and_then(|rule| rule.text(element, MAX_SUMMARY)).unwrap_or_default();
        let date = self.date.as_ref().and_then(|rule| rule.date(element, setting));
        let text_state = if summary.is_empty() { TextState::None } else { TextState::Excerpt };
        Some(Item {
            address,
            title,
            title_from: TitleFrom::Page,
            summary,
            text_state,
            published: date,
            ..Item::default()
        })
    }
}

impl CompiledSelector {
    fn compile(pick: &ElementSelector) -> Result<Self, ParseError> {
        let css = if pick.css.trim().is_empty() { None } else { Some(selector(&pick.css)?) };
        Ok(Self { css, attribute: pick.attribute.clone() })
    }

    fn elements<'a>(&'a self, item: ElementRef<'a>) -> Vec<ElementRef<'a>> {
        match &self.css {
            None => vec![item],
            Some(css) if css.matches(&item) => vec![item],
            Some(css) => item.select(css).take(MAX_CANDIDATES).collect(),
        }
    }

    /// The first text that is not empty, from the attribute or from the element itself.
    fn text(&self, item: ElementRef<'_>, limit: usize) -> Option<String> {
        self.elements(item).into_iter().find_map(|element| {
            let text = match &self.attribute {
                Some(name) => crate::parse::plain_text::line(element.attr(name)?, limit),
                None => text_or_label(element, limit),
            };
            (!text.is_empty()).then_some(text)
        })
    }

    /// The address from the attribute, else from the element's own link or the first link within it.
    fn address(&self, item: ElementRef<'_>) -> Option<String> {
        self.elements(item).into_iter().find_map(|element| {
            let value = match &self.attribute {
                Some(name) => element.attr(name),
                None => element.attr("href").or_else(|| first_link(element).and_then(|anchor| anchor.attr("href"))),
            };
            value.map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned)
        })
    }

    fn date(&self, item: ElementRef<'_>, setting: &DateContext<'_>) -> Option<Published> {
        let elements = self.elements(item);
        let texts = elements.iter().flat_map(|element| match &self.attribute {
            Some(name) => [element.attr(name).map(str::to_owned), None],
            None => [element.attr("datetime").map(str::to_owned), Some(text_or_label(*element, MAX_DATE))],
        });
        let at = texts.flatten().find_map(|text| timestamp::read(&text, setting))?;
        Some(Published { at, from: DateEvidence::Listing })
    }
}

/// Compiles a CSS selector within bounds.
pub(crate) fn selector(css: &str) -> Result<Selector, ParseError> {
    let refuse = |why: String| ParseError::Selector { selector: css.chars().take(MAX_QUOTED).collect(), why };
    if css.matches(":has(").count() > MAX_HAS {
        return Err(refuse(format!("it uses `:has()` more than {MAX_HAS} times")));
    }
    if css.len() > MAX_SELECTOR {
        return Err(refuse(format!("it is longer than {MAX_SELECTOR} bytes")));
    }
    Selector::parse(css).map_err(|error| refuse(error.to_string()))
}

/// The item's own link: the element itself, or the first link within it.
fn first_link(element: ElementRef<'_>) -> Option<ElementRef<'_>> {
    let is_link = |element: &ElementRef<'_>| {
        element.value().name() == "a"
            && element.attr("href").is_some_and(|href| {
                !href.trim().is_empty() && !href.starts_with('#') && !href.starts_with("javascript:")
            })
    };
    if is_link(&element) {
        return Some(element);
    }
    element.descendants().filter_map(ElementRef::wrap).find(is_link)
}

fn heading(element: ElementRef<'_>) -> Option<ElementRef<'_>> {
    element
        .descendants()
        .filter_map(ElementRef::wrap)
        .find(|inner| matches!(inner.value().name(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6"))
}

/// The text of an element, or the `title` or `alt` of one within it.
fn text_or_label(element: ElementRef<'_>, limit: usize) -> String {
    let text = bounded_tree::text(element, limit);
    if !text.is_empty() {
        return text;
    }
    let mut words = element
        .descendants()
        .filter_map(ElementRef::wrap)
        .filter_map(|inner| inner.attr("title").or_else(|| inner.attr("alt")));
    words
        .find(|word| !word.trim().is_empty())
        .map(|word| crate::parse::plain_text::line(word, limit))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selectors(item: &str) -> Selectors {
        let pick = |css: &str, attribute: Option<&str>| {
            Some(ElementSelector { css: css.to_owned(), attribute: attribute.map(str::to_owned) })
        };
        Selectors {
            item: item.to_owned(),
            title: pick("h2", None),
            link: pick("h2 a", Some("href")),
            summary: pick(".lead", None),
            date: pick("time", Some("datetime")),
        }
    }

    fn items(html: &str) -> Vec<Option<Item>> {
        let rules = CompiledSelectors::compile(&selectors("article")).unwrap();
        let base = Address::parse("https://news.example.org/ar/").unwrap();
        let zone = jiff::tz::TimeZone::UTC;
        let setting = DateContext { now: Timestamp::from_second(1_800_000_000).unwrap(), zone: &zone, lang: None };
        bounded_tree::read(html)
            .unwrap()
            .select(&rules.item)
            .map(|element| rules.item(element, &base, &setting))
            .collect()
    }

    #[test]
    fn each_pick_is_relative_to_its_item() {
        let items = items(
            "<article><h2><a href='1'>أ <b>ب</b></a></h2><p class=lead>ج</p><time datetime='2025-11-21'></article><article><h2>no link</h2></article>",
        );
        let first = items[0].as_ref().unwrap();
        assert_eq!((first.title.as_str(), first.summary.as_str()), ("أ ب", "ج"));
        assert_eq!(first.address.as_ref().unwrap().as_str(), "https://news.example.org/ar/1");
        assert_eq!(first.published.as_ref().unwrap().from, DateEvidence::Listing);
        assert_eq!(items[1].as_ref().map(|item| item.address.is_none()), Some(true));
    }

    fn read_rows(html: &str, link: Option<&str>) -> (Vec<(String, bool)>, Option<String>) {
        let picked = |css: &str| Some(ElementSelector { css: css.to_owned(), attribute: None });
        let selectors = Selectors {
            item: "tr".to_owned(),
            title: picked("b"),
            link: link.and_then(picked),
            summary: None,
            date: None,
        };
        let address = Address::parse("https://news.example.org/events").unwrap();
        let source = Source::at(crate::source::SourceKind::Page(Some(selectors.clone())), address.clone());
        let (media_type, text) = ("text/html".to_owned(), format!("<table>{html}</table>"));
        let document = crate::parse::Document { address, media_type, text, encoding: "UTF-8", replaced: 0 };
        let page = Page::open(&document).unwrap();
        let parsed = read(&page, &source, &selectors, Timestamp::from_second(1_800_000_000).unwrap()).unwrap();
        let rows = parsed.items.into_iter().map(|item| (item.title, item.address.is_some()));
        (rows.collect(), parsed.degraded)
    }

    #[test]
    fn rows_without_links_are_items_where_no_row_has_one() {
        let plain = "<tr><td><b>Concert in the hall</b><tr><td><b>Council meets</b>";
        let (rows, degraded) = read_rows(plain, None);
        assert_eq!(rows, [("Concert in the hall".to_owned(), false), ("Council meets".to_owned(), false)]);
        assert_eq!(degraded, None);
        let mixed = format!("{plain}<tr><td><b>Market opens</b> <a href=/3>more</a>");
        let (rows, degraded) = read_rows(&mixed, None);
        assert_eq!(rows, [("Market opens".to_owned(), true)]);
        assert_eq!(degraded.as_deref(), Some("2 of 3 items have no link: check the selector `link`"));
        let (rows, degraded) = read_rows(plain, Some("a.headline"));
        assert_eq!(
            (rows.len(), degraded.as_deref()),
            (0, Some("2 of 2 items have no link: check the selector `link`"))
        );
        let (_, degraded) = read_rows("<tr><td><i>Concert</i>", None);
        assert_eq!(degraded.as_deref(), Some("1 of 1 items have no headline: check the selector `title`"));
    }

    #[test]
    fn an_invalid_selector_is_refused_with_its_text() {
        assert!(matches!(selector("div >"), Err(ParseError::Selector { selector, .. }) if selector == "div >"));
        assert!(matches!(selector(&"a,".repeat(1_000)), Err(ParseError::Selector { .. })));
    }
}
