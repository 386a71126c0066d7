//! Tests that an upgrade repeats no alert, and that an older version rejects a newer database.

use marsad::store::DeliveryState;
use sqlx::{Connection, SqliteConnection};

use super::process::Process;
use super::world::{World, body, feed, watch};

const GOLDEN: [(&str, &str); 4] = [
    ("0001", include_str!("../golden/0001.sql")),
    ("0008", include_str!("../golden/0008.sql")),
    ("0012", include_str!("../golden/0012.sql")),
    ("0016", include_str!("../golden/0016.sql")),
];

/// The items that every golden database knows.
const FEED: &str = include_str!("../golden/feed.xml");

const NEWS: &str = "<item><title>Council paints the lighthouse</title><link>https://news.example.org/paint</link>\
                    <description>Three painters hung from ropes for a month to give the old lighthouse its red and \
                    white stripes again, which sailors had missed since the storm.</description></item></channel>";

#[tokio::test]
async fn f33_after_an_upgrade_nothing_alerts_twice_and_what_was_pending_arrives_under_its_id() {
    for (name, statements) in GOLDEN {
        let more = format!("{}{}", feed("wire", "/feed"), watch("all", "council", &["desk"]));
        let world = World::on(statements, &more).await;
        let address = format!("sqlite://{}", world.pipeline.store.path().display());
        let mut connection = SqliteConnection::connect(&address).await.unwrap();
        let states: Vec<(String, String)> =
            sqlx::query_as("select id, state from delivery").fetch_all(&mut connection).await.unwrap();
        let named = |state: &str| -> Vec<String> {
            states.iter().filter(|(_, known)| known == state).map(|(id, _)| id.clone()).collect()
        };
        assert_eq!(world.pipeline.store.requeue_stale(world.clock.now()).await.unwrap(), 1, "{name}");
        world.site.set("/feed", "application/rss+xml", &FEED.replace("</channel>", NEWS));
        let visit = world.visit("wire").await;
        assert_eq!(visit.admitted.alerts, 1, "{name}: {:?}", visit.admitted);
        world.deliver().await;
        let sent: Vec<String> = world.receiver.letters().into_iter().map(|letter| letter.id).collect();
        for id in [named("pending"), named("inflight")].concat() {
            assert!(sent.contains(&id), "{name}: {id} is missing in {sent:?}");
        }
        for id in [named("delivered"), named("dead"), named("cancelled")].concat() {
            assert!(!sent.contains(&id), "{name}: {id} was sent again");
        }
        let last = world.receiver.letters().pop().map(|letter| body(&letter)).unwrap();
        assert_eq!(last.pointer("/data/seq").and_then(serde_json::Value::as_u64), Some(8), "{name}: {last}");
        assert_eq!(world.count(DeliveryState::Dead).await, 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn f33_a_database_of_a_newer_version_is_rejected_and_not_changed() {
    let mut process = Process::start(&watch("all", "council", &["desk"])).await;
    assert_eq!(process.stop(), Some(0), "{}", process.log());
    process.sql("insert into _sqlx_migrations select 9999, 'later', installed_on, 1, checksum, 0 from _sqlx_migrations limit 1").await;
    let before = std::fs::read(process.state("marsad.db")).unwrap();
    process.spawn();
    assert_eq!(process.ended(), Some(3), "{}", process.log());
    let (code, output) = process.command(&["status"]);
    for (what, text) in [("log", process.log()), ("status", output)] {
        assert!(text.contains("was written by a newer marsad (migration 9999); run that version"), "{what}: {text}");
    }
    assert_eq!(code, Some(3));
    assert_eq!(std::fs::read(process.state("marsad.db")).unwrap(), before);
}
