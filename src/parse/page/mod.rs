//! Pages.

pub mod listing;
