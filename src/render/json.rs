//! Renders marsad's own JSON for webhooks and files: complete if it fits, otherwise cut and marked.

use std::cell::Cell;

use serde_json::{Map, Value, json};

use super::{DeliveryStamp, date_format, digest, sanitize};
use crate::alert::{
    Alert, FieldChange, HealthEvent, Hit, ItemAlert, MAX_MATCHES, Match, OtherReport, Previous, StoryLink, WordRun,
    shortened,
};
use crate::channel::ChannelId;
use crate::item::Item;
use crate::source::SourceId;

/// The most bytes of a body: the size that Standard Webhooks tells receivers to expect.
pub(crate) const LIMIT: usize = 20_000;

/// The longest name, term or found text, in characters, whatever the size.
const NAME: usize = 200;

/// How much of each part is kept. The steps, chosen by hand, are tried in turn until the body fits; the last always
/// does.
struct TruncationStep {
    title: usize,
    summary: usize,
    context: usize,
    matches: usize,
    watches: usize,
    /// Of each field's change, in characters.
    change: usize,
}

const STEPS: [TruncationStep; 6] = [
    TruncationStep {
        title: usize::MAX,
        summary: usize::MAX,
        context: usize::MAX,
        matches: MAX_MATCHES,
        watches: usize::MAX,
        change: usize::MAX,
    },
    TruncationStep {
        title: 1_000,
        summary: 2_000,
        context: 240,
        matches: MAX_MATCHES,
        watches: usize::MAX,
        change: 1_500,
    },
    TruncationStep { title: 500, summary: 800, context: 140, matches: MAX_MATCHES, watches: 100, change: 800 },
    TruncationStep { title: 300, summary: 400, context: 100, matches: 10, watches: 50, change: 400 },
    TruncationStep { title: 200, summary: 100, context: 40, matches: 4, watches: 20, change: 100 },
    TruncationStep { title: 100, summary: 0, context: 0, matches: 1, watches: 5, change: 0 },
];

/// The body as bytes: UTF-8 JSON on one line, of at most [`LIMIT`] bytes, or of [`digest::LIMIT`] for a digest.
pub fn body(alert: &Alert, stamp: &DeliveryStamp, channel: &ChannelId) -> Vec<u8> {
    document(alert, stamp, channel).to_string().into_bytes()
}

/// The body as JSON, already cut to its limit.
pub fn document(alert: &Alert, stamp: &DeliveryStamp, channel: &ChannelId) -> Value {
    let mut cut = Value::Null;
    for step in &STEPS {
        let (at, data) = match alert {
            Alert::Item(item) => (stamp.at, item_data(item, step)),
            Alert::Event(event) => (event.at, event_data(event, step)),
            Alert::Digest(digest) => return digest::document(digest, stamp, channel),
        };
        let mut all = Map::new();
        all.insert("channel".to_owned(), channel.as_str().into());
        all.insert("epoch".to_owned(), stamp.epoch.into());
        all.insert("seq".to_owned(), stamp.seq.into());
        for (key, value) in data {
            all.entry(key).or_insert(value);
        }
        cut = json!({ "type": alert.kind(), "timestamp": date_format::second(at), "data": all });
        if cut.to_string().len() <= LIMIT {
            break;
        }
    }
    cut
}

fn item_data(alert: &ItemAlert, step: &TruncationStep) -> Map<String, Value> {
    let truncator = Truncator::default();
    let watches: Vec<&str> = alert.hits.iter().map(|hit| hit.watch.as_str()).take(step.watches).collect();
    let chosen = chosen(&alert.hits, step.matches);
    truncator.note(watches.len() < alert.hits.len());
    truncator.note(chosen.len() < self::chosen(&alert.hits, MAX_MATCHES).len());
    let matches: Vec<Value> = chosen.into_iter().map(|found| matched(found, step, &truncator)).collect();
    let previous = alert.previous.as_ref().map(|previous| before(previous, step, &truncator));
    let difference = alert.previous.as_ref().and_then(|previous| difference(&previous.changes, step, &truncator));
    let mut item = item(alert, step, &truncator);
    item["truncated"] = truncator.used.get().into();
    let mut data = Map::new();
    data.insert("watches".to_owned(), watches.into());
    data.insert("item".to_owned(), item);
    data.insert("matches".to_owned(), matches.into());
    data.insert("matches_total".to_owned(), alert.hits.iter().map(|hit| hit.total).sum::<usize>().into());
    if let Some(previous) = previous {
        data.insert("previous".to_owned(), previous);
    }
    data.extend(difference.map(|difference| ("difference".to_owned(), difference)));
    data.extend(alert.story.as_ref().map(|link| ("story".to_owned(), story(link, step))));
    data
}

fn story(link: &StoryLink, step: &TruncationStep) -> Value {
    let report = |report: &OtherReport| {
        json!({
            "source": report.source.as_str(),
            "lang": report.lang.as_ref().map(crate::text::lang::Lang::as_str),
            "url": report.url.as_ref().map(crate::address::Address::as_str),
        })
    };
    json!({
        "id": link.id.as_str(),
        "items": link.items,
        "sources": link.sources.iter().take(step.matches).map(SourceId::as_str).collect::<Vec<_>>(),
        "also": link.also.iter().take(step.matches).map(report).collect::<Vec<_>>(),
    })
}

fn item(alert: &ItemAlert, step: &TruncationStep, truncator: &Truncator) -> Value {
    let Item { address, title, title_from, summary, text_state, lang, author, agency, published, .. } = &alert.item;
    json!({
        "id": alert.id.as_str(),
        "source": alert.source.as_str(),
        "source_name": alert.source_name.as_ref().map(|name| truncator.cut(name, NAME)),
        "url": address.as_ref().map(crate::address::Address::as_str),
        "title": truncator.cut(title, step.title),
        "title_from": title_from.as_str(),
        "summary": truncator.cut(summary, step.summary),
        "text_state": text_state.as_str(),
        "lang": lang.as_ref().map(crate::text::lang::Lang::as_str),
        "dir": alert.item.dir().as_str(),
        "author": author.as_ref().map(|author| truncator.cut(author, NAME)),
        "agency": agency.as_ref().map(|agency| truncator.cut(agency, NAME)),
        "published": published.as_ref().map(|claim| json!({
            "at": claim.at.to_string(), "precision": claim.at.precision(), "from": claim.from.as_str(),
        })),
        "first_seen": date_format::second(alert.first_seen),
        "revision": alert.revision,
        "truncated": false,
    })
}

fn matched(found: &Match, step: &TruncationStep, truncator: &Truncator) -> Value {
    json!({
        "watch": found.watch.as_str(),
        "term": truncator.cut(&found.term, NAME),
        "concept": found.concept.as_ref().map(|concept| truncator.cut(concept, NAME)),
        "field": found.field.as_str(),
        "start": found.start,
        "end": found.end,
        "text": truncator.cut(&found.text, NAME),
        "how": &found.how,
        "context": truncator.cut(&found.context, step.context),
    })
}

fn before(previous: &Previous, step: &TruncationStep, truncator: &Truncator) -> Value {
    json!({
        "revision": previous.revision,
        "title": truncator.cut(&previous.title, step.title),
        "summary": truncator.cut(&previous.summary, step.summary),
    })
}

/// The changes of each field, as runs of words; `None` if no field changed.
fn difference(changes: &[FieldChange], step: &TruncationStep, truncator: &Truncator) -> Option<Value> {
    let fields = changes.iter().map(|change| {
        let (runs, cut) = shortened(&change.runs, step.change);
        truncator.note(change.cut || cut);
        let run = |run: &WordRun| match run {
            WordRun::Kept(text) => json!({ "kept": sanitize::without_controls(text) }),
            WordRun::Removed(text) => json!({ "removed": sanitize::without_controls(text) }),
            WordRun::Added(text) => json!({ "added": sanitize::without_controls(text) }),
            WordRun::Skipped(words) => json!({ "skipped": words }),
        };
        (change.field.as_str().to_owned(), runs.iter().map(run).collect())
    });
    let fields: Map<String, Value> = fields.collect();
    (!fields.is_empty()).then_some(Value::Object(fields))
}

/// At most `most` matches, taken from each watch in turn so that every watch is explained, in the order of the watches.
fn chosen(hits: &[Hit], most: usize) -> Vec<&Match> {
    let longest = hits.iter().map(|hit| hit.matches.len()).max().unwrap_or(0);
    let mut chosen: Vec<(usize, usize)> = (0..longest)
        .flat_map(|rank| (0..hits.len()).map(move |watch| (watch, rank)))
        .filter(|(watch, rank)| *rank < hits[*watch].matches.len())
        .take(most)
        .collect();
    chosen.sort_unstable();
    chosen.into_iter().map(|(watch, rank)| &hits[watch].matches[rank]).collect()
}

fn event_data(event: &HealthEvent, step: &TruncationStep) -> Map<String, Value> {
    let truncator = Truncator::default();
    let mut data = Map::new();
    data.insert("message".to_owned(), truncator.cut(&event.message, step.title).into());
    for (key, value) in event.detail.iter().take(step.watches) {
        let value = event_detail(value, step.summary, &truncator);
        data.entry(truncator.cut(key, NAME)).or_insert(value);
    }
    truncator.note(event.detail.len() > step.watches);
    if truncator.used.get() {
        data.insert("truncated".to_owned(), true.into());
    }
    data
}

/// A detail of an event: texts are cut; a list or table that is too large becomes its cut JSON.
fn event_detail(value: &Value, most: usize, truncator: &Truncator) -> Value {
    match value {
        Value::String(text) => truncator.cut(text, most).into(),
        Value::Array(_) | Value::Object(_) if most < usize::MAX => {
            let text = value.to_string();
            if text.len() <= most { value.clone() } else { truncator.cut(&text, most).into() }
        }
        other => sanitised(other),
    }
}

fn sanitised(value: &Value) -> Value {
    match value {
        Value::String(text) => sanitize::without_controls(text).into(),
        Value::Array(list) => list.iter().map(sanitised).collect(),
        Value::Object(table) => {
            table.iter().map(|(key, value)| (sanitize::without_controls(key), sanitised(value))).collect()
        }
        other => other.clone(),
    }
}

/// Cuts texts, and records whether it had to.
#[derive(Default)]
struct Truncator {
    used: Cell<bool>,
}

impl Truncator {
    fn cut(&self, text: &str, most: usize) -> String {
        let start: String = text.chars().take(most.saturating_add(1)).map(sanitize::visible).collect();
        self.note(start.chars().nth(most).is_some());
        sanitize::cut(&start, most)
    }

    fn note(&self, used: bool) {
        self.used.set(self.used.get() || used);
    }
}
