//! The daemon's life: start, signals, reloads, stop.

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

/// How marsad is started.
#[derive(Clone, Debug, Default)]
pub struct RunOptions {
    /// The configuration that was asked for; none: where it usually stands.
    pub config: Option<PathBuf>,
    /// What happens where the state folder has held a store that is gone.
    pub if_gone: MissingStore,
}

/// The signals that mean something.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    reload: Signal,
    make_due: Signal,
}

/// Runs marsad until it is told to stop.
///
/// # Errors
/// A configuration that cannot be used and none to fall back on, a store that cannot be opened, an address in use.
pub async fn run(options: RunOptions, clock: Clock, metrics: Metrics) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let mut loader = Loader::default();
    let (config, broken) = begin(&options, &clock, &mut loader).await?;
    let mut reloads = ConfigReloader::new(options.config.as_deref(), &config, loader);
    // A refusal is reported once the store is open: that another marsad has the store says more.
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
    tracing::info!("stopping; what is under way has a while to end");
    tokio::select! {
        () = daemon.stop() => tracing::info!("stopped"),
        _ = signals.terminate.recv() => tracing::warn!("stopped at once: asked twice"),
        _ = signals.interrupt.recv() => tracing::warn!("stopped at once: asked twice"),
    }
    Ok(ended?)
}

/// Answers for health as long as the store is not open.
async fn answer(bound: Option<&Bound>, degraded: &Degraded, config: &Config) -> Infallible {
    match bound {
        Some(bound) => bound.answer(degraded, config.http.public_url.clone()).await,
        None => std::future::pending().await,
    }
}

/// Does what signals and files ask for until it is time to stop.
///
/// # Errors
/// Another file has the place of the store: a start takes it up by the rules for a database that was put back, and the
/// open one must write nothing more beside it.
async fn serve(daemon: &mut Daemon, signals: &mut Signals, reloads: &mut ConfigReloader) -> Result<(), StoreError> {
    let store = daemon.store.clone();
    loop {
        tokio::select! {
            _ = signals.terminate.recv() => return Ok(()),
            _ = signals.interrupt.recv() => return Ok(()),
            error = write_probe::replaced(&store) => return Err(error),
            _ = signals.make_due.recv() => {
                if let Err(error) = daemon.make_due().await {
                    tracing::error!(%error, "the sources are not made due: the store fails");
                }
            }
            _ = signals.reload.recv() => reloads.ask(),
            notice = reloads.changed() => daemon.reload(notice, reloads).await,
        }
    }
}

/// How long a start waits for files that are being written. Chosen by hand: what comes later is a reload.
const START_WAIT: Duration = Duration::from_secs(10);

/// The pause between two tries at files that the machine cannot read. Chosen by hand, as for the store.
const OUTAGE_PAUSE: Duration = Duration::from_secs(5);

/// How often they are read meanwhile.
const START_LOOK: Duration = Duration::from_millis(200);

/// The configuration to start with: the one that was asked for, else the last one that was applied, with the report
/// on the first. Where the machine cannot read the files, it is waited for.
async fn begin(options: &RunOptions, clock: &Clock, loader: &mut Loader) -> anyhow::Result<(Config, Option<Report>)> {
    let asked = options.config.as_deref();
    loop {
        let report = match at_rest(asked, clock, loader).await {
            Ok(config) => {
                if !config.warnings.is_empty() {
                    tracing::warn!("the configuration could be better:\n{}", config.warnings.render(false));
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

/// Reads the configuration. Files that are being written are waited for, because their first half may be a valid
/// configuration.
async fn at_rest(asked: Option<&Path>, clock: &Clock, loader: &mut Loader) -> Result<Config, Report> {
    let waited = clock.stopwatch();
    loop {
        let loaded = loader.load(asked).await.unwrap_or_else(|| Config::load(asked));
        if !is_fresh(asked, &loaded, &Clock::system()) || waited.elapsed() >= START_WAIT {
            return loaded;
        }
        // Before the next is read: two large configurations need the memory of two.
        drop(loaded);
        tokio::time::sleep(START_LOOK).await;
    }
}

/// Waits where the machine lacks what it takes to read the configuration: a start that ends with "wrong configuration"
/// is not repeated by a service manager, although nothing is wrong with it.
async fn wait_for_files(report: &Report) {
    tracing::error!("the configuration cannot be read yet; marsad waits and tries again:\n{}", report.render(false));
    systemd::waiting(&format!("waiting for the configuration: {}", report.summary()), OUTAGE_PAUSE * 3);
    tokio::time::sleep(OUTAGE_PAUSE).await;
}

impl Daemon {
    /// What the daemon does, in one line.
    pub(super) fn status(&self) -> String {
        let config = self.config.load();
        let (sources, watches, channels) = (config.sources.len(), config.watches.all().len(), config.channels.len());
        let many = |number: usize, one: &str, more: &str| format!("{number} {}", if number == 1 { one } else { more });
        format!(
            "watching {} for {}, telling {}",
            many(sources, "source", "sources"),
            many(watches, "watch", "watches"),
            many(channels, "channel", "channels")
        )
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
