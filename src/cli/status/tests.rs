//! Tests the findings of `marsad status`.

use sqlx::Connection as _;

use super::*;
use crate::net::rude_server::{RudeAnswer, RudeServer};

#[test]
fn a_clock_that_was_set_back_is_a_warning() {
    let now = Timestamp::from_second(1_800_000_000).unwrap();
    let visited = |at| SourceState { last_visit_at: Some(at), ..SourceState::default() };
    let hour = later(now, SignedDuration::from_hours(1));
    let found = clock_set_back(&[visited(now), visited(hour)], now).unwrap();
    assert_eq!(found.tone, Tone::Warn);
    assert_eq!(
        found.text,
        "set back by at least 1h: 1 source was last visited in the future; visits go on at the usual intervals"
    );
    assert_eq!(clock_set_back(&[visited(now)], now), None);
}

#[test]
fn alerts_count_as_sent_only_after_their_deliveries() {
    let counts = |state| StoreCounts { alerts: 1, deliveries: [(state, 1)].into(), ..StoreCounts::default() };
    assert_eq!(alerts(&counts(DeliveryState::Delivered)), "1 alert sent");
    assert_eq!(alerts(&counts(DeliveryState::Pending)), "1 alert created");
    assert_eq!(alerts(&StoreCounts { alerts: 12, ..StoreCounts::default() }), "12 alerts sent");
}

#[test]
fn permanent_failures_of_the_last_day_are_bad_and_counted_by_channel() {
    let found = failed_permanently(&[(ChannelId::new("archive"), 1), (ChannelId::new("desk"), 2)]).unwrap();
    assert_eq!(found.tone, Tone::Bad);
    assert!(found.text.contains("1 to archive, 2 to desk;"), "{}", found.text);
    assert_eq!(failed_permanently(&[]), None);
}

#[test]
fn matches_and_events_are_counted_apart() {
    let counts = StoreCounts { items: 9, alerts: 2, events: 7, ..StoreCounts::default() };
    let texts: Vec<String> = outbox(&counts, Timestamp::UNIX_EPOCH).into_iter().map(|found| found.text).collect();
    let events = "7 about sources, configuration and channels, tests included";
    assert_eq!(texts, ["9 stored, 2 alerts sent", events, "none"]);
}

#[tokio::test]
async fn a_slow_daemon_does_not_count_as_a_clock_set_back() {
    let folder = tempfile::tempdir().unwrap();
    let (clock, hands) = Clock::manual(Timestamp::from_second(1_800_000_000).unwrap());
    // The daemon answers slowly, and visits sources meanwhile.
    let slow = RudeServer::start(move |_| {
        hands.advance(SignedDuration::from_secs(5));
        RudeAnswer::answer(503, "", "")
    })
    .await;
    let file = folder.path().join("marsad.toml");
    let sources = "[[source]]\nid = \"a\"\nfeed = \"https://a.example.org/\"\n[[channel]]\nid = \"ops\"\nprint = true\n\
        [[watch]]\nid = \"all\"\nany = [\"news\"]\nalert = [\"ops\"]\n";
    let http = format!("state_dir = {:?}\n[http]\nlisten = \"127.0.0.1:{}\"\n", folder.path(), slow.port());
    std::fs::write(&file, http + sources).unwrap();
    let config = Config::load(Some(&file)).unwrap();
    let store = Store::open(folder.path()).await.unwrap();
    let path = format!("sqlite://{}", store.path().display());
    let mut connection = sqlx::SqliteConnection::connect(&path).await.unwrap();
    let visited = "insert into source (id, address, last_visit_at) values ('a', 'a', 1800000004000000)";
    sqlx::query(visited).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let found = findings(&clock, &config, None).await.unwrap();
    assert!(found.iter().all(|finding| finding.about != "clock"), "{found:?}");
    assert_eq!(slow.received().len(), 1);
}
