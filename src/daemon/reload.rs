//! Reads the configuration again and applies it: all of it, or nothing.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::Daemon;
use crate::alert::HealthEventKind;
use crate::config::Config;
use crate::config::reload::{ConfigChanges, Loader, Reload, ReloadNotice, Reloader, apply};
use crate::config::report::Report;
use crate::server::{Bound, ServerError};
use crate::systemd;

/// How the configuration of a running daemon is replaced.
pub(crate) struct ConfigReloader {
    /// The configuration that was asked for; none: where it usually stands.
    asked: Option<PathBuf>,
    reloader: Reloader,
    /// What was wrong with the reload before: the same trouble is reported once.
    rejected: Option<String>,
}

impl ConfigReloader {
    /// Watches the files of `config`, the one that runs, which `loader` has read.
    #[must_use]
    pub fn new(asked: Option<&Path>, config: &Config, loader: Loader) -> Self {
        let reloader = Reloader::new(config).with_loader(loader);
        Self { asked: asked.map(Path::to_owned), reloader, rejected: None }
    }

    /// Wants the files to be read as soon as they are at rest.
    pub(crate) fn ask(&mut self) {
        systemd::reloading();
        self.reloader.ask();
    }

    /// Returns when there is something to do; can be dropped and called again.
    pub(crate) async fn changed(&mut self) -> ReloadNotice {
        self.reloader.changed().await
    }
}

impl Daemon {
    /// Does what a notice about the files asks for.
    pub(super) async fn reload(&mut self, notice: ReloadNotice, reloads: &mut ConfigReloader) {
        match notice {
            ReloadNotice::Read => self.read_again(reloads).await,
            ReloadNotice::StillChanging(path) => {
                let path = path.display();
                let message = format!(
                    "the configuration file {path} keeps changing; it is read when it has been unchanged for a moment"
                );
                tracing::warn!("{message}");
                self.degraded.set("configuration", message);
            }
        }
        systemd::ready(&self.status());
    }

    async fn read_again(&mut self, reloads: &mut ConfigReloader) {
        systemd::reloading();
        let asked = reloads.asked.clone();
        // What was written to meanwhile is read once it is at rest.
        let Some(loaded) = reloads.reloader.load(asked.as_deref()).await else { return };
        let decided = apply(&self.config.load(), loaded);
        match decided {
            Reload::Unchanged => {
                reloads.rejected = None;
                self.unchanged().await;
            }
            Reload::Rejected(report) if report.is_outage() => {
                let message =
                    format!("the configuration cannot be read; the running configuration stays: {}", report.summary());
                self.unfinished(message, reloads);
            }
            Reload::Rejected(report) => self.rejected(&report, "the running configuration stays", reloads).await,
            Reload::Applied { config, needs_restart, changes } => {
                reloads.reloader.follow(&config);
                self.applied(*config, &needs_restart, &changes, reloads).await;
            }
        }
    }

    /// The files match the running configuration. If a rejection was reported before, its end is reported too.
    async fn unchanged(&self) {
        let message = "the configuration files are valid again and unchanged";
        tracing::info!("{message}");
        let was_rejected = self.degraded.clear("configuration");
        self.metrics.reload(true, self.clock.now());
        if was_rejected {
            self.raise_event(HealthEventKind::ConfigApplied, message, Map::new()).await;
        }
    }

    async fn applied(
        &mut self,
        mut config: Config,
        needs_restart: &[&str],
        changes: &ConfigChanges,
        reloads: &mut ConfigReloader,
    ) {
        let asked = config.http.listen;
        {
            // What takes effect only at the next start is, until then, what it was. The guard ends here, so that
            // nothing holds the old configuration once the new one runs.
            let running = self.config.load();
            config.state_dir.clone_from(&running.state_dir);
            config.http.listen = running.http.listen;
        }
        if let Err(error) = self.apply(config).await {
            let message = format!("the configuration cannot be applied; the running configuration stays: {error:#}");
            return self.unfinished(message, reloads);
        }
        keep_last_good(&self.config.load());
        reloads.rejected = None;
        self.degraded.clear("configuration");
        self.metrics.reload(true, self.clock.now());
        let mut message = format!("the configuration is applied: {changes}");
        if needs_restart.is_empty() {
            tracing::info!("{message}");
        } else {
            message.push_str(&format!("; {} needs a restart to take effect", needs_restart.join(", ")));
            if let Some(error) = unusable(asked, self.listening()).await {
                message.push_str(&format!(", and that start will fail: {error}"));
            }
            tracing::warn!("{message}");
        }
        let detail = json!({ "needs_restart": needs_restart, "changes": changes.to_string() });
        self.raise_event(HealthEventKind::ConfigApplied, &message, particulars(detail)).await;
    }

    /// Reports, once, a reload that the machine or the store kept from ending. It is tried again by itself: nothing in
    /// the files has to change for that to succeed.
    fn unfinished(&self, message: String, reloads: &mut ConfigReloader) {
        reloads.reloader.ask_again();
        self.metrics.reload(false, self.clock.now());
        if reloads.rejected.as_ref() != Some(&message) {
            tracing::error!("{message}; marsad tries again");
        }
        self.degraded.set("configuration", message.clone());
        reloads.rejected = Some(message);
    }

    /// Reports a configuration that cannot be used; one edit is one event, however often it is read.
    pub(super) async fn rejected(&self, report: &Report, then: &str, reloads: &mut ConfigReloader) {
        reloads.reloader.follow_rejected(&self.config.load(), report);
        let drawn = report.render(false);
        self.degraded.set("configuration", format!("{}; {then}", report.summary()));
        self.metrics.reload(false, self.clock.now());
        if reloads.rejected.as_ref() == Some(&drawn) {
            return tracing::warn!("the configuration is still rejected, {then}: {}", report.summary());
        }
        tracing::error!("the configuration is rejected, {then}:\n{drawn}");
        let message = format!("the configuration is rejected, {then}: {}", report.summary());
        self.raise_event(HealthEventKind::ConfigRejected, &message, particulars(json!({ "report": drawn }))).await;
        reloads.rejected = Some(drawn);
    }
}

/// Why the next start cannot listen at this address; none if it can, or if the running daemon holds that port itself.
async fn unusable(asked: Option<SocketAddr>, running: Option<SocketAddr>) -> Option<ServerError> {
    let asked = asked.filter(|asked| running.is_none_or(|running| running.port() != asked.port()))?;
    Bound::bind(asked).await.err()
}

/// Keeps a configuration to fall back on.
pub(super) fn keep_last_good(config: &Config) {
    if let Err(error) = config.keep_as_last_good() {
        let path = config.state_dir.display();
        tracing::warn!(%error, path = %path, "cannot save the configuration as last-good.toml");
    }
}

fn particulars(detail: Value) -> Map<String, Value> {
    match detail {
        Value::Object(detail) => detail,
        _ => Map::new(),
    }
}
