//! Tests `marsad explain` on the store of a running world.

use std::process::Command;

use jiff::SignedDuration;
use serde_json::Value;

use super::site::Page;
use super::world::{TEXT, World, feed, watch};

/// A text that is long enough to be recognised after an edit.
const LONG: &str = "The council met for two days and agreed on a plan for clinics, water and schools; the next meeting \
                    will look at what was built and at what it cost. Ministers from nine countries spoke about \
                    ferries, roads and the price of bread, and asked the secretary to publish the figures before the \
                    winter session opens. Delegates from the islands wanted cheaper crossings, while those from the \
                    mountains asked for nurses, teachers and a second railway along the old valley.";

/// The exit code and output of a command.
fn run(world: &World, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_marsad"))
        .args(arguments)
        .arg("--config")
        .arg(world.path())
        .env_remove("MARSAD_CONFIG")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

/// The verdicts of the steps about an address: step and decision.
fn verdicts(world: &World, what: &str) -> Vec<(String, String)> {
    let (_, text) = run(world, &["explain", "--json", what]);
    let value: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap_or_else(|_| panic!("{text}"));
    let word = |stage: &Value, key: &str| stage[key].as_str().unwrap().to_owned();
    value["stages"].as_array().unwrap().iter().map(|stage| (word(stage, "stage"), word(stage, "verdict"))).collect()
}

fn has(verdicts: &[(String, String)], stage: &str, verdict: &str) -> bool {
    verdicts.iter().any(|(s, v)| s == stage && v == verdict)
}

/// Two feeds after their first visits, and two watches.
async fn world() -> World {
    let feeds = [feed("wire", "/wire"), feed("paper", "/paper")].concat();
    let watches = [watch("council", "council", &["desk"]), watch("harbour", "harbour", &["desk"])].concat();
    let world = World::with(&format!("\n[health]\nalert = [\"press\"]\n{feeds}{watches}")).await;
    for id in ["wire", "paper"] {
        let slug = format!("{id}-old");
        world
            .site
            .feed(&format!("/{id}"), &[(&slug, "The council opened the old lighthouse", "What was there before.")]);
        world.bring(id).await;
    }
    world.wait(SignedDuration::from_mins(10));
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alerted_item_is_explained_from_its_listing_to_its_delivery() {
    let world = world().await;
    world.site.feed("/wire", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    let (code, text) = run(&world, &["explain", &world.site.url("/one")]);
    assert_eq!(code, Some(0), "{text}");
    for expected in [
        "The council meets",
        "listed    wire http",
        "still listed, 1 visit",
        "judged    new at wire",
        "story     no copy; the first text of its story",
        "watch     council: matches in 2 places: council in title, council in summary",
        "alert     council: alerted",
        "watch     harbour: no match; missing: harbour",
        "delivery  desk: delivered after 1 attempt",
    ] {
        assert!(text.contains(expected), "{expected}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_that_waits_for_a_digest_or_left_in_one_is_explained_and_listed() {
    let mut world = world().await;
    world
        .reconfigure(&format!(
            "\n[[channel]]\nid = \"evening\"\nfile = \"evening.jsonl\"\nsend = \"daily 20:00\"\n{}{}",
            feed("wire", "/wire"),
            watch("council", "council", &["evening"])
        ))
        .await;
    world.site.feed("/wire", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    let address = world.site.url("/one");
    assert!(has(&verdicts(&world, &address), "delivery", "gathered"));
    let (_, text) = run(&world, &["explain", &address]);
    assert!(text.contains("delivery  evening: waits for a digest, due "), "{text}");
    assert!(text.contains("the channel sends at set times"), "{text}");
    let (_, listed) = run(&world, &["deliveries", "--channel", "evening"]);
    assert!(listed.contains("evening: 1 alert waits for a digest, due "), "{listed}");
    world.wait(SignedDuration::from_hours(24));
    world.deliver().await;
    let (_, text) = run(&world, &["explain", &address]);
    assert!(text.contains("delivery  evening: delivered in a digest after 1 attempt "), "{text}");
    let (_, listed) = run(&world, &["deliveries", "--channel", "evening"]);
    assert!(listed.contains("digest") && !listed.contains("waits for"), "{listed}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_that_was_sent_again_by_hand_says_so() {
    let world = world().await;
    world.site.feed("/wire", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    let (code, text) = run(&world, &["deliveries", "replay", "--channel", "desk"]);
    assert_eq!(code, Some(0), "{text}");
    world.wait(SignedDuration::from_mins(1));
    world.deliver().await;
    let (_, text) = run(&world, &["explain", &world.site.url("/one")]);
    assert!(text.contains("delivery  desk: delivered after 2 attempts, sent again by hand "), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suppressed_copy_names_the_text_that_alerted() {
    let world = world().await;
    world.site.feed("/wire", &[("one", "The council meets", LONG)]);
    world.bring("wire").await;
    world.wait(SignedDuration::from_mins(10));
    let edited = format!("JEDDAH - {LONG} Read also: the old lighthouse reopens.");
    world.site.feed("/paper", &[("two", "The council meets in Jeddah", &edited)]);
    let visit = world.bring("paper").await;
    assert_eq!((visit.admitted.alerts, visit.admitted.copies), (0, 1));
    let verdicts = verdicts(&world, &world.site.url("/two"));
    assert!(has(&verdicts, "story", "copy") && has(&verdicts, "alert", "copy"), "{verdicts:?}");
    let (_, text) = run(&world, &["explain", &world.site.url("/two")]);
    assert!(text.contains("suppressed: a copy of "), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn items_of_a_first_visit_and_of_a_time_before_the_watch_say_so() {
    let mut world = world().await;
    let old = verdicts(&world, &world.site.url("/wire-old"));
    assert!(has(&old, "alert", "first_visit"), "{old:?}");
    world.site.feed("/wire", &[("one", "The clinics open in the spring", TEXT)]);
    world.bring("wire").await;
    world.wait(SignedDuration::from_hours(1));
    let watches = [watch("council", "council", &["desk"]), watch("clinics", "clinics", &["desk"])].concat();
    world
        .reconfigure(&format!(
            "\n[health]\nalert = [\"press\"]\n{}{}{watches}",
            feed("wire", "/wire"),
            feed("paper", "/paper")
        ))
        .await;
    let later = verdicts(&world, &world.site.url("/one"));
    assert!(has(&later, "alert", "added_later") && has(&later, "alert", "alerted"), "{later:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_was_never_listed_is_compared_with_its_neighbours() {
    let world = world().await;
    world.site.feed("/wire", &[("news/41", "The council meets", TEXT)]);
    world.bring("wire").await;
    let (code, text) = run(&world, &["explain", &world.site.url("/news/42")]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("listed    never: no source has listed http"), "{text}");
    assert!(text.contains("only in part 2 of the path: \"41\" there, \"42\" here"), "{text}");
    assert!(text.contains("source    wire is at the same site: "), "{text}");
    let (code, text) = run(&world, &["explain", "https://elsewhere.example/1"]);
    assert!(code == Some(1) && text.contains("no configured source is at elsewhere.example"), "{text}");
    let (code, text) = run(&world, &["explain", "nothing"]);
    assert!(code == Some(2) && text.contains("neither an address nor an item"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_failures_and_gaps_of_the_source_are_shown() {
    let world = world().await;
    world.site.put("/wire", Page { status: 503, ..Page::default() });
    for _ in 0..4 {
        world.bring("wire").await;
        world.wait(SignedDuration::from_mins(20));
    }
    let items: Vec<(String, String)> =
        (0..6).map(|n| (format!("new-{n}"), format!("Report number {n} of the lighthouse"))).collect();
    let items: Vec<(&str, &str, &str)> =
        items.iter().map(|(slug, title)| (slug.as_str(), title.as_str(), "")).collect();
    world.site.feed("/wire", &items);
    world.bring("wire").await;
    let found = verdicts(&world, &world.site.url("/missed"));
    assert!(has(&found, "source", "was_failing") && has(&found, "source", "gap"), "{found:?}");
}
