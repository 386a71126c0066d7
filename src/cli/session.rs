//! The common parts of every command: global options, configuration, store, log and standard output.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::output::{self, Color, Output};
use crate::cli::owner;
use crate::clock::Clock;
use crate::config::file::Environment;
use crate::config::report::Report;
use crate::config::{Config, command};
use crate::store::Store;
use crate::telemetry::log::{self, Log, LogFormat, Logging};

/// The options of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The configuration file [default: $MARSAD_CONFIG, /etc/marsad/marsad.toml, or ./config/marsad.toml].
    #[arg(short, long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub config: Option<PathBuf>,

    /// The log level: error, warn, info, debug or trace.
    #[arg(
        long,
        global = true,
        env = "MARSAD_LOG",
        hide_env_values = true,
        value_parser = log::level,
        value_name = "LEVEL",
        help_heading = "Global options"
    )]
    pub(crate) log_level: Option<String>,

    /// The format of log lines.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Global options")]
    pub(crate) log_format: LogFormat,

    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", help_heading = "Global options")]
    pub(crate) color: Color,

    /// Print and log only errors.
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub(crate) quiet: bool,
}

/// One run of a command.
#[derive(Debug)]
pub struct Session {
    /// The global options.
    pub(crate) global: Global,
    /// The clock.
    pub clock: Clock,
    /// Standard output.
    pub out: Output,
}

impl Session {
    /// A session with these options.
    #[must_use]
    pub fn new(global: Global) -> Self {
        let out = Output::new(global.color);
        Self { global, clock: Clock::system(), out }
    }

    /// Whether standard error gets colours.
    #[must_use]
    pub(crate) fn error_color(&self) -> bool {
        self.global.color.on(std::io::IsTerminal::is_terminal(&std::io::stderr()))
    }

    /// Reads the configuration, adopts its timezone for output, and switches to the user that owns the state folder.
    /// A credential that only the systemd unit can read is replaced by a placeholder; a command that sends must call
    /// [`Session::needs_secrets`].
    ///
    /// # Errors
    /// If the configuration is invalid; the error is the whole report.
    pub fn config(&mut self) -> anyhow::Result<Config> {
        let config = Config::load_in(self.global.config.as_deref(), &Environment::read_only())?;
        self.adopt(&config)?;
        Ok(config)
    }

    /// As [`Session::config`], for a command that must work while the files are broken: it then returns the
    /// configuration that was applied last, and the report on the broken files.
    ///
    /// # Errors
    /// If the configuration is invalid and none was applied before.
    pub(crate) fn config_or_last_good(&mut self) -> anyhow::Result<(Config, Option<Report>)> {
        let (config, broken) = self.read_config()?;
        self.adopt(&config)?;
        Ok((config, broken))
    }

    /// As [`Session::config_or_last_good`], but root stays root, for a command that reads or writes files outside of the
    /// state folder.
    ///
    /// # Errors
    /// As for [`Session::config_or_last_good`].
    pub(crate) fn read_config(&mut self) -> anyhow::Result<(Config, Option<Report>)> {
        let (asked, environment) = (self.global.config.as_deref(), Environment::read_only());
        if Config::is_there(asked, &environment) && !Config::knows_state_dir(asked, &environment) {
            output::complain("the state folder is not known, because the configuration cannot be read");
        }
        let (config, broken) = match Config::load_in(asked, &environment) {
            Ok(config) => (config, None),
            Err(report) => match Config::fall_back_in(asked, &environment.without_secrets()) {
                Some(config) => (config, Some(report)),
                None => return Err(report.into()),
            },
        };
        self.out.zone = config.timezone.clone();
        Ok((config, broken))
    }

    /// A command to type, with the configuration that this one was given: `marsad check --config my.toml`.
    #[must_use]
    pub(crate) fn command(&self, command: &str) -> String {
        command::typed(command, self.global.config.as_deref())
    }

    /// A message that may end with a command, as [`Session::command`] writes it.
    #[must_use]
    pub(crate) fn typed(&self, message: &str) -> String {
        command::completed(message, self.global.config.as_deref())
    }

    fn adopt(&mut self, config: &Config) -> anyhow::Result<()> {
        self.out.zone = config.timezone.clone();
        owner::become_owner(&config.state_dir)
    }

    /// Rejects a configuration with placeholders for credentials, for a command that sends something.
    ///
    /// # Errors
    /// If a credential is missing; the error names each with its place.
    pub(crate) fn needs_secrets(&self, config: &Config) -> anyhow::Result<()> {
        if config.unread.is_empty() {
            return Ok(());
        }
        Config::load(self.global.config.as_deref())?;
        anyhow::bail!("cannot read credentials that only the systemd unit can read: {}", config.unread.join(", "))
    }

    /// Starts the log, at this level unless the options name one, with times in the zone of the output.
    ///
    /// # Errors
    /// If the level is unknown or the journal cannot be reached.
    pub(crate) fn log(&self, level: &str) -> anyhow::Result<Log> {
        let asked = self.global.log_level.as_deref().filter(|asked| !asked.is_empty()).unwrap_or(level);
        let level = if self.global.quiet { "error" } else { asked }.to_owned();
        let (format, color, zone) = (self.global.log_format, self.error_color(), self.out.zone.clone());
        let logging = Logging { level, format, color, zone };
        Ok(log::start(&logging, &self.clock)?)
    }

    /// Opens the store for reading; a daemon may be using it.
    ///
    /// # Errors
    /// If there is no store yet, or it cannot be read.
    pub async fn store(&self, config: &Config) -> anyhow::Result<Store> {
        Ok(Store::open_shared(&config.state_dir).await?)
    }

    /// Prints a remark to standard error, unless `--quiet` is set.
    pub(crate) fn say(&mut self, text: &str) {
        let _ = self.out.flush();
        if !self.global.quiet {
            output::complain(text);
        }
    }
}

/// The async runtime of a command. It must be created after [`owner::become_owner`], because it starts threads.
///
/// Installs a handler for `SIGXFSZ`, so that a write beyond the file size limit fails with an error, as on a full
/// disk. Without a handler, the signal ends the process.
///
/// # Errors
/// If the system starts no thread or accepts no handler.
pub(crate) fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
    let entered = runtime.enter();
    let too_large = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
    // The handler stays installed after the listener is dropped.
    drop(signal(too_large).context("handling the signal for files that are too large")?);
    drop(entered);
    Ok(runtime)
}
