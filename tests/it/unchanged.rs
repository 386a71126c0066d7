//! Tests documents that a server sends again unchanged: it gives no validators, or ignores them.

use jiff::SignedDuration;
use marsad::pipeline::Visit;

use super::site::{Page, Rude};
use super::world::{TEXT, World, feed, source, watch};

const OLD: (&str, &str, &str) = ("before", "Old lighthouse reopens", "What stood there before the first visit.");
const NEW: (&str, &str, &str) = ("one", "The council meets", TEXT);

/// A world whose site has no validators. It watches `source` for the council.
async fn world(source: &str) -> World {
    let world = World::with(&format!("{source}{}", watch("watched", "council", &["desk"]))).await;
    world.site.drop_validators();
    world.site.feed("/feed", &[OLD]);
    world
}

impl World {
    /// Visits the source `wire` ten minutes later. True if its document was read.
    async fn reads(&self) -> (bool, Visit) {
        self.wait(SignedDuration::from_mins(10));
        let visit = self.bring("wire").await;
        (visit.format.is_some(), visit)
    }

    fn fetches(&self, result: &str) -> bool {
        let line = format!("marsad_fetches_total{{result=\"{result}\"}} 1\n");
        self.pipeline.metrics.encode().contains(&line)
    }
}

#[tokio::test]
async fn the_same_document_is_not_read_again_and_the_visit_succeeds() {
    let world = world(&feed("wire", "/feed")).await;
    assert!(world.reads().await.0);
    let (read, visit) = world.reads().await;
    assert!(!read && visit.error.is_none() && visit.next > visit.at, "{visit:?}");
    let state = world.pipeline.store.source_states().await.unwrap().remove(0);
    assert_eq!((state.state.as_str(), state.last_success_at, state.failures), ("healthy", Some(visit.at), 0));
    assert!(world.fetches("ok") && world.fetches("unchanged"), "{}", world.pipeline.metrics.encode());
    world.site.feed("/feed", &[NEW, OLD]);
    assert!(world.reads().await.0);
    assert_eq!(world.alerted(), ["The council meets"]);
    world.site.feed("/feed", &[OLD]);
    assert!(world.reads().await.0, "not the last document, but the one before");
}

#[tokio::test]
async fn a_source_recovers_with_the_document_it_had_before_it_failed() {
    let world = world(&feed("wire", "/feed")).await;
    world.reads().await;
    world.site.put("/feed", Page { status: 500, ..Page::default() });
    assert!(world.reads().await.1.error.is_some());
    world.site.feed("/feed", &[OLD]);
    let (read, visit) = world.reads().await;
    assert!(!read && visit.error.is_none());
    let state = world.pipeline.store.source_states().await.unwrap().remove(0);
    assert_eq!((state.state.as_str(), state.failures, state.last_error), ("healthy", 0, None));
}

#[tokio::test]
async fn the_same_document_is_read_again_after_the_settings_of_its_source_changed() {
    let mut world = world(&source("wire", "page", "/list", "item = \"li\"")).await;
    let item =
        |n: usize, class: &str| format!("<li class={class}><a href=/{n}>The council meets again, part {n}</a></li>");
    let items = format!("{}{}{}", item(1, "a"), item(2, "a"), item(3, "b"));
    world.site.set("/list", "text/html", &format!("<html lang=en><body><ul>{items}</ul></body></html>"));
    for (item, found) in [("li.a", 2), ("li", 3)] {
        let wire = source("wire", "page", "/list", &format!("item = \"{item}\"\nfollow = \"never\""));
        world.reconfigure(&format!("{wire}{}", watch("watched", "council", &["desk"]))).await;
        let (read, visit) = world.reads().await;
        assert_eq!((read, visit.found), (true, found), "{item}");
        assert!(!world.reads().await.0, "{item}");
        world.restart().await;
        assert!(!world.reads().await.0, "{item}: a restart changes nothing");
    }
    assert_eq!(world.alerted(), ["The council meets again, part 3"]);
}

#[tokio::test]
async fn a_document_is_read_again_if_its_items_were_stored_but_not_its_hash() {
    let mut world = world(&feed("wire", "/feed")).await;
    world.reads().await;
    world.site.feed("/feed", &[NEW, OLD]);
    // The process ends after the items are stored and before the end of the visit is.
    world.sql("create trigger refuse before update of etag on source begin select no_such_function(); end").await;
    assert!(world.try_visit("wire").await.is_err());
    assert_eq!(world.pipeline.store.counts().await.unwrap().items, 2);
    world.sql("drop trigger refuse").await;
    world.restart().await;
    let (read, visit) = world.reads().await;
    assert_eq!((read, visit.admitted.new, visit.admitted.known), (true, 0, 2));
    assert_eq!(world.alerted(), ["The council meets"]);
    assert!(!world.reads().await.0);
}

#[tokio::test]
async fn a_document_is_read_again_until_its_last_new_entry_is_stored() {
    let world = world(&source("wire", "feed", "/feed", "max_items = 2\nfollow = \"never\"")).await;
    world.reads().await;
    let titles: Vec<String> = (1..=5).map(|n| format!("The council meets, day {n}")).collect();
    let item = |title: &String| (title.replace(' ', "-"), title.clone(), format!("{TEXT} It was {title}."));
    let items: Vec<_> = titles.iter().map(item).collect();
    let items: Vec<_> =
        items.iter().map(|(slug, title, text)| (slug.as_str(), title.as_str(), text.as_str())).collect();
    world.site.feed("/feed", &items);
    for unread in [3, 1, 0] {
        assert_eq!(world.reads().await.1.unread, unread);
    }
    assert_eq!(world.alerted().len(), 5);
    assert!(!world.reads().await.0);
}

#[tokio::test]
async fn a_document_with_an_item_that_cannot_be_stored_is_read_again() {
    let world = world(&feed("wire", "/feed")).await;
    world.reads().await;
    world.site.feed("/feed", &[NEW, ("two", "A poison council", "Another text, about harbours and ropes."), OLD]);
    world
        .sql(
            "create trigger refuse before insert on alert when new.content like '%poison%'
             begin select raise(abort, 'refused'); end",
        )
        .await;
    assert_eq!(world.reads().await.1.admitted.set_aside, 1);
    world.sql("drop trigger refuse").await;
    assert!(world.reads().await.0);
    assert_eq!(world.alerted(), ["The council meets", "A poison council"]);
}

#[tokio::test]
async fn an_empty_or_broken_document_is_read_each_time() {
    let world = world(&feed("wire", "/feed")).await;
    world.site.feed("/feed", &[]);
    for _ in 0..3 {
        assert!(world.reads().await.0);
    }
    world.site.feed("/feed", &[NEW]);
    world.reads().await;
    assert_eq!(world.alerted(), ["The council meets"]);
    world.site.set("/feed", "application/rss+xml", "<rss><channel><item><title>The council</title></item><item><titl");
    for _ in 0..2 {
        assert!(world.reads().await.1.degraded.is_some());
    }
}

#[tokio::test]
async fn a_complete_document_in_a_broken_answer_is_read_each_time() {
    let rude = Rude::sending(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 900\r\n\r\n\
          <rss><channel><item><title>The council meets</title></item></channel></rss>",
    )
    .await;
    let wire = source("wire", "feed", "/feed", "follow = \"never\"").replace("{site}", &rude.url(""));
    let world = world(&wire).await;
    for _ in 0..2 {
        let (read, visit) = world.reads().await;
        assert!(read && visit.degraded.is_some(), "{visit:?}");
    }
}

#[tokio::test]
async fn an_unchanged_index_or_page_does_not_hide_what_it_points_to() {
    let world = world(&feed("wire", "/")).await;
    let page = "<html><head><link rel=alternate type='application/rss+xml' href='/feed'></head><body></body></html>";
    world.site.set("/", "text/html", page);
    world.reads().await;
    world.site.feed("/feed", &[NEW, OLD]);
    assert!(world.reads().await.0);
    assert_eq!(world.alerted(), ["The council meets"]);
}

#[tokio::test]
async fn a_preview_shows_an_unchanged_document() {
    let world = world(&feed("wire", "/feed")).await;
    world.reads().await;
    assert!(!world.reads().await.0);
    let wire = world.setup.config.source("wire").unwrap();
    let (reading, _) = world.pipeline.look(wire, &world.setup).await.unwrap().unwrap();
    assert_eq!(reading.parsed.items.len(), 1);
}
