//! Analyses text in six languages and two scripts.
//!
//! 1. [`letters`] classifies and folds each character.
//! 2. [`words`] splits a text into words; `initials` recognises acronyms with full stops.
//! 3. [`morphology`] compares a word with a watched word, grammar by grammar.
//! 4. [`fold`] makes the folded text of hashes and keys.
//! 5. [`lang`] detects the language; [`bidi`] isolates text of the other direction.

pub mod bidi;
pub mod fold;
mod initials;
pub mod lang;
pub mod letters;
pub(crate) mod morphology;
pub mod words;
