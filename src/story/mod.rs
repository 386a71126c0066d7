//! Compares texts: whether they are copies or tell the same story, and what a revision has changed.
//!
//! 1. [`text_profile`] prepares a text; [`index_keys`] derives the keys under which the store finds similar ones.
//! 2. [`alignment`] finds the common runs of two texts, [`conflict`] what was replaced, and [`relation`] decides.
//! 3. [`placement`] decides which text a new item copies and which story it belongs to.
//! 4. [`cross_language`] links reports of one event in two languages.
//! 5. [`containment`] measures how much two versions have in common; [`difference`] shows the words that changed.

pub(crate) mod alignment;
pub(crate) mod conflict;
pub mod containment;
pub mod cross_language;
pub mod difference;
pub(crate) mod index_keys;
pub(crate) mod key_hash;
pub(crate) mod placement;
pub mod relation;
pub mod text_profile;

pub(crate) use key_hash::stable_hash;
