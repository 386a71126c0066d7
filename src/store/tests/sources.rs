//! Tests what becomes of a source's schedule and error when its configuration changes.

use jiff::SignedDuration;

use super::*;
use crate::cadence::PlannedVisit;
use crate::clock::later;
use crate::health::Health;
use crate::source::Selectors;

const FAR: SignedDuration = SignedDuration::from_hours(6);

/// A source that failed and waits for hours.
async fn failed(world: &StoreFixture, source: &Arc<Source>) {
    world.store.sync_sources(&[(Arc::clone(source), world.at)], world.at).await.unwrap();
    let end = VisitEnd {
        source: source.id.clone(),
        at: world.at,
        next: PlannedVisit::configured(later(world.at, FAR)),
        rhythm: None,
        state: Health::Unsteady,
        validators: None,
        error: Some("not a feed".to_owned()),
        degraded: None,
        ambiguous_keys: std::collections::BTreeSet::new(),
        found: false,
        layout_changed: true,
        layout: None,
        volatile: None,
        baseline: Vec::new(),
        whole: false,
        sizes: Default::default(),
    };
    world.store.end_visit(end, None).await.unwrap();
}

#[tokio::test]
async fn a_source_with_changed_settings_is_due_and_its_old_error_is_gone() {
    let selectors = |item: &str| {
        let none = || None;
        Selectors { item: item.to_owned(), title: none(), link: none(), summary: none(), date: none() }
    };
    let page =
        |item: &str| Source { kind: SourceKind::Page(Some(selectors(item))), ..Source::clone(&source_named("una")) };
    let network: ipnet::IpNet = "10.0.0.0/8".parse().unwrap();
    for (what, before, after) in [
        ("kind", Source::clone(&source_named("una")), page("li")),
        ("selectors", page("li"), page("li.news")),
        ("networks", page("li"), Source { allow_networks: vec![network], ..page("li") }),
    ] {
        let world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
        failed(&world, &Arc::new(before.clone())).await;
        let now = later(world.at, SignedDuration::from_mins(1));
        let state = async |source: &Source| {
            world.store.sync_sources(&[(Arc::new(source.clone()), now)], now).await.unwrap();
            world.store.source_state(&source.id).await.unwrap().unwrap()
        };
        let same = state(&before).await;
        assert_eq!((same.next_visit_at, same.failures), (Some(later(world.at, FAR)), 1), "{what}");
        assert_eq!(same.last_error.as_deref(), Some("not a feed"), "{what}");
        let changed = state(&after).await;
        assert_eq!((changed.next_visit_at, changed.failures, changed.failing_since), (Some(now), 0, None), "{what}");
        let error = changed.last_error.unwrap();
        assert!(error.starts_with("its configuration has changed"), "{what}: {error}");
    }
}
