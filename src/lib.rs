//! Monitors news sources and sends one alert for each new item that matches a watch, with the reason for the match.
//!
//! ```text
//! config ─▶ scheduler ─▶ visit: fetch ─▶ decode ─▶ parse ─▶ judge ─▶ follow ─▶ match ─▶ admit ─▶ outbox ─▶ deliver
//! ```
//!
//! The modules are listed by layer, the highest first; the last ones are the types that all others share. A module uses
//! only modules of lower layers. `ARCHITECTURE.md` describes the layers, and `tests/architecture.rs` checks the rule.

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

mod fault_point;
pub mod net;

pub mod config;
pub mod memory;

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
