//! Folds text: removes differences of spelling, script form and marks.

use std::ops::Range;

use crate::text::letters;
use crate::text::letters::{LetterEntry, LetterKind};
use crate::text::words::{Script, WordGap, WordList};

/// The version of the folding table. A stored hash over folded text records the version that made it.
pub const VERSION: u8 = 1;

/// A folded text that maps each character back to the original.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    text: String,
    /// For each folded character: its byte offset, and the byte range of the original it stands for.
    origin: Vec<(u32, u32, u32)>,
}

/// Folds a text including punctuation, in time and memory linear in its length.
///
/// ```
/// use marsad::text::fold::fold;
///
/// assert_eq!(fold("Égypte").text(), "egypte");
/// ```
#[must_use]
pub fn fold(text: &str) -> Folded {
    let origin = Vec::with_capacity(text.chars().count());
    let mut folded = Folded { text: String::with_capacity(text.len()), origin };
    let mut seat = None;
    for (at, c) in text.char_indices() {
        letters::each(c, &mut |g: LetterEntry| {
            if matches!(g.kind, LetterKind::Ignored | LetterKind::Hamza | LetterKind::Tanween | LetterKind::Soft) {
                return;
            }
            if let (Some(before), 'و') = (seat.take(), g.folded) {
                folded.text.truncate(before);
                folded.text.push('و');
            }
            if g.original == 'ئ' {
                seat = Some(folded.text.len());
            }
            folded.origin.push((offset(folded.text.len()), offset(at), offset(at + c.len_utf8())));
            folded.text.push(g.folded);
        });
    }
    folded
}

impl Folded {
    /// The folded text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The byte range of the original that corresponds to a byte range of the folded text. Both ends are on character
    /// boundaries, whatever the range.
    #[must_use]
    pub fn original(&self, range: Range<usize>) -> Range<usize> {
        let from = self.origin.partition_point(|o| (o.0 as usize) < range.start);
        let to = self.origin.partition_point(|o| (o.0 as usize) < range.end);
        match self.origin.get(from..to) {
            Some([one]) => one.1 as usize..one.2 as usize,
            Some([first, .., last]) => first.1 as usize..last.2 as usize,
            _ => {
                let at = self.origin.get(from).map_or_else(|| self.origin.last().map_or(0, |o| o.2), |o| o.1);
                at as usize..at as usize
            }
        }
    }
}

/// The folded words of a text, separated by one space, without punctuation: the input of hashes and title keys.
///
/// Persian compounds have one key whether their parts are joined, divided by ZWNJ, or followed by a spaced plural.
///
/// ```
/// use marsad::text::fold;
///
/// assert_eq!(fold::key("L’Égypte — 1,948"), fold::key("l'EGYPTE ١٬٩٤٨"));
/// ```
#[must_use]
pub fn key(text: &str) -> String {
    key_of(&WordList::read(text))
}

/// [`key`] for words that have been read already.
#[must_use]
pub fn key_of(tokens: &WordList) -> String {
    let mut key = String::new();
    let mut start = 0;
    each_word(tokens, |word, arabic| {
        let attached =
            arabic && matches!(word, "ها" | "هاي" | "هايي") && key[start..].chars().next_back().is_some_and(is_arabic);
        if !attached {
            if !key.is_empty() {
                key.push(' ');
            }
            start = key.len();
        }
        key.push_str(word);
    });
    key
}

/// The number of words of a text.
#[must_use]
pub fn words(text: &str) -> usize {
    let mut count = 0;
    each_word(&WordList::read(text), |_, _| count += 1);
    count
}

/// Calls `take` for each folded word; parts divided only by ZWNJ, the full stop of an acronym or the capital of a
/// hashtag are one word.
fn each_word(tokens: &WordList, mut take: impl FnMut(&str, bool)) {
    let mut word = String::new();
    for (i, token) in tokens.all().iter().enumerate() {
        word.extend(tokens.letters(token).iter().map(|l| l.folded));
        let next = tokens.all().get(i + 1);
        let alike = token.script != Script::Digits && next.is_some_and(|n| n.script == token.script);
        let more = token.gap == WordGap::Camel || token.gap == WordGap::Soft && alike;
        if !more {
            take(&word, token.script == Script::Arabic);
            word.clear();
        }
    }
}

fn is_arabic(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{6ff}')
}

fn offset(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_of_a_hashtag_fold_as_those_of_a_word() {
        for text in ["#A٠.0", "#A1.5", "#A1,948", "A1.5", "#OIC2026.5"] {
            let once = key(text);
            assert_eq!(key(&once), once, "{text}");
            assert_eq!(key(text.trim_start_matches('#')), once, "{text}");
        }
    }

    #[test]
    fn spellings_of_one_name_have_one_key() {
        let same = |names: &[&str]| {
            for name in names {
                assert_eq!(key(name), key(names[0]), "{name}");
            }
        };
        same(&["منظمة التعاون الإسلامي", "منظمه التعاون الاسلامى", "«منظّمةُ  التعاون\nالإسلامی»", "منظـــمة التعاون الإسلامي"]);
        same(&["بین‌المللی", "بینالمللی", "بين‌المللي"]);
        same(&["کشورهای عضو", "کشور های عضو", "کشور‌های عضو"]);
        same(&["مسؤول الطوارئ", "مسئول الطواريء"]);
        same(&["İSLAM", "islam", "ISLAM", "İslâm"]);
        same(&["l’Égypte", "L'EGYPTE"]);
        same(&["الدورة ٧٦", "الدورة 76", "الدورة ۷۶"]);
        same(&["1,948", "١٬٩٤٨", "1948"]);
    }

    #[test]
    fn different_words_have_different_keys() {
        for (a, b) in [("پھل", "پہل"), ("قدس", "مقدس"), ("76", "761"), ("a b", "ab")] {
            assert_ne!(key(a), key(b));
        }
        assert_eq!((words("منظمة التعاون الإسلامي"), words("—"), key("— …")), (3, 0, String::new()));
    }

    #[test]
    fn a_range_of_the_folded_text_finds_its_original() {
        let text = "قال: مُنَظَّمَةٌ";
        let folded = fold(text);
        let at = folded.text().find("منظمه").unwrap();
        assert_eq!(&text[folded.original(at..at + "منظمه".len())], "مُنَظَّمَة");
    }
}

#[cfg(test)]
mod properties {
    use proptest::prelude::*;

    use super::*;

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            any::<String>(),
            "[ا-يآأإىةءئؤکیہھےٱـًٌّ\u{200c}\u{200b} .,'’٠-٩۰-۹0-9a-zA-ZıİéÉœ\u{307}\u{301}\u{654}\u{655}#-]{0,60}",
        ]
    }

    proptest! {
        #[test]
        fn folding_twice_is_folding_once(text in any_text()) {
            let once = fold(&text);
            let twice = fold(once.text());
            prop_assert_eq!(twice.text(), once.text());
            let key_once = key(&text);
            prop_assert_eq!(key(&key_once), key_once);
        }

        #[test]
        fn every_offset_is_on_a_boundary_of_a_character(text in any_text(), a in 0usize..80, b in 0usize..80) {
            let folded = fold(&text);
            let range = folded.original(a.min(b)..a.max(b));
            prop_assert!(range.start <= range.end);
            prop_assert!(text.get(range).is_some());
            prop_assert_eq!(folded.original(0..folded.text().len()).end <= text.len(), true);
            prop_assert!(folded.text().chars().count() <= 20 * text.chars().count(), "linear");
        }
    }
}
