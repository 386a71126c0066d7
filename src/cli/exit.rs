//! Exit codes of the commands, for scripts and for systemd.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::cli::output;
use crate::config::command;
use crate::config::report::Report;
use crate::store::{Displacement, StoreError};

/// The exit code of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Success (0).
    Ok,
    /// Failure (1).
    Failed,
    /// Wrong usage, such as a name that does not exist (2).
    Usage,
    /// Problems found: an invalid file under `check`, something unhealthy, a damaged store (3).
    Problems,
    /// The store is locked or does not exist yet: the same command may work later (75, `EX_TEMPFAIL`).
    Unavailable,
    /// The configuration is invalid: a restart does not help (78, `EX_CONFIG`).
    Config,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Ok => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Problems => 3,
            Exit::Unavailable => 75,
            Exit::Config => 78,
        })
    }
}

/// A name on the command line that does not exist, with the names that do.
#[derive(Debug, thiserror::Error)]
#[error("no {what} is called {asked:?}")]
pub(crate) struct UnknownName {
    what: &'static str,
    asked: String,
    known: String,
}

impl UnknownName {
    /// Rejects a name that is not in `known`.
    ///
    /// # Errors
    /// The rejected name with the known ones.
    pub(crate) fn unless_known(what: &'static str, asked: Option<&str>, known: &[&str]) -> Result<(), Self> {
        match asked {
            Some(asked) if !known.contains(&asked) => {
                // A name may be known from the configuration and from the store.
                let mut names: Vec<&str> = Vec::new();
                for name in known {
                    if !names.contains(name) {
                        names.push(name);
                    }
                }
                Err(Self { what, asked: asked.to_owned(), known: names.join(", ") })
            }
            _ => Ok(()),
        }
    }

    /// What to type instead.
    fn help(&self) -> String {
        if self.known.is_empty() {
            format!("add a {} to the configuration", self.what)
        } else {
            format!("use one of: {}", self.known)
        }
    }
}

/// An argument of the command line that is invalid: a query, a language, an empty text.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct WrongArgument(pub(crate) String);

/// The id of a delivery on the command line that does not exist.
#[derive(Debug, thiserror::Error)]
#[error("no delivery is called `{0}`; list them with marsad deliveries")]
pub(crate) struct UnknownDelivery(pub(crate) String);

/// The beginning of an id on the command line with which several deliveries begin.
#[derive(Debug, thiserror::Error)]
#[error("`{typed}` is the beginning of several ids: {}; type more of it", ids.join(", "))]
pub(crate) struct AmbiguousDelivery {
    pub(crate) typed: String,
    pub(crate) ids: Vec<String>,
}

/// Parses a `--limit`, which is at least 1.
///
/// # Errors
/// If the text is not such a number.
pub fn limit(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|limit| *limit > 0).ok_or_else(|| "expected a number of at least 1".to_owned())
}

/// Prints an error to standard error and returns the exit code for it. A command at its end names the requested
/// configuration file `asked`.
#[must_use]
pub(crate) fn report(error: &anyhow::Error, color: bool, asked: Option<&Path>) -> Exit {
    let exit = of(error);
    if is_broken_pipe(error) {
        return Exit::Ok;
    }
    match error.downcast_ref::<Report>() {
        Some(report) => output::complain(&report.render(color)),
        None => {
            let message = command::completed(&chain(error), asked);
            output::complain(&format!("{}error:{} {message}", red(color), plain(color)));
        }
    }
    if let Some(unknown) = error.downcast_ref::<UnknownName>() {
        output::complain(&format!("help: {}", unknown.help()));
    }
    exit
}

fn red(color: bool) -> &'static str {
    if color { "\x1b[1;31m" } else { "" }
}

fn plain(color: bool) -> &'static str {
    if color { "\x1b[0m" } else { "" }
}

fn of(error: &anyhow::Error) -> Exit {
    if error.is::<Report>() {
        return Exit::Config;
    }
    if error.is::<UnknownName>() || error.is::<WrongArgument>() {
        return Exit::Usage;
    }
    if error.is::<UnknownDelivery>() || error.is::<AmbiguousDelivery>() {
        return Exit::Usage;
    }
    match error.chain().find_map(|cause| cause.downcast_ref::<StoreError>()) {
        // The next start opens the new file: a service manager must make one.
        Some(StoreError::Displaced { how: Displacement::Replaced, .. }) => Exit::Unavailable,
        Some(error) if error.is_corrupt() => Exit::Problems,
        Some(StoreError::Missing(_)) => Exit::Unavailable,
        Some(error) if error.is_locked() => Exit::Unavailable,
        _ => Exit::Failed,
    }
}

/// True if the reader of the output has closed it, as in `marsad items | head`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(broken))
}

fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = output::clean(&cause.to_string());
        // Many messages contain that of their cause.
        if !text.contains(&cause) {
            let _ = write!(text, "{}{cause}", if text.is_empty() { "" } else { ": " });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_not_a_failure() {
        let error = anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe)).context("writing");
        assert_eq!(report(&error, false, None), Exit::Ok);
    }

    #[test]
    fn an_unknown_name_is_wrong_usage_and_the_help_lists_the_known_ones() {
        let known = ["desk", "press", "desk"];
        assert!(UnknownName::unless_known("channel", Some("desk"), &known).is_ok());
        assert!(UnknownName::unless_known("channel", None, &[]).is_ok());
        let unknown = UnknownName::unless_known("channel", Some("nope"), &known).unwrap_err();
        assert_eq!(unknown.help(), "use one of: desk, press");
        let none = UnknownName::unless_known("channel", Some("nope"), &[]).unwrap_err();
        assert_eq!(none.help(), "add a channel to the configuration");
        let error = anyhow::Error::from(unknown);
        assert_eq!(error.to_string(), "no channel is called \"nope\"");
        assert_eq!(of(&error), Exit::Usage);
        assert_eq!((limit("7"), limit("0").is_err(), limit("-1").is_err()), (Ok(7), true, true));
    }

    #[test]
    fn a_cause_that_the_message_contains_is_not_repeated() {
        let denied = || io::Error::from(io::ErrorKind::PermissionDenied);
        let folder = StoreError::Folder { path: "/srv/marsad".into(), why: std::sync::Arc::new(denied()) };
        let whole = chain(&anyhow::Error::from(folder).context("opening the store"));
        assert_eq!(whole.matches("permission denied").count(), 1, "{whole}");
        let unread = anyhow::Error::from(denied()).context("cannot read a.toml: permission denied; use sudo");
        assert_eq!(chain(&unread), "cannot read a.toml: permission denied; use sudo");
    }

    #[test]
    fn a_locked_store_is_temporary_and_a_damaged_one_is_a_problem() {
        let locked = anyhow::Error::from(StoreError::Locked("/var/lib/marsad".into()));
        assert_eq!(of(&locked), Exit::Unavailable);
        let damaged = StoreError::Corrupt { path: "marsad.db".into(), detail: "malformed".to_owned() };
        assert_eq!(of(&anyhow::Error::from(damaged).context("opening")), Exit::Problems);
    }
}
