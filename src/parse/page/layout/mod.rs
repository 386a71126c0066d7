//! Layout drift: whether a listing still shows its items where earlier visits found them.
//!
//! 1. [`location`] describes the places where a page showed its items.
//! 2. [`known_location`] compares one remembered place with what the page shows instead.
//! 3. [`baseline`] keeps the places of all visits and judges today's page by them.

pub mod baseline;
pub mod known_location;
pub mod location;
