//! Tests of word splitting.

use super::*;

fn words(text: &str) -> Vec<String> {
    let tokens = WordList::read(text);
    tokens.all().iter().map(|t| tokens.folded(t)).collect()
}

#[test]
fn numbers_are_single_words() {
    assert_eq!(words("1,948 و٢٠١٥م 3.5 24.09.2021 G20"), ["1948", "و", "2015", "م", "3.5", "24", "09", "2021", "g20"]);
}

#[test]
fn a_paragraph_ends_every_phrase_and_a_line_does_not() {
    let gap = |text: &str| WordList::read(text).all()[0].gap;
    assert_eq!(gap("a\nb"), WordGap::Space);
    assert_eq!(gap("a\r\n\r\nb"), WordGap::Stop);
    assert_eq!(gap("a, b"), WordGap::Stop);
    assert_eq!(gap("a \"b"), WordGap::Space);
    assert_eq!(gap("می\u{200c}شود"), WordGap::Soft);
    assert_eq!(gap("l’OCI"), WordGap::Apostrophe);
    assert_eq!(gap("O.I.C."), WordGap::Soft);
}

#[test]
fn a_word_ends_after_its_marks() {
    let tokens = WordList::read("(مسؤولاً) روسيًا");
    let token = tokens.all()[0];
    assert_eq!(&"(مسؤولاً) روسيًا"[token.from as usize..token.to as usize], "مسؤولاً");
    assert!(tokens.letters(&token).last().unwrap().tanween);
    assert!(tokens.letters(&tokens.all()[1]).last().unwrap().tanween, "before the alef");
}

#[test]
fn the_full_stops_of_an_acronym_do_not_end_a_clause() {
    let gaps = |text: &str| WordList::read(text).all().iter().map(|t| t.gap).collect::<Vec<_>>();
    assert_eq!(gaps("U.N. report"), [WordGap::Soft, WordGap::Space, WordGap::Stop]);
    assert_eq!(gaps("U.N.'s"), [WordGap::Soft, WordGap::Apostrophe, WordGap::Stop]);
    assert_eq!(gaps("O. I. C. meets"), [WordGap::Initial, WordGap::Initial, WordGap::Space, WordGap::Stop]);
    assert_eq!(gaps("A. I. summit")[0], WordGap::Initial);
    for text in ["A. I. Kuprin", "Malcolm X. Gaza", "plan B. A new plan", "o. i. c. a"] {
        assert_eq!(gaps(text).iter().filter(|gap| **gap == WordGap::Initial).count(), 0, "{text}");
    }
}

#[test]
fn a_hashtag_in_camel_case_is_several_words_and_keeps_its_key() {
    for (text, expected, key) in [
        ("#WestBank", &["west", "bank"][..], "westbank"),
        ("#OICSummit", &["oic", "s", "ummit"], "oicsummit"),
        ("#OICsummit2026", &["oi", "c", "summit", "2026"], "oicsummit2026"),
        ("#GAZA", &["gaza"], "gaza"),
        ("#oicsummit", &["oicsummit"], "oicsummit"),
        ("WestBank", &["westbank"], "westbank"),
    ] {
        assert_eq!(words(text), expected, "{text}");
        assert_eq!(crate::text::fold::key(text), key, "{text}");
    }
}
