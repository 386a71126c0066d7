//! Runs the daemon: starts, connects and stops its loops.
//!
//! - `run` handles start, signals, reloads and stop.
//! - `start` opens the store, and waits while the machine lacks a resource.
//! - `reload` applies a changed configuration; `absence` looks back for returned watches and channels.
//! - `outbox` runs one deliverer for each channel; `digest` makes the digests that they
//!   send; `channel_report` reports those that do not deliver.
//! - `write_probe` examines the store; `clock` reports clock changes.
//! - `retention` deletes expired rows; `ping` sends the heartbeat.
//! - `flood` accepts floods that nobody has decided about; `canary` tests every channel once a day.

use std::sync::{Arc, Weak};
use std::time::Duration;

use anyhow::Context as _;
use arc_swap::ArcSwap;
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::alert::{HealthEvent, HealthEventKind};
use crate::clock::Clock;
use crate::config::{self, Config, RunningConfig};
use crate::deliver::Route;
use crate::fetch::Fetcher;
use crate::net;
use crate::pipeline::{Pipeline, PipelineSetup};
use crate::scheduler::Scheduler;
use crate::server::health::Degraded;
use crate::server::{self, Bound, Server};
use crate::store::Store;
use crate::systemd::{self, Pulse};
use crate::telemetry::Metrics;

mod absence;
mod canary;
mod channel_report;
mod clock;
mod digest;
mod flood;
mod outbox;
mod ping;
mod reload;
mod retention;
mod run;
mod start;
mod write_probe;

pub(crate) use run::RunOptions;
pub use run::run;
pub(crate) use start::{MissingStore, open_once};

use outbox::Outbox;

/// The longest time for running work to end when the daemon stops. Chosen by hand, within the 15 s that a stop may
/// take.
const GRACE: Duration = Duration::from_secs(10);

/// The additional time for the other loops, because the outbox stores outcomes after `GRACE`. Chosen by hand.
const OUTBOX_GRACE: Duration = Duration::from_secs(2);

/// A running daemon: its loops and their shared state.
pub struct Daemon {
    /// The running configuration; a view of `setup`.
    pub config: RunningConfig,
    /// The store.
    pub store: Store,
    /// The metrics.
    pub metrics: Metrics,
    clock: Clock,
    /// The running configuration and what was built for it. A reload swaps it as a whole.
    setup: Arc<ArcSwap<PipelineSetup>>,
    outbox: Outbox,
    wake_scheduler: Arc<Notify>,
    pulse: Pulse,
    degraded: Degraded,
    listening: Option<std::net::SocketAddr>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
    /// Earlier configurations, which running visits may still use.
    older: Vec<Weak<PipelineSetup>>,
}

/// Everything that a configuration needs to run, built before anything changes.
struct Prepared {
    setup: PipelineSetup,
    routes: Vec<Route>,
}

impl Prepared {
    fn new(config: Config, clock: &Clock) -> anyhow::Result<Self> {
        let (fetcher, routes) = (fetcher(&config, clock)?, Outbox::prepare(&config)?);
        Ok(Self { setup: PipelineSetup { config: Arc::new(config), fetcher }, routes })
    }
}

impl Daemon {
    /// Opens the store, binds the server and starts every loop.
    ///
    /// # Errors
    /// If the store cannot be opened, or the address cannot be bound.
    pub async fn start(config: Config, clock: Clock, metrics: Metrics) -> anyhow::Result<Self> {
        let store = start::open(&config, &clock, start::MissingStore::Refuse, &Degraded::default()).await?;
        Self::begin_with(store, None, config, clock, metrics).await
    }

    /// As [`Daemon::start`], with an open store that has the configured sources, and the address if it is bound.
    async fn begin_with(
        store: Store,
        bound: Option<Bound>,
        config: Config,
        clock: Clock,
        metrics: Metrics,
    ) -> anyhow::Result<Self> {
        let Prepared { setup, routes } = Prepared::new(config, &clock)?;
        let setup = Arc::new(ArcSwap::from_pointee(setup));
        let view = Arc::clone(&setup);
        let mut daemon = Self {
            outbox: Outbox::new(store.clone(), clock.clone(), metrics.clone()),
            setup,
            config: RunningConfig::new(move || Arc::clone(&view.load().config)),
            pulse: Pulse::new(&clock),
            wake_scheduler: Arc::default(),
            degraded: Degraded::default(),
            listening: None,
            stop: CancellationToken::new(),
            tasks: JoinSet::new(),
            older: Vec::new(),
            store,
            metrics,
            clock,
        };
        daemon.pipeline().save_configured(&daemon.config.load(), daemon.clock.now()).await?;
        daemon.listen(bound).await?;
        // Before a channel reads its queue: deliveries that an earlier process left in flight become pending.
        outbox::requeue_stale(&daemon.store, &daemon.clock).await;
        daemon.outbox.swap(routes, &daemon.pulse);
        daemon.begin();
        daemon.look_back();
        Ok(daemon)
    }

    /// Where the server listens; none if it is disabled.
    #[must_use]
    pub(crate) fn listening(&self) -> Option<std::net::SocketAddr> {
        self.listening
    }

    /// Replaces the running configuration, completely or not at all.
    ///
    /// 1. Prepare: build everything that can fail, while the old configuration runs.
    /// 2. Commit: write the sources, watches and channels to the store, in one transaction.
    /// 3. Swap: let the new configuration run. This step cannot fail.
    ///
    /// # Errors
    /// When the fetcher or a sender cannot be built, or the store cannot be written; then nothing has changed.
    pub async fn apply(&mut self, config: Config) -> anyhow::Result<()> {
        let prepared = Prepared::new(config, &self.clock)?;
        let config = Arc::clone(&prepared.setup.config);
        start::commit(&self.pipeline(), &config, &self.clock).await?;
        self.swap(prepared);
        Ok(())
    }

    fn swap(&mut self, prepared: Prepared) {
        self.outbox.swap(prepared.routes, &self.pulse);
        let older = self.setup.swap(Arc::new(prepared.setup));
        self.older.retain(|setup| setup.strong_count() > 0);
        self.older.push(Arc::downgrade(&older));
        drop(older);
        self.wake_scheduler.notify_one();
        self.look_back();
    }

    /// Makes every source due now.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(crate) async fn make_due(&self) -> anyhow::Result<()> {
        self.store.make_due(self.clock.now()).await?;
        self.wake_scheduler.notify_one();
        Ok(())
    }

    /// Raises an event about the daemon itself.
    pub(crate) async fn raise_event(
        &self,
        kind: HealthEventKind,
        message: &str,
        detail: serde_json::Map<String, serde_json::Value>,
    ) {
        let config = self.config.load();
        let event = HealthEvent { kind, at: self.clock.now(), message: message.to_owned(), detail };
        if let Err(error) = self.store.raise(event, config.health_channels(), config.render_settings()).await {
            tracing::error!(%error, event.kind = kind.as_str(), "cannot store an event");
        }
    }

    /// Stops every loop. Running work gets some time to end; undelivered deliveries stay queued.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let loops = async { while self.tasks.join_next().await.is_some() {} };
        let outbox = self.outbox.stop(GRACE);
        let ((), late) = tokio::join!(outbox, tokio::time::timeout(GRACE + OUTBOX_GRACE, loops));
        if late.is_err() {
            tracing::warn!("some loops did not stop in time");
        }
        self.store.close().await;
    }

    async fn listen(&mut self, bound: Option<Bound>) -> anyhow::Result<()> {
        let Some(address) = self.config.load().http.listen else { return Ok(()) };
        let context = server::ServerContext {
            config: self.config.clone(),
            store: self.store.clone(),
            metrics: self.metrics.clone(),
            pulse: self.pulse.clone(),
            stalled_after: server::health::STALLED,
            degraded: self.degraded.clone(),
            clock: self.clock.clone(),
        };
        let bound = match bound {
            Some(bound) => bound,
            None => Bound::bind(address).await?,
        };
        let server = Server::new(bound, context);
        self.listening = Some(server.address());
        tracing::info!(http.listen = %server.address(), "the server listens");
        self.tasks.spawn(server.run(self.stop.clone()));
        Ok(())
    }

    fn pipeline(&self) -> Pipeline {
        Pipeline { store: self.store.clone(), clock: self.clock.clone(), metrics: self.metrics.clone() }
    }

    /// Starts the look back of returned watches and channels.
    fn look_back(&mut self) {
        while self.tasks.try_join_next().is_some() {}
        let (setup, older) = (Arc::clone(&self.setup), self.older.clone());
        self.tasks.spawn(absence::look_back(self.pipeline(), setup, older, self.stop.clone()));
    }

    fn begin(&mut self) {
        let scheduler = Scheduler::new(self.pipeline(), Arc::clone(&self.setup));
        let beat = self.pulse.beat("scheduler");
        self.tasks.spawn(scheduler.run(self.stop.clone(), Arc::clone(&self.wake_scheduler), beat, GRACE));
        self.tasks.spawn(write_probe::run(
            self.store.clone(),
            self.degraded.clone(),
            self.pulse.beat("writer"),
            self.clock.clone(),
            self.stop.clone(),
        ));
        let (clock, degraded) = (self.clock.clone(), self.degraded.clone());
        self.tasks.spawn(clock::report(clock, self.store.clone(), degraded, self.stop.clone()));
        self.tasks.spawn(systemd::watchdog(self.pulse.clone(), self.stop.clone()));
        self.tasks.spawn(outbox::requeue_stale_until(self.store.clone(), self.clock.clone(), self.stop.clone()));
        let (config, store, clock) = (self.config.clone(), self.store.clone(), self.clock.clone());
        self.tasks.spawn(retention::run(config, store, clock, self.stop.clone()));
        let (config, store, clock) = (self.config.clone(), self.store.clone(), self.clock.clone());
        self.tasks.spawn(channel_report::run(config, store, clock, self.stop.clone()));
        self.tasks.spawn(canary::run(self.pipeline(), Arc::clone(&self.setup), self.stop.clone()));
        self.tasks.spawn(flood::run(self.pipeline(), Arc::clone(&self.setup), self.stop.clone()));
        let beat = self.pulse.beat("digests");
        self.tasks.spawn(digest::run(self.pipeline(), self.config.clone(), beat, self.stop.clone()));
        let ping = ping::Ping::new(self.config.clone(), self.store.clone(), self.pulse.clone());
        self.tasks.spawn(ping.run(self.stop.clone()));
    }
}

/// Builds the fetcher for a configuration.
///
/// # Errors
/// If its HTTP client cannot be built.
pub fn fetcher(config: &Config, clock: &Clock) -> anyhow::Result<Fetcher> {
    fetcher_by(&config.fetch, clock)
}

/// Builds a fetcher with these settings.
///
/// # Errors
/// If its HTTP client cannot be built.
pub(crate) fn fetcher_by(fetch: &config::FetchSettings, clock: &Clock) -> anyhow::Result<Fetcher> {
    let client = net::Client::new(&net_settings(fetch)).context("building the HTTP client")?;
    Ok(Fetcher::new(Arc::new(client), fetch, clock.clone()))
}

/// The settings of every HTTP client.
fn net_settings(fetch: &config::FetchSettings) -> net::ClientSettings {
    net::ClientSettings { proxy: fetch.proxy.clone(), ..net::ClientSettings::new(fetch.user_agent.clone()) }
}
