//! Tests that a page is parsed once, whoever reads it.

use super::{document, now, source};
use crate::parse::page::dom::bounded_tree::parse_count;
use crate::parse::page::{Page, article};
use crate::parse::{self, Document};
use crate::source::{Selectors, SourceKind};

const PARAGRAPH: &str = "<p>The council of the northern harbours met for two days and agreed on a plan for lamps, \
    charts and schools; the next meeting will look at what was built and at what it cost the towns.</p>";

/// A page with items under headlines, which no other test parses: `purpose` is part of it.
fn page(purpose: &str, linked: bool) -> Document {
    let item = |n: u8| {
        let headline = format!("The {n}th thing that the council did");
        let headline = if linked { format!("<a href=/news/{n}00-a-council>{headline}</a>") } else { headline };
        format!("<article><h2>{headline}</h2><time>2025-11-0{n}</time>{PARAGRAPH}</article>")
    };
    let items: String = (1..7).map(item).collect();
    document(&format!("<html><title>{purpose}</title><body><main><h1>{purpose}</h1>{items}</main></body></html>"))
}

#[test]
fn a_visit_of_each_kind_parses_its_page_once() {
    let selectors = Selectors { item: "article".to_owned(), title: None, link: None, summary: None, date: None };
    for (purpose, kind) in [
        ("visit of an article", SourceKind::Article),
        ("visit of a listing", SourceKind::Page(None)),
        ("visit of a listing with selectors", SourceKind::Page(Some(selectors))),
        ("visit of a bulletin", SourceKind::Bulletin { split: None }),
        ("visit of a bulletin with a selector", SourceKind::Bulletin { split: Some("article".to_owned()) }),
        ("visit of a bulletin without boundaries", SourceKind::Bulletin { split: Some("***".to_owned()) }),
    ] {
        let document = page(purpose, true);
        assert!(!parse::read(&document, &source(kind), now()).unwrap().items.is_empty(), "{purpose}");
        assert_eq!(parse_count::of(&document.text), 1, "{purpose}");
    }
}

#[test]
fn a_classified_page_is_parsed_once_whatever_it_is() {
    let article = document(&format!(
        "<html><title>The council of harbours meets</title><meta property='og:type' content='article'>\
         <h1>The council of harbours meets</h1>{}</html>",
        PARAGRAPH.repeat(6)
    ));
    for (document, kind) in [
        (page("listing to classify", true), Some(SourceKind::Page(None))),
        (page("bulletin to classify", false), Some(SourceKind::Bulletin { split: None })),
        (article, Some(SourceKind::Article)),
        (document("<body class=nothing-to-classify>"), None),
    ] {
        let classified = parse::classify(&document, &source(SourceKind::Page(None)), now()).unwrap();
        assert_eq!(classified.kind, kind);
        assert_eq!(parse_count::of(&document.text), 1, "{kind:?}");
    }
}

#[test]
fn the_page_of_an_item_is_parsed_once() {
    let document = page("page of an item", false);
    article::read(&Page::open(&document).unwrap(), &source(SourceKind::Article), now()).unwrap();
    assert_eq!(parse_count::of(&document.text), 1);
}
