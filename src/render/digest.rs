//! Renders a digest as JSON: its alerts as one list, by watch and by story, as many as fit.

use serde_json::{Map, Value, json};

use super::date_format::second;
use super::digest_phrases::DigestPhrases;
use super::phrases::Phrases;
use super::{DeliveryStamp, sanitize};
use crate::alert::digest::{Digest, DigestGroup, DigestHealth};
use crate::alert::{Alert, ItemAlert};
use crate::channel::ChannelId;

/// The most bytes of a digest, in any format. Chosen by hand: what every relay and receiver accepts.
pub(crate) const LIMIT: usize = 256 * 1024;

/// How much of a digest is kept. The steps, chosen by hand, are tried in turn until it fits; the last always does.
#[derive(Clone, Copy, Debug)]
pub(super) struct DigestStep {
    /// The most listed alerts.
    pub(super) entries: usize,
    /// The most characters of a headline.
    pub(super) title: usize,
    /// The most characters of a summary.
    pub(super) summary: usize,
}

/// The steps from everything to little.
pub(super) const STEPS: [DigestStep; 5] = [
    DigestStep { entries: 100, title: 300, summary: 300 },
    DigestStep { entries: 100, title: 200, summary: 120 },
    DigestStep { entries: 100, title: 150, summary: 0 },
    DigestStep { entries: 50, title: 150, summary: 0 },
    DigestStep { entries: 20, title: 150, summary: 0 },
];

/// The longest address that is shown, in bytes. Chosen by hand: longer ones are no addresses of articles.
const ADDRESS: usize = 2_000;

/// The longest name, in characters.
const NAME: usize = 200;

/// The most watches and unhealthy sources that are named. Chosen by hand.
pub(super) const NAMES: usize = 20;

/// The body as JSON, already cut to [`LIMIT`].
pub(super) fn document(digest: &Digest, stamp: &DeliveryStamp, channel: &ChannelId) -> Value {
    let mut cut = Value::Null;
    let kind = Alert::DIGEST;
    for step in STEPS {
        let mut data = data(&digest.with_at_most(step.entries), step);
        data.insert("channel".to_owned(), channel.as_str().into());
        data.insert("epoch".to_owned(), stamp.epoch.into());
        data.insert("seq".to_owned(), stamp.seq.into());
        cut = json!({ "type": kind, "timestamp": second(digest.at), "data": data });
        if cut.to_string().len() <= LIMIT {
            break;
        }
    }
    cut
}

fn data(digest: &Digest, step: DigestStep) -> Map<String, Value> {
    let words = DigestPhrases::of(&digest.lang);
    let groups = digest.groups();
    let items: Vec<Value> = groups.iter().flat_map(|group| of_watch(group, step)).collect();
    let data = json!({
        "reason": digest.reason.as_str(),
        "lang": words.lang,
        "message": message(digest),
        "note": words.reason(digest.reason),
        "since": digest.since.map(second),
        "total": digest.total(),
        "left_out": digest.left_out(),
        "watches": groups.iter().map(|group| group.count.watch.as_str()).collect::<Vec<_>>(),
        "groups": groups.iter().map(group).collect::<Vec<_>>(),
        "items": items,
        "health": digest.health.as_ref().map(|health| json!({
            "sources": health.sources,
            "healthy": health.healthy,
            "unhealthy": health.unhealthy.iter().map(|(id, state)| json!({ "source": id, "state": state }))
                .collect::<Vec<_>>(),
            "pending": health.pending,
            "text": health_text(health, digest),
        })),
        "labels": { "more": words.more },
    });
    match data {
        Value::Object(data) => data,
        _ => Map::new(),
    }
}

fn group(group: &DigestGroup<'_>) -> Value {
    json!({
        "watch": group.count.watch.as_str(),
        "name": shown(&group.count.name, NAME),
        "total": group.count.alerts,
        "left_out": group.left_out(),
    })
}

fn of_watch(group: &DigestGroup<'_>, step: DigestStep) -> Vec<Value> {
    let watch = group.count.watch.as_str();
    group.stories.iter().flatten().map(|alert| item(alert, watch, step)).collect()
}

fn item(alert: &ItemAlert, watch: &str, step: DigestStep) -> Value {
    let content = &alert.item;
    json!({
        "type": if alert.previous.is_some() { "item.revised" } else { "item.matched" },
        "watch": watch,
        "watches": alert.hits.iter().map(|hit| hit.watch.as_str()).take(NAMES).collect::<Vec<_>>(),
        "story": alert.story.as_ref().map(|story| story.id.as_str()),
        "id": alert.id.as_str(),
        "source": alert.source.as_str(),
        "source_name": shown(alert.source_name.as_deref().unwrap_or(alert.source.as_str()), NAME),
        "url": address(alert),
        "title": shown(&content.title, step.title),
        "summary": shown(&content.summary, step.summary),
        "lang": content.lang.as_ref().map(crate::text::lang::Lang::as_str),
        "dir": content.dir().as_str(),
        "published": content.published.as_ref().map(|claim| json!({
            "at": claim.at.to_string(), "precision": claim.at.precision(), "from": claim.from.as_str(),
        })),
        "first_seen": second(alert.first_seen),
        "revision": alert.revision,
    })
}

/// The address of an alert's item, if it has one of usual length.
pub(super) fn address(alert: &ItemAlert) -> Option<&str> {
    alert.item.address.as_ref().map(crate::address::Address::as_str).filter(|address| address.len() <= ADDRESS)
}

fn shown(text: &str, most: usize) -> String {
    if most == 0 { String::new() } else { sanitize::cut(&sanitize::without_controls(text), most) }
}

/// The digest in one line, in its language: how many alerts, and the watches with the most.
pub(super) fn message(digest: &Digest) -> String {
    let (words, labels) = (DigestPhrases::of(&digest.lang), Phrases::of(&digest.lang));
    let groups = digest.groups();
    let name = |group: &DigestGroup<'_>| {
        format!("{} ({})", sanitize::isolate(&sanitize::cut(&group.count.name, NAME)), group.count.alerts)
    };
    let mut names: Vec<String> = groups.iter().take(NAMES).map(name).collect();
    if groups.len() > NAMES {
        names.push(words.more.replace("{}", &(groups.len() - NAMES).to_string()));
    }
    let head = format!("{}{} {}", words.title, labels.colon, words.alerts(digest.total()));
    std::iter::once(head).chain(names).collect::<Vec<_>>().join(" · ")
}

/// The state of sources and deliveries in one line, in the language of the digest.
pub(super) fn health_text(health: &DigestHealth, digest: &Digest) -> String {
    health_facts(health, digest, &|id| id)
        .into_iter()
        .map(|(label, value)| format!("{label}{} {value}", Phrases::of(&digest.lang).colon))
        .collect::<Vec<_>>()
        .join(" · ")
}

/// The state of sources and deliveries as labelled facts; `name` gives the display name of a source.
pub(super) fn health_facts<'a>(
    health: &'a DigestHealth,
    digest: &Digest,
    name: &impl Fn(&'a str) -> &'a str,
) -> Vec<(&'static str, String)> {
    let words = DigestPhrases::of(&digest.lang);
    let mut facts = vec![(words.sources, health.sources.to_string()), (words.healthy, health.healthy.to_string())];
    if !health.unhealthy.is_empty() {
        let named = health.unhealthy.iter().take(NAMES).map(|(id, _)| sanitize::isolate(name(id.as_str())));
        let mut names: Vec<String> = named.collect();
        if health.unhealthy.len() > NAMES {
            names.push("…".to_owned());
        }
        facts.push((words.unhealthy, format!("{} ({})", health.unhealthy.len(), names.join(", "))));
    }
    facts.push((words.pending, health.pending.to_string()));
    facts
}
