//! Describes the layout that one visit to a listing saw, in a form that later visits can compare.

use serde::{Deserialize, Serialize};

use crate::parse::page::listing::group::HeadlineGroup;

/// The version of the notation of places: layouts of different versions are not compared.
const VERSION: u8 = 1;
/// The most places of one page that are kept: the rest of a front page adds nothing. Chosen by hand.
const MAX_PLACES: usize = 24;
/// The shortest class word that is kept, in letters: build tools generate shorter ones. Chosen by hand.
const MIN_WORD: usize = 3;

/// The places where a page showed its items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    version: u8,
    #[serde(rename = "groups")]
    places: Vec<LayoutPlace>,
}

/// One place, and how many items it had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutPlace {
    /// Names and classes of elements, from the headline outwards.
    pub path: String,
    /// How many items it had.
    pub items: usize,
}

impl Layout {
    /// The layout of these groups.
    #[must_use]
    pub fn of(groups: &[&HeadlineGroup]) -> Self {
        let mut places: Vec<LayoutPlace> = Vec::new();
        for group in groups {
            let path = stable_path(&group.path);
            match places.iter().position(|place| place.path == path) {
                Some(at) => places[at].items += group.members.len(),
                None if places.len() < MAX_PLACES => places.push(LayoutPlace { path, items: group.members.len() }),
                None => {}
            }
        }
        Self { version: VERSION, places }
    }

    /// The stored form.
    #[must_use]
    pub fn stored(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// Reads the stored form; none if another version wrote it.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|layout| layout.version == VERSION)
    }

    /// The places, the main one first.
    #[must_use]
    pub fn places(&self) -> &[LayoutPlace] {
        &self.places
    }

    /// How many items all places had.
    #[must_use]
    pub fn items(&self) -> usize {
        self.places.iter().map(|place| place.items).sum()
    }
}

impl LayoutPlace {
    /// The place as a CSS path, from the outside in.
    #[must_use]
    pub fn css_path(&self) -> String {
        css_path(&self.path)
    }
}

/// A place as a CSS path, from the outside in.
///
/// ```
/// use marsad::parse::page::layout::observed_layout::css_path;
/// assert_eq!(css_path("a h2 article.card div.list"), "div.list > article.card > h2 > a");
/// ```
#[must_use]
pub fn css_path(path: &str) -> String {
    path.split(' ').rev().filter(|step| !step.is_empty()).collect::<Vec<_>>().join(" > ")
}

/// The place without the class words that change from one build of a site to the next.
fn stable_path(path: &str) -> String {
    let step = |step: &str| {
        let mut words = step.split('.');
        let name = words.next().unwrap_or_default().to_owned();
        words.filter(|word| word.chars().count() >= MIN_WORD).fold(name, |step, word| step + "." + word)
    };
    path.split_whitespace().map(step).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub fn layout(places: &[(&str, usize)]) -> Layout {
        let places =
            places.iter().map(|(path, items)| LayoutPlace { path: (*path).to_owned(), items: *items }).collect();
        Layout { version: VERSION, places }
    }

    #[test]
    fn a_layout_survives_the_store_and_another_version_is_not_read() {
        let layout = layout(&[("a h2 article", 10), ("a h3 div.side", 4)]);
        assert_eq!(Layout::from_stored(&layout.stored().unwrap()), Some(layout));
        assert_eq!(Layout::from_stored("{\"version\":9,\"groups\":[]}"), None);
        assert_eq!(Layout::from_stored(""), None);
    }

    #[test]
    fn a_css_path_goes_from_the_outside_in() {
        assert_eq!(css_path("a h2.entry.title article.card div.list"), "div.list > article.card > h2.entry.title > a");
    }

    #[test]
    fn generated_class_words_are_not_part_of_a_place() {
        assert_eq!(stable_path("a h2.sc.bd.va article.card.xy "), "a h2 article.card");
    }
}
