//! Tests edited pages and items: which watches alert, and with which words.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::world::{TEXT, World, body, feed, source, watch};

const HEALTH: &str = "\n[health]\nalert = [\"desk\"]\n";

const OPENING: &str = "The council met on Monday in the old harbour, and agreed on a plan for clinics, water and schools; \
                       the next meeting will look at what was built, and at what it has cost the towns so far.";

fn page(title: &str, text: &str) -> String {
    let paragraphs: String = text.lines().map(|line| format!("<p>{line}</p>")).collect();
    format!(
        "<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{paragraphs}</article></body></html>"
    )
}

/// A world that watches one page, after a quiet first visit.
async fn watching(lang: &str, term: &str, revisions: &str, title: &str, text: &str) -> World {
    let watch = watch("watched", term, &["desk", "press"]);
    let page_source =
        source("statement", "article", "/statement", "").replace("lang = \"en\"", &format!("lang = {lang:?}"));
    let world = World::with(&format!("{page_source}{watch}revisions = {revisions:?}\n{HEALTH}")).await;
    world.site.set("/statement", "text/html; charset=utf-8", &page(title, text));
    let first = world.bring("statement").await;
    assert_eq!((first.found, first.admitted.alerts, first.error), (1, 0, None));
    world
}

async fn edit(world: &World, title: &str, text: &str) -> usize {
    world.wait(SignedDuration::from_mins(10));
    world.site.set("/statement", "text/html; charset=utf-8", &page(title, text));
    let visit = world.bring("statement").await;
    assert_eq!((visit.admitted.new, visit.admitted.revised), (0, 1));
    visit.admitted.alerts
}

fn last(world: &World) -> Value {
    let sent: Vec<Value> = world.receiver.letters().iter().map(body).collect();
    sent.into_iter().rfind(|sent| sent["type"] != "source.activated").unwrap()
}

#[tokio::test]
async fn an_edit_of_a_watched_page_alerts_with_the_changed_words() {
    let world = watching("en", "council", "any", "The council meets", OPENING).await;
    assert_eq!(edit(&world, "The council meets", &OPENING.replace("on Monday", "on Tuesday")).await, 1);
    let sent = last(&world);
    assert_eq!(sent["type"], "item.revised");
    assert_eq!(sent["data"]["item"]["revision"], 2);
    assert_eq!(sent["data"]["previous"]["revision"], 1);
    let runs = &sent["data"]["difference"]["text"];
    assert_eq!(runs[0], json!({ "kept": "The council met on" }));
    assert_eq!((&runs[1]["removed"], &runs[2]["added"]), (&json!("Monday"), &json!("Tuesday")));
    assert_eq!(runs[3], json!({ "kept": "in the old harbour, and agreed on a plan for clinics, water" }));
    assert!(runs[4]["skipped"].as_u64().is_some_and(|words| words > 10), "{runs:#}");
    assert_eq!(sent["data"]["difference"]["title"], Value::Null);
    let mail = world.mailbox.mails().pop().unwrap().text();
    assert!(mail.contains("\u{2068}[-Monday-]\u{2069} \u{2068}{+Tuesday+}\u{2069}"), "{mail}");
}

#[tokio::test]
async fn an_edit_in_arabic_and_persian_shows_complete_words() {
    for (lang, title, text, from, to) in [
        (
            "ar",
            "بيان الأمانة العامة بشأن غزة",
            "أعربت الأمانة العامة عن قلقها البالغ إزاء الوضع الإنساني في غزة، ودعت إلى فتح المعابر أمام المساعدات فورا.\n\
             وأكد البيان الصادر يوم الاثنين أن الدول الأعضاء ستعقد اجتماعا طارئا في جدة لبحث سبل الدعم العاجل للسكان.",
            "الاثنين",
            "الثلاثاء",
        ),
        (
            "fa",
            "بیانیه سازمان درباره غزه",
            "دبیرکل سازمان در این بیانیه نگرانی عمیق خود را از وضعیت انسانی در غزه ابراز کرد و خواستار بازگشایی گذرگاه‌ها شد.\n\
             او گفت که کشورهای عضو روز دوشنبه نشست فوق‌العاده‌ای برگزار می‌کنند تا راه‌های کمک فوری به مردم را بررسی کنند.",
            "دوشنبه",
            "سه‌شنبه",
        ),
    ] {
        let term = if lang == "ar" { "غزة" } else { "غزه" };
        let world = watching(lang, term, "any", title, text).await;
        assert_eq!(edit(&world, title, &text.replace(from, to)).await, 1, "{lang}");
        let sent = last(&world);
        let runs = sent["data"]["difference"]["text"].as_array().unwrap();
        assert!(runs.contains(&json!({ "removed": from })) && runs.contains(&json!({ "added": to })), "{sent:#}");
    }
}

#[tokio::test]
async fn a_watch_without_revisions_alerts_only_for_the_first_match() {
    let world = watching("en", "council", "never", "The council meets", OPENING).await;
    assert_eq!(edit(&world, "The council met", &OPENING.replace("Monday", "Tuesday")).await, 0);
}

#[tokio::test]
async fn a_watch_for_title_revisions_alerts_for_changed_headlines() {
    let world = watching("en", "council", "title", "The council meets", OPENING).await;
    assert_eq!(edit(&world, "The council meets", &OPENING.replace("Monday", "Tuesday")).await, 0);
    assert_eq!(edit(&world, "The council has met", &OPENING.replace("Monday", "Tuesday")).await, 1);
    let title = &last(&world)["data"]["difference"]["title"];
    assert_eq!((&title[1]["removed"], &title[2]["added"]), (&json!("meets"), &json!("has met")));
}

#[tokio::test]
async fn a_watch_for_term_revisions_alerts_when_a_term_appears_or_the_last_one_disappears() {
    let world =
        watching("en", "council\", \"envoy", "terms", "The towns meet", &OPENING.replace("council", "board")).await;
    assert_eq!(edit(&world, "The towns meet", OPENING).await, 1, "the first hit alerts whatever `revisions` says");
    assert_eq!(edit(&world, "The towns meet", &OPENING.replace("Monday", "Tuesday")).await, 0);
    let with_envoy = OPENING.replace("The council met", "The council and the envoy met");
    assert_eq!(edit(&world, "The towns meet", &with_envoy).await, 1);
    assert_eq!(edit(&world, "The towns meet", &OPENING.replace("council", "board")).await, 1);
    let sent = last(&world);
    assert_eq!((&sent["data"]["watches"], &sent["data"]["matches_total"]), (&json!(["watched"]), &json!(0)));
    assert_eq!(sent["data"]["difference"]["text"][1], json!({ "removed": "council and the envoy" }), "{sent:#}");
}

#[tokio::test]
async fn h28_a_token_that_changes_at_every_visit_alerts_only_where_every_edit_is_wanted_and_not_for_long() {
    // `any` asks for every edit; after 24 of them within a day, the page is noisy (docs/pages.md).
    for (revisions, expected) in [("never", 0), ("title", 0), ("terms", 0), ("any", 24)] {
        let world = watching("en", "council", revisions, "The council meets", OPENING).await;
        let mut alerts = 0;
        for n in 0..40_u32 {
            let token = blake3::hash(&n.to_be_bytes()).to_hex();
            alerts += edit(&world, "The council meets", &format!("{OPENING} Request {}", &token[..16])).await;
        }
        let types = |kind: &str| {
            let sent: Vec<Value> = world.receiver.letters().iter().map(body).collect();
            sent.iter().filter(|sent| sent["type"] == kind).count()
        };
        let got = (alerts, types("item.revised"), types("source.changed"));
        assert_eq!(got, (expected, expected, 1), "{revisions}");
    }
}

#[tokio::test]
async fn returning_words_are_a_revision_and_not_a_first_match() {
    for (revisions, back) in [("terms", 1), ("any", 1), ("title", 0), ("never", 0)] {
        let without = OPENING.replace("council", "board");
        let world = watching("en", "council", revisions, "The towns meet", &without).await;
        assert_eq!(edit(&world, "The towns meet", OPENING).await, 1, "{revisions}: the first word");
        let gone = edit(&world, "The towns meet", &without).await;
        assert_eq!((gone, edit(&world, "The towns meet", OPENING).await), (back, back), "{revisions}");
    }
}

#[tokio::test]
async fn an_edited_feed_item_alerts_with_the_changed_words() {
    let watched = format!("{}revisions = \"any\"\n", watch("all", "council", &["desk"]));
    let world = World::with(&format!("{}{watched}", feed("wire", "/feed"))).await;
    world.site.feed("/feed", &[("old", "Something else", "An older text.")]);
    world.visit("wire").await;
    world.site.feed("/feed", &[("one", "The council meets", TEXT)]);
    world.bring("wire").await;
    world.site.feed("/feed", &[("one", "The council meets", &TEXT.replace("two days", "three days"))]);
    world.bring("wire").await;
    let sent = last(&world);
    let runs = &sent["data"]["difference"]["summary"];
    assert_eq!((&runs[1]["removed"], &runs[2]["added"]), (&json!("two"), &json!("three")), "{sent:#}");
}

#[tokio::test]
async fn text_that_the_pages_of_a_source_share_is_removed_and_causes_no_revision() {
    let watched = format!("{}revisions = \"any\"\n", watch("all", "council", &["desk"]));
    let world = World::with(&format!("{}{watched}", source("statement", "article", "/statement", ""))).await;
    let about = "The council is an institution of seven towns, and publishes its statements in three languages.";
    // The page of the day: another text under another headline, and another address of its own.
    let day = |n: usize| {
        let names = ["harbour", "library", "railway", "clinic"];
        let text = format!(
            "The mayors opened the {0} and spoke about {0} number {n}, its cost and its staff of {n}00, \
                            and about what the other towns may learn from the {0} in years to come.\n{about}",
            names[n]
        );
        page(&format!("The {} is opened", names[n]), &text)
            .replace("<head>", &format!("<head><link rel=canonical href='{}'>", world.site.url(&format!("/day/{n}"))))
    };
    let mut alerted = Vec::new();
    for n in 0..4 {
        world.wait(SignedDuration::from_hours(24));
        world.site.set("/statement", "text/html", &day(n));
        alerted.push(world.bring("statement").await.admitted.alerts);
        // The same page with other markup: it is read again, and nothing has changed.
        world.site.set("/statement", "text/html", &format!("{}<!-- {n} -->", day(n)));
        let again = world.bring("statement").await;
        assert_eq!((again.admitted.revised, again.admitted.known), (0, 1), "{n}");
    }
    assert_eq!(
        alerted,
        [0, 1, 0, 0],
        "the first is quiet, and from the third on the words about the site are left out"
    );
}
