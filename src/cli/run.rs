//! `marsad run`: the daemon.

use clap::builder::FalseyValueParser;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::{Exit, Session, owner, session};
use crate::config::Config;
use crate::daemon;
use crate::telemetry::Metrics;

/// Options of `marsad run`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Signals: SIGHUP reloads the configuration (marsad also reloads it by itself after \
                  an edit). SIGUSR1 visits \
                        every source now. SIGTERM stops within 15 seconds; a second SIGTERM stops at once.\n\n\
                        Example: marsad run -c marsad.toml")]
pub struct RunArgs {
    /// Create a new database if the one in the state folder was deleted or emptied.
    #[arg(long, env = "MARSAD_NEW_STORE", hide_env_values = true, value_parser = FalseyValueParser::new())]
    new_store: bool,
}

/// Runs the daemon until a signal stops it.
///
/// # Errors
/// If the configuration is invalid, the store is locked or damaged, or the listen address is in use.
pub fn run(args: &RunArgs, session: &mut Session) -> anyhow::Result<Exit> {
    survive_early_signals()?;
    let path = session.global.config.clone();
    // The user must be settled before a thread starts. The daemon itself reports problems in the files.
    let config = Config::load(path.as_deref()).ok().or_else(|| Config::fall_back(path.as_deref()));
    if let Some(config) = config {
        session.out.zone = config.timezone.clone();
        owner::become_owner(&config.state_dir)?;
    }
    let log = session.log("info")?;
    let metrics = Metrics::new();
    metrics.watch_log(log.dropped());
    let runtime = session::runtime()?;
    let if_gone = if args.new_store { daemon::MissingStore::Begin } else { daemon::MissingStore::Refuse };
    let options = daemon::RunOptions { config: path, if_gone };
    let ended = runtime.block_on(daemon::run(options, session.clock.clone(), metrics));
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    ended.map(|()| Exit::Ok)
}

/// Keeps a SIGHUP or SIGUSR1 during the start from ending the process; SIGTERM still does. A runtime without threads
/// of its own installs the handlers, which outlive it.
fn survive_early_signals() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let _inside = runtime.enter();
    for kind in [SignalKind::hangup(), SignalKind::user_defined1()] {
        // Only the handler matters; nothing listens yet.
        drop(signal(kind)?);
    }
    Ok(())
}
