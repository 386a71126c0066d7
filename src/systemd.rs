//! Notifies systemd, and tracks whether every loop of the daemon still runs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, Stopwatch};

/// Tracks the daemon's loops by their beats. Cheap to clone.
///
/// ```
/// use marsad::{clock::Clock, systemd::Pulse};
/// use std::time::Duration;
///
/// let pulse = Pulse::new(&Clock::system());
/// let beat = pulse.beat("scheduler");
/// beat.tick();
/// assert!(pulse.stalled(Duration::from_secs(30)).is_empty());
/// ```
#[derive(Clone, Debug)]
pub struct Pulse {
    watch: Stopwatch,
    beats: Arc<Mutex<Vec<Weak<NamedBeat>>>>,
}

/// The beat of one loop, which ticks in every round, at least every 5 seconds. Dropping it removes the loop, for
/// example when a channel is no longer configured.
#[derive(Debug)]
pub struct Beat {
    named: Arc<NamedBeat>,
    watch: Stopwatch,
}

#[derive(Debug)]
struct NamedBeat {
    name: String,
    last: AtomicU64,
}

impl Pulse {
    /// A pulse without beats.
    #[must_use]
    pub fn new(clock: &Clock) -> Self {
        Self { watch: clock.stopwatch(), beats: Arc::default() }
    }

    /// Adds the beat of a loop that starts now.
    #[must_use]
    pub fn beat(&self, name: impl Into<String>) -> Beat {
        let last = AtomicU64::new(millis(self.watch.elapsed()));
        let named = Arc::new(NamedBeat { name: name.into(), last });
        self.beats.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(&named));
        Beat { named, watch: self.watch }
    }

    /// The loops that have not ticked for `limit`.
    #[must_use]
    pub fn stalled(&self, limit: Duration) -> Vec<String> {
        self.stalled_at(self.watch.elapsed(), limit)
    }

    fn stalled_at(&self, now: Duration, limit: Duration) -> Vec<String> {
        let mut beats = self.beats.lock().unwrap_or_else(PoisonError::into_inner);
        beats.retain(|beat| beat.strong_count() > 0);
        let late = |beat: &NamedBeat| millis(now).saturating_sub(beat.last.load(Ordering::Relaxed)) > millis(limit);
        beats.iter().filter_map(Weak::upgrade).filter(|beat| late(beat)).map(|beat| beat.name.clone()).collect()
    }
}

impl Beat {
    /// Records a round of the loop.
    pub fn tick(&self) {
        self.tick_at(self.watch.elapsed());
    }

    fn tick_at(&self, now: Duration) {
        self.named.last.store(millis(now), Ordering::Relaxed);
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Reports that marsad is ready, with a status line that `systemctl status` shows.
pub(crate) fn ready(status: &str) {
    notify(&[NotifyState::Ready, NotifyState::Status(&one_line(status))]);
}

/// Reports that the configuration is being reloaded; [`ready`] follows.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => notify(&[NotifyState::Reloading, now]),
        Err(_) => notify(&[NotifyState::Reloading]),
    }
}

/// Reports that marsad is stopping.
pub(crate) fn stopping() {
    notify(&[NotifyState::Stopping]);
}

/// Reports why marsad is not ready yet, and extends its start timeout by `longer`.
pub fn waiting(status: &str, longer: Duration) {
    let longer = u32::try_from(longer.as_micros()).unwrap_or(u32::MAX);
    notify(&[NotifyState::Status(&one_line(status)), NotifyState::ExtendTimeoutUsec(longer)]);
}

/// Reports a status line.
pub fn status(status: &str) {
    notify(&[NotifyState::Status(&one_line(status))]);
}

fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

fn notify(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "cannot notify systemd");
    }
}

/// Pings systemd's watchdog while every loop runs, until `stop`. Without a watchdog it only waits.
///
/// All loops must have ticked within half of `WatchdogSec`, so that a hanging daemon is restarted.
pub(crate) async fn watchdog(pulse: Pulse, stop: CancellationToken) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return stop.cancelled().await };
    let mut silent = false;
    while !stop.is_cancelled() {
        let stalled = pulse.stalled(limit / 2);
        if stalled.is_empty() {
            notify(&[NotifyState::Watchdog]);
        } else if !silent {
            tracing::error!(stalled = stalled.join(" "), "loops are stalled; the watchdog is no longer pinged");
        }
        silent = !stalled.is_empty();
        let _ = tokio::time::timeout(limit / 4, stop.cancelled()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stalled_loop_is_named() {
        let pulse = Pulse::new(&Clock::system());
        let (scheduler, writer) = (pulse.beat("scheduler"), pulse.beat("writer"));
        scheduler.tick_at(Duration::from_secs(100));
        writer.tick_at(Duration::from_secs(60));
        let limit = Duration::from_secs(30);
        assert_eq!(pulse.stalled_at(Duration::from_secs(80), limit), Vec::<String>::new());
        assert_eq!(pulse.stalled_at(Duration::from_secs(110), limit), ["writer"]);
        writer.tick_at(Duration::from_secs(111));
        assert!(pulse.stalled_at(Duration::from_secs(112), limit).is_empty());
    }

    #[test]
    fn a_removed_loop_is_not_reported() {
        let pulse = Pulse::new(&Clock::system());
        let beat = pulse.beat("deliver desk");
        beat.tick_at(Duration::ZERO);
        drop(beat);
        assert!(pulse.stalled_at(Duration::from_secs(1_000), Duration::from_secs(1)).is_empty());
    }
}
