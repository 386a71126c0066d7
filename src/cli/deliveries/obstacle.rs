//! Describes what keeps a delivery from leaving, and what ends that.

use super::held;
use crate::cli::output::clean;
use crate::config::Config;
use crate::deliver::circuit::CircuitState;
use crate::store::{ChannelCondition, Delivery, DeliveryState, RefusedRecipient, Store, StoreError};

/// What keeps deliveries from leaving.
#[derive(Debug)]
pub(crate) struct Obstacles {
    /// Why all deliveries wait; none if they do not.
    paused: Option<String>,
    conditions: Vec<ChannelCondition>,
    refused: Vec<RefusedRecipient>,
}

impl Obstacles {
    /// What keeps deliveries from leaving now.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(crate) async fn read(store: &Store) -> Result<Self, StoreError> {
        let (paused, conditions) = (store.deliveries_paused().await?, store.channel_conditions().await?);
        Ok(Self { paused, conditions, refused: store.refused_recipients().await? })
    }

    /// Why this delivery waits for more than its time, and what sends it.
    #[must_use]
    pub(crate) fn of(&self, delivery: &Delivery, config: &Config) -> Option<String> {
        match (delivery.state, &self.paused) {
            (DeliveryState::Held, _) if self.is_disabled(delivery) => Some(self.held(delivery)),
            (DeliveryState::Pending | DeliveryState::Held, Some(reason)) => {
                Some(format!("waits because deliveries are paused: {}; run marsad deliveries resume", clean(reason)))
            }
            (DeliveryState::Held, None) => Some(self.held(delivery)),
            (DeliveryState::Pending, None) => self.refused(delivery, config),
            _ => None,
        }
    }

    fn held(&self, delivery: &Delivery) -> String {
        format!("held {}", held::until(&delivery.channel, &self.conditions))
    }

    /// True if the end of a pause would not send it.
    fn is_disabled(&self, delivery: &Delivery) -> bool {
        let condition = self.conditions.iter().find(|condition| condition.channel == delivery.channel);
        condition.is_some_and(|one| one.removed_at.is_some() || one.circuit.state == CircuitState::Disabled)
    }

    fn refused(&self, delivery: &Delivery, config: &Config) -> Option<String> {
        let refused = self.refused.iter().find(|one| {
            (&one.channel, &one.recipient) == (&delivery.channel, &delivery.recipient)
                && delivery.next_attempt_at == Some(one.until)
        })?;
        let channel = config.channel(refused.channel.as_str())?;
        let shown = channel.shown_recipient(&refused.recipient)?;
        Some(format!("waits because the relay refuses {shown}; to send now, run marsad channel resume {}", channel.id))
    }
}
