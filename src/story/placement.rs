//! Decides which text a new item copies and which story it belongs to, given the comparisons with stored texts.

use std::collections::{HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::relation::{Comparison, Relation};
use crate::item::Item;

/// How long a later text can be a copy of an alerted one. Chosen by hand: as long as an equal text at another source is
/// the same item.
pub(crate) const COPY_WINDOW: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long a story takes further items, from its first one on. Chosen by hand: news of one event within a week. It
/// does not slide, so that a watch with one alert for each story hears of a lasting subject every week.
pub(crate) const STORY_WINDOW: SignedDuration = SignedDuration::from_hours(7 * 24);

/// How many items are found by one key in one week, the newest ones. Chosen by hand: a key that more items share, such
/// as a phrase of a template, distinguishes nothing.
pub(crate) const ITEMS_PER_KEY: i64 = 32;

/// How many stored texts are compared as possible copies, and how many as possible stories. Chosen by hand.
pub(crate) const CANDIDATES: i64 = 4;

/// How many weeks of the index are searched: the six that 30 days can touch, and two for a clock that was ahead.
pub(crate) const MAX_WEEKS: i64 = 8;

const WEEK_SECONDS: i64 = 7 * 24 * 3600;

/// The number of the week since 1970 that the index files an instant under.
#[must_use]
pub(crate) fn week(at: Timestamp) -> i64 {
    at.as_second().div_euclid(WEEK_SECONDS)
}

/// A stored text, compared with the new one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ComparedText {
    /// The stored item's row.
    pub(crate) item: i64,
    /// The first item of its story.
    pub(crate) story: i64,
    /// True if the story takes further items.
    pub(crate) is_open: bool,
    /// The result.
    pub(crate) comparison: Comparison,
}

/// What a new item is to the stored ones.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Placement {
    /// The first item of a story.
    First,
    /// A copy of this text.
    Copy(ComparedText),
    /// A further text of the story of this one.
    Further(ComparedText),
    /// No text of its own: it is compared with nothing.
    Notice,
}

impl Placement {
    /// True if later texts are compared with the item.
    #[must_use]
    pub(crate) fn is_indexed(&self) -> bool {
        matches!(self, Self::First | Self::Further(_))
    }
}

/// The texts that different headlines of one document share. They are notices of the site, and the items under them are
/// not copies of each other.
#[must_use]
pub(crate) fn notices(document: &[Item]) -> HashSet<&str> {
    let mut titles = HashMap::new();
    let texts = document.iter().filter(|item| !item.body().is_empty());
    texts
        .filter(|item| *titles.entry(item.body()).or_insert(item.title.as_str()) != item.title)
        .map(Item::body)
        .collect()
}

/// Places a new item. It copies the earliest text that says the same, so that all copies refer to one text; otherwise
/// it belongs to the story that contains most of it.
#[must_use]
pub(crate) fn place(compared: &[ComparedText]) -> Placement {
    let of = |relation: Relation| compared.iter().filter(move |text| text.comparison.relation == relation);
    if let Some(text) = of(Relation::SameText).min_by_key(|text| text.item) {
        return Placement::Copy(*text);
    }
    let open = of(Relation::SameStory).filter(|text| text.is_open);
    let most = |a: &&ComparedText, b: &&ComparedText| {
        a.comparison.share.total_cmp(&b.comparison.share).then(b.item.cmp(&a.item))
    };
    open.max_by(most).map_or(Placement::First, |text| Placement::Further(*text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(item: i64, relation: Relation, share: f64) -> ComparedText {
        ComparedText { item, story: item, is_open: true, comparison: Comparison { relation, share } }
    }

    #[test]
    fn an_item_copies_the_earliest_text_that_says_the_same() {
        let (early, late) = (text(3, Relation::SameText, 0.9), text(5, Relation::SameText, 1.0));
        let story = text(1, Relation::SameStory, 1.0);
        assert_eq!(place(&[story, late, early]), Placement::Copy(early));
    }

    #[test]
    fn an_item_belongs_to_the_open_story_that_contains_most_of_it() {
        let (little, much) = (text(1, Relation::SameStory, 0.4), text(2, Relation::SameStory, 0.6));
        let closed = ComparedText { is_open: false, ..text(3, Relation::SameStory, 0.9) };
        assert_eq!(place(&[little, much, closed]), Placement::Further(much));
        let later = ComparedText { item: 4, ..much };
        assert_eq!(place(&[later, much]), Placement::Further(much));
        assert_eq!(place(&[closed, text(4, Relation::Different, 0.5)]), Placement::First);
    }

    #[test]
    fn a_text_copies_an_old_text_whose_story_is_closed() {
        let old = ComparedText { is_open: false, ..text(1, Relation::SameText, 1.0) };
        assert_eq!(place(&[old]), Placement::Copy(old));
    }

    #[test]
    fn a_text_under_two_headlines_of_one_document_is_a_notice() {
        let item = |title: &str, text: &str| Item { title: title.to_owned(), text: text.to_owned(), ..Item::default() };
        let document = [item("A", "log in"), item("B", "log in"), item("C", "own"), item("C", "own"), item("D", "")];
        assert_eq!(notices(&document), HashSet::from(["log in"]));
    }

    #[test]
    fn weeks_have_seven_days_also_before_1970() {
        let at = |second| Timestamp::from_second(second).unwrap();
        assert_eq!((week(at(0)), week(at(WEEK_SECONDS - 1)), week(at(WEEK_SECONDS)), week(at(-1))), (0, 0, 1, -1));
    }
}
