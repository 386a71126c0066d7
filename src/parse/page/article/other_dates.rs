//! Tells the date of publication from other dates on a page: of a change, a comment, another article, or "today", which
//! means nothing when the page is read later.

use crate::parse::page::dom::flat_tree::Outline;
use crate::parse::share::is_at_least;

/// Words of classes that contain other articles or comments.
const OUTSIDE: &str = "comment comments commentlist respond disqus related similar recommended popular mostread sidebar widget \
    ticker newsticker marquee trending copyright";
/// Words of classes for the date of a change.
const MODIFIED_HINTS: &str = "modified updated update lastmod";
/// Words of classes for the date of publication.
const PUBLISHED_HINTS: &str = "published publish publication pubdate posted created";

/// The share of a page's letters from which an element is the content, in percent. Chosen by hand.
const CONTENT_SHARE: u8 = 50;
/// The longest element for the date of a change, in letters, and how many elements around a date are checked. Chosen by
/// hand.
const MAX_DATE_ELEMENT: u32 = 60;
const MAX_LEVELS: usize = 2;
/// The most words of a line that is hardly more than a date. Chosen by hand: a weekday, a month, and the name of a place or
/// a person.
const MAX_WORDS: usize = 7;
/// The digits of a year, and of a date such as `20251121`.
const YEAR_DIGITS: usize = 4;
const DATE_DIGITS: usize = 8;
/// The numbers of a date such as `21.11.25`.
const DATE_NUMBERS: usize = 3;

/// Words that announce the date of a change.
const CHANGED: &[&str] = &[
    "updated",
    "last update",
    "modified",
    "last modification",
    "edited",
    "آخر تحديث",
    "اخر تحديث",
    "تم التحديث",
    "تاريخ التحديث",
    "آخر تعديل",
    "اخر تعديل",
    "التحديث:",
    "به روز رسانی",
    "بروزرسانی",
    "به‌روزرسانی",
    "آخرین تغییر",
    "ویرایش",
    "اپ ڈیٹ",
    "اپڈیٹ",
    "güncellen",
    "güncelleme",
    "son değişiklik",
    "mis à jour",
    "mise à jour",
    "modifié",
    "aktualisiert",
    "actualizado",
    "actualización",
    "aggiornato",
    "atualizado",
    "diperbarui",
    "обновлено",
];
/// Words that announce the date of publication after that of a change.
const PUBLISHED: &[&str] = &[
    "published",
    "posted",
    "created",
    "نشر",
    "انتشار",
    "شائع",
    "yayın",
    "oluşturulma",
    "publié",
    "publicado",
    "veröffentlicht",
    "erstellt",
    "pubblicato",
    "опубликовано",
];

/// True for a node within other articles, comments or the footer of the site.
#[must_use]
pub(crate) fn is_outside_article(outline: &Outline, at: usize) -> bool {
    std::iter::once(at).chain(outline.above(at)).any(|at| {
        let hints = &outline.nodes[at].hints;
        let named =
            matches!(outline.name(at), "aside" | "footer") || has(hints, "footer") && !has(hints, "post entry article");
        let small = !is_at_least(outline.letters(at), CONTENT_SHARE, outline.letters(0));
        let footer = named && outline.named(at, &["h1"]).next().is_none() && !within_article(outline, at);
        small && (footer || has(&outline.nodes[at].hints, OUTSIDE))
    })
}

/// True within an article, whose own footer has its date on some sites.
fn within_article(outline: &Outline, at: usize) -> bool {
    outline.name(at) != "aside"
        && outline.above(at).any(|above| {
            outline.name(above) == "article"
                || outline.attr(above, "itemtype").is_some_and(|kind| kind.ends_with("Article"))
        })
}

/// True for an element that is marked as the date of a change.
#[must_use]
pub(crate) fn is_modification(outline: &Outline, at: usize) -> bool {
    std::iter::once(at).chain(outline.above(at).take(MAX_LEVELS)).any(|at| {
        let hints = &outline.nodes[at].hints;
        let changed = outline.attr(at, "itemprop").is_some_and(|prop| prop.eq_ignore_ascii_case("dateModified"));
        changed || has(hints, MODIFIED_HINTS) && !has(hints, PUBLISHED_HINTS) && outline.letters(at) < MAX_DATE_ELEMENT
    })
}

/// The part of a line with the date of publication, without the dates of changes; none if the line has no complete
/// date, or only that of a change.
///
/// ```
/// use marsad::parse::page::article::other_dates::published;
/// assert_eq!(published("Updated 22 Nov 2025, published 21 Nov 2025"), Some("published 21 Nov 2025"));
/// assert_eq!(published("Last update: 22 Nov 2025"), None);
/// ```
#[must_use]
pub fn published(line: &str) -> Option<&str> {
    let lower = line.to_lowercase();
    let lower = if lower.len() == line.len() { lower.as_str() } else { line };
    let first =
        |words: &[&str], from: usize| words.iter().filter_map(|word| Some(from + lower.get(from..)?.find(word)?)).min();
    let text = match first(CHANGED, 0) {
        None => line,
        Some(changed) if is_dated(&line[..changed]) => &line[..changed],
        Some(changed) => &line[first(PUBLISHED, changed)?..],
    };
    is_dated(text).then_some(text)
}

/// True for a line that names the date of publication: `Published: 21 November 2025`.
#[must_use]
pub(crate) fn is_labelled(line: &str) -> bool {
    let lower = line.to_lowercase();
    PUBLISHED.iter().any(|word| lower.contains(word))
}

/// True for a date with at most a few other words.
#[must_use]
pub(crate) fn is_hardly_more(text: &str) -> bool {
    is_dated(text) && text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty()).count() <= MAX_WORDS
}

/// True if the text has a year, eight digits, or three numbers as in `21.11.25`.
pub(crate) fn is_dated(text: &str) -> bool {
    let numbers = text.split(|c: char| !(c.is_numeric() || matches!(c, '.' | '/' | '-')));
    has_year(text)
        || text.split(|c: char| !c.is_numeric()).any(|run| run.chars().count() == DATE_DIGITS)
        || numbers
            .into_iter()
            .any(|number| number.split(['.', '/', '-']).filter(|part| !part.is_empty()).count() == DATE_NUMBERS)
}

fn has(hints: &str, words: &str) -> bool {
    hints.split_whitespace().any(|hint| words.split_whitespace().any(|word| word == hint))
}

/// True if the text has a number of four digits: a date in a text needs a year.
#[must_use]
pub(crate) fn has_year(text: &str) -> bool {
    text.split(|c: char| !c.is_numeric()).any(|run| run.chars().count() == YEAR_DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_date_of_a_change_is_not_that_of_publication() {
        for line in [
            "Updated: 7 January 2025",
            "آخر تحديث: 7 يناير 2025",
            "Güncelleme: 07.01.2025",
            "Mis à jour le 7 janvier 2025",
        ] {
            assert_eq!(published(line), None, "{line}");
        }
        assert_eq!(published("21.11.2025 09:15 | Son güncelleme: 22.11.2025"), Some("21.11.2025 09:15 | Son "));
        assert_eq!(published("Updated 22 Nov 2025, published 21 Nov 2025"), Some("published 21 Nov 2025"));
    }

    #[test]
    fn today_without_a_date_is_ignored() {
        for line in ["Today 7:30AM", "3 hours ago", "أمس 12:35", "Nov 21, 10:00"] {
            assert_eq!(published(line), None, "{line}");
        }
        assert_eq!(published("21.11.25"), Some("21.11.25"));
        assert_eq!(published("20251121"), Some("20251121"));
    }
}
