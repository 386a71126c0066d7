//! Serves the API: pages of items, sources and deliveries.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::channel::ChannelId;
use crate::health::SourceStatus;
use crate::server::problem::HttpProblem;
use crate::server::{Shared, json};
use crate::source::SourceId;
use crate::store::{DeliveryQuery, DeliveryState, ItemQuery};

/// The query parameters of a listing; which filters are allowed depends on the listing.
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

/// The largest `limit`, in rows. Chosen by hand.
const MAX_LIMIT: usize = 200;

/// The default `limit`, in rows. Chosen by hand.
const DEFAULT_LIMIT: usize = 50;

/// Stored items, newest first.
pub(crate) async fn items(State(shared): State<Shared>, asked: ListingParameters) -> ApiPage {
    let asked = read(asked, &["source"])?;
    let (limit, before) = (asked.limit()?, asked.number()?);
    let source = asked.source.map(SourceId::new);
    let rows = shared.context.store.items(&ItemQuery { before, limit: limit + 1, source: source.clone() }).await?;
    if let Some(source) = source {
        let config = shared.context.config.load();
        let known = config.sources.iter().map(|source| source.id.as_str());
        expect_known("source", source.as_str(), known, rows.is_empty() && before.is_none())?;
    }
    Ok(page("items", limit, rows.iter().map(|(cursor, item)| (cursor.to_string(), json::item(item)))))
}

/// Deliveries, newest first.
pub async fn deliveries(State(shared): State<Shared>, asked: ListingParameters) -> ApiPage {
    let asked = read(asked, &["channel", "state"])?;
    let (limit, before) = (asked.limit()?, asked.number()?);
    let state = asked.state.as_deref().map(DeliveryState::filter).transpose().map_err(bad)?;
    let channel = asked.channel.map(ChannelId::new);
    let query = DeliveryQuery { before, limit: limit + 1, state, channel: channel.clone() };
    let rows = shared.context.store.deliveries(&query).await?;
    if let Some(channel) = channel {
        let config = shared.context.config.load();
        // A removed channel is known for as long as any of its deliveries is stored, whatever its state.
        let removed = shared.context.store.channels_with_deliveries().await?;
        let known =
            config.channels.iter().map(|channel| channel.id.as_str()).chain(removed.iter().map(ChannelId::as_str));
        expect_known("channel", channel.as_str(), known, rows.is_empty() && before.is_none())?;
    }
    Ok(page("deliveries", limit, rows.iter().map(|(cursor, stored)| (cursor.to_string(), json::delivery(stored)))))
}

/// The configured sources with their states, sorted by id.
pub async fn sources(State(shared): State<Shared>, asked: ListingParameters) -> ApiPage {
    let asked = read(asked, &["state"])?;
    let limit = asked.limit()?;
    let wanted = asked.state.as_deref().map(status).transpose()?;
    let states = shared.context.store.source_states().await?;
    let states: BTreeMap<_, _> = states.iter().map(|state| (&state.id, state)).collect();
    let config = shared.context.config.load();
    let configured: BTreeMap<&str, _> = config.sources.iter().map(|source| (source.id.as_str(), source)).collect();
    let after = asked.cursor.as_deref();
    let rows = configured
        .iter()
        .filter(|(id, _)| after.is_none_or(|after| **id > after))
        .map(|(id, source)| (*id, source, states.get(&source.id).copied()))
        .filter(|(_, source, state)| wanted.is_none_or(|wanted| json::status(source, *state) == wanted))
        .map(|(id, source, state)| (id.to_owned(), json::source(source, state)));
    Ok(page("sources", limit, rows.take(limit + 1)))
}

fn read(asked: ListingParameters, filters: &[&str]) -> Result<ListingQuery, HttpProblem> {
    let keys = [&["limit", "cursor"], filters].concat().join(", ");
    let misread = |rejection: QueryRejection| bad(misread(&rejection.body_text(), &keys));
    let Query(asked) = asked.map_err(misread)?;
    let given = [("source", &asked.source), ("channel", &asked.channel), ("state", &asked.state)];
    let foreign = given.iter().find(|(name, value)| value.is_some() && !filters.contains(name));
    match foreign {
        Some((name, _)) => Err(bad(format!("this listing has no parameter {name:?}; it accepts {keys}"))),
        None => Ok(asked),
    }
}

/// Says which parameter is wrong, from the words of serde; in general terms if those are unknown.
fn misread(text: &str, keys: &str) -> String {
    let reason = text.rsplit("query string: ").next().unwrap_or_default();
    let quoted = reason.split('`').nth(1).unwrap_or_default();
    match reason.split_once(": ") {
        _ if reason.contains("unknown field") => format!("unknown parameter `{quoted}`; this listing accepts {keys}"),
        _ if reason.contains("duplicate field") => format!("the parameter `{quoted}` is given twice"),
        Some((name, _)) if keys.split(", ").any(|key| key == name) => format!("`{name}` is not a number"),
        _ => format!("a parameter is unknown, repeated or not a number; this listing accepts {keys}"),
    }
}

/// Rejects a name that is not configured, unless there are rows from a time when it was.
fn expect_known<'a>(
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'a str>,
    is_empty: bool,
) -> Result<(), HttpProblem> {
    let known: Vec<&str> = known.collect();
    if !is_empty || known.contains(&name) {
        return Ok(());
    }
    let remedy = if known.is_empty() { String::new() } else { format!("; use one of {}", known.join(", ")) };
    Err(bad(format!("no {what} is called {name:?}{remedy}")))
}

/// Rejects a word that is not a source state.
fn status(word: &str) -> Result<SourceStatus, HttpProblem> {
    let known = || SourceStatus::all().map(SourceStatus::as_str).collect::<Vec<_>>().join(", ");
    let unknown = || bad(format!("unknown source state {word:?}; use one of {}", known()));
    SourceStatus::from_word(word).ok_or_else(unknown)
}

fn bad(detail: impl Into<String>) -> HttpProblem {
    HttpProblem::new(StatusCode::BAD_REQUEST, detail)
}

impl ListingQuery {
    fn limit(&self) -> Result<usize, HttpProblem> {
        match self.limit.unwrap_or(DEFAULT_LIMIT) {
            limit @ 1..=MAX_LIMIT => Ok(limit),
            limit => Err(bad(format!("`limit` is {limit}, but must be between 1 and {MAX_LIMIT}"))),
        }
    }

    fn number(&self) -> Result<Option<i64>, HttpProblem> {
        let wrong = |_| bad("invalid cursor; use the value of \"next\"");
        self.cursor.as_deref().map(str::parse).transpose().map_err(wrong)
    }
}

/// A page of at most `limit` rows; a further row means that there is a next page.
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
    use crate::health::Health;

    fn rows(numbers: std::ops::Range<usize>) -> impl Iterator<Item = (String, Value)> {
        numbers.map(|number| (number.to_string(), json!(number)))
    }

    #[test]
    fn an_unknown_source_state_is_rejected_with_the_known_states() {
        assert_eq!(status("off").and(status("gap")), Ok(SourceStatus::Visited(Health::Gap)));
        let detail = format!("{:?}", status("bogus").unwrap_err());
        assert!(detail.contains("bogus") && detail.contains("new, healthy, unsteady, failing, blocked"), "{detail}");
    }

    #[test]
    fn an_unknown_parameter_is_rejected_with_the_parameters_of_that_listing() {
        let asked = Query::try_from_uri(&"http://x/?colour=red".parse().unwrap());
        let detail = format!("{:?}", read(asked, &["source"]).unwrap_err());
        assert!(detail.contains("`colour`; this listing accepts limit, cursor, source"), "{detail}");
        for (query, words) in [("limit=many", "`limit` is not a number"), ("limit=1&limit=2", "`limit` is given twice")]
        {
            let asked = Query::try_from_uri(&format!("http://x/?{query}").parse().unwrap());
            let detail = format!("{:?}", read(asked, &[]).unwrap_err());
            assert!(detail.contains(words), "{detail}");
        }
    }

    #[test]
    fn the_last_page_has_no_next_even_if_it_is_full() {
        assert_eq!(page("rows", 2, rows(0..2)).0, json!({"rows": [0, 1], "next": null}));
        assert_eq!(page("rows", 2, rows(0..3)).0, json!({"rows": [0, 1], "next": "1"}));
        assert_eq!(page("rows", 2, rows(0..0)).0, json!({"rows": [], "next": null}));
    }
}
