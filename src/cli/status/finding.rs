//! Defines a line of `marsad status` and `marsad doctor`.

use crate::cli::output::Tone;

/// One line of the summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    /// The subject, in one or two words.
    pub(crate) about: &'static str,
    /// The severity.
    pub(crate) tone: Tone,
    /// What was found, and what to do about it.
    pub text: String,
}

/// A finding.
#[must_use]
pub(crate) fn finding(about: &'static str, tone: Tone, text: impl Into<String>) -> Finding {
    Finding { about, tone, text: text.into() }
}
