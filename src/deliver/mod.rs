//! Due, send, settle.
//!
//! One [`Deliverer`] for each channel: its own task, its own connections, its own place in the queue, so that a dead
//! receiver delays nobody else. Before a request leaves, the number of the attempt and the time of the next one are
//! on disk: whatever dies in between, the delivery is tried again under the same name, and never sooner.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::future::join_all;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::alert::{Fate, Outcome};
use crate::channel::Channel;
use crate::clock::Clock;
use crate::clock::jump::{Jump, JumpDetector};
use crate::store::{Delivery, Store, StoreError};
use crate::systemd::Beat;
use crate::telemetry::Metrics;
use parcel::Parcel;
use route::Route;
pub use route::{DeliverError, Settings};

pub mod email;
pub mod parcel;
pub mod print;
pub mod retry;
mod route;
pub mod setback;
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
    nudge: Notify,
}

/// The longest pause between two looks at the queue: a clock that was set back must not stop the channel.
const PAUSE: Duration = Duration::from_secs(5);

/// The shortest one, where something is due that could not be begun.
const BREATH: Duration = Duration::from_millis(50);

/// How many pauses the slowest attempt may last: a mail has at most eight commands of 30 s and 120 s for its text.
const ROUNDS: u32 = 72;

/// How long what is under way may take when the daemon stops.
const GRACE: Duration = Duration::from_secs(10);

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
        settings: &Settings,
    ) -> Result<Self, DeliverError> {
        let route = ArcSwap::from_pointee(Route::new(channel, settings)?);
        Ok(Self { store, clock, metrics, route, nudge: Notify::new() })
    }

    /// Takes the channel as it is configured now; pending deliveries go where it points from the next attempt on.
    ///
    /// # Errors
    /// As for [`Deliverer::new`]; the channel then stays as it was.
    pub fn update(&self, channel: Arc<Channel>, settings: &Settings) -> Result<(), DeliverError> {
        self.route.store(Arc::new(Route::new(channel, settings)?));
        self.nudge();
        Ok(())
    }

    /// Makes [`Deliverer::run`] look at the queue now, as after a retry by hand.
    pub fn nudge(&self) {
        self.nudge.notify_one();
    }

    /// Makes one attempt at what is due first; false when nothing is.
    ///
    /// # Errors
    /// When the store cannot be read or written; nothing is lost by that.
    pub async fn deliver_one(&self) -> Result<bool, StoreError> {
        Ok(self.deliver(1).await? > 0)
    }

    /// Makes one attempt at each of what is due, in the order of their numbers, as many at once as the channel allows;
    /// answers with how many.
    ///
    /// # Errors
    /// As for [`Deliverer::deliver_one`].
    pub async fn deliver_due(&self) -> Result<usize, StoreError> {
        let most = usize::from(self.route.load().channel.max_in_flight.clamp(1, 8));
        self.deliver(most).await
    }

    async fn deliver(&self, most: usize) -> Result<usize, StoreError> {
        let route = self.route.load_full();
        let due = self.store.due_deliveries(&route.channel.id, self.clock.now(), most).await?;
        let mut begun = Vec::with_capacity(due.len());
        let mut broken = None;
        for delivery in due {
            let now = self.clock.now();
            let next = retry::next(delivery.attempts + 1, &route.channel.kind, &delivery.id, now);
            match self.store.begin_attempt(&delivery.id, now, next).await {
                Ok(Some(number)) => begun.push(self.attempt(&route, delivery, number, now)),
                Ok(None) => {}
                // What has begun is finished before the store's trouble is told.
                Err(error) => {
                    broken = Some(error);
                    break;
                }
            }
        }
        let settled = join_all(begun).await.into_iter().collect::<Result<Vec<()>, StoreError>>()?;
        broken.map_or(Ok(settled.len()), Err)
    }

    /// One attempt, from the request to the row that says how it ended.
    async fn attempt(
        &self,
        route: &Arc<Route>,
        delivery: Delivery,
        number: u32,
        now: jiff::Timestamp,
    ) -> Result<(), StoreError> {
        let id = delivery.id.clone();
        let span = tracing::info_span!(
            "deliver", delivery.id = %id, channel.id = %route.channel.id, attempt.number = number
        );
        let first_at = delivery.first_attempt_at.unwrap_or(now);
        let parcel = Parcel {
            id: delivery.id,
            recipient: delivery.recipient,
            body: delivery.body.into(),
            replayed: delivery.replayed,
            at: now,
            first_at,
        };
        async {
            let watch = self.clock.stopwatch();
            let outcome = sent(Arc::clone(route), parcel).await;
            let (took, ended) = (watch.elapsed(), self.clock.now());
            let fate = retry::fate(number, &outcome, &route.channel.kind, &id, ended);
            tell(&outcome, fate, took);
            self.metrics.delivered(&route.channel.id, result(&outcome, fate));
            loop {
                // The outcome is known and must be written, or the delivery would stay under way until a restart.
                match self.store.settle(&id, number, &outcome, fate, ended, took).await {
                    Err(error) if error.is_transient() => {
                        tracing::warn!(%error, "an attempt's outcome is not written yet");
                        tokio::time::sleep(BREATH * 10).await;
                    }
                    done => return done,
                }
            }
        }
        .instrument(span)
        .await
    }

    /// Delivers until `stop`; what is under way then gets 10 seconds. `beat` ticks as long as it gets on.
    pub async fn run(&self, stop: CancellationToken, beat: Beat) {
        let mut newest = self.store.newest_alert();
        let mut troubled = false;
        let mut jumps = JumpDetector::new(&self.clock);
        self.plan_anew().await;
        while !stop.is_cancelled() {
            if let Some(jump) = jumps.look() {
                self.clock_jumped(jump, &stop).await;
                continue;
            }
            let stopped = async {
                stop.cancelled().await;
                tokio::time::sleep(GRACE).await;
            };
            let step = tokio::select! {
                step = self.deliver_due() => step,
                () = stopped => return,
                () = patience(&beat) => continue,
            };
            match step {
                Ok(1..) => {
                    troubled = false;
                    continue;
                }
                Ok(0) => troubled = false,
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
    async fn clock_jumped(&self, jump: Jump, stop: &CancellationToken) {
        match jump {
            Jump::Back(_) | Jump::Settling => self.plan_anew().await,
            Jump::Forward(_) => {
                let pause = Duration::try_from(retry::SOONEST).unwrap_or(PAUSE);
                tokio::time::timeout(pause, stop.cancelled()).await.ok();
            }
            Jump::Stopped(_) => {}
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
        let due = ahead.iter().map(|ahead| (ahead.number, ahead.due, setback::due(&channel, ahead, now)));
        let sooner: Vec<_> = due.filter(|(_, was, due)| due < was).map(|(number, _, due)| (number, due)).collect();
        if sooner.is_empty() {
            return Ok(());
        }
        tracing::warn!(deliveries = sooner.len(), "deliveries are planned anew: the clock was set back");
        self.store.bring_deliveries_forward(&sooner).await
    }

    /// How long to wait for what is due next.
    async fn pause(&self, troubled: bool) -> Duration {
        let channel = self.route.load().channel.id.clone();
        let next = match self.store.next_due(&channel).await {
            Ok(Some(next)) if !troubled => next,
            _ => return PAUSE,
        };
        let wait = next.duration_since(self.clock.now());
        Duration::try_from(wait).unwrap_or_default().clamp(BREATH, PAUSE)
    }
}

/// Ticks while attempts are under way, for as long as the slowest of them may take by its deadlines; what takes longer
/// hangs, and must not look alive.
async fn patience(beat: &Beat) {
    for _ in 0..ROUNDS {
        beat.tick();
        tokio::time::sleep(PAUSE).await;
    }
    std::future::pending().await
}

/// The word of an attempt's end in the metrics.
fn result(outcome: &Outcome, fate: Fate) -> &'static str {
    match (outcome, fate) {
        (Outcome::Delivered { .. }, _) => "delivered",
        (_, Fate::Again(_)) => "failed",
        _ => "dead",
    }
}

/// The outcome of sending, in a task of its own: a panic there is a failed attempt and nobody else's trouble.
async fn sent(route: Arc<Route>, parcel: Parcel) -> Outcome {
    let sending = tokio::spawn(async move { route.send(parcel).await }.in_current_span());
    match sending.await {
        Ok(outcome) => outcome,
        Err(error) => {
            let message = if error.is_panic() { "sending ended in a panic" } else { "sending was cancelled" };
            parcel::failed(parcel::reason("panic", message))
        }
    }
}

fn tell(outcome: &Outcome, fate: Fate, took: Duration) {
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    let (Outcome::Failed { reason, .. } | Outcome::Rejected { reason }) = outcome else {
        tracing::info!(duration_ms, "delivery settled: delivered");
        return;
    };
    let (class, message) = (&reason.class, &reason.message);
    match fate {
        Fate::Again(next) => tracing::warn!(duration_ms, class, %next, "delivery not taken: {message}"),
        _ => tracing::warn!(duration_ms, class, "delivery settled: dead: {message}"),
    }
}
