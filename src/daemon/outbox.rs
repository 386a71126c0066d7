//! Runs one deliverer for each configured channel, each in its own task.

use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::channel::ChannelId;
use crate::clock::Clock;
use crate::config::Config;
use crate::deliver::{Deliverer, Route, RouteSettings, retry};
use crate::store::Store;
use crate::systemd::{Beat, Pulse};
use crate::telemetry::Metrics;

/// The running deliverers.
pub(crate) struct Outbox {
    store: Store,
    clock: Clock,
    metrics: Metrics,
    running: HashMap<ChannelId, RunningDeliverer>,
    /// Every deliverer that may have attempts in flight, including those of removed channels.
    deliverers: Vec<Weak<Deliverer>>,
    tasks: JoinSet<()>,
}

/// The pause before a channel's loop restarts after a panic. Chosen by hand.
const AFTER_PANIC: Duration = Duration::from_secs(1);

/// The pause between two searches for deliveries that are in flight without a running attempt. Chosen by hand.
const STALE_PAUSE: Duration = Duration::from_secs(5);

/// The longest time for cancelled attempts to store their outcome on stop. Chosen by hand.
const STORE_TIMEOUT: Duration = Duration::from_secs(1);

struct RunningDeliverer {
    deliverer: Arc<Deliverer>,
    stop: CancellationToken,
}

impl Outbox {
    /// An outbox without running deliverers.
    #[must_use]
    pub fn new(store: Store, clock: Clock, metrics: Metrics) -> Self {
        Self { store, clock, metrics, running: HashMap::new(), deliverers: Vec::new(), tasks: JoinSet::new() }
    }

    /// Builds the route of every channel, without changing running deliverers.
    ///
    /// # Errors
    /// If a channel's sender cannot be built.
    pub(crate) fn prepare(config: &Config) -> anyhow::Result<Vec<Route>> {
        let settings = RouteSettings::new(super::net_settings(&config.fetch), config.smtp.clone());
        config.channels.iter().map(|channel| Ok(Route::new(Arc::clone(channel), &settings)?)).collect()
    }

    /// Runs a deliverer for each of these routes, and no other. A running one takes its new route; what a removed
    /// channel still has to deliver waits until the channel returns.
    pub(crate) fn swap(&mut self, routes: Vec<Route>, pulse: &Pulse) {
        let kept: HashSet<ChannelId> = routes.iter().map(|route| route.channel().id.clone()).collect();
        self.running.retain(|id, running| {
            let keeps = kept.contains(id);
            if !keeps {
                running.stop.cancel();
            }
            keeps
        });
        while self.tasks.try_join_next().is_some() {}
        self.deliverers.retain(|deliverer| deliverer.strong_count() > 0);
        for route in routes {
            let id = route.channel().id.clone();
            match self.running.get(&id) {
                Some(running) => running.deliverer.set_route(route),
                None => {
                    let (store, clock, metrics) = (self.store.clone(), self.clock.clone(), self.metrics.clone());
                    self.run(id, Deliverer::with_route(store, clock, metrics, route), pulse);
                }
            }
        }
    }

    fn run(&mut self, id: ChannelId, deliverer: Deliverer, pulse: &Pulse) {
        let (deliverer, stop) = (Arc::new(deliverer), CancellationToken::new());
        let beat = pulse.beat(format!("channel {id}"));
        let running = RunningDeliverer { deliverer: Arc::clone(&deliverer), stop: stop.clone() };
        self.deliverers.push(Arc::downgrade(&deliverer));
        self.tasks.spawn(async move {
            supervise(&deliverer, stop, beat).await;
            deliverer.drained().await;
        });
        self.running.insert(id, running);
    }

    /// Stops every deliverer. Attempts in flight get `grace` to end; then they are cancelled and stored as failed, so
    /// that nothing stays in flight while no daemon runs.
    pub(crate) async fn stop(&mut self, grace: Duration) {
        for running in self.running.values() {
            running.stop.cancel();
        }
        if self.ended(grace).await {
            return;
        }
        self.deliverers.iter().filter_map(Weak::upgrade).for_each(|deliverer| deliverer.give_up());
        if !self.ended(STORE_TIMEOUT).await {
            tracing::warn!("deliveries that did not end in time are repeated after the next start, with the same ids");
        }
    }

    async fn ended(&mut self, within: Duration) -> bool {
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        tokio::time::timeout(within, ended).await.is_ok()
    }
}

/// Runs a deliverer until `stop`; after a panic its loop restarts.
async fn supervise(deliverer: &Deliverer, stop: CancellationToken, beat: Beat) {
    while AssertUnwindSafe(deliverer.run(stop.clone(), &beat)).catch_unwind().await.is_err() {
        tracing::error!("the loop of a channel panicked and restarts");
        tokio::time::timeout(AFTER_PANIC, stop.cancelled()).await.ok();
    }
}

/// Makes deliveries pending again that are in flight without a running attempt: an earlier process left them, or an
/// attempt ended before it could store its outcome.
pub(crate) async fn requeue_stale(store: &Store, clock: &Clock) {
    match store.requeue_stale(retry::soonest(clock.now())).await {
        Ok(0) => {}
        Ok(count) => tracing::info!(taken = count, "deliveries in flight without a running attempt are pending again"),
        Err(error) => tracing::debug!(%error, "cannot make stale deliveries pending yet"),
    }
}

/// Repeats [`requeue_stale`] every few seconds until `stop`.
pub(crate) async fn requeue_stale_until(store: Store, clock: Clock, stop: CancellationToken) {
    while !stop.is_cancelled() {
        requeue_stale(&store, &clock).await;
        tokio::time::timeout(STALE_PAUSE, stop.cancelled()).await.ok();
    }
}
