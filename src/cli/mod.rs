//! The command line, one file per command.
//!
//! 1. `run` parses the command line (`tips` suggests what was meant by a wrong one) into a `session`, the common part of every command.
//! 2. `owner` switches root to the owner of the state folder.
//! 3. The command runs and writes to `output`; `document_view`, `query` and `readiness` are shared by several commands.
//! 4. `exit` maps the result to an exit code.

use std::ffi::OsString;
use std::io::Write;

use clap::{CommandFactory, Parser, Subcommand};

pub(crate) mod backtest;
pub(crate) mod backup;
pub mod channel;
pub mod check;
pub(crate) mod completions;
mod config_reference;
pub mod deliveries;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod document_view;
pub(crate) mod duration;
pub(crate) mod exit;
mod explain;
pub mod items;
pub(crate) mod man;
pub mod r#match;
pub mod output;
pub(crate) mod owner;
pub(crate) mod probe;
pub mod query;
pub(crate) mod readiness;
pub(crate) mod restore;
pub mod run;
pub(crate) mod session;
pub mod sources;
pub mod status;
pub mod stories;
mod tips;
pub(crate) mod visit;

use crate::config::Config;
use crate::config::report::Report;

pub use exit::Exit;
pub(crate) use session::{Global, Session};

/// Monitors news sources in six languages and sends one alert for each new item that matches your watches, with the
/// reason for the match.
#[derive(Debug, Parser)]
#[command(
    name = "marsad",
    version,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 success; 1 failure; 2 wrong usage; 3 problems found, something unhealthy, or a database \
                  that is damaged or was deleted; 75 database locked, not created yet, or replaced while marsad ran; \
                  78 invalid configuration."
)]
pub(crate) struct Cli {
    /// The options of every command.
    #[command(flatten)]
    pub(crate) global: Global,

    /// The command to run.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands of marsad.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the daemon: visit the sources and send alerts until stopped.
    Run(run::RunArgs),
    /// Check the configuration and report every problem in it.
    Check(check::CheckArgs),
    /// Print the reference of the configuration, a template to start from, or the concepts.
    #[command(subcommand)]
    Config(config_reference::ConfigCommand),
    /// Print what an address serves, and a `[[source]]` block to paste into the configuration.
    Probe(probe::ProbeArgs),
    /// Visit sources now and print the items found; send nothing.
    Visit(visit::VisitArgs),
    /// Print whether a text matches your watches, where, and how.
    Match(r#match::MatchArgs),
    /// List the stored items that a watch or a query matches.
    Backtest(backtest::BacktestArgs),
    /// List stored items, newest first.
    Items(items::ItemsArgs),
    /// Print what every step decided about an item, or why an address is no item.
    Explain(explain::ExplainArgs),
    /// List the stories that several sources carried, or show who carried one.
    Stories(stories::StoriesArgs),
    /// List sources with their state, last success and next visit, or show one in full.
    Sources(sources::SourcesArgs),
    /// List, show, retry, replay, cancel and resume deliveries.
    Deliveries(deliveries::DeliveriesArgs),
    /// Test or resume a channel.
    #[command(subcommand)]
    Channel(channel::ChannelCommand),
    /// Print a health summary; exit with 3 if something is unhealthy.
    Status(status::StatusArgs),
    /// Check configuration, database, disk and clock, and suggest a remedy for each problem.
    Doctor(doctor::DoctorArgs),
    /// Back up the database to a file; the daemon may run.
    Backup(backup::BackupArgs),
    /// Replace the database by a backup; stop the daemon first.
    Restore(restore::RestoreArgs),
    /// Run a demonstration on loopback, with ten publishers, a webhook receiver and a mailbox; needs no network.
    Demo(demo::DemoArgs),
    /// Print completions for a shell.
    Completions(completions::CompletionsArgs),
    /// Print the manual page.
    Man(man::ManArgs),
}

/// Runs the command that the command line names and returns its exit code.
#[must_use]
pub fn run() -> Exit {
    let arguments = with_options(std::env::args_os());
    let cli = Cli::try_parse_from(&arguments).unwrap_or_else(|error| {
        let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        tips::improved(error, &words).exit()
    });
    let mut session = Session::new(cli.global);
    let (color, asked) = (session.error_color(), session.global.config.clone());
    let ended = execute(cli.command, &mut session).and_then(|exit| Ok(session.out.flush().map(|()| exit)?));
    ended.unwrap_or_else(|error| exit::report(&error, color, asked.as_deref()))
}

/// The arguments, with `help [COMMAND]` and `version` as the options that they are in marsad.
fn with_options(arguments: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = arguments.collect();
    match arguments.get(1).and_then(|first| first.to_str()) {
        Some("help") => {
            arguments.remove(1);
            arguments.push("--help".into());
        }
        Some("version") => arguments[1] = "--version".into(),
        _ => {}
    }
    arguments
}

fn execute(command: Command, session: &mut Session) -> anyhow::Result<Exit> {
    match command {
        Command::Demo(args) => demo::run(&args, session),
        Command::Completions(args) => completions::run(&args, session, Cli::command()),
        Command::Config(command) => config_reference::run(&command, session),
        Command::Man(args) => man::run(&args, session, &Cli::command()),
        Command::Run(args) => run::run(&args, session),
        Command::Check(args) => check::run(&args, session),
        Command::Match(args) => r#match::run(&args, session),
        Command::Backup(args) => backup::run(&args, session),
        Command::Restore(args) => restore::run(&args, session),
        Command::Doctor(args) => doctor::run(&args, session),
        Command::Probe(args) => probe::run(&args, session),
        command => with_config(command, session),
    }
}

/// Runs a command that needs the configuration and the store.
fn with_config(command: Command, session: &mut Session) -> anyhow::Result<Exit> {
    let (config, broken) = match command {
        Command::Backtest(_) | Command::Channel(channel::ChannelCommand::Test { .. }) | Command::Visit(_) => {
            (session.config()?, None)
        }
        // Reports the files itself, as its first finding.
        Command::Status(_) => session.config_or_last_good()?,
        _ => lenient(session)?,
    };
    let _log = session.log("warn")?;
    let runtime = session::runtime()?;
    let exit = runtime.block_on(async {
        match command {
            Command::Backtest(args) => backtest::run(&args, session, &config).await,
            Command::Items(args) => items::run(&args, session, &config).await,
            Command::Explain(args) => explain::run(&args, session, &config).await,
            Command::Stories(args) => stories::run(&args, session, &config).await,
            Command::Sources(args) => sources::run(&args, session, &config).await,
            Command::Deliveries(args) => deliveries::run(&args, session, &config).await,
            Command::Channel(command) => channel::run(&command, session, &config).await,
            Command::Visit(args) => visit::run(&args, session, &config).await,
            Command::Status(args) => status::run(&args, session, &config, broken.as_ref()).await,
            _ => Ok(Exit::Failed),
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    exit
}

/// The configuration for a command that only reads or changes the store. It works after a broken edit too.
fn lenient(session: &mut Session) -> anyhow::Result<(Config, Option<Report>)> {
    let (config, broken) = session.config_or_last_good()?;
    if let Some(report) = &broken {
        let summary = output::clean(&report.summary());
        output::complain(&format!("{summary}; using the configuration that was applied last"));
    }
    Ok((config, broken))
}

#[cfg(test)]
mod tests;
