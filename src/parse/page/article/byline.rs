//! Recognizes lines about an article that are not part of its text: who wrote it, when, and in which section.

use std::sync::LazyLock;

use crate::parse::credited_agency;
use crate::parse::page::dom::flat_tree::{Line, Outline};
use crate::text::fold;

/// The longest such line, in letters. Chosen by hand.
const MAX_LETTERS: u32 = 90;
/// The longest element that is named as such a line, in letters, and how many elements above a line are checked. Chosen
/// by hand.
const MAX_ELEMENT: u32 = 160;
const MAX_LEVELS: usize = 3;
/// The most words after the word that begins a byline, and the most words besides the numbers of a date. Chosen by hand.
const MAX_NAME_WORDS: usize = 7;
const MAX_DATE_WORDS: usize = 6;
/// A sentence has this many words at least. Chosen by hand.
const MIN_SENTENCE_WORDS: usize = 7;
/// The digits of a year.
const YEAR_DIGITS: usize = 4;

/// Words of classes and ids for such a line.
const WORDS: &[&str] = &[
    "byline",
    "bylines",
    "author",
    "authors",
    "autor",
    "autoren",
    "auteur",
    "yazar",
    "writer",
    "reporter",
    "dateline",
    "timestamp",
    "published",
    "pubdate",
    "datetime",
    "date",
    "meta",
    "postmeta",
    "technicalline",
    "kicker",
    "overline",
    "readtime",
];

/// Words that begin a byline, folded.
static OPENINGS: LazyLock<Vec<String>> = LazyLock::new(|| {
    "by|von|par|por|di|door|text by|written by|reported by|reporting by|بقلم|كتب|كتبت|كتبه|تحرير|بقلم/|نويسنده|نوشته|تحریر|yazan"
        .split('|')
        .map(fold::fold)
        .collect()
});

/// True for a line in an element that is named as a byline, a date or a section.
#[must_use]
pub(super) fn is_named(outline: &Outline, line: &Line) -> bool {
    line.letters <= MAX_LETTERS
        && std::iter::once(line.host)
            .chain(inner(outline, line))
            .chain(outline.above(line.host).take(MAX_LEVELS))
            .filter(|at| outline.letters(*at) <= MAX_ELEMENT)
            .any(|at| {
                let hints = &outline.nodes[at].hints;
                hints.split_whitespace().any(|hint| WORDS.contains(&hint))
                    || outline.name(at) == "address"
                    || matches!(outline.attr(at, "rel"), Some("author"))
                    || outline.name(at) == "time" && outline.letters(at) == line.letters
            })
}

/// The elements within the block that contain the whole line.
fn inner(outline: &Outline, line: &Line) -> impl Iterator<Item = usize> {
    outline.above(line.first).take_while(|at| *at > line.host).filter(|at| outline.letters(*at) >= line.letters)
}

/// True for a line that consists of a byline: `By Ann Field`.
#[must_use]
pub(super) fn is_phrase(text: &str) -> bool {
    let folded = fold::fold(text);
    let words = folded.split_whitespace().count();
    let opens = OPENINGS.iter().any(|opening| {
        folded.strip_prefix(opening.as_str()).is_some_and(|rest| rest.starts_with([' ', ':', '/', '-']))
    });
    opens && words <= MAX_NAME_WORDS && !is_sentence(text) && names_people(text)
}

/// True if each longer word after the first begins with a capital, in scripts with capitals.
fn names_people(text: &str) -> bool {
    const SMALL: &[&str] = &["and", "und", "et", "y", "e", "ve", "en", "in", "de", "la", "von", "van", "al", "del"];
    let small = |word: &str| word.chars().next().is_some_and(char::is_lowercase) && !SMALL.contains(&word);
    text.split_whitespace().skip(1).filter(|word| small(word)).count() <= usize::from(text.starts_with("Text"))
}

/// True for a line that consists of a date: numbers, and a few words.
#[must_use]
pub(super) fn is_date(text: &str) -> bool {
    let runs = || text.split(|c: char| !c.is_numeric()).filter(|run| !run.is_empty());
    let year = runs().any(|run| run.chars().count() == YEAR_DIGITS);
    let words = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).count();
    year && runs().count() > 1 && words <= MAX_DATE_WORDS && !is_sentence(text)
}

/// True for a line that names a news agency, which says where the text comes from.
#[must_use]
pub(super) fn names_agency(text: &str) -> bool {
    credited_agency::named(text).is_some()
        || credited_agency::origin(text).is_some()
        || text.split_whitespace().any(|word| {
            word.chars().count() > 1
                && credited_agency::named(word.trim_matches(|c: char| !c.is_alphanumeric())).is_some()
        })
}

/// True for a sentence, which is part of the text.
#[must_use]
pub(super) fn is_sentence(text: &str) -> bool {
    text.trim_end().ends_with(['.', '!', '؟', '۔', '?', '…', '"', '”', '»'])
        && text.split_whitespace().count() >= MIN_SENTENCE_WORDS
}
