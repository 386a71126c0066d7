//! How a listing without selectors was read, in a form that a later visit can compare.

use serde::{Deserialize, Serialize};

use super::group::Group;

/// The version of the way in which places are written: shapes of different versions are not compared.
const VERSION: u8 = 1;

/// The places where a page showed its items.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    version: u8,
    groups: Vec<Place>,
}

/// One place: names and classes from the headline outwards, and how many items stood there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    path: String,
    items: usize,
}

impl Shape {
    /// The shape of these groups.
    #[must_use]
    pub fn of(groups: &[&Group]) -> Self {
        let place = |group: &&Group| Place { path: group.path.trim_end().to_owned(), items: group.members.len() };
        Self { version: VERSION, groups: groups.iter().map(place).collect() }
    }

    /// The shape as it is stored.
    #[must_use]
    pub fn stored(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

/// True where a page that was once read as `known` is still read alike: most of its items stand in places that are
/// known. False means a redesign, or that something else stands there now. Shapes that cannot be compared agree.
#[must_use]
pub fn agree(known: &str, now: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<Shape>(text).ok().filter(|shape| shape.version == VERSION);
    let (Some(known), Some(now)) = (read(known), read(now)) else { return true };
    let is_known = |place: &&Place| known.groups.iter().any(|known| known.path == place.path);
    let count = |places: &mut dyn Iterator<Item = &Place>| places.map(|place| place.items).sum::<usize>();
    count(&mut now.groups.iter().filter(is_known)) * 2 >= count(&mut now.groups.iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(places: &[(&str, usize)]) -> String {
        let groups = places.iter().map(|(path, items)| Place { path: (*path).to_owned(), items: *items }).collect();
        Shape { version: VERSION, groups }.stored().unwrap()
    }

    #[test]
    fn a_redesign_is_told_from_a_busy_day() {
        let known = shape(&[("a h2 article", 10), ("a h3 div.side", 4)]);
        assert!(agree(&known, &shape(&[("a h2 article", 25)])));
        assert!(agree(&known, &shape(&[("a h2 article", 6), ("a li", 4)])));
        assert!(!agree(&known, &shape(&[("a.card div.grid", 12), ("a h3 div.side", 1)])));
    }

    #[test]
    fn shapes_that_cannot_be_compared_agree() {
        assert!(agree("", &shape(&[("a", 1)])));
        assert!(agree("{\"version\":9,\"groups\":[]}", &shape(&[("a", 1)])));
    }
}
