//! Shows one source in full, for `marsad sources show`.

use jiff::Timestamp;

use crate::cli::exit::UnknownName;
use crate::cli::output::{Output, clean, counted};
use crate::cli::{Exit, Session};
use crate::config::Config;
use crate::parse::page::layout::known_layout::{KnownPlace, LayoutBaseline};
use crate::server::json;
use crate::source::Source;
use crate::store::SourceState;

/// Shows one source.
pub(super) async fn show(id: &str, json: bool, session: &mut Session, config: &Config) -> anyhow::Result<Exit> {
    let known: Vec<&str> = config.sources.iter().map(|source| source.id.as_str()).collect();
    UnknownName::unless_known("source", Some(id), &known)?;
    let Some(source) = config.source(id) else { return Ok(Exit::Failed) };
    let store = session.store(config).await?;
    let (state, common) = (store.source_state(&source.id).await?, store.shared_text(&source.id).await?.shared_blocks());
    if json {
        session.out.json(&json::source_in_full(source, state.as_ref(), common))?;
        return Ok(Exit::Ok);
    }
    let now = session.clock.now();
    for (label, value) in facts(source, state.as_ref(), &session.out, now) {
        session.out.line(format!("{label:<13} {}", clean(&value)))?;
    }
    if common > 0 {
        session.out.line(format!(
            "{:<13} {} that several pages share; ignored",
            "repeated",
            counted(common, "text block")
        ))?;
    }
    let places = state.as_ref().and_then(|state| state.layout.as_ref()).map(|layout| drawn(layout, &session.out, now));
    for line in places.unwrap_or_default() {
        session.out.line(line)?;
    }
    Ok(Exit::Ok)
}

/// The facts about a source by label; those that do not apply are left out.
fn facts(source: &Source, state: Option<&SourceState>, out: &Output, now: Timestamp) -> Vec<(&'static str, String)> {
    let none = SourceState::default();
    let word = json::status(source, state).as_str().to_owned();
    let state = state.unwrap_or(&none);
    let time = |at: Option<Timestamp>| at.map(|at| out.time(Some(at), now));
    let failures = state.failing_since.map(|since| format!("{} since {}", state.failures, out.time(Some(since), now)));
    let next = state.next_visit_at.filter(|_| source.enabled);
    let ambiguous: Vec<&str> = state.ambiguous_keys.iter().map(|kind| kind.as_str()).collect();
    let facts = [
        ("source", Some(source.id.to_string())),
        (source.kind.as_str(), Some(source.address.to_string())),
        ("state", Some(word)),
        ("tags", (!source.tags.is_empty()).then(|| source.tags.join(", "))),
        ("items", Some(state.items.to_string())),
        ("first items", time(state.activated_at)),
        ("last visit", Some(out.time(state.last_visit_at, now))),
        ("last success", time(state.last_success_at)),
        ("next visit", time(next).map(|next| why(next, state))),
        ("failures", failures),
        ("last error", state.last_error.clone()),
        ("degraded", state.degraded.clone()),
        ("held", (state.held > 0).then(|| super::flood::waiting(state.held, &source.id))),
        ("ambiguous", (!ambiguous.is_empty()).then(|| ambiguous.join(", "))),
    ];
    facts.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
}

/// The time of the next visit, and what decided it.
fn why(next: String, state: &SourceState) -> String {
    match state.next_reason {
        Some(reason) => format!("{next}, {}", reason.explained()),
        None => next,
    }
}

/// The layout of a page, in two lines for each place: how many items, where, and since when.
fn drawn(layout: &LayoutBaseline, out: &Output, now: Timestamp) -> Vec<String> {
    let time = |at: Timestamp| out.time(Some(at), now);
    let mut lines = vec!["layout".to_owned()];
    lines.extend(layout.places().map(|known| {
        let unconfirmed = if known.is_confirmed() { "" } else { "; not confirmed yet" };
        let KnownPlace { items, since, seen, .. } = known;
        format!(
            "  {items:>4} × {}\n         since {}, last seen {}{unconfirmed}",
            clean(&known.css_path()),
            time(*since),
            time(*seen)
        )
    }));
    if let Some(candidate) = layout.candidate() {
        let visits = counted(usize::try_from(candidate.visits).unwrap_or(usize::MAX), "visit");
        lines.push(format!("new layout since {} ({visits})", time(candidate.since)));
        lines.extend(
            candidate.places.iter().map(|place| format!("  {:>4} × {}", place.items, clean(&place.css_path()))),
        );
    }
    lines
}
