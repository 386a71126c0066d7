//! Delivers alerts: finds what is due, sends it, settles it.
//!
//! Each channel has a [`Deliverer`] with its own task, connections and queue, so that a dead receiver delays no other
//! channel. The number of an attempt and the time of the next one are stored before its request leaves: whatever fails
//! in between, the delivery is retried under the same id, and never sooner.
//!
//! 1. `queue` holds what is due; `slot` and `clock_setback` decide when that is.
//!    `channel_gate` asks `circuit` whether the channel delivers at all.
//! 2. `dispatch` is stored as begun, with the time of the next attempt from `retry`.
//! 3. `attempt` sends it by its `route` (`webhook` with `sign`, `email` or `print`) and stores the outcome.
//! 4. Its permit wakes the loop for the next delivery.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::alert::HealthEventKind;
use crate::channel::Channel;
use crate::clock::Clock;
use crate::clock::jump::{ClockJump, JumpDetector};
use crate::fault_point;
use crate::store::{Store, StoreError};
use crate::systemd::Beat;
use crate::telemetry::Metrics;
use attempt::{InFlightPermit, LiveAttempt};
use dispatch::Dispatch;
use queue::DueQueue;
use retry::RetryStep;
pub use route::RouteSettings;
pub(crate) use route::{DeliverError, Route};

mod attempt;
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

/// After this many failures to begin, while others succeed, a delivery fails permanently. Chosen by hand.
const MAX_FAILURES: u32 = 2;

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
        let Some(attempt) = self.begin_next().await? else { return Ok(false) };
        attempt.await.ok();
        Ok(true)
    }

    /// Begins an attempt at the first due delivery; `None` if nothing is due or every permit is taken.
    async fn begin_next(&self) -> Result<Option<JoinHandle<()>>, StoreError> {
        fault_point::reach("channel.round");
        let route = self.route.load_full();
        let Some(permit) = self.permit(&route.channel) else { return Ok(None) };
        while let Some(number) = self.next_number(&route.channel).await? {
            match self.begin(&route, number).await {
                Ok(Some(attempt)) => {
                    let place = InFlightPermit::new(permit, Arc::clone(&self.nudge));
                    return Ok(Some(tokio::spawn(attempt.run(place))));
                }
                Ok(None) => {}
                Err(error) => self.cannot_begin(number, error).await?,
            }
        }
        Ok(None)
    }

    /// The permit for one more attempt in flight, if the channel allows it.
    fn permit(&self, channel: &Channel) -> Option<OwnedSemaphorePermit> {
        let taken = usize::from(MAX_IN_FLIGHT).saturating_sub(self.permits.available_permits());
        let free = taken < usize::from(channel.max_in_flight.clamp(1, MAX_IN_FLIGHT));
        free.then(|| Arc::clone(&self.permits).try_acquire_owned().ok()).flatten()
    }

    async fn next_number(&self, channel: &Channel) -> Result<Option<i64>, StoreError> {
        if let Some(number) = self.queue().pop() {
            return Ok(Some(number));
        }
        let may_begin = self.may_begin(channel).await?;
        self.blocked.store(!may_begin, Ordering::Relaxed);
        if !may_begin {
            return Ok(None);
        }
        let (now, room) = (self.clock.now(), self.queue().room());
        let due = self.store.due_deliveries(&channel.id, now, room).await?;
        let mut queue = self.queue();
        queue.fill(due, now);
        Ok(queue.pop())
    }

    /// Begins an attempt, durably; `None` if the delivery is no longer due, or an attempt at it is still running.
    async fn begin(&self, route: &Arc<Route>, number: i64) -> Result<Option<LiveAttempt>, StoreError> {
        let now = self.clock.now();
        let Some(delivery) = self.store.due_delivery(number, now).await? else { return Ok(None) };
        if let Some(detail) = dispatch::damage(&delivery.id, &delivery.body) {
            return Err(StoreError::Unreadable { what: "a delivery", detail });
        }
        let Some(claim) = self.store.claim(&delivery.id) else { return Ok(None) };
        let probes = self.store.channel_gate(&route.channel.id).await?.circuit.probes_before(number);
        let step = probes.map_or_else(
            || RetryStep::after(delivery.attempts, delivery.by_hand, delivery.scheduled_at),
            RetryStep::Probe,
        );
        let next = step.next(&route.channel.kind, &delivery.id, now);
        let Some(attempt) = self.store.begin_attempt(&claim, now, next).await? else { return Ok(None) };
        self.queue().forget(number);
        let dispatch = Dispatch {
            id: delivery.id,
            recipient: delivery.recipient,
            body: delivery.body.into(),
            replayed: delivery.replayed,
            at: self.clock.now(),
            first_at: delivery.first_attempt_at.unwrap_or(now),
        };
        Ok(Some(LiveAttempt {
            store: self.store.clone(),
            clock: self.clock.clone(),
            metrics: self.metrics.clone(),
            route: Arc::clone(route),
            claim,
            number: attempt,
            step,
            is_test: delivery.kind == HealthEventKind::TestPing.as_str(),
            dispatch,
            cancelled: self.cancelled.clone(),
        }))
    }

    /// Sets aside a delivery that cannot begin while the store accepts other writes; at the next failure it fails
    /// permanently. The channel's other deliveries continue.
    ///
    /// # Errors
    /// The error itself, if the whole store fails.
    async fn cannot_begin(&self, number: i64, error: StoreError) -> Result<(), StoreError> {
        if error.is_transient() || self.store.ping().await.is_err() {
            return Err(error);
        }
        let now = self.clock.now();
        let (failures, channel) = (self.queue().set_aside(number, now), self.route.load().channel.id.clone());
        if failures == 1 {
            self.record(number, &error, now).await;
        }
        if failures < MAX_FAILURES {
            tracing::error!(%error, delivery.number = number, channel.id = %channel, "cannot begin a delivery; others continue");
            return Ok(());
        }
        let reason = dispatch::reason("store", format!("the delivery cannot begin: {error}"));
        match self.store.give_up(number, &reason, now).await {
            Ok(()) => {
                self.queue().forget(number);
                self.metrics.delivered(&channel, "dead");
                tracing::error!(%error, delivery.number = number, channel.id = %channel, "delivery failed permanently: it cannot begin");
            }
            Err(error) => {
                tracing::error!(%error, delivery.number = number, channel.id = %channel, "cannot begin a delivery, and cannot mark it as failed");
            }
        }
        Ok(())
    }

    /// Reports a delivery that cannot begin to the operator.
    async fn record(&self, number: i64, error: &StoreError, now: Timestamp) {
        let row = ("delivery", format!("row {number}"));
        if let Err(error) = self.store.set_aside(row, None, error, now).await {
            tracing::warn!(%error, delivery.number = number, "cannot record a delivery that cannot begin");
        }
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
                step = self.begin_next() => step,
                () = stopped => return,
                () = tick_while_waiting(beat) => continue,
            };
            match step {
                Ok(begun) => {
                    failing = false;
                    if begun.is_some() {
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
