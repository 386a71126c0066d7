//! The digests to close.

use std::sync::Arc;

use jiff::Timestamp;

use crate::alert::digest::DigestHealth;
use crate::channel::Channel;
use crate::deliver::slot::{SlotPlan, WaitingEntries};
use crate::render;

/// What the store knows about the digests of a channel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DigestState {
    /// The plan of its slots; none if none was made yet.
    pub(crate) plan: Option<SlotPlan>,
    /// The alerts that wait; none if none do.
    pub(crate) waiting: Option<WaitingEntries>,
    /// How many they are, once for each recipient.
    pub(crate) alerts: u64,
}

/// A request to make the digests of a channel that are due.
#[derive(Clone, Debug)]
pub(crate) struct DigestClosing {
    /// The channel.
    pub(crate) channel: Arc<Channel>,
    /// When its slot should have closed; none if only other digests are due.
    pub(crate) slot: Option<Timestamp>,
    /// The plan that holds afterwards.
    pub(crate) next: SlotPlan,
    /// The state of sources and deliveries: with it, a slot without alerts sends a digest too.
    pub(crate) health: Option<DigestHealth>,
    /// The settings for rendering.
    pub(crate) settings: render::RenderSettings,
    /// The current instant.
    pub(crate) at: Timestamp,
}
