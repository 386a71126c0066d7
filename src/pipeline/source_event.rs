//! Builds the events about a source.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::{LayoutCheck, LayoutDrift, Visit};
use crate::alert::{HealthEvent, HealthEventKind};
use crate::clock::later;
use crate::health::Health;
use crate::health::outage::Outage;
use crate::health::redesign::HELD_FOR;
use crate::health::rhythm::Rhythm;
use crate::item::Item;
use crate::parse::Parsed;
use crate::parse::page::layout::known_layout::KnownPlace;
use crate::source::{Source, SourceId};
use crate::store::{Flood, SourceState, StoreError};

/// How many headlines a `source.activated` event shows. Chosen by hand.
const SAMPLES: usize = 3;

/// A source that is read for the first time.
pub(super) fn activated(source: &Source, visit: &Visit, parsed: Option<&Parsed>) -> HealthEvent {
    let items = parsed.map(|parsed| parsed.items.as_slice()).unwrap_or_default();
    let samples: Vec<Value> =
        items.iter().take(SAMPLES).map(|item| json!({ "title": item.title, "url": item.address })).collect();
    let items_word = if visit.found == 1 { "item" } else { "items" };
    let message = format!("first visit of {}: {} {items_word}", source.id, visit.found);
    event(HealthEventKind::SourceActivated, source, visit, message, json!({ "items": visit.found, "samples": samples }))
}

/// A source whose state has changed.
pub(super) fn changed(
    source: &Source,
    kind: HealthEventKind,
    state: &SourceState,
    visit: &Visit,
    layout: &LayoutCheck,
) -> HealthEvent {
    let id = &source.id;
    let (message, detail) = match (kind, &visit.error) {
        (HealthEventKind::SourceRecovered, _) if state.state == Health::Silent => {
            (format!("{id} has a new item again"), json!({ "failing_since": null }))
        }
        (HealthEventKind::SourceRecovered, _) => {
            (format!("{id} works again{}", settled(state, layout)), json!({ "failing_since": state.failing_since }))
        }
        (HealthEventKind::SourceChanged, _) => match &layout.drift {
            Some(drift) => return layout_changed(source, visit, drift),
            None => empty(source, visit),
        },
        (HealthEventKind::SourceGap, _) if visit.unread > 0 => {
            let entries = if visit.unread == 1 { "new entry exceeds" } else { "new entries exceed" };
            let text = "max_items and will be read at the next visits; raise `max_items`";
            (format!("{id}: {} {entries} {text}", visit.unread), json!({ "unread": visit.unread }))
        }
        (HealthEventKind::SourceGap, _) => {
            let last = state.last_success_at;
            let text = "every item is new; others may have come and gone since the last visit; shorten `every`";
            (format!("{id}: {text}"), json!({ "last_success_at": last }))
        }
        (_, error) => {
            let error = error.clone().unwrap_or_default();
            let verb = if kind == HealthEventKind::SourceBlocked { "blocks marsad" } else { "cannot be read" };
            (format!("{id} {verb}: {error}"), json!({ "failures": state.failures + 1, "error": error }))
        }
    };
    event(kind, source, visit, message, detail)
}

/// A source that has brought nothing new for longer than its rhythm allows.
pub(super) fn silent(source: &Source, visit: &Visit, rhythm: Option<&Rhythm>) -> HealthEvent {
    let id = &source.id;
    let (message, detail) = match rhythm {
        Some(rhythm) => (
            format!(
                "{id} has had no new item for {}, although its visits succeed; before, its longest pause was {}; run \
                 marsad visit {id}",
                in_words(visit.at.duration_since(rhythm.last)),
                in_words(rhythm.longest_gap)
            ),
            json!({ "last_item_at": rhythm.last, "longest_pause_seconds": rhythm.longest_gap.as_secs() }),
        ),
        None => (format!("{id} has had no new item; run marsad visit {id}"), json!({})),
    };
    event(HealthEventKind::SourceSilent, source, visit, message, detail)
}

/// A source whose entries were almost all new at once although they look old.
pub(super) fn flood(source: &Source, visit: &Visit, flood: &Flood) -> HealthEvent {
    let id = &source.id;
    let (items, wait) = if flood.items == 1 { ("item", "waits") } else { ("items", "wait") };
    let until = later(flood.at, HELD_FOR);
    let message = format!(
        "{id} has almost only new entries, and they look old, as after a redesign: {} matching {items} {wait} until {}; \
         run marsad sources accept {id} to send the alerts now, or marsad sources discard {id} to send none",
        flood.items,
        until.strftime("%Y-%m-%d %H:%M UTC")
    );
    let detail = json!({ "items": flood.items, "samples": flood.samples, "until": until });
    event(HealthEventKind::SourceFlood, source, visit, message, detail)
}

/// A duration in whole days, or in hours if it is shorter than two days.
fn in_words(duration: SignedDuration) -> String {
    match duration.as_hours() {
        hours @ ..48 => format!("{hours} h"),
        hours => format!("{} days", hours / 24),
    }
}

/// A page that has items, but not where they used to be, or not since long enough.
pub(super) fn still_changed(source: &Source, visit: &Visit) -> HealthEvent {
    let id = &source.id;
    let message = format!("{id} has changed and is not as before yet; run marsad visit {id}");
    event(HealthEventKind::SourceChanged, source, visit, message, json!({ "try": format!("marsad visit {id}") }))
}

/// The daily repeat of a notice that was raised first at `since`.
pub(super) fn repeated(mut event: HealthEvent, since: Timestamp) -> HealthEvent {
    event.message = format!("{}; reported first on {}", event.message, since.strftime("%Y-%m-%d %H:%M UTC"));
    event.detail.extend([("repeat".to_owned(), json!(true)), ("since".to_owned(), json!(since))]);
    event
}

/// The most sources that an event names. Chosen by hand.
const MAX_NAMED: usize = 20;

/// Half of the sources fail at once.
pub(super) fn outage(visit: &Visit, outage: &Outage, failing: &[(SourceId, Timestamp)]) -> HealthEvent {
    let error = visit.error.as_deref().map(|error| format!("; the last error: {error}")).unwrap_or_default();
    let message = format!(
        "{} sources fail since {}: probably the network or the name resolution of this machine, not the sources; no \
         further notice follows about each{error}; run marsad doctor",
        failing.len(),
        outage.since.strftime("%Y-%m-%d %H:%M UTC")
    );
    let mut named: Vec<&SourceId> = failing.iter().map(|(id, _)| id).collect();
    named.sort();
    named.truncate(MAX_NAMED);
    let detail = json!({ "sources": named, "failing": failing.len(), "failing_since": outage.since });
    about_sources(HealthEventKind::SourceFailing, visit, message, detail)
}

/// Half of the sources of an outage work again.
pub(super) fn outage_over(visit: &Visit, outage: &Outage) -> HealthEvent {
    let message = format!(
        "most of the {} sources that failed at once work again; the others are visited in turn",
        outage.sources
    );
    let detail = json!({ "failing": outage.sources, "failing_since": outage.since });
    about_sources(HealthEventKind::SourceRecovered, visit, message, detail)
}

fn about_sources(kind: HealthEventKind, visit: &Visit, message: String, detail: Value) -> HealthEvent {
    let detail = if let Value::Object(detail) = detail { detail } else { Map::new() };
    HealthEvent { kind, at: visit.at, message, detail }
}

/// A page whose layout has drifted.
pub(super) fn layout_changed(source: &Source, visit: &Visit, drift: &LayoutDrift) -> HealthEvent {
    let id = source.id.as_str();
    event(
        HealthEventKind::SourceChanged,
        source,
        visit,
        format!("{id} {}; run marsad visit {id}", drift.message()),
        Value::Object(drift.detail(id)),
    )
}

/// An item that changes all the time.
pub(super) fn ticker(source: &Source, visit: &Visit, item: &str) -> HealthEvent {
    let message = format!(
        "{}: {item} has changed more than 24 times within a day; until it changes less, its revisions alert only watches \
         that it did not match before",
        source.id
    );
    event(HealthEventKind::SourceChanged, source, visit, message, json!({ "item": item }))
}

/// An item that cannot be stored because of its content.
pub(super) fn set_aside(source: &Source, item: &Item, error: &StoreError, at: Timestamp) -> HealthEvent {
    let named = item.address.as_ref().map_or(item.title.as_str(), |address| address.as_str());
    let message = format!("{}: an item cannot be stored and does not alert: {named}: {error}", source.id);
    let detail = [("source", json!(source.id)), ("title", json!(item.title)), ("url", json!(item.address))];
    let detail = detail.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    HealthEvent { kind: HealthEventKind::SourceItemRejected, at, message, detail }
}

/// A source that had items and has none now.
fn empty(source: &Source, visit: &Visit) -> (String, Value) {
    let id = &source.id;
    let why = visit.degraded.as_deref().map(|why| format!(": {why}")).unwrap_or_default();
    let message = format!("{id} no longer has items; its page may have been rebuilt{why}; run marsad visit {id}");
    (message, json!({ "degraded": visit.degraded, "try": format!("marsad visit {id}") }))
}

/// The items' new location, if the layout is what had changed.
fn settled(state: &SourceState, layout: &LayoutCheck) -> String {
    let Some(layout) = layout.baseline.as_ref().filter(|_| state.state == Health::Changed) else {
        return String::new();
    };
    let places: Vec<String> =
        layout.places().filter(|known| known.is_confirmed()).take(1).map(KnownPlace::css_path).collect();
    places.first().map(|place| format!("; its items are in {place:?}")).unwrap_or_default()
}

fn event(kind: HealthEventKind, source: &Source, visit: &Visit, message: String, detail: Value) -> HealthEvent {
    let mut particulars = Map::from_iter([("source".to_owned(), json!(source.id))]);
    if let Value::Object(detail) = detail {
        particulars.extend(detail);
    }
    HealthEvent { kind, at: visit.at, message, detail: particulars }
}

#[cfg(test)]
mod tests;
