//! Pages: listings with and without selectors, articles, bulletins.

pub mod article;
pub mod block;
pub mod blocks;
mod body;
mod boilerplate;
mod brief;
pub mod bulletin;
mod card;
mod cutting;
mod group;
mod head;
#[cfg(test)]
mod laws;
pub mod learnt;
pub mod listing;
mod marker;
pub mod nature;
mod outline;
mod part;
pub mod recurring;
pub mod shape;
mod shown;
mod title;
pub mod tree;
mod when;
pub mod whole;
