//! The API: items, sources and deliveries, page by page.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::channel::ChannelId;
use crate::health::Health;
use crate::server::problem::HttpProblem;
use crate::server::{Shared, json};
use crate::source::SourceId;
use crate::store::{DeliveryQuery, DeliveryState, ItemQuery};

/// The parameters of a listing; which filters it knows depends on what is listed.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListingQuery {
    limit: Option<usize>,
    cursor: Option<String>,
    source: Option<String>,
    channel: Option<String>,
    state: Option<String>,
}

type ApiPage = Result<Json<Value>, HttpProblem>;
type ListingParameters = Result<Query<ListingQuery>, QueryRejection>;

/// The most rows of one page, and how many there are where nobody asks.
const MOST: usize = 200;
const USUAL: usize = 50;

/// Stored items, newest first.
pub(crate) async fn items(State(shared): State<Shared>, asked: ListingParameters) -> ApiPage {
    let asked = read(asked, &["source"])?;
    let (limit, before) = (asked.limit()?, asked.number()?);
    let source = asked.source.map(SourceId::new);
    let rows = shared.context.store.items(&ItemQuery { before, limit: limit + 1, source }).await?;
    Ok(page("items", limit, rows.iter().map(|(cursor, item)| (cursor.to_string(), json::item(item)))))
}

/// Deliveries, newest first.
pub(crate) async fn deliveries(State(shared): State<Shared>, asked: ListingParameters) -> ApiPage {
    let asked = read(asked, &["channel", "state"])?;
    let (limit, before) = (asked.limit()?, asked.number()?);
    let state = asked.state.as_deref().map(str::parse::<DeliveryState>).transpose().map_err(bad)?;
    let channel = asked.channel.map(ChannelId::new);
    let rows = shared.context.store.deliveries(&DeliveryQuery { before, limit: limit + 1, state, channel }).await?;
    Ok(page("deliveries", limit, rows.iter().map(|(cursor, owed)| (cursor.to_string(), json::delivery(owed)))))
}

/// The configured sources with their states, by name.
pub(crate) async fn sources(State(shared): State<Shared>, asked: ListingParameters) -> ApiPage {
    let asked = read(asked, &["state"])?;
    let limit = asked.limit()?;
    if let Some(word) = asked.state.as_deref() {
        known_state(word)?;
    }
    let states = shared.context.store.source_states().await?;
    let states: BTreeMap<_, _> = states.iter().map(|state| (&state.id, state)).collect();
    let config = shared.context.config.load();
    let configured: BTreeMap<&str, _> = config.sources.iter().map(|source| (source.id.as_str(), source)).collect();
    let after = asked.cursor.as_deref();
    let rows = configured
        .iter()
        .filter(|(id, _)| after.is_none_or(|after| **id > after))
        .map(|(id, source)| (*id, source, states.get(&source.id).copied()))
        .filter(|(_, source, state)| asked.state.as_deref().is_none_or(|word| json::state_word(source, *state) == word))
        .map(|(id, source, state)| (id.to_owned(), json::source(source, state)));
    Ok(page("sources", limit, rows.take(limit + 1)))
}

fn read(asked: ListingParameters, filters: &[&str]) -> Result<ListingQuery, HttpProblem> {
    let keys = [&["limit", "cursor"], filters].concat().join(", ");
    let misread = |_| bad(format!("a parameter is unknown, given twice or no number; this listing has {keys}"));
    let Query(asked) = asked.map_err(misread)?;
    let given = [("source", &asked.source), ("channel", &asked.channel), ("state", &asked.state)];
    let foreign = given.iter().find(|(name, value)| value.is_some() && !filters.contains(name));
    match foreign {
        Some((name, _)) => Err(bad(format!("this listing has no parameter {name:?}; it has {keys}"))),
        None => Ok(asked),
    }
}

/// Refuses a word that is no state of a source.
fn known_state(word: &str) -> Result<(), HttpProblem> {
    let known: Vec<&str> = Health::ALL.iter().map(|health| health.as_str()).chain(["off"]).collect();
    let unknown = || bad(format!("unknown source state {word:?}; use one of {}", known.join(", ")));
    known.contains(&word).then_some(()).ok_or_else(unknown)
}

fn bad(detail: impl Into<String>) -> HttpProblem {
    HttpProblem::new(StatusCode::BAD_REQUEST, detail)
}

impl ListingQuery {
    fn limit(&self) -> Result<usize, HttpProblem> {
        match self.limit.unwrap_or(USUAL) {
            limit @ 1..=MOST => Ok(limit),
            limit => Err(bad(format!("limit {limit} is not between 1 and {MOST}"))),
        }
    }

    fn number(&self) -> Result<Option<i64>, HttpProblem> {
        let wrong = |_| bad("this cursor was not given out by marsad; take it from \"next\"");
        self.cursor.as_deref().map(str::parse).transpose().map_err(wrong)
    }
}

/// A page of at most `limit` rows; one row more says that there is a next page.
fn page(name: &str, limit: usize, rows: impl Iterator<Item = (String, Value)>) -> Json<Value> {
    let (mut shown, mut last, mut next) = (Vec::new(), None, None);
    for (cursor, row) in rows {
        if shown.len() == limit {
            next = last;
            break;
        }
        shown.push(row);
        last = Some(cursor);
    }
    Json(json!({ name: shown, "next": next }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(numbers: std::ops::Range<usize>) -> impl Iterator<Item = (String, Value)> {
        numbers.map(|number| (number.to_string(), json!(number)))
    }

    #[test]
    fn a_state_that_no_source_can_have_is_a_problem_that_names_those_there_are() {
        assert_eq!(known_state("off").and(known_state("gap")), Ok(()));
        let said = format!("{:?}", known_state("bogus").unwrap_err());
        assert!(said.contains("bogus") && said.contains("new, healthy, unsteady, failing, blocked"), "{said}");
    }

    #[test]
    fn an_unknown_key_is_told_with_the_keys_of_that_listing() {
        let asked = Query::try_from_uri(&"http://x/?colour=red".parse().unwrap());
        let said = format!("{:?}", read(asked, &["source"]).unwrap_err());
        assert!(said.contains("limit, cursor, source") && !said.contains("deserialize"), "{said}");
    }

    #[test]
    fn a_full_page_that_is_the_last_has_no_next() {
        assert_eq!(page("rows", 2, rows(0..2)).0, json!({"rows": [0, 1], "next": null}));
        assert_eq!(page("rows", 2, rows(0..3)).0, json!({"rows": [0, 1], "next": "1"}));
        assert_eq!(page("rows", 2, rows(0..0)).0, json!({"rows": [], "next": null}));
    }
}
