//! Folds text: removes differences of spelling, script form and marks.

use crate::text::letters;
use crate::text::letters::{LetterEntry, LetterKind};
use crate::text::words::{Script, WordGap, WordList};

/// The version of the folding table. A stored hash over folded text records the version that made it.
pub(crate) const VERSION: u8 = 1;

/// Folds a text including punctuation, in time and memory linear in its length.
///
/// ```
/// use marsad::text::fold::fold;
///
/// assert_eq!(fold("Égypte"), "egypte");
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut seat = None;
    for c in text.chars() {
        letters::each(c, &mut |g: LetterEntry| {
            if matches!(g.kind, LetterKind::Ignored | LetterKind::Hamza | LetterKind::Tanween | LetterKind::Soft) {
                return;
            }
            if let (Some(before), 'و') = (seat.take(), g.folded) {
                folded.truncate(before);
                folded.push('و');
            }
            if g.original == 'ئ' {
                seat = Some(folded.len());
            }
            folded.push(g.folded);
        });
    }
    folded
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
pub(crate) fn key_of(tokens: &WordList) -> String {
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

/// The number of words of a [`key`].
#[must_use]
pub(crate) fn words_of_key(key: &str) -> usize {
    let spaces = key.bytes().filter(|byte| *byte == b' ').count();
    if key.is_empty() { 0 } else { spaces + 1 }
}

/// The number of words of a text.
#[must_use]
pub fn words(text: &str) -> usize {
    let mut count = 0;
    each_word(&WordList::read(text), |_, _| count += 1);
    count
}

/// Calls `take` for each folded word; see [`continues`].
fn each_word(tokens: &WordList, mut take: impl FnMut(&str, bool)) {
    let mut word = String::new();
    for (i, token) in tokens.all().iter().enumerate() {
        word.extend(tokens.letters(token).iter().map(|l| l.folded));
        if !continues(tokens, i) {
            take(&word, token.script == Script::Arabic);
            word.clear();
        }
    }
}

/// True if the part at this place and the next one are one word: only ZWNJ, the full stop of an acronym or the capital of
/// a hashtag divides them.
#[must_use]
pub(crate) fn continues(tokens: &WordList, at: usize) -> bool {
    let token = &tokens.all()[at];
    let next = tokens.all().get(at + 1);
    let alike = token.script != Script::Digits && next.is_some_and(|next| next.script == token.script);
    token.gap == WordGap::Camel || token.gap == WordGap::Soft && alike
}

fn is_arabic(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{6ff}')
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
        for (text, count) in [("", 0), ("— …", 0), ("الدورة", 1), ("l’Égypte — 1,948", 3), ("کشور های عضو", 2)]
        {
            assert_eq!(words_of_key(&key(text)), count, "{text}");
        }
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
            prop_assert_eq!(fold(&once), once);
            let key_once = key(&text);
            prop_assert_eq!(key(&key_once), key_once);
        }

        #[test]
        fn a_folded_text_grows_at_most_linearly(text in any_text()) {
            prop_assert!(fold(&text).chars().count() <= 20 * text.chars().count());
        }
    }
}
