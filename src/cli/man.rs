//! `marsad man`: the manual page.

use std::io::Write;

use crate::cli::{Exit, Session};

/// Options of `marsad man`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: marsad man | man -l -")]
pub struct Args {
    /// The command whose page to print; without it, marsad's own.
    command: Option<String>,
}

/// Prints a page in roff.
///
/// # Errors
/// A command that does not exist, or nobody reads any more.
pub fn run(args: &Args, session: &mut Session, command: &clap::Command) -> anyhow::Result<Exit> {
    let page = match &args.command {
        None => command.clone(),
        Some(name) => {
            let found = command.find_subcommand(name);
            let found = found.ok_or_else(|| anyhow::anyhow!("there is no command {name:?}; see marsad --help"))?;
            found.clone().display_name(format!("marsad-{name}"))
        }
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    session.out.write_all(&text)?;
    Ok(Exit::Ok)
}
