//! Explains an address that no stored item has.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::StageVerdict;
use crate::address::site::domain;
use crate::address::{Address, Difference};
use crate::alert::{HealthEvent, HealthEventKind};
use crate::cli::Session;
use crate::config::Config;
use crate::dedupe::KeyKind;
use crate::item::{FoldedContent, Item, ItemId};
use crate::source::Source;
use crate::store::{SourceState, Store};

/// How many similar addresses, periods and entries are shown. Chosen by hand.
const MAX_SHOWN: usize = 3;

/// The most entries set aside that are compared. Chosen by hand.
const MAX_SET_ASIDE: usize = 1_000;

/// Two addresses are similar if they differ in at most this many parts. Chosen by hand.
const MAX_DIFFERENCES: usize = 1;

/// What is known about an address that no item has.
pub(super) async fn stages(
    address: &Address,
    store: &Store,
    states: &[SourceState],
    config: &Config,
    session: &Session,
) -> anyhow::Result<Vec<StageVerdict>> {
    let mut stages = set_aside(address, store, session).await?;
    for state in states {
        stages.extend(noted(address, store, state).await?);
    }
    if stages.is_empty() {
        let text = format!("never: no source has listed {}", address.as_str());
        stages.push(StageVerdict::new("listed", "never", text, Value::Null));
    }
    let sources: Vec<&Source> = config
        .sources
        .iter()
        .map(AsRef::as_ref)
        .filter(|source| domain(source.address.host()) == domain(address.host()))
        .collect();
    stages.extend(similar(address, store, states).await?);
    if sources.is_empty() {
        let text = format!("no configured source is at {}; run marsad probe {}", address.host(), address.host());
        stages.push(StageVerdict::new("source", "none", text, Value::Null));
    }
    let events = store.source_events().await?;
    for source in sources {
        let state = states.iter().find(|state| state.id == source.id);
        stages.extend(periods(source, state, &events, session));
    }
    Ok(stages)
}

async fn set_aside(address: &Address, store: &Store, session: &Session) -> anyhow::Result<Vec<StageVerdict>> {
    let now = session.clock.now();
    let same = |name: &str| Address::parse(name).is_ok_and(|other| other.key() == address.key());
    let all = store.all_set_aside(MAX_SET_ASIDE).await?;
    let stage = |aside: &crate::store::SetAside| {
        let at = session.out.time(Some(aside.last_at), now);
        let by = aside.source.as_ref().map(|source| format!(" at {source}")).unwrap_or_default();
        let text = format!("set aside{by} {at} because of its content: {}", aside.why);
        let detail =
            json!({ "source": aside.source, "why": aside.why, "first": aside.first_at, "last": aside.last_at });
        StageVerdict::new("judged", "set_aside", text, detail)
    };
    Ok(all.iter().filter(|aside| same(&aside.name)).take(MAX_SHOWN).map(stage).collect())
}

/// An address that waits for its page, or that was left out of a first visit.
async fn noted(address: &Address, store: &Store, state: &SourceState) -> anyhow::Result<Option<StageVerdict>> {
    let source = &state.id;
    if state.waiting > 0 && store.waiting_addresses(source).await?.contains(&address.key()) {
        let text = format!("listed by {source}; it waits for its own page, for at most two minutes");
        return Ok(Some(StageVerdict::new("text", "waits", text, json!({ "source": source }))));
    }
    let item = Item { address: Some(address.clone()), ..Item::default() };
    let mut keys = crate::dedupe::keys::keys(&item, &FoldedContent::of(&item), source, &state.identity());
    keys.retain(|key| key.kind == KeyKind::Address);
    if keys.is_empty() || store.baseline_keys(source, &keys).await?.is_empty() {
        return Ok(None);
    }
    let text = format!("listed by {source} beyond max_items at its first visit; it counts as seen and does not alert");
    Ok(Some(StageVerdict::new("listed", "baseline", text, json!({ "source": source }))))
}

/// The stored addresses that differ from it in one part.
async fn similar(address: &Address, store: &Store, states: &[SourceState]) -> anyhow::Result<Vec<StageVerdict>> {
    let host = address.host().trim_start_matches("www.");
    let mut found: Vec<(String, ItemId, Vec<Difference>)> = Vec::new();
    for state in states {
        for (other, item) in store.addresses_with(&state.id, host).await? {
            let differences = Address::parse(&other).ok().and_then(|parsed| parsed.differences(address));
            let close = differences.filter(|parts| (1..=MAX_DIFFERENCES).contains(&parts.len()));
            if let Some(parts) = close.filter(|_| !found.iter().any(|(known, ..)| *known == other)) {
                found.push((other, item, parts));
            }
        }
    }
    // The addresses whose part is most alike come first.
    found.sort_by_key(|(.., parts)| parts.iter().map(distance).sum::<usize>());
    let stage = |(other, item, parts): &(String, ItemId, Vec<Difference>)| {
        let shown: Vec<String> = parts.iter().map(described).collect();
        let text = format!("differs from {other} (item {item}) only in {}", shown.join(" and "));
        StageVerdict::new("address", "similar", text, json!({ "url": other, "item": item }))
    };
    Ok(found.iter().take(MAX_SHOWN).map(stage).collect())
}

fn distance(part: &Difference) -> usize {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    strsim::osa_distance(&text(&part.before), &text(&part.now))
}

fn described(part: &Difference) -> String {
    let name = match part.name.as_str() {
        "#" => "the part after #".to_owned(),
        name if name.starts_with('/') => format!("part {} of the path", &name[1..]),
        name if name.starts_with('@') => "the host".to_owned(),
        "" => "the query".to_owned(),
        name => format!("`{name}`"),
    };
    let value =
        |value: &Option<String>| value.as_deref().map_or_else(|| "nothing".to_owned(), |text| format!("{text:?}"));
    format!("{name}: {} there, {} here", value(&part.before), value(&part.now))
}

/// The state of a source at the same site, and when it may have missed something.
fn periods(
    source: &Source,
    state: Option<&SourceState>,
    events: &[HealthEvent],
    session: &Session,
) -> Vec<StageVerdict> {
    let now = session.clock.now();
    let time = |at: Timestamp| session.out.time(Some(at), now);
    let word = crate::server::json::status(source, state).as_str();
    let success = state.and_then(|state| state.last_success_at);
    let last = success.map_or_else(|| "never read".to_owned(), |at| format!("last read {}", time(at)));
    let error = state.and_then(|state| state.last_error.as_ref()).map(|error| format!(": {error}")).unwrap_or_default();
    let text = format!("{} is at the same site: {word}, {last}{error}", source.id);
    let mut stages =
        vec![StageVerdict::new("source", word, text, json!({ "source": source.id, "last_success": success }))];
    stages.extend(failures(source, events).into_iter().take(MAX_SHOWN).map(|(from, until)| {
        let ended = until.map_or_else(|| "it has not recovered".to_owned(), |until| format!("to {}", time(until)));
        let text = format!("{} was failing from {}, {ended}", source.id, time(from));
        StageVerdict::new("source", "was_failing", text, json!({ "source": source.id, "from": from, "until": until }))
    }));
    let gaps = events.iter().filter(|event| event.kind == HealthEventKind::SourceGap && is_about(event, source));
    stages.extend(gaps.take(MAX_SHOWN).map(|gap| {
        let from = gap.detail.get("last_success_at").and_then(Value::as_str).and_then(|at| at.parse().ok());
        let between = from.map_or_else(String::new, |from: Timestamp| {
            let (long, at) = (gap.at.duration_since(from), time(from));
            format!(": what was listed only within {:#} after {at} was not seen", rounded(long))
        });
        let text = format!("{} had a gap {}{between}", source.id, time(gap.at));
        StageVerdict::new("source", "gap", text, json!({ "source": source.id, "at": gap.at, "from": from }))
    }));
    if !source.enabled {
        let text = format!("{} is disabled: set enabled = true to visit it", source.id);
        stages.push(StageVerdict::new("source", "off", text, json!({ "source": source.id })));
    }
    stages
}

/// When a source failed, the last time first: from the first failed visit to the recovery, if there was one.
fn failures(source: &Source, events: &[HealthEvent]) -> Vec<(Timestamp, Option<Timestamp>)> {
    let mut periods: Vec<(Timestamp, Option<Timestamp>)> = Vec::new();
    // The oldest first.
    for event in events.iter().rev().filter(|event| is_about(event, source)) {
        let open = periods.last_mut().filter(|(_, until)| until.is_none());
        match (event.kind, open) {
            (HealthEventKind::SourceFailing | HealthEventKind::SourceBlocked, None) => periods.push((event.at, None)),
            (HealthEventKind::SourceRecovered, Some((_, until))) => *until = Some(event.at),
            _ => {}
        }
    }
    periods.reverse();
    periods
}

/// True for an event about a source, or about several with it.
fn is_about(event: &HealthEvent, source: &Source) -> bool {
    let id = source.id.as_str();
    let among = event.detail.get("sources").and_then(Value::as_array);
    event.detail.get("source").and_then(Value::as_str) == Some(id)
        || among.is_some_and(|sources| sources.iter().any(|source| source.as_str() == Some(id)))
}

/// A duration in whole minutes.
fn rounded(duration: jiff::SignedDuration) -> jiff::SignedDuration {
    jiff::SignedDuration::from_mins(duration.as_mins())
}
