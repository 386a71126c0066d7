//! The built-in lexicon: the concepts of `config/lexicon`, for configurations that do not include its files.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::text::lang::Lang;
use crate::watch::Concept;

/// The files of the lexicon.
const FILES: [&str; 4] = [
    include_str!("../../config/lexicon/causes.toml"),
    include_str!("../../config/lexicon/members.toml"),
    include_str!("../../config/lexicon/observers.toml"),
    include_str!("../../config/lexicon/oic.toml"),
];

/// A file of the lexicon.
#[derive(Deserialize)]
struct LexiconFile {
    concept: BTreeMap<String, LexiconEntry>,
}

/// A concept in the lexicon: its names in each language, and the words that must be near some of them.
#[derive(Deserialize)]
struct LexiconEntry {
    #[serde(default)]
    near: BTreeMap<String, Vec<String>>,
    #[serde(flatten)]
    names: BTreeMap<String, Vec<String>>,
}

// A file that cannot be read gives no concepts; a test reads every file.
static CONCEPTS: LazyLock<Vec<Concept>> = LazyLock::new(|| {
    let files = FILES.iter().filter_map(|file| toml::from_str::<LexiconFile>(file).ok());
    files.flat_map(|file| file.concept).map(|(name, entry)| concept(name, entry)).collect()
});

fn concept(name: String, entry: LexiconEntry) -> Concept {
    let names = entry.names.into_iter().filter_map(|(lang, names)| Some((Lang::parse(&lang).ok()?, names)));
    Concept { name, names: names.collect(), near: entry.near.into_iter().collect() }
}

/// Adds the concepts of the lexicon that are missing. One with the same name in the configuration replaces that of the
/// lexicon.
pub(crate) fn complete(concepts: &mut Vec<Concept>) {
    let missing = |concept: &&Concept| concepts.iter().all(|known| known.name != concept.name);
    let missing: Vec<Concept> = CONCEPTS.iter().filter(missing).cloned().collect();
    concepts.extend(missing);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_of_the_lexicon_is_built_in() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/config/lexicon");
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), FILES.len());
        for file in FILES {
            let read: LexiconFile = toml::from_str(file).unwrap();
            assert!(!read.concept.is_empty());
            let tags = read.concept.values().flat_map(|entry| entry.names.keys());
            assert!(tags.clone().count() > 0 && tags.into_iter().all(|tag| Lang::parse(tag).is_ok()));
        }
        let oic = CONCEPTS.iter().find(|concept| concept.name == "oic").unwrap();
        assert!(oic.names.len() >= 6 && !oic.near.is_empty());
    }

    #[test]
    fn a_concept_of_the_configuration_replaces_that_of_the_lexicon() {
        let own = Concept { name: "oic".to_owned(), ..Concept::default() };
        let mut concepts = vec![own.clone()];
        complete(&mut concepts);
        assert_eq!(concepts.iter().filter(|concept| concept.name == "oic").collect::<Vec<_>>(), [&own]);
        assert!(concepts.len() > 50);
    }
}
