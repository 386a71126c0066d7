//! Reads concepts: sets of names in several languages that mean one thing.

use std::collections::HashMap;

use super::{Concept, ProblemOwner, WatchProblem, term};
use crate::text::words::WordList;

/// The largest distance between an ambiguous name and one of its words, in words. Chosen by hand.
pub(crate) const NEAR: u32 = 30;

/// One name of a concept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ConceptName<'a> {
    /// The name.
    pub text: &'a str,
    /// The words of which one must occur near it; empty for an unambiguous name.
    pub(crate) near: &'a [String],
}

/// Returns the names of each concept, and adds what is wrong with them to `problems`.
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
            let message = format!("the concept {} is defined twice", concept.name);
            problems.push(problem(concept, "names", None, message, "put all its names in one place".into(), false));
        }
    }
    known
}

fn near_words(concept: &Concept, names: &[ConceptName<'_>], problems: &mut Vec<WatchProblem>) {
    for (name, words) in &concept.near {
        if names.iter().all(|n| n.text != name) {
            let message = "`near` contains a name that the concept does not have".to_owned();
            problems.push(problem(
                concept,
                "near",
                None,
                message,
                "add the name to a language, or remove it from `near`".to_owned(),
                true,
            ));
        }
        for word in words {
            check(concept, "near", None, word, problems);
        }
    }
}

fn check(concept: &Concept, key: &str, index: Option<usize>, text: &str, problems: &mut Vec<WatchProblem>) {
    if let Err((message, remedy)) = term::validate(text, &mut WordList::default()) {
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
