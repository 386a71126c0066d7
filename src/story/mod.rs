//! Compares texts: whether they tell the same story, and what a revision has changed.
//!
//! 1. [`containment`] measures how much two texts have in common.
//! 2. `alignment` matches the words of two revisions; [`difference`] turns that into runs of changed words.

mod alignment;
pub mod containment;
pub mod difference;
