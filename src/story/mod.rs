//! Same text, same news.

pub mod containment;
