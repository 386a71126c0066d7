//! Reports clock changes in the log, and for a while in `/healthz`.
//!
//! The loops that wait for instants replan by themselves; see [`crate::clock::jump`].

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::clock::jump::{ClockJump, JumpDetector};
use crate::clock::{Clock, Stopwatch};
use crate::server::health::Degraded;
use crate::store::Store;

/// The pause between two checks of the clock. Chosen by hand.
const POLL: Duration = Duration::from_secs(1);

/// How long the health summary shows a change. Chosen by hand: longer than two rounds of a five-minute check.
const SHOWN: Duration = Duration::from_secs(15 * 60);

/// Smaller jumps are not reported, because they change no plan noticeably. Chosen by hand.
const REPORTED: SignedDuration = SignedDuration::from_secs(2);

/// The subject in the health summary.
const ABOUT: &str = "clock";

/// Reports every jump of the clock until `stop`, and one that happened while marsad was stopped.
pub(crate) async fn report(clock: Clock, store: Store, degraded: Degraded, stop: CancellationToken) {
    let mut jumps = JumpDetector::new(&clock);
    let mut shown = match store.last_visit().await {
        Ok(Some(last)) if last.duration_since(clock.now()) > REPORTED => {
            let back = last.duration_since(clock.now());
            Some(set_back(back, "while marsad was stopped", &clock, &degraded))
        }
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(%error, "cannot determine whether the clock was set back while marsad was stopped");
            None
        }
    };
    while !stop.is_cancelled() {
        match jumps.look() {
            Some(ClockJump::Back(by)) if by > REPORTED => {
                shown = Some(set_back(by, "while marsad ran", &clock, &degraded));
            }
            Some(ClockJump::Forward(by)) if by > REPORTED => {
                tracing::warn!("the clock jumped forward by {}: it was set, or the machine slept", rounded(by));
            }
            Some(ClockJump::Stopped(by)) => tracing::warn!("the process was stopped for {}", rounded(by)),
            _ => {}
        }
        if shown.is_some_and(|since| since.elapsed() > SHOWN) {
            shown = None;
            degraded.clear(ABOUT);
        }
        tokio::time::timeout(POLL, stop.cancelled()).await.ok();
    }
}

fn set_back(by: SignedDuration, when: &str, clock: &Clock, degraded: &Degraded) -> Stopwatch {
    let message = message(by, when, clock.now());
    tracing::warn!("{message}");
    degraded.set(ABOUT, message);
    clock.stopwatch()
}

fn message(by: SignedDuration, when: &str, now: Timestamp) -> String {
    let by = rounded(by);
    format!("the clock was set back by {by} {when}, to {now:.0}; visits and deliveries are replanned")
}

/// A jump in whole seconds.
fn rounded(by: SignedDuration) -> String {
    format!("{:#}", SignedDuration::from_secs(by.as_secs()))
}
