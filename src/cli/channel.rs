//! `marsad channel`: tests or resumes a channel.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use serde_json::json;

use crate::alert::{DeliveryId, HealthEvent, HealthEventKind};
use crate::channel::{Channel, ChannelKind};
use crate::cli::deliveries::{configured, describe, held, resume};
use crate::cli::output::{clean, counted};
use crate::cli::{Exit, Session, owner};
use crate::config::Config;
use crate::deliver::circuit::CircuitState;
use crate::deliver::{Deliverer, RouteSettings, retry};
use crate::net;
use crate::store::{ChannelGate, DeliveryState, Store};
use crate::telemetry::Metrics;

/// The subcommands of `marsad channel`.
#[derive(Debug, clap::Subcommand)]
pub enum ChannelCommand {
    /// Send a test message through a channel and print the receiver's answer.
    #[command(
        after_help = "The test is an ordinary delivery, signed and stored, but it ignores schedules and quiet hours, \
                            and it ends if its first attempt fails or it is not sent within 20 seconds. The running \
                            daemon sends it. If no daemon runs, this command first sends the channel's other pending \
                            deliveries, then the test. Exits with 1 if it does not arrive."
    )]
    Test {
        /// The channel's id in the configuration.
        id: String,
        /// If the test fails, keep it queued and retry it like any other delivery, for up to 3 days.
        #[arg(long)]
        retry: bool,
    },
    /// Let a channel deliver again that fails or is disabled, and send what it holds.
    #[command(
        after_help = "A receiver that answers 410 disables its channel, and one that keeps failing makes it hold its \
                      deliveries; marsad status names such channels. Repair the receiver first: if it still fails, the \
                      deliveries are held again. A running daemon begins within a second."
    )]
    Resume {
        /// The channel's id in the configuration.
        id: String,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// How long to wait for the outcome. Chosen by hand: longer than the 15 s that a receiver has to answer.
const WAIT: Duration = Duration::from_secs(20);

/// How often to look for the outcome. Chosen by hand.
const POLL: Duration = Duration::from_millis(250);

/// Tests or resumes a channel.
///
/// # Errors
/// If the channel is not configured or the store cannot be written.
pub async fn run(command: &ChannelCommand, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    match command {
        ChannelCommand::Test { id, retry } => test(id, *retry, session, config).await,
        ChannelCommand::Resume { id, json } => resume::one_channel(id, *json, session, config).await,
    }
}

/// Raises a `test.ping` for the channel and waits for its outcome.
async fn test(id: &str, keep: bool, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let channel = configured(id, config).await?;
    let runs = owner::daemon_runs(&config.state_dir);
    if !runs {
        session.needs_secrets(config)?;
    }
    let store = if runs { session.store(config).await? } else { Store::open(&config.state_dir).await? };
    let gate = store.channel_gate(&channel.id).await?;
    if let Some(why) = blocked(&gate, channel) {
        session.out.line(session.typed(&format!("{id}: {why}")))?;
        return Ok(Exit::Failed);
    }
    if gate.circuit.state == CircuitState::Open {
        let reason = failure(&gate);
        session.say(&format!(
            "{id} fails: {reason}; the test is sent all the same, and if it arrives, so is what the channel holds"
        ));
    }
    let event = HealthEvent {
        kind: HealthEventKind::TestPing,
        at: session.clock.now(),
        message: format!("This is a test of the channel {id}. Nothing has happened."),
        detail: serde_json::Map::from_iter([("channel".to_owned(), json!(id))]),
    };
    let made = store.raise(event, vec![Arc::clone(channel)], config.render_settings()).await?;
    let who = if runs { "the daemon sends" } else { "no daemon is running, so this command sends" };
    session.say(&format!("{who} to {}; waiting up to {} s for the answer", receiver(channel), WAIT.as_secs()));
    if !runs {
        send(&store, channel, &made, session, config).await?;
    }
    let mut all_arrived = true;
    for delivery in &made {
        let (arrived, mut text) = outcome(&store, delivery, session).await?;
        if !arrived {
            text.push_str(&ending(&store, delivery, keep, session).await?);
        }
        session.out.line(session.typed(&format!("{delivery}: {text}")))?;
        all_arrived &= arrived;
    }
    Ok(if all_arrived { Exit::Ok } else { Exit::Failed })
}

/// Why a test would not be sent; none if it would.
fn blocked(gate: &ChannelGate, channel: &Channel) -> Option<String> {
    if let Some(reason) = &gate.paused {
        return Some(format!("no test, because deliveries are paused: {reason}; run marsad deliveries resume"));
    }
    let resume = format!("run marsad channel resume {}", channel.id);
    let is_disabled = gate.circuit.state == CircuitState::Disabled;
    is_disabled.then(|| format!("no test, because it is disabled: {}; {resume}", failure(gate)))
}

/// The last failure of a channel that does not deliver.
fn failure(gate: &ChannelGate) -> String {
    gate.circuit.reason.as_ref().map(|reason| clean(&reason.message)).unwrap_or_default()
}

/// Sends the channel's pending deliveries in order, until the tests have had their attempt or the time is up.
async fn send(
    store: &Store,
    channel: &Arc<Channel>,
    made: &[DeliveryId],
    session: &Session,
    config: &Config,
) -> anyhow::Result<()> {
    let watch = session.clock.stopwatch();
    // No other process uses the store, so a delivery in flight was interrupted.
    store.requeue_stale(retry::soonest(session.clock.now())).await?;
    let settings = RouteSettings::new(net::ClientSettings::new(config.fetch.user_agent.clone()), config.smtp.clone());
    let metrics = Metrics::new();
    let deliverer = Deliverer::new(store.clone(), session.clock.clone(), metrics, Arc::clone(channel), &settings)?;
    while watch.elapsed() < WAIT {
        let mut waiting = false;
        for id in made {
            waiting |= store.delivery(id).await?.is_some_and(|(_, attempts)| attempts.is_empty());
        }
        if !waiting || !deliverer.deliver_one().await? {
            break;
        }
    }
    Ok(())
}

/// The receiver of a channel, without secrets.
fn receiver(channel: &Channel) -> String {
    match &channel.kind {
        ChannelKind::Webhook(webhook) => webhook.url.host().to_owned(),
        ChannelKind::Email { to } => counted(to.len(), "mailbox"),
        ChannelKind::Print => "the daemon's output".to_owned(),
        ChannelKind::File(path) => path.display().to_string(),
    }
}

/// Ends a test that did not arrive, unless it is to be retried; says what becomes of it.
async fn ending(store: &Store, id: &DeliveryId, keep: bool, session: &Session) -> anyhow::Result<String> {
    if !keep && store.cancel_delivery(id, session.clock.now()).await? {
        return Ok("; the test ends here; add --retry to keep it queued".to_owned());
    }
    let state = store.delivery(id).await?.map(|(delivery, _)| delivery.state);
    Ok(match state {
        Some(DeliveryState::Pending) => "; the daemon will retry".to_owned(),
        Some(DeliveryState::Held) => format!("; held {}", held::why(id, store).await?),
        Some(DeliveryState::Dead | DeliveryState::Cancelled) => "; the test ends here".to_owned(),
        _ => format!("; see its outcome with marsad deliveries show {id}"),
    })
}

/// Waits for the outcome of a test; true if it arrived.
async fn outcome(store: &Store, id: &DeliveryId, session: &Session) -> anyhow::Result<(bool, String)> {
    let watch = session.clock.stopwatch();
    loop {
        let (delivery, attempts) = store.delivery(id).await?.context("the delivery of the test was deleted")?;
        let last = attempts.last().filter(|attempt| !delivery.is_attempted(attempt)).map(|last| describe(last, false));
        match (delivery.state, last) {
            (DeliveryState::Delivered, Some(last)) => return Ok((true, last)),
            (DeliveryState::Dead, last) => return Ok((false, last.unwrap_or_else(|| "failed permanently".to_owned()))),
            (DeliveryState::Pending | DeliveryState::Held, Some(last)) => return Ok((false, last)),
            (state, _) if watch.elapsed() > WAIT => {
                let what = if state == DeliveryState::Inflight { "no outcome" } else { "no attempt" };
                return Ok((false, format!("{what} within {} s", WAIT.as_secs())));
            }
            _ => tokio::time::sleep(POLL).await,
        }
    }
}
