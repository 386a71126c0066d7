//! Compiles a query from the command line into a watch.

use crate::alert::WatchId;
use crate::cli::exit::WrongArgument;
use crate::cli::output::{self, clean, isolated};
use crate::watch::compile::Watches;
use crate::watch::{Concept, Watch, WatchProblem};

/// The id of the watch for a query from the command line.
pub(crate) const QUERY: &str = "query";

/// Compiles a query; its lints go to standard error.
///
/// # Errors
/// If the query is invalid; the error says what is wrong, and where.
pub fn watch(query: &str, concepts: &[Concept]) -> anyhow::Result<Watches> {
    let watch = Watch { query: Some(query.to_owned()), ..Watch::named(WatchId::new(QUERY)) };
    let (watches, lints) = Watches::compile(&[watch], concepts).map_err(|problems| {
        let messages: Vec<String> = problems.iter().map(|problem| located(query, problem)).collect();
        WrongArgument(messages.join("; "))
    })?;
    for doubt in &lints {
        output::complain(&located(query, doubt));
    }
    Ok(watches)
}

/// A problem with its place in the query.
fn located(query: &str, problem: &WatchProblem) -> String {
    let place = problem.span.map(|(start, length)| {
        let part: String = query.chars().skip(start).take(length.max(1)).collect();
        format!("at character {} ({}): ", start + 1, isolated(&clean(&part)))
    });
    format!("invalid query: {}{}; {}", place.unwrap_or_default(), problem.message, problem.remedy)
}
