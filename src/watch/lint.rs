//! Lints watches: warns about terms that probably do not mean what they say.

use std::collections::{HashMap, HashSet};

use strsim::osa_distance;

use super::plural_terms::plural_terms;
use super::query::{OperatorLookalike, alternatives, dividing, lookalikes, prefixed};
use super::term::MAX_WORDS;
use super::{ProblemOwner, Watch, WatchProblem};
use crate::text::fold;
use crate::text::words::WordList;

/// The folded terms of a watch's `any`, `all` and `none`, in their order; empty for a concept.
pub(super) type WatchTerms = [Vec<String>; 3];

/// Returns warnings about terms that are not read as they look, are redundant, or match nearly everything.
pub(super) fn warnings(watch: &Watch, keys: &WatchTerms) -> Vec<WatchProblem> {
    let mut warnings = Vec::new();
    let lists = [("any", &watch.any), ("all", &watch.all), ("none", &watch.none)];
    let forbidden = first_indexes(&keys[2]);
    for ((key, list), keys) in lists.into_iter().zip(keys) {
        let known = first_indexes(keys);
        // The name of a concept is valid, or an error.
        for (index, text) in list.iter().enumerate().filter(|(_, text)| !text.starts_with('@')) {
            let finding = looks_like_query(text, key)
                .or_else(|| looks_like_list(text, key))
                .or_else(|| looks_signed(text, key))
                .or_else(|| looks_like_alternatives(text, key))
                .or_else(|| too_common(&keys[index]))
                .or_else(|| (key != "none").then(|| contradicted(&keys[index], &forbidden, &watch.none)).flatten())
                .or_else(|| (key != "all").then(|| redundant(&keys[index], index, &known, list)).flatten());
            if let Some((message, remedy)) = finding {
                warnings.push(warning(watch, key, Some(index), message, remedy));
            }
        }
    }
    warnings.extend(broken_plurals(watch, keys));
    warnings.extend(operators_as_words(watch));
    let terms = watch.any.len() + watch.all.len() + watch.none.len();
    if terms == 0 && watch.query.is_none() && watch.sources.is_empty() {
        let message = "the watch has neither terms nor sources: it matches every item".to_owned();
        warnings.push(warning(watch, "id", None, message, "add any = [\"…\"] or sources = [\"…\"]".to_owned()));
    }
    warnings
}

/// Warns about words of a phrase that look like operators.
fn operators_as_words(watch: &Watch) -> Vec<WatchProblem> {
    let found = watch.query.as_deref().map(lookalikes).unwrap_or_default();
    let problem = |OperatorLookalike { span, message, remedy }| WatchProblem {
        span: Some(span),
        ..warning(watch, "query", None, message, remedy)
    };
    found.into_iter().map(problem).collect()
}

/// The most broken plurals that a warning names. Chosen by hand.
const MOST_PLURALS: usize = 3;

/// Names the broken plurals that a watch does not match, in one warning.
fn broken_plurals(watch: &Watch, keys: &WatchTerms) -> Option<WatchProblem> {
    if watch.plurals.is_some() {
        return None;
    }
    let watched: HashSet<&str> = keys.iter().flatten().map(String::as_str).collect();
    let (mut words, mut first, mut missed) = (WordList::default(), None, Vec::new());
    for (key, list) in [("any", &watch.any), ("all", &watch.all)] {
        for (index, text) in list.iter().enumerate().filter(|(_, text)| !text.starts_with('@')) {
            let plurals = plural_terms(text, &mut words);
            if let Some(term) = plurals.iter().find(|term| !watched.contains(fold::key(&term.text).as_str())) {
                first.get_or_insert((key, index));
                missed.push(format!("{text} ({})", term.text));
            }
        }
    }
    let (key, index) = first?;
    let more = missed.len().saturating_sub(MOST_PLURALS);
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    missed.truncate(MOST_PLURALS);
    let message = format!("broken plurals do not match: {}{rest}", missed.join(", "));
    let remedy = "set plurals = true to match them, or plurals = false to silence this warning".to_owned();
    Some(warning(watch, key, Some(index), message, remedy))
}

/// The first index of each folded term in its list, without concepts.
fn first_indexes(keys: &[String]) -> HashMap<&str, usize> {
    let mut places = HashMap::with_capacity(keys.len());
    for (index, key) in keys.iter().enumerate().filter(|(_, key)| !key.is_empty()) {
        places.entry(key.as_str()).or_insert(index);
    }
    places
}

fn warning(watch: &Watch, key: &str, index: Option<usize>, message: String, remedy: String) -> WatchProblem {
    let owner = ProblemOwner::Watch(watch.id.clone());
    WatchProblem { owner, key: key.to_owned(), index, span: None, message, remedy, warning: true }
}

fn looks_like_query(text: &str, key: &str) -> Option<(String, String)> {
    if !text.bytes().any(|b| b.is_ascii_uppercase() || matches!(b, b'"' | b'=' | b'*' | b'/' | b':')) {
        return None;
    }
    let operator = text.split_whitespace().find(|w| matches!(*w, "AND" | "OR" | "NOT") || w.starts_with("NEAR/"));
    let sign = || {
        text.contains('"')
            || text.starts_with('=')
            || text.ends_with('*')
            || (text.len() > 2 && text.starts_with('/') && text.ends_with('/'))
    };
    let field = || ["title:", "summary:", "text:", "lang:", "source:", "tag:"].iter().any(|f| text.contains(f));
    let what = operator.map(str::to_owned).or_else(|| (sign() || field()).then(|| text.to_owned()))?;
    let remedy = if key == "none" { "put operators into `query`, behind NOT" } else { "put operators into `query`" };
    Some((format!("{what:?} is matched as plain words here"), remedy.to_owned()))
}

fn looks_like_list(text: &str, key: &str) -> Option<(String, String)> {
    let comma = dividing(text)?;
    let message = format!("the term has a `{comma}`: its words are one phrase");
    let several = format!("write {key} = [\"…\", \"…\"] for several terms");
    // A query of the excluded words would require them.
    Some((message, if key == "none" { several } else { format!("{several}, or query = '\"…\"' for one phrase") }))
}

/// A sign of a search engine before the words: `-sport`.
fn looks_signed(text: &str, key: &str) -> Option<(String, String)> {
    let (sign, words) = prefixed(text)?;
    let message = format!("the `{sign}` is ignored: the term matches {words:?}");
    let remedy = match (sign, key) {
        ('$', _) => format!("write \"@{words}\" for a concept, or {words:?} for the words"),
        ('+', "all") | ('-' | '!', "none") => format!("write {words:?}"),
        ('+', _) => format!("write all = [{words:?}]"),
        _ => format!("write none = [{words:?}]"),
    };
    Some((message, remedy))
}

/// A concept and more in one term of a list, as a list or a query.
pub(super) fn several(text: &str, key: &str) -> Option<(String, String)> {
    if key == "query" {
        return None;
    }
    let listed = |terms: Vec<String>| {
        let terms: Vec<String> = terms.iter().map(|term| format!("{term:?}")).collect();
        let message = format!("{text:?} is one term, not a list");
        Some((message, format!("write {key} = [{}]", terms.join(", "))))
    };
    if text.split_whitespace().any(|word| matches!(word, "AND" | "OR" | "NOT") || word.starts_with("NEAR/")) {
        return Some((
            format!("{text:?} is a query, not a term"),
            format!("write query = '{text}' instead of `{key}`"),
        ));
    }
    if let Some(comma) = dividing(text) {
        let terms = text.split(comma).map(str::trim).filter(|term| !term.is_empty());
        return listed(terms.map(str::to_owned).collect());
    }
    alternatives(text).and_then(|(_, terms)| listed(terms))
}

/// A word for OR between words.
fn looks_like_alternatives(text: &str, key: &str) -> Option<(String, String)> {
    let (or, terms) = alternatives(text)?;
    let message = format!("{text:?} is one phrase, with the word `{or}` in it");
    let terms: Vec<String> = terms.iter().map(|term| format!("{term:?}")).collect();
    let several = format!("write {} for several terms", terms.join(", "));
    Some((message, if key == "none" { several } else { format!("{several}, or query = '\"{text}\"' for one phrase") }))
}

/// Words that occur in nearly every text of their language. Chosen by hand.
fn too_common(key: &str) -> Option<(String, String)> {
    const EVERYWHERE: &[&str] = &[
        "في", "من", "علي", "الي", "عن", "ان", "هذا", "التي", "الذي", "مع", "در", "از", "به", "كه", "اين", "را", "كا",
        "كي", "كو", "مين", "ve", "bir", "bu", "ile", "icin", "le", "la", "les", "de", "des", "du", "et", "en", "un",
        "une", "the", "of", "and", "to", "in", "for", "on", "is", "at",
    ];
    let single = key.chars().count() == 1;
    let message = "the term occurs in nearly every text".to_owned();
    (single || EVERYWHERE.contains(&key)).then(|| (message, "choose a more specific word or phrase".to_owned()))
}

/// Warns about a term that another of the list covers: the same term, or a part of it.
fn redundant(own: &str, index: usize, known: &HashMap<&str, usize>, list: &[String]) -> Option<(String, String)> {
    let other = parts(own).find_map(|part| known.get(part).filter(|i| **i != index))?;
    let message = format!("{:?} already matches everything that this term matches", list[*other]);
    let remedy = if list[*other].len() < list[index].len() { "remove this term" } else { "remove one of the two" };
    Some((message, remedy.to_owned()))
}

/// Warns about a term that `none` always excludes.
fn contradicted(own: &str, forbidden: &HashMap<&str, usize>, none: &[String]) -> Option<(String, String)> {
    let other = parts(own).find_map(|part| forbidden.get(part))?;
    let message = format!("this term never matches: `none` excludes {:?}", none[*other]);
    Some((message, "remove it from one of the two keys".to_owned()))
}

/// Every run of words of a folded term; none if the term is too long.
fn parts(key: &str) -> impl Iterator<Item = &str> {
    let key = if key.matches(' ').count() < MAX_WORDS { key } else { "" };
    let starts = std::iter::once(0).chain(key.match_indices(' ').map(|(at, _)| at + 1));
    starts.flat_map(move |from| {
        let rest = &key[from..];
        let ends = rest.match_indices(' ').map(|(at, _)| at).chain(std::iter::once(rest.len()));
        ends.map(move |to| &rest[..to])
    })
}

/// The most mistyped letters in a name for which a correction is suggested. Chosen by hand.
const MAX_TYPOS: usize = 2;

/// The known name closest to a mistyped one, in any case. Two exchanged letters are one mistake.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let name = &name.to_lowercase();
    let near = known.map(|k| (osa_distance(name, k), k)).filter(|(d, k)| *d <= MAX_TYPOS && *d < k.chars().count());
    near.min().map(|(_, k)| k)
}
