//! `marsad deliveries retry`, `replay` and `cancel`: changes deliveries by hand.

use std::io::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::identified;
use crate::alert::DeliveryId;
use crate::channel::ChannelId;
use crate::cli::exit::{UnknownDelivery, UnknownName};
use crate::cli::output::{Output, clean, counted, relative};
use crate::cli::{Exit, Session, duration};
use crate::clock::later;
use crate::config::Config;
use crate::store::{DeliveryChange, DeliveryChanged, DeliverySelector, DeliveryState, Store};

/// Options of the commands that change deliveries.
#[derive(Debug, clap::Args)]
pub struct DeliveriesChangeArgs {
    /// The ids of the deliveries, or as much of each as no other id begins with.
    #[arg(
        required_unless_present_any = ["channel", "since", "state"],
        conflicts_with_all = ["channel", "since", "state"],
        value_name = "ID"
    )]
    ids: Vec<String>,
    /// Every delivery to this channel.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// Every delivery created within this time, such as 12h or 7d.
    #[arg(long, value_parser = duration::parse, value_name = "DURATION")]
    since: Option<SignedDuration>,
    /// Every delivery in this state.
    #[arg(long, value_parser = DeliveryState::filter, value_name = "STATE")]
    state: Option<DeliveryState>,
    /// Print one JSON object per line.
    #[arg(long)]
    json: bool,
}

/// A command that changes deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChangeCommand {
    /// Send what did not arrive.
    Retry,
    /// Send anything again.
    Replay,
    /// End what waits.
    Cancel,
}

/// How many deliveries one transaction changes, so that no other writer waits long. Chosen by hand.
const BATCH: usize = 200;

/// Changes the deliveries that are named or selected.
///
/// # Errors
/// If the store cannot be written, or a delivery or channel does not exist.
pub(super) async fn run(
    args: &DeliveriesChangeArgs,
    command: ChangeCommand,
    session: &mut Session,
    config: &Config,
) -> anyhow::Result<Exit> {
    if args.ids.is_empty() {
        selected(args, command, session, config).await
    } else {
        named(args, command, session, config).await
    }
}

impl ChangeCommand {
    /// The change of a delivery that is named, or of one of many.
    fn change(self, is_named: bool) -> DeliveryChange {
        match self {
            Self::Retry if is_named => DeliveryChange::Retry,
            Self::Retry => DeliveryChange::RetryInTurn,
            Self::Replay => DeliveryChange::Replay,
            Self::Cancel => DeliveryChange::Cancel,
        }
    }

    /// The states that are selected without `--state`.
    fn states(self) -> Vec<DeliveryState> {
        match self {
            Self::Retry => vec![DeliveryState::Dead, DeliveryState::Pending],
            Self::Replay => vec![DeliveryState::Delivered, DeliveryState::Dead],
            Self::Cancel => vec![DeliveryState::Pending, DeliveryState::Held],
        }
    }
}

async fn named(
    args: &DeliveriesChangeArgs,
    command: ChangeCommand,
    session: &mut Session,
    config: &Config,
) -> anyhow::Result<Exit> {
    let store = session.store(config).await?;
    let (mut exit, mut unknown) = (Exit::Ok, Vec::new());
    for typed in &args.ids {
        let id = match identified(typed, &store).await {
            Ok(id) => id,
            Err(error) if error.is::<UnknownDelivery>() => {
                unknown.push(clean(typed));
                continue;
            }
            Err(error) => return Err(error),
        };
        let now = session.clock.now();
        for changed in store.change_deliveries(std::slice::from_ref(&id), command.change(true), now).await? {
            if !is_done(changed) {
                exit = Exit::Failed;
            }
            print(&id, changed, args.json, session)?;
        }
    }
    session.out.flush()?;
    if unknown.is_empty() { Ok(exit) } else { Err(UnknownDelivery(unknown.join("`, `")).into()) }
}

async fn selected(
    args: &DeliveriesChangeArgs,
    command: ChangeCommand,
    session: &mut Session,
    config: &Config,
) -> anyhow::Result<Exit> {
    let store = session.store(config).await?;
    known_channel(args.channel.as_deref(), &store, config).await?;
    let selector = DeliverySelector {
        states: args.state.map_or_else(|| command.states(), |state| vec![state]),
        channel: args.channel.as_ref().map(ChannelId::new),
        since: args.since.map(|since| later(session.clock.now(), -since)),
    };
    let untried = command == ChangeCommand::Cancel || args.state.is_some();
    let ids = store.selected_deliveries(&selector, untried).await?;
    let mut results = Vec::new();
    for batch in ids.chunks(BATCH) {
        results.extend(store.change_deliveries(batch, command.change(false), session.clock.now()).await?);
    }
    if args.json {
        for (id, changed) in ids.iter().zip(&results) {
            print(id, *changed, true, session)?;
        }
        return Ok(Exit::Ok);
    }
    let text = summary(command, &results);
    session.out.line(match &args.channel {
        Some(channel) => format!("{channel}: {text}"),
        None => text,
    })?;
    Ok(Exit::Ok)
}

/// Rejects a channel that is neither configured nor holds deliveries.
async fn known_channel(channel: Option<&str>, store: &Store, config: &Config) -> anyhow::Result<()> {
    let conditions = store.channel_conditions().await?;
    let removed = conditions.iter().map(|condition| condition.channel.as_str());
    let known: Vec<&str> = config.channels.iter().map(|channel| channel.id.as_str()).chain(removed).collect();
    Ok(UnknownName::unless_known("channel", channel, &known)?)
}

fn is_done(changed: DeliveryChanged) -> bool {
    matches!(changed, DeliveryChanged::Due(_) | DeliveryChanged::Cancelled)
}

/// What became of the selected deliveries, in one line.
fn summary(command: ChangeCommand, results: &[DeliveryChanged]) -> String {
    if results.is_empty() {
        return match command {
            ChangeCommand::Retry => "no delivery failed permanently or waits for a retry",
            ChangeCommand::Replay => "no delivery was delivered or failed permanently",
            ChangeCommand::Cancel => "no delivery waits for an attempt or is held",
        }
        .to_owned();
    }
    let done = results.iter().filter(|changed| is_done(**changed)).count();
    let held = results.iter().filter(|changed| **changed == DeliveryChanged::Held).count();
    let of_all = if done + held == results.len() { String::new() } else { format!(" of {}", results.len()) };
    let done = format!("{}{of_all}", counted(done, "delivery"));
    let waiting = match held {
        0 => String::new(),
        held => format!("; {} until the channel delivers (marsad status)", are_held(held)),
    };
    match command {
        ChangeCommand::Cancel => format!("{done} cancelled"),
        _ => format!("{done} will be sent again within seconds, or when the daemon next starts{waiting}"),
    }
}

fn are_held(number: usize) -> String {
    format!("{} {} held", counted(number, "delivery"), if number == 1 { "is" } else { "are" })
}

fn print(id: &DeliveryId, changed: DeliveryChanged, json: bool, session: &mut Session) -> anyhow::Result<()> {
    if json {
        let (result, at) = match changed {
            DeliveryChanged::Due(at) => ("due", Some(at)),
            DeliveryChanged::Held => ("held", None),
            DeliveryChanged::Cancelled => ("cancelled", None),
            DeliveryChanged::InFlight { since } => ("inflight", since),
            DeliveryChanged::Settled { state, at } => (state.as_str(), at),
            DeliveryChanged::Unknown => ("unknown", None),
        };
        session.out.json(&json!({ "id": id, "changed": is_done(changed), "result": result, "at": at }))?;
        return Ok(());
    }
    let text = line(id, changed, session.clock.now(), &session.out);
    session.out.line(session.typed(&text))?;
    Ok(())
}

/// The result for one delivery, on one line.
fn line(id: &DeliveryId, changed: DeliveryChanged, now: Timestamp, out: &Output) -> String {
    let id = clean(id.as_str());
    match changed {
        DeliveryChanged::Due(at) if at > now => {
            format!("{id}: next attempt {}, or when the daemon next starts", relative(at, now))
        }
        DeliveryChanged::Due(_) => format!("{id}: next attempt now, or when the daemon next starts"),
        DeliveryChanged::Held => format!("{id}: held until its channel delivers; see marsad status"),
        DeliveryChanged::Cancelled => format!("{id}: cancelled; will not be sent"),
        DeliveryChanged::InFlight { since } => {
            let since = since.map(|at| format!(" since {}", out.absolute(at))).unwrap_or_default();
            format!("{id}: in flight{since}; see its outcome with marsad deliveries show {id}")
        }
        DeliveryChanged::Settled { state, at } => {
            let at = at.map(|at| format!(" {}", out.absolute(at))).unwrap_or_default();
            let then = match state {
                DeliveryState::Delivered => format!("; to send it again, run marsad deliveries replay {id}"),
                DeliveryState::Cancelled => "; will not be sent again".to_owned(),
                _ => String::new(),
            };
            format!("{id}: {}{at}{then}", state.as_str())
        }
        DeliveryChanged::Unknown => UnknownDelivery(id).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deliveries_that_changed_and_those_that_are_held_are_counted() {
        let (due, held) = (DeliveryChanged::Due(Timestamp::UNIX_EPOCH), DeliveryChanged::Held);
        let in_flight = DeliveryChanged::InFlight { since: None };
        for (command, results, expected) in [
            (ChangeCommand::Retry, &[][..], "no delivery failed permanently or waits for a retry"),
            (
                ChangeCommand::Replay,
                &[due, in_flight],
                "1 delivery of 2 will be sent again within seconds, or when the daemon next starts",
            ),
            (
                ChangeCommand::Retry,
                &[due, held, held],
                "1 delivery will be sent again within seconds, or when the daemon next starts; 2 deliveries are held until \
                 the channel delivers (marsad status)",
            ),
            (ChangeCommand::Cancel, &[DeliveryChanged::Cancelled; 3], "3 deliveries cancelled"),
        ] {
            assert_eq!(summary(command, results), expected);
        }
    }
}
