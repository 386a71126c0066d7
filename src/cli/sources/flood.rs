//! Decides about the alerts that wait since a redesign, for `marsad sources accept` and `marsad sources discard`.

use anyhow::Context as _;

use crate::cli::exit::UnknownName;
use crate::cli::output::counted;
use crate::cli::{Exit, Session};
use crate::config::Config;
use crate::pipeline::Pipeline;
use crate::source::SourceId;
use crate::telemetry::Metrics;

/// How many items of a source wait, and what to do.
pub(super) fn waiting(held: u64, source: &SourceId) -> String {
    let items = counted(usize::try_from(held).unwrap_or(usize::MAX), "item");
    let verb = if held == 1 { "waits" } else { "wait" };
    format!("{items} {verb} since a redesign: marsad sources accept {source}, or discard")
}

/// Sends the alerts of a source that wait.
pub(super) async fn accept(id: &str, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let pipeline = pipeline(id, session, config).await?;
    let source = config.source(id).context("the source is gone")?;
    let held = held(&pipeline, &source.id).await?;
    if held == 0 {
        return nothing_waits(id, session);
    }
    let accepted = pipeline.accept_flood(source, config).await?;
    session.out.line(format!(
        "accepted {} of {id}: {} and {}",
        counted(held, "item"),
        counted(accepted.alerts, "alert"),
        counted(accepted.deliveries, "delivery")
    ))?;
    Ok(Exit::Ok)
}

/// Marks the items of a source that wait as seen.
pub(super) async fn discard(id: &str, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let pipeline = pipeline(id, session, config).await?;
    let discarded = pipeline.discard_flood(&SourceId::new(id)).await?;
    if discarded == 0 {
        return nothing_waits(id, session);
    }
    let items = counted(usize::try_from(discarded).unwrap_or(usize::MAX), "item");
    session.out.line(format!("discarded {items} of {id}: stored, and not alerted"))?;
    Ok(Exit::Ok)
}

fn nothing_waits(id: &str, session: &mut Session) -> anyhow::Result<Exit> {
    session.out.line(format!("no item of {id} waits"))?;
    Ok(Exit::Failed)
}

async fn held(pipeline: &Pipeline, source: &SourceId) -> anyhow::Result<usize> {
    let state = pipeline.store.source_state(source).await?.unwrap_or_default();
    Ok(usize::try_from(state.held).unwrap_or(usize::MAX))
}

async fn pipeline(id: &str, session: &Session, config: &Config) -> anyhow::Result<Pipeline> {
    let known: Vec<&str> = config.sources.iter().map(|source| source.id.as_str()).collect();
    UnknownName::unless_known("source", Some(id), &known)?;
    Ok(Pipeline { store: session.store(config).await?, clock: session.clock.clone(), metrics: Metrics::new() })
}
