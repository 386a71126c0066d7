//! Parses a page within bounds and describes its elements.
//!
//! 1. [`bounded_tree`] parses the HTML within bounds on bytes, nodes, depth and attributes.
//! 2. [`flat_tree`] lists the elements and texts in document order; every later question is a walk along that list.
//! 3. `class_words` reads the words of classes and ids, by which [`non_content`] tells content from navigation, asides
//!    and comments, `prose_region` finds text in spite of such words, and `caption` finds captions.
//! 4. `streamed_block` moves text that a page streams to the place that it is meant for.
//! 5. [`metadata`] reads `title`, `meta`, `link` and JSON-LD.

pub mod bounded_tree;
pub(crate) mod caption;
mod class_words;
pub mod flat_tree;
pub mod metadata;
pub mod non_content;
mod prose_region;
pub(crate) mod streamed_block;
