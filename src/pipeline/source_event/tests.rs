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
    for before in Health::ALL {
        for after in Health::ALL {
            if let Some(kind) = crate::health::event(before, after) {
                assert!(raised.contains(&kind), "{}", kind.as_str());
            }
        }
    }
}
