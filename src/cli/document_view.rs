//! Formats the items and blocks of a document for a terminal and as JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::cli::output::{clean, counted, cut, isolated};
use crate::date::DateEvidence;
use crate::item::Item;
use crate::parse::page::listing::explain::ExplainedGroup;
use crate::pipeline::{DiscoveredDocument, SourceContent};
use crate::server::json::published;

/// The most columns of a sample headline. Chosen by hand.
const SAMPLE: usize = 60;

/// A document's kind, and how many items, dates, languages and texts it has, on one line.
#[must_use]
pub fn facts(reading: &SourceContent) -> String {
    let items = &reading.parsed.items;
    let mut facts = vec![reading.parsed.format.as_str().to_owned()];
    facts.extend(reading.parsed.reader.map(|reader| reader.describe().to_owned()));
    facts.push(counted(items.len(), "item"));
    if !items.is_empty() {
        let dates = items.iter().map(|item| item.published.as_ref().map_or("missing", |claim| origin(claim.from)));
        facts.push(format!("dates: {}", counts(dates)));
        let langs = items.iter().map(|item| item.lang.as_ref().map_or("unknown", |lang| lang.as_str()));
        facts.push(format!("languages: {}", counts(langs)));
        facts.push(format!("texts: {}", counts(items.iter().map(|item| item.text_state.as_str()))));
    }
    for (count, what) in [(reading.parsed.left_out, "left out beyond max_items"), (reading.parsed.empty, "empty")] {
        if count > 0 {
            facts.push(format!("{count} {what}"));
        }
    }
    facts.join("; ")
}

/// Where a date comes from.
fn origin(evidence: DateEvidence) -> &'static str {
    match evidence {
        DateEvidence::Feed => "from date elements",
        DateEvidence::Meta => "from metadata",
        DateEvidence::Listing => "from the listing",
        DateEvidence::Text => "from the text",
    }
}

/// An item in two lines: its headline; its date, language and link.
#[must_use]
pub fn item(item: &Item) -> [String; 2] {
    let when = item
        .published
        .as_ref()
        .map_or_else(|| "no date".to_owned(), |claim| format!("{} ({})", claim.at, claim.from.as_str()));
    let lang = item.lang.as_ref().map_or("??", |lang| lang.as_str());
    let address = item.address.as_ref().map_or_else(|| "no link".to_owned(), |address| clean(address.as_str()));
    [isolated(&clean(&item.title)), format!("{when} · {lang} · {address}")]
}

/// The discovered documents, each with its number of items or its error.
#[must_use]
pub fn linked(linked: &[DiscoveredDocument]) -> Vec<String> {
    let one = |linked: &DiscoveredDocument| match &linked.found {
        Ok(count) => format!("{}: {}", clean(linked.address.as_str()), counted(*count, "item")),
        Err(error) => format!("{}: {}", clean(linked.address.as_str()), clean(error)),
    };
    linked.iter().map(one).collect()
}

/// The blocks of a page, each used or skipped, with the reason.
#[must_use]
pub fn blocks(blocks: &[ExplainedGroup]) -> Vec<String> {
    let mut lines = Vec::new();
    for block in blocks {
        let word = if block.left_out.is_none() { "used" } else { "skipped" };
        let place = cut(&clean(&block.place), SAMPLE);
        lines.push(format!("{word:<7} {:>3}  {place}", block.items));
        let sample = isolated(&cut(&clean(&block.sample), SAMPLE));
        lines.push(match &block.left_out {
            Some(why) => format!("             {}; first headline: {sample}", clean(why)),
            None => format!("             {} with an excerpt; first headline: {sample}", block.with_excerpt),
        });
    }
    lines
}

/// An item as JSON.
#[must_use]
pub(crate) fn item_json(item: &Item) -> Value {
    json!({
        "title": item.title,
        "url": item.address,
        "published": item.published.as_ref().map(published),
        "lang": item.lang,
        "text_state": item.text_state,
    })
}

/// A block as JSON.
#[must_use]
pub(crate) fn block_json(block: &ExplainedGroup) -> Value {
    json!({
        "place": block.place, "items": block.items, "with_excerpt": block.with_excerpt, "sample": block.sample,
        "taken": block.left_out.is_none(), "left_out": block.left_out,
    })
}

/// How often each word occurs, the most frequent first.
fn counts<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    let mut counts: Vec<(&str, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(word, count)| (std::cmp::Reverse(*count), *word));
    counts.iter().map(|(word, count)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headline_of_a_block_cannot_paint_the_terminal() {
        let block = ExplainedGroup {
            place: "a h2".to_owned(),
            items: 2,
            with_excerpt: 0,
            sample: "\u{1b}[31mغزة\u{202e}".to_owned(),
            left_out: Some("a box".to_owned()),
        };
        let lines = blocks(&[block]).join("\n");
        assert!(lines.contains("a box; first headline: \u{2068}غزة\u{2069}") && !lines.contains('\u{1b}'), "{lines:?}");
    }

    #[test]
    fn the_most_frequent_word_comes_first() {
        assert_eq!(counts(["ar", "en", "ar"].into_iter()), "2 ar, 1 en");
    }
}
