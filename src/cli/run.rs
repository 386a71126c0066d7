//! `marsad run`: the daemon.

use crate::cli::{Exit, Session, owner, session};
use crate::config::Config;
use crate::daemon;
use crate::telemetry::Metrics;

/// Options of `marsad run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "SIGHUP reads the configuration again (an edit is noticed without it), SIGUSR1 makes every \
                        source due now, SIGTERM stops within 15 seconds, a second one at once.\n\nExample: \
                        marsad run -c marsad.toml")]
pub struct Args {}

/// Runs the daemon until it is told to stop.
///
/// # Errors
/// A configuration that cannot be used, a store that is locked or damaged, an address in use.
pub fn run(_: &Args, session: &mut Session) -> anyhow::Result<Exit> {
    let path = session.global.config.clone();
    // Who the daemon is must be settled before it has a thread; what is wrong with the files it tells itself.
    let config = Config::load(path.as_deref()).ok().or_else(|| Config::fall_back(path.as_deref()));
    if let Some(config) = config {
        owner::become_owner(&config.state_dir)?;
    }
    let log = session.log("info")?;
    let metrics = Metrics::new();
    metrics.watch_log(log.dropped());
    let runtime = session::runtime()?;
    let ended = runtime.block_on(daemon::run(daemon::Options { config: path }, session.clock.clone(), metrics));
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    ended.map(|()| Exit::Ok)
}
