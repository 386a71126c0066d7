//! Tests the flow from a site's items to the receiver's alerts.

use jiff::SignedDuration;
use marsad::store::DeliveryState;

use super::world::{TEXT, World, body, feed, watch};

#[tokio::test]
async fn items_of_the_first_visit_do_not_alert() {
    let world = World::with(&format!("{}{}", feed("wire", "/feed"), watch("all", "council", &["desk"]))).await;
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    assert_eq!(world.alerted(), Vec::<String>::new());
}

#[tokio::test]
async fn a_new_item_alerts_once_and_is_signed() {
    let world = World::watching("council").await;
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    world.wait(SignedDuration::from_mins(10));
    world.bring("wire").await;
    assert_eq!(world.alerted(), ["The council meets"]);
    assert_eq!(world.receiver.letters()[0].signature, Ok(()));
    assert_eq!(world.count(DeliveryState::Delivered).await, 1);
}

#[tokio::test]
async fn an_item_without_a_match_is_stored_and_does_not_alert() {
    let world = World::watching("parliament").await;
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    let visit = world.bring("wire").await;
    assert_eq!((visit.admitted.new, visit.admitted.alerts), (1, 0));
    assert_eq!(world.alerted(), Vec::<String>::new());
}

#[tokio::test]
async fn a_wire_text_on_two_sites_alerts_once() {
    let sources = format!("{}{}", feed("wire", "/wire"), feed("paper", "/paper"));
    let world = World::with(&format!("{sources}{}", watch("all", "council", &["desk"]))).await;
    for source in ["wire", "paper"] {
        world.site.feed(&format!("/{source}"), &[(&format!("{source}-old"), "Something else", "An older text.")]);
        world.visit(source).await;
    }
    world.site.feed("/wire", &[("wire-1", "The council meets", TEXT)]);
    world.site.feed("/paper", &[("paper-77", "The council meets", TEXT)]);
    world.bring("wire").await;
    world.bring("paper").await;
    assert_eq!(world.alerted(), ["The council meets"]);
}

#[tokio::test]
async fn a_changed_address_does_not_alert_again() {
    let world = World::watching("council").await;
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    world.site.feed("/feed", &[("elsewhere", "The council meets", TEXT)]);
    world.bring("wire").await;
    assert_eq!(world.alerted().len(), 1);
}

#[tokio::test]
async fn an_edited_text_at_the_same_address_is_a_revision_and_does_not_alert_again() {
    let world = World::watching("council").await;
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    let edited = format!("{TEXT} Forty delegates came.");
    world.site.feed("/feed", &[("one", "The council meets", &edited)]);
    let visit = world.bring("wire").await;
    assert_eq!((visit.admitted.new, visit.admitted.revised), (0, 1));
    assert_eq!(world.alerted().len(), 1);
}

#[tokio::test]
async fn a_match_has_its_position_and_its_affixes() {
    let world = World::watching("منظمة التعاون الإسلامي").await;
    let title = "استقبال وفد لمنظمة التعاون الإسلامي في جدة";
    world.site.feed("/feed", &[("one", title, "نص الخبر الذي يصف الاستقبال في سطر واحد قصير.")]);
    world.bring("wire").await;
    let sent = body(&world.receiver.letters()[0]);
    let found = &sent["data"]["matches"][0];
    assert_eq!(found["how"]["prefix"], "ل", "{sent:#}");
    let chars: Vec<char> = title.chars().collect();
    let (start, end) = (found["start"].as_u64().unwrap() as usize, found["end"].as_u64().unwrap() as usize);
    assert_eq!(chars[start..end].iter().collect::<String>(), found["text"].as_str().unwrap());
}

#[tokio::test]
async fn one_alert_names_every_watch_that_it_matches() {
    let watches = format!("{}{}", watch("a", "council", &["desk"]), watch("b", "clinics", &["desk"]));
    let world = World::with(&format!("{}{watches}", feed("wire", "/feed"))).await;
    world.site.feed("/feed", &[("old", "Something else", "An older text.")]);
    world.visit("wire").await;
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    assert_eq!(world.receiver.letters().len(), 1);
    assert_eq!(body(&world.receiver.letters()[0])["data"]["watches"], serde_json::json!(["a", "b"]));
}

#[tokio::test]
async fn a_new_watch_looks_forward_only() {
    let mut world = World::watching("parliament").await;
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    world.reconfigure(&format!("{}{}", feed("wire", "/feed"), watch("council", "council", &["desk"]))).await;
    world.bring("wire").await;
    assert_eq!(world.alerted(), Vec::<String>::new());
    let later = [
        ("two", "A second council", "Another text with other words about harbours and lamps."),
        ("one", "The council meets", TEXT),
    ];
    world.site.feed("/feed", &later);
    world.bring("wire").await;
    assert_eq!(world.alerted(), ["A second council"]);
}
