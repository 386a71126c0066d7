//! One deliverer for each configured channel, each in a task of its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::channel::ChannelId;
use crate::clock::Clock;
use crate::config::Config;
use crate::deliver::{Deliverer, Settings};
use crate::store::Store;
use crate::systemd::Pulse;
use crate::telemetry::Metrics;

/// The deliverers that run.
pub struct Outbox {
    store: Store,
    clock: Clock,
    metrics: Metrics,
    running: HashMap<ChannelId, Running>,
    tasks: JoinSet<()>,
}

struct Running {
    deliverer: Arc<Deliverer>,
    stop: CancellationToken,
}

impl Outbox {
    /// An outbox in which nothing runs yet.
    #[must_use]
    pub fn new(store: Store, clock: Clock, metrics: Metrics) -> Self {
        Self { store, clock, metrics, running: HashMap::new(), tasks: JoinSet::new() }
    }

    /// Runs a deliverer for each channel of `config`, and no other. One that runs takes its channel as it is
    /// configured now; what a removed channel owes stays owed, and waits for it to come back.
    ///
    /// # Errors
    /// When a channel's sender cannot be built; the others are kept all the same.
    pub fn keep(&mut self, config: &Config, pulse: &Pulse) -> anyhow::Result<()> {
        let settings = Settings::new(super::net_settings(&config.fetch), config.smtp.clone());
        self.running.retain(|id, running| {
            let kept = config.channel(id.as_str()).is_some();
            if !kept {
                running.stop.cancel();
            }
            kept
        });
        while self.tasks.try_join_next().is_some() {}
        let mut broken = Ok(());
        for channel in &config.channels {
            let kept = match self.running.get(&channel.id) {
                Some(running) => running.deliverer.update(Arc::clone(channel), &settings),
                None => Deliverer::new(
                    self.store.clone(),
                    self.clock.clone(),
                    self.metrics.clone(),
                    Arc::clone(channel),
                    &settings,
                )
                .map(|deliverer| self.run(channel.id.clone(), deliverer, pulse)),
            };
            broken = broken.and(kept.map_err(anyhow::Error::from));
        }
        broken
    }

    fn run(&mut self, id: ChannelId, deliverer: Deliverer, pulse: &Pulse) {
        let (deliverer, stop) = (Arc::new(deliverer), CancellationToken::new());
        let beat = pulse.beat(format!("channel {id}"));
        let running = Running { deliverer: Arc::clone(&deliverer), stop: stop.clone() };
        self.tasks.spawn(async move { deliverer.run(stop, beat).await });
        self.running.insert(id, running);
    }

    /// Stops every deliverer; what is under way has `grace` to end.
    pub async fn stop(&mut self, grace: Duration) {
        for running in self.running.values() {
            running.stop.cancel();
        }
        let ended = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(grace + Duration::from_secs(1), ended).await.is_err() {
            tracing::warn!("deliveries that did not end in time are taken up at the next start, under the same names");
        }
    }
}
