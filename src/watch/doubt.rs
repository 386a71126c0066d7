//! What a watch says that its writer hardly means.

use super::{Owner, Problem, Watch};
use crate::text::fold;

/// Doubts about a watch: terms that are read otherwise than they look, add nothing, or match nearly everything.
pub(super) fn doubts(watch: &Watch) -> Vec<Problem> {
    let mut doubts = Vec::new();
    let lists = [("any", &watch.any), ("all", &watch.all), ("none", &watch.none)];
    for (key, list) in lists {
        let keys: Vec<String> = list.iter().map(|t| fold::key(t)).collect();
        for (index, text) in list.iter().enumerate() {
            let told = looks_like_query(text).or_else(|| is_everywhere(&keys[index]));
            let told =
                told.or_else(|| (list.len() <= 2_000 && key != "all").then(|| swallowed(&keys, list, index)).flatten());
            if let Some((message, remedy)) = told {
                doubts.push(doubt(watch, key, Some(index), message, remedy));
            }
        }
    }
    if watch.any.is_empty()
        && watch.all.is_empty()
        && watch.query.is_none()
        && watch.none.is_empty()
        && watch.sources.is_empty()
    {
        let message = "the watch has neither terms nor sources: it matches every item".to_owned();
        doubts.push(doubt(watch, "id", None, message, "add any = [\"…\"] or sources = [\"…\"]".to_owned()));
    }
    doubts
}

fn doubt(watch: &Watch, key: &str, index: Option<usize>, message: String, remedy: String) -> Problem {
    let owner = Owner::Watch(watch.id.clone());
    Problem { owner, key: key.to_owned(), index, span: None, message, remedy, warning: true }
}

fn looks_like_query(text: &str) -> Option<(String, String)> {
    let operator = text.split_whitespace().find(|w| matches!(*w, "AND" | "OR" | "NOT") || w.starts_with("NEAR/"));
    let sign = || {
        text.contains('"')
            || text.starts_with('=')
            || text.ends_with('*')
            || (text.len() > 2 && text.starts_with('/') && text.ends_with('/'))
    };
    let field = || ["title:", "summary:", "text:", "lang:", "source:", "tag:"].iter().any(|f| text.contains(f));
    let what = operator.map(str::to_owned).or_else(|| (sign() || field()).then(|| text.to_owned()))?;
    Some((format!("{what:?} is read as plain words here"), "put an expression into query".to_owned()))
}

/// Words that stand in nearly every text of their language.
fn is_everywhere(key: &str) -> Option<(String, String)> {
    const EVERYWHERE: &[&str] = &[
        "في", "من", "علي", "الي", "عن", "ان", "هذا", "التي", "الذي", "مع", "در", "از", "به", "كه", "اين", "را", "كا",
        "كي", "كو", "مين", "ve", "bir", "bu", "ile", "icin", "le", "la", "les", "de", "des", "du", "et", "en", "un",
        "une", "the", "of", "and", "to", "in", "for", "on", "is", "at",
    ];
    let single = key.chars().count() == 1;
    let told = "the term stands in nearly every text".to_owned();
    (single || EVERYWHERE.contains(&key)).then(|| (told, "choose a more telling word or phrase".to_owned()))
}

/// A term that another of the list finds anyway.
fn swallowed(keys: &[String], list: &[String], index: usize) -> Option<(String, String)> {
    let own = &keys[index];
    let padded = format!(" {own} ");
    let other = (0..keys.len()).find(|i| {
        let other = &keys[*i];
        let same = other == own && *i < index;
        let part = other != own && !other.is_empty() && padded.contains(&format!(" {other} "));
        *i != index && !list[*i].starts_with('@') && !list[index].starts_with('@') && (same || part)
    })?;
    let message = format!("{:?} finds everything that this term would", list[other]);
    Some((message, "take one of the two out".to_owned()))
}

/// The known name that is nearest to a mistyped one.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.map(|k| (distance(name, k), k)).filter(|(d, k)| *d <= 2 && *d < k.chars().count());
    near.min().map(|(_, k)| k)
}

/// How many letters have to be put in, taken out or changed.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
