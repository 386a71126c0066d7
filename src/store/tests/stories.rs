//! Tests copies of texts and stories: who alerts, what refers to what, and what the index holds.

use sqlx::{Connection, SqliteConnection};

use super::*;
use crate::item::ItemId;

mod carriers;
mod properties;

pub(super) const HARBOUR: &str = "The council of ministers met in Tanga on Monday under its chairman Idris Karimov and \
    adopted a resolution on the harbour of Mersa Fatma. It asks the member states to pay 48 million dollars for a new \
    pier, two cranes and a road to the railway station at Kassala. The secretary general, Halima Danjuma, said that \
    the first ship with flour and medicine can land there before the rainy season. The envoys of Benin, Guyana and \
    Brunei announced that they will send engineers, and the council will meet again in Paramaribo to look at the bills.";

pub(super) const SCHOOLS: &str = "More than three hundred teachers began a course in Dushanbe on Thursday that the \
    Islamic educational organisation pays for. They learn for six weeks how to teach children who fled from floods \
    and lost a year of school. Professor Nargis Yusupova of the university of Khujand leads the course with two \
    colleagues from Rabat. The ministry wants to open 112 classes in the valleys of Gorm and Rasht by October, and \
    the bank in Jeddah has promised a loan of nine million for books, stoves and roofs.";

/// `text` after another dateline and with a note at its end.
pub(super) fn reprinted(text: &str) -> String {
    format!("DAR ES SALAAM (Coast News) - {text} Read also: Ferry keeps its winter hours.")
}

/// The first words of `text`.
fn excerpt(text: &str, words: usize) -> String {
    let words: Vec<&str> = text.split(' ').take(words).collect();
    format!("{} …", words.join(" "))
}

/// `text` after one of many datelines.
fn edition(text: &str, n: usize) -> String {
    let cities = ["RABAT", "BAKU", "LOME", "DHAKA", "MALE", "TUNIS", "CONAKRY", "MUSCAT", "NIAMEY", "BANJUL"];
    format!("{} - {text}", cities[n % cities.len()])
}

pub(super) fn news(n: usize, title: &str, text: &str) -> Item {
    let address = Address::parse(&format!("https://site{n}.example.org/{n}")).ok();
    Item { address, title: title.to_owned(), summary: text.to_owned(), ..Item::default() }
}

pub(super) async fn count(store: &Store, statement: &'static str) -> i64 {
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", store.path().display())).await.unwrap();
    sqlx::query_scalar(statement).fetch_one(&mut connection).await.unwrap()
}

async fn sql(store: &Store, statements: &'static str) {
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", store.path().display())).await.unwrap();
    sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
}

const INDEXED: &str = "select count(*) from text_index";
const FIRST_TEXTS: &str = "select count(first_text) from item_story";
const COPIES: &str = "select count(*) from item_story where copy_of is not null";

/// The ids of all items, in the order of admission.
pub(super) async fn ids(store: &Store) -> Vec<ItemId> {
    let items = store.items(&ItemQuery { limit: 1_000, ..ItemQuery::default() }).await.unwrap();
    items.into_iter().rev().map(|(_, item)| item.id).collect()
}

async fn world(once_per: OncePer) -> StoreFixture {
    StoreFixture::new(once_per, Revisions::Never).await
}

impl StoreFixture {
    /// Brings one item by a source of its own; returns how many alerts it made.
    pub(super) async fn bring(&mut self, n: usize, title: &str, text: &str) -> usize {
        self.visit(&format!("site{n}"), vec![news(n, title, text)], true).await.alerts
    }
}

#[tokio::test]
async fn an_edited_copy_alerts_under_once_per_item_only_and_refers_to_the_first_text() {
    for (once_per, alerts) in [(OncePer::Text, [1, 0, 0]), (OncePer::Story, [1, 0, 0]), (OncePer::Item, [1, 1, 1])] {
        let mut world = world(once_per).await;
        let texts = [HARBOUR.to_owned(), reprinted(HARBOUR), excerpt(HARBOUR, 45)];
        let mut made = Vec::new();
        for (n, text) in texts.iter().enumerate() {
            made.push(world.bring(n, ["A pier", "A pier for Mersa Fatma", "Pier agreed"][n], text).await);
        }
        assert_eq!(made, alerts, "{once_per:?}");
        let ids = ids(&world.store).await;
        let story = world.store.story(&ids[2]).await.unwrap();
        assert_eq!(story.iter().map(|member| &member.item).collect::<Vec<_>>(), ids.iter().collect::<Vec<_>>());
        assert_eq!(story[0].copy_of, None);
        assert!(story[1..].iter().all(|copy| copy.copy_of.as_ref() == Some(&ids[0]) && copy.share.unwrap() > 0.8));
        assert!(world.store.check().await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn the_copies_of_one_visit_alert_once() {
    let mut world = world(OncePer::Text).await;
    let items = vec![news(1, "A pier", HARBOUR), news(2, "Mersa Fatma gets a pier", &reprinted(HARBOUR))];
    let admitted = world.visit("una", items, true).await;
    assert_eq!((admitted.new, admitted.alerts), (2, 1));
}

#[tokio::test]
async fn two_visits_that_bring_two_copies_at_once_alert_once() {
    let mut world = world(OncePer::Text).await;
    let first = world.admission("una", vec![news(1, "A pier", HARBOUR)]).await;
    let second = world.admission("spa", vec![news(2, "A pier for Mersa Fatma", &reprinted(HARBOUR))]).await;
    let (first, second) = tokio::join!(world.store.admit(first), world.store.admit(second));
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!((first.new + second.new, first.alerts + second.alerts), (2, 1));
}

#[tokio::test]
async fn a_quiet_first_visit_costs_nothing_and_a_later_copy_alerts_once() {
    let mut world = world(OncePer::Text).await;
    world.visit("una", vec![news(1, "A pier", HARBOUR)], false).await;
    assert_eq!(
        (count(&world.store, INDEXED).await, count(&world.store, "select count(*) from item_story").await),
        (0, 0)
    );
    assert_eq!(world.bring(2, "A pier for Mersa Fatma", &reprinted(HARBOUR)).await, 1);
    assert_eq!(world.bring(3, "A pier and two cranes", &excerpt(HARBOUR, 45)).await, 0);
    // The text of the first visit itself, at another source.
    assert_eq!(world.bring(4, "A pier", HARBOUR).await, 0);
}

#[tokio::test]
async fn a_text_of_a_quiet_first_visit_that_another_source_brings_is_the_one_that_copies_refer_to() {
    let mut world = world(OncePer::Text).await;
    world.visit("una", vec![news(1, "A pier", HARBOUR)], false).await;
    assert_eq!(world.bring(2, "A pier", HARBOUR).await, 1);
    assert_eq!(world.bring(3, "A pier for Mersa Fatma", &reprinted(HARBOUR)).await, 0);
    assert_eq!(count(&world.store, COPIES).await, 1);
}

#[tokio::test]
async fn a_chain_of_small_edits_ends_in_a_new_alert() {
    let mut world = world(OncePer::Text).await;
    let mut words: Vec<String> = HARBOUR.split(' ').map(str::to_owned).collect();
    let mut alerts = Vec::new();
    for n in 0..words.len() {
        words[n] = format!("word{n}");
        alerts.push(world.bring(n, "A pier for Mersa Fatma", &words.join(" ")).await);
    }
    assert_eq!(alerts[0], 1);
    assert!(alerts[1..].iter().sum::<usize>() > 0, "{alerts:?}");
    let chained =
        "select count(*) from item_story c join item_story r on r.item = c.copy_of where r.copy_of is not null";
    assert_eq!(count(&world.store, chained).await, 0, "every copy refers to a text that is no copy");
}

#[tokio::test]
async fn a_wrong_clock_repeats_an_alert_at_most_once_and_silences_nothing() {
    let mut world = world(OncePer::Text).await;
    let day = SignedDuration::from_hours(24);
    assert_eq!(world.bring(1, "A pier", HARBOUR).await, 1);
    for (n, jump, alerts) in
        [(2, 40, 1), (3, -40, 0), (4, -20, 0), (5, 20, 0), (6, 40, 0), (7, -9_000, 0), (8, 9_000, 0)]
    {
        world.at = crate::clock::later(world.at, day * jump);
        let made = world.bring(n, "A pier for Mersa Fatma", &edition(HARBOUR, n)).await;
        assert_eq!(made, alerts, "jump {n} by {jump} days");
        let made = world.bring(n * 10, "Courses for teachers", &edition(SCHOOLS, n)).await;
        assert_eq!(made, usize::from(n == 2), "a text that first came while the clock was ahead; jump {n}");
    }
}

#[tokio::test]
async fn a_text_is_news_again_after_thirty_days_and_its_index_expires() {
    let mut world = world(OncePer::Text).await;
    let day = SignedDuration::from_hours(24);
    assert_eq!(world.bring(1, "A pier", HARBOUR).await, 1);
    world.at = crate::clock::later(world.at, day * 29);
    assert_eq!(world.bring(2, "A pier for Mersa Fatma", &reprinted(HARBOUR)).await, 0);
    world.at = crate::clock::later(world.at, day * 2);
    assert_eq!(world.bring(3, "A pier and a road", &reprinted(HARBOUR)).await, 1);
    let rows = count(&world.store, INDEXED).await;
    world.at = crate::clock::later(world.at, day * 8);
    let pruned = world.store.prune(day * 365, day * 365, world.at).await.unwrap();
    assert!(pruned.index > 0 && i64::try_from(pruned.index).unwrap() < rows, "{pruned:?} of {rows}");
    assert_eq!(world.store.prune(day * 365, day * 365, world.at).await.unwrap(), PruneReport::default());
    assert_eq!(world.bring(4, "A pier, two cranes", &excerpt(HARBOUR, 45)).await, 0);
}

#[tokio::test]
async fn copies_outlive_the_text_that_they_refer_to() {
    let mut world = world(OncePer::Text).await;
    world.bring(1, "A pier", HARBOUR).await;
    world.bring(2, "A pier for Mersa Fatma", &reprinted(HARBOUR)).await;
    sql(&world.store, "pragma foreign_keys = on; delete from item where number = 1").await;
    assert_eq!(count(&world.store, COPIES).await, 0);
    let copy = ids(&world.store).await.remove(0);
    let story = world.store.story(&copy).await.unwrap();
    assert_eq!((story.len(), &story[0].copy_of), (1, &None));
    assert!(world.store.check().await.unwrap().is_empty());
    // The text is gone, so a further copy alerts again, once; the copy itself does not.
    assert_eq!(world.bring(3, "A pier and two cranes", &reprinted(&reprinted(HARBOUR))).await, 1);
    let edited = format!("{} More follows.", reprinted(HARBOUR));
    let revised = world.visit("site2", vec![news(2, "A pier for Mersa Fatma", &edited)], true).await;
    assert_eq!((revised.revised, revised.alerts), (1, 0));
}

#[tokio::test]
async fn a_copy_of_a_corrected_text_does_not_alert_and_news_in_a_revision_does_when_it_stands_alone() {
    let mut world = world(OncePer::Text).await;
    world.bring(1, "A pier", HARBOUR).await;
    let corrected = HARBOUR.replace("announced", "declared");
    let both = format!("{corrected} {SCHOOLS}");
    for text in [&corrected, &both] {
        let revised = world.visit("site1", vec![news(1, "A pier", text)], true).await;
        assert_eq!((revised.revised, revised.alerts), (1, 0));
    }
    assert_eq!(world.bring(2, "A pier for Mersa Fatma", &reprinted(&corrected)).await, 0);
    assert_eq!(world.bring(3, "Courses for teachers", SCHOOLS).await, 1, "no alert has told of it");
    assert_eq!(count(&world.store, FIRST_TEXTS).await, 1);
    let (year, month) = (SignedDuration::from_hours(365 * 24), SignedDuration::from_hours(31 * 24));
    world.store.prune(year, year, crate::clock::later(world.at, month)).await.unwrap();
    assert_eq!(count(&world.store, FIRST_TEXTS).await, 0);
}

#[tokio::test]
async fn a_copy_alerts_when_its_revision_has_become_another_text() {
    let mut world = world(OncePer::Text).await;
    world.bring(1, "A pier", HARBOUR).await;
    assert_eq!(world.bring(2, "A pier for Mersa Fatma", &reprinted(HARBOUR)).await, 0);
    let corrected = format!("{} More follows.", reprinted(HARBOUR));
    let both = format!("{} {SCHOOLS}", reprinted(HARBOUR));
    for (text, alerts) in [(&corrected, 0), (&both, 1), (&format!("{both} Pictures below."), 0)] {
        let revised = world.visit("site2", vec![news(2, "A pier for Mersa Fatma", text)], true).await;
        assert_eq!((revised.new, revised.revised, revised.alerts), (0, 1, alerts));
    }
    // It is now a text that others can copy.
    assert_eq!(world.bring(3, "Pier and courses", &both.replace("Coast News", "Hill News")).await, 0);
    assert_eq!(count(&world.store, COPIES).await, 1);
}

#[tokio::test]
async fn one_text_at_many_sources_has_one_entry_in_the_index() {
    let mut world = world(OncePer::Text).await;
    let items = (0..300).map(|n| news(n, "A pier", &edition(&excerpt(HARBOUR, 100 - n / 10), n))).collect();
    let admitted = world.visit("una", items, true).await;
    assert_eq!((admitted.new, admitted.alerts), (300, 1));
    assert!(count(&world.store, INDEXED).await <= 20);
    let repeated = vec![news(1_000, "Word", &"word ".repeat(5_000))];
    world.visit("una", repeated, true).await;
    assert!(count(&world.store, INDEXED).await <= 40);
    let per_item = "select coalesce(max(n), 0) from (select count(*) n from text_index group by item)";
    assert!(count(&world.store, per_item).await <= 20);
}

#[tokio::test]
async fn a_database_without_an_index_gets_one_and_alerts_neither_known_items_nor_their_copies() {
    let mut world = world(OncePer::Text).await;
    world.bring(1, "A pier", HARBOUR).await;
    world.bring(2, "Courses for teachers", SCHOOLS).await;
    sql(
        &world.store,
        "drop table text_index; drop table item_story; drop table story_link;
         delete from _sqlx_migrations where description = 'story'; delete from meta where key = 'index_version'",
    )
    .await;
    let folder = world.store.path().parent().unwrap().to_owned();
    let StoreFixture { store, _folder, at, watches } = world;
    drop(store);
    let mut world = StoreFixture { store: reopened(&folder).await, _folder, at, watches };
    assert!(count(&world.store, INDEXED).await > 0);
    assert_eq!(world.bring(1, "A pier", HARBOUR).await, 0);
    let revised =
        world.visit("site2", vec![news(2, "Courses for teachers", &format!("{SCHOOLS} More follows."))], true);
    assert_eq!(revised.await.alerts, 0);
    assert_eq!(world.bring(3, "Courses", &reprinted(SCHOOLS)).await, 0);
    assert_eq!(world.bring(4, "A pier for Mersa Fatma", &reprinted(HARBOUR)).await, 0);
    assert_eq!(world.bring(5, "A pier and a road", &excerpt(HARBOUR, 45)).await, 0);
    assert_eq!(world.visit("spa", vec![news(9, "A pier", HARBOUR)], true).await.alerts, 0);
}
