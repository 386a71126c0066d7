//! `marsad deliveries retry`, `replay` and `cancel`: changes deliveries by hand.

use std::io::Write as _;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::held;
use super::{expect_channel, identified};
use crate::alert::DeliveryId;
use crate::channel::ChannelId;
use crate::cli::exit::{UnknownDelivery, WrongArgument};
use crate::cli::output::{clean, counted, relative};
use crate::cli::{Exit, Session, duration};
use crate::clock::later;
use crate::config::Config;
use crate::store::{DeliveryChange, DeliveryChanged, DeliverySelector, DeliveryState, Store};

/// Options of the commands that change deliveries.
#[derive(Debug, clap::Args)]
pub struct DeliveriesChangeArgs {
    /// The ids of the deliveries, or as much of each as no other id begins with.
    #[arg(conflicts_with_all = ["channel", "since", "state"], value_name = "ID")]
    ids: Vec<String>,
    /// Every delivery to this channel.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// Every delivery created within this time, such as 12h or 7d.
    #[arg(long, value_parser = duration::since, value_name = "DURATION")]
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
    if !args.ids.is_empty() {
        return named(args, command, session, config).await;
    }
    if args.channel.is_none() && args.since.is_none() && args.state.is_none() {
        let text = "no delivery is named; type its id, or select several with --channel, --since or --state";
        return Err(WrongArgument(text.to_owned()).into());
    }
    selected(args, command, session, config).await
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
            let line = (!args.json).then_some(line(&id, changed, command, &store, session).await?);
            print(&id, changed, line.as_deref(), session)?;
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
    expect_channel(args.channel.as_deref(), config).await?;
    let store = session.store(config).await?;
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
            print(id, *changed, None, session)?;
        }
        return Ok(Exit::Ok);
    }
    let held = match command {
        ChangeCommand::Cancel => String::new(),
        _ => held::by_channels(&store.channel_conditions().await?, args.channel.as_deref()),
    };
    let text = match results.as_slice() {
        // What is held is not selected without `--state`, but may be what the operator looks for.
        [] if args.state.is_none() && args.since.is_none() => format!("{}{held}", nothing(args, command)),
        [] => nothing(args, command),
        results => summary(command, results, when(store.deliveries_paused().await?.is_some()), &held),
    };
    let text = match &args.channel {
        Some(channel) => format!("{channel}: {text}"),
        None => text,
    };
    session.out.line(session.typed(&text))?;
    Ok(Exit::Ok)
}

fn is_done(changed: DeliveryChanged) -> bool {
    matches!(changed, DeliveryChanged::Due(_) | DeliveryChanged::Cancelled)
}

/// That no delivery is selected.
fn nothing(args: &DeliveriesChangeArgs, command: ChangeCommand) -> String {
    let of_time = args.since.map(|since| format!(" of the last {}", duration::shown(since))).unwrap_or_default();
    let does = match (args.state, command) {
        (Some(DeliveryState::Inflight), _) => "is in flight".to_owned(),
        (Some(state), _) => format!("is {}", state.as_str()),
        (None, ChangeCommand::Retry) => "failed permanently or waits for a retry".to_owned(),
        (None, ChangeCommand::Replay) => "was delivered or failed permanently".to_owned(),
        (None, ChangeCommand::Cancel) => "waits for an attempt or is held".to_owned(),
    };
    format!("no delivery{of_time} {does}")
}

/// When deliveries that are due are sent.
fn when(is_paused: bool) -> &'static str {
    match is_paused {
        true => "after deliveries begin again; run marsad deliveries resume",
        false => "within seconds, or when the daemon next starts",
    }
}

/// What became of the selected deliveries, in one line; `when` says when they are sent, `held` what their channels hold.
fn summary(command: ChangeCommand, results: &[DeliveryChanged], when: &str, held: &str) -> String {
    let done = results.iter().filter(|changed| is_done(**changed)).count();
    let waits = results.iter().filter(|changed| **changed == DeliveryChanged::Held).count();
    let of_all = if done + waits == results.len() { String::new() } else { format!(" of {}", results.len()) };
    let number = format!("{}{of_all}", counted(done, "delivery"));
    match command {
        ChangeCommand::Cancel => format!("{number} cancelled"),
        _ if waits == results.len() => format!("no delivery is sent yet{held}"),
        _ => format!("{number} will be sent again {when}{held}"),
    }
}

/// Prints the result for one delivery: `line`, or without one a JSON object.
fn print(id: &DeliveryId, changed: DeliveryChanged, line: Option<&str>, session: &mut Session) -> anyhow::Result<()> {
    if let Some(line) = line {
        session.out.line(session.typed(line))?;
        return Ok(());
    }
    let (result, at) = match changed {
        DeliveryChanged::Due(at) => ("due", Some(at)),
        DeliveryChanged::Held => ("held", None),
        DeliveryChanged::Cancelled => ("cancelled", None),
        DeliveryChanged::InFlight { since } => ("inflight", since),
        DeliveryChanged::Settled { state, at } => (state.as_str(), at),
        DeliveryChanged::Unknown => ("unknown", None),
    };
    session.out.json(&json!({ "id": id, "changed": is_done(changed), "result": result, "at": at }))?;
    Ok(())
}

/// The result for one delivery, on one line.
async fn line(
    id: &DeliveryId,
    changed: DeliveryChanged,
    command: ChangeCommand,
    store: &Store,
    session: &Session,
) -> anyhow::Result<String> {
    let (name, now, out) = (clean(id.as_str()), session.clock.now(), &session.out);
    let text = match changed {
        DeliveryChanged::Due(at) => due(at, now, store.deliveries_paused().await?),
        DeliveryChanged::Held => format!("held {}", held::why(id, store).await?),
        DeliveryChanged::Cancelled => "cancelled; will not be sent".to_owned(),
        DeliveryChanged::InFlight { since } => {
            let since = since.map(|at| format!(" since {}", out.absolute(at))).unwrap_or_default();
            format!("in flight{since}; see its outcome with marsad deliveries show {name}")
        }
        DeliveryChanged::Settled { state, at } => {
            let at = at.map(|at| format!(" {}", out.absolute(at))).unwrap_or_default();
            format!("{}{at}; {}", state.as_str(), settled(command, state, &name))
        }
        DeliveryChanged::Unknown => return Ok(UnknownDelivery(name).to_string()),
    };
    Ok(format!("{name}: {text}"))
}

/// When a delivery that is due is tried.
fn due(at: Timestamp, now: Timestamp, paused: Option<String>) -> String {
    match paused {
        Some(reason) => {
            format!("waits because deliveries are paused: {}; run marsad deliveries resume", clean(&reason))
        }
        None if at > now => format!("next attempt {}, or when the daemon next starts", relative(at, now)),
        None => "next attempt now, or when the daemon next starts".to_owned(),
    }
}

/// What to do about a delivery that has ended.
fn settled(command: ChangeCommand, state: DeliveryState, name: &str) -> String {
    match command {
        ChangeCommand::Cancel if state == DeliveryState::Dead => "will not be sent again".to_owned(),
        ChangeCommand::Cancel => "nothing to cancel".to_owned(),
        _ => format!("to send it again, run marsad deliveries replay {name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selecting(since: Option<SignedDuration>, state: Option<DeliveryState>) -> DeliveriesChangeArgs {
        DeliveriesChangeArgs { ids: Vec::new(), channel: None, since, state, json: false }
    }

    #[test]
    fn the_deliveries_that_changed_and_what_the_channels_hold_are_counted() {
        let (due, held) = (DeliveryChanged::Due(Timestamp::UNIX_EPOCH), DeliveryChanged::Held);
        let in_flight = DeliveryChanged::InFlight { since: None };
        let hold = "; 3 deliveries are held until desk delivers";
        for (command, results, expected) in [
            (
                ChangeCommand::Replay,
                &[due, in_flight][..],
                "1 delivery of 2 will be sent again within seconds, or when the daemon next starts; 3 deliveries are held \
                 until desk delivers",
            ),
            (
                ChangeCommand::Retry,
                &[due, held, held],
                "1 delivery will be sent again within seconds, or when the daemon next starts; 3 deliveries are held until \
                 desk delivers",
            ),
            (ChangeCommand::Retry, &[held], "no delivery is sent yet; 3 deliveries are held until desk delivers"),
            (ChangeCommand::Cancel, &[DeliveryChanged::Cancelled; 3], "3 deliveries cancelled"),
        ] {
            assert_eq!(summary(command, results, when(false), hold), expected);
        }
    }

    #[test]
    fn a_retry_while_deliveries_are_paused_names_what_ends_the_pause() {
        let due = [DeliveryChanged::Due(Timestamp::UNIX_EPOCH)];
        assert_eq!(
            summary(ChangeCommand::Retry, &due, when(true), ""),
            "1 delivery will be sent again after deliveries begin again; run marsad deliveries resume"
        );
    }

    #[test]
    fn nothing_selected_is_described_by_the_filters() {
        let (all, day) = (selecting(None, None), Some(SignedDuration::from_hours(24)));
        let of_day = selecting(day, Some(DeliveryState::Held));
        assert_eq!(nothing(&all, ChangeCommand::Retry), "no delivery failed permanently or waits for a retry");
        assert_eq!(nothing(&all, ChangeCommand::Replay), "no delivery was delivered or failed permanently");
        assert_eq!(nothing(&of_day, ChangeCommand::Cancel), "no delivery of the last 1d is held");
    }

    #[test]
    fn an_ended_delivery_is_replayed_and_not_cancelled() {
        for state in [DeliveryState::Delivered, DeliveryState::Cancelled] {
            let replay = "to send it again, run marsad deliveries replay msg_1";
            assert_eq!(settled(ChangeCommand::Retry, state, "msg_1"), replay);
            assert_eq!(settled(ChangeCommand::Cancel, state, "msg_1"), "nothing to cancel");
        }
    }
}
