//! Converts a text to NFC and maps offsets back to the original.

use std::borrow::Cow;
use std::ops::Range;

use icu_normalizer::ComposingNormalizerBorrowed;

/// A text in NFC. Offsets map back to the original text; where composition changed a word, to the whole word.
pub(super) struct NfcText<'a> {
    text: Cow<'a, str>,
    /// The start of each piece in the composed text and in the original; empty if nothing changed.
    pieces: Vec<(usize, usize)>,
    length: usize,
}

impl<'a> NfcText<'a> {
    pub fn new(original: &'a str) -> Self {
        let nfc = ComposingNormalizerBorrowed::new_nfc();
        let length = original.len();
        if nfc.is_normalized(original) {
            return Self { text: Cow::Borrowed(original), pieces: Vec::new(), length };
        }
        let (mut text, mut pieces, mut at) = (String::with_capacity(length), Vec::new(), 0);
        for word in original.split_inclusive(' ') {
            pieces.push((text.len(), at));
            text.push_str(&nfc.normalize(word));
            at += word.len();
        }
        Self { text: Cow::Owned(text), pieces, length }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The range of the original that corresponds to a range of the composed text.
    pub(crate) fn original(&self, range: Range<usize>) -> Range<usize> {
        if self.pieces.is_empty() {
            return range;
        }
        let from = self.pieces.partition_point(|p| p.0 <= range.start).saturating_sub(1);
        let to = self.pieces.partition_point(|p| p.0 < range.end);
        let start = self.pieces.get(from).map_or(0, |p| p.1);
        let end = self.pieces.get(to).map_or(self.length, |p| p.1);
        start..end
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_map_back_to_the_original_text() {
        let decomposed = "un communique\u{301} final";
        let nfc = NfcText::new(decomposed);
        let at = nfc.text().find("communiqué").unwrap();
        assert_eq!(&decomposed[nfc.original(at..at + "communiqué".len())], "communique\u{301} ");
        let plain = NfcText::new("déjà");
        assert_eq!(plain.original(1..3), 1..3);
    }
}
