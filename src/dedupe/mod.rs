//! Whether an item is new.

pub mod keys;
