//! `marsad deliveries resume` and `marsad channel resume`: lets deliveries leave that wait.

use std::sync::Arc;

use serde_json::json;

use super::configured;
use crate::channel::{Channel, ChannelId};
use crate::cli::output::{clean, counted};
use crate::cli::{Exit, Session};
use crate::config::Config;
use crate::deliver::circuit::{Circuit, CircuitState};
use crate::store::Store;

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
    if done == 0 && !json {
        session.out.line(session.typed(nothing_to_resume()))?;
    }
    Ok(exit)
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
    let (before, released) = store.resume_channel(channel, session.clock.now()).await?;
    if json {
        let resumed = before.state != CircuitState::Closed;
        session.out.json(&json!({ "channel": channel.id, "resumed": resumed, "released": released }))?;
        return Ok(());
    }
    session.out.line(session.typed(&format!("{}: {}", channel.id, resumed(channel, &before, released))))?;
    Ok(())
}

fn resumed(channel: &Channel, before: &Circuit, released: u64) -> String {
    let waiting = counted(usize::try_from(released).unwrap_or(usize::MAX), "delivery");
    match (before.state, released) {
        (CircuitState::Closed, 0) => format!(
            "holds nothing; to send at once what waits for its next attempt, run marsad deliveries retry --channel {}",
            channel.id
        ),
        (_, 0) => "resumed; nothing was held".to_owned(),
        _ => format!("resumed; {waiting} will be sent within seconds, or when the daemon next starts"),
    }
}
