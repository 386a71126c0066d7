//! `marsad sources`: lists the sources and their states, or shows one in full.

use std::collections::BTreeMap;

mod flood;
mod show;

use crate::cli::exit::{UnknownName, limit};
use crate::cli::output::Column;
use crate::cli::{Exit, Session};
use crate::config::Config;
use crate::health::SourceStatus;
use crate::server::json;

/// Options of `marsad sources`.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  marsad sources --state failing\n  marsad sources show una-ar\n  \
                  marsad sources --json | jq 'select(.failures > 0)'"
)]
pub struct SourcesArgs {
    /// The subcommand; without one, the sources are listed.
    #[command(subcommand)]
    command: Option<SourcesCommand>,
    /// The options of the listing.
    #[command(flatten)]
    list: SourcesListArgs,
}

/// The subcommands of `marsad sources`.
#[derive(Debug, clap::Subcommand)]
enum SourcesCommand {
    /// Show one source in full: its state, its last visit, and the layout of its page.
    #[command(after_help = "Example: marsad sources show oic-news")]
    Show {
        /// The source's id in the configuration.
        id: String,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
    /// Send the alerts of a source that wait since a redesign of its site (`source.flood`).
    #[command(
        after_help = "Example: marsad sources accept oic-news\n\nWorks while the daemon runs. Without a decision, \
                            the alerts leave 6 hours after the event."
    )]
    Accept {
        /// The source's id in the configuration.
        id: String,
    },
    /// Mark the items of a source that wait since a redesign of its site as seen, without alerts.
    #[command(
        after_help = "Example: marsad sources discard oic-news\n\nWorks while the daemon runs. The items stay stored \
                            and do not alert later."
    )]
    Discard {
        /// The source's id in the configuration.
        id: String,
    },
}

/// Options of the listing.
#[derive(Debug, clap::Args)]
struct SourcesListArgs {
    /// List only sources in this state, such as failing.
    #[arg(long, value_name = "STATE")]
    state: Option<String>,
    /// The most rows to list.
    #[arg(long, default_value_t = 1_000, value_parser = limit, value_name = "N")]
    limit: usize,
    /// Print one JSON object per line.
    #[arg(long)]
    json: bool,
}

/// The columns of the listing.
const COLUMNS: [Column; 7] = [
    Column::name("SOURCE"),
    Column::whole("KIND"),
    Column::whole("STATE"),
    Column::whole("ITEMS"),
    Column::whole("LAST SUCCESS"),
    Column::whole("NEXT VISIT"),
    Column::text("PROBLEM"),
];

/// Lists the configured sources in the order of the files, or shows one.
///
/// # Errors
/// If the store cannot be read or there is no such source.
pub async fn run(args: &SourcesArgs, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    match &args.command {
        Some(SourcesCommand::Show { id, json }) => show::show(id, *json, session, config).await,
        Some(SourcesCommand::Accept { id }) => flood::accept(id, session, config).await,
        Some(SourcesCommand::Discard { id }) => flood::discard(id, session, config).await,
        None => list(&args.list, session, config).await,
    }
}

async fn list(args: &SourcesListArgs, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let known: Vec<&str> = SourceStatus::all().map(SourceStatus::as_str).collect();
    UnknownName::unless_known("state", args.state.as_deref(), &known)?;
    let states = session.store(config).await?.source_states().await?;
    let states: BTreeMap<_, _> = states.iter().map(|state| (state.id.clone(), state)).collect();
    let now = session.clock.now();
    let mut rows = Vec::new();
    for source in &config.sources {
        let state = states.get(&source.id).copied();
        let word = json::status(source, state).as_str();
        if args.state.as_deref().is_some_and(|asked| asked != word) || rows.len() == args.limit {
            continue;
        }
        if args.json {
            session.out.json(&json::source(source, state))?;
            rows.push(Vec::new());
            continue;
        }
        let trouble = state.and_then(|state| state.last_error.clone().or_else(|| state.degraded.clone()));
        let held = state.map(|state| state.held).filter(|held| *held > 0).map(|held| flood::waiting(held, &source.id));
        let trouble = held.or(trouble);
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
        session.out.table(&COLUMNS, rows)?;
    }
    Ok(Exit::Ok)
}
