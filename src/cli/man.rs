//! `marsad man`: prints the manual page.

use std::io::Write;

use anyhow::Context;

use crate::cli::exit::UnknownName;
use crate::cli::{Exit, Session};

/// Options of `marsad man`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: marsad man | man -l -")]
pub(crate) struct ManArgs {
    /// Print the page of this command; without it, the page of marsad itself.
    command: Option<String>,
}

/// Prints a page in roff.
///
/// # Errors
/// If the command does not exist or standard output is closed.
pub fn run(args: &ManArgs, session: &mut Session, command: &clap::Command) -> anyhow::Result<Exit> {
    let page = match &args.command {
        None => command.clone(),
        Some(name) => {
            let found = command.find_subcommand(name);
            let known: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
            UnknownName::unless_known("command", Some(name), &known)?;
            found.context("the command is gone")?.clone().display_name(format!("marsad-{name}"))
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    session.out.write_all(&text)?;
    Ok(Exit::Ok)
}
