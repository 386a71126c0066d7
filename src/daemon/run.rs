//! Runs the daemon from start to stop: configuration, store, signals, reloads.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Daemon;
use super::reload::{ConfigReloader, keep_last_good};
use super::start::{self, MissingStore};
use super::write_probe;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::reload::{Loader, is_fresh};
use crate::config::report::Report;
use crate::server::Bound;
use crate::server::health::Degraded;
use crate::store::StoreError;
use crate::systemd;
use crate::telemetry::Metrics;

/// The options of a start.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// The requested configuration file; none for the default location.
    pub config: Option<PathBuf>,
    /// What to do if the store of the state folder is gone.
    pub(crate) if_gone: MissingStore,
}

/// The signals that the daemon handles.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    reload: Signal,
    make_due: Signal,
}

/// Runs marsad until it is asked to stop.
///
/// # Errors
/// If no configuration can be used, the store cannot be opened, or the address is in use.
pub async fn run(options: RunOptions, clock: Clock, metrics: Metrics) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let mut loader = Loader::default();
    let (config, broken) = begin(&options, &clock, &mut loader).await?;
    let mut reloads = ConfigReloader::new(options.config.as_deref(), &config, loader);
    // A failed bind is reported after opening the store: that another marsad uses the store is more specific.
    let bound = match config.http.listen {
        Some(address) => Bound::bind(address).await.ok(),
        None => None,
    };
    let degraded = Degraded::default();
    let store = tokio::select! {
        store = start::open(&config, &clock, options.if_gone, &degraded) => store?,
        never = answer(bound.as_ref(), &degraded, &config) => match never {},
        _ = signals.terminate.recv() => return Ok(()),
        _ = signals.interrupt.recv() => return Ok(()),
    };
    let mut daemon = Daemon::begin_with(store, bound, config, clock, metrics).await?;
    daemon.metrics.reload(broken.is_none(), daemon.clock.now());
    if broken.is_none() {
        keep_last_good(&daemon.config.load());
    }
    if let Some(report) = broken {
        daemon.rejected(&report, "marsad starts from the last configuration that was applied", &mut reloads).await;
    }
    systemd::ready(&daemon.status());
    tracing::info!("{}", daemon.status());
    let ended = serve(&mut daemon, &mut signals, &mut reloads).await;
    systemd::stopping();
    tracing::info!("stopping; visits and deliveries under way may finish");
    tokio::select! {
        () = daemon.stop() => tracing::info!("stopped"),
        _ = signals.terminate.recv() => tracing::warn!("stopped at once after a second signal"),
        _ = signals.interrupt.recv() => tracing::warn!("stopped at once after a second signal"),
    }
    Ok(ended?)
}

/// Answers health requests until the store is open.
async fn answer(bound: Option<&Bound>, degraded: &Degraded, config: &Config) -> Infallible {
    match bound {
        Some(bound) => bound.answer(degraded, config.http.public_url.clone()).await,
        None => std::future::pending().await,
    }
}

/// Handles signals and reloads until marsad is asked to stop.
///
/// # Errors
/// If another file replaced the store: a start opens that file, and the old store must not write next to it.
async fn serve(daemon: &mut Daemon, signals: &mut Signals, reloads: &mut ConfigReloader) -> Result<(), StoreError> {
    let store = daemon.store.clone();
    loop {
        tokio::select! {
            _ = signals.terminate.recv() => return Ok(()),
            _ = signals.interrupt.recv() => return Ok(()),
            error = write_probe::replaced(&store) => return Err(error),
            _ = signals.make_due.recv() => {
                if let Err(error) = daemon.make_due().await {
                    tracing::error!(%error, "cannot schedule a visit of every source now");
                }
            }
            _ = signals.reload.recv() => reloads.ask(),
            event = reloads.changed() => daemon.reload(event, reloads).await,
        }
    }
}

/// How long a start waits for files that are being written. Chosen by hand: later changes are a reload.
const START_WAIT: Duration = Duration::from_secs(10);

/// The pause between two tries to read files during an outage. Chosen by hand, as for the store.
const OUTAGE_PAUSE: Duration = Duration::from_secs(5);

/// The pause between two checks whether files are still being written. Chosen by hand.
const START_LOOK: Duration = Duration::from_millis(200);

/// The configuration to start with: the requested one, or else the last one that was applied, with the report on the
/// requested one. If the machine cannot read the files, it waits.
async fn begin(options: &RunOptions, clock: &Clock, loader: &mut Loader) -> anyhow::Result<(Config, Option<Report>)> {
    let asked = options.config.as_deref();
    loop {
        let report = match at_rest(asked, clock, loader).await {
            Ok(config) => {
                if !config.warnings.is_empty() {
                    tracing::warn!("the configuration has warnings:\n{}", config.warnings.render(false));
                }
                return Ok((config, None));
            }
            Err(report) => report,
        };
        match Config::fall_back(asked) {
            Some(config) => return Ok((config, Some(report))),
            None if report.is_outage() => wait_for_files(&report).await,
            None => return Err(report.into()),
        }
    }
}

/// Reads the configuration. It waits for files that are being written, because their first half may be a valid
/// configuration.
async fn at_rest(asked: Option<&Path>, clock: &Clock, loader: &mut Loader) -> Result<Config, Report> {
    let waited = clock.stopwatch();
    loop {
        let loaded = loader.load(asked).await.unwrap_or_else(|| Config::load(asked));
        if !is_fresh(asked, &loaded, &Clock::system()) || waited.elapsed() >= START_WAIT {
            return loaded;
        }
        // Before the next one is read, so that only one configuration is in memory.
        drop(loaded);
        tokio::time::sleep(START_LOOK).await;
    }
}

/// Waits while the machine lacks the resources to read the configuration: a service manager would not repeat a start
/// that failed because of an invalid configuration.
async fn wait_for_files(report: &Report) {
    tracing::error!("cannot read the configuration yet; marsad waits and tries again:\n{}", report.render(false));
    systemd::waiting(&format!("waiting for the configuration: {}", report.summary()), OUTAGE_PAUSE * 3);
    tokio::time::sleep(OUTAGE_PAUSE).await;
}

impl Daemon {
    /// The status line of the daemon.
    pub(super) fn status(&self) -> String {
        let config = self.config.load();
        let (sources, watches, channels) = (config.sources.len(), config.watches.all().len(), config.channels.len());
        let many = |number: usize, one: &str, more: &str| format!("{number} {}", if number == 1 { one } else { more });
        let watching = format!(
            "watching {} for {}, alerting {}",
            many(sources, "source", "sources"),
            many(watches, "watch", "watches"),
            many(channels, "channel", "channels")
        );
        match self.degraded.of("configuration") {
            Some(reason) => format!("{reason}; {watching}"),
            None => watching,
        }
    }
}

impl Signals {
    fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("listening for signals");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            reload: listen(SignalKind::hangup())?,
            make_due: listen(SignalKind::user_defined1())?,
        })
    }
}
