//! From an address to a decoded document.

pub mod decode;
pub mod label;
pub mod robots;
