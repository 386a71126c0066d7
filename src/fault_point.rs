//! Makes a debug build fail at a named point, so that tests can show that nothing is lost there.
//!
//! The environment variable `MARSAD_FAULT` names the point, how many times it is reached before it fails, and how:
//! `commit.after:3=abort` ends the process right after its third commit. Release builds have no fault points.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// A point that fails, as `MARSAD_FAULT` names it.
#[derive(Debug)]
struct FaultPoint {
    name: String,
    /// How many times the point is still to be reached.
    left: AtomicU64,
    kind: FaultKind,
}

/// How a point fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FaultKind {
    /// The process ends at once, as if it were killed.
    Abort,
    /// The task panics.
    Panic,
    /// The task hangs and holds its thread.
    Hang,
}

static ARMED: LazyLock<Option<FaultPoint>> =
    LazyLock::new(
        || if cfg!(debug_assertions) { FaultPoint::parse(&std::env::var("MARSAD_FAULT").ok()?) } else { None },
    );

/// Fails if this point is to fail now.
pub(crate) fn reach(point: &str) {
    let Some(armed) = ARMED.as_ref().filter(|armed| armed.is_due(point)) else { return };
    match armed.kind {
        FaultKind::Abort => std::process::abort(),
        FaultKind::Panic => std::panic::panic_any(format!("the fault point {point} was reached")),
        FaultKind::Hang => loop {
            std::thread::park();
        },
    }
}

/// True if this point is to fail in this process at some time.
#[must_use]
pub(crate) fn is_armed(point: &str) -> bool {
    ARMED.as_ref().is_some_and(|armed| armed.name == point)
}

impl FaultPoint {
    fn parse(text: &str) -> Option<Self> {
        let (point, kind) = text.split_once('=')?;
        let (name, times) = point.split_once(':')?;
        let kind = match kind {
            "abort" => FaultKind::Abort,
            "panic" => FaultKind::Panic,
            "hang" => FaultKind::Hang,
            _ => return None,
        };
        Some(Self { name: name.to_owned(), left: AtomicU64::new(times.parse().ok()?), kind })
    }

    /// True the last time that the point is to be reached, and only then.
    fn is_due(&self, point: &str) -> bool {
        let fewer = |left: u64| left.checked_sub(1);
        self.name == point && self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fewer) == Ok(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_fails_once_when_it_is_reached_often_enough() {
        let point = FaultPoint::parse("commit.after:2=abort").unwrap();
        assert_eq!(point.kind, FaultKind::Abort);
        let due = ["commit.after", "commit.before", "commit.after", "commit.after"].map(|name| point.is_due(name));
        assert_eq!(due, [false, false, true, false]);
        assert!(["", "x", "x:1", "x:many=abort", "x:1=sleep"].iter().all(|text| FaultPoint::parse(text).is_none()));
    }
}
