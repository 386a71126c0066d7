//! One deliverer for each configured channel, each in a task of its own.

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

/// The deliverers that run.
pub struct Outbox {
    store: Store,
    clock: Clock,
    metrics: Metrics,
    running: HashMap<ChannelId, RunningDeliverer>,
    /// Every deliverer that may have attempts in flight, those of removed channels among them.
    deliverers: Vec<Weak<Deliverer>>,
    tasks: JoinSet<()>,
}

/// The pause before a channel's loop starts again after a panic (chosen by hand).
const AFTER_PANIC: Duration = Duration::from_secs(1);

/// The pause between two looks for deliveries that are in flight without an attempt (chosen by hand).
const STALE_PAUSE: Duration = Duration::from_secs(5);

/// How long the attempts that are given up when the daemon stops may take to store that.
const STORING: Duration = Duration::from_secs(1);

struct RunningDeliverer {
    deliverer: Arc<Deliverer>,
    stop: CancellationToken,
}

impl Outbox {
    /// An outbox in which nothing runs yet.
    #[must_use]
    pub fn new(store: Store, clock: Clock, metrics: Metrics) -> Self {
        Self { store, clock, metrics, running: HashMap::new(), deliverers: Vec::new(), tasks: JoinSet::new() }
    }

    /// Builds the route of every channel; nothing that runs is touched.
    ///
    /// # Errors
    /// When a channel's sender cannot be built.
    pub fn prepare(config: &Config) -> anyhow::Result<Vec<Route>> {
        let settings = RouteSettings::new(super::net_settings(&config.fetch), config.smtp.clone());
        config.channels.iter().map(|channel| Ok(Route::new(Arc::clone(channel), &settings)?)).collect()
    }

    /// Runs a deliverer for each of these routes, and no other. A running one takes its new route; what a removed
    /// channel still has to deliver waits until the channel returns.
    pub fn swap(&mut self, routes: Vec<Route>, pulse: &Pulse) {
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

    /// Stops every deliverer. What is in flight has `grace` to end; then it is given up and stored as failed, so that
    /// nothing stays in flight while no daemon runs.
    pub async fn stop(&mut self, grace: Duration) {
        for running in self.running.values() {
            running.stop.cancel();
        }
        if self.ended(grace).await {
            return;
        }
        self.deliverers.iter().filter_map(Weak::upgrade).for_each(|deliverer| deliverer.give_up());
        if !self.ended(STORING).await {
            tracing::warn!(
                "deliveries that did not end in time are repeated after the next start, under the same names"
            );
        }
    }

    async fn ended(&mut self, within: Duration) -> bool {
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        tokio::time::timeout(within, ended).await.is_ok()
    }
}

/// Runs a deliverer until `stop`; a panic in its loop is reported, and the loop starts again.
async fn supervise(deliverer: &Deliverer, stop: CancellationToken, beat: Beat) {
    while AssertUnwindSafe(deliverer.run(stop.clone(), &beat)).catch_unwind().await.is_err() {
        tracing::error!("the loop of a channel ended in a panic and starts again");
        tokio::time::timeout(AFTER_PANIC, stop.cancelled()).await.ok();
    }
}

/// Takes up what is in flight and has no live attempt: at the start what an earlier process left, later what an
/// attempt left that ended before it could store its outcome.
pub async fn take_up_stale(store: &Store, clock: &Clock) {
    match store.take_up_stale(retry::soonest(clock.now())).await {
        Ok(0) => {}
        Ok(taken) => tracing::info!(taken, "deliveries in flight without an attempt are taken up"),
        Err(error) => tracing::debug!(%error, "stale deliveries cannot be taken up yet"),
    }
}

/// Takes up stale deliveries every few seconds until `stop`.
pub async fn keep_taking_up(store: Store, clock: Clock, stop: CancellationToken) {
    while !stop.is_cancelled() {
        take_up_stale(&store, &clock).await;
        tokio::time::timeout(STALE_PAUSE, stop.cancelled()).await.ok();
    }
}
