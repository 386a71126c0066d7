//! Blocks of text that the pages of one source have in common: "about us", appeals, notes on sources.
//!
//! A block counts as common when it stood on [`PAGES`] pages that differ in address and in headline: a text that is
//! published again, under another address or another headline, is no page more. Common blocks are left out of a text,
//! but for a text of which nothing would be left.

use std::borrow::Cow;
use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::text::fold;

mod block;

use block::{SharedBlock, block, blocks, hash};

/// On how many pages a block must have stood.
pub const PAGES: usize = 3;

/// The most blocks that are kept.
const MOST: usize = 256;

/// After this long unseen a common block is forgotten.
const COMMON_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// After this long unseen a block that is not common is forgotten.
const OTHERS_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What the pages of one source have in common, and what they may turn out to have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SharedText {
    /// The version of the folding that the hashes were made with.
    version: u8,
    blocks: Vec<SharedBlock>,
}

impl Default for SharedText {
    fn default() -> Self {
        Self { version: fold::VERSION, blocks: Vec::new() }
    }
}

impl SharedText {
    /// Reads the stored form; what another version wrote is learnt anew.
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

    /// How many blocks are left out of texts.
    #[must_use]
    pub fn common(&self) -> usize {
        self.blocks.iter().filter(|block| block.is_common()).count()
    }

    /// Takes note of the blocks of a page's text (a line each); true when that is worth writing down.
    pub fn learn(&mut self, page: &Address, headline: &str, text: &str, at: Timestamp) -> bool {
        let page = (hash(&page.key()), hash(&fold::key(headline)));
        let mut changed = false;
        for block in blocks(text) {
            match self.blocks.iter_mut().find(|known| known.hash == block) {
                Some(known) => changed |= known.meet(page, at),
                None => {
                    self.blocks.push(SharedBlock { hash: block, pages: vec![page], seen: at });
                    changed = true;
                }
            }
        }
        if changed {
            self.forget(at);
        }
        changed
    }

    /// The text without the blocks that the source's pages have in common; whole where nothing else would be left.
    #[must_use]
    pub fn without<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let common: HashSet<u64> =
            self.blocks.iter().filter(|block| block.is_common()).map(|block| block.hash).collect();
        if common.is_empty() {
            return Cow::Borrowed(text);
        }
        let kept: Vec<&str> =
            text.lines().filter(|line| block(line).is_none_or(|block| !common.contains(&block))).collect();
        let says = kept.iter().any(|line| block(line).is_some());
        if says && kept.len() < text.lines().count() { Cow::Owned(kept.join("\n")) } else { Cow::Borrowed(text) }
    }

    /// Drops what was not seen for long, and of what is too much the least promising and oldest.
    fn forget(&mut self, at: Timestamp) {
        let lasts = |block: &SharedBlock| if block.is_common() { COMMON_FOR } else { OTHERS_FOR };
        self.blocks.retain(|block| at.duration_since(block.seen) < lasts(block));
        if self.blocks.len() > MOST {
            self.blocks.sort_by_key(|block| std::cmp::Reverse((block.pages.len(), block.seen)));
            self.blocks.truncate(MOST);
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

    fn taught(pages: std::ops::Range<usize>) -> SharedText {
        let mut known = SharedText::default();
        for n in pages {
            known.learn(&page(n), &format!("Council number {n}"), &text(n), at(0));
        }
        known
    }

    #[test]
    fn what_stands_on_three_pages_is_left_out_from_then_on() {
        assert_eq!(taught(0..2).without(&text(9)), text(9));
        let known = taught(0..3);
        assert_eq!(known.without(&text(9)), "The council number 9 met in the harbour.\nPhoto: agency");
        let spelled = text(9).replace("The agency", "THE  \u{ab}agency\u{bb}");
        assert_eq!(known.without(&spelled).lines().count(), 2, "spelling and marks do not count");
        assert_eq!(known.common(), 1);
    }

    #[test]
    fn a_text_that_is_published_again_is_no_page_more() {
        let mut known = SharedText::default();
        for n in 0..9 {
            known.learn(&page(n), "One headline", &text(1), at(0));
            known.learn(&page(1), &format!("Headline {n}"), &text(1), at(0));
        }
        assert_eq!(known.common(), 0);
    }

    #[test]
    fn no_text_is_emptied() {
        let known = taught(0..3);
        assert_eq!(known.without(ABOUT), ABOUT);
        let with_a_short_line = format!("Photo: agency\n{ABOUT}");
        assert_eq!(known.without(&with_a_short_line), with_a_short_line);
        assert_eq!(known.without(""), "");
    }

    #[test]
    fn the_table_is_bounded_and_keeps_what_is_common() {
        let mut known = taught(0..3);
        for n in 0..200 {
            let many: String = (0..40).map(|line| format!("Line {line} of page {n} and of no other\n")).collect();
            known.learn(&page(100 + n), &format!("Page {n}"), &many, at(1));
        }
        assert_eq!((known.blocks.len(), known.common()), (MOST, 1));
        known.learn(&page(999), "Another", "A line that nobody wrote before now", at(91));
        assert_eq!((known.blocks.len(), known.common()), (1, 0), "forgotten");
    }

    #[test]
    fn the_same_page_again_is_not_worth_writing_down() {
        let mut known = taught(0..3);
        assert!(!known.learn(&page(2), "Council number 2", &text(2), at(0)));
        assert!(known.learn(&page(2), "Council number 2", &text(2), at(2)));
    }

    #[test]
    fn what_was_learnt_survives_the_store() {
        let known = taught(0..3);
        assert_eq!(SharedText::from_stored(&known.stored().unwrap()), known);
        assert_eq!(SharedText::from_stored("nonsense"), SharedText::default());
    }
}
