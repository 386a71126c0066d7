//! The HTTP surface: health, metrics, API, stream.

pub mod api;
pub mod guard;
pub mod stream;
