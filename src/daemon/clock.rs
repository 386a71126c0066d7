//! Says that the clock was set: in the log, and for a while in `/healthz`.
//!
//! The loops that wait for instants plan anew by themselves; see [`crate::clock::jump`].

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;

use crate::clock::jump::{ClockJump, JumpDetector};
use crate::clock::{Clock, Stopwatch};
use crate::server::health::Degraded;
use crate::store::Store;

/// The pause between two looks.
const LOOK: Duration = Duration::from_secs(1);

/// How long the health summary says it. Chosen by hand: two rounds of a check that runs every five minutes.
const SHOWN: Duration = Duration::from_secs(15 * 60);

/// A smaller jump changes no plan by more than an operator would notice, and is not reported. Chosen by hand.
const REPORTED: SignedDuration = SignedDuration::from_secs(2);

/// What this is about, in the health summary.
const ABOUT: &str = "clock";

/// Reports every jump of the clock until `stop`, and one that came while marsad was stopped.
pub async fn report(clock: Clock, store: Store, degraded: Degraded, stop: CancellationToken) {
    let mut jumps = JumpDetector::new(&clock);
    let mut shown = match store.last_visit().await {
        Ok(Some(last)) if last.duration_since(clock.now()) > REPORTED => {
            let back = last.duration_since(clock.now());
            Some(set_back(back, "while marsad was stopped", &clock, &degraded))
        }
        Ok(_) => None,
        Err(error) => {
            tracing::warn!(%error, "it is unknown whether the clock was set back while marsad was stopped");
            None
        }
    };
    while !stop.is_cancelled() {
        match jumps.look() {
            Some(ClockJump::Back(by)) if by > REPORTED => {
                shown = Some(set_back(by, "while marsad ran", &clock, &degraded));
            }
            Some(ClockJump::Forward(by)) if by > REPORTED => {
                tracing::warn!(
                    "the clock is {} further than it should be: it was set, or the machine slept",
                    rounded(by)
                );
            }
            Some(ClockJump::Stopped(by)) => tracing::warn!("the process was stopped for {}", rounded(by)),
            _ => {}
        }
        if shown.is_some_and(|since| since.elapsed() > SHOWN) {
            shown = None;
            degraded.clear(ABOUT);
        }
        tokio::time::timeout(LOOK, stop.cancelled()).await.ok();
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
    format!("the clock was set back by {by} {when}, to {now:.0}; visits and deliveries are planned anew")
}

/// A jump in whole seconds.
fn rounded(by: SignedDuration) -> String {
    format!("{:#}", SignedDuration::from_secs(by.as_secs()))
}
