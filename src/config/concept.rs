//! Reads `[concept.NAME]` into a [`Concept`].

use super::context::LoadContext;
use super::keys;
use super::node::KeyedValue;
use super::report::{InvalidValue, wrong};
use super::scalars::{called, lang, name};
use crate::watch::Concept;

/// The longest term, in characters. Chosen by hand.
const MAX_TERM: usize = 500;

/// Reads one concept; its problems go into the report.
pub(super) fn read(value: &KeyedValue<'_>, loading: &mut LoadContext) -> Option<Concept> {
    let own = name(value.key).map_err(|wrong| loading.report.error(value.key_place(), wrong));
    let table = value.table().map_err(|wrong| loading.report.error(value.place(), wrong)).ok()?;
    let mut concept = Concept { name: own.ok()?.to_owned(), ..Concept::default() };
    for names in table.values().filter(|value| value.key != "near") {
        let tag = if names.key.chars().all(|c| c.is_ascii_lowercase()) { lang(names.key).ok() } else { None };
        let Some(lang) = tag else {
            let remedy = "use a language such as ar or fr, or `near`";
            loading
                .report
                .error(names.key_place(), InvalidValue { remedy: remedy.into(), ..keys::CONCEPT.unknown(names.key) });
            continue;
        };
        let terms = terms(&names, loading);
        concept.names.entry(lang).or_default().extend(terms);
    }
    if let Some(near) = table.read("near", &mut loading.report, KeyedValue::table) {
        for words in near.values() {
            if !concept.names.values().flatten().any(|name| name == words.key) {
                let what = wrong(
                    format!("{:?} is not a name of `{}`", called(words.key), called(&concept.name)),
                    "write it exactly as in the list of names",
                );
                loading.report.error(words.key_place(), what);
            }
            let near_terms = terms(&words, loading);
            concept.near.insert(words.key.to_owned(), near_terms);
        }
    }
    if table.entries.is_empty() {
        loading.report.error(
            value.key_place(),
            wrong(format!("the concept `{}` has no names", called(&concept.name)), "add ar = [\"…\"]"),
        );
    }
    Some(concept)
}

/// The terms of a list, counted, because all terms together are bounded.
pub(super) fn terms(value: &KeyedValue<'_>, loading: &mut LoadContext) -> Vec<String> {
    let elements = value.elements().map_err(|wrong| loading.report.error(value.place(), wrong)).unwrap_or_default();
    loading.terms += elements.len();
    let read = |one: &KeyedValue<'_>, loading: &mut LoadContext| {
        term(one).map_err(|wrong| loading.report.error(one.place(), wrong)).ok()
    };
    elements.iter().filter_map(|one| read(one, loading)).collect()
}

fn term(value: &KeyedValue<'_>) -> Result<String, InvalidValue> {
    let text = value.text()?;
    let length = text.chars().count();
    if !text.chars().any(char::is_alphanumeric) {
        return Err(wrong("the term has no letter or digit", "give the words to look for, or remove the term"));
    }
    if length > MAX_TERM {
        return Err(wrong(format!("the term has {length} characters"), format!("use at most {MAX_TERM}")));
    }
    if text.contains('\0') {
        return Err(wrong("the term contains a NUL character", "remove it"));
    }
    Ok(text.to_owned())
}
