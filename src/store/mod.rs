//! What marsad remembers.

pub mod migrate;
