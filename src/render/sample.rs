//! Sample alerts to check a template with, before it is needed.

use jiff::Timestamp;
#[cfg(test)]
use jiff::tz::TimeZone;

use super::DeliveryStamp;
use crate::address::Address;
use crate::alert::digest::{Digest, DigestCount, DigestHealth, DigestReason};
use crate::alert::{
    Alert, DeliveryId, Field, HealthEvent, HealthEventKind, Hit, ItemAlert, Match, MatchForm, OtherReport, StoryLink,
    WatchId,
};
#[cfg(test)]
use crate::alert::{FieldChange, Previous, WordRun};
#[cfg(test)]
use crate::channel::{Channel, ChannelId, ChannelKind, SendSchedule};
use crate::date::{DateEvidence, Moment, Published};
use crate::item::{Item, ItemId, TextState};
use crate::source::SourceId;
use crate::text::lang::Lang;

/// Midday on 21 November 2026.
const AT: i64 = 1_795_262_400;

/// An alert about an Arabic item; its headline contains what breaks a careless template.
pub fn item() -> Alert {
    let title = "تحذير من تفاقم الأزمة في \"غزة\" <وأثرها> & ما بعدها";
    let hit = Hit { watch: WatchId::new("gaza"), matches: vec![found(title)], total: 1 };
    Alert::Item(Box::new(ItemAlert {
        id: ItemId::derive(&["sample"]),
        source: SourceId::new("una-ar"),
        item: Item {
            address: Address::parse("https://example.org/news/41?lan=ar").ok(),
            title: title.to_owned(),
            summary: "قالت المنظمة إن الوضع الإنساني يزداد سوءًا.\nوأضافت أنها تتابعه عن كثب.".to_owned(),
            text_state: TextState::Excerpt,
            lang: Lang::parse("ar").ok(),
            agency: Some("SPA".to_owned()),
            published: Some(Published { at: Moment::Day(jiff::civil::date(2026, 11, 21)), from: DateEvidence::Text }),
            ..Item::default()
        },
        first_seen: at(),
        revision: 1,
        previous: None,
        hits: vec![hit],
        urgent: false,
        source_name: Some("UNA".to_owned()),
        story: Some(story()),
    }))
}

/// The story of that item: a Turkish report came before it.
fn story() -> StoryLink {
    let first = OtherReport {
        source: SourceId::new("aa-tr"),
        lang: Lang::parse("tr").ok(),
        url: Address::parse("https://example.org/haber/7").ok(),
    };
    StoryLink {
        id: ItemId::derive(&["first"]),
        items: 2,
        sources: vec![first.source.clone(), SourceId::new("una-ar")],
        also: vec![first],
    }
}

/// A revision of that item, with removed and added words of both directions.
#[cfg(test)]
pub fn revised() -> Alert {
    let Alert::Item(mut alert) = item() else { return item() };
    let word = |word: &str| word.to_owned();
    let changes = vec![
        FieldChange {
            field: Field::Title,
            runs: vec![
                WordRun::Kept(word("تحذير من تفاقم الأزمة في")),
                WordRun::Removed(word("القدس")),
                WordRun::Added(word("غزة")),
                WordRun::Kept(word("(OCI) <وأثرها>")),
            ],
            cut: false,
        },
        FieldChange {
            field: Field::Text,
            runs: vec![
                WordRun::Skipped(40),
                WordRun::Kept(word("said")),
                WordRun::Added(word("<b>سازمان</b> \u{202e}OIC")),
            ],
            cut: false,
        },
    ];
    alert.revision = 2;
    alert.previous = Some(Previous { revision: 1, title: word("قبل"), summary: String::new(), changes });
    Alert::Item(alert)
}

/// An alert about a failing source.
pub(crate) fn event() -> Alert {
    let mut detail = serde_json::Map::new();
    detail.insert("source".to_owned(), "una-ar".into());
    detail.insert("failures".to_owned(), 3.into());
    Alert::Event(HealthEvent {
        kind: HealthEventKind::SourceFailing,
        at: at(),
        message: "una-ar cannot be read: una-oic.org answers with status 503".to_owned(),
        detail,
    })
}

/// A digest of that item and a hundred more.
pub(crate) fn digest(lang: &str) -> Alert {
    let (Alert::Item(item), Ok(lang)) = (item(), Lang::parse(lang)) else { return event() };
    let count =
        |watch: &str, name: &str, alerts| DigestCount { watch: WatchId::new(watch), name: name.to_owned(), alerts };
    Alert::Digest(Box::new(Digest {
        reason: DigestReason::Flood,
        lang,
        at: at(),
        since: Some(at()),
        urgent: false,
        counts: vec![count("oic", "OIC", 100), count("gaza", "قطاع غزة", 1)],
        items: vec![*item],
        health: Some(DigestHealth {
            sources: 41,
            healthy: 39,
            unhealthy: vec![(SourceId::new("una-ar"), "failing".to_owned())],
            pending: 0,
        }),
    }))
}

/// A digest of five hundred alerts, a hundred of which it lists, each as long as a site can make it.
#[cfg(test)]
pub fn large_digest(lang: &str) -> Alert {
    let Alert::Digest(mut digest) = digest(lang) else { panic!("a digest") };
    let Alert::Item(mut item) = item() else { panic!("an item") };
    let long = "غ\u{0}\"\u{1b}<x\u{10FFFF}".repeat(2_000);
    item.item.title.clone_from(&long);
    item.item.summary.clone_from(&long);
    item.item.address = Address::parse(&format!("https://example.org/{}", "&".repeat(1_900))).ok();
    let item = crate::alert::digest::brief(*item, &[WatchId::new("gaza")]);
    let numbered = |n: usize| ItemAlert { id: ItemId::derive(&[&n.to_string()]), ..item.clone() };
    digest.items = (0..100).map(numbered).collect();
    digest.counts.truncate(1);
    digest.counts[0] = DigestCount { watch: WatchId::new("gaza"), name: long, alerts: 500 };
    Alert::Digest(digest)
}

/// A stamp for each of them.
pub(crate) fn stamp() -> DeliveryStamp {
    DeliveryStamp {
        delivery: DeliveryId::from_stored("msg_sample".to_owned()),
        epoch: 1,
        seq: 41,
        at: at(),
        thread: None,
    }
}

fn found(title: &str) -> Match {
    let start = title.find("غزة").map_or(0, |at| title[..at].chars().count());
    Match {
        watch: WatchId::new("gaza"),
        term: "غزة".to_owned(),
        concept: None,
        field: Field::Title,
        start,
        end: start + 3,
        text: "غزة".to_owned(),
        how: MatchForm::default(),
        context: title.to_owned(),
    }
}

fn at() -> Timestamp {
    Timestamp::from_second(AT).unwrap_or_default()
}

/// A channel that sends mail with labels in this language.
#[cfg(test)]
pub fn channel(lang: &str) -> Channel {
    Channel {
        id: ChannelId::new("press"),
        kind: ChannelKind::Email { to: vec!["desk@example.org".parse().unwrap()] },
        send: SendSchedule::AtOnce,
        quiet: None,
        lang: Lang::parse(lang).unwrap(),
        max_in_flight: 1,
        timezone: TimeZone::UTC,
    }
}
