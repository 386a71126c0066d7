//! Moves blocks that a server streams at the end of a page (`<div hidden id="S:1">`) to the places that they are meant for
//! (`<template id="B:1">`), as the script of React does in a browser.

use std::collections::HashMap;

use ego_tree::NodeId;
use scraper::Html;

/// The most blocks that are moved on one page. Chosen by hand.
const MAX_BLOCKS: usize = 200;
/// The start of the ids of blocks, and that of their places.
const BLOCK: &str = "S:";
const PLACE: &str = "B:";

/// True for the id of a streamed block.
#[must_use]
pub(crate) fn is_block(id: &str) -> bool {
    number(id, BLOCK).is_some()
}

fn number<'i>(id: &'i str, start: &str) -> Option<&'i str> {
    id.strip_prefix(start).filter(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Moves the streamed blocks of a page. A block without a place stays where it is.
pub(crate) fn move_all(html: &mut Html, text: &str) {
    if !text.contains("\"S:") {
        return;
    }
    let (mut places, mut blocks): (HashMap<String, NodeId>, Vec<(String, NodeId)>) = Default::default();
    for node in html.tree.nodes() {
        let Some(id) = node.value().as_element().and_then(|element| element.attr("id")) else { continue };
        if let Some(number) = number(id, PLACE) {
            places.entry(number.to_owned()).or_insert(node.id());
        } else if let Some(number) = number(id, BLOCK).filter(|_| blocks.len() < MAX_BLOCKS) {
            blocks.push((number.to_owned(), node.id()));
        }
    }
    for (number, block) in blocks {
        let Some(place) = places.get(&number).copied() else { continue };
        let within = html.tree.get(place).is_some_and(|place| place.ancestors().any(|above| above.id() == block));
        if !within
            && place != block
            && let Some(mut place) = html.tree.get_mut(place)
        {
            place.insert_id_before(block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::page::dom::flat_tree::Outline;

    fn text(page: &str) -> String {
        let page = page.replace('\'', "\"");
        let mut html = Html::parse_document(&page);
        move_all(&mut html, &page);
        Outline::of(html.into()).text(0, 1_000)
    }

    #[test]
    fn a_streamed_block_is_read_at_its_place() {
        for place in ["<div id='B:0'></div>", "<template id='B:0'></template>"] {
            let page = format!("<main>One {place} three</main><footer>four</footer><div hidden id='S:0'>two</div>");
            assert_eq!(text(&page), "One two three four", "{place}");
        }
    }

    #[test]
    fn a_block_without_a_place_or_around_its_place_stays() {
        assert_eq!(text("<p>One</p><div hidden id='S:1'>two</div>"), "One two");
        assert_eq!(text("<p>One</p><div hidden id='S:1'>two <div id='B:1'></div></div>"), "One two");
        assert_eq!(text("<p>One</p><div id='S:summary'>two</div><div id='B:summary'></div>"), "One two");
    }
}
