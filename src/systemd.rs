//! What systemd is told, and whether every loop still moves.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, Stopwatch};

/// The loops that must move, each by its beat. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Pulse {
    watch: Stopwatch,
    beats: Arc<Mutex<Vec<Weak<NamedBeat>>>>,
}

/// One loop's beat: the loop ticks it at every round, at least every 5 seconds. Dropping it takes the loop off the
/// list, as when a channel is no longer configured.
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
    /// A pulse without any beat.
    #[must_use]
    pub fn new(clock: &Clock) -> Self {
        Self { watch: clock.stopwatch(), beats: Arc::default() }
    }

    /// The beat of a loop that begins now.
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
    /// The loop has come round again.
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

/// Says that marsad is up, and what it does in one line (`systemctl status` shows it).
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(&one_line(status))]);
}

/// Says that the configuration is being read again; [`ready`] follows.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// Says that marsad is on its way out.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Says why marsad is not up yet, and that its start may take `longer` from now.
pub fn waiting(status: &str, longer: Duration) {
    let longer = u32::try_from(longer.as_micros()).unwrap_or(u32::MAX);
    tell(&[NotifyState::Status(&one_line(status)), NotifyState::ExtendTimeoutUsec(longer)]);
}

/// Says in one line what marsad does.
pub fn status(status: &str) {
    tell(&[NotifyState::Status(&one_line(status))]);
}

fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd was not told");
    }
}

/// Pings systemd's watchdog while every loop moves, until `stop`. Where no watchdog is set it only waits.
///
/// A ping is proof of work: the loops must have ticked within half of `WatchdogSec`, so a daemon that hangs is
/// restarted although its timers still run.
pub async fn watchdog(pulse: Pulse, stop: CancellationToken) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return stop.cancelled().await };
    let mut silent = false;
    while !stop.is_cancelled() {
        let stalled = pulse.stalled(limit / 2);
        if stalled.is_empty() {
            tell(&[NotifyState::Watchdog]);
        } else if !silent {
            tracing::error!(stalled = stalled.join(" "), "loops stand still, the watchdog is no longer fed");
        }
        silent = !stalled.is_empty();
        let _ = tokio::time::timeout(limit / 4, stop.cancelled()).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_that_stands_still_is_named() {
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
    fn a_loop_that_was_taken_away_is_not_missed() {
        let pulse = Pulse::new(&Clock::system());
        let beat = pulse.beat("deliver desk");
        beat.tick_at(Duration::ZERO);
        drop(beat);
        assert!(pulse.stalled_at(Duration::from_secs(1_000), Duration::from_secs(1)).is_empty());
    }
}
