//! `marsad sources`: how the sources are.

use std::collections::BTreeMap;

use crate::cli::exit::{Unknown, limit};
use crate::cli::{Exit, Session};
use crate::config::Config;
use crate::health::Health;
use crate::server::shape;

/// Options of `marsad sources`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  marsad sources --state failing\n  marsad sources --json | jq 'select(.failures > 0)'"
)]
pub struct Args {
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

/// Lists the configured sources in the order of the files.
///
/// # Errors
/// When the store cannot be read.
pub async fn run(args: &Args, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
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
