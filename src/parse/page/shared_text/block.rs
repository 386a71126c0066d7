//! Identifies a block of text by the hash of its folded content.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::PAGES;
use crate::text::fold;

/// The shortest block, in words: a shorter line ("Photo: agency") is harmless, and recurs by chance. Chosen by hand.
const MIN_WORDS: usize = 4;

/// How many blocks at each end of a text are compared: sites add theirs there. Chosen by hand.
const END_BLOCKS: usize = 24;

/// How often it is stored that a block is still there. Chosen by hand.
const REFRESH_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// One block, as the hash of its folded text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SharedBlock {
    pub hash: u64,
    /// The pages that it was on, by address and headline; at most [`PAGES`].
    pub pages: Vec<(u64, u64)>,
    pub(crate) seen: Timestamp,
}

impl SharedBlock {
    pub(crate) fn is_shared(&self) -> bool {
        self.pages.len() >= PAGES
    }

    /// Records a page; true if the result should be stored.
    pub(crate) fn record(&mut self, page: (u64, u64), at: Timestamp) -> bool {
        let stale = at.duration_since(self.seen) >= REFRESH_AFTER;
        if stale {
            self.seen = at;
        }
        let other = self.pages.iter().all(|known| known.0 != page.0 && known.1 != page.1);
        if other && !self.is_shared() {
            self.pages.push(page);
            self.seen = at;
            return true;
        }
        stale
    }
}

/// The blocks at both ends of a text, each once.
pub(super) fn blocks(text: &str) -> Vec<u64> {
    let all: Vec<u64> = text.lines().filter_map(block).collect();
    let inner = END_BLOCKS..all.len().saturating_sub(END_BLOCKS);
    let mut seen = HashSet::new();
    let ends = all.iter().enumerate().filter(|(at, _)| !inner.contains(at)).map(|(_, block)| *block);
    ends.filter(|block| seen.insert(*block)).collect()
}

/// The hash of a line that is a block: one with at least [`MIN_WORDS`] words.
pub(super) fn block(line: &str) -> Option<u64> {
    let folded = fold::key(line);
    (folded.split(' ').filter(|word| !word.is_empty()).count() >= MIN_WORDS).then(|| hash(&folded))
}

/// The first eight bytes of the BLAKE3 hash: it is stored, so it must not change between processes.
pub(super) fn hash(text: &str) -> u64 {
    let hash = blake3::hash(text.as_bytes());
    hash.as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
