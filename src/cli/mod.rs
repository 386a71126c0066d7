//! The command line: one file a command.

use std::io::Write;

use clap::{CommandFactory, Parser, Subcommand};

pub mod backtest;
pub mod channel;
pub mod check;
pub mod completions;
pub mod deliveries;
pub mod demo;
pub mod doctor;
pub mod drawing;
pub mod exit;
pub mod items;
pub mod man;
pub mod r#match;
pub mod output;
pub mod owner;
pub mod probe;
pub mod query;
pub mod ready;
pub mod run;
pub mod session;
pub mod sources;
pub mod status;
pub mod visit;

use crate::config::Config;
use crate::config::report::Report;

pub use exit::Exit;
pub use session::{Global, Session};

/// marsad watches news sources in six languages and tells you once, quickly and provably, when something new
/// matches what you watch for.
#[derive(Debug, Parser)]
#[command(
    name = "marsad",
    version,
    disable_help_subcommand = true,
    after_help = "Exit codes: 0 ok, 1 failed, 2 wrong usage, 3 problems found or unhealthy, 75 store locked or not \
                  there yet, 78 bad configuration."
)]
pub struct Cli {
    /// The options of every command.
    #[command(flatten)]
    pub global: Global,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What marsad can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Watch the sources and tell the channels, until stopped.
    Run(run::Args),
    /// Read the configuration and say everything that is wrong with it.
    Check(check::Args),
    /// Say what stands at an address, which feeds it offers, and the source to paste for it.
    Probe(probe::Args),
    /// Visit sources now and print what would come of it; sends nothing.
    Visit(visit::Args),
    /// Say whether a text matches your watches, where, and how.
    Match(r#match::Args),
    /// Say what a watch or a query would have told of what is stored.
    Backtest(backtest::Args),
    /// List the items that marsad has read, newest first.
    Items(items::Args),
    /// List the sources with their state, last success and next visit; show one in full.
    Sources(sources::Args),
    /// List, show and retry what is owed to your channels.
    #[command(subcommand)]
    Deliveries(deliveries::Command),
    /// Try a channel out.
    #[command(subcommand)]
    Channel(channel::Command),
    /// Say in a few lines how marsad is; exits 3 when it is not well.
    Status(status::Args),
    /// Examine configuration, store, disk and clock, and name a remedy for whatever is wrong.
    Doctor(doctor::Args),
    /// Show marsad at work: a newsroom, a receiver and a mailbox on loopback; no network is needed.
    Demo(demo::Args),
    /// Print the completions of your shell.
    Completions(completions::Args),
    /// Print the manual page.
    Man(man::Args),
}

/// Reads the command line, does what it asks, and says how that ended.
#[must_use]
pub fn run() -> Exit {
    let cli = Cli::parse();
    let mut session = Session::new(cli.global);
    let color = session.error_color();
    let ended = execute(cli.command, &mut session).and_then(|exit| Ok(session.out.flush().map(|()| exit)?));
    ended.unwrap_or_else(|error| exit::report(&error, color))
}

fn execute(command: Command, session: &mut Session) -> anyhow::Result<Exit> {
    match command {
        Command::Demo(args) => demo::run(&args, session),
        Command::Completions(args) => completions::run(&args, session, Cli::command()),
        Command::Man(args) => man::run(&args, session, &Cli::command()),
        Command::Run(args) => run::run(&args, session),
        Command::Check(args) => check::run(&args, session),
        Command::Match(args) => r#match::run(&args, session),
        Command::Doctor(args) => doctor::run(&args, session),
        Command::Probe(args) => probe::run(&args, session),
        command => beside(command, session),
    }
}

/// The commands that need the configuration and the store.
fn beside(command: Command, session: &mut Session) -> anyhow::Result<Exit> {
    let (config, broken) = match command {
        Command::Backtest(_) | Command::Channel(_) | Command::Visit(_) => (session.config()?, None),
        _ => lenient(session)?,
    };
    let _log = session.log("warn")?;
    let runtime = session::runtime()?;
    let exit = runtime.block_on(async {
        match command {
            Command::Backtest(args) => backtest::run(&args, session, &config).await,
            Command::Items(args) => items::run(&args, session, &config).await,
            Command::Sources(args) => sources::run(&args, session, &config).await,
            Command::Deliveries(command) => deliveries::run(&command, session, &config).await,
            Command::Channel(command) => channel::run(&command, session, &config).await,
            Command::Visit(args) => visit::run(&args, session, &config).await,
            Command::Status(args) => status::run(&args, session, &config, broken.as_ref()).await,
            _ => Ok(Exit::Failed),
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    exit
}

/// The configuration of a command that only looks at the store: a broken edit does not blind it.
fn lenient(session: &mut Session) -> anyhow::Result<(Config, Option<Report>)> {
    let (config, broken) = session.config_or_last_good()?;
    if let Some(report) = &broken {
        let summary = output::clean(&report.summary());
        output::complain(&format!("{summary}; this goes by the last configuration that was applied"));
    }
    Ok((config, broken))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_option_says_what_it_is_for() {
        let mut waiting = vec![Cli::command()];
        while let Some(command) = waiting.pop() {
            assert!(command.get_about().is_some(), "{} says nothing", command.get_name());
            for option in command.get_arguments() {
                assert!(option.get_help().is_some(), "{} {} says nothing", command.get_name(), option.get_id());
            }
            waiting.extend(command.get_subcommands().cloned());
        }
    }
}
