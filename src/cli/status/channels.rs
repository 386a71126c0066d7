//! The findings about channels and recipients that get nothing.

use jiff::Timestamp;

use super::finding::{Finding, finding};
use crate::cli::deliveries::held::are_held;
use crate::cli::output::{Tone, clean, counted, relative};
use crate::config::Config;
use crate::deliver::circuit::CircuitState;
use crate::server::health;
use crate::store::{ChannelCondition, FailingChannel, RefusedRecipient};

/// How many channels a line names. Chosen by hand.
const MAX_NAMED: usize = 3;

/// The channels that do not deliver, and the removed ones that hold deliveries.
#[must_use]
pub(crate) fn stopped(config: &Config, conditions: &[ChannelCondition], now: Timestamp) -> Vec<Finding> {
    let stopped = health::stopped_channels(config, conditions).into_iter().map(|one| stopped_channel(one, now));
    let is_removed = |one: &&ChannelCondition| config.channel(one.channel.as_str()).is_none() && one.held > 0;
    let removed = conditions.iter().filter(is_removed).map(|one| {
        let are_held = are_held(one.held);
        let text = format!("{} is not configured any more, and {are_held} until it returns, for 30 days", one.channel);
        finding("channel", Tone::Warn, text)
    });
    stopped.chain(removed).collect()
}

fn stopped_channel(condition: &ChannelCondition, now: Timestamp) -> Finding {
    let ChannelCondition { channel: id, circuit, next_attempt_at, .. } = condition;
    let ago = circuit.since.map(|at| format!(" {}", relative(at, now))).unwrap_or_default();
    let reason = circuit.reason.as_ref().map(|reason| clean(&reason.message)).unwrap_or_default();
    let are_held = are_held(condition.held);
    let text = if circuit.state == CircuitState::Disabled {
        format!("{id} was disabled{ago}: {reason}; {are_held}; correct its address, or run marsad channel resume {id}")
    } else {
        let next = match next_attempt_at {
            Some(at) if *at > now => format!(", and the next attempt is {}", relative(*at, now)),
            _ => String::new(),
        };
        format!("{id} began to fail{ago}: {reason}; {are_held}{next}; to send now, run marsad channel resume {id}")
    };
    finding("channel", Tone::Bad, text)
}

/// The configured recipients that relays refuse.
pub(crate) fn refused(config: &Config, refused: &[RefusedRecipient], now: Timestamp) -> Vec<Finding> {
    let shown = |one: &RefusedRecipient| {
        let RefusedRecipient { channel: id, recipient, since, until, reason, waiting, .. } = one;
        let shown = config.channel(id.as_str())?.shown_recipient(recipient)?;
        let verb = if *waiting == 1 { "waits" } else { "wait" };
        let waits = counted(usize::try_from(*waiting).unwrap_or(usize::MAX), "delivery");
        let next = if *until > now { relative(*until, now) } else { "with the next mail".to_owned() };
        let text = format!(
            "{id}: {shown} was refused first {}: {}; {waits} to it {verb}, and the next try is {next}; correct the address, or run \
             marsad channel resume {id}",
            relative(*since, now),
            clean(&reason.message)
        );
        Some(finding("recipient", Tone::Bad, text))
    };
    refused.iter().filter_map(shown).collect()
}

/// The configured channels that fail, without those that do not deliver at all; `None` if all work.
#[must_use]
pub(crate) fn channels(
    config: &Config,
    failing: &[FailingChannel],
    stopped: &[ChannelCondition],
    now: Timestamp,
) -> Option<Finding> {
    let failing = health::configured(config, failing, stopped);
    let first = failing.first()?;
    let texts = |failing: &&FailingChannel| {
        format!(
            "{} ({} waiting, first attempted {})",
            failing.channel,
            failing.deliveries,
            relative(failing.since, now)
        )
    };
    let named: Vec<String> = failing.iter().take(MAX_NAMED).map(texts).collect();
    let (number, all) = (failing.len(), config.channels.len());
    let remedy = format!("run marsad deliveries list --channel {}", first.channel);
    Some(finding("channels", Tone::Bad, format!("{number} of {all} fail: {}; {remedy}", named.join(", "))))
}
