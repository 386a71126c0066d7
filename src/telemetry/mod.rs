//! Logs and metrics of a running marsad.
//!
//! - `log` starts the log and writes its lines; `line` formats them.
//! - `metrics` counts; `process` adds the metrics of the process.

pub mod line;
pub(crate) mod log;
pub mod metrics;
pub(crate) mod process;

pub(crate) use metrics::Gauges;
pub use metrics::Metrics;
