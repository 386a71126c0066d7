//! `marsad deliveries`: lists, shows and retries deliveries.

use std::io::Write as _;

use jiff::Timestamp;

use crate::alert::{DeliveryId, Outcome};
use crate::channel::ChannelId;
use crate::cli::exit::{AmbiguousDelivery, UnknownDelivery, UnknownName, limit};
use crate::cli::output::{Column, Output, clean, counted, relative};
use crate::cli::{Exit, Session};
use crate::config::Config;
use crate::render::mail::MailContent;
use crate::server::json;
use crate::store::{Attempt, Delivery, DeliveryQuery, DeliveryState, Retried, Store};

/// Options of `marsad deliveries`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct DeliveriesArgs {
    #[command(subcommand)]
    command: Option<DeliveriesCommand>,
    #[command(flatten)]
    list: DeliveriesListArgs,
}

/// The subcommands of `marsad deliveries`.
#[derive(Debug, clap::Subcommand)]
pub enum DeliveriesCommand {
    /// List deliveries, newest first.
    #[command(after_help = "Example: marsad deliveries list --state dead --channel desk")]
    List(DeliveriesListArgs),
    /// Show one delivery with all its attempts.
    #[command(after_help = "Example: marsad deliveries show msg_4k0q…")]
    Show {
        /// The delivery's id, as marsad deliveries list prints it, or as much of it as no other id begins with.
        id: String,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Retry deliveries now, whether they failed permanently or wait for their next attempt.
    #[command(
        after_help = "Examples:\n  marsad deliveries retry msg_4k0q\n  marsad deliveries retry --channel desk\n\nA \
                      running daemon sends within a second, but not sooner than 5 seconds after the last attempt. A \
                      delivery is sent again with the same id and the same bytes, so a receiver that remembers ids can \
                      ignore a repeat."
    )]
    Retry {
        /// The ids of the deliveries, or as much of each as no other id begins with.
        #[arg(required_unless_present = "channel", conflicts_with = "channel", value_name = "ID")]
        ids: Vec<String>,
        /// Retry every delivery to this channel that failed permanently or waits for its next attempt after a failure.
        #[arg(long, value_name = "CHANNEL")]
        channel: Option<String>,
    },
}

/// Options of `marsad deliveries list`.
#[derive(Debug, clap::Args)]
pub struct DeliveriesListArgs {
    /// List only deliveries in this state: pending (also while a channel's schedule or quiet hours delay them),
    /// inflight, delivered, dead or cancelled (tests that failed).
    #[arg(long, value_parser = DeliveryState::filter, value_name = "STATE")]
    state: Option<DeliveryState>,
    /// List only deliveries to this channel.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// The most rows to list.
    #[arg(long, default_value_t = 20, value_parser = limit, value_name = "N")]
    limit: usize,
    /// Print one JSON object per line.
    #[arg(long)]
    json: bool,
}

/// The most ids that are named if several begin with what was typed. Chosen by hand.
const MAX_NAMED: u32 = 4;

/// The columns of the listing.
const COLUMNS: [Column; 8] = [
    Column::whole("CREATED"),
    Column::name("CHANNEL"),
    Column::name("TYPE"),
    Column::whole("STATE"),
    Column::whole("ATTEMPTS"),
    Column::whole("NEXT"),
    Column::id("ID"),
    Column::text("LAST FAILURE"),
];

/// Lists, shows or retries.
///
/// # Errors
/// If the store cannot be read or a delivery does not exist.
pub(crate) async fn run(args: &DeliveriesArgs, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    match &args.command {
        None => list(&args.list, session, config).await,
        Some(DeliveriesCommand::List(args)) => list(args, session, config).await,
        Some(DeliveriesCommand::Show { id, json }) => show(id, *json, session, config).await,
        Some(DeliveriesCommand::Retry { channel: Some(channel), .. }) => retry_channel(channel, session, config).await,
        Some(DeliveriesCommand::Retry { ids, .. }) => retry(ids, session, config).await,
    }
}

async fn list(args: &DeliveriesListArgs, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let known: Vec<&str> = config.channels.iter().map(|channel| channel.id.as_str()).collect();
    UnknownName::unless_known("channel", args.channel.as_deref(), &known)?;
    let channel = args.channel.as_ref().map(ChannelId::new);
    let query = DeliveryQuery { before: None, limit: args.limit, state: args.state, channel };
    let deliveries = session.store(config).await?.deliveries(&query).await?;
    if args.json {
        for (_, delivery) in &deliveries {
            session.out.json(&json::delivery(delivery))?;
        }
        return Ok(Exit::Ok);
    }
    let now = session.clock.now();
    let row = |(_, d): &(i64, Delivery)| {
        vec![
            session.out.time(Some(d.made_at), now),
            d.channel.to_string(),
            d.kind.clone(),
            d.state.as_str().to_owned(),
            d.attempts.to_string(),
            session.out.time(d.next_attempt_at.filter(|_| d.state == DeliveryState::Pending), now),
            d.id.to_string(),
            d.last.as_ref().map(|reason| reason.message.clone()).unwrap_or_default(),
        ]
    };
    let rows = deliveries.iter().map(row).collect();
    session.out.table(&COLUMNS, rows)?;
    Ok(Exit::Ok)
}

async fn show(id: &str, json: bool, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let store = session.store(config).await?;
    let id = identified(id, &store).await?;
    let found = store.delivery(&id).await?;
    let (delivery, attempts) = found.ok_or_else(|| UnknownDelivery(id.to_string()))?;
    if json {
        session.out.json(&json::delivery_with_attempts(&delivery, &attempts))?;
        return Ok(Exit::Ok);
    }
    let made = session.out.absolute(delivery.made_at);
    session.out.line(format!(
        "{}  {} to {}, {}",
        delivery.id,
        delivery.kind,
        delivery.channel,
        delivery.state.as_str()
    ))?;
    session.out.line(format!("created {made} ({})", relative(delivery.made_at, session.clock.now())))?;
    if let Some(next) = delivery.next_attempt_at.filter(|_| delivery.state == DeliveryState::Pending) {
        let now = session.clock.now();
        let when = if next <= now { "due now".to_owned() } else { relative(next, now) };
        session.out.line(format!("next attempt {} ({when})", session.out.absolute(next)))?;
    }
    if delivery.replayed {
        session.out.line("retried by hand (marsad deliveries retry)")?;
    }
    for attempt in &attempts {
        let started = session.out.absolute(attempt.started_at);
        session.out.line(format!("attempt {} at {started}: {}", attempt.number, describe(attempt)))?;
        for line in answer(attempt).lines() {
            session.out.line(format!("    {line}"))?;
        }
    }
    session.out.line("")?;
    session.out.line(body(&delivery.body))?;
    Ok(Exit::Ok)
}

/// The body as a person reads it: of a mail the subject and the text part.
fn body(bytes: &[u8]) -> String {
    match MailContent::from_bytes(bytes) {
        Ok(mail) => format!("Subject: {}\n\n{}", clean(&mail.subject), lines(&mail.text)),
        Err(_) => json::body_text(bytes),
    }
}

/// The lines of a text, without control characters.
fn lines(text: &str) -> String {
    text.lines().map(clean).collect::<Vec<_>>().join("\n")
}

/// The receiver's answer to a failed attempt, without control characters; empty if there was none.
fn answer(attempt: &Attempt) -> String {
    let (Some(Outcome::Failed { reason, .. }) | Some(Outcome::Rejected { reason })) = &attempt.outcome else {
        return String::new();
    };
    let lines: Vec<String> = reason.answer.trim().lines().map(clean).collect();
    if lines.iter().all(String::is_empty) { String::new() } else { format!("answer:\n{}", lines.join("\n")) }
}

/// Describes how an attempt ended.
#[must_use]
pub(crate) fn describe(attempt: &Attempt) -> String {
    let took = attempt.took.map(|took| format!(" in {} ms", took.as_millis())).unwrap_or_default();
    let what = match &attempt.outcome {
        None => "no outcome: in flight, or interrupted by a stop of marsad".to_owned(),
        Some(Outcome::Delivered { status: Some(status) }) => format!("delivered{took}, status {status}"),
        Some(Outcome::Delivered { status: None }) => format!("delivered{took}"),
        Some(Outcome::Failed { reason, .. }) => format!("failed{took}: {}", reason.message),
        Some(Outcome::Rejected { reason }) => format!("rejected{took}: {}", reason.message),
    };
    crate::cli::output::clean(&what)
}

async fn retry(ids: &[String], session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let store = session.store(config).await?;
    let (mut exit, mut unknown) = (Exit::Ok, Vec::new());
    for typed in ids {
        let id = match identified(typed, &store).await {
            Ok(id) => id,
            Err(error) if error.is::<UnknownDelivery>() => {
                unknown.push(clean(typed));
                continue;
            }
            Err(error) => return Err(error),
        };
        let now = session.clock.now();
        let retried = store.retry_delivery(&id, now).await?;
        if !matches!(retried, Retried::Due(_)) {
            exit = Exit::Failed;
        }
        let result = retry_result(&id, retried, now, &session.out);
        session.out.line(session.typed(&result))?;
    }
    session.out.flush()?;
    if unknown.is_empty() { Ok(exit) } else { Err(UnknownDelivery(unknown.join("`, `")).into()) }
}

/// The delivery whose id was typed, in full or so much of it that no other id begins like it.
async fn identified(typed: &str, store: &Store) -> anyhow::Result<DeliveryId> {
    let mut found = store.deliveries_named(typed, MAX_NAMED).await?;
    if let Some(exact) = found.iter().position(|id| id.as_str() == typed) {
        return Ok(found.swap_remove(exact));
    }
    match found.len() {
        0 => Err(UnknownDelivery(typed.to_owned()).into()),
        1 => Ok(found.swap_remove(0)),
        _ => {
            let ids = found.iter().map(|id| clean(id.as_str())).collect();
            Err(AmbiguousDelivery { typed: clean(typed), ids }.into())
        }
    }
}

/// Retries what failed on one channel.
async fn retry_channel(channel: &str, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let known: Vec<&str> = config.channels.iter().map(|channel| channel.id.as_str()).collect();
    UnknownName::unless_known("channel", Some(channel), &known)?;
    let store = session.store(config).await?;
    let failed = store.failed_deliveries(&ChannelId::new(channel)).await?;
    let mut due = 0;
    for id in &failed {
        let retried = store.retry_delivery(id, session.clock.now()).await?;
        due += usize::from(matches!(retried, Retried::Due(_)));
    }
    let text = match (due, failed.len()) {
        (_, 0) => "no delivery failed permanently or waits for a retry".to_owned(),
        (due, all) => {
            let all = if due == all { String::new() } else { format!(" of {all}") };
            format!(
                "{}{all} will be sent again within seconds, or when the daemon next starts",
                counted(due, "delivery")
            )
        }
    };
    session.out.line(format!("{channel}: {text}"))?;
    Ok(Exit::Ok)
}

/// The result of a retry, on one line.
fn retry_result(id: &DeliveryId, retried: Retried, now: Timestamp, out: &Output) -> String {
    let id = clean(id.as_str());
    match retried {
        Retried::Due(at) if at > now => {
            format!("{id}: next attempt {}, or when the daemon next starts", relative(at, now))
        }
        Retried::Due(_) => format!("{id}: next attempt now, or when the daemon next starts"),
        Retried::InFlight { since } => {
            let since = since.map(|at| format!(" since {}", out.absolute(at))).unwrap_or_default();
            format!("{id}: in flight{since}; see its outcome with marsad deliveries show {id}")
        }
        Retried::Settled { state, at } => {
            let at = at.map(|at| format!(" {}", out.absolute(at))).unwrap_or_default();
            format!("{id}: {}{at}; will not be sent again", state.as_str())
        }
        Retried::Unknown => UnknownDelivery(id).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::Reason;

    fn attempt(answer: &str) -> Attempt {
        let reason = Reason { answer: answer.to_owned(), ..Reason::default() };
        let outcome = Some(Outcome::Rejected { reason });
        Attempt { number: 1, started_at: Timestamp::UNIX_EPOCH, took: None, outcome }
    }

    #[test]
    fn a_receivers_answer_is_shown_without_control_characters() {
        assert_eq!(
            answer(&attempt("<p>over quota</p>\n\u{1b}]0;x\u{7}ask \u{202e}again\n")),
            "answer:\n<p>over quota</p>\nask again"
        );
        assert_eq!(answer(&attempt(" \n")), "");
    }
}
