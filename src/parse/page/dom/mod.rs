//! Parses a page within bounds and describes its elements.
//!
//! 1. [`bounded_tree`] parses the HTML within bounds on bytes, nodes, depth and attributes.
//! 2. [`flat_tree`] lists the elements and texts in document order; every later question is a walk along that list.
//! 3. [`non_content`] tells content from navigation, asides and comments.
//! 4. [`metadata`] reads `title`, `meta`, `link` and JSON-LD.

pub mod bounded_tree;
pub mod flat_tree;
pub mod metadata;
pub mod non_content;
