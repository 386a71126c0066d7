//! Logs and metrics of a running marsad.
//!
//! - `log` starts the log and writes its lines; `line` formats them.
//! - `metrics` counts; `process` adds the metrics of the process.

pub mod line;
pub mod log;
pub mod metrics;
pub mod process;

pub use log::{Log, LogFormat, Logging};
pub use metrics::{Gauges, Metrics};
