//! Matches items against the watches that the operator configured.
//!
//! 1. [`query`] parses a watch's query; `term` and [`concept`] validate its words and names.
//! 2. [`compile`] turns all watches into one term table, `plural_terms` adds broken plurals, and `term_index` indexes it; `lint` warns about doubtful
//!    terms.
//! 3. `search` finds the terms in an item, `acronym` removes acronyms that are words, `web_address` removes words
//!    inside addresses, `nfc_text` serves regular expressions.
//! 4. [`evaluate`] decides which watches hold and returns their hits; [`explain`] says why a watch does not hold.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::alert::{Field, WatchId};
use crate::channel::ChannelId;
use crate::source::SourceId;
use crate::text::lang::Lang;

mod acronym;
pub mod compile;
pub(crate) mod concept;
pub(crate) mod evaluate;
pub(crate) mod explain;
mod lint;
mod nfc_text;
mod plural_terms;
pub mod query;
mod search;
pub(crate) mod term;
mod term_hit;
mod term_index;
mod web_address;

pub use compile::Watches;

/// One watch as the configuration states it, checked for shape but not yet compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Its identifier.
    pub id: WatchId,
    /// At least one of these terms must be found.
    pub any: Vec<String>,
    /// Each of these terms must be found.
    pub all: Vec<String>,
    /// None of these terms may be found.
    pub none: Vec<String>,
    /// An expression in the query language.
    pub query: Option<String>,
    /// Whether terms match the broken plurals of their Arabic nouns; none: not configured, so no.
    pub plurals: Option<bool>,
    /// The languages that an item may be in; empty: any. An item whose language is unknown passes.
    pub lang: Vec<Lang>,
    /// Where an item may come from; empty: anywhere.
    pub sources: Vec<SourceFilter>,
    /// The fields that are searched; empty: all three.
    pub fields: Vec<Field>,
    /// The unit of which each alerts once.
    pub once_per: OncePer,
    /// Which later revisions alert.
    pub revisions: Revisions,
    /// True: alerts ignore quiet hours and slots.
    pub urgent: bool,
    /// The channels that receive its alerts.
    pub alert: Vec<ChannelId>,
}

impl Watch {
    /// A watch with this identifier and nothing else configured.
    #[must_use]
    pub fn named(id: WatchId) -> Self {
        Self {
            id,
            any: Vec::new(),
            all: Vec::new(),
            none: Vec::new(),
            query: None,
            plurals: None,
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

/// The unit of which each alerts once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OncePer {
    /// One text: copies and excerpts of it alert once.
    #[default]
    Text,
    /// One story.
    Story,
    /// Every item.
    Item,
}

/// Which later revisions of an item alert, after its first hit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Revisions {
    /// Nothing.
    #[default]
    Never,
    /// A changed headline.
    Title,
    /// A watched term that was added or removed.
    Terms,
    /// Every revision.
    Any,
}

impl Revisions {
    /// The word in the configuration.
    #[must_use]
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Title => "title",
            Self::Terms => "terms",
            Self::Any => "any",
        }
    }
}

/// A named set of names in several languages, which a watch refers to as `@name`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Concept {
    /// Its name, without the `@`.
    pub name: String,
    /// The names by language.
    pub names: BTreeMap<Lang, Vec<String>>,
    /// For ambiguous names: the words of which one must occur within [`concept::NEAR`] words.
    pub(crate) near: BTreeMap<String, Vec<String>>,
}

/// The parts of an item that watches are evaluated on.
#[derive(Clone, Copy, Debug)]
pub struct WatchInput<'a> {
    /// The headline.
    pub title: &'a str,
    /// The excerpt.
    pub summary: &'a str,
    /// The full text.
    pub text: &'a str,
    /// The language, if known.
    pub lang: Option<&'a Lang>,
    /// The source that published it.
    pub source: &'a SourceId,
    /// The source's tags and the item's own.
    pub tags: &'a [String],
}

/// An error or a warning about a watch or a concept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WatchProblem {
    /// The watch or concept that has the problem.
    pub(crate) owner: ProblemOwner,
    /// The key: `any`, `query`, a concept's language or `near`.
    pub key: String,
    /// Which element of the key's list, from 0.
    pub index: Option<usize>,
    /// The place in that string: first character from 0, and number of characters.
    pub(crate) span: Option<(usize, usize)>,
    /// What is wrong, in lower case.
    pub message: String,
    /// How to correct it.
    pub(crate) remedy: String,
    /// True: a warning; the configuration is still accepted.
    pub(crate) warning: bool,
}

/// The owner of a [`WatchProblem`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProblemOwner {
    /// A watch.
    Watch(WatchId),
    /// A concept, by its name.
    Concept(String),
}

#[cfg(test)]
mod tests;
