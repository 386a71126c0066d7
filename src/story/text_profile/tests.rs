use super::*;

fn facts(text: &str) -> Vec<FactKind> {
    TextProfile::of_parts("", text).body().iter().filter_map(|word| word.fact).map(|fact| fact.kind).collect()
}

#[test]
fn one_place_has_one_fact_in_every_language() {
    let place = |text: &str| TextProfile::of_parts("", text).body().iter().find_map(|word| word.fact);
    let expected = place("Türkiye");
    assert!(expected.is_some());
    for name in ["Turquie", "تركيا", "وتركيا", "بتركيا", "ترکیه", "ترکیہ"] {
        assert_eq!(place(name), expected, "{name}");
    }
    assert_ne!(place("Mali"), expected);
}

#[test]
fn numbers_days_and_orders_are_facts() {
    use FactKind::{Month, Number, Ordinal, Weekday};
    assert_eq!(
        facts("the fifth session on Monday 3 March with 1,170.5 tonnes"),
        [Ordinal, Weekday, Number, Month, Number]
    );
    assert_eq!(facts("الدورة الخامسة يوم الاثنين ٣ مارس"), [Ordinal, Weekday, Number, Month]);
    assert_eq!(facts("thirty or 30"), [Number, Number]);
}

#[test]
fn a_number_in_words_equals_the_number_in_digits() {
    let number = |text: &str| TextProfile::of_parts("", text).body()[0].fact;
    assert_eq!(number("thirty"), number("30"));
    assert_eq!(number("ثلاثين"), number("٣٠"));
}

#[test]
fn a_headline_that_the_body_repeats_counts_once() {
    let headline = "Ministers meet in the harbour";
    let profile = TextProfile::of_parts(headline, &format!("{headline}. They spoke about nets."));
    assert_eq!(profile.body_words(), 4);
}

#[test]
fn stems_and_cores_ignore_articles_and_endings() {
    let word = |text: &str| TextProfile::of_parts("", text).body()[0].clone();
    assert_eq!(word("والمساعدات").key, word("مساعدات").key);
    assert_eq!(word("المساعدات").stem, word("مساعدة").stem);
    assert!(word("الدكتور").is_title && word("وأضاف").is_stock);
}

#[test]
fn only_capitals_inside_a_sentence_are_names() {
    let profile = TextProfile::of_parts("", "Fishermen met Harbin yesterday. Nets");
    let names: Vec<&str> =
        profile.body().iter().filter(|word| word.is_capitalised).map(|word| word.word.as_str()).collect();
    assert_eq!(names, ["harbin"]);
}
