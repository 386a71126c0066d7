//! What refers to what: the channels that are told and the sources that are watched must be there.

use std::collections::BTreeSet;

use super::keys::nearest;
use super::load::Loading;
use super::node::Table;
use super::report::{Wrong, wrong};
use super::value::{name, short};

/// What a list names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Channel,
    /// Sources, and by `tag:` all that have a tag.
    Source,
}

/// Refuses the names in a list that nothing is called by.
pub(super) fn resolve(table: &Table<'_>, key: &str, named: Named, loading: &mut Loading) {
    let Some(elements) = table.get(key).and_then(|value| value.elements().ok()) else { return };
    let missing: Vec<_> = {
        let names = loading.names(if named == Named::Channel { "a channel" } else { "a source" });
        let tags: BTreeSet<&str> = loading.tags.iter().map(String::as_str).collect();
        let judge = |text: &str| match (named, text.strip_prefix("tag:")) {
            (Named::Source, Some(tag)) => {
                missing(tag.trim(), &tags, "source has the tag", "add it to a source's `tags`")
            }
            // What cannot be a name has been told already.
            _ if name(text).is_err() => None,
            (Named::Source, None) => {
                missing(text, &names, "source is called", "there is none at all: add a [[source]]")
            }
            (Named::Channel, _) => {
                missing(text, &names, "channel is called", "there is none at all: add a [[channel]]")
            }
        };
        elements.iter().filter_map(|value| Some((value.place(), judge(value.text().ok()?)?))).collect()
    };
    for (place, wrong) in missing {
        loading.report.error(place, wrong);
    }
}

fn missing(word: &str, known: &BTreeSet<&str>, what: &str, none: &str) -> Option<Wrong> {
    if known.contains(word) {
        return None;
    }
    let choices: Vec<&str> = known.iter().copied().collect();
    let remedy = match nearest(word, &choices) {
        Some(meant) => format!("did you mean {meant:?}?"),
        None if choices.is_empty() => none.to_owned(),
        None => format!("there are: {}", short(&choices.join(", "))),
    };
    Some(wrong(format!("no {what} {:?}", short(word)), remedy))
}
