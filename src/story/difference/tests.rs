//! Tests the word differences between two revisions.

use super::*;

/// The words of one revision: without those added, or without those removed.
pub(super) fn side(runs: &[WordRun], before: bool) -> Vec<&str> {
    let stands = |run: &&WordRun| match run {
        WordRun::Kept(_) => true,
        WordRun::Removed(_) => before,
        WordRun::Added(_) => !before,
        WordRun::Skipped(_) => panic!("nothing is skipped in a whole difference"),
    };
    runs.iter().filter(stands).flat_map(|run| run.text().split_whitespace()).collect()
}

pub(super) fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// `[-removed-]`, `{+added+}`, kept; `…` for omitted words.
pub(super) fn drawn(runs: &[WordRun]) -> String {
    let draw = |run: &WordRun| match run {
        WordRun::Kept(text) => text.clone(),
        WordRun::Removed(text) => format!("[-{text}-]"),
        WordRun::Added(text) => format!("{{+{text}+}}"),
        WordRun::Skipped(words) => format!("…{words}"),
    };
    runs.iter().map(draw).collect::<Vec<_>>().join(" ")
}

#[test]
fn changes_are_complete_words_in_every_script() {
    for (before, now, expected) in [
        (
            "أكد الأمين العام دعم المنظمة لغزة اليوم",
            "أكد الأمين العام دعم المنظمة للقدس اليوم",
            "أكد الأمين العام دعم المنظمة [-لغزة-] {+للقدس+} اليوم",
        ),
        (
            "دبیرکل سازمان می\u{200c}رود به تهران",
            "دبیرکل سازمان همکاری می\u{200c}رود به تهران",
            "دبیرکل سازمان {+همکاری+} می\u{200c}رود به تهران",
        ),
        (
            "L\u{2019}OCI (منظمة التعاون) condamne l\u{2019}attaque de lundi",
            "L\u{2019}OCI (منظمة التعاون الإسلامي) condamne l\u{2019}attaque",
            "L\u{2019}OCI (منظمة [-التعاون)-] {+التعاون الإسلامي)+} condamne l\u{2019}attaque [-de lundi-]",
        ),
        ("same words", "same\n\u{a0} words", "same words"),
        ("", "new words", "{+new words+}"),
    ] {
        assert_eq!(drawn(&difference(before, now)), expected);
    }
}

#[test]
fn a_single_word_among_changes_counts_as_changed() {
    let runs = difference("one two three the four five six seven", "eins zwei drei the vier sechs seven");
    assert_eq!(drawn(&runs), "[-one two three the four five six-] {+eins zwei drei the vier sechs+} seven");
}

#[test]
fn only_words_near_a_change_are_shown() {
    let long: Vec<String> = (0..60).map(|n| format!("w{n}")).collect();
    let before = long.join(" ");
    let runs = excerpt(difference(&before, &before.replace("w30", "x")), 2);
    assert_eq!(drawn(&runs), "…28 w28 w29 [-w30-] {+x+} w31 w32 …27");
    let near = excerpt(difference("a b c", "a x c"), 2);
    assert_eq!(drawn(&near), "a [-b-] {+x+} c");
}

#[test]
fn a_field_of_only_one_revision_has_not_changed() {
    let item = |title: &str, text: &str| Item { title: title.to_owned(), text: text.to_owned(), ..Item::default() };
    let changes = changes(&item("The council meets", ""), &item("The council met", "The whole text."));
    assert_eq!(changes.iter().map(|change| change.field).collect::<Vec<_>>(), [Field::Title]);
    let long = "word ".repeat(40_000);
    let change = super::changes(&item("t", &long), &item("t", &format!("other {}", "thing ".repeat(40_000)))).remove(0);
    assert!(change.cut && change.runs.iter().map(|run| run.text().len()).sum::<usize>() <= MAX_CHANGE);
}

#[test]
fn hostile_texts_take_linear_time() {
    let all: String = (0..1_000_000_u32).map(|n| format!("{:x} ", n.wrapping_mul(2_654_435_761))).collect();
    let turned: String = all.split(' ').rev().fold(String::new(), |text, word| text + word + " ");
    for (a, b) in [(all.as_str(), turned.as_str()), (&"a ".repeat(4_000_000), &"b a ".repeat(2_000_000))] {
        let runs = difference(a, b);
        assert!(runs.len() < 10, "they count as replaced");
    }
    let near: String = all.split(' ').take(19_000).flat_map(|word| [word, " "]).collect();
    let far: String = near.split(' ').rev().flat_map(|word| [word, " "]).collect();
    assert_eq!(side(&difference(&near, &far), false), words(&far));
}
