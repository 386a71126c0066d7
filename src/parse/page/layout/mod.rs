//! Detects layout drift of a listing: whether it still shows its items where earlier visits found them.
//!
//! 1. [`location`] describes the places where a page showed its items.
//! 2. [`known_location`] describes a remembered place, and the layout that may replace the known one.
//! 3. [`known_layout`] keeps the places of all visits and compares today's page with them.

pub mod known_layout;
pub mod known_location;
pub mod location;
