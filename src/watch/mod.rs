//! What the reader wants, found in an item.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::alert::{Field, WatchId};
use crate::channel::ChannelId;
use crate::source::SourceId;
use crate::text::lang::Lang;

mod acronym;
pub mod compile;
pub mod concept;
pub mod evaluate;
pub mod explain;
mod lint;
mod normalized;
pub mod query;
mod search;
pub mod term;
mod term_hit;
mod term_index;

pub use compile::Watches;

/// One watch as the configuration states it, checked for shape but not yet compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Its name.
    pub id: WatchId,
    /// At least one of these terms must be found.
    pub any: Vec<String>,
    /// Each of these terms must be found.
    pub all: Vec<String>,
    /// None of these terms may be found.
    pub none: Vec<String>,
    /// An expression in the query language.
    pub query: Option<String>,
    /// The languages that an item may be in; empty: any. An item whose language is unknown passes.
    pub lang: Vec<Lang>,
    /// Where an item may come from; empty: anywhere.
    pub sources: Vec<SourceFilter>,
    /// The fields that are read; empty: all three.
    pub fields: Vec<Field>,
    /// What one alert stands for.
    pub once_per: OncePer,
    /// What is told of later revisions.
    pub revisions: Revisions,
    /// True: passes quiet hours and slots.
    pub urgent: bool,
    /// The channels to tell.
    pub alert: Vec<ChannelId>,
}

impl Watch {
    /// A watch of this name with nothing else configured.
    #[must_use]
    pub fn named(id: WatchId) -> Self {
        Self {
            id,
            any: Vec::new(),
            all: Vec::new(),
            none: Vec::new(),
            query: None,
            lang: Vec::new(),
            sources: Vec::new(),
            fields: Vec::new(),
            once_per: OncePer::default(),
            revisions: Revisions::default(),
            urgent: false,
            alert: Vec::new(),
        }
    }
}

/// A condition on where an item comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceFilter {
    /// This source.
    Id(SourceId),
    /// Every source with this tag.
    Tag(String),
}

/// What one alert of a watch stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OncePer {
    /// One text: copies and excerpts of it are told once.
    #[default]
    Text,
    /// One story.
    Story,
    /// Every item.
    Item,
}

/// What a watch tells of an item's later revisions, after its first hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Revisions {
    /// Nothing.
    #[default]
    Never,
    /// A changed headline.
    Title,
    /// A watched term that came or went.
    Terms,
    /// Every revision.
    Any,
}

/// A named set of names in several languages, which a watch refers to as `@name`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Concept {
    /// Its name, without the `@`.
    pub name: String,
    /// The names by language.
    pub names: BTreeMap<Lang, Vec<String>>,
    /// For ambiguous names: the words one of which must stand within 30 words.
    pub near: BTreeMap<String, Vec<String>>,
}

/// What a watch reads of an item.
#[derive(Clone, Copy, Debug)]
pub struct WatchInput<'a> {
    /// The headline.
    pub title: &'a str,
    /// The excerpt.
    pub summary: &'a str,
    /// The full text.
    pub text: &'a str,
    /// The language, where it is known.
    pub lang: Option<&'a Lang>,
    /// The source that brought it.
    pub source: &'a SourceId,
    /// The source's tags and the item's own.
    pub tags: &'a [String],
}

/// Something wrong, or doubtful, in a watch or a concept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchProblem {
    /// What it is in.
    pub owner: ProblemOwner,
    /// The key: `any`, `query`, a concept's language or `near`.
    pub key: String,
    /// Which element of the key's list, from 0.
    pub index: Option<usize>,
    /// Where in that string, in characters from 0, and how many of them.
    pub span: Option<(usize, usize)>,
    /// What is wrong, in lower case.
    pub message: String,
    /// What would be right.
    pub remedy: String,
    /// True: worth a word, no reason to refuse the configuration.
    pub warning: bool,
}

/// What a [`WatchProblem`] is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemOwner {
    /// A watch.
    Watch(WatchId),
    /// A concept, by its name.
    Concept(String),
}

#[cfg(test)]
mod tests;
