//! `marsad demo`: a whole newsroom, a receiver and a mailbox on loopback.

pub mod mailbox;
pub mod mime;
pub mod newsroom;
pub mod paper;
pub mod plan;
pub mod receiver;
pub mod show;
pub mod stories;
pub mod tally;
