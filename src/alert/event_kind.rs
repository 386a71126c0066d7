//! Lists the kinds of events.

use serde::{Deserialize, Serialize};

/// What happened to a source, the configuration or a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum HealthEventKind {
    /// A source was read for the first time.
    #[serde(rename = "source.activated")]
    SourceActivated,
    /// The visits of a source fail.
    #[serde(rename = "source.failing")]
    SourceFailing,
    /// A site blocks marsad.
    #[serde(rename = "source.blocked")]
    SourceBlocked,
    /// A source has no items any more, or its layout has drifted.
    #[serde(rename = "source.changed")]
    SourceChanged,
    /// Items may have come and gone between two visits.
    #[serde(rename = "source.gap")]
    SourceGap,
    /// A source has brought nothing new for longer than its rhythm allows.
    #[serde(rename = "source.silent")]
    SourceSilent,
    /// Almost all entries of a source were new at once although they look old.
    #[serde(rename = "source.flood")]
    SourceFlood,
    /// A source works again.
    #[serde(rename = "source.recovered")]
    SourceRecovered,
    /// An item cannot be stored because of its content.
    #[serde(rename = "source.item_rejected")]
    SourceItemRejected,
    /// A configuration was applied.
    #[serde(rename = "config.applied")]
    ConfigApplied,
    /// A configuration was rejected.
    #[serde(rename = "config.rejected")]
    ConfigRejected,
    /// Deliveries over a channel fail, and are held.
    #[serde(rename = "channel.failing")]
    ChannelFailing,
    /// The receiver of a channel is gone for good, and deliveries are held.
    #[serde(rename = "channel.disabled")]
    ChannelDisabled,
    /// A channel delivers again.
    #[serde(rename = "channel.recovered")]
    ChannelRecovered,
    /// Deliveries were held for too long, or too many, and failed permanently.
    #[serde(rename = "channel.expired")]
    ChannelExpired,
    /// The relay of a channel refuses a recipient for good.
    #[serde(rename = "channel.recipient_refused")]
    ChannelRecipientRefused,
    /// A channel did not deliver the daily test.
    #[serde(rename = "canary.failed")]
    CanaryFailed,
    /// `marsad channel test`, or the daily test.
    #[serde(rename = "test.ping")]
    TestPing,
}

impl HealthEventKind {
    /// Every kind.
    #[cfg(test)]
    pub(crate) const ALL: [Self; 18] = [
        Self::SourceActivated,
        Self::SourceFailing,
        Self::SourceBlocked,
        Self::SourceChanged,
        Self::SourceGap,
        Self::SourceSilent,
        Self::SourceFlood,
        Self::SourceRecovered,
        Self::SourceItemRejected,
        Self::ConfigApplied,
        Self::ConfigRejected,
        Self::CanaryFailed,
        Self::ChannelFailing,
        Self::ChannelDisabled,
        Self::ChannelRecovered,
        Self::ChannelExpired,
        Self::ChannelRecipientRefused,
        Self::TestPing,
    ];

    /// The `type` in the payload.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SourceActivated => "source.activated",
            Self::SourceFailing => "source.failing",
            Self::SourceBlocked => "source.blocked",
            Self::SourceChanged => "source.changed",
            Self::SourceGap => "source.gap",
            Self::SourceSilent => "source.silent",
            Self::SourceFlood => "source.flood",
            Self::SourceRecovered => "source.recovered",
            Self::SourceItemRejected => "source.item_rejected",
            Self::ConfigApplied => "config.applied",
            Self::ConfigRejected => "config.rejected",
            Self::CanaryFailed => "canary.failed",
            Self::ChannelFailing => "channel.failing",
            Self::ChannelDisabled => "channel.disabled",
            Self::ChannelRecovered => "channel.recovered",
            Self::ChannelExpired => "channel.expired",
            Self::ChannelRecipientRefused => "channel.recipient_refused",
            Self::TestPing => "test.ping",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_stored_by_its_word_and_documented() {
        let documented = include_str!("../../docs/payloads.md");
        for kind in HealthEventKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
            assert!(documented.contains(&format!("`{}`", kind.as_str())), "{}", kind.as_str());
        }
    }
}
