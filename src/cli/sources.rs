//! `marsad sources`: how the sources are, and one of them in full.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::cli::exit::{Unknown, limit};
use crate::cli::output::{Output, clean};
use crate::cli::{Exit, Session};
use crate::config::Config;
use crate::health::Health;
use crate::parse::page::learnt::{Known, Learnt};
use crate::server::shape;
use crate::source::Source;
use crate::store::SourceState;

/// Options of `marsad sources`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  marsad sources --state failing\n  marsad sources show una-ar\n  \
                  marsad sources --json | jq 'select(.failures > 0)'"
)]
pub struct Args {
    /// What to do; without it the sources are listed.
    #[command(subcommand)]
    command: Option<Command>,
    /// Which sources to list, and how.
    #[command(flatten)]
    list: List,
}

/// What to do with sources.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show one source in full: its state, its last visit, and where its page shows its items.
    #[command(after_help = "Example: marsad sources show oic-news")]
    Show {
        /// The source's name in the configuration.
        id: String,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// Options of the listing.
#[derive(Debug, clap::Args)]
struct List {
    /// Only the sources in this state, such as failing.
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// How many to list.
    #[arg(long, default_value_t = 1_000, value_parser = limit, value_name = "N")]
    limit: usize,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Lists the configured sources in the order of the files, or shows one.
///
/// # Errors
/// When the store cannot be read, or there is no such source.
pub async fn run(args: &Args, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    match &args.command {
        Some(Command::Show { id, json }) => show(id, *json, session, config).await,
        None => list(&args.list, session, config).await,
    }
}

async fn list(args: &List, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let known: Vec<&str> = Health::ALL.iter().map(|state| state.as_str()).chain(["off"]).collect();
    Unknown::unless_known("state", args.state.as_deref(), &known)?;
    let states = session.store(config).await?.source_states().await?;
    let states: BTreeMap<_, _> = states.iter().map(|state| (state.id.clone(), state)).collect();
    let now = session.clock.now();
    let mut rows = Vec::new();
    for source in &config.sources {
        let state = states.get(&source.id).copied();
        let word = shape::state_word(source, state);
        if args.state.as_deref().is_some_and(|asked| asked != word) || rows.len() == args.limit {
            continue;
        }
        if args.json {
            session.out.json(&shape::source(source, state))?;
            rows.push(Vec::new());
            continue;
        }
        let trouble = state.and_then(|state| state.last_error.clone().or_else(|| state.degraded.clone()));
        rows.push(vec![
            source.id.to_string(),
            source.kind.as_str().to_owned(),
            word.to_owned(),
            state.map_or(0, |state| state.items).to_string(),
            session.out.time(state.and_then(|state| state.last_success_at), now),
            session.out.time(state.and_then(|state| state.next_visit_at).filter(|_| source.enabled), now),
            trouble.unwrap_or_default(),
        ]);
    }
    if !args.json {
        let header = ["SOURCE", "KIND", "STATE", "ITEMS", "LAST SUCCESS", "NEXT VISIT", "TROUBLE"];
        session.out.table(&header, rows, 6)?;
    }
    Ok(Exit::Ok)
}

async fn show(id: &str, json: bool, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let known: Vec<&str> = config.sources.iter().map(|source| source.id.as_str()).collect();
    Unknown::unless_known("source", Some(id), &known)?;
    let Some(source) = config.source(id) else { return Ok(Exit::Failed) };
    let state = session.store(config).await?.source_state(&source.id).await?;
    if json {
        session.out.json(&shape::source_in_full(source, state.as_ref()))?;
        return Ok(Exit::Ok);
    }
    let now = session.clock.now();
    for (label, value) in facts(source, state.as_ref(), &session.out, now) {
        session.out.line(format!("{label:<13} {}", clean(&value)))?;
    }
    let places = state.as_ref().and_then(shape::learnt).map(|learnt| drawn(&learnt, &session.out, now));
    for line in places.unwrap_or_default() {
        session.out.line(line)?;
    }
    Ok(Exit::Ok)
}

/// What is known of a source, by label; what does not apply is left out.
fn facts(source: &Source, state: Option<&SourceState>, out: &Output, now: Timestamp) -> Vec<(&'static str, String)> {
    let none = SourceState::default();
    let word = shape::state_word(source, state).to_owned();
    let state = state.unwrap_or(&none);
    let time = |at: Option<Timestamp>| at.map(|at| out.time(Some(at), now));
    let failures = state.failing_since.map(|since| format!("{} since {}", state.failures, out.time(Some(since), now)));
    let next = state.next_visit_at.filter(|_| source.enabled);
    let facts = [
        ("source", Some(source.id.to_string())),
        (source.kind.as_str(), Some(source.address.to_string())),
        ("state", Some(word)),
        ("tags", (!source.tags.is_empty()).then(|| source.tags.join(", "))),
        ("items", Some(state.items.to_string())),
        ("first items", time(state.activated_at)),
        ("last visit", Some(out.time(state.last_visit_at, now))),
        ("last success", time(state.last_success_at)),
        ("next visit", time(next)),
        ("failures", failures),
        ("last error", state.last_error.clone()),
        ("degraded", state.degraded.clone()),
        ("void keys", (!state.void_keys.is_empty()).then(|| state.void_keys.replace(',', ", "))),
    ];
    facts.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
}

/// The places of a page, a line each: how many items stand there, where, and since when.
fn drawn(learnt: &Learnt, out: &Output, now: Timestamp) -> Vec<String> {
    let time = |at: Timestamp| out.time(Some(at), now);
    let mut lines = vec!["its items stand in".to_owned()];
    lines.extend(learnt.places().map(|known| {
        let sure = if known.is_sure() { "" } else { "; not sure yet" };
        let Known { items, since, seen, .. } = known;
        format!("  {items:>4} × {}\n         since {}, seen {}{sure}", clean(&known.drawn()), time(*since), time(*seen))
    }));
    if let Some(rival) = learnt.rival() {
        lines.push(format!("instead, since {} ({} visits)", time(rival.since), rival.visits));
        lines.extend(rival.places.iter().map(|place| format!("  {:>4} × {}", place.items, clean(&place.drawn()))));
    }
    lines
}
