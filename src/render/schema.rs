//! Tests bodies against the schemas in `docs/schema`.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{digest, sample};
use crate::alert::{
    Alert, Field, FieldChange, HealthEvent, HealthEventKind, Hit, ItemAlert, MatchForm, Previous, WordRun,
};
use crate::channel::ChannelId;
use crate::render::json::{LIMIT, body};

const ITEM_SCHEMA: &str = include_str!("../../docs/schema/item.json");
const DIGEST_SCHEMA: &str = include_str!("../../docs/schema/digest.json");

/// The body as JSON, after a check against its schema and its limit.
fn checked(alert: &Alert) -> Value {
    let body = body(alert, &sample::stamp(), &ChannelId::new("desk"));
    let limit = if matches!(alert, Alert::Digest(_)) { digest::LIMIT } else { LIMIT };
    assert!(body.len() <= limit, "{} bytes", body.len());
    let value: Value = serde_json::from_slice(&body).unwrap();
    let schema = match alert {
        Alert::Item(_) => ITEM_SCHEMA,
        Alert::Event(_) => include_str!("../../docs/schema/event.json"),
        Alert::Digest(_) => DIGEST_SCHEMA,
    };
    assert_valid(schema, &value);
    value
}

fn assert_valid(schema: &str, value: &Value) {
    let validator = jsonschema::options().should_validate_formats(true).build(&serde_json::from_str(schema).unwrap());
    let violations: Vec<String> = validator.unwrap().iter_errors(value).map(|error| error.to_string()).collect();
    assert_eq!(violations, Vec::<String>::new());
}

#[test]
fn the_body_in_the_documentation_is_valid_and_its_offsets_are_right() {
    let (_, rest) = include_str!("../../docs/payloads.md").split_once("## The body\n\n```json\n").unwrap();
    let value: Value = serde_json::from_str(rest.split_once("```").unwrap().0).unwrap();
    assert_valid(ITEM_SCHEMA, &value);
    let (title, found) = (value["data"]["item"]["title"].as_str().unwrap(), &value["data"]["matches"][0]);
    let offset = |key: &str| usize::try_from(found[key].as_u64().unwrap()).unwrap();
    let text: String = title.chars().skip(offset("start")).take(offset("end") - offset("start")).collect();
    assert_eq!(found["text"], text);
}

#[test]
fn the_digest_in_the_documentation_is_valid_and_counts_right() {
    let (_, rest) = include_str!("../../docs/payloads.md").split_once("### Digests\n").unwrap();
    let (_, rest) = rest.split_once("```json\n").unwrap();
    let value: Value = serde_json::from_str(rest.split_once("```").unwrap().0).unwrap();
    assert_valid(DIGEST_SCHEMA, &value);
    let data = &value["data"];
    let listed = data["items"].as_array().unwrap().len() as u64;
    assert_eq!(data["total"].as_u64().unwrap(), listed + data["left_out"].as_u64().unwrap());
}

#[test]
fn a_digest_lists_its_alerts_by_watch_and_counts_the_others() {
    let value = checked(&sample::digest("ar"));
    assert_eq!(value["type"], "digest");
    let data = &value["data"];
    assert_eq!((&data["total"], &data["left_out"]), (&json!(101), &json!(100)));
    assert_eq!(data["watches"], json!(["oic", "gaza"]));
    assert_eq!(data["groups"][0], json!({ "watch": "oic", "name": "OIC", "total": 100, "left_out": 100 }));
    assert_eq!((&data["items"][0]["watch"], &data["items"][0]["dir"]), (&json!("gaza"), &json!("rtl")));
    assert!(data["message"].as_str().unwrap().starts_with("النشرة: 101 تنبيه · "), "{}", data["message"]);
    assert_eq!(data["health"]["sources"], 41);
}

#[test]
fn h19_the_body_of_the_largest_digest_stays_within_the_limit() {
    for lang in ["ar", "en"] {
        let value = checked(&sample::large_digest(lang));
        let listed = value["data"]["items"].as_array().unwrap().len();
        assert!((20..=100).contains(&listed), "{listed} alerts");
        assert_eq!(value["data"]["left_out"], 500 - listed);
        assert!(!value.to_string().contains("\\u0000"));
    }
}

fn item() -> Box<ItemAlert> {
    match sample::item() {
        Alert::Item(item) => item,
        _ => panic!("the sample item is an item"),
    }
}

#[test]
fn the_samples_match_the_schemas() {
    let value = checked(&sample::item());
    assert_eq!(value["type"], "item.matched");
    assert_eq!(value["timestamp"], "2026-11-21T12:00:00Z");
    assert_eq!(value["data"]["item"]["truncated"], false);
    assert_eq!(value["data"]["matches"][0]["start"], 26);
    let value = checked(&sample::event());
    assert_eq!(value["data"]["source"], "una-ar");
    assert_eq!(value["data"]["message"], "una-ar cannot be read: una-oic.org answers with status 503");
}

#[test]
fn a_revision_carries_the_previous_content() {
    let mut alert = item();
    alert.revision = 2;
    alert.previous =
        Some(Previous { revision: 1, title: "قبل".to_owned(), summary: String::new(), changes: Vec::new() });
    let value = checked(&Alert::Item(alert));
    assert_eq!(value["type"], "item.revised");
    assert_eq!(value["data"]["previous"]["title"], "قبل");
}

#[test]
fn a_revision_carries_the_removed_and_added_words() {
    let value = checked(&sample::revised());
    let title = &value["data"]["difference"]["title"];
    assert_eq!((&title[1]["removed"], &title[2]["added"]), (&json!("القدس"), &json!("غزة")));
    assert_eq!(value["data"]["difference"]["text"][0], json!({ "skipped": 40 }));
    assert_eq!(value["data"]["item"]["truncated"], false);
    let Alert::Item(mut alert) = sample::revised() else { panic!("an item") };
    let runs = vec![WordRun::Removed("قبل ".repeat(1_500)), WordRun::Added("بعد ".repeat(1_500))];
    let field = |field| FieldChange { field, runs: runs.clone(), cut: true };
    let changes = vec![field(Field::Title), field(Field::Summary), field(Field::Text)];
    alert.previous = alert.previous.map(|previous| Previous { changes, ..previous });
    let value = checked(&Alert::Item(alert));
    assert_eq!(value["data"]["item"]["truncated"], true);
    let last = value["data"]["difference"]["text"].as_array().unwrap().last().unwrap();
    assert!(last["skipped"].as_u64().unwrap() > 1_500, "{last}");
}

#[test]
fn an_item_with_only_a_headline_matches_the_schema() {
    let mut alert = item();
    alert.item = crate::item::Item { title: "x".to_owned(), ..Default::default() };
    alert.hits = Vec::new();
    let value = checked(&Alert::Item(alert));
    assert_eq!(value["data"]["item"]["url"], Value::Null);
    assert_eq!(value["data"]["matches_total"], 0);
}

#[test]
fn the_body_of_a_very_long_item_stays_within_the_limit() {
    let mut alert = item();
    let long = "غ\u{0}\"\u{1b}x\u{10FFFF}".repeat(60_000);
    alert.item.title.clone_from(&long);
    alert.item.summary.clone_from(&long);
    alert.item.author = Some(long.clone());
    alert.item.agency = Some(long.clone());
    alert.item.address = crate::address::Address::parse(&format!("https://x/{}", "a".repeat(8_000))).ok();
    alert.previous = Some(Previous { revision: 1, title: long.clone(), summary: long.clone(), changes: Vec::new() });
    let long: String = long.chars().take(5_000).collect();
    let mut found = alert.hits[0].matches[0].clone();
    (found.term, found.text, found.context) = (long.clone(), long.clone(), long.clone());
    found.how = MatchForm { prefix: Some("و".to_owned()), suffix: None, variant: Some("spelling".to_owned()) };
    let hit = Hit { matches: vec![found; 20], total: 4_000, ..alert.hits[0].clone() };
    alert.hits = vec![hit; 300];
    let value = checked(&Alert::Item(alert));
    assert_eq!(value["data"]["item"]["truncated"], true);
    assert_eq!(value["data"]["matches_total"], 1_200_000);
    assert!(!value.to_string().contains("\\u0000"));
}

#[test]
fn every_watch_is_explained_before_any_is_explained_twice() {
    let mut alert = item();
    let many = Hit { matches: vec![alert.hits[0].matches[0].clone(); 20], total: 50, ..alert.hits[0].clone() };
    let mut other = alert.hits[0].clone();
    other.watch = crate::alert::WatchId::new("oic");
    other.matches[0].watch = crate::alert::WatchId::new("oic");
    alert.hits = vec![many, other];
    let value = checked(&Alert::Item(alert));
    let matches = value["data"]["matches"].as_array().unwrap();
    assert_eq!(matches.len(), 20);
    assert_eq!(matches[19]["watch"], "oic");
    assert_eq!(value["data"]["matches_total"], 51);
}

#[test]
fn an_event_with_a_long_report_is_cut_and_marked() {
    let mut detail = serde_json::Map::new();
    detail.insert("report".to_owned(), "línea\n".repeat(20_000).into());
    detail.insert("samples".to_owned(), vec!["x".repeat(9_000); 9].into());
    detail.insert("channel".to_owned(), "forged".into());
    let event = HealthEvent {
        kind: HealthEventKind::ConfigRejected,
        at: Timestamp::UNIX_EPOCH,
        message: "m".to_owned(),
        detail,
    };
    let value = checked(&Alert::Event(event));
    assert_eq!(value["data"]["truncated"], true);
    assert_eq!(value["data"]["channel"], "desk");
}
