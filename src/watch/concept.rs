//! Names that mean one thing, in several languages.

use std::collections::HashMap;

use super::{Concept, ProblemOwner, WatchProblem, term};
use crate::text::words::WordList;

/// How far from an ambiguous name one of its words must stand, in words.
pub const NEAR: u32 = 30;

/// One name of a concept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ConceptName<'a> {
    /// The name.
    pub text: &'a str,
    /// The words one of which must stand near it; empty for a name that means only this.
    pub near: &'a [String],
}

/// The concepts by name, and what is wrong with them.
pub(super) fn read<'a>(
    concepts: &'a [Concept],
    problems: &mut Vec<WatchProblem>,
) -> HashMap<&'a str, Vec<ConceptName<'a>>> {
    let mut known = HashMap::new();
    for concept in concepts {
        let mut names: Vec<ConceptName<'a>> = Vec::new();
        for (lang, list) in &concept.names {
            for (index, text) in list.iter().enumerate() {
                check(concept, lang.as_str(), Some(index), text, problems);
                let near = concept.near.get(text).map_or(&[][..], Vec::as_slice);
                if names.iter().all(|n| n.text != text) {
                    names.push(ConceptName { text, near });
                }
            }
        }
        if names.is_empty() {
            let remedy = "give it at least one name: en = [\"…\"]";
            problems.push(problem(concept, "names", None, "the concept has no names".into(), remedy.into(), false));
        }
        near_words(concept, &names, problems);
        if known.insert(concept.name.as_str(), names).is_some() {
            let message = format!("the concept {} is written twice", concept.name);
            problems.push(problem(concept, "names", None, message, "put all its names in one place".into(), false));
        }
    }
    known
}

fn near_words(concept: &Concept, names: &[ConceptName<'_>], problems: &mut Vec<WatchProblem>) {
    for (name, words) in &concept.near {
        if names.iter().all(|n| n.text != name) {
            let message = "near has a name that is not among the names of the concept".to_owned();
            problems.push(problem(
                concept,
                "near",
                None,
                message,
                "add it to a language, or take it out of near".to_owned(),
                true,
            ));
        }
        for word in words {
            check(concept, "near", None, word, problems);
        }
    }
}

fn check(concept: &Concept, key: &str, index: Option<usize>, text: &str, problems: &mut Vec<WatchProblem>) {
    if let Err((message, remedy)) = term::refuse(text, &mut WordList::default()) {
        problems.push(problem(concept, key, index, message, remedy, false));
    }
}

fn problem(
    concept: &Concept,
    key: &str,
    index: Option<usize>,
    message: String,
    remedy: String,
    warning: bool,
) -> WatchProblem {
    let owner = ProblemOwner::Concept(concept.name.clone());
    WatchProblem { owner, key: key.to_owned(), index, span: None, message, remedy, warning }
}
