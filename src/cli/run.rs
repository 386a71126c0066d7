//! `marsad run`: the daemon.

use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Exit, Session, owner, session};
use crate::config::Config;
use crate::daemon;
use crate::telemetry::Metrics;

/// Options of `marsad run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "SIGHUP reads the configuration again (an edit is noticed without it), SIGUSR1 makes every \
                        source due now, SIGTERM stops within 15 seconds, a second one at once.\n\nExample: \
                        marsad run -c marsad.toml")]
pub struct Args {
    /// Begin a new store where the one of this state folder was deleted or emptied.
    #[arg(long)]
    new_store: bool,
}

/// Runs the daemon until it is told to stop.
///
/// # Errors
/// A configuration that cannot be used, a store that is locked or damaged, an address in use.
pub fn run(args: &Args, session: &mut Session) -> anyhow::Result<Exit> {
    survive_early_signals()?;
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
    let if_gone = if args.new_store { daemon::IfGone::Begin } else { daemon::IfGone::Refuse };
    let options = daemon::Options { config: path, if_gone };
    let ended = runtime.block_on(daemon::run(options, session.clock.clone(), metrics));
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    ended.map(|()| Exit::Ok)
}

/// Keeps a SIGHUP or SIGUSR1 that comes while marsad starts from ending it; SIGTERM still does. A runtime without a
/// thread of its own installs the handlers, which outlive it.
fn survive_early_signals() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _inside = runtime.enter();
    for kind in [SignalKind::hangup(), SignalKind::user_defined1()] {
        // What matters is that a handler is there; nobody listens yet.
        drop(signal(kind)?);
    }
    Ok(())
}
