//! Compares texts: whether they tell the same story, and what a revision has changed.
//!
//! 1. [`containment`] measures how much two texts have in common.
//! 2. [`difference`] shows the words that a revision changed.

pub mod containment;
pub mod difference;
