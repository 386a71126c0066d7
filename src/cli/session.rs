//! What every command begins with: the configuration, the store, the log, standard output.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use crate::cli::output::{self, Color, Output};
use crate::cli::owner;
use crate::clock::Clock;
use crate::config::Config;
use crate::config::file::Surroundings;
use crate::config::report::Report;
use crate::store::Store;
use crate::telemetry::log::{self, Log, LogFormat, Logging};

/// The options of every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The configuration file. Without it: $MARSAD_CONFIG, /etc/marsad/marsad.toml, then ./config/marsad.toml.
    #[arg(short, long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub config: Option<PathBuf>,

    /// How much to log: error, warn, info, debug or trace.
    #[arg(long, global = true, env = "MARSAD_LOG", value_name = "LEVEL", help_heading = "Global options")]
    pub log_level: Option<String>,

    /// What log lines look like.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "FORMAT", help_heading = "Global options")]
    pub log_format: LogFormat,

    /// When to use colours.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN", help_heading = "Global options")]
    pub color: Color,

    /// Say nothing but errors.
    #[arg(short, long, global = true, help_heading = "Global options")]
    pub quiet: bool,
}

/// One run of a command.
#[derive(Debug)]
pub struct Session {
    /// What was asked for.
    pub global: Global,
    /// What tells the time.
    pub clock: Clock,
    /// Where results go.
    pub out: Output,
}

impl Session {
    /// A run with these options.
    #[must_use]
    pub fn new(global: Global) -> Self {
        let out = Output::new(global.color);
        Self { global, clock: Clock::system(), out }
    }

    /// Whether standard error gets colours.
    #[must_use]
    pub fn error_color(&self) -> bool {
        self.global.color.on(std::io::IsTerminal::is_terminal(&std::io::stderr()))
    }

    /// Reads the configuration, takes its zone for what is printed, and becomes the owner of its state folder. What
    /// only the unit has stands as a placeholder: a command that sends asks for [`Session::needs_secrets`].
    ///
    /// # Errors
    /// A configuration that cannot be used, with its whole report.
    pub fn config(&mut self) -> anyhow::Result<Config> {
        let config = Config::load_in(self.global.config.as_deref(), &Surroundings::of_onlooker())?;
        self.take(&config)?;
        Ok(config)
    }

    /// As [`Session::config`], for a command that must also work beside a daemon whose files are broken: then it is the
    /// last configuration that was applied, with the report on the broken one.
    ///
    /// # Errors
    /// A configuration that cannot be used, and none to fall back on.
    pub fn config_or_last_good(&mut self) -> anyhow::Result<(Config, Option<Report>)> {
        let (asked, around) = (self.global.config.as_deref(), Surroundings::of_onlooker());
        let (config, broken) = match Config::load_in(asked, &around) {
            Ok(config) => (config, None),
            Err(report) => match Config::fall_back_in(asked, &around) {
                Some(config) => (config, Some(report)),
                None => return Err(report.into()),
            },
        };
        self.take(&config)?;
        Ok((config, broken))
    }

    fn take(&mut self, config: &Config) -> anyhow::Result<()> {
        self.out.zone = config.timezone.clone();
        owner::become_owner(&config.state_dir)
    }

    /// Refuses a configuration in which placeholders stand for credentials: this command sends something.
    ///
    /// # Errors
    /// The credentials that are missing, with their places.
    pub fn needs_secrets(&self, config: &Config) -> anyhow::Result<()> {
        if config.unread.is_empty() {
            return Ok(());
        }
        Config::load(self.global.config.as_deref())?;
        anyhow::bail!("credentials that only the unit has: {}", config.unread.join(", "))
    }

    /// Begins the log, at this level where the options name none.
    ///
    /// # Errors
    /// A level that is none, or a journal that is not there.
    pub fn log(&self, level: &str) -> anyhow::Result<Log> {
        let asked = self.global.log_level.as_deref().unwrap_or(level);
        let level = if self.global.quiet { "error" } else { asked }.to_owned();
        let logging = Logging { level, format: self.global.log_format, color: self.error_color() };
        Ok(log::start(&logging, &self.clock)?)
    }

    /// The store, beside a daemon that may run.
    ///
    /// # Errors
    /// When there is none yet, or it cannot be read.
    pub async fn store(&self, config: &Config) -> anyhow::Result<Store> {
        Ok(Store::beside(&config.state_dir).await?)
    }

    /// Says something to the person at the terminal that is no result, unless they want quiet.
    pub fn say(&mut self, text: &str) {
        let _ = self.out.flush();
        if !self.global.quiet {
            output::complain(text);
        }
    }
}

/// The runtime of a command; made only after the process has become who it is to be.
///
/// A write beyond the limit on file size fails with an error like a write to a full disk: without a handler the signal
/// for it would end the process in the middle of its work.
///
/// # Errors
/// When the system gives no threads, or takes no handler.
pub fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("starting the runtime")?;
    let entered = runtime.enter();
    let too_large = SignalKind::from_raw(rustix::process::Signal::XFSZ.as_raw());
    // The handler stays when what listens to it is gone.
    drop(signal(too_large).context("handling the signal for files that are too large")?);
    drop(entered);
    Ok(runtime)
}
