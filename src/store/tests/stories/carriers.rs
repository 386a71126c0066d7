//! Tests who carried a story: listings, the alert, and the thread of its mails.

use super::*;
use crate::channel::{Channel, ChannelKind};

/// The text of the mail or webhook body of each delivery, in order.
async fn bodies(store: &Store) -> Vec<serde_json::Value> {
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", store.path().display())).await.unwrap();
    let bodies: Vec<Vec<u8>> =
        sqlx::query_scalar("select body from delivery order by number").fetch_all(&mut connection).await.unwrap();
    bodies.iter().map(|body| serde_json::from_slice(body).unwrap()).collect()
}

#[tokio::test]
async fn a_story_lists_its_carriers_in_order_of_time() {
    let mut world = world(OncePer::Text).await;
    world.bring(1, "A pier", HARBOUR).await;
    assert!(world.store.stories(None, 10).await.unwrap().is_empty());
    world.bring(2, "A pier for Mersa Fatma", &reprinted(HARBOUR)).await;
    world.bring(3, "A pier", HARBOUR).await;
    world.bring(4, "Courses for teachers", SCHOOLS).await;
    let stories = world.store.stories(None, 10).await.unwrap();
    assert_eq!(stories.len(), 1);
    assert_eq!((stories[0].title.as_str(), stories[0].items, stories[0].sources), ("A pier", 2, 3));
    assert!(stories[0].last_joined > stories[0].first_seen);
    let carriers = world.store.story(&stories[0].id).await.unwrap();
    let sources: Vec<&str> = carriers.iter().map(|member| member.source.as_str()).collect();
    assert_eq!(sources, ["site1", "site2", "site3"]);
    assert!(carriers.is_sorted_by_key(|member| member.first_seen));
    assert!(world.store.stories(Some(stories[0].number), 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn an_alert_names_the_sources_that_carried_the_story_before() {
    let mut world = world(OncePer::Item).await;
    world.bring(1, "A pier", HARBOUR).await;
    world.bring(2, "A pier for Mersa Fatma", &reprinted(HARBOUR)).await;
    let bodies = bodies(&world.store).await;
    let story = |n: usize| &bodies[n]["data"]["story"];
    assert_eq!(story(0)["sources"], serde_json::json!(["site1"]));
    assert_eq!((&story(0)["items"], &story(0)["also"]), (&1.into(), &serde_json::json!([])));
    assert_eq!(story(1)["id"], story(0)["id"]);
    assert_eq!(story(1)["sources"], serde_json::json!(["site1", "site2"]));
    assert_eq!(story(1)["also"][0]["url"], "https://site1.example.org/1");
}

#[tokio::test]
async fn an_alert_names_every_copy_of_its_text_and_one_report_of_each_other_text() {
    let mut world = world(OncePer::Item).await;
    let later = format!(
        "{} The first ship left Aden on Wednesday with 900 tonnes of flour, its captain Omar Bahri said. \
        The railway of Kassala has hired forty workers for the road, and the envoys of Benin sent two engineers to Tanga.",
        HARBOUR.split_inclusive(". ").take(2).collect::<String>()
    );
    for (n, title, text) in [
        (1, "A pier for Mersa Fatma", HARBOUR.to_owned()),
        (2, "A pier for Mersa Fatma agreed", reprinted(HARBOUR)),
        (3, "First ship for the pier of Mersa Fatma", later.clone()),
        (4, "Ship for the pier of Mersa Fatma", reprinted(&later)),
    ] {
        assert_eq!(world.bring(n, title, &text).await, 1, "{title}");
    }
    let bodies = bodies(&world.store).await;
    let also = |n: usize| -> Vec<String> {
        let also = bodies[n]["data"]["story"]["also"].as_array().unwrap();
        also.iter().map(|report| report["source"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(also(1), ["site1"]);
    assert_eq!(also(2), ["site1"]);
    assert_eq!(also(3), ["site1", "site3"]);
}

#[tokio::test]
async fn the_mail_of_a_copy_or_a_revision_is_a_reply_to_the_first_one() {
    let mut world = StoreFixture::new(OncePer::Item, Revisions::Any).await;
    let to = vec!["desk@example.org".parse().unwrap()];
    let mail = Arc::new(Channel { kind: ChannelKind::Email { to }, ..Channel::clone(&channel()) });
    let edited = HARBOUR.replace("48 million", "52 million");
    for (n, title, text) in [
        (1, "A pier", HARBOUR),
        (2, "A pier agreed", &reprinted(HARBOUR)),
        (1, "A pier", &edited),
        (4, "Courses", SCHOOLS),
    ] {
        let mut admission = world.admission(&format!("site{n}"), vec![news(n, title, text)]).await;
        admission.channels = vec![Arc::clone(&mail)];
        assert_eq!(world.store.admit(admission).await.unwrap().deliveries, 1, "{n} {title}");
    }
    let ids: Vec<String> = {
        let mut connection =
            SqliteConnection::connect(&format!("sqlite://{}", world.store.path().display())).await.unwrap();
        sqlx::query_scalar("select id from delivery order by number").fetch_all(&mut connection).await.unwrap()
    };
    let threads: Vec<serde_json::Value> =
        bodies(&world.store).await.iter().map(|mail| mail["thread"].clone()).collect();
    let first = serde_json::Value::from(ids[0].clone());
    assert_eq!(threads, [serde_json::Value::Null, first.clone(), first, serde_json::Value::Null]);
}
