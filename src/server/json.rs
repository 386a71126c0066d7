//! Renders items, sources and deliveries as JSON, for the API and for `--json`.
//!
//! Recipients' addresses are never shown, and a receiver's answer only with a single delivery, because listings go to
//! logs and pipes.

use serde_json::{Value, json};

use crate::alert::{Outcome, Reason};
use crate::cadence::reason::VisitReason;
use crate::date::Published;
use crate::health::SourceStatus;
use crate::parse::page::layout::known_layout::{CandidateLayout, KnownPlace, LayoutBaseline};
use crate::parse::page::layout::observed_layout::LayoutPlace;
use crate::source::Source;
use crate::store::{Attempt, Delivery, SourceState, StoredItem};

/// An item.
#[must_use]
pub fn item(stored: &StoredItem) -> Value {
    let item = &stored.item;
    json!({
        "id": stored.id,
        "source": stored.source,
        "url": item.address,
        "title": item.title,
        "title_from": item.title_from,
        "summary": item.summary,
        "text_state": item.text_state,
        "lang": item.lang,
        "dir": item.dir(),
        "author": item.author,
        "agency": item.agency,
        "published": item.published.as_ref().map(published),
        "first_seen": stored.first_seen,
        "revision": stored.revision,
        "sightings": stored.sightings,
    })
}

/// The publication date of an item, in the form that webhooks get.
#[must_use]
pub fn published(claim: &Published) -> Value {
    json!({ "at": claim.at.to_string(), "precision": claim.at.precision(), "from": claim.from.as_str() })
}

/// The status of a source with this stored state; none before its first visit.
#[must_use]
pub fn status(source: &Source, state: Option<&SourceState>) -> SourceStatus {
    if source.enabled {
        SourceStatus::Visited(state.map(|state| state.state).unwrap_or_default())
    } else {
        SourceStatus::Off
    }
}

/// A configured source with its stored state.
#[must_use]
pub fn source(source: &Source, state: Option<&SourceState>) -> Value {
    let word = status(source, state).as_str();
    let none = SourceState::default();
    let state = state.unwrap_or(&none);
    json!({
        "id": source.id,
        "kind": source.kind.as_str(),
        "url": source.address,
        "lang": source.lang,
        "tags": source.tags,
        "enabled": source.enabled,
        "state": word,
        "items": state.items,
        "waiting": state.waiting,
        "held": state.held,
        "last_visit": state.last_visit_at,
        "last_success": state.last_success_at,
        "next_visit": state.next_visit_at,
        "next_visit_reason": state.next_reason.map(VisitReason::as_str),
        "failures": state.failures,
        "failing_since": state.failing_since,
        "last_error": state.last_error,
        "degraded": state.degraded,
        "activated": state.activated_at,
        "ambiguous_keys": state.ambiguous_keys.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
    })
}

/// A configured source with its complete stored state, including its layout and how many blocks of text its pages have
/// in common.
#[must_use]
pub(crate) fn source_in_full(configured: &Source, state: Option<&SourceState>, common: usize) -> Value {
    let mut value = source(configured, state);
    value["blocks_in_common"] = common.into();
    value["shape"] = state.and_then(|state| state.layout.as_ref()).map(places).into();
    value
}

fn places(layout: &LayoutBaseline) -> Value {
    let known = |known: &KnownPlace| {
        let KnownPlace { items, since, seen, .. } = known;
        json!({ "place": known.css_path(), "items": items, "since": since, "seen": seen, "sure": known.is_confirmed() })
    };
    let place = |place: &LayoutPlace| json!({ "place": place.css_path(), "items": place.items });
    let instead = |candidate: &CandidateLayout| {
        let places: Vec<Value> = candidate.places.iter().map(place).collect();
        json!({ "since": candidate.since, "visits": candidate.visits, "places": places })
    };
    json!({ "places": layout.places().map(known).collect::<Vec<_>>(), "instead": layout.candidate().map(instead) })
}

/// A delivery, without its recipient and body.
#[must_use]
pub(crate) fn delivery(delivery: &Delivery) -> Value {
    json!({
        "id": delivery.id,
        "alert": delivery.alert,
        "type": delivery.kind,
        "channel": delivery.channel,
        "seq": delivery.seq,
        "state": delivery.state.as_str(),
        "attempts": delivery.attempts,
        "made": delivery.made_at,
        "next_attempt": delivery.next_attempt_at,
        "first_attempt": delivery.first_attempt_at,
        "settled": delivery.settled_at,
        "replayed": delivery.replayed,
        "urgent": delivery.urgent,
        "last_failure": delivery.last.as_ref().map(failure),
    })
}

/// A delivery with its body and every attempt at it.
#[must_use]
pub(crate) fn delivery_with_attempts(stored: &Delivery, attempts: &[Attempt]) -> Value {
    let mut value = delivery(stored);
    value["tries"] = attempts.iter().map(attempt).collect();
    value["body"] = serde_json::from_slice(&stored.body).unwrap_or_else(|_| Value::String(body_text(&stored.body)));
    value
}

/// A body as text for a person: JSON is indented, anything else stays, control characters are removed.
///
/// ```
/// use marsad::server::json::body_text;
///
/// assert_eq!(body_text(br#"{"seq":1}"#), "{\n  \"seq\": 1\n}");
/// assert_eq!(body_text(b"\x1b[31mred"), "[31mred");
/// ```
#[must_use]
pub fn body_text(body: &[u8]) -> String {
    let pretty = serde_json::from_slice::<Value>(body).ok().and_then(|value| serde_json::to_string_pretty(&value).ok());
    let text = pretty.unwrap_or_else(|| String::from_utf8_lossy(body).into_owned());
    text.chars().filter(|c| !c.is_control() || *c == '\n').collect()
}

fn attempt(attempt: &Attempt) -> Value {
    let (result, reason) = match &attempt.outcome {
        None => ("unknown", None),
        Some(Outcome::Delivered { .. }) => ("delivered", None),
        Some(Outcome::Failed { reason, .. }) => ("failed", Some(reason)),
        Some(Outcome::Rejected { reason }) => ("rejected", Some(reason)),
    };
    json!({
        "number": attempt.number,
        "started": attempt.started_at,
        "took_ms": attempt.took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
        "result": result,
        "failure": reason.map(failure_with_answer),
    })
}

fn failure(reason: &Reason) -> Value {
    json!({ "class": reason.class, "status": reason.status, "message": reason.message })
}

/// A failure with the first 2 KiB of the receiver's answer, in which control characters are escaped.
fn failure_with_answer(reason: &Reason) -> Value {
    let mut value = failure(reason);
    value["answer"] = Value::String(reason.answer.clone());
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_shown_without_control_characters() {
        assert_eq!(body_text(b"{\"a\":1}"), "{\n  \"a\": 1\n}");
        assert_eq!(body_text(b"plain \x1b[31mred\x07"), "plain [31mred");
    }

    #[test]
    fn the_receivers_answer_is_shown_with_a_single_delivery_only() {
        let reason = Reason { answer: "over quota".to_owned(), ..Reason::default() };
        assert_eq!(failure(&reason).get("answer"), None);
        let outcome = Some(Outcome::Failed { reason, after: None });
        let tried = Attempt { number: 1, started_at: jiff::Timestamp::UNIX_EPOCH, took: None, outcome };
        assert_eq!(attempt(&tried)["failure"]["answer"], "over quota");
    }

    #[test]
    fn a_date_has_the_same_form_as_in_webhooks() {
        let day = jiff::civil::date(2026, 11, 21);
        let claim = Published { at: crate::date::Moment::Day(day), from: crate::date::DateEvidence::Text };
        assert_eq!(published(&claim), json!({"at": "2026-11-21", "precision": "day", "from": "text"}));
    }
}
