//! Decides, before a channel looks for due deliveries, whether any of them may begin.

use std::sync::atomic::Ordering;

use super::Deliverer;
use super::circuit::{self, CircuitState};
use crate::channel::Channel;
use crate::store::StoreError;

impl Deliverer {
    /// Whether deliveries may begin. An open circuit gets its probe; a channel whose address has changed since it failed
    /// delivers again.
    pub(super) async fn may_begin(&self, channel: &Channel) -> Result<bool, StoreError> {
        let gate = self.store.channel_gate(&channel.id).await?;
        let (state, now) = (gate.circuit.state, self.clock.now());
        if state == CircuitState::Closed {
            self.reloaded.store(false, Ordering::Relaxed);
            return Ok(gate.paused.is_none());
        }
        if gate.circuit.address != circuit::address(channel) {
            let (_, released) = self.store.resume_channel(channel, now).await?;
            tracing::info!(channel.id = %channel.id, released, "the address of the channel changed: it delivers again");
            return Ok(gate.paused.is_none());
        }
        if state == CircuitState::Open {
            let at_once = self.reloaded.load(Ordering::Relaxed);
            if gate.has_waiting && (at_once || !gate.has_probe) {
                self.store.appoint_probe(channel, at_once, now).await?;
            }
            self.reloaded.store(false, Ordering::Relaxed);
        }
        Ok(gate.paused.is_none() && state == CircuitState::Open)
    }
}
