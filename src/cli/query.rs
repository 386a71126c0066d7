//! A query on the command line: a watch for the length of one command.

use crate::alert::WatchId;
use crate::cli::output::{self, clean, isolated};
use crate::watch::compile::Watches;
use crate::watch::{Concept, Problem, Watch};

/// The name that a query on the command line goes by.
pub const QUERY: &str = "query";

/// The watch that a query makes; what is doubtful in it is said at once.
///
/// # Errors
/// What is wrong with the query, and where.
pub fn watch(query: &str, concepts: &[Concept]) -> anyhow::Result<Watches> {
    let watch = Watch { query: Some(query.to_owned()), ..Watch::named(WatchId::new(QUERY)) };
    let (watches, doubts) = Watches::compile(&[watch], concepts).map_err(|problems| {
        let told: Vec<String> = problems.iter().map(|problem| pointed(query, problem)).collect();
        anyhow::anyhow!("{}", told.join("; "))
    })?;
    for doubt in &doubts {
        output::complain(&pointed(query, doubt));
    }
    Ok(watches)
}

/// A problem with the place in the query that it is about.
fn pointed(query: &str, problem: &Problem) -> String {
    let place = problem.span.map(|(start, length)| {
        let part: String = query.chars().skip(start).take(length.max(1)).collect();
        format!("at character {} ({}): ", start + 1, isolated(&clean(&part)))
    });
    format!("the query, {}{}; {}", place.unwrap_or_default(), problem.message, problem.remedy)
}
