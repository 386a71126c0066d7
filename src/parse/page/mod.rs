//! Pages: listings with and without selectors, articles, bulletins.

pub mod article;
pub mod blocks;
mod body;
mod boilerplate;
mod card;
mod group;
mod head;
pub mod listing;
mod marker;
mod outline;
mod title;
pub mod tree;
mod when;
