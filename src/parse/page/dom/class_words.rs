//! Reads the words of an element's class and id.
//!
//! Names that software generates (`ad6ed79d-88fd-4c8e`, `sc-kAdXrq`) contain words by chance: in these a short word does
//! not count.

use scraper::node::Element;

/// How much of a class or id is read, in characters. Chosen by hand.
const MAX_NAME: usize = 400;
/// The shortest word that counts in a generated name, in characters. Chosen by hand: the longest English words in
/// hexadecimal digits that name boilerplate have fewer.
const MIN_GENERATED_WORD: usize = 5;

/// The words of the class and id, in lower case, each with a space on both sides.
pub(super) fn of(element: &Element) -> String {
    let mut words = String::from(" ");
    for text in [element.attr("class"), element.attr("id")].into_iter().flatten() {
        let end = text.char_indices().nth(MAX_NAME).map_or(text.len(), |(end, _)| end);
        for name in text[..end].split_whitespace() {
            push_words(name, is_generated(name), &mut words);
        }
    }
    words
}

/// Appends the words of one name. Words begin after any character that is no letter, and at a capital after a small
/// letter.
fn push_words(name: &str, generated: bool, words: &mut String) {
    let (mut start, mut letters, mut before) = (words.len(), 0, ' ');
    let close = |words: &mut String, start: &mut usize, letters: &mut usize| {
        if *letters > 0 && generated && *letters < MIN_GENERATED_WORD {
            words.truncate(*start);
        } else if *letters > 0 {
            words.push(' ');
        }
        (*start, *letters) = (words.len(), 0);
    };
    for c in name.chars() {
        if !c.is_alphabetic() || c.is_uppercase() && before.is_lowercase() {
            close(words, &mut start, &mut letters);
        }
        if c.is_alphabetic() {
            words.extend(c.to_lowercase());
            letters += 1;
        }
        before = c;
    }
    close(words, &mut start, &mut letters);
}

/// True for a name with a letter directly after a digit, except `300x250`, or with a single letter between capitals and
/// small letters.
fn is_generated(name: &str) -> bool {
    if name.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'_') {
        return false;
    }
    name.split(|c: char| !c.is_alphanumeric()).any(|part| {
        let mut chars = part.chars().peekable();
        let (mut digits, mut run) = (false, 0_usize);
        let mut single = false;
        while let Some(c) = chars.next() {
            let size = c == 'x' && chars.peek().is_some_and(char::is_ascii_digit);
            if digits && c.is_alphabetic() && !size {
                return true;
            }
            let next = chars.peek();
            run = if c.is_alphabetic() { run + 1 } else { 0 };
            let ends = next.is_some_and(|next| c.is_lowercase() && next.is_uppercase());
            single |= run == 1 && ends;
            run = if ends { 0 } else { run };
            digits = c.is_ascii_digit();
        }
        single && part.chars().filter(|c| c.is_uppercase()).count() > 1
    })
}

#[cfg(test)]
mod tests {
    use scraper::Html;

    use super::*;

    fn words(class: &str) -> String {
        let html = Html::parse_fragment(&format!("<p class='{class}'>"));
        let element = html.tree.values().filter_map(|node| node.as_element()).find(|element| element.name() == "p");
        of(element.unwrap()).trim().to_owned()
    }

    #[test]
    fn a_generated_name_has_no_short_words() {
        for class in ["ad6ed79d-88fd-4c8e-a27a-1f0b2c3d4e5f", "fd23ad12-0a1b-ad45-8c", "css-1ad2", "sc-kAdXrq"] {
            assert!(!words(class).split(' ').any(|word| word == "ad"), "{class}: {}", words(class));
        }
        assert_eq!(words("x9-related-4b"), "related");
    }

    #[test]
    fn a_written_name_keeps_every_word() {
        for (class, expected) in [
            ("leftAd", "left ad"),
            ("AdContainer", "ad container"),
            ("ad-300x250", "ad x"),
            ("ad_slot2 col2", "ad slot col"),
            ("mArticle", "m article"),
            ("div-gpt-ad-1234567890123-0", "div gpt ad"),
            ("article__body--wide", "article body wide"),
        ] {
            assert_eq!(words(class), expected);
        }
    }
}
