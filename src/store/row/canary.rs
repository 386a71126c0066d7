//! The daily test of every channel.

use jiff::Timestamp;

use crate::channel::ChannelId;

/// A daily test whose deliveries are not checked yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Canary {
    /// The id of the test.
    pub(crate) id: String,
    /// When it was made.
    pub(crate) made_at: Timestamp,
}

/// What became of a test on one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChannelOutcome {
    /// The channel.
    pub(crate) channel: ChannelId,
    /// How many recipients it has.
    pub(crate) deliveries: u32,
    /// How many of them have it.
    pub(crate) delivered: u32,
    /// Why the last attempt failed.
    pub(crate) error: Option<String>,
}

impl ChannelOutcome {
    /// True if every recipient has the test.
    #[must_use]
    pub(crate) fn is_success(&self) -> bool {
        self.delivered == self.deliveries
    }
}
