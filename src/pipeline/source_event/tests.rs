//! Snapshots of the events about a source.

use std::fmt::Write as _;

use super::*;
use crate::address::Address;
use crate::health::Health;
use crate::pipeline::Admitted;
use crate::source::{SourceId, SourceKind};

fn source() -> Source {
    let address = Address::parse("https://una-oic.org/feed/").unwrap();
    Source { id: SourceId::new("una-ar"), ..Source::at(SourceKind::Page(None), address) }
}

fn visit() -> Visit {
    Visit {
        at: Timestamp::UNIX_EPOCH,
        format: Some(crate::parse::DocumentFormat::Rss),
        reader: None,
        found: 20,
        admitted: Admitted::default(),
        error: None,
        degraded: None,
        unread: 0,
        next: Timestamp::UNIX_EPOCH,
    }
}

fn drift(quiet: usize, suppressed: usize) -> LayoutDrift {
    let place = |path: &str, items: usize| vec![(path.to_owned(), items)];
    LayoutDrift {
        was: place("main > article > h2 > a", 9),
        is: place("nav > ul > li > a", 14),
        quiet,
        suppressed: vec![candidate(); suppressed],
    }
}

fn candidate() -> crate::store::Candidate {
    let item = Item { title: "Council meets in Jeddah".to_owned(), ..Item::default() };
    let hash = crate::item::ContentHash::of(&item);
    let probe = crate::store::ItemProbe { item, hash, content: hash, keys: Vec::new() };
    crate::store::Candidate::new(probe, crate::dedupe::Verdict::New, false)
}

fn rhythm() -> Rhythm {
    let last = crate::clock::later(Timestamp::UNIX_EPOCH, SignedDuration::from_hours(-24 * 5));
    Rhythm { first: last, last, longest_gap: SignedDuration::from_hours(31), gaps: 20 }
}

fn outage_of(sources: usize) -> Outage {
    Outage { since: Timestamp::UNIX_EPOCH, noticed_at: Timestamp::UNIX_EPOCH, sources }
}

fn flood_of(items: u64) -> Flood {
    let samples = vec![json!({ "title": "Council meets in Jeddah", "url": "https://una-oic.org/new/1" })];
    Flood { at: Timestamp::UNIX_EPOCH, noticed: false, items, samples }
}

fn failing() -> Vec<(SourceId, Timestamp)> {
    (1..10).map(|n| (SourceId::new(format!("source-{n}")), Timestamp::UNIX_EPOCH)).collect()
}

/// Every event about a source, each with the case that raises it.
fn events() -> Vec<(&'static str, HealthEvent)> {
    let (source, state, layout) = (source(), SourceState::default(), LayoutCheck::default());
    let failed = |error: &str| Visit { error: Some(error.to_owned()), ..visit() };
    let of = |kind: HealthEventKind, visit: &Visit| changed(&source, kind, &state, visit, &layout);
    let item = candidate().probe.item;
    let error = StoreError::panicked(&"index out of bounds");
    vec![
        ("a first visit", activated(&source, &visit(), None)),
        ("a first visit with one item", activated(&source, &Visit { found: 1, ..visit() }, None)),
        ("a failing source", of(HealthEventKind::SourceFailing, &failed("the host answers 503"))),
        ("a blocked source", of(HealthEventKind::SourceBlocked, &failed("the host asks for a browser check"))),
        ("a source that works again", of(HealthEventKind::SourceRecovered, &visit())),
        ("a source without items", of(HealthEventKind::SourceChanged, &visit())),
        (
            "a source without items that is degraded",
            of(HealthEventKind::SourceChanged, &Visit { degraded: Some("the answer broke off".to_owned()), ..visit() }),
        ),
        ("unread entries", of(HealthEventKind::SourceGap, &Visit { unread: 30, ..visit() })),
        ("one unread entry", of(HealthEventKind::SourceGap, &Visit { unread: 1, ..visit() })),
        ("only new items", of(HealthEventKind::SourceGap, &visit())),
        ("a source that is silent", silent(&source, &visit(), Some(&rhythm()))),
        ("a source that is still silent", repeated(silent(&source, &visit(), Some(&rhythm())), Timestamp::UNIX_EPOCH)),
        ("a page that is still changed", still_changed(&source, &visit())),
        ("half of the sources", outage(&failed("cannot resolve una-oic.org"), &outage_of(9), &failing())),
        ("a redesign", flood(&source, &visit(), &flood_of(12))),
        ("a redesign with one matching item", flood(&source, &visit(), &flood_of(1))),
        ("the end of an outage", outage_over(&visit(), &outage_of(9))),
        ("a rebuilt page", layout_changed(&source, &visit(), &drift(0, 0))),
        ("a rebuilt page with new items", layout_changed(&source, &visit(), &drift(8, 0))),
        ("a rebuilt page with one new item", layout_changed(&source, &visit(), &drift(1, 0))),
        ("a rebuilt page with matching items", layout_changed(&source, &visit(), &drift(8, 2))),
        ("a rebuilt page with one matching item", layout_changed(&source, &visit(), &drift(8, 1))),
        ("an item that changes all the time", ticker(&source, &visit(), "https://example.org/live")),
        ("an item that cannot be stored", set_aside(&source, &item, &error, Timestamp::UNIX_EPOCH)),
    ]
}

#[test]
fn every_event_about_a_source() {
    let mut shown = String::new();
    for (name, event) in events() {
        let _ =
            writeln!(shown, "## {name}\n{}: {}\n{:#}\n", event.kind.as_str(), event.message, Value::from(event.detail));
    }
    insta::assert_snapshot!(shown);
}

#[test]
fn the_snapshot_has_every_kind_of_event_that_health_raises() {
    let raised: Vec<HealthEventKind> = events().into_iter().map(|(_, event)| event.kind).collect();
    for kind in Health::ALL.into_iter().filter_map(Health::reported_as) {
        assert!(raised.contains(&kind), "{}", kind.as_str());
    }
}
