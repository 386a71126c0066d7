//! `marsad visit`: visits sources now and prints what the pipeline finds.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures_util::StreamExt;
use serde_json::{Value, json};

use crate::cli::exit::UnknownName;
use crate::cli::output::{Tone, clean, counted, isolated};
use crate::cli::{Exit, Session, document_view};
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon;
use crate::dedupe::Verdict;
use crate::parse::DocumentFormat;
use crate::parse::feed::FeedReader;
use crate::pipeline::{Judged, Pipeline, PipelineSetup, ReadFailure, SourceContent, SourcePreview, Visit};
use crate::server::json::published;
use crate::source::{Source, SourceId};
use crate::store::{Admitted, Candidate, Store};
use crate::telemetry::Metrics;

mod drain;

/// Options of `marsad visit`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  marsad visit una-ar\n  marsad visit --json | jq 'select(.watches != [])'")]
pub(crate) struct VisitArgs {
    /// The sources to visit; without one, every enabled source.
    #[arg(value_name = "SOURCE")]
    sources: Vec<String>,
    /// Store the items and queue their deliveries, as the daemon would; stop the daemon first.
    #[arg(long)]
    commit: bool,
    /// Create a new database if the one in the state folder was deleted or emptied; needs --commit.
    #[arg(long, requires = "commit")]
    new_store: bool,
    /// Print one JSON object per item, or with --commit one per visit, each on one line.
    #[arg(long)]
    json: bool,
}

/// How many hosts are visited at once. Chosen by hand.
const HOSTS: usize = 8;

/// Visits sources and prints the result; exits with 3 if one cannot be read.
///
/// # Errors
/// If a source is not configured or the store cannot be used.
pub async fn run(args: &VisitArgs, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let sources = chosen(&args.sources, config)?;
    if args.commit {
        session.needs_secrets(config)?;
    }
    if args.commit { commit(args, sources, session, config).await } else { look(args, sources, session, config).await }
}

fn chosen(names: &[String], config: &Config) -> anyhow::Result<Vec<Arc<Source>>> {
    if names.is_empty() {
        return Ok(config.sources.iter().filter(|source| source.enabled).cloned().collect());
    }
    let known: Vec<&str> = config.sources.iter().map(|source| source.id.as_str()).collect();
    let find = |name: &String| {
        UnknownName::unless_known("source", Some(name), &known)?;
        config.source(name).cloned().context("the source is gone")
    };
    names.iter().map(find).collect()
}

async fn look(
    args: &VisitArgs,
    sources: Vec<Arc<Source>>,
    session: &mut Session,
    config: &Config,
) -> anyhow::Result<Exit> {
    let mut exit = Exit::Ok;
    for (source, look) in looks(sources, config, &session.clock).await? {
        match look {
            Ok((reading, judged)) => show(args.json, &source, &reading, &judged, session)?,
            Err(failure) => {
                exit = Exit::Problems;
                print_failure(args.json, &source, &failure, session)?;
            }
        }
    }
    Ok(exit)
}

/// Visits sources without storing anything: several hosts at once, the sources of one host in turn.
///
/// # Errors
/// If the store cannot be read.
pub(crate) async fn looks(
    sources: Vec<Arc<Source>>,
    config: &Config,
    clock: &Clock,
) -> anyhow::Result<Vec<(Arc<Source>, SourcePreview)>> {
    // Before the first run there is no store. A temporary empty one makes every item new.
    let empty = tempfile::tempdir().context("making a temporary folder")?;
    let there = config.state_dir.join("marsad.db").exists();
    let store = if there { Store::open_shared(&config.state_dir).await? } else { Store::open(empty.path()).await? };
    let pipeline = Pipeline { store, clock: clock.clone(), metrics: Metrics::new() };
    let setup = PipelineSetup { config: Arc::new(config.clone()), fetcher: daemon::fetcher(config, clock)? };
    let pause = Duration::try_from(config.fetch.host_delay).unwrap_or_default();
    let (pipeline, setup) = (&pipeline, &setup);
    let hosts = by_host(sources).into_iter().map(|sources| async move {
        let mut looks = Vec::new();
        for (number, source) in sources.into_iter().enumerate() {
            if number > 0 {
                tokio::time::sleep(pause).await;
            }
            let look = pipeline.look(&source, setup).await?;
            looks.push((source, look));
        }
        anyhow::Ok(looks)
    });
    let mut all = Vec::new();
    let mut hosts = futures_util::stream::iter(hosts).buffer_unordered(HOSTS);
    while let Some(looks) = hosts.next().await {
        all.extend(looks?);
    }
    Ok(all)
}

fn by_host(sources: Vec<Arc<Source>>) -> Vec<Vec<Arc<Source>>> {
    let mut hosts: BTreeMap<String, Vec<Arc<Source>>> = BTreeMap::new();
    for source in sources {
        hosts.entry(source.address.host().to_owned()).or_default().push(source);
    }
    hosts.into_values().collect()
}

fn show(
    json: bool,
    source: &Source,
    reading: &SourceContent,
    judged: &Judged,
    session: &mut Session,
) -> anyhow::Result<()> {
    if json {
        for candidate in &judged.candidates {
            session.out.json(&item_json(source, candidate))?;
        }
        return Ok(());
    }
    let facts = document_view::facts(reading);
    let pages = match judged.candidates.iter().filter(|candidate| candidate.waits_for_page).count() {
        0 => String::new(),
        some => format!("; the daemon would read the full text of {}", counted(some, "item")),
    };
    let encoding = reading.encoding;
    session.out.verdict(Tone::Ok, &format!("{}: {}; {encoding}{pages}", source.id, clean(&facts)))?;
    if let Some(degraded) = &reading.parsed.degraded {
        session.out.verdict(Tone::Warn, &format!("{}: {}", source.id, clean(degraded)))?;
    }
    if let Some(moved) = &judged.drift {
        session.out.verdict(Tone::Warn, &format!("{} {}", source.id, clean(&moved.message())))?;
    }
    let found =
        document_view::linked(&reading.discovered).into_iter().chain(document_view::blocks(&reading.parsed.blocks));
    for line in found {
        session.out.prose(format!("      {line}"))?;
    }
    if let Some(note) = baseline(judged) {
        session.out.prose(format!("      {note}"))?;
    }
    for candidate in &judged.candidates {
        let title = isolated(&clean(&candidate.probe.item.title));
        session.out.prose(format!("      {:<8} {title}", word(candidate.verdict)))?;
        for hit in &candidate.hits {
            let found: Vec<String> = hit.matches.iter().map(|found| isolated(&clean(&found.text))).collect();
            let note = if candidate.may_alert { "" } else { " (no alert)" };
            session.out.prose(format!("               ↳ {} {}{note}", hit.watch, found.join(" · ")))?;
        }
    }
    Ok(())
}

/// What the first visit of the daemon will do with items that would alert later.
fn baseline(judged: &Judged) -> Option<&'static str> {
    let is_quiet = |candidate: &Candidate| candidate.verdict == Verdict::New && !candidate.may_alert;
    let quiet = judged.candidates.iter().any(|candidate| is_quiet(candidate) && !candidate.hits.is_empty());
    quiet.then_some("the first visit is a baseline: items that exist already do not alert")
}

fn item_json(source: &Source, candidate: &Candidate) -> Value {
    let item = &candidate.probe.item;
    json!({
        "source": source.id,
        "verdict": word(candidate.verdict),
        "title": item.title,
        "url": item.address,
        "lang": item.lang,
        "published": item.published.as_ref().map(published),
        "text_state": item.text_state,
        "watches": candidate.hits.iter().map(|hit| hit.watch.as_str()).collect::<Vec<_>>(),
        "alerts": candidate.may_alert,
        "follows": candidate.waits_for_page,
    })
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::New => "new",
        Verdict::Known(_) => "known",
        Verdict::Revised(_) => "revised",
    }
}

fn print_failure(json: bool, source: &Source, failure: &ReadFailure, session: &mut Session) -> anyhow::Result<()> {
    let message = clean(&failure.message);
    if json {
        session.out.json(&json!({ "source": source.id, "error": message }))?;
    } else {
        session.out.verdict(Tone::Bad, &format!("{}: {message}", source.id))?;
    }
    Ok(())
}

async fn commit(
    args: &VisitArgs,
    sources: Vec<Arc<Source>>,
    session: &mut Session,
    config: &Config,
) -> anyhow::Result<Exit> {
    let if_gone = if args.new_store { daemon::MissingStore::Begin } else { daemon::MissingStore::Refuse };
    let store = daemon::open_once(config, &session.clock, if_gone).await?;
    let pipeline = Pipeline { store, clock: session.clock.clone(), metrics: Metrics::new() };
    let setup = PipelineSetup { config: Arc::new(config.clone()), fetcher: daemon::fetcher(config, &session.clock)? };
    let pause = Duration::try_from(config.fetch.host_delay).unwrap_or_default();
    let mut exit = Exit::Ok;
    let mut visited = Vec::new();
    for sources in by_host(sources) {
        for (number, source) in sources.iter().enumerate() {
            if number > 0 {
                tokio::time::sleep(pause).await;
            }
            let visit = pipeline.visit(source, &setup).await?;
            if visit.error.is_some() {
                exit = Exit::Problems;
            }
            print_visit(args.json, source, &visit, session)?;
        }
        visited.extend(sources);
    }
    for (source, admitted) in drain::drain(&pipeline, &setup, &visited).await? {
        print_pages(args.json, &source, &admitted, session)?;
    }
    pipeline.store.close().await;
    Ok(exit)
}

fn print_visit(json: bool, source: &Source, visit: &Visit, session: &mut Session) -> anyhow::Result<()> {
    let admitted = &visit.admitted;
    if json {
        return Ok(session.out.json(&json!({
            "source": source.id, "kind": visit.format.map(DocumentFormat::as_str), "reader": visit.reader.map(FeedReader::as_str), "found": visit.found, "new": admitted.new, "revised": admitted.revised,
            "known": admitted.known, "waiting": admitted.followed, "alerts": admitted.alerts, "deliveries": admitted.deliveries, "error": visit.error,
            "degraded": visit.degraded, "next_visit": visit.next,
        }))?);
    }
    let waiting = match admitted.followed {
        0 => String::new(),
        some => format!(", {some} awaiting their page"),
    };
    match &visit.error {
        Some(error) => session.out.verdict(Tone::Bad, &format!("{}: {}", source.id, clean(error)))?,
        None if visit.format.is_none() => session.out.verdict(Tone::Ok, &format!("{}: unchanged", source.id))?,
        None => session.out.verdict(
            Tone::Ok,
            &format!(
                "{}: {}, {} new, {} revised, {} known{waiting}; {}",
                source.id,
                counted(visit.found, "item"),
                admitted.new,
                admitted.revised,
                admitted.known,
                alerts(admitted)
            ),
        )?,
    }
    if let Some(degraded) = visit.degraded.as_ref().filter(|_| visit.error.is_none()) {
        session.out.verdict(Tone::Warn, &format!("{}: {}", source.id, clean(degraded)))?;
    }
    Ok(())
}

/// The alerts and deliveries of a visit, with their nouns.
fn alerts(admitted: &Admitted) -> String {
    format!("{}, {}", counted(admitted.alerts, "alert"), counted(admitted.deliveries, "delivery"))
}

fn print_pages(json: bool, source: &SourceId, admitted: &Admitted, session: &mut Session) -> anyhow::Result<()> {
    if json {
        return Ok(session.out.json(&json!({
            "source": source, "kind": "pages", "new": admitted.new, "known": admitted.known, "alerts": admitted.alerts,
            "deliveries": admitted.deliveries,
        }))?);
    }
    let (new, known) = (admitted.new, admitted.known);
    let text = format!("{source}: pages read: {new} new, {known} known; {}", alerts(admitted));
    Ok(session.out.verdict(Tone::Ok, &text)?)
}
