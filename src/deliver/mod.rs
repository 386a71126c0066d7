//! Due, send, settle.

pub mod email;
pub mod print;
pub mod retry;
pub mod sign;
pub mod slot;
pub mod webhook;
