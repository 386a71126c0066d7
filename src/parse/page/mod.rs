//! Pages: listings with and without selectors, articles, bulletins.

pub mod article;
mod body;
mod boilerplate;
mod head;
pub mod listing;
mod marker;
mod outline;
mod title;
pub mod tree;
mod when;
