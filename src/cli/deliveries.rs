//! `marsad deliveries`: lists and shows deliveries; `change` retries, replays and cancels them, `resume` lets them leave
//! again.

use std::sync::Arc;

use serde_json::Value;

use crate::alert::{DeliveryId, Outcome};
use crate::channel::{BodyFormat, Channel, ChannelId, ChannelKind};
use crate::cli::exit::{AmbiguousDelivery, UnknownDelivery, UnknownName, WrongArgument, limit};
use crate::cli::output::{Column, clean, counted, relative};
use crate::cli::{Exit, Session};
use crate::config::Config;
use crate::render::mail::MailContent;
use crate::render::template;
use crate::server::json;
use crate::store::{Attempt, Delivery, DeliveryQuery, DeliveryState, Store};
use change::{ChangeCommand, DeliveriesChangeArgs};
use obstacle::Obstacles;

mod change;
pub(crate) mod held;
pub(crate) mod obstacle;
pub(super) mod resume;

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
        after_help = "Examples:\n  marsad deliveries retry msg_4k0q\n  marsad deliveries retry --channel desk\n  marsad \
                      deliveries retry --state dead --since 2d\n\nA running daemon sends within a second, but not sooner \
                      than 5 seconds after the last attempt. A delivery is sent again with the same id and the same \
                      bytes, so a receiver that remembers ids can ignore a repeat. Without --state, deliveries that \
                      failed permanently or wait for their next attempt after a failure are retried. While a channel \
                      fails, only a delivery that is named by its id is attempted at once."
    )]
    Retry(DeliveriesChangeArgs),
    /// Send deliveries again, even if they were delivered.
    #[command(
        after_help = "Example: marsad deliveries replay --channel desk --since 6h\n\nA delivery is sent again with the \
                      same id and the same bytes, and with the header `marsad-replay: 1`. Without --state, deliveries \
                      that were delivered or failed permanently are sent again."
    )]
    Replay(DeliveriesChangeArgs),
    /// End deliveries that wait for an attempt or are held; they are not sent.
    #[command(
        after_help = "Example: marsad deliveries cancel --channel desk --state held\n\nWithout --state, deliveries that \
                      wait for an attempt or are held are cancelled. A delivery in flight is not cancelled."
    )]
    Cancel(DeliveriesChangeArgs),
    /// Let deliveries leave again that wait since a database was restored, or because their channel fails.
    #[command(
        after_help = "A channel that is disabled, because its receiver answered 410, is enabled only by marsad channel \
                      resume ID.\n\nIt resumes a whole channel, or all of them. To send only some of what waits, end the others \
                      first: marsad deliveries cancel takes --channel, --since and --state."
    )]
    Resume {
        /// Only send what this channel holds.
        #[arg(long, value_name = "CHANNEL")]
        channel: Option<String>,
        /// Print one JSON object per line.
        #[arg(long)]
        json: bool,
    },
}

/// Options of `marsad deliveries list`.
#[derive(Debug, clap::Args)]
pub struct DeliveriesListArgs {
    /// List only deliveries in this state: pending (also while a channel's schedule or quiet hours delay them),
    /// inflight, held (while their channel does not deliver), delivered, dead or cancelled (by hand, and tests that
    /// failed).
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

/// Lists, shows or changes deliveries.
///
/// # Errors
/// If the store cannot be read or a delivery does not exist.
pub(crate) async fn run(args: &DeliveriesArgs, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    match &args.command {
        None => list(&args.list, session, config).await,
        Some(DeliveriesCommand::List(args)) => list(args, session, config).await,
        Some(DeliveriesCommand::Show { id, json }) => show(id, *json, session, config).await,
        Some(DeliveriesCommand::Retry(args)) => change::run(args, ChangeCommand::Retry, session, config).await,
        Some(DeliveriesCommand::Replay(args)) => change::run(args, ChangeCommand::Replay, session, config).await,
        Some(DeliveriesCommand::Cancel(args)) => change::run(args, ChangeCommand::Cancel, session, config).await,
        Some(DeliveriesCommand::Resume { channel, json }) => {
            resume::run(channel.as_deref(), *json, session, config).await
        }
    }
}

async fn list(args: &DeliveriesListArgs, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    expect_channel(args.channel.as_deref(), config).await?;
    let channel = args.channel.as_ref().map(ChannelId::new);
    let query = DeliveryQuery { before: None, limit: args.limit, state: args.state, channel };
    let store = session.store(config).await?;
    let deliveries = store.deliveries(&query).await?;
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
    if matches!(args.state, None | Some(DeliveryState::Pending)) {
        gathered(args.channel.as_deref(), &store, session).await?;
    }
    Ok(Exit::Ok)
}

/// Prints how many alerts wait for a digest of each channel: they have no delivery yet.
async fn gathered(channel: Option<&str>, store: &Store, session: &mut Session) -> anyhow::Result<()> {
    let now = session.clock.now();
    let mut states: Vec<_> = store.digest_states().await?.into_iter().collect();
    states.retain(|(id, _)| channel.is_none_or(|asked| asked == id.as_str()));
    states.sort_by(|(one, _), (other, _)| one.cmp(other));
    for (id, state) in states {
        let Some(waiting) = state.waiting else { continue };
        let (alerts, verb) = (
            counted(usize::try_from(state.alerts).unwrap_or(usize::MAX), "alert"),
            if state.alerts == 1 { "waits" } else { "wait" },
        );
        session.out.line(format!("{id}: {alerts} {verb} for a digest, due {}", relative(waiting.first, now)))?;
    }
    Ok(())
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
    heading(&delivery, session)?;
    if let Some(text) = Obstacles::read(&store).await?.of(&delivery, config) {
        session.out.line(session.typed(&text))?;
    }
    if let Some(text) = standard_instead(&delivery, config) {
        session.out.line(text)?;
    }
    for attempt in &attempts {
        let started = session.out.absolute(attempt.started_at);
        session.out.line(format!(
            "attempt {} at {started}: {}",
            attempt.number,
            describe(attempt, delivery.is_attempted(attempt))
        ))?;
        for line in answer(attempt).lines() {
            session.out.line(format!("    {line}"))?;
        }
    }
    session.out.line("")?;
    session.out.line(body(&delivery.body))?;
    Ok(Exit::Ok)
}

/// What a delivery is, and when it is tried.
fn heading(delivery: &Delivery, session: &mut Session) -> anyhow::Result<()> {
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
        session.out.line("sent again by hand (marsad deliveries retry or replay)")?;
    }
    Ok(())
}

/// That a delivery has the standard body although its channel has a template, and why.
fn standard_instead(delivery: &Delivery, config: &Config) -> Option<String> {
    let ChannelKind::Webhook(webhook) = &config.channel(delivery.channel.as_str())?.kind else { return None };
    let BodyFormat::Template { name, text } = &webhook.format else { return None };
    let document: Value = serde_json::from_slice(&delivery.body).ok()?;
    let data = &document["data"];
    let is_standard = document["type"] == delivery.kind.as_str() && data["seq"] == delivery.seq;
    if !is_standard || data["channel"] != delivery.channel.as_str() {
        return None;
    }
    Some(match template::render(text, &document) {
        Err(problem) => format!("in the standard format, because the template {name} fails: {}", clean(&problem)),
        Ok(_) => format!("in the standard format: the template {name} failed then, or was added later"),
    })
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

/// Describes how an attempt ended, or that it is under way.
#[must_use]
pub(crate) fn describe(attempt: &Attempt, is_running: bool) -> String {
    let took = attempt.took.map(|took| format!(" in {} ms", took.as_millis())).unwrap_or_default();
    let what = match &attempt.outcome {
        None if is_running => "in flight, no outcome yet".to_owned(),
        None => "no outcome: interrupted by a stop of marsad".to_owned(),
        Some(Outcome::Delivered { status: Some(status) }) => format!("delivered{took}, status {status}"),
        Some(Outcome::Delivered { status: None }) => format!("delivered{took}"),
        Some(Outcome::Failed { reason, .. }) => format!("failed{took}: {}", reason.message),
        Some(Outcome::Rejected { reason }) => format!("rejected{took}: {}", reason.message),
    };
    crate::cli::output::clean(&what)
}

/// Rejects a channel that is not configured and has no deliveries.
async fn expect_channel(asked: Option<&str>, config: &Config) -> anyhow::Result<()> {
    if asked.is_none_or(|asked| config.channel(asked).is_some()) {
        return Ok(());
    }
    let removed = match Store::open_shared(&config.state_dir).await {
        Ok(store) => store.channels_with_deliveries().await?,
        Err(_) => Vec::new(),
    };
    let removed = removed.iter().map(ChannelId::as_str);
    let known: Vec<&str> = config.channels.iter().map(|channel| channel.id.as_str()).chain(removed).collect();
    Ok(UnknownName::unless_known("channel", asked, &known)?)
}

/// The configured channel with this id.
///
/// # Errors
/// If no channel has this id, or it was removed.
pub(crate) async fn configured<'a>(id: &str, config: &'a Config) -> anyhow::Result<&'a Arc<Channel>> {
    expect_channel(Some(id), config).await?;
    let removed = || WrongArgument(format!("{id} is not configured any more; add it to the configuration again"));
    Ok(config.channel(id).ok_or_else(removed)?)
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

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

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
