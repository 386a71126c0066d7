//! Explains a stored item, step by step.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::StageVerdict;
use super::suppression::Suppression;
use crate::alert::WatchId;
use crate::alert::digest::DigestReason;
use crate::cli::Session;
use crate::cli::deliveries::obstacle::Obstacles;
use crate::cli::output::{counted, isolated};
use crate::config::Config;
use crate::item::TextState;
use crate::source::Follow;
use crate::store::{
    AlertRecord, Delivery, DeliveryState, GatheredAlert, ItemHistory, SightingRecord, SourceState, Store,
};
use crate::watch::explain::{Explanation, NearMiss};
use crate::watch::{Watch, WatchInput};

/// How many missing terms and near misses a line names. Chosen by hand.
const MAX_NAMED: usize = 5;

/// What is needed to explain an item.
struct ItemExplainer<'a> {
    history: &'a ItemHistory,
    states: &'a [SourceState],
    config: &'a Config,
    added: HashMap<WatchId, Timestamp>,
    obstacles: Obstacles,
    now: Timestamp,
    session: &'a Session,
}

/// The verdict of every step about an item, in the order of the steps.
pub(super) async fn stages(
    history: &ItemHistory,
    store: &Store,
    states: &[SourceState],
    config: &Config,
    session: &Session,
) -> anyhow::Result<Vec<StageVerdict>> {
    let added = store.watches_added().await?.into_iter().collect();
    let obstacles = Obstacles::read(store).await?;
    let explainer = ItemExplainer { history, states, config, added, obstacles, now: session.clock.now(), session };
    let mut stages: Vec<StageVerdict> = history.sightings.iter().map(|sighting| explainer.listed(sighting)).collect();
    stages.push(explainer.judged());
    stages.extend(explainer.copied());
    stages.extend(explainer.ambiguous());
    stages.push(explainer.followed());
    for watch in config.watches.all() {
        stages.extend(explainer.matched(watch));
    }
    if config.watches.all().is_empty() {
        stages.push(StageVerdict::new("watch", "none", "no watch is configured".to_owned(), Value::Null));
    }
    for alert in &history.alerts {
        stages.extend(explainer.delivered(alert));
    }
    Ok(stages)
}

impl ItemExplainer<'_> {
    fn time(&self, at: Timestamp) -> String {
        self.session.out.time(Some(at), self.now)
    }

    /// Where and how long a source listed it.
    fn listed(&self, sighting: &SightingRecord) -> StageVerdict {
        let SightingRecord { source, address, first_at, last_at, count, baseline, is_listed } = sighting;
        let visits = counted(usize::try_from(*count).unwrap_or(usize::MAX), "visit");
        let until = match (is_listed, last_at == first_at) {
            (true, _) => "still listed".to_owned(),
            (false, true) => "seen at one visit and not listed at the next".to_owned(),
            (false, false) => {
                format!("listed for {:#}, last {}", last_at.duration_since(*first_at), self.time(*last_at))
            }
        };
        let quiet =
            if *baseline { "; suppressed there: a quiet first visit, a redesign or a changed layout" } else { "" };
        let at = if address.is_empty() { "without an address" } else { address.as_str() };
        let text = format!("{source} {at}: first {}, {until}, {visits}{quiet}", self.time(*first_at));
        let detail = json!({
            "source": source, "url": address, "first": first_at, "last": last_at, "visits": count,
            "suppressed": baseline, "listed": is_listed,
        });
        StageVerdict::new("listed", if *is_listed { "listed" } else { "gone" }, text, detail)
    }

    /// New, revised, or known at further sources.
    fn judged(&self) -> StageVerdict {
        let ItemHistory { stored, revised_at, sightings, keys, .. } = self.history;
        let mut text = format!("new at {} {}", stored.source, self.time(stored.first_seen));
        if let Some(at) = revised_at {
            let revisions = counted(usize::try_from(stored.revision).unwrap_or(2) - 1, "time");
            text += &format!("; revised {revisions}, last {}", self.time(*at));
        }
        let mut others: Vec<&str> = sightings.iter().map(|sighting| sighting.source.as_str()).collect();
        others.retain(|source| *source != stored.source.as_str());
        others.dedup();
        if !others.is_empty() {
            text += &format!("; known when it came from {}", others.join(", "));
        }
        let verdict = if revised_at.is_some() { "revised" } else { "new" };
        text += &format!("; recognised by {}", if keys.is_empty() { "nothing".to_owned() } else { keys.join(", ") });
        let detail = json!({
            "source": stored.source, "at": stored.first_seen, "revision": stored.revision, "revised": revised_at,
            "known_at": others, "keys": keys,
        });
        StageVerdict::new("judged", verdict, text, detail)
    }

    /// The text that it copies, or its story.
    fn copied(&self) -> Option<StageVerdict> {
        let placement = self.history.placement.as_ref()?;
        let share = placement.share.map(|share| format!(" ({:.0} % of its words)", share * 100.0)).unwrap_or_default();
        let detail = json!({
            "story": placement.story, "copy_of": placement.copy_of.as_ref().map(|(id, _)| id), "share": placement.share,
        });
        let (verdict, text) = match (&placement.copy_of, &placement.story) {
            (Some((id, title)), _) => ("copy", format!("copy of {id}{share}: {}", isolated(title))),
            (None, Some(story)) if *story != self.history.stored.id => {
                ("further", format!("a further text of the story {story}"))
            }
            _ => ("first", "no copy; the first text of its story".to_owned()),
        };
        Some(StageVerdict::new("story", verdict, text, detail))
    }

    /// The kinds of keys that its sources do not use.
    fn ambiguous(&self) -> Vec<StageVerdict> {
        let states = self.states.iter().filter(|state| {
            let is_listed = self.history.sightings.iter().any(|sighting| sighting.source == state.id);
            is_listed && !state.ambiguous_keys.is_empty()
        });
        let ambiguous = |state: &SourceState| {
            let kinds: Vec<&str> = state.ambiguous_keys.iter().map(|kind| kind.as_str()).collect();
            let text = format!("{} does not identify items of {}", kinds.join(", "), state.id);
            StageVerdict::new("keys", "ambiguous", text, json!({ "source": state.id, "kinds": kinds }))
        };
        states.map(ambiguous).collect()
    }

    /// Whether its own page was read.
    fn followed(&self) -> StageVerdict {
        let ItemHistory { stored, page_tries, .. } = self.history;
        let follow = self.config.source(stored.source.as_str()).map(|source| source.follow);
        let state = stored.item.text_state;
        let text = match (state, page_tries, follow) {
            (TextState::Full, ..) => "the full text was read".to_owned(),
            (_, Some((tries, next)), _) => format!(
                "its own page was not read in {}; the next try is {}",
                counted(usize::try_from(*tries).unwrap_or(usize::MAX), "try"),
                self.time(*next)
            ),
            (_, None, Some(Follow::Never)) => {
                format!("{} was read; follow = \"never\" for {}", self.held(state), stored.source)
            }
            _ => format!("{} was read; its own page gave no more, or could not be read", self.held(state)),
        };
        let detail = json!({ "text_state": state, "next_try": page_tries.map(|(_, next)| next) });
        StageVerdict::new("text", state.as_str(), text, detail)
    }

    fn held(&self, state: TextState) -> &'static str {
        if state == TextState::None { "only the headline" } else { "an excerpt" }
    }

    /// How a watch evaluates it, and what became of that.
    fn matched(&self, watch: &Watch) -> Vec<StageVerdict> {
        let stored = &self.history.stored;
        let configured =
            self.config.source(stored.source.as_str()).map(|source| source.tags.as_slice()).unwrap_or_default();
        let tags: Vec<String> = configured.iter().chain(&stored.item.tags).cloned().collect();
        let input = WatchInput {
            title: &stored.item.title,
            summary: &stored.item.summary,
            text: &stored.item.text,
            lang: stored.item.lang.as_ref(),
            source: &stored.source,
            tags: &tags,
        };
        let Some(explanation) = self.config.watches.explain(&watch.id, &input) else { return Vec::new() };
        let alerted = self.history.alerts.iter().filter(|alert| alert.watches.contains(&watch.id)).collect::<Vec<_>>();
        let mut stages = vec![evaluated(&explanation)];
        match (alerted.last(), explanation.hit.is_some()) {
            (Some(last), _) => stages.push(self.alerted(watch, last, &alerted)),
            (None, true) => stages.push(self.suppressed(watch)),
            (None, false) => {}
        }
        stages
    }

    fn alerted(&self, watch: &Watch, last: &AlertRecord, all: &[&AlertRecord]) -> StageVerdict {
        let revision = self.history.stored.revision;
        let times: Vec<String> =
            all.iter().map(|alert| format!("{} (revision {})", self.time(alert.at), alert.revision)).collect();
        let later = match revision > last.revision {
            true => format!("; revision {revision} did not alert: revisions = \"{}\"", watch.revisions.as_str()),
            false => String::new(),
        };
        let text = format!("{}: alerted {}{later}", watch.id, times.join(", "));
        let alerts: Vec<Value> =
            all.iter().map(|alert| json!({ "at": alert.at, "revision": alert.revision })).collect();
        StageVerdict::new("alert", "alerted", text, json!({ "watch": watch.id, "alerts": alerts }))
    }

    fn suppressed(&self, watch: &Watch) -> StageVerdict {
        let (added, kept) = (self.added.get(&watch.id).copied(), self.config.retention.deliveries);
        let reason = Suppression::of(watch, self.history, added, kept, self.now);
        let text = format!("{}: {}", watch.id, reason.text(|at| self.time(at)));
        let detail = json!({ "watch": watch.id, "instead": reason.instead() });
        StageVerdict::new("alert", reason.word(), text, detail)
    }

    /// The deliveries of an alert, alone or in a digest, and the digests for which it waits.
    fn delivered(&self, alert: &AlertRecord) -> Vec<StageVerdict> {
        if alert.deliveries.is_empty() && alert.gathered.is_empty() {
            let text =
                format!("the alert of {} has no delivery: none was queued, or they are deleted", self.time(alert.at));
            return vec![StageVerdict::new("delivery", "none", text, Value::Null)];
        }
        let delivered = alert.deliveries.iter().map(|delivery| self.delivery(delivery));
        delivered.chain(alert.gathered.iter().map(|waiting| self.gathered(waiting))).collect()
    }

    fn delivery(&self, delivery: &Delivery) -> StageVerdict {
        let state = delivery.state.as_str();
        let attempts = counted(usize::try_from(delivery.attempts).unwrap_or(usize::MAX), "attempt");
        let by_hand = if delivery.replayed { ", sent again by hand" } else { "" };
        let within = if delivery.kind == "digest" { " in a digest" } else { "" };
        let when = match (delivery.settled_at, delivery.next_attempt_at) {
            (Some(at), _) => format!(" {}", self.time(at)),
            (None, Some(next)) if delivery.state == DeliveryState::Pending => {
                format!("; next attempt {}", self.time(next))
            }
            _ => String::new(),
        };
        let why = delivery.last.as_ref().map(|last| format!("; {}", last.message)).unwrap_or_default();
        let text =
            format!("{}: {state}{within} after {attempts}{by_hand}{when}{why} ({})", delivery.channel, delivery.id);
        let text = match self.obstacles.of(delivery, self.config) {
            Some(waits) => self.session.typed(&format!("{text}; {waits}")),
            None => text,
        };
        StageVerdict::new("delivery", state, text, crate::server::json::delivery(delivery))
    }

    fn gathered(&self, waiting: &GatheredAlert) -> StageVerdict {
        let GatheredAlert { channel, reason, closes_at } = waiting;
        let why = match reason {
            DigestReason::Flood => "its source brought far more items than usual at once",
            DigestReason::Limit => "the recipient got as many mails as an hour may have",
            DigestReason::Quiet => "it came in the quiet hours",
            DigestReason::Schedule => "the channel sends at set times",
        };
        let text = format!("{channel}: waits for a digest, due {}: {why}", self.time(*closes_at));
        let detail = json!({ "channel": channel, "reason": reason, "closes": closes_at });
        StageVerdict::new("delivery", "gathered", text, detail)
    }
}

/// Whether and where a watch matches.
fn evaluated(explanation: &Explanation) -> StageVerdict {
    let Explanation { watch, hit, missing, near, elsewhere } = explanation;
    let miss = |miss: &NearMiss| json!({ "term": miss.term, "text": miss.text, "reason": miss.reason });
    let detail = json!({
        "watch": watch, "matches": hit.as_ref().map(|hit| &hit.matches), "missing": missing, "elsewhere": elsewhere,
        "near": near.iter().map(miss).collect::<Vec<_>>(),
    });
    let Some(hit) = hit else {
        let missing: Vec<String> = missing.iter().take(MAX_NAMED).map(|term| isolated(term)).collect();
        let near: Vec<String> = near
            .iter()
            .take(MAX_NAMED)
            .map(|miss| format!("; near miss {}: {}", isolated(&miss.text), miss.reason))
            .collect();
        let why = match elsewhere {
            Some(elsewhere) => elsewhere.clone(),
            None if missing.is_empty() => "a condition does not hold".to_owned(),
            None => format!("missing: {}", missing.join(", ")),
        };
        let text = format!("{watch}: no match; {why}{}", near.concat());
        return StageVerdict::new("watch", "no_match", text, detail);
    };
    let place = |found: &crate::alert::Match| format!("{} in {}", isolated(&found.text), found.field.as_str());
    let places: Vec<String> = hit.matches.iter().take(MAX_NAMED).map(place).collect();
    let text = match hit.total {
        0 => format!("{watch}: matches without a term"),
        total => format!("{watch}: matches in {}: {}", counted(total, "place"), places.join(", ")),
    };
    StageVerdict::new("watch", "match", text, detail)
}
