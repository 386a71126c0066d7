//! Due, send, settle.
//!
//! One [`Deliverer`] for each channel: its own task, its own connections, its own place in the queue, so that a dead
//! receiver delays nobody else. Before a request leaves, the number of the attempt and the time of the next one are
//! on disk: whatever dies in between, the delivery is tried again under the same name, and never sooner.
//!
//! ```text
//! queue (which is next) ─▶ begin (durably) ─▶ attempt (a task: send, settle) ─▶ a place is free again
//! ```

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::channel::Channel;
use crate::clock::Clock;
use crate::clock::jump::{ClockJump, JumpDetector};
use crate::store::{Store, StoreError};
use crate::systemd::Beat;
use crate::telemetry::Metrics;
use attempt::{InFlightPermit, LiveAttempt};
use dispatch::Dispatch;
use queue::DueQueue;
pub use route::{DeliverError, Route, RouteSettings};

mod attempt;
pub mod clock_setback;
pub mod dispatch;
pub mod email;
pub mod print;
mod queue;
pub mod retry;
mod route;
pub mod sign;
pub mod slot;
#[cfg(test)]
mod tests;
pub mod webhook;

/// What sends one channel's deliveries.
#[derive(Debug)]
pub struct Deliverer {
    store: Store,
    clock: Clock,
    metrics: Metrics,
    route: ArcSwap<Route>,
    queue: Mutex<DueQueue>,
    places: Arc<Semaphore>,
    nudge: Arc<Notify>,
    given_up: CancellationToken,
}

/// The most attempts that any channel may have in flight (docs of `max_in_flight`).
const MOST: u8 = 8;

/// The longest pause between two looks at the queue: a clock that was set back must not stop the channel.
const PAUSE: Duration = Duration::from_secs(5);

/// The shortest one, where something is due that could not be begun.
const BREATH: Duration = Duration::from_millis(50);

/// How many pauses the loop may wait for the store before it no longer looks alive.
const ROUNDS: u32 = 72;

/// How long a begin that waits for the store may take when the daemon stops.
const GRACE: Duration = Duration::from_secs(10);

/// A delivery that failed to begin so often, while others could, is given up.
const FAILURES: u32 = 2;

impl Deliverer {
    /// What will send `channel`'s deliveries out of `store`.
    ///
    /// # Errors
    /// When its client cannot be built: see [`DeliverError`].
    pub fn new(
        store: Store,
        clock: Clock,
        metrics: Metrics,
        channel: Arc<Channel>,
        settings: &RouteSettings,
    ) -> Result<Self, DeliverError> {
        Ok(Self::with_route(store, clock, metrics, Route::new(channel, settings)?))
    }

    /// As [`Deliverer::new`], with a route that is built already.
    #[must_use]
    pub fn with_route(store: Store, clock: Clock, metrics: Metrics, route: Route) -> Self {
        Self {
            store,
            clock,
            metrics,
            route: ArcSwap::from_pointee(route),
            queue: Mutex::default(),
            places: Arc::new(Semaphore::new(usize::from(MOST))),
            nudge: Arc::default(),
            given_up: CancellationToken::new(),
        }
    }

    /// Sends over another route; pending deliveries take it from their next attempt on.
    pub fn set_route(&self, route: Route) {
        self.route.store(Arc::new(route));
        self.nudge();
    }

    /// Makes [`Deliverer::run`] look at the queue now, as after a retry by hand.
    pub fn nudge(&self) {
        self.nudge.notify_one();
    }

    /// Makes one attempt at what is due first; false when nothing is, or every place is taken.
    ///
    /// # Errors
    /// When the store cannot be read or written; nothing is lost by that.
    pub async fn deliver_one(&self) -> Result<bool, StoreError> {
        let Some(attempt) = self.begin_next().await? else { return Ok(false) };
        attempt.await.ok();
        Ok(true)
    }

    /// Begins an attempt at what is due first; none when nothing is, or every place is taken.
    async fn begin_next(&self) -> Result<Option<JoinHandle<()>>, StoreError> {
        let route = self.route.load_full();
        let Some(permit) = self.permit(&route.channel) else { return Ok(None) };
        while let Some(number) = self.next_number(&route.channel).await? {
            match self.begin(&route, number).await {
                Ok(Some(attempt)) => {
                    let place = InFlightPermit::new(permit, Arc::clone(&self.nudge));
                    return Ok(Some(tokio::spawn(attempt.run(place))));
                }
                Ok(None) => {}
                Err(error) => self.stumble(number, error).await?,
            }
        }
        Ok(None)
    }

    /// The permit for one more attempt in flight, where the channel allows it.
    fn permit(&self, channel: &Channel) -> Option<OwnedSemaphorePermit> {
        let taken = usize::from(MOST).saturating_sub(self.places.available_permits());
        let free = taken < usize::from(channel.max_in_flight.clamp(1, MOST));
        free.then(|| Arc::clone(&self.places).try_acquire_owned().ok()).flatten()
    }

    async fn next_number(&self, channel: &Channel) -> Result<Option<i64>, StoreError> {
        if let Some(number) = self.queue().pop() {
            return Ok(Some(number));
        }
        let (now, room) = (self.clock.now(), self.queue().room());
        let due = self.store.due_deliveries(&channel.id, now, room).await?;
        let mut queue = self.queue();
        queue.fill(due, now);
        Ok(queue.pop())
    }

    /// Begins an attempt, durably; none when the delivery is no longer due, or an attempt at it still runs.
    async fn begin(&self, route: &Arc<Route>, number: i64) -> Result<Option<LiveAttempt>, StoreError> {
        let now = self.clock.now();
        let Some(delivery) = self.store.due_delivery(number, now).await? else { return Ok(None) };
        if let Some(detail) = dispatch::damage(&delivery.id, &delivery.body) {
            return Err(StoreError::Unreadable { what: "a delivery", detail });
        }
        let Some(claim) = self.store.claim(&delivery.id) else { return Ok(None) };
        let next = retry::next(delivery.attempts + 1, &route.channel.kind, &delivery.id, now);
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
            dispatch,
            given_up: self.given_up.clone(),
        }))
    }

    /// Sets aside a delivery that cannot begin while the store takes other writes, and gives it up when that happens
    /// again. The channel's other deliveries go on.
    ///
    /// # Errors
    /// The error itself, where it is trouble of the whole store.
    async fn stumble(&self, number: i64, error: StoreError) -> Result<(), StoreError> {
        if error.is_transient() || self.store.ping().await.is_err() {
            return Err(error);
        }
        let now = self.clock.now();
        let (failures, channel) = (self.queue().set_aside(number, now), self.route.load().channel.id.clone());
        if failures == 1 {
            self.record(number, &error, now).await;
        }
        if failures < FAILURES {
            tracing::error!(%error, delivery.number = number, channel.id = %channel, "a delivery cannot begin; others go on");
            return Ok(());
        }
        let reason = dispatch::reason("store", format!("the delivery cannot begin: {error}"));
        match self.store.give_up(number, &reason, now).await {
            Ok(()) => {
                self.queue().forget(number);
                self.metrics.delivered(&channel, "dead");
                tracing::error!(%error, delivery.number = number, channel.id = %channel, "delivery settled: dead: it cannot begin");
            }
            Err(error) => {
                tracing::error!(%error, delivery.number = number, channel.id = %channel, "a delivery can neither begin nor be given up");
            }
        }
        Ok(())
    }

    /// Makes a delivery that cannot begin visible to the operator.
    async fn record(&self, number: i64, error: &StoreError, now: Timestamp) {
        let row = ("delivery", format!("row {number}"));
        if let Err(error) = self.store.set_aside(row, None, error, now).await {
            tracing::warn!(%error, delivery.number = number, "a delivery that cannot begin is not recorded");
        }
    }

    /// Delivers until `stop`. Attempts in flight go on: see [`Deliverer::drained`]. `beat` ticks as long as the loop
    /// gets on.
    pub async fn run(&self, stop: CancellationToken, beat: &Beat) {
        let mut newest = self.store.newest_alert();
        let mut troubled = false;
        let mut jumps = JumpDetector::new(&self.clock);
        self.plan_anew().await;
        while !stop.is_cancelled() {
            beat.tick();
            if let Some(jump) = jumps.look() {
                self.clock_jumped(jump, &stop).await;
                continue;
            }
            let stopped = async {
                stop.cancelled().await;
                tokio::time::sleep(GRACE).await;
            };
            let step = tokio::select! {
                step = self.begin_next() => step,
                () = stopped => return,
                () = patience(beat) => continue,
            };
            match step {
                Ok(begun) => {
                    troubled = false;
                    if begun.is_some() {
                        continue;
                    }
                }
                Err(error) => {
                    if !std::mem::replace(&mut troubled, true) {
                        let channel = self.route.load().channel.id.clone();
                        tracing::error!(%error, channel.id = %channel, "deliveries wait: the store fails");
                    }
                }
            }
            tokio::select! {
                () = tokio::time::sleep(self.pause(troubled).await) => {}
                Ok(()) = newest.changed() => {}
                () = self.nudge.notified() => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Plans anew after the clock was set. Set forward, it makes repeats due at once: for as long as no repeat may
    /// come, nothing leaves.
    async fn clock_jumped(&self, jump: ClockJump, stop: &CancellationToken) {
        match jump {
            ClockJump::Back(_) | ClockJump::Settling => self.plan_anew().await,
            ClockJump::Forward(_) => {
                let pause = Duration::try_from(retry::SOONEST).unwrap_or(PAUSE);
                tokio::time::timeout(pause, stop.cancelled()).await.ok();
            }
            ClockJump::Stopped(_) => {}
        }
    }

    async fn plan_anew(&self) {
        if let Err(error) = self.bring_forward().await {
            tracing::error!(%error, "deliveries cannot be planned anew in case the clock was set back");
        }
    }

    /// Brings forward what is due later than its own pause from now, as after the clock was set back.
    ///
    /// # Errors
    /// When the store cannot be read or written; the deliveries then stay planned as they were.
    pub async fn bring_forward(&self) -> Result<(), StoreError> {
        let (channel, now) = (Arc::clone(&self.route.load().channel), self.clock.now());
        let ahead = self.store.deliveries_ahead(&channel.id, now).await?;
        let due = ahead.iter().map(|ahead| (ahead.number, ahead.due, clock_setback::due(&channel, ahead, now)));
        let sooner: Vec<_> = due.filter(|(_, was, due)| due < was).map(|(number, _, due)| (number, due)).collect();
        if sooner.is_empty() {
            return Ok(());
        }
        tracing::warn!(deliveries = sooner.len(), "deliveries are planned anew: the clock was set back");
        self.store.bring_deliveries_forward(&sooner).await
    }

    /// Waits until no attempt is in flight.
    pub async fn drained(&self) {
        self.places.acquire_many(u32::from(MOST)).await.ok();
    }

    /// Ends the attempts in flight as failed, to be repeated: marsad stops and waits for them no longer.
    pub fn give_up(&self) {
        self.given_up.cancel();
    }

    /// How long to wait for what is due next.
    async fn pause(&self, troubled: bool) -> Duration {
        let channel = Arc::clone(&self.route.load().channel);
        // A full channel is woken by the attempt that ends; what stands aside is due and must not be asked for at once.
        if troubled || self.permit(&channel).is_none() || self.queue().has_aside() {
            return PAUSE;
        }
        let Ok(Some(next)) = self.store.next_due(&channel.id).await else { return PAUSE };
        let wait = next.duration_since(self.clock.now());
        Duration::try_from(wait).unwrap_or_default().clamp(BREATH, PAUSE)
    }

    fn queue(&self) -> MutexGuard<'_, DueQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ticks while the loop waits for the store, as behind another process's lock, and not for ever: what takes longer
/// hangs, and must not look alive.
async fn patience(beat: &Beat) {
    for _ in 0..ROUNDS {
        beat.tick();
        tokio::time::sleep(PAUSE).await;
    }
    std::future::pending().await
}
