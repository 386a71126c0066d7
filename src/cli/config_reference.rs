//! `marsad config example`: prints the reference of the configuration.

use std::io::Write;

use crate::cli::{Exit, Session};

/// The subcommands of `marsad config`.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ConfigCommand {
    /// Print an example with every key, its meaning and its default.
    #[command(after_help = "Example: marsad config example > marsad.toml\n\nEvery optional key is a comment, so the \
                            file changes nothing until you remove the comment signs.")]
    Example,
}

/// The reference.
const EXAMPLE: &str = include_str!("../../config/marsad.toml");

/// Prints the reference.
///
/// # Errors
/// If standard output is closed.
pub(crate) fn run(command: &ConfigCommand, session: &mut Session) -> anyhow::Result<Exit> {
    match command {
        ConfigCommand::Example => session.out.write_all(EXAMPLE.as_bytes())?,
    }
    Ok(Exit::Ok)
}
