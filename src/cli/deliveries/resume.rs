//! `marsad deliveries resume` and `marsad channel resume`: lets deliveries leave that wait.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::configured;
use crate::channel::{Channel, ChannelId};
use crate::cli::output::{clean, counted};
use crate::cli::{Exit, Session};
use crate::config::Config;
use crate::deliver::circuit::{Circuit, CircuitState};
use crate::store::{RefusedRecipient, Store};

/// Ends the pause of every delivery, and sends what failing channels hold, or what `channel` holds.
///
/// # Errors
/// If the store cannot be written, or the channel does not exist.
pub(super) async fn run(
    channel: Option<&str>,
    json: bool,
    session: &mut Session,
    config: &Config,
) -> anyhow::Result<Exit> {
    if let Some(id) = channel {
        configured(id, config).await?;
    }
    let store = session.store(config).await?;
    let mut done = 0;
    if channel.is_none()
        && let Some(reason) = store.resume_deliveries().await?
    {
        done += 1;
        if json {
            session.out.json(&json!({ "paused": false, "reason": reason }))?;
        } else {
            session.out.line(format!("deliveries begin again; they were paused: {}", clean(&reason)))?;
        }
    }
    let mut exit = Exit::Ok;
    for condition in store.channel_conditions().await? {
        let asked = channel.is_none_or(|asked| asked == condition.channel.as_str());
        let Some(found) = config.channel(condition.channel.as_str()).filter(|_| asked) else { continue };
        match condition.circuit.state {
            CircuitState::Closed => {}
            CircuitState::Open => {
                done += 1;
                resume_channel(found, json, &store, session).await?;
            }
            CircuitState::Disabled => {
                (done, exit) = (done + 1, Exit::Failed);
                stays_disabled(&found.id, json, session)?;
            }
        }
    }
    if !json {
        done += refused(channel, &store, session, config).await?;
    }
    if done == 0 && !json {
        session.out.line(session.typed(nothing_to_resume()))?;
    }
    Ok(exit)
}

/// Prints which channels keep mail for recipients that the relay refuses; returns how many.
async fn refused(asked: Option<&str>, store: &Store, session: &mut Session, config: &Config) -> anyhow::Result<usize> {
    let mut waiting = BTreeMap::new();
    for one in store.refused_recipients().await? {
        let shown = config.channel(one.channel.as_str()).and_then(|channel| channel.shown_recipient(&one.recipient));
        if shown.is_some() && one.waiting > 0 && asked.is_none_or(|asked| asked == one.channel.as_str()) {
            *waiting.entry(one.channel).or_insert(0) += one.waiting;
        }
    }
    for (id, number) in &waiting {
        let (number, verb) = (deliveries(*number), if *number == 1 { "waits" } else { "wait" });
        let why = "because the relay refuses the recipient; to send now";
        session.out.line(session.typed(&format!("{id}: {number} {verb} {why}, run marsad channel resume {id}")))?;
    }
    Ok(waiting.len())
}

fn stays_disabled(id: &ChannelId, json: bool, session: &mut Session) -> anyhow::Result<()> {
    if json {
        session.out.json(&json!({ "channel": id, "resumed": false, "state": "disabled" }))?;
    } else {
        let text = format!("{id}: disabled, because its receiver is gone; run marsad channel resume {id}");
        session.out.line(session.typed(&text))?;
    }
    Ok(())
}

fn nothing_to_resume() -> &'static str {
    "nothing to resume: deliveries are not paused, and no channel holds any; to send at once those that wait for their \
     next attempt, run marsad deliveries retry --channel CHANNEL"
}

/// Lets a channel deliver again, whether it fails or is disabled.
///
/// # Errors
/// If the store cannot be written, or the channel does not exist.
pub(crate) async fn one_channel(id: &str, json: bool, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let channel = configured(id, config).await?;
    let store = session.store(config).await?;
    resume_channel(channel, json, &store, session).await?;
    Ok(Exit::Ok)
}

async fn resume_channel(
    channel: &Arc<Channel>,
    json: bool,
    store: &Store,
    session: &mut Session,
) -> anyhow::Result<()> {
    let mut refused = store.refused_recipients().await?;
    refused.retain(|one| one.channel == channel.id);
    let (before, released) = store.resume_channel(channel, session.clock.now()).await?;
    if json {
        let resumed = before.state != CircuitState::Closed;
        session.out.json(&json!({ "channel": channel.id, "resumed": resumed, "released": released }))?;
        return Ok(());
    }
    let is_paused = store.deliveries_paused().await?.is_some();
    let text = match released {
        0 if before.state == CircuitState::Closed && !refused.is_empty() => tried_again(channel, &refused),
        0 => nothing_held(channel, &before),
        _ => resumed(released, is_paused),
    };
    session.out.line(session.typed(&format!("{}: {text}", channel.id)))?;
    Ok(())
}

/// That mail to refused recipients leaves again; what a relay refused for good is sent again only by hand.
fn tried_again(channel: &Channel, refused: &[RefusedRecipient]) -> String {
    let shown: Vec<String> = refused.iter().filter_map(|one| channel.shown_recipient(&one.recipient)).collect();
    let who = if shown.is_empty() { "the recipients".to_owned() } else { shown.join(", ") };
    format!(
        "the next mail to {who} is sent; to send again what failed permanently, run marsad deliveries retry --channel {}",
        channel.id
    )
}

fn nothing_held(channel: &Channel, before: &Circuit) -> String {
    match before.state {
        CircuitState::Closed => format!(
            "holds nothing; to send at once what waits for its next attempt, run marsad deliveries retry --channel {}",
            channel.id
        ),
        _ => "resumed; nothing was held".to_owned(),
    }
}

fn resumed(released: u64, is_paused: bool) -> String {
    let waiting = deliveries(released);
    if is_paused {
        format!("resumed; {waiting} will be sent after deliveries begin again; run marsad deliveries resume")
    } else {
        format!("resumed; {waiting} will be sent within seconds, or when the daemon next starts")
    }
}

fn deliveries(number: u64) -> String {
    counted(usize::try_from(number).unwrap_or(usize::MAX), "delivery")
}
