//! Describes why deliveries are held, and what sends them.

use crate::alert::DeliveryId;
use crate::channel::ChannelId;
use crate::cli::output::counted;
use crate::deliver::circuit::CircuitState;
use crate::store::{ChannelCondition, Store, StoreError};

/// Why a delivery is held, and what sends it; continues "is held".
///
/// # Errors
/// If the store cannot be read.
pub(crate) async fn why(id: &DeliveryId, store: &Store) -> Result<String, StoreError> {
    let Some((delivery, _)) = store.delivery(id).await? else { return Ok("until its channel delivers".to_owned()) };
    Ok(until(&delivery.channel, &store.channel_conditions().await?))
}

/// How long a delivery over this channel is held, and what sends it; continues "is held".
#[must_use]
pub(crate) fn until(channel: &ChannelId, conditions: &[ChannelCondition]) -> String {
    match conditions.iter().find(|condition| condition.channel == *channel) {
        Some(condition) if condition.removed_at.is_some() => {
            format!("until {channel} is configured again, for 30 days at most")
        }
        Some(condition) if condition.circuit.state == CircuitState::Disabled => {
            format!("because {channel} is disabled; run marsad channel resume {channel}")
        }
        _ => format!("until {channel} delivers; to send now, run marsad channel resume {channel}"),
    }
}

/// What the channels hold, `asked` or all of them, to follow another statement; empty if nothing is held.
#[must_use]
pub(super) fn by_channels(conditions: &[ChannelCondition], asked: Option<&str>) -> String {
    let asked = |condition: &&ChannelCondition| asked.is_none_or(|asked| asked == condition.channel.as_str());
    let holding = conditions.iter().filter(asked).filter(|condition| condition.held > 0);
    holding.map(|one| format!("; {} {}", are_held(one.held), until(&one.channel, conditions))).collect()
}

/// How many deliveries are held.
#[must_use]
pub(crate) fn are_held(number: u64) -> String {
    let verb = if number == 1 { "is" } else { "are" };
    format!("{} {verb} held", counted(usize::try_from(number).unwrap_or(usize::MAX), "delivery"))
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::deliver::circuit::Circuit;

    fn condition(channel: &str, state: CircuitState, held: u64) -> ChannelCondition {
        let circuit = Circuit { state, ..Circuit::default() };
        ChannelCondition { channel: ChannelId::new(channel), circuit, removed_at: None, held, next_attempt_at: None }
    }

    #[test]
    fn a_held_delivery_names_what_sends_it() {
        let gone = condition("gone", CircuitState::Disabled, 2);
        let fails = condition("fails", CircuitState::Open, 1);
        let old =
            ChannelCondition { removed_at: Some(Timestamp::UNIX_EPOCH), ..condition("old", CircuitState::Disabled, 1) };
        let all = [gone, fails, old, condition("idle", CircuitState::Open, 0)];
        assert_eq!(
            by_channels(&all, None),
            "; 2 deliveries are held because gone is disabled; run marsad channel resume gone; 1 delivery is \
             held until fails delivers; to send now, run marsad channel resume fails; 1 delivery is held until old is \
             configured again, for 30 days at most"
        );
        assert_eq!(by_channels(&all, Some("idle")), "");
    }
}
