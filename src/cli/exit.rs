//! How a command ends, for scripts and for systemd.

use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use crate::cli::output;
use crate::config::report::Report;
use crate::store::{Displacement, StoreError};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It did what was asked (0).
    Ok,
    /// It could not (1).
    Failed,
    /// It was asked for what does not exist (2).
    Usage,
    /// It worked and found problems: a check, something unhealthy, a damaged store (3).
    Problems,
    /// The store is locked or cannot be reached: the same command may work later (75, `EX_TEMPFAIL`).
    Unavailable,
    /// The configuration cannot be used: a restart would change nothing (78, `EX_CONFIG`).
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

/// What was asked for and does not exist, with what does.
#[derive(Debug, thiserror::Error)]
#[error("there is no {what} {asked:?}; there are: {known}")]
pub struct Unknown {
    what: &'static str,
    asked: String,
    known: String,
}

impl Unknown {
    /// Refuses a name that is none of the known ones.
    ///
    /// # Errors
    /// What is known.
    pub fn unless_known(what: &'static str, asked: Option<&str>, known: &[&str]) -> Result<(), Self> {
        match asked {
            Some(asked) if !known.contains(&asked) => {
                Err(Self { what, asked: asked.to_owned(), known: known.join(", ") })
            }
            _ => Ok(()),
        }
    }
}

/// How many to list: at least one.
///
/// # Errors
/// What is no such number.
pub fn limit(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|limit| *limit > 0).ok_or_else(|| "give a number from 1".to_owned())
}

/// Tells the operator on standard error what went wrong, and says how that ends the command.
#[must_use]
pub fn report(error: &anyhow::Error, color: bool) -> Exit {
    let exit = of(error);
    if is_broken_pipe(error) {
        return Exit::Ok;
    }
    match error.downcast_ref::<Report>() {
        Some(report) => output::complain(&report.render(color)),
        None => output::complain(&format!("{}error:{} {}", red(color), plain(color), chain(error))),
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
    if error.is::<Unknown>() {
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

/// Whoever read the output has seen enough, as in `marsad items | head`.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let broken = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.chain().any(|cause| cause.downcast_ref::<io::Error>().is_some_and(broken))
}

fn chain(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain() {
        let cause = output::clean(&cause.to_string());
        if !text.ends_with(&cause) {
            let _ = write!(text, "{}{cause}", if text.is_empty() { "" } else { ": " });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_that_has_seen_enough_is_no_failure() {
        let error = anyhow::Error::from(io::Error::from(io::ErrorKind::BrokenPipe)).context("writing");
        assert_eq!(report(&error, false), Exit::Ok);
    }

    #[test]
    fn a_name_that_nothing_has_is_wrong_usage_and_the_known_ones_are_named() {
        let known = ["desk", "press"];
        assert!(Unknown::unless_known("channel", Some("desk"), &known).is_ok());
        assert!(Unknown::unless_known("channel", None, &[]).is_ok());
        let error = anyhow::Error::from(Unknown::unless_known("channel", Some("nope"), &known).unwrap_err());
        assert_eq!(error.to_string(), "there is no channel \"nope\"; there are: desk, press");
        assert_eq!(of(&error), Exit::Usage);
        assert_eq!((limit("7"), limit("0").is_err(), limit("-1").is_err()), (Ok(7), true, true));
    }

    #[test]
    fn a_locked_store_may_be_tried_again_and_a_damaged_one_may_not() {
        let locked = anyhow::Error::from(StoreError::Locked("/var/lib/marsad".into()));
        assert_eq!(of(&locked), Exit::Unavailable);
        let damaged = StoreError::Corrupt { path: "marsad.db".into(), detail: "malformed".to_owned() };
        assert_eq!(of(&anyhow::Error::from(damaged).context("opening")), Exit::Problems);
    }
}
