//! Parses a page within bounds and describes its elements.
//!
//! 1. [`tree`] parses the HTML within bounds on bytes, nodes, depth and attributes.
//! 2. [`outline`] lists the elements and texts in document order; every later question is a walk along that list.
//! 3. [`regions`] tells content from navigation, asides and comments.
//! 4. [`metadata`] reads `title`, `meta`, `link` and JSON-LD.
//! 5. [`phrases`] recognizes the lines that end an article or begin something else.

pub mod metadata;
pub mod outline;
pub mod phrases;
pub mod regions;
pub mod tree;
