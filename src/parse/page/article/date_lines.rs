//! Which of the dates that a page shows are the day of publication: not that of a change, of a comment, of the article
//! beside it, and not "today", which says nothing when the page is read later.

use crate::parse::page::dom::outline::Outline;

/// Words of classes that hold other articles, or what readers said.
const BESIDE: &str = "comment comments commentlist respond disqus related similar recommended popular mostread sidebar widget \
    ticker newsticker marquee trending copyright";
/// Words of classes that hold the day of a change.
const LATER: &str = "modified updated update lastmod";
/// Words of classes that hold the day of publication.
const FIRST: &str = "published publish publication pubdate posted created";

/// Words that announce the day of a change.
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
/// Words that announce the day of publication, where that of a change stands first.
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

/// True for a part within other articles, comments, the foot of the site.
#[must_use]
pub fn is_beside(outline: &Outline<'_>, at: usize) -> bool {
    std::iter::once(at).chain(outline.above(at)).any(|at| {
        let named = matches!(outline.name(at), "aside" | "footer") || has(&outline.parts[at].hints, "footer");
        let holds = outline.letters(at) * 2 < outline.letters(0);
        let foot = named && outline.named(at, &["h1"]).next().is_none() && !within_article(outline, at);
        holds && (foot || has(&outline.parts[at].hints, BESIDE))
    })
}

/// A foot of the article itself, where some sites put its day.
fn within_article(outline: &Outline<'_>, at: usize) -> bool {
    outline.name(at) != "aside"
        && outline.above(at).any(|above| {
            outline.name(above) == "article"
                || outline.attr(above, "itemtype").is_some_and(|kind| kind.ends_with("Article"))
        })
}

/// True for an element that says itself that it holds the day of a change.
#[must_use]
pub fn is_later(outline: &Outline<'_>, at: usize) -> bool {
    std::iter::once(at).chain(outline.above(at).take(2)).any(|at| {
        let hints = &outline.parts[at].hints;
        let changed = outline.attr(at, "itemprop").is_some_and(|prop| prop.eq_ignore_ascii_case("dateModified"));
        changed || has(hints, LATER) && !has(hints, FIRST) && outline.letters(at) < 60
    })
}

/// The part of a line that tells the day of publication: without what it tells of changes; none where it gives no
/// whole date, or only that of a change.
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

/// True where a year stands, or three numbers as in `21.11.25`.
fn is_dated(text: &str) -> bool {
    let numbers = text.split(|c: char| !(c.is_numeric() || matches!(c, '.' | '/' | '-')));
    has_year(text)
        || text.split(|c: char| !c.is_numeric()).any(|run| run.chars().count() == 8)
        || numbers.into_iter().any(|number| number.split(['.', '/', '-']).filter(|part| !part.is_empty()).count() == 3)
}

fn has(hints: &str, words: &str) -> bool {
    hints.split_whitespace().any(|hint| words.split_whitespace().any(|word| word == hint))
}

/// True where a number of four digits stands: without a year a day in a text is none.
#[must_use]
pub fn has_year(text: &str) -> bool {
    text.split(|c: char| !c.is_numeric()).any(|run| run.chars().count() == 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_of_a_change_is_not_that_of_publication() {
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
    fn today_without_a_date_is_none() {
        for line in ["Today 7:30AM", "3 hours ago", "أمس 12:35", "Nov 21, 10:00"] {
            assert_eq!(published(line), None, "{line}");
        }
        assert_eq!(published("21.11.25"), Some("21.11.25"));
        assert_eq!(published("20251121"), Some("20251121"));
    }
}
