//! Pages: listings, articles and bulletins.
//!
//! 1. [`dom`] parses the HTML within bounds and reads the page's metadata.
//! 2. [`classify`] decides what the page is for, when `probe` asks.
//! 3. [`listing`], [`article`] or [`bulletin`] reads its items.
//! 4. [`layout`] compares where a listing shows its items with earlier visits.
//! 5. [`shared_text`] finds text that several pages of a source have in common.
//! 6. [`merge`] adds the text of an item's own page to the item.
//!
//! [`share`] compares counts in percent.

pub mod article;
pub mod bulletin;
pub mod classify;
pub mod dom;
pub mod layout;
pub mod listing;
pub mod merge;
#[cfg(test)]
mod properties;
pub mod share;
pub mod shared_text;
