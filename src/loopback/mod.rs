//! Servers on loopback, for the demo and for tests.
//!
//! 1. `receiver` accepts webhooks and verifies their signatures.
//! 2. `mailbox` accepts mail; `mime` reads it.

pub mod mailbox;
pub mod mime;
pub mod receiver;
