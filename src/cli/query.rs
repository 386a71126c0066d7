//! Compiles a query from the command line into a watch.

use crate::alert::WatchId;
use crate::cli::exit::WrongArgument;
use crate::cli::output::{self, clean, isolated};
use crate::config::Config;
use crate::watch::compile::Watches;
use crate::watch::query::parse;
use crate::watch::{Concept, SourceFilter, Watch, WatchProblem};

/// The id of the watch for a query from the command line.
pub(crate) const QUERY: &str = "query";

/// Compiles a query; its lints, and the sources in it that are not configured, go to standard error.
///
/// # Errors
/// If the query is invalid; the error says what is wrong, and where.
pub fn watch(query: &str, concepts: &[Concept], config: Option<&Config>) -> anyhow::Result<Watches> {
    let watch = Watch { query: Some(query.to_owned()), ..Watch::named(WatchId::new(QUERY)) };
    let (watches, lints) = Watches::compile(&[watch], concepts).map_err(|problems| {
        let errors = problems.iter().filter(|problem| !problem.warning);
        let messages: Vec<String> = errors.map(|problem| located(query, problem)).collect();
        WrongArgument(format!("invalid query: {}", messages.join("; ")))
    })?;
    for lint in &lints {
        output::complain(&format!("warning: {}", located(query, lint)));
    }
    for id in config.map(|config| unknown_sources(query, config)).unwrap_or_default() {
        output::complain(&format!("warning: no source is called {:?}, so its condition never holds", clean(&id)));
    }
    Ok(watches)
}

/// The sources in a query that are not configured.
fn unknown_sources(query: &str, config: &Config) -> Vec<String> {
    let origins = parse(query).map(|expr| expr.origins()).unwrap_or_default();
    let unknown = origins.into_iter().filter_map(|(origin, _)| match origin {
        SourceFilter::Id(id) if config.source(id.as_str()).is_none() => Some(id.to_string()),
        _ => None,
    });
    unknown.collect()
}

/// A problem with its place in the query.
fn located(query: &str, problem: &WatchProblem) -> String {
    let place = problem.span.map(|(start, length)| {
        let part: String = query.chars().skip(start).take(length.max(1)).collect();
        format!("at character {} ({}): ", start + 1, isolated(&clean(&part)))
    });
    format!("{}{}; {}", place.unwrap_or_default(), problem.message, problem.remedy)
}
