//! Servers on loopback, for the demo and for tests: a webhook receiver and a mailbox.

pub mod mailbox;
pub mod mime;
pub mod receiver;
