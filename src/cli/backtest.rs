//! `marsad backtest`: lists the stored items that a watch or a query matches.

use std::sync::Arc;

use jiff::{SignedDuration, Span, SpanRelativeTo};
use serde_json::json;

use crate::alert::{Hit, WatchId};
use crate::cli::exit::UnknownName;
use crate::cli::output::counted;
use crate::cli::{Exit, Session, query};
use crate::clock::later;
use crate::config::Config;
use crate::store::{ItemQuery, StoredItem};
use crate::watch::WatchInput;
use crate::watch::compile::Watches;

/// Options of `marsad backtest`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  marsad backtest gaza --since 7d\n  marsad backtest --query '@oic AND (غزة OR Gaza)'\n\n\
                        Copies of one text are listed and counted separately, although a watch usually alerts for \
                        them only once."
)]
pub(crate) struct BacktestArgs {
    /// The watch to test.
    #[arg(value_name = "WATCH", required_unless_present = "query")]
    watch: Option<String>,
    /// Test this query instead of a configured watch.
    #[arg(long, value_name = "QUERY", conflicts_with = "watch")]
    query: Option<String>,
    /// How far to look back, such as 12h, 30d or 8w.
    #[arg(long, default_value = "30d", value_parser = duration, value_name = "TIME")]
    since: SignedDuration,
    /// The most items to list, newest first; the printed total counts all matching items.
    #[arg(long, default_value_t = 20, value_parser = crate::cli::exit::limit, value_name = "N")]
    limit: usize,
    /// Print one JSON object per line; the last one holds the counts.
    #[arg(long)]
    json: bool,
}

/// The number of items that are read at a time. Chosen by hand.
const PAGE: usize = 200;

fn duration(text: &str) -> Result<SignedDuration, String> {
    let span: Span = text.parse().map_err(|_| format!("invalid duration {text:?}; write 12h, 30d or 8w"))?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).map_err(|error| error.to_string())
}

/// Lists the stored items that the watch matches.
///
/// # Errors
/// If the watch does not exist, the query is invalid, or the store cannot be read.
pub async fn run(args: &BacktestArgs, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let (watches, id) = match &args.query {
        Some(text) => (Arc::new(query::watch(text, &config.concepts)?), WatchId::new(query::QUERY)),
        None => (Arc::clone(&config.watches), WatchId::new(args.watch.clone().unwrap_or_default())),
    };
    let known: Vec<&str> = watches.all().iter().map(|watch| watch.id.as_str()).collect();
    UnknownName::unless_known("watch", Some(id.as_str()), &known)?;
    let (store, now) = (session.store(config).await?, session.clock.now());
    let oldest = later(now, -args.since);
    let (mut before, mut examined, mut found) = (None, 0_usize, Vec::new());
    'pages: loop {
        let page = store.items(&ItemQuery { before, limit: PAGE, source: None }).await?;
        let Some((last, _)) = page.last() else { break };
        before = Some(*last);
        for (_, stored) in page {
            if stored.first_seen < oldest {
                break 'pages;
            }
            examined += 1;
            found.extend(hit(&watches, &id, config, &stored).map(|hit| (stored, hit)));
        }
    }
    print(args, session, &found, examined)
}

fn hit(watches: &Watches, id: &WatchId, config: &Config, stored: &StoredItem) -> Option<Hit> {
    let configured = config.source(stored.source.as_str()).map(|source| source.tags.as_slice()).unwrap_or_default();
    let tags: Vec<String> = configured.iter().chain(&stored.item.tags).cloned().collect();
    let reading = WatchInput {
        title: &stored.item.title,
        summary: &stored.item.summary,
        text: &stored.item.text,
        lang: stored.item.lang.as_ref(),
        source: &stored.source,
        tags: &tags,
    };
    watches.evaluate(&reading).into_iter().find(|hit| hit.watch == *id)
}

fn print(
    args: &BacktestArgs,
    session: &mut Session,
    found: &[(StoredItem, Hit)],
    examined: usize,
) -> anyhow::Result<Exit> {
    let listed = found.iter().take(args.limit);
    if args.json {
        for (stored, hit) in listed {
            let item = crate::server::json::item(stored);
            session.out.json(&json!({ "item": item, "matches": hit.matches, "matches_total": hit.total }))?;
        }
        session.out.json(&json!({ "items": examined, "matched": found.len() }))?;
        return Ok(Exit::Ok);
    }
    let now = session.clock.now();
    let row = |(stored, hit): &(StoredItem, Hit)| {
        let place = hit.matches.first().map_or("-", |found| found.text.as_str()).to_owned();
        let seen = session.out.time(Some(stored.first_seen), now);
        vec![seen, stored.source.to_string(), place, stored.item.title.clone()]
    };
    let rows = listed.map(row).collect();
    session.out.table(&["FIRST SEEN", "SOURCE", "MATCH", "TITLE"], rows, 3)?;
    session.out.line(format!("{} of {} matched", found.len(), counted(examined, "stored item")))?;
    Ok(Exit::Ok)
}
