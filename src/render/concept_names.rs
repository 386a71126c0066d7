//! Names concepts in the language of a reader.

use std::collections::BTreeMap;

use crate::text::lang::Lang;

/// The first name of each concept in each language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConceptNames(BTreeMap<String, BTreeMap<Lang, String>>);

/// The language of a name for a reader in whose language a concept has none.
const OTHERWISE: &str = "en";

impl ConceptNames {
    /// Adds the first name of `concept` in `lang`.
    pub fn add(&mut self, concept: &str, lang: Lang, name: &str) {
        self.0.entry(concept.to_owned()).or_default().entry(lang).or_insert_with(|| name.to_owned());
    }

    /// The name of a concept in `lang`, otherwise in English; `None` if it has neither.
    ///
    /// ```
    /// use marsad::render::ConceptNames;
    /// use marsad::text::lang::Lang;
    ///
    /// let [fr, en, tr] = ["fr", "en", "tr"].map(|tag| Lang::parse(tag).unwrap());
    /// let mut names = ConceptNames::default();
    /// names.add("gaza", fr.clone(), "bande de Gaza");
    /// names.add("gaza", en, "Gaza Strip");
    /// assert_eq!((names.name("gaza", &fr), names.name("gaza", &tr)), (Some("bande de Gaza"), Some("Gaza Strip")));
    /// assert_eq!(names.name("quds", &fr), None);
    /// ```
    #[must_use]
    pub fn name(&self, concept: &str, lang: &Lang) -> Option<&str> {
        let names = self.0.get(concept)?;
        let english = || names.iter().find(|(lang, _)| lang.as_str() == OTHERWISE).map(|(_, name)| name);
        names.get(lang).or_else(english).map(String::as_str)
    }
}
