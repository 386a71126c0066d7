//! Formats a survey of an address as JSON.

use serde_json::{Value, json};

use crate::cli::document_view::{block_json, item_json};
use crate::parse::feed::FeedReader;

use super::input::TypedAddress;
use super::source_block::block;
use super::survey::{FeedTrial, ProbeFailure, Survey, WatchableSource};

/// How many items of each choice are listed. Chosen by hand.
const LISTED: usize = 10;

/// The whole survey as one object.
#[must_use]
pub(crate) fn survey(typed: &TypedAddress, survey: &Survey, taken: &[String]) -> Value {
    let feeds = survey.feeds.iter().map(|(feed, tried)| {
        let (items, error) = outcome(tried);
        json!({ "url": feed.address, "title": feed.title, "lang": feed.lang, "items": items, "error": error })
    });
    let places = survey.places.iter().map(|(place, tried)| {
        let (items, error) = outcome(tried);
        json!({ "url": place, "items": items, "error": error })
    });
    json!({
        "asked": typed.text,
        "url": survey.address,
        "served_from": survey.document.address,
        "error": survey.missing,
        "kind": survey.missing.is_none().then(|| survey.kind()),
        "media_type": survey.document.media_type,
        "encoding": survey.document.encoding,
        "bytes": survey.bytes,
        "feeds": feeds.collect::<Vec<_>>(),
        "places": places.collect::<Vec<_>>(),
        "choices": survey.choices.iter().map(|one| choice(one, taken)).collect::<Vec<_>>(),
        "remarks": survey.remarks,
    })
}

/// A failed survey as one object.
#[must_use]
pub(crate) fn failure(typed: &TypedAddress, failure: &ProbeFailure, message: &str) -> Value {
    let class = match failure {
        ProbeFailure::Fetch(error) => error.class(),
        ProbeFailure::Document(_) => "document",
    };
    json!({ "asked": typed.text, "error": message, "class": class })
}

fn choice(choice: &WatchableSource, taken: &[String]) -> Value {
    let parsed = &choice.reading.parsed;
    json!({
        "key": choice.source.kind.as_str(),
        "url": choice.source.address,
        "kind": parsed.format.as_str(),
        "reader": parsed.reader.map(FeedReader::as_str),
        "why": choice.why,
        "items_total": parsed.items.len(),
        "items": parsed.items.iter().take(LISTED).map(item_json).collect::<Vec<_>>(),
        "left_out": parsed.left_out,
        "degraded": parsed.degraded,
        "blocks": parsed.blocks.iter().map(block_json).collect::<Vec<_>>(),
        "toml": block(&choice.source, &parsed.items, taken),
    })
}

fn outcome(tried: &FeedTrial) -> (Option<usize>, Option<&str>) {
    match tried {
        None => (None, None),
        Some(Ok(count)) => (Some(*count), None),
        Some(Err(error)) => (None, Some(error)),
    }
}
