//! Finds blocks of text that the pages of one source have in common: "about us", appeals, notes on sources.
//!
//! A block is shared once it was on [`PAGES`] pages with different addresses and different headlines: a text that is
//! published again under another address or headline does not count as another page. Shared blocks are removed from a
//! text, unless nothing would be left.

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::text::fold;

mod block;

use block::{SharedBlock, block, blocks, hash};

/// On how many pages a block must have been. Chosen by hand.
pub(crate) const PAGES: usize = 3;

/// The most blocks that are kept. Chosen by hand.
const MAX_BLOCKS: usize = 256;

/// How long a shared block is kept after it was last seen. Chosen by hand.
const KEEP_SHARED: SignedDuration = SignedDuration::from_hours(90 * 24);

/// How long any other block is kept after it was last seen. Chosen by hand.
const KEEP_OTHERS: SignedDuration = SignedDuration::from_hours(30 * 24);

/// The blocks that the pages of one source have in common, and the blocks that may turn out to be shared.
///
/// ```
/// use jiff::Timestamp;
/// use marsad::{address::Address, parse::page::shared_text::SharedText};
/// let mut shared = SharedText::default();
/// for n in 0..3 {
///     let page = Address::parse(&format!("https://news.example.org/{n}")).unwrap();
///     let text = format!("Council number {n} met in town.\nOur agency has three members.");
///     shared.learn(&page, &format!("Council {n}"), &text, Timestamp::UNIX_EPOCH);
/// }
/// assert_eq!(shared.without("The ministers met again today.\nOur agency has three members."), "The ministers met again today.");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedText {
    /// The version of the folding that the hashes are based on.
    version: u8,
    blocks: Vec<SharedBlock>,
}

impl Default for SharedText {
    fn default() -> Self {
        Self { version: fold::VERSION, blocks: Vec::new() }
    }
}

impl SharedText {
    /// Reads the stored form; empty if another version wrote it.
    #[must_use]
    pub fn from_stored(text: &str) -> Self {
        let known = serde_json::from_str::<Self>(text).ok();
        known.filter(|known| known.version == fold::VERSION).unwrap_or_default()
    }

    /// The stored form.
    #[must_use]
    pub fn stored(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// How many blocks are shared, and so removed from texts.
    #[must_use]
    pub(crate) fn shared_blocks(&self) -> usize {
        self.blocks.iter().filter(|block| block.is_shared()).count()
    }

    /// Learns the blocks of a page's text (one for each line); true if the result should be stored.
    pub fn learn(&mut self, page: &Address, headline: &str, text: &str, at: Timestamp) -> bool {
        let page = (hash(&page.key()), hash(&fold::key(headline)));
        let mut changed = false;
        for block in blocks(text) {
            match self.blocks.iter_mut().find(|known| known.hash == block) {
                Some(known) => changed |= known.record(page, at),
                None => {
                    self.blocks.push(SharedBlock { hash: block, pages: vec![page], seen: at });
                    changed = true;
                }
            }
        }
        if changed {
            self.prune(at);
        }
        changed
    }

    /// The text without shared blocks; the full text if nothing else would be left.
    #[must_use]
    pub fn without<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let shared: HashSet<u64> =
            self.blocks.iter().filter(|block| block.is_shared()).map(|block| block.hash).collect();
        if shared.is_empty() {
            return Cow::Borrowed(text);
        }
        let kept: Vec<&str> =
            text.lines().filter(|line| block(line).is_none_or(|block| !shared.contains(&block))).collect();
        let has_text = kept.iter().any(|line| block(line).is_some());
        if has_text && kept.len() < text.lines().count() { Cow::Owned(kept.join("\n")) } else { Cow::Borrowed(text) }
    }

    /// Drops blocks that were not seen for long; beyond [`MAX_BLOCKS`], those on the fewest pages and the oldest.
    fn prune(&mut self, at: Timestamp) {
        let lifetime = |block: &SharedBlock| if block.is_shared() { KEEP_SHARED } else { KEEP_OTHERS };
        self.blocks.retain(|block| at.duration_since(block.seen) < lifetime(block));
        if self.blocks.len() > MAX_BLOCKS {
            self.blocks.sort_by_key(|block| std::cmp::Reverse((block.pages.len(), block.seen)));
            self.blocks.truncate(MAX_BLOCKS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: &str = "The agency brings news of its members in three languages.";

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * 86_400).unwrap()
    }

    fn page(n: usize) -> Address {
        Address::parse(&format!("https://news.example.org/{n}")).unwrap()
    }

    fn text(n: usize) -> String {
        format!("The council number {n} met in the harbour.\nPhoto: agency\n{ABOUT}")
    }

    fn learned(pages: std::ops::Range<usize>) -> SharedText {
        let mut known = SharedText::default();
        for n in pages {
            known.learn(&page(n), &format!("Council number {n}"), &text(n), at(0));
        }
        known
    }

    #[test]
    fn a_block_on_three_pages_is_removed_from_then_on() {
        assert_eq!(learned(0..2).without(&text(9)), text(9));
        let known = learned(0..3);
        assert_eq!(known.without(&text(9)), "The council number 9 met in the harbour.\nPhoto: agency");
        let spelled = text(9).replace("The agency", "THE  \u{ab}agency\u{bb}");
        assert_eq!(known.without(&spelled).lines().count(), 2, "spelling and punctuation do not count");
        assert_eq!(known.shared_blocks(), 1);
    }

    #[test]
    fn a_text_that_is_published_again_does_not_count_as_another_page() {
        let mut known = SharedText::default();
        for n in 0..9 {
            known.learn(&page(n), "One headline", &text(1), at(0));
            known.learn(&page(1), &format!("Headline {n}"), &text(1), at(0));
        }
        assert_eq!(known.shared_blocks(), 0);
    }

    #[test]
    fn no_text_is_emptied() {
        let known = learned(0..3);
        assert_eq!(known.without(ABOUT), ABOUT);
        let with_a_short_line = format!("Photo: agency\n{ABOUT}");
        assert_eq!(known.without(&with_a_short_line), with_a_short_line);
        assert_eq!(known.without(""), "");
    }

    #[test]
    fn the_table_is_bounded_and_keeps_shared_blocks() {
        let mut known = learned(0..3);
        for n in 0..200 {
            let many: String = (0..40).map(|line| format!("Line {line} of page {n} and of no other\n")).collect();
            known.learn(&page(100 + n), &format!("Page {n}"), &many, at(1));
        }
        assert_eq!((known.blocks.len(), known.shared_blocks()), (MAX_BLOCKS, 1));
        known.learn(&page(999), "Another", "A line that nobody wrote before now", at(91));
        assert_eq!((known.blocks.len(), known.shared_blocks()), (1, 0), "dropped");
    }

    #[test]
    fn the_same_page_again_is_not_stored() {
        let mut known = learned(0..3);
        assert!(!known.learn(&page(2), "Council number 2", &text(2), at(0)));
        assert!(known.learn(&page(2), "Council number 2", &text(2), at(2)));
    }

    #[test]
    fn shared_text_survives_the_store() {
        let known = learned(0..3);
        assert_eq!(SharedText::from_stored(&known.stored().unwrap()), known);
        assert_eq!(SharedText::from_stored("nonsense"), SharedText::default());
    }
}
