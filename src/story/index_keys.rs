//! Derives the keys under which the store finds texts that may be copies or tell the same story.
//!
//! Equal keys only make candidates; [`compare`](super::relation::compare) decides.

use super::key_hash::stable_hash_of;
use super::text_profile::{ProfileWord, TextProfile};

/// The words of a shingle: three in a row are rarely common by chance. Chosen by hand.
const SHINGLE_WORDS: usize = 3;

/// The words at the beginning of a body from which a feed cuts its excerpt. Chosen by hand.
const EXCERPT_WORDS: usize = 30;

/// The words of a body in which a report says what happened. Chosen by hand.
const LEAD_WORDS: usize = 60;

/// The keys sampled from the beginning and from the whole body. Chosen by hand: an excerpt of 20 words shares three of the
/// first five on average. With [`STORY_KEYS`] and the keys for other languages they are twenty, which take less than 400
/// bytes of index.
const COPY_KEYS: (usize, usize) = (5, 4);

/// The keys of the words that say what a text is about. Chosen by hand: in the rows of `quality duplicates_real`, all
/// copies and 77 of 79 further reports share a key with the first text.
const STORY_KEYS: usize = 6;

/// Version 1 of the keys: it goes into every hash, so that keys of two versions never meet.
pub(crate) const VERSION: u64 = 1;

impl TextProfile {
    /// Keys that a copy shares with its original: the smallest hashes of word triples, which both texts sample alike.
    /// A. Broder, "On the resemblance and containment of documents", 1997.
    #[must_use]
    pub fn copy_keys(&self) -> Vec<u32> {
        let hashes: Vec<u32> = self.body().windows(SHINGLE_WORDS).map(|words| hash(b's', words)).collect();
        let lead = &hashes[..hashes.len().min(EXCERPT_WORDS)];
        let mut keys = smallest(lead, COPY_KEYS.0);
        keys.extend(smallest(&hashes, COPY_KEYS.0 + COPY_KEYS.1));
        let mut seen = std::collections::HashSet::new();
        keys.retain(|key| seen.insert(*key));
        keys.truncate(COPY_KEYS.0 + COPY_KEYS.1);
        keys
    }

    /// Keys that reports of one event share: the longest words of headline and lead, and numbers of three digits.
    #[must_use]
    pub fn story_keys(&self) -> Vec<u32> {
        let end = (self.headline().len() + LEAD_WORDS).min(self.words().len());
        let mut words: Vec<&ProfileWord> = self.words()[..end].iter().filter(|word| word.is_content()).collect();
        let headline: std::collections::HashSet<u64> = self.headline().iter().map(|word| word.stem).collect();
        let rank = |word: &&ProfileWord| {
            let (named, length) = (word.is_capitalised || headline.contains(&word.stem), word.core().chars().count());
            (std::cmp::Reverse((named, length)), word.stem)
        };
        words.sort_by_cached_key(rank);
        words.dedup_by_key(|word| word.stem);
        words.iter().take(STORY_KEYS).map(|word| key(b'w', std::iter::once(word.stem))).collect()
    }
}

fn hash(kind: u8, words: &[ProfileWord]) -> u32 {
    key(kind, words.iter().map(|word| word.key))
}

fn key(kind: u8, parts: impl Iterator<Item = u64>) -> u32 {
    let hash = stable_hash_of([u64::from(kind), VERSION].into_iter().chain(parts).flat_map(u64::to_le_bytes));
    u32::try_from((hash ^ hash >> 32) & u64::from(u32::MAX)).unwrap_or_default()
}

fn smallest(hashes: &[u32], count: usize) -> Vec<u32> {
    let mut hashes = hashes.to_vec();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.truncate(count);
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_excerpt_shares_keys_with_its_text() {
        let text: Vec<String> = (0..300).map(|n| format!("word{n}x")).collect();
        let whole = TextProfile::of_parts("", &text.join(" "));
        let excerpt = TextProfile::of_parts("", &text[..20].join(" "));
        let keys = whole.copy_keys();
        assert!(keys.len() <= COPY_KEYS.0 + COPY_KEYS.1);
        assert!(excerpt.copy_keys().iter().filter(|key| keys.contains(key)).count() >= 2);
    }

    #[test]
    fn texts_without_words_have_no_keys() {
        let empty = TextProfile::of_parts("", "");
        assert!(empty.copy_keys().is_empty() && empty.story_keys().is_empty());
    }
}
