//! Delivers alerts: finds what is due, sends it, settles it.
//!
//! Each channel has a [`Deliverer`] with its own task, connections and queue, so that a dead receiver delays no other
//! channel. The number of an attempt and the time of the next one are stored before its request leaves: whatever fails
//! in between, the delivery is retried under the same id, and never sooner.
//!
//! 1. `queue` holds what is due; `slot` and `clock_setback` decide when that is.
//!    `channel_gate` asks `circuit` whether the channel delivers at all.
//! 2. `attempt_start` stores a `dispatch` as begun, with the time of the next attempt from `retry`.
//! 3. `attempt` sends it by its `route` (`webhook` with `sign`, `email` or `print`) and stores the outcome.
//! 4. Its permit wakes the loop for the next delivery.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;

use crate::channel::Channel;
use crate::clock::Clock;
use crate::clock::jump::{ClockJump, JumpDetector};
use crate::store::{Store, StoreError};
use crate::systemd::Beat;
use crate::telemetry::Metrics;
use queue::DueQueue;
pub use route::RouteSettings;
pub(crate) use route::{DeliverError, Route};

mod attempt;
mod attempt_start;
mod channel_gate;
pub(crate) mod circuit;
pub(crate) mod clock_setback;
pub mod dispatch;
pub(crate) mod email;
pub(crate) mod print;
mod queue;
pub mod retry;
mod route;
pub mod sign;
pub(crate) mod slot;
#[cfg(test)]
mod tests;
pub(crate) mod webhook;

/// Sends the deliveries of one channel.
#[derive(Debug)]
pub struct Deliverer {
    store: Store,
    clock: Clock,
    metrics: Metrics,
    route: ArcSwap<Route>,
    queue: Mutex<DueQueue>,
    permits: Arc<Semaphore>,
    nudge: Arc<Notify>,
    cancelled: CancellationToken,
    /// True after the configuration was replaced: a receiver that failed may have been repaired.
    reloaded: AtomicBool,
    /// True while nothing of the channel may begin.
    blocked: AtomicBool,
}

/// The most attempts that any channel may have in flight (docs of `max_in_flight`).
const MAX_IN_FLIGHT: u8 = 8;

/// The pause while the store fails, or while nothing may begin. Chosen by hand.
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// The longest pause between two looks at what is due. Chosen by hand: what a command of another process queues or
/// retries begins within a second.
const MAX_UNNOTICED: Duration = Duration::from_millis(800);

/// The shortest pause, if something is due that cannot begin. Chosen by hand.
const MIN_PAUSE: Duration = Duration::from_millis(50);

/// How many pauses the loop may wait for the store before it no longer counts as alive. Chosen by hand.
const MAX_WAITS: u32 = 72;

/// How long a begin that waits for the store may take when the daemon stops. Chosen by hand.
const STOP_GRACE: Duration = Duration::from_secs(10);

impl Deliverer {
    /// A deliverer of `channel` from `store`.
    ///
    /// # Errors
    /// If its client cannot be built: see [`DeliverError`].
    pub fn new(
        store: Store,
        clock: Clock,
        metrics: Metrics,
        channel: Arc<Channel>,
        settings: &RouteSettings,
    ) -> Result<Self, DeliverError> {
        Ok(Self::with_route(store, clock, metrics, Route::new(channel, settings)?))
    }

    /// Like [`Deliverer::new`], with an existing route.
    #[must_use]
    pub(crate) fn with_route(store: Store, clock: Clock, metrics: Metrics, route: Route) -> Self {
        Self {
            store,
            clock,
            metrics,
            route: ArcSwap::from_pointee(route),
            queue: Mutex::default(),
            permits: Arc::new(Semaphore::new(usize::from(MAX_IN_FLIGHT))),
            nudge: Arc::default(),
            cancelled: CancellationToken::new(),
            reloaded: AtomicBool::new(false),
            blocked: AtomicBool::new(false),
        }
    }

    /// Replaces the route; pending deliveries use it from their next attempt on.
    pub(crate) fn set_route(&self, route: Route) {
        self.route.store(Arc::new(route));
        self.reloaded.store(true, Ordering::Relaxed);
        self.nudge();
    }

    /// Makes [`Deliverer::run`] look at the queue now, as after a manual retry.
    pub(crate) fn nudge(&self) {
        self.nudge.notify_one();
    }

    /// Makes one attempt at the first due delivery; false if nothing is due or every permit is taken.
    ///
    /// # Errors
    /// If the store cannot be read or written; nothing is lost then.
    pub async fn deliver_one(&self) -> Result<bool, StoreError> {
        let Some(attempt) = self.begin_due(1).await?.pop() else { return Ok(false) };
        attempt.await.ok();
        Ok(true)
    }

    /// Delivers until `stop`. Attempts in flight continue: see [`Deliverer::drained`]. `beat` ticks while the loop
    /// makes progress.
    pub async fn run(&self, stop: CancellationToken, beat: &Beat) {
        let mut newest = self.store.newest_alert();
        let mut failing = false;
        let mut jumps = JumpDetector::new(&self.clock);
        self.reschedule().await;
        while !stop.is_cancelled() {
            beat.tick();
            if let Some(jump) = jumps.look() {
                self.clock_jumped(jump, &stop).await;
                continue;
            }
            let stopped = async {
                stop.cancelled().await;
                tokio::time::sleep(STOP_GRACE).await;
            };
            let step = tokio::select! {
                step = self.begin_due(usize::from(MAX_IN_FLIGHT)) => step,
                () = stopped => return,
                () = tick_while_waiting(beat) => continue,
            };
            match step {
                Ok(begun) => {
                    failing = false;
                    if !begun.is_empty() {
                        continue;
                    }
                }
                Err(error) => {
                    if !std::mem::replace(&mut failing, true) {
                        let channel = self.route.load().channel.id.clone();
                        tracing::error!(%error, channel.id = %channel, "deliveries are waiting: the store fails");
                    }
                }
            }
            tokio::select! {
                () = tokio::time::sleep(self.pause(failing).await) => {}
                Ok(()) = newest.changed() => {}
                () = self.nudge.notified() => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Reschedules after the clock was set. A clock set forward makes repeats due at once, so nothing is sent for as
    /// long as no repeat is allowed.
    async fn clock_jumped(&self, jump: ClockJump, stop: &CancellationToken) {
        match jump {
            ClockJump::Back(_) | ClockJump::Settling => self.reschedule().await,
            ClockJump::Forward(_) => {
                let pause = Duration::try_from(retry::SOONEST).unwrap_or(MAX_PAUSE);
                tokio::time::timeout(pause, stop.cancelled()).await.ok();
            }
            ClockJump::Stopped(_) => {}
        }
    }

    async fn reschedule(&self) {
        if let Err(error) = self.bring_forward().await {
            tracing::error!(%error, "cannot reschedule deliveries after a change of the clock");
        }
    }

    /// Brings forward what is due later than its own pause from now, as after the clock was set back.
    ///
    /// # Errors
    /// If the store cannot be read or written; the deliveries then stay as planned.
    pub async fn bring_forward(&self) -> Result<(), StoreError> {
        let (channel, now) = (Arc::clone(&self.route.load().channel), self.clock.now());
        let ahead = self.store.deliveries_ahead(&channel.id, now).await?;
        let due = ahead.iter().map(|ahead| (ahead.number, ahead.due, clock_setback::due(&channel, ahead, now)));
        let sooner: Vec<_> = due.filter(|(_, was, due)| due < was).map(|(number, _, due)| (number, due)).collect();
        if sooner.is_empty() {
            return Ok(());
        }
        tracing::warn!(deliveries = sooner.len(), "deliveries rescheduled: the clock was set back");
        self.store.bring_deliveries_forward(&sooner).await
    }

    /// Waits until no attempt is in flight.
    pub(crate) async fn drained(&self) {
        self.permits.acquire_many(u32::from(MAX_IN_FLIGHT)).await.ok();
    }

    /// Ends the attempts in flight as failed, to be repeated: marsad stops and no longer waits for them.
    pub(crate) fn give_up(&self) {
        self.cancelled.cancel();
    }

    /// How long to wait for the next due delivery.
    async fn pause(&self, failing: bool) -> Duration {
        let channel = Arc::clone(&self.route.load().channel);
        // A full channel is woken by the attempt that ends; deliveries set aside are due and must not be asked for at
        // once.
        if failing || self.permit(&channel).is_none() || self.queue().has_set_aside() {
            return MAX_PAUSE;
        }
        if self.blocked.load(Ordering::Relaxed) {
            return MAX_UNNOTICED;
        }
        match self.store.next_due(&channel.id).await {
            Ok(Some(next)) => {
                let wait = next.duration_since(self.clock.now());
                Duration::try_from(wait).unwrap_or_default().clamp(MIN_PAUSE, MAX_UNNOTICED)
            }
            Ok(None) => MAX_UNNOTICED,
            Err(_) => MAX_PAUSE,
        }
    }

    fn queue(&self) -> MutexGuard<'_, DueQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ticks while the loop waits for the store, for example on another process's lock, but not without end: what takes
/// longer hangs and must not count as alive.
async fn tick_while_waiting(beat: &Beat) {
    for _ in 0..MAX_WAITS {
        beat.tick();
        tokio::time::sleep(MAX_PAUSE).await;
    }
    std::future::pending().await
}
