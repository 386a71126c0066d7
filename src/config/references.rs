//! Checks references: the channels of an alert, and the sources of a watch and of its query, must exist.

use std::collections::BTreeSet;

use super::context::LoadContext;
use super::node::Table;
use super::report::{InvalidValue, wrong};
use super::scalars::{called, excerpt, name};
use super::spelling::nearest;
use crate::watch::query::{self, QuerySpan};
use crate::watch::{ProblemOwner, SourceFilter, Watch, WatchProblem};

/// What a list refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reference {
    Channel,
    /// Sources, or with `tag:` all sources that have a tag.
    Source,
}

/// Reports the names in a list that do not exist.
pub(super) fn resolve(table: &Table<'_>, key: &str, named: Reference, loading: &mut LoadContext) {
    let Some(elements) = table.get(key).and_then(|value| value.elements().ok()) else { return };
    for value in elements {
        let Ok(text) = value.text() else { continue };
        let kind = if named == Reference::Channel { "a channel" } else { "a source" };
        let tag = text.strip_prefix("tag:").filter(|_| named == Reference::Source).map(str::trim);
        let known = match tag {
            Some(tag) => loading.tags.contains(tag),
            // An invalid name has been reported already.
            None => name(text).is_err() || loading.has_name(kind, text),
        };
        if !known {
            let missing =
                if loading.report.is_full(false) { wrong("", "") } else { missing(text, tag, named, loading) };
            loading.report.error(value.place(), missing);
        }
    }
}

/// The problems of the sources and tags that a watch's query names.
pub(super) fn in_query(watch: &Watch, loading: &LoadContext) -> Vec<WatchProblem> {
    // An invalid query has been reported already.
    let Some(Ok(expr)) = watch.query.as_deref().map(query::parse) else { return Vec::new() };
    let problem = |(origin, span): (SourceFilter, QuerySpan)| {
        let owner = ProblemOwner::Watch(watch.id.clone());
        let found = |InvalidValue { message, remedy }, warning| {
            let (key, span) = ("query".to_owned(), Some(span));
            Some(WatchProblem { owner, key, index: None, span, message, remedy, warning })
        };
        match &origin {
            SourceFilter::Id(id)
                if loading.tags.contains(id.as_str()) && !loading.has_name("a source", id.as_str()) =>
            {
                let InvalidValue { message, .. } = missing(id.as_str(), None, Reference::Source, loading);
                found(wrong(message, format!("it is a tag: write tag:{}", called(id.as_str()))), false)
            }
            SourceFilter::Id(id) if !loading.has_name("a source", id.as_str()) => {
                found(missing(id.as_str(), None, Reference::Source, loading), false)
            }
            // A feed gives its own tags to its items.
            SourceFilter::Tag(tag) if !loading.tags.contains(tag) => {
                let InvalidValue { message, remedy } = missing(tag, Some(tag.as_str()), Reference::Source, loading);
                let remedy = format!("{remedy}; nothing to do if a feed gives its items this tag");
                found(wrong(message, remedy), true)
            }
            _ => None,
        }
    };
    expr.origins().into_iter().filter_map(problem).collect()
}

/// The problem of a name or a tag that nothing has.
fn missing(text: &str, tag: Option<&str>, named: Reference, loading: &LoadContext) -> InvalidValue {
    let (known, what, none): (BTreeSet<&str>, _, _) = match (named, tag) {
        (_, Some(_)) => {
            let tags = loading.tags.iter().map(String::as_str).collect();
            (tags, "source has the tag", "add it to a source's `tags`")
        }
        (Reference::Source, None) => {
            (loading.names("a source"), "source is called", "none is configured: add a [[source]]")
        }
        (Reference::Channel, _) => {
            (loading.names("a channel"), "channel is called", "none is configured: add a [[channel]]")
        }
    };
    let word = tag.unwrap_or(text);
    let choices: Vec<&str> = known.into_iter().collect();
    let is_tag = named == Reference::Source && tag.is_none() && loading.tags.contains(text);
    let remedy = match nearest(word, choices.iter().copied()) {
        _ if is_tag => format!("it is a tag: write \"tag:{}\"", called(text)),
        Some(meant) => format!("did you mean {meant:?}?"),
        None if choices.is_empty() => none.to_owned(),
        None => format!("use one of: {}", excerpt(&choices.into_iter().map(called).collect::<Vec<_>>().join(", "))),
    };
    wrong(format!("no {what} {:?}", called(word)), remedy)
}
