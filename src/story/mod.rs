//! Same text, same news.

mod alignment;
pub mod containment;
pub mod difference;
