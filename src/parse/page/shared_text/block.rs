//! A block of text, known by the hash of what it says.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::PAGES;
use crate::text::fold;

/// The fewest words of a block: a shorter one ("Photo: agency") is no loss to keep, and recurs by chance.
const WORDS: usize = 4;

/// How many blocks from either end of a text are looked at: what a site adds stands there.
const ENDS: usize = 24;

/// That a block still stands is written down again only after this time.
const FRESH_FOR: SignedDuration = SignedDuration::from_hours(24);

/// One block, by its folded text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SharedBlock {
    pub hash: u64,
    /// The pages that it stood on, by address and headline; no more than [`PAGES`].
    pub pages: Vec<(u64, u64)>,
    pub seen: Timestamp,
}

impl SharedBlock {
    pub fn is_common(&self) -> bool {
        self.pages.len() >= PAGES
    }

    /// Takes note of a page; true when that is worth writing down.
    pub fn meet(&mut self, page: (u64, u64), at: Timestamp) -> bool {
        let stale = at.duration_since(self.seen) >= FRESH_FOR;
        if stale {
            self.seen = at;
        }
        let other = self.pages.iter().all(|known| known.0 != page.0 && known.1 != page.1);
        if other && !self.is_common() {
            self.pages.push(page);
            self.seen = at;
            return true;
        }
        stale
    }
}

/// The blocks at either end of a text, each once.
pub(super) fn blocks(text: &str) -> Vec<u64> {
    let all: Vec<u64> = text.lines().filter_map(block).collect();
    let inner = ENDS..all.len().saturating_sub(ENDS);
    let mut seen = HashSet::new();
    let ends = all.iter().enumerate().filter(|(at, _)| !inner.contains(at)).map(|(_, block)| *block);
    ends.filter(|block| seen.insert(*block)).collect()
}

/// The hash of a line that is a block: one of [`WORDS`] words or more.
pub(super) fn block(line: &str) -> Option<u64> {
    let folded = fold::key(line);
    (folded.split(' ').filter(|word| !word.is_empty()).count() >= WORDS).then(|| hash(&folded))
}

/// Eight bytes that are the same in every process: what they mark is stored.
pub(super) fn hash(text: &str) -> u64 {
    let hash = blake3::hash(text.as_bytes());
    hash.as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
