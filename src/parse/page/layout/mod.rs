//! Detects layout drift of a listing: whether it still shows its items where earlier visits found them.
//!
//! 1. [`observed_layout`] describes the places where a page showed its items at one visit.
//! 2. [`known_place`] describes a remembered place, [`candidate_layout`] the layout that may replace the known one.
//! 3. [`known_layout`] keeps the places of all visits and compares today's page with them.

pub(crate) mod candidate_layout;
pub mod known_layout;
pub(crate) mod known_place;
pub mod observed_layout;
