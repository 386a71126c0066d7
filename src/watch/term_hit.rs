//! Holds the place of a watched term in an item.

use crate::alert::{Field, MatchForm};

/// A place where a term occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TermHit {
    /// The term.
    pub(crate) term: u32,
    /// The field.
    pub(crate) field: Field,
    /// The first word, counted through all fields.
    pub first: u32,
    /// The last word.
    pub last: u32,
    /// The first byte in the field.
    pub from: u32,
    /// One past the last byte.
    pub to: u32,
    /// How it differs from the term.
    pub how: MatchForm,
    /// True for an acronym among words in capitals, which may be a common word.
    pub(crate) among_capitals: bool,
    /// True if its neighbours show that it is the English word `us` or `who`.
    pub(crate) pronoun: bool,
}
