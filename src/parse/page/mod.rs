//! Pages.

pub mod listing;
pub mod tree;
