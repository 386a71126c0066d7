//! Tests items during a failure of the store, and items that cannot be stored.

use jiff::SignedDuration;
use marsad::store::StoreError;
use sqlx::{Connection, SqliteConnection};

use super::world::{TEXT, World, body, source, watch};

impl World {
    /// Changes the database directly, without the store.
    pub async fn sql(&self, statement: &'static str) {
        let address = format!("sqlite://{}", self.pipeline.store.path().display());
        let mut connection = SqliteConnection::connect(&address).await.unwrap();
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    pub async fn try_visit(&self, source: &str) -> Result<marsad::pipeline::Visit, StoreError> {
        let source = self.setup.config.source(source).unwrap();
        self.pipeline.visit(source, &self.setup).await
    }

    /// What was set aside, by kind and name.
    async fn aside(&self) -> Vec<(String, String)> {
        let all = self.pipeline.store.all_set_aside(100).await.unwrap();
        all.into_iter().map(|one| (one.what, one.name)).collect()
    }
}

/// No alert whose text holds this word can be stored.
macro_rules! refusing {
    ($word:literal) => {
        concat!(
            "create trigger refuse before insert on alert when new.kind <> 'source.item_rejected' and new.content like '%",
            $word,
            "%' begin select raise(abort, 'refused'); end"
        )
    };
}

const OTHER: &str = "Another text with other words, about harbours, lamps and the price of ropes in winter.";

/// A world that watches one feed and sends its events to `desk`.
async fn world() -> World {
    let world = World::watching("council").await;
    world.site.feed("/feed", &[("one", "The council meets", TEXT), ("two", "A poison council", OTHER)]);
    world
}

#[tokio::test]
async fn an_item_that_cannot_be_stored_affects_only_itself_and_stays_visible() {
    let world = world().await;
    world.sql(refusing!("poison")).await;
    let visit = world.bring("wire").await;
    assert_eq!(world.alerted(), ["The council meets"]);
    assert_eq!((visit.admitted.new, visit.admitted.set_aside), (1, 1));
    assert!(visit.degraded.unwrap().contains("1 item cannot be stored; see marsad status"));
    let aside = world.aside().await;
    assert_eq!((aside.len(), aside[0].0.as_str()), (1, "item"));
    assert!(aside[0].1.ends_with("/two"), "{aside:?}");
    // It does not count as known: when the fault is gone, it alerts.
    world.sql("drop trigger refuse").await;
    world.wait(SignedDuration::from_mins(10));
    world.site.feed(
        "/feed",
        &[("one", "The council meets", TEXT), ("two", "A poison council", OTHER), ("three", "Rain", "It rains today.")],
    );
    let visit = world.bring("wire").await;
    assert_eq!(world.alerted(), ["The council meets", "A poison council"]);
    assert_eq!(visit.degraded, None);
}

#[tokio::test]
async fn a_single_item_that_cannot_be_stored_is_set_aside_too() {
    let world = World::watching("council").await;
    world.sql(refusing!("poison")).await;
    world.site.feed("/feed", &[("two", "A poison council", OTHER)]);
    let visit = world.bring("wire").await;
    assert_eq!((visit.admitted.set_aside, visit.error), (1, None));
    assert_eq!(world.aside().await.len(), 1);
}

#[tokio::test]
async fn if_none_of_several_items_can_be_stored_none_is_set_aside() {
    let world = world().await;
    world.sql(refusing!("council")).await;
    assert!(world.try_visit("wire").await.is_err());
    assert_eq!(world.aside().await, []);
    world.sql("drop trigger refuse").await;
    world.bring("wire").await;
    assert_eq!(world.alerted().len(), 2);
}

#[tokio::test]
async fn a_failing_store_sets_no_item_aside_and_the_source_is_fetched_again() {
    let world = world().await;
    for (spoil, mend) in [
        ("alter table alert rename to away", "alter table away rename to alert"),
        ("alter table sighting rename to away", "alter table away rename to sighting"),
        ("alter table alerted rename to away", "alter table away rename to alerted"),
        ("alter table item_key rename to away", "alter table away rename to item_key"),
    ] {
        world.sql(spoil).await;
        let error = world.try_visit("wire").await.unwrap_err();
        assert!(error.is_transient() && !error.is_content(), "{spoil}: {error}");
        world.sql(mend).await;
        assert_eq!(world.aside().await, [], "{spoil}");
    }
    let visit = world.bring("wire").await;
    assert!(visit.format.is_some(), "the site was asked for everything again");
    assert_eq!(world.alerted().len(), 2);
}

#[tokio::test]
async fn an_event_that_cannot_be_stored_does_not_block_a_visit() {
    let more = format!("[health]\nalert = [\"desk\"]\n{}", watch("watched", "council", &["desk"]));
    let world = World::with(&format!("{}{more}", super::world::feed("wire", "/feed"))).await;
    world.sql(refusing!("first visit")).await;
    world.site.feed("/feed", &[("before", "Old lighthouse reopens", "What stood there before the first visit.")]);
    world.bring("wire").await;
    assert_eq!(world.aside().await, [("event".to_owned(), "source.activated".to_owned())]);
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    assert_eq!(world.alerted(), ["The council meets"]);
}

#[tokio::test]
async fn an_item_that_is_set_aside_is_reported_once() {
    let more = format!("[health]\nalert = [\"desk\"]\n{}", watch("watched", "council", &["desk"]));
    let world = World::with(&format!("{}{more}", super::world::feed("wire", "/feed"))).await;
    world.site.feed("/feed", &[("before", "Old lighthouse reopens", "What stood there before the first visit.")]);
    world.bring("wire").await;
    world.sql(refusing!("poison")).await;
    for n in 0..3 {
        let title = format!("Rain {n}");
        world.site.feed("/feed", &[("two", "A poison council", OTHER), (&title, &title, "It rains today.")]);
        world.wait(SignedDuration::from_mins(10));
        world.bring("wire").await;
    }
    let events = world.receiver.letters().into_iter().map(|letter| body(&letter));
    let rejected: Vec<_> = events.filter(|sent| sent["type"] == "source.item_rejected").collect();
    assert_eq!(rejected.len(), 1);
    assert!(rejected[0]["data"]["message"].as_str().unwrap().contains("cannot be stored and does not alert"));
    let all = world.pipeline.store.all_set_aside(9).await.unwrap();
    assert_eq!((all.len(), all[0].count), (1, 3));
}

const PAGE: &str = "<html lang=en><head><title>The council meets</title></head><body><article><h1>The council meets</h1>\
                    <p>The council met for two days and agreed on a plan for clinics, water and schools.</p>\
                    <p>Its poison paragraph looks at what was built and at what it cost last year.</p></article></body></html>";

/// A feed with excerpts, after a quiet first visit; its item pages are read.
async fn following() -> World {
    let feed = source("wire", "feed", "/feed", "follow = \"auto\"");
    let world = World::with(&format!("{feed}{}", watch("watched", "council", &["desk"]))).await;
    world.site.feed("/feed", &[("before", "Old lighthouse reopens", "What stood there …")]);
    world.bring("wire").await;
    world.site.set("/one", "text/html", PAGE);
    world.site.feed("/feed", &[("one", "The council meets", "The council met for two days …")]);
    world
}

#[tokio::test]
async fn an_item_whose_full_text_cannot_be_stored_alerts_with_its_excerpt() {
    let world = following().await;
    world.sql(refusing!("poison")).await;
    world.bring("wire").await;
    assert_eq!(world.alerted(), ["The council meets"]);
    assert_eq!(world.aside().await, []);
}

#[tokio::test]
async fn a_failing_store_loses_no_item_that_waits_for_its_page() {
    let world = following().await;
    world.visit("wire").await;
    let page = world.pipeline.store.follows(9).await.unwrap().remove(0);
    world.sql("alter table alert rename to away").await;
    let error = world.pipeline.follow(page.number, &world.setup).await.unwrap_err();
    assert!(!error.is_content(), "{error}");
    world.sql("alter table away rename to alert").await;
    world.wait(SignedDuration::from_mins(1));
    world.follow().await;
    world.deliver().await;
    assert_eq!(world.alerted(), ["The council meets"]);
    assert_eq!(world.aside().await, []);
}

#[tokio::test]
async fn an_unreadable_stored_item_does_not_stop_its_source() {
    let world = world().await;
    world.bring("wire").await;
    world.sql("update item set content = '[]' where content like '%poison%'").await;
    world.wait(SignedDuration::from_mins(10));
    let edited = format!("{OTHER} It was written anew.");
    let three = "A third text of its own about roads and bridges, long enough to be known again.";
    world.site.feed("/feed", &[("two", "A poison council", &edited), ("three", "The third council", three)]);
    let visit = world.bring("wire").await;
    assert_eq!(visit.error, None);
    assert!(world.alerted().contains(&"The third council".to_owned()));
    let aside = world.pipeline.store.all_set_aside(9).await.unwrap();
    let aside: Vec<_> = aside.iter().map(|one| (one.what.as_str(), one.count)).collect();
    assert_eq!(aside, [("item", 1)], "reported once, however often it is compared");
}
