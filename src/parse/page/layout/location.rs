//! How a listing without selectors was read, in a form that a later visit can compare.

use serde::{Deserialize, Serialize};

use crate::parse::page::listing::group::HeadlineGroup;

/// The version of the way in which places are written: shapes of different versions are not compared.
const VERSION: u8 = 1;

/// The most places of one page that are told: the rest of a front page adds nothing.
const MOST: usize = 24;

/// The fewest letters of a class's word that count: shorter ones are what build tools make up anew each time.
const WORD: usize = 3;

/// The places where a page showed its items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layout {
    version: u8,
    #[serde(rename = "groups")]
    places: Vec<LayoutLocation>,
}

/// One place: names and classes from the headline outwards, and how many items stood there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayoutLocation {
    /// Names and classes, from the headline outwards.
    pub path: String,
    /// How many items stood there.
    pub items: usize,
}

impl Layout {
    /// The shape of these groups.
    #[must_use]
    pub fn of(groups: &[&HeadlineGroup]) -> Self {
        let mut places: Vec<LayoutLocation> = Vec::new();
        for group in groups {
            let path = lasting(&group.path);
            match places.iter().position(|place| place.path == path) {
                Some(at) => places[at].items += group.members.len(),
                None if places.len() < MOST => places.push(LayoutLocation { path, items: group.members.len() }),
                None => {}
            }
        }
        Self { version: VERSION, places }
    }

    /// The shape as it is stored.
    #[must_use]
    pub fn stored(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }

    /// Reads a stored shape; none where another version of the reader wrote it.
    #[must_use]
    pub fn from_stored(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|shape| shape.version == VERSION)
    }

    /// The places, the one that the page is there for first.
    #[must_use]
    pub fn places(&self) -> &[LayoutLocation] {
        &self.places
    }

    /// How many items stood there in all.
    #[must_use]
    pub fn items(&self) -> usize {
        self.places.iter().map(|place| place.items).sum()
    }
}

impl LayoutLocation {
    /// The place as a person reads it, from the outside in: `div.list > article.entry > h2 > a`.
    #[must_use]
    pub fn drawn(&self) -> String {
        drawn(&self.path)
    }
}

/// A place as a person reads it, from the outside in.
#[must_use]
pub fn drawn(path: &str) -> String {
    path.split(' ').rev().filter(|step| !step.is_empty()).collect::<Vec<_>>().join(" > ")
}

/// The place without the words that change from one build of a site to the next.
fn lasting(path: &str) -> String {
    let step = |step: &str| {
        let mut words = step.split('.');
        let name = words.next().unwrap_or_default().to_owned();
        words.filter(|word| word.chars().count() >= WORD).fold(name, |step, word| step + "." + word)
    };
    path.split_whitespace().map(step).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub fn shape(places: &[(&str, usize)]) -> Layout {
        let places =
            places.iter().map(|(path, items)| LayoutLocation { path: (*path).to_owned(), items: *items }).collect();
        Layout { version: VERSION, places }
    }

    #[test]
    fn a_shape_survives_the_store_and_another_version_is_not_read() {
        let shape = shape(&[("a h2 article", 10), ("a h3 div.side", 4)]);
        assert_eq!(Layout::from_stored(&shape.stored().unwrap()), Some(shape));
        assert_eq!(Layout::from_stored("{\"version\":9,\"groups\":[]}"), None);
        assert_eq!(Layout::from_stored(""), None);
    }

    #[test]
    fn a_place_is_drawn_from_the_outside_in() {
        assert_eq!(drawn("a h2.entry.title article.card div.list"), "div.list > article.card > h2.entry.title > a");
    }

    #[test]
    fn what_a_build_tool_makes_up_is_no_part_of_a_place() {
        assert_eq!(lasting("a h2.sc.bd.va article.card.xy "), "a h2 article.card");
    }
}
