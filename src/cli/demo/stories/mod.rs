//! The demo's news, one file a language: invented, neutral, by offices instead of names.

pub mod ar;
pub mod en;
pub mod fa;
pub mod fr;
pub mod tr;
pub mod ur;
