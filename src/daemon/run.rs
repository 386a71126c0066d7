//! The daemon's life: start, signals, reloads, stop.

use std::path::PathBuf;

use anyhow::Context as _;
use serde_json::{Map, Value, json};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::Daemon;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::reload::{Changes, Reload, Reloader, apply};
use crate::config::report::Report;
use crate::systemd;
use crate::telemetry::Metrics;

/// How marsad is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The configuration that was asked for; none: where it usually stands.
    pub config: Option<PathBuf>,
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
pub async fn run(options: Options, clock: Clock, metrics: Metrics) -> anyhow::Result<()> {
    let mut signals = Signals::listen()?;
    let (config, broken) = begin(&options)?;
    let mut reloader = Reloader::new(&config);
    let mut daemon = Daemon::start(config, clock, metrics).await?;
    daemon.metrics.reload(broken.is_none(), daemon.clock.now());
    if broken.is_none() {
        keep_last_good(&daemon.config.load());
    }
    if let Some(report) = broken {
        daemon.rejected(&report, "marsad starts from the last configuration that was applied").await;
    }
    systemd::ready(&status(&daemon));
    tracing::info!("{}", status(&daemon));
    loop {
        tokio::select! {
            _ = signals.terminate.recv() => break,
            _ = signals.interrupt.recv() => break,
            _ = signals.make_due.recv() => daemon.make_due().await?,
            _ = signals.reload.recv() => daemon.reload(&options, &mut reloader).await,
            () = reloader.changed() => daemon.reload(&options, &mut reloader).await,
        }
    }
    systemd::stopping();
    tracing::info!("stopping; what is under way has a while to end");
    tokio::select! {
        () = daemon.stop() => tracing::info!("stopped"),
        _ = signals.terminate.recv() => tracing::warn!("stopped at once: asked twice"),
        _ = signals.interrupt.recv() => tracing::warn!("stopped at once: asked twice"),
    }
    Ok(())
}

/// The configuration to start with: the one that was asked for, else the last one that was applied, with the report
/// on the first.
fn begin(options: &Options) -> anyhow::Result<(Config, Option<Report>)> {
    match Config::load(options.config.as_deref()) {
        Ok(config) => {
            if !config.warnings.is_empty() {
                tracing::warn!("the configuration could be better:\n{}", config.warnings.render(false));
            }
            Ok((config, None))
        }
        Err(report) => match Config::fall_back(options.config.as_deref()) {
            Some(config) => Ok((config, Some(report))),
            None => Err(report.into()),
        },
    }
}

fn keep_last_good(config: &Config) {
    if let Err(error) = config.keep_as_last_good() {
        let path = config.state_dir.display();
        tracing::warn!(%error, path = %path, "the configuration could not be kept to fall back on");
    }
}

fn status(daemon: &Daemon) -> String {
    let config = daemon.config.load();
    let (sources, watches, channels) = (config.sources.len(), config.watches.all().len(), config.channels.len());
    let many = |number: usize, one: &str, more: &str| format!("{number} {}", if number == 1 { one } else { more });
    format!(
        "watching {} for {}, telling {}",
        many(sources, "source", "sources"),
        many(watches, "watch", "watches"),
        many(channels, "channel", "channels")
    )
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

impl Daemon {
    /// Reads the configuration again and applies it, all of it or nothing.
    async fn reload(&mut self, options: &Options, reloader: &mut Reloader) {
        systemd::reloading();
        let path = options.config.clone();
        let loaded = tokio::task::spawn_blocking(move || Config::load(path.as_deref())).await;
        let current = self.config.load_full();
        match loaded.map(|loaded| apply(&current, loaded)) {
            Ok(Reload::Unchanged) => self.unchanged().await,
            Ok(Reload::Rejected(report)) => self.rejected(&report, "the one that runs stays").await,
            Ok(Reload::Applied { config, needs_restart, changes }) => {
                reloader.follow(&config);
                self.applied(*config, &needs_restart, &changes).await;
            }
            Err(panic) => tracing::error!(error = %panic, "reading the configuration ended in a panic"),
        }
        systemd::ready(&status(self));
    }

    /// What stands in the files is what runs. After a rejection that is news: whoever heard of it hears the end of it.
    async fn unchanged(&self) {
        let message = "the configuration is read again: it is the one that runs";
        tracing::info!("{message}");
        let was_rejected = self.degraded.clear("configuration");
        self.metrics.reload(true, self.clock.now());
        if was_rejected {
            self.tell("config.applied", message, Map::new()).await;
        }
    }

    async fn applied(&mut self, mut config: Config, needs_restart: &[&str], changes: &Changes) {
        keep_last_good(&config);
        let running = self.config.load_full();
        // What takes effect only at the next start is, until then, what it was.
        config.state_dir.clone_from(&running.state_dir);
        config.http.listen = running.http.listen;
        if let Err(error) = self.apply(config).await {
            let message = format!("the configuration could not be applied: {error:#}");
            tracing::error!("{message}");
            self.degraded.set("configuration", message);
            self.metrics.reload(false, self.clock.now());
            return;
        }
        self.degraded.clear("configuration");
        self.metrics.reload(true, self.clock.now());
        let mut message = format!("the configuration is applied: {changes}");
        if needs_restart.is_empty() {
            tracing::info!("{message}");
        } else {
            message.push_str(&format!("; {} needs a restart to take effect", needs_restart.join(", ")));
            tracing::warn!("{message}");
        }
        let detail = json!({ "needs_restart": needs_restart, "changes": changes.to_string() });
        self.tell("config.applied", &message, particulars(detail)).await;
    }

    async fn rejected(&self, report: &Report, then: &str) {
        tracing::error!("the configuration is rejected, {then}:\n{}", report.render(false));
        self.degraded.set("configuration", format!("{}; {then}", report.summary()));
        self.metrics.reload(false, self.clock.now());
        let detail = json!({ "report": report.render(false) });
        let message = format!("the configuration is rejected, {then}: {}", report.summary());
        self.tell("config.rejected", &message, particulars(detail)).await;
    }
}

fn particulars(detail: Value) -> Map<String, Value> {
    match detail {
        Value::Object(detail) => detail,
        _ => Map::new(),
    }
}
