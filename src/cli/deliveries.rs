//! `marsad deliveries`: what is owed to the channels, and what became of it.

use anyhow::Context;
use jiff::Timestamp;

use crate::alert::{DeliveryId, Outcome};
use crate::channel::ChannelId;
use crate::cli::exit::{Unknown, limit};
use crate::cli::output::{Output, clean, relative};
use crate::cli::{Exit, Session};
use crate::config::Config;
use crate::server::shape;
use crate::store::{Attempt, Delivery, DeliveryQuery, DeliveryState, Retried};

/// What to do with deliveries.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// List deliveries, newest first.
    #[command(after_help = "Example: marsad deliveries list --state dead --channel desk")]
    List(List),
    /// Show one delivery with every attempt at it.
    #[command(after_help = "Example: marsad deliveries show msg_4k0q…")]
    Show {
        /// The delivery's name, as the listing shows it.
        id: String,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Send deliveries again, at once: those that were given up, or that wait for their next attempt.
    #[command(after_help = "The receiver gets the same id and the same bytes, so one that keeps the ids it has seen \
                            takes it once.")]
    Retry {
        /// The deliveries' names.
        #[arg(required = true)]
        ids: Vec<String>,
    },
}

/// Options of `marsad deliveries list`.
#[derive(Debug, clap::Args)]
pub struct List {
    /// Only those in this state: pending, inflight, held, delivered, dead or cancelled.
    #[arg(long, value_name = "STATE")]
    state: Option<DeliveryState>,
    /// Only those of this channel.
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// How many to list.
    #[arg(long, default_value_t = 20, value_parser = limit, value_name = "N")]
    limit: usize,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Lists, shows or retries.
///
/// # Errors
/// When the store cannot be read, or a delivery does not exist.
pub async fn run(command: &Command, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    match command {
        Command::List(args) => list(args, session, config).await,
        Command::Show { id, json } => show(id, *json, session, config).await,
        Command::Retry { ids } => retry(ids, session, config).await,
    }
}

async fn list(args: &List, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let known: Vec<&str> = config.channels.iter().map(|channel| channel.id.as_str()).collect();
    Unknown::unless_known("channel", args.channel.as_deref(), &known)?;
    let channel = args.channel.as_ref().map(ChannelId::new);
    let query = DeliveryQuery { before: None, limit: args.limit, state: args.state, channel };
    let deliveries = session.store(config).await?.deliveries(&query).await?;
    if args.json {
        for (_, delivery) in &deliveries {
            session.out.json(&shape::delivery(delivery))?;
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
    let header = ["MADE", "CHANNEL", "TYPE", "STATE", "TRIES", "NEXT TRY", "ID", "LAST FAILURE"];
    session.out.table(&header, rows, 7)?;
    Ok(Exit::Ok)
}

async fn show(id: &str, json: bool, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let id = DeliveryId::from_stored(id.to_owned());
    let found = session.store(config).await?.delivery(&id).await?;
    let (delivery, attempts) = found.with_context(|| format!("there is no delivery {id}"))?;
    if json {
        session.out.json(&shape::delivery_with_attempts(&delivery, &attempts))?;
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
    session.out.line(format!("made {made} ({})", relative(delivery.made_at, session.clock.now())))?;
    if let Some(next) = delivery.next_attempt_at.filter(|_| delivery.state == DeliveryState::Pending) {
        let now = session.clock.now();
        let when = if next <= now { "due now".to_owned() } else { relative(next, now) };
        session.out.line(format!("next attempt {} ({when})", session.out.absolute(next)))?;
    }
    if delivery.replayed {
        session.out.line("sent again by hand (marsad deliveries retry)")?;
    }
    for attempt in &attempts {
        let started = session.out.absolute(attempt.started_at);
        session.out.line(format!("attempt {} at {started}: {}", attempt.number, told(attempt)))?;
        for line in answer(attempt).lines() {
            session.out.line(format!("    {line}"))?;
        }
    }
    session.out.line("")?;
    session.out.line(shape::body_text(&delivery.body))?;
    Ok(Exit::Ok)
}

/// What the receiver answered to an attempt that it did not take, without what moves a cursor; empty when it said
/// nothing.
fn answer(attempt: &Attempt) -> String {
    let (Some(Outcome::Failed { reason, .. }) | Some(Outcome::Rejected { reason })) = &attempt.outcome else {
        return String::new();
    };
    let lines: Vec<String> = reason.answer.trim().lines().map(clean).collect();
    if lines.iter().all(String::is_empty) { String::new() } else { format!("its answer:\n{}", lines.join("\n")) }
}

/// How an attempt ended, in a few words.
#[must_use]
pub fn told(attempt: &Attempt) -> String {
    let took = attempt.took.map(|took| format!(" after {} ms", took.as_millis())).unwrap_or_default();
    let what = match &attempt.outcome {
        None => "no end is known: under way, or marsad was stopped in it".to_owned(),
        Some(Outcome::Delivered { status: Some(status) }) => format!("delivered, status {status}"),
        Some(Outcome::Delivered { status: None }) => "delivered".to_owned(),
        Some(Outcome::Failed { reason, .. }) => format!("failed: {}", reason.message),
        Some(Outcome::Rejected { reason }) => format!("rejected: {}", reason.message),
    };
    crate::cli::output::clean(&format!("{what}{took}"))
}

async fn retry(ids: &[String], session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let store = session.store(config).await?;
    let mut exit = Exit::Ok;
    for id in ids {
        let id = DeliveryId::from_stored(id.clone());
        let now = session.clock.now();
        let retried = store.retry_delivery(&id, now).await?;
        if !matches!(retried, Retried::Due(_)) {
            exit = Exit::Failed;
        }
        session.out.line(answered(&id, retried, now, &session.out))?;
    }
    Ok(exit)
}

/// What is said of a delivery that somebody wants sent again.
fn answered(id: &DeliveryId, retried: Retried, now: Timestamp, out: &Output) -> String {
    let id = clean(id.as_str());
    match retried {
        Retried::Due(at) if at > now => {
            format!("{id} is sent again {}, or when marsad runs again", relative(at, now))
        }
        Retried::Due(_) => format!("{id} is sent again at once, or when marsad runs again"),
        Retried::InFlight { since } => {
            let since = since.map(|at| format!(" since {}", out.absolute(at))).unwrap_or_default();
            format!("delivery {id} is in flight{since}; its outcome decides: marsad deliveries show {id}")
        }
        Retried::Settled { state, at } => {
            let at = at.map(|at| format!(" {}", out.absolute(at))).unwrap_or_default();
            format!("delivery {id} was {}{at}; it is not sent again", state.as_str())
        }
        Retried::Unknown => format!("there is no delivery {id}; marsad deliveries list shows them"),
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
    fn a_receivers_answer_is_shown_without_what_moves_a_cursor() {
        assert_eq!(
            answer(&attempt("<p>over quota</p>\n\u{1b}]0;x\u{7}ask \u{202e}again\n")),
            "its answer:\n<p>over quota</p>\nask again"
        );
        assert_eq!(answer(&attempt(" \n")), "");
    }
}
