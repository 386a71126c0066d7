//! Compares the alerts that arrived with the items that were published, and sums them up.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde_json::Value;

use crate::cli::output::counted;

use super::newsroom::{Newsroom, RequestCounts};
use super::plan::{ExpectedOutcome, PlannedItem};
use crate::loopback::mailbox::ReceivedMail;
use crate::loopback::receiver::ReceivedWebhook;

/// An alert as it arrived at the receiver.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReceivedAlert {
    /// When it arrived.
    pub at: Timestamp,
    /// The id of the delivery.
    pub(crate) webhook_id: String,
    /// The source.
    pub source: String,
    /// The language.
    pub lang: String,
    /// The headline.
    pub title: String,
    /// The item's address.
    pub url: String,
    /// The watches that it hit.
    pub watches: Vec<String>,
    /// The matches.
    pub matches: Vec<ReceivedMatch>,
    /// True if the signature is valid.
    pub(crate) verified: bool,
    /// True if an alert for this item arrived before.
    pub repeat: bool,
    /// Seconds from publication to arrival.
    pub(crate) seconds: f64,
}

/// A match in an item.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReceivedMatch {
    /// The field.
    pub(crate) field: String,
    /// The first character in it.
    pub start: usize,
    /// One past the last.
    pub end: usize,
    /// The matched text.
    pub text: String,
    /// How it differs from the watched term: `prefix ل`.
    pub how: Vec<String>,
    /// The text around it.
    pub context: String,
}

/// The summary of a demo.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Summary {
    /// The sources that were watched.
    pub sources: usize,
    /// How often they were asked for their documents.
    pub(crate) visits: u64,
    /// How often nothing had changed (`304`).
    pub(crate) unchanged: u64,
    /// Pieces published after the opening.
    pub items: usize,
    /// How many of them are copies or revisions.
    pub(crate) copies: usize,
    /// How many of them should alert.
    pub(crate) expected: usize,
    /// Alerts that reached the receiver.
    pub alerts: usize,
    /// Those by language.
    pub(crate) by_language: BTreeMap<String, usize>,
    /// Expected items without an alert, by slug.
    pub(crate) missing: Vec<String>,
    /// Items published too shortly before the end to be expected, by slug.
    pub(crate) on_the_way: Vec<String>,
    /// Items that alerted although they should not, by slug.
    pub(crate) unexpected: Vec<String>,
    /// Deliveries by channel.
    pub deliveries: BTreeMap<String, usize>,
    /// Deliveries that repeat an earlier one to the same channel.
    pub(crate) repeats: usize,
    /// Invalid webhook signatures.
    pub(crate) unverified: usize,
    /// Seconds from publication to alert: the median.
    pub(crate) seconds_median: f64,
    /// Seconds from publication to alert: the longest.
    pub(crate) seconds_max: f64,
}

/// How long a piece may take to reach the receiver: a visit every second, its text, the delivery. Chosen by hand.
const MAX_DELAY: SignedDuration = SignedDuration::from_secs(3);

/// The arrivals, compared with the plan.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    alerted: BTreeSet<&'static str>,
    unexpected: BTreeSet<&'static str>,
    mailed: BTreeSet<&'static str>,
    ids: BTreeSet<String>,
    summary: Summary,
    seconds: Vec<f64>,
}

impl Tally {
    /// Counts a webhook; `None` if it is not about an item (the receiver also gets events about sources).
    pub(crate) fn webhook(&mut self, webhook: &ReceivedWebhook, newsroom: &Newsroom) -> Option<ReceivedAlert> {
        *self.summary.deliveries.entry("desk (webhook)".to_owned()).or_default() += 1;
        let again = !self.ids.insert(webhook.id.clone());
        self.summary.unverified += usize::from(webhook.signature.is_err());
        let body: Value = serde_json::from_slice(&webhook.body).unwrap_or_default();
        let item = body.pointer("/data/item")?;
        let url = word(item, "url");
        let piece = newsroom.piece_at(&url);
        let repeat = again || piece.is_some_and(|(piece, _)| !self.note(piece));
        let seconds = piece.map_or(0.0, |(_, at)| webhook.at.duration_since(at).as_secs_f64());
        let alert = ReceivedAlert {
            at: webhook.at,
            webhook_id: webhook.id.clone(),
            source: word(item, "source"),
            lang: word(item, "lang"),
            title: word(item, "title"),
            url,
            watches: words(&body["data"]["watches"]),
            matches: found(&body["data"]["matches"]),
            verified: webhook.signature.is_ok(),
            repeat,
            seconds: (seconds * 1000.0).round() / 1000.0,
        };
        self.summary.alerts += 1;
        self.summary.repeats += usize::from(repeat);
        *self.summary.by_language.entry(alert.lang.clone()).or_default() += 1;
        self.seconds.push(alert.seconds);
        Some(alert)
    }

    /// Counts a mail and returns the pieces that it is about.
    pub fn mail(&mut self, mail: &ReceivedMail, newsroom: &Newsroom) -> Vec<&'static PlannedItem> {
        *self.summary.deliveries.entry("press (mail)".to_owned()).or_default() += 1;
        let text = mail.text();
        let addresses = text.split(|c: char| c.is_whitespace() || "<>\"'()".contains(c));
        let mut pieces: BTreeMap<&'static str, &'static PlannedItem> = BTreeMap::new();
        for (piece, _) in addresses.filter_map(|address| newsroom.piece_at(address)) {
            pieces.insert(piece.slug, piece);
        }
        for piece in pieces.values() {
            self.summary.repeats += usize::from(!self.mailed.insert(original(piece)));
        }
        pieces.into_values().collect()
    }

    /// True if everything that was published by `ended` has alerted, as far as it should.
    #[must_use]
    pub(crate) fn is_complete(&self, newsroom: &Newsroom, ended: Timestamp) -> bool {
        newsroom
            .published_by(ended)
            .iter()
            .all(|piece| piece.role != ExpectedOutcome::Alerts || self.alerted.contains(piece.slug))
    }

    /// The summary of a demo that ended at `ended`.
    #[must_use]
    pub fn summary(&self, newsroom: &Newsroom, sources: usize, ended: Timestamp) -> Summary {
        let RequestCounts { asked, unchanged } = newsroom.visits();
        let published: Vec<_> =
            newsroom.published_by(ended).into_iter().filter(|p| p.role != ExpectedOutcome::Before).collect();
        let under_way =
            |p: &PlannedItem| !self.alerted.contains(p.slug) && ended.duration_since(newsroom.published(p)) < MAX_DELAY;
        let alerting = published.iter().copied().filter(|piece| piece.role == ExpectedOutcome::Alerts);
        let (on_the_way, expected): (Vec<&'static PlannedItem>, Vec<&'static PlannedItem>) =
            alerting.partition(|p| under_way(p));
        let mut seconds = self.seconds.clone();
        seconds.sort_by(f64::total_cmp);
        Summary {
            sources,
            visits: asked,
            unchanged,
            items: published.len(),
            copies: published
                .iter()
                .filter(|p| !matches!(p.role, ExpectedOutcome::Alerts | ExpectedOutcome::Other))
                .count(),
            expected: expected.len(),
            missing: expected.iter().filter(|p| !self.alerted.contains(p.slug)).map(|p| p.slug.to_owned()).collect(),
            on_the_way: on_the_way.iter().map(|piece| piece.slug.to_owned()).collect(),
            unexpected: self.unexpected.iter().map(|slug| (*slug).to_owned()).collect(),
            seconds_median: seconds.get(seconds.len() / 2).copied().unwrap_or(0.0),
            seconds_max: seconds.last().copied().unwrap_or(0.0),
            ..self.summary.clone()
        }
    }

    /// Records an alert for the piece; false if its text has alerted before.
    fn note(&mut self, piece: &'static PlannedItem) -> bool {
        if matches!(piece.role, ExpectedOutcome::Before | ExpectedOutcome::Other) {
            self.unexpected.insert(piece.slug);
        }
        self.alerted.insert(original(piece))
    }
}

impl Summary {
    /// Why the demo failed; `None` if it succeeded.
    #[must_use]
    pub(crate) fn fault(&self) -> Option<String> {
        if self.alerts == 0 {
            Some("no alert arrived".to_owned())
        } else if self.repeats > 0 {
            Some(format!("{} repeated an earlier one", counted(self.repeats, "delivery")))
        } else if self.unverified > 0 {
            Some(format!("{} invalid", counted(self.unverified, "webhook signature")))
        } else if !self.missing.is_empty() {
            Some(format!("{} of {} missing", self.missing.len(), counted(self.expected, "alert")))
        } else if !self.unexpected.is_empty() {
            Some(format!("{} unexpected", counted(self.unexpected.len(), "alert")))
        } else {
            None
        }
    }
}

/// The slug that a piece shares with its copies.
fn original(piece: &'static PlannedItem) -> &'static str {
    match piece.role {
        ExpectedOutcome::Reprint(of) => of,
        _ => piece.slug,
    }
}

fn word(object: &Value, key: &str) -> String {
    object[key].as_str().unwrap_or_default().to_owned()
}

fn words(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn found(list: &Value) -> Vec<ReceivedMatch> {
    let place = |object: &Value, key: &str| object[key].as_u64().and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let how = |object: &Value| {
        let how = object["how"].as_object().into_iter().flatten();
        how.filter_map(|(kind, what)| Some(format!("{kind} {}", what.as_str()?))).collect()
    };
    list.as_array()
        .into_iter()
        .flatten()
        .map(|one| ReceivedMatch {
            field: word(one, "field"),
            start: place(one, "start"),
            end: place(one, "end"),
            text: word(one, "text"),
            how: how(one),
            context: word(one, "context"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::clock::Clock;

    fn webhook(id: &str, url: &str) -> ReceivedWebhook {
        let body = json!({ "type": "item.matched", "data": { "watches": ["oic"], "item": {
            "source": "s", "lang": "ar", "title": "t", "url": url }, "matches": [
            { "field": "title", "start": 1, "end": 3, "text": "x", "how": { "prefix": "ل" }, "context": "" } ] } });
        ReceivedWebhook {
            id: id.to_owned(),
            at: Clock::system().now(),
            body: body.to_string().into_bytes(),
            signature: Ok(()),
            status: 204,
            replayed: false,
        }
    }

    #[tokio::test]
    async fn an_alert_for_a_reprint_counts_as_a_repeat() {
        let clock = Clock::system();
        let newsroom = Newsroom::build(&clock).await.unwrap();
        newsroom.open(None);
        let base = format!("http://{}", newsroom.socket().unwrap());
        let mut tally = Tally::default();
        let alert = tally.webhook(&webhook("a", &format!("{base}/anba-ar/dawra-istithnaiyya")), &newsroom).unwrap();
        assert_eq!((alert.repeat, alert.matches[0].how.as_slice()), (false, &["prefix ل".to_owned()][..]));
        assert!(tally.webhook(&webhook("b", &format!("{base}/aggregator-ar/p-1001")), &newsroom).unwrap().repeat);
        let summary = tally.summary(&newsroom, 10, clock.now());
        assert_eq!((summary.alerts, summary.repeats), (2, 1));
        assert!(summary.fault().unwrap().contains("repeated"));
    }

    #[tokio::test]
    async fn no_alert_at_all_is_a_fault() {
        let clock = Clock::system();
        let newsroom = Newsroom::build(&clock).await.unwrap();
        assert_eq!(Tally::default().summary(&newsroom, 10, clock.now()).fault().unwrap(), "no alert arrived");
    }

    #[tokio::test]
    async fn a_piece_published_just_before_the_end_is_under_way_and_not_lost() {
        let clock = Clock::system();
        let newsroom = Newsroom::build(&clock).await.unwrap();
        newsroom.open(Some(0));
        let opened = clock.now();
        let early = Tally::default().summary(&newsroom, 10, opened);
        assert_eq!((early.expected, early.missing.len(), early.on_the_way.len()), (0, 0, 2), "{early:?}");
        let late = Tally::default().summary(&newsroom, 10, crate::clock::later(opened, MAX_DELAY));
        assert_eq!((late.expected, late.missing.len(), late.on_the_way.len()), (2, 2, 0), "{late:?}");
        let praised = Summary { alerts: 1, ..late };
        assert!(praised.fault().unwrap().contains("2 of 2 alerts missing"));
    }
}
