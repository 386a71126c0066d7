//! `marsad backtest`: lists the stored items that a watch or a query matches.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::alert::{Hit, WatchId};
use crate::cli::exit::UnknownName;
use crate::cli::output::{Column, counted};
use crate::cli::{Exit, Session, query};
use crate::clock::later;
use crate::config::Config;
use crate::store::{ItemQuery, Store, StoreError, StoredItem};
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
    #[arg(long, default_value = "30d", value_parser = crate::cli::duration::since, value_name = "TIME", allow_hyphen_values = true)]
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

/// How often a long back-test reports its progress. Chosen by hand.
const PROGRESS: Duration = Duration::from_secs(2);

/// What is tested.
struct BacktestSetup {
    watches: Watches,
    id: WatchId,
    config: Config,
}

/// The number of items of a page, and those that match.
fn evaluate(
    test: &BacktestSetup,
    page: Result<Vec<StoredItem>, StoreError>,
) -> Result<(usize, Vec<(StoredItem, Hit)>), StoreError> {
    let page = page?;
    let examined = page.len();
    let hits = page.into_iter().filter_map(|stored| hit(test, &stored).map(|hit| (stored, hit)));
    Ok((examined, hits.collect()))
}

/// The columns of the listing.
const COLUMNS: [Column; 4] =
    [Column::whole("FIRST SEEN"), Column::name("SOURCE"), Column::name("MATCH"), Column::text("TITLE")];

/// What the back-test found.
#[derive(Default)]
struct BacktestResult {
    examined: usize,
    matched: usize,
    /// The newest matching items, at most as many as are listed.
    listed: Vec<(StoredItem, Hit)>,
}

/// Lists the stored items that the watch matches.
///
/// # Errors
/// If the watch does not exist, the query is invalid, or the store cannot be read.
pub async fn run(args: &BacktestArgs, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let (watches, id) = match &args.query {
        Some(text) => (query::watch(text, &config.concepts, Some(config))?, WatchId::new(query::QUERY)),
        None => configured(args.watch.as_deref().unwrap_or_default(), config)?,
    };
    let (store, now) = (session.store(config).await?, session.clock.now());
    let (oldest, workers) = (later(now, -args.since), std::thread::available_parallelism().map_or(1, usize::from));
    let test = Arc::new(BacktestSetup { watches, id, config: config.clone() });
    let evaluated = pages(store, oldest)
        .map(|page| {
            let test = Arc::clone(&test);
            async move { anyhow::Ok(tokio::task::spawn_blocking(move || evaluate(&test, page)).await??) }
        })
        .buffered(workers);
    let mut evaluated = std::pin::pin!(evaluated);
    let (mut result, mut since_note) = (BacktestResult::default(), session.clock.stopwatch());
    while let Some(page) = evaluated.next().await {
        let (examined, hits) = page?;
        result.examined += examined;
        for (stored, hit) in hits {
            result.matched += 1;
            if result.listed.len() < args.limit {
                list_json(args, session, &stored, &hit)?;
                result.listed.push((stored, hit));
            }
        }
        if since_note.elapsed() > PROGRESS {
            since_note = session.clock.stopwatch();
            session.say(&format!("{} read, {} matched", counted(result.examined, "stored item"), result.matched));
        }
    }
    print(args, session, &result)
}

/// One configured watch, compiled alone: the other watches cost time and change nothing.
fn configured(name: &str, config: &Config) -> anyhow::Result<(Watches, WatchId)> {
    let known: Vec<&str> = config.watches.all().iter().map(|watch| watch.id.as_str()).collect();
    UnknownName::unless_known("watch", Some(name), &known)?;
    let watch: Vec<_> = config.watches.all().iter().filter(|watch| watch.id.as_str() == name).cloned().collect();
    let compiled = Watches::compile(&watch, &config.concepts);
    let (watches, _) = compiled.map_err(|_| anyhow::anyhow!("the watch {name:?} does not compile alone"))?;
    Ok((watches, WatchId::new(name)))
}

/// The stored items that were first seen after `oldest`, newest first, in pages.
fn pages(store: Store, oldest: Timestamp) -> impl Stream<Item = Result<Vec<StoredItem>, StoreError>> {
    stream::unfold(Some((store, None)), move |state| async move {
        let (store, before) = state?;
        match store.items(&ItemQuery { before, limit: PAGE, source: None }).await {
            Ok(page) => {
                let last = page.last()?.0;
                let read = page.len();
                let recent =
                    page.into_iter().map(|(_, stored)| stored).take_while(|stored| stored.first_seen >= oldest);
                let recent: Vec<StoredItem> = recent.collect();
                let next = (recent.len() == read).then_some((store, Some(last)));
                Some((Ok(recent), next))
            }
            Err(error) => Some((Err(error), None)),
        }
    })
}

fn hit(test: &BacktestSetup, stored: &StoredItem) -> Option<Hit> {
    let configured =
        test.config.source(stored.source.as_str()).map(|source| source.tags.as_slice()).unwrap_or_default();
    let tags: Vec<String> = configured.iter().chain(&stored.item.tags).cloned().collect();
    let reading = WatchInput {
        title: &stored.item.title,
        summary: &stored.item.summary,
        text: &stored.item.text,
        lang: stored.item.lang.as_ref(),
        source: &stored.source,
        tags: &tags,
    };
    test.watches.evaluate(&reading).into_iter().find(|hit| hit.watch == test.id)
}

/// Prints one item at once if the output is JSON.
fn list_json(args: &BacktestArgs, session: &mut Session, stored: &StoredItem, hit: &Hit) -> anyhow::Result<()> {
    if args.json {
        let item = crate::server::json::item(stored);
        session.out.json(&json!({ "item": item, "matches": hit.matches, "matches_total": hit.total }))?;
    }
    Ok(())
}

fn print(args: &BacktestArgs, session: &mut Session, result: &BacktestResult) -> anyhow::Result<Exit> {
    if args.json {
        session.out.json(&json!({ "items": result.examined, "matched": result.matched }))?;
        return Ok(Exit::Ok);
    }
    let now = session.clock.now();
    let row = |(stored, hit): &(StoredItem, Hit)| {
        let place = hit.matches.first().map_or("-", |found| found.text.as_str()).to_owned();
        let seen = session.out.time(Some(stored.first_seen), now);
        vec![seen, stored.source.to_string(), place, stored.item.title.clone()]
    };
    let rows = result.listed.iter().map(row).collect();
    session.out.table(&COLUMNS, rows)?;
    session.out.line(format!("{} of {} matched", result.matched, counted(result.examined, "stored item")))?;
    Ok(Exit::Ok)
}
