//! Tests a listing without selectors that stays the same, is rebuilt, breaks, or is empty.

use jiff::SignedDuration;
use marsad::store::DeliveryState;
use serde_json::Value;

use super::world::{World, body, source, watch};

const HEALTH: &str = "\n[health]\nalert = [\"desk\"]\n";

const WORDS: &[&str] = &["harbour", "library", "school", "bridge", "market", "clinic", "railway", "museum", "garden"];

fn headline(n: usize) -> String {
    format!("The council opens the {} in district number {n} this week", WORDS[n % WORDS.len()])
}

fn excerpt(n: usize) -> String {
    format!("Number {n}: delegates from {n} towns came to see what was built, and to hear what it had cost them all.")
}

/// The page of the baseline: articles in the main column.
fn page(numbers: std::ops::Range<usize>) -> String {
    let cards: String = numbers
        .rev()
        .map(|n| {
            format!(
                "<article class=card><h2><a href='/news/{n}01'>{}</a></h2><p>{}</p></article>",
                headline(n),
                excerpt(n)
            )
        })
        .collect();
    format!("<html lang=en><body><main class=listing>{cards}</main></body></html>")
}

/// The same items in another design.
fn rebuilt(numbers: std::ops::Range<usize>) -> String {
    let tiles: String = numbers
        .rev()
        .map(|n| {
            format!(
                "<div class=tile><h3 class=headline><a href='/news/{n}01'>{}</a></h3><div class=teaser>{}</div></div>",
                headline(n),
                excerpt(n)
            )
        })
        .collect();
    format!("<html lang=en><body><div class=grid>{tiles}</div></body></html>")
}

/// The page without its list: sections of the site, some of which match a watch.
fn menu(sections: usize) -> String {
    let rows: String = (0..sections)
        .map(|n| format!("<li class=section><h4><a href='/section/{n}00'>Everything about the council and its {n} works</a></h4></li>"))
        .collect();
    format!("<html lang=en><body><ul class=sections>{rows}</ul></body></html>")
}

async fn world() -> World {
    let world = World::with(&format!(
        "{}{}{HEALTH}",
        source("page", "page", "/list", "follow = \"never\""),
        watch("all", "council", &["desk"])
    ))
    .await;
    world.site.set("/list", "text/html", &page(0..6));
    let first = world.bring("page").await;
    assert_eq!((first.found, first.error), (6, None));
    world
}

async fn serve(world: &World, html: &str) -> marsad::pipeline::Visit {
    world.wait(SignedDuration::from_mins(10));
    world.site.set("/list", "text/html", html);
    world.bring("page").await
}

/// The events of these types that the receiver got.
fn events(world: &World) -> Vec<Value> {
    let sent = world.receiver.letters().into_iter().map(|letter| body(&letter));
    sent.filter(|sent| {
        sent["type"].as_str().is_some_and(|kind| kind.starts_with("source.") && kind != "source.activated")
    })
    .collect()
}

fn kinds(world: &World) -> Vec<String> {
    events(world).iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

async fn state(world: &World) -> &'static str {
    world.pipeline.store.source_states().await.unwrap()[0].state.as_str()
}

#[tokio::test]
async fn a_rebuilt_page_is_reported_once_and_its_new_items_still_alert() {
    let world = world().await;
    let visit = serve(&world, &rebuilt(1..7)).await;
    assert_eq!((visit.admitted.new, visit.admitted.alerts), (1, 1));
    assert_eq!(world.alerted(), [headline(6)]);
    serve(&world, &rebuilt(2..8)).await;
    assert_eq!(world.alerted(), [headline(6), headline(7)]);
    assert_eq!(kinds(&world), ["source.changed"]);
    assert_eq!(state(&world).await, "changed");
    let sent = &events(&world)[0]["data"];
    assert!(sent["was"][0]["place"].as_str().unwrap().contains("article.card > h2"), "{sent:#}");
    assert!(sent["is"][0]["place"].as_str().unwrap().contains("div.tile > h3.headline"), "{sent:#}");
    assert_eq!((&sent["is"][0]["items"], &sent["quiet"]), (&Value::from(6), &Value::from(0)));
    let message = sent["message"].as_str().unwrap();
    assert!(message.contains("marsad visit page") && message.contains("new items alert as usual"), "{message}");
}

#[tokio::test]
async fn a_page_that_shows_its_menu_is_suppressed_and_matching_items_are_listed() {
    let world = world().await;
    let visit = serve(&world, &menu(40)).await;
    assert_eq!((visit.admitted.new, visit.admitted.alerts), (40, 0));
    assert_eq!(world.alerted(), Vec::<String>::new());
    let sent = &events(&world)[0]["data"];
    assert_eq!((&sent["quiet"], &sent["withheld_total"]), (&Value::from(40), &Value::from(40)));
    assert_eq!(sent["withheld"].as_array().unwrap().len(), 20);
    assert_eq!(sent["withheld"][0]["watches"], serde_json::json!(["all"]));
    assert!(sent["message"].as_str().unwrap().contains("the 40 that match a watch"), "{sent:#}");
    // The next morning the list is back, and items published meanwhile alert.
    serve(&world, &page(2..9)).await;
    assert_eq!(world.alerted(), [headline(8), headline(7), headline(6)]);
    assert_eq!(kinds(&world), ["source.changed"]);
    serve(&world, &page(2..10)).await;
    serve(&world, &page(2..11)).await;
    assert_eq!(kinds(&world), ["source.changed", "source.recovered"]);
}

#[tokio::test]
async fn items_that_wait_for_their_page_do_not_count_as_unseen_on_a_rebuilt_page() {
    let world = World::with(&format!(
        "{}{}{HEALTH}",
        source("page", "page", "/list", "follow = \"always\""),
        watch("all", "council", &["desk"])
    ))
    .await;
    world.site.set("/list", "text/html", &page(0..6));
    world.bring("page").await;
    world.site.set("/list", "text/html", &page(0..9));
    assert_eq!(world.visit("page").await.admitted.followed, 3);
    world.site.set("/list", "text/html", &rebuilt(6..9));
    let visit = world.visit("page").await;
    assert_eq!((visit.admitted.new, visit.admitted.followed), (0, 0));
    // Their pages do not exist: they alert without them.
    world.bring("page").await;
    let mut alerted = world.alerted();
    alerted.sort();
    let mut all = [headline(6), headline(7), headline(8)];
    all.sort();
    assert_eq!(alerted, all);
}

#[tokio::test]
async fn a_lasting_new_layout_is_learnt_and_its_new_items_alert() {
    let world = world().await;
    serve(&world, &rebuilt(20..30)).await;
    assert_eq!(world.alerted(), Vec::<String>::new(), "none of it was ever seen");
    serve(&world, &rebuilt(20..31)).await;
    assert_eq!(world.alerted(), [headline(30)]);
    world.wait(SignedDuration::from_hours(6));
    serve(&world, &rebuilt(20..32)).await;
    assert_eq!(kinds(&world), ["source.changed", "source.recovered"]);
    assert_eq!(state(&world).await, "healthy");
    let sent = events(&world);
    let message = sent[1]["data"]["message"].as_str().unwrap();
    assert!(message.contains("div.tile > h3.headline > a"), "{message}");
    serve(&world, &rebuilt(20..33)).await;
    assert_eq!(kinds(&world).len(), 2);
}

#[tokio::test]
async fn an_empty_list_keeps_its_layout_baseline() {
    let world = world().await;
    let layout = |states: Vec<marsad::store::SourceState>| states[0].layout.clone();
    let before = layout(world.pipeline.store.source_states().await.unwrap());
    serve(&world, "<html><body><main class=listing><p>Nothing has happened today.</p></main></body></html>").await;
    assert_eq!(state(&world).await, "empty");
    serve(&world, "<html><body><main class=listing><p>Nothing has happened today either.</p></main></body></html>")
        .await;
    assert_eq!(layout(world.pipeline.store.source_states().await.unwrap()), before);
    serve(&world, &page(1..8)).await;
    assert_eq!(kinds(&world), ["source.changed", "source.recovered"]);
    assert_eq!(world.alerted(), [headline(7), headline(6)]);
}

#[tokio::test]
async fn a_temporary_second_block_raises_no_event() {
    let world = world().await;
    let block: String =
        (50..54).map(|n| format!("<li><h4><a href='/news/{n}01'>{}</a></h4></li>", headline(n))).collect();
    let busy = page(2..9).replace("</main>", &format!("</main><ul class=special>{block}</ul>"));
    serve(&world, &busy).await;
    assert_eq!(kinds(&world), Vec::<String>::new());
    assert_eq!(state(&world).await, "healthy");
}

/// The output of a command for this world's store.
fn shown(world: &World, arguments: &[&str]) -> String {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_marsad"));
    let output = command.arg("--config").arg(world.path()).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_is_shown_with_the_locations_of_its_items() {
    let world = world().await;
    serve(&world, &rebuilt(1..7)).await;
    let output = shown(&world, &["sources", "show", "page"]);
    for line in ["state         changed", "items         7", "layout\n", "new layout since", "(1 visit)"] {
        assert!(output.contains(line), "no {line:?} in\n{output}");
    }
    assert!(output.contains("   6 × main.listing > article.card > h2 > a\n"), "{output}");
    let json: Value = serde_json::from_str(&shown(&world, &["sources", "show", "page", "--json"])).unwrap();
    assert_eq!((&json["state"], &json["items"]), (&"changed".into(), &7.into()));
    assert_eq!((&json["shape"]["places"][0]["items"], &json["shape"]["places"][0]["sure"]), (&6.into(), &true.into()));
    assert_eq!(json["shape"]["instead"]["visits"], 1);
    let looked = shown(&world, &["visit", "page"]);
    assert!(looked.contains("warn  page changed its layout: its items were in"), "{looked}");
}

#[tokio::test]
async fn a_selector_that_no_longer_matches_is_named() {
    let keys = "item = \"article.card\"\ntitle = \"h2\"\nlink = \"a@href\"";
    let world = World::with(&format!("{}{HEALTH}", source("page", "page", "/list", keys))).await;
    world.site.set("/list", "text/html", &page(0..6));
    world.bring("page").await;
    serve(&world, &rebuilt(0..6)).await;
    serve(&world, &rebuilt(0..7)).await;
    assert_eq!(kinds(&world), ["source.changed"]);
    let sent = &events(&world)[0]["data"];
    assert!(sent["message"].as_str().unwrap().contains("item selector \"article.card\" matches nothing"), "{sent:#}");
    assert_eq!(world.pipeline.store.source_states().await.unwrap()[0].layout, None);
    assert_eq!(world.count(DeliveryState::Dead).await, 0);
}
