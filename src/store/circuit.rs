//! The methods about channels that do not deliver.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{ChannelCondition, ChannelGate, RefusedRecipient, Result, Store};
use crate::alert::{HealthEvent, Reason};
use crate::channel::{Channel, ChannelId};
use crate::deliver::circuit::Circuit;
use crate::render::RenderSettings;

// Every method returns a `StoreError` if the store cannot be read or written.
impl Store {
    /// Whether deliveries over this channel may begin.
    pub(crate) async fn channel_gate(&self, channel: &ChannelId) -> Result<ChannelGate> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.channel_gate(channel).await),
        }
    }

    /// The channels that do not deliver, whose recovery is not reported, or that were removed and hold deliveries.
    pub(crate) async fn channel_conditions(&self) -> Result<Vec<ChannelCondition>> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.channel_conditions().await),
        }
    }

    /// Raises an event about a channel, unless its circuit has changed since `condition` was read; returns whether it
    /// did.
    pub(crate) async fn report_channel(
        &self,
        condition: &ChannelCondition,
        event: HealthEvent,
        channels: Vec<Arc<Channel>>,
        settings: RenderSettings,
    ) -> Result<bool> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.report_channel(condition, event, channels, settings).await),
        }
    }

    /// The recipients that relays refuse, with what waits for them.
    pub(crate) async fn refused_recipients(&self) -> Result<Vec<RefusedRecipient>> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.refused_recipients().await),
        }
    }

    /// Raises an event about a refused recipient, unless it was accepted or refused again meanwhile; returns whether it
    /// did.
    pub(crate) async fn report_refused(
        &self,
        refused: &RefusedRecipient,
        event: HealthEvent,
        channels: Vec<Arc<Channel>>,
        settings: RenderSettings,
    ) -> Result<bool> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.report_refused(refused, event, channels, settings).await),
        }
    }

    /// Ends the deliveries that have been held for `longest`, and of each channel the oldest beyond `most`. Returns how
    /// many, by channel.
    pub(crate) async fn expire_held(
        &self,
        longest: SignedDuration,
        most: usize,
        reason: &Reason,
        now: Timestamp,
    ) -> Result<Vec<(ChannelId, u64)>> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.expire_held(longest, most, reason, now).await),
        }
    }

    /// Drops the alerts that wait for a digest of a channel that was removed for `longest`, and of each removed channel
    /// the oldest beyond `most`. Returns how many, by channel.
    pub(crate) async fn expire_gathered(
        &self,
        longest: SignedDuration,
        most: usize,
        now: Timestamp,
    ) -> Result<Vec<(ChannelId, u64)>> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.expire_gathered(longest, most, now).await),
        }
    }

    /// Appoints a probe for a channel whose circuit is open and has none; with `at_once`, it is due as soon as a repeat
    /// is allowed.
    pub(crate) async fn appoint_probe(&self, channel: &Channel, at_once: bool, now: Timestamp) -> Result<()> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.appoint_probe(channel, at_once, now).await),
        }
    }

    /// Closes the circuit of a channel and releases what it holds and what waits for its refused recipients. Returns the
    /// circuit before, and how many deliveries were released.
    pub(crate) async fn resume_channel(&self, channel: &Channel, now: Timestamp) -> Result<(Circuit, u64)> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.resume_channel(channel, now).await),
        }
    }

    /// Why every delivery is paused; none if they may begin.
    pub(crate) async fn deliveries_paused(&self) -> Result<Option<String>> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.deliveries_paused().await),
        }
    }

    /// Lets deliveries begin again that were paused. Returns why they were; none if they were not.
    pub(crate) async fn resume_deliveries(&self) -> Result<Option<String>> {
        match self {
            Self::Sqlite(db) => db.note_damage(db.resume_deliveries().await),
        }
    }
}
