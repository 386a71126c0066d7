//! Names sources and watches for readers.

use std::collections::BTreeMap;

/// The display names of sources and watches, by their ids.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DisplayNames {
    sources: BTreeMap<String, String>,
    watches: BTreeMap<String, String>,
}

impl DisplayNames {
    /// Sets the name of a source.
    pub(crate) fn add_source(&mut self, id: &str, name: &str) {
        self.sources.insert(id.to_owned(), name.to_owned());
    }

    /// Sets the name of a source that has none.
    pub(crate) fn add_default(&mut self, id: &str, name: &str) {
        self.sources.entry(id.to_owned()).or_insert_with(|| name.to_owned());
    }

    /// Sets the name of a watch.
    pub(crate) fn add_watch(&mut self, id: &str, name: &str) {
        self.watches.insert(id.to_owned(), name.to_owned());
    }

    /// The name of a source; its id if it is no longer configured.
    pub(crate) fn source<'a>(&'a self, id: &'a str) -> &'a str {
        self.sources.get(id).map_or(id, String::as_str)
    }

    /// The name of a watch; its id if it has none.
    pub(crate) fn watch<'a>(&'a self, id: &'a str) -> &'a str {
        self.watches.get(id).map_or(id, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_precedes_the_default_and_the_id() {
        let mut names = DisplayNames::default();
        names.add_source("spa", "Saudi Press Agency");
        names.add_watch("gaza", "قطاع غزة");
        names.add_default("spa", "spa.gov.sa");
        names.add_default("una", "una-oic.org");
        assert_eq!(["spa", "una", "gone"].map(|id| names.source(id)), ["Saudi Press Agency", "una-oic.org", "gone"]);
        assert_eq!(["gaza", "oic"].map(|id| names.watch(id)), ["قطاع غزة", "oic"]);
    }
}
