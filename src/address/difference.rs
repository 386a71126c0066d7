//! Lists the parts in which two addresses differ.

use std::collections::BTreeMap;

use super::key::{QueryParameter, segment_name, split_segment};
use super::{Address, session};

/// A part with different values in two addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Difference {
    /// The name of a parameter, `/2` for a segment of the path, `@2` for a label of the host, `#` for the fragment.
    pub name: String,
    /// Its value in the first address.
    pub before: Option<String>,
    /// Its value in the second address.
    pub now: Option<String>,
}

/// The name of the fragment as a part of an address.
pub(crate) const FRAGMENT: &str = "#";

impl Difference {
    /// True for a part of host, path or fragment, which identifies a page unless it looks random.
    #[must_use]
    pub(crate) fn is_place(&self) -> bool {
        self.name.starts_with(['/', '@', '#'])
    }

    /// True if both values look random.
    #[must_use]
    pub(crate) fn is_redrawn(&self) -> bool {
        matches!((&self.before, &self.now), (Some(before), Some(now)) if session::is_redrawn(before, now))
    }

    /// True if both values may be random: enough for a parameter that does not identify a page.
    #[must_use]
    pub(crate) fn may_be_redrawn(&self) -> bool {
        matches!((&self.before, &self.now), (Some(before), Some(now)) if session::may_be_redrawn(before, now))
    }
}

impl Address {
    /// The parts in which two addresses differ, without those that never distinguish pages; none if host or path have a
    /// different number of parts.
    #[must_use]
    pub(crate) fn differences(&self, other: &Self) -> Option<Vec<Difference>> {
        let (before, now) = (self.places(), other.places());
        if self.url().port() != other.url().port() || before.len() != now.len() {
            return None;
        }
        let mut found = Vec::new();
        for ((name, before), (other, now)) in before.into_iter().zip(now) {
            if name != other {
                return None;
            }
            if before != now {
                found.push(Difference { name, before: Some(before), now: Some(now) });
            }
        }
        let (before, now) = (by_name(&self.parameters()), by_name(&other.parameters()));
        let names: std::collections::BTreeSet<&String> = before.keys().chain(now.keys()).collect();
        for name in names.into_iter().filter(|name| before.get(*name) != now.get(*name)) {
            let value = |of: &BTreeMap<String, String>| of.get(name).cloned();
            found.push(Difference { name: name.clone(), before: value(&before), now: value(&now) });
        }
        if let (Some(before), Some(now)) = (self.url().fragment(), other.url().fragment())
            && before != now
        {
            let (before, now) = (Some(before.to_owned()), Some(now.to_owned()));
            found.push(Difference { name: FRAGMENT.to_owned(), before, now });
        }
        Some(found)
    }

    /// The names of the parameters, and of random-looking parts of host and path.
    #[must_use]
    pub(crate) fn part_names(&self) -> std::collections::BTreeSet<String> {
        self.parameters().iter().flat_map(|parameter| parameter.nested()).map(|(name, _)| name).collect()
    }

    /// The names of the random-looking ones of these parts.
    #[must_use]
    pub(crate) fn token_names(&self) -> std::collections::BTreeSet<String> {
        let parts = self.parameters().iter().flat_map(|parameter| parameter.nested()).collect::<Vec<_>>();
        parts.into_iter().filter(|(_, value)| session::resembles_token(value)).map(|(name, _)| name).collect()
    }

    /// The labels of the host, counted from its end, and the segments of the path.
    fn places(&self) -> Vec<(String, String)> {
        let host = self.host().strip_prefix("www.").unwrap_or(self.host());
        let labels: Vec<&str> = host.split('.').collect();
        let label = |(n, label): (usize, &&str)| (super::key::label_name(labels.len() - n), (*label).to_owned());
        let mut places: Vec<(String, String)> = labels.iter().enumerate().map(label).collect();
        let path = session::without_tickets(self.url().path());
        let segments = path.trim_end_matches('/').split('/').map(|segment| split_segment(segment).0).enumerate();
        places.extend(segments.map(|(n, bare)| (segment_name(n), super::decoded(bare))));
        places
    }
}

/// The values of each parameter, joined in order if it occurs more than once, without segments of the path.
fn by_name(parameters: &[QueryParameter]) -> BTreeMap<String, String> {
    let mut values: BTreeMap<String, String> = BTreeMap::new();
    for parameter in parameters.iter().filter(|parameter| !parameter.name.starts_with(['/', '@'])) {
        for (name, value) in parameter.nested() {
            let joined = values.entry(name).or_default();
            joined.push_str(if joined.is_empty() { "" } else { "&" });
            joined.push_str(&value);
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(before: &str, now: &str) -> Option<Vec<String>> {
        let [before, now] = [before, now].map(|text| Address::parse(text).unwrap());
        Some(before.differences(&now)?.into_iter().map(|difference| difference.name).collect())
    }

    #[test]
    fn two_addresses_differ_in_parts_of_host_path_query_fragment_and_nested_address() {
        for (before, now, parts) in [
            ("https://a.org/n?x=1&utm_source=a", "http://www.a.org/n/?utm_source=b&x=1", vec![]),
            ("https://s1.a.org/n", "https://s2.a.org/n", vec!["@3"]),
            ("https://a.org/r/one", "https://a.org/r/two", vec!["/2"]),
            ("https://a.org/(S(abc))/n?i=1", "https://a.org/(F(def))/n?i=2", vec!["i"]),
            ("https://a.org/n#1", "https://a.org/n#2", vec!["#"]),
            ("https://a.org/n#1", "https://a.org/n", vec![]),
            ("https://a.org/n?8f3a9c21e4", "https://a.org/n?77b1c02d5f", vec![""]),
            (
                "https://a.org/r?url=https%3A%2F%2Fb.org%2Fn%3Fx%3D1%26i%3D7",
                "https://a.org/r?url=http%3A%2F%2Fwww.b.org%2Fn%3Fx%3D2%26i%3D7",
                vec!["url>x"],
            ),
        ] {
            assert_eq!(names(before, now), Some(parts.into_iter().map(str::to_owned).collect()), "{before} {now}");
        }
        assert_eq!(names("https://a.org/a/b", "https://a.org/a"), None);
        assert_eq!(names("https://a.org:1/a", "https://a.org:2/a"), None);
    }
}
