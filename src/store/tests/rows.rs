//! Tests a missing store and unreadable rows.

use sqlx::{Connection, SqliteConnection};

use super::*;

async fn sql(folder: &Path, statements: &'static str) {
    let address = format!("sqlite://{}", folder.join("marsad.db").display());
    let mut connection = SqliteConnection::connect(&address).await.unwrap();
    sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

async fn value(folder: &Path, statement: &'static str) -> String {
    let address = format!("sqlite://{}", folder.join("marsad.db").display());
    let mut connection = SqliteConnection::connect(&address).await.unwrap();
    sqlx::query_scalar(statement).fetch_one(&mut connection).await.unwrap()
}

/// Overwrites bytes of a file.
fn flip(path: &Path, from: &str, to: &str) {
    let mut bytes = std::fs::read(path).unwrap();
    let places: Vec<usize> =
        (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from.as_bytes())).collect();
    assert!(!places.is_empty());
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    }
    std::fs::write(path, bytes).unwrap();
}

const EPOCH: &str = "select value from meta where key = 'epoch'";

async fn closed_once(folder: &Path) {
    Store::open(folder).await.unwrap().close().await;
}

#[tokio::test]
async fn a_deleted_or_emptied_store_is_not_silently_replaced() {
    for (name, spoil) in [
        ("is missing", (|path: &Path| std::fs::remove_file(path).unwrap()) as fn(&Path)),
        ("is empty", |path| std::fs::write(path, "").unwrap()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        closed_once(folder.path()).await;
        spoil(&folder.path().join("marsad.db"));
        for error in
            [Store::open(folder.path()).await.unwrap_err(), Store::open_shared(folder.path()).await.unwrap_err()]
        {
            assert!(error.is_corrupt() && !error.is_outage(), "{error}");
            let text = error.to_string();
            assert!(text.contains(name) && text.contains("--new-store") && text.contains("marsad.db"), "{text}");
        }
        Store::open_or_create(folder.path()).await.unwrap().close().await;
        assert_eq!(value(folder.path(), EPOCH).await, "2");
        // The new store opens normally from now on.
        closed_once(folder.path()).await;
        assert_eq!(value(folder.path(), EPOCH).await, "2");
    }
}

#[tokio::test]
async fn a_store_without_tables_counts_as_gone_if_there_is_a_last_good_configuration() {
    let folder = tempfile::tempdir().unwrap();
    closed_once(folder.path()).await;
    std::fs::remove_file(folder.path().join("marsad.epoch")).unwrap();
    std::fs::remove_file(folder.path().join("marsad.db")).unwrap();
    std::fs::write(folder.path().join("last-good.toml"), "").unwrap();
    let made = format!("sqlite://{}?mode=rwc", folder.path().join("marsad.db").display());
    let mut connection = SqliteConnection::connect(&made).await.unwrap();
    sqlx::raw_sql("create table t (a); drop table t").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    let error = Store::open(folder.path()).await.unwrap_err();
    assert!(matches!(error, StoreError::Gone { what: "holds no tables", .. }), "{error}");
}

#[tokio::test]
async fn a_first_start_that_left_an_empty_file_can_be_repeated() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("marsad.db"), "").unwrap();
    assert!(matches!(Store::open_shared(folder.path()).await.unwrap_err(), StoreError::Missing(_)));
    closed_once(folder.path()).await;
    assert_eq!(value(folder.path(), EPOCH).await, "1");
}

#[tokio::test]
async fn a_restored_older_database_raises_the_epoch() {
    let folder = tempfile::tempdir().unwrap();
    closed_once(folder.path()).await;
    std::fs::write(folder.path().join("marsad.epoch"), "7\n").unwrap();
    closed_once(folder.path()).await;
    assert_eq!(value(folder.path(), EPOCH).await, "8");
}

#[tokio::test]
async fn a_clean_stop_leaves_no_write_ahead_log() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    world.visit("una", vec![item("https://a.org/1", LONG)], true).await;
    let wal = world.store.path().with_extension("db-wal");
    assert!(std::fs::metadata(&wal).unwrap().len() > 0);
    world.store.close().await;
    assert!(std::fs::metadata(&wal).map_or(0, |wal| wal.len()) == 0);
    assert!(matches!(world.store.ping().await.unwrap_err(), StoreError::Closed));
}

#[tokio::test]
async fn sorting_needs_no_temporary_folder() {
    let world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let Store::Sqlite(db) = &world.store;
    assert_eq!(db.temp_store().await.unwrap(), 2, "2 is memory");
}

#[tokio::test]
async fn an_unreadable_row_affects_only_itself() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let first = item("https://a.org/1", LONG);
    world
        .visit(
            "una",
            vec![
                first.clone(),
                item(
                    "https://a.org/2",
                    "a delegation arrived in the port to observe the elections that begin on sunday morning",
                ),
            ],
            true,
        )
        .await;
    let folder = world.store.path().parent().unwrap().to_owned();
    world.store.close().await;
    let StoreFixture { _folder, store, at, watches } = world;
    drop(store);
    // SQLite never writes malformed JSON here, but a disk fault does. This damages the item's text and its alert's.
    let spoilt = format!("\"title\";\"{}\"", first.title);
    flip(&folder.join("marsad.db"), &format!("\"title\":\"{}\"", first.title), &spoilt);
    sql(&folder, "update delivery set last_reason = 'x' where number = 1; update source set ambiguous_keys = 'x'")
        .await;
    sql(&folder, "insert into page_memory (source_id, places, blocks) values ('una', '{', '{'); delete from meta; delete from channel").await;
    sql(
        &folder,
        r#"insert into follow (source_id, host, key, content_hash, content, seen_at, next_try_at)
        values ('una', 'a.org', 'k', x'00', '{"title": ', 1, 1)"#,
    )
    .await;
    let mut world = StoreFixture { _folder, store: Store::open(&folder).await.unwrap(), at, watches };
    assert_eq!(world.store.items(&ItemQuery { limit: 9, ..ItemQuery::default() }).await.unwrap().len(), 1);
    assert_eq!(world.store.alerts_after(0, 1).await.unwrap()[0].number, 2);
    assert_eq!(world.due().await.len(), 2);
    // Its item is found again at its source.
    assert_eq!(world.store.followed(1).await.unwrap(), None);
    assert!(world.store.follows(9).await.unwrap().is_empty());
    let aside = world.store.all_set_aside(9).await.unwrap();
    let mut aside: Vec<_> = aside.iter().map(|one| (one.what.as_str(), one.name.as_str())).collect();
    aside.sort_unstable();
    assert_eq!(aside, [("alert", "row 1"), ("follow", "row 1"), ("item", "row 1")]);
    let (year, now) = (SignedDuration::from_hours(366 * 24), world.at);
    let later = crate::clock::later(now, year + SignedDuration::from_hours(24));
    assert_eq!(world.store.prune(year, year, later).await.unwrap().texts, 1);
    // The same text is known; an edited one replaces the unreadable row.
    assert_eq!(world.visit("una", vec![first], true).await.known, 1);
    let edited = item("https://a.org/1", &format!("{LONG}, and of the whole coast"));
    assert_eq!(world.visit("una", vec![edited], true).await.alerts, 1);
    let due = world.due().await;
    assert_eq!(due.iter().map(|delivery| delivery.seq).collect::<Vec<_>>(), [1, 2, 3]);
    let problems = world.store.check().await.unwrap();
    assert_eq!(problems.len(), 3, "{problems:?}");
}

#[tokio::test]
async fn a_check_that_is_stopped_reports_that_it_is_incomplete() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Never).await;
    let items = (0..300).map(|n| item(&format!("https://a.org/{n}"), &format!("{n} {LONG} {n}"))).collect();
    world.visit("una", items, true).await;
    let stopped = world.store.check_while(CheckDepth::Full, || false).await.unwrap();
    assert!(!stopped.complete);
    let whole = world.store.check_while(CheckDepth::Full, || true).await.unwrap();
    assert_eq!(whole, CheckReport { problems: Vec::new(), complete: true });
}

#[tokio::test]
async fn a_page_that_changes_all_day_is_reported_once_and_alerts_no_more_until_it_rests() {
    let mut world = StoreFixture::new(OncePer::Text, Revisions::Any).await;
    let mut totals = [0; 2];
    for n in 0..40 {
        let admitted = world.visit("una", vec![item("https://a.org/live", &format!("{LONG} {n}"))], true).await;
        totals[0] += admitted.alerts;
        totals[1] += admitted.tickers.len();
    }
    // The item, and 24 revisions of it.
    assert_eq!(totals, [25, 1]);
    world.at = crate::clock::later(world.at, SignedDuration::from_hours(25));
    let admitted = world.visit("una", vec![item("https://a.org/live", &format!("{LONG} again"))], true).await;
    assert_eq!((admitted.revised, admitted.alerts, admitted.tickers.len()), (1, 1, 0));
}
