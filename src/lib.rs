//! marsad watches the news of the Organisation of Islamic Cooperation and its world, and tells people once,
//! quickly and provably when something new matches what they watch for.
//!
//! ```text
//! config ─▶ scheduler ─▶ visit: fetch ─▶ decode ─▶ parse ─▶ judge ─▶ match ─▶ admit ─▶ outbox ─▶ deliver
//! ```
//!
//! The modules stand in the order of that flow, with the words they share last. A module uses only what stands
//! below it in the house (`tests/architecture.rs` holds the rule).

pub mod cli;
pub mod daemon;
pub mod server;

pub mod scheduler;

pub mod deliver;
pub mod pipeline;

pub mod fetch;
pub mod store;
pub mod systemd;
pub mod telemetry;

pub mod loopback;

pub mod net;

pub mod config;

pub mod cadence;
pub mod dedupe;
pub mod health;
pub mod parse;
pub mod render;
pub mod story;
pub mod watch;

pub mod address;
pub mod alert;
pub mod channel;
pub mod clock;
pub mod date;
pub mod item;
pub mod network;

pub mod source;
pub mod text;
