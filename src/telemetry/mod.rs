//! What the operator hears of a running marsad: log lines and metrics.

pub mod line;
pub mod log;
pub mod metrics;
pub mod process;

pub use log::{Log, LogFormat, Logging};
pub use metrics::{Gauges, Metrics};
