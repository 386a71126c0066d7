//! Feeds.

pub mod canon;
pub mod clean;
pub mod read;
