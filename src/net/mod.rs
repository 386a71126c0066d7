//! The one HTTP client and its fence.

pub mod fence;
