//! `marsad completions`: prints shell completions.

use std::io::Write;

use clap_complete::Shell;

use crate::cli::{Exit, Session};

/// Options of `marsad completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: marsad completions bash > ~/.local/share/bash-completion/completions/marsad")]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the completions.
///
/// # Errors
/// If standard output is closed.
pub fn run(args: &CompletionsArgs, session: &mut Session, mut command: clap::Command) -> anyhow::Result<Exit> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut command, "marsad", &mut text);
    session.out.write_all(&text)?;
    Ok(Exit::Ok)
}
